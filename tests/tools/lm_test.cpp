// SPDX-License-Identifier: MIT
// gradus train lm and gradus generate, as a user runs them.
#include <filesystem>
#include <fstream>

#include "gradus/base/utf8.h"
#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("train lm by lines; evaluate; generate; the text is not needed afterwards", "[tools]") {
  const TempFolder folder;
  const std::string text = folder.path + "/names.txt", out = folder.path + "/run";
  std::ofstream names(text);
  for (int i = 0; i < 60; ++i) names << (i % 2 ? "anna" : "otto") << "\n";
  names.close();
  const std::string small = " --lines --d-model 16 --nhead 2 --layers 1 --epochs 15 --quiet --json";
  const Finished trained = run(gradus_program() + " train lm " + text + small + " --out " + out);
  INFO(trained.out << trained.err);
  REQUIRE(trained.status == 0);
  CHECK(has(trained.out, "\"valid_nats_per_char\""));
  CHECK(has(run(gradus_program() + " eval " + out).out, "bigram_loss"));
  CHECK(run(gradus_program() + " attention " + out).status == 0);
  CHECK(run("rm " + text).status == 0);
  const std::string generate = gradus_program() + " generate " + out;
  const Finished output = run(generate + " --count 20 --temperature 0.5");
  CHECK(output.status == 0);
  CHECK(has(output.out, "anna\n"));
  CHECK(has(output.out, "otto\n"));
  CHECK(run(generate + " --count 20 --temperature 0.5").out == output.out);
  CHECK(run(generate + " --prompt an --count 1 --temperature 0").out == "anna\n");
  const Finished strange = run(generate + " --prompt xyz");
  CHECK(strange.status == 2);
  CHECK(has(strange.err, "character 1, x, is not in the vocabulary"));
  CHECK(run(gradus_program() + " train lm " + folder.path + "/none.txt").status == 1);
  CHECK(run(gradus_program() + " train lm").status == 2);
}

TEST_CASE("train lm with words and byte pairs: the run stores its tokenizer", "[tools]") {
  const TempFolder folder;
  const std::string in = "cd " + folder.path + " && ";
  const std::string program = std::filesystem::absolute(gradus_program()).string();
  std::ofstream a(folder.path + "/a.txt"), b(folder.path + "/b.txt");
  for (int i = 0; i < 80; ++i) {
    a << "to be or not to be\n";
    b << "\xEA\xB0\x80\xEB\x82\x98 be\n";
  }
  a.close();
  b.close();
  for (const std::string kind : {"word", "bpe"}) {
    const Finished trained = run(
        in + program + " train lm a.txt b.txt --tokenizer " + kind + " --vocab 270 --out " + kind +
        " --d-model 16 --nhead 2 --layers 1 --block 8 --epochs 30 --lr 0.01 --quiet --json");
    INFO(trained.err);
    REQUIRE(trained.status == 0);
    const Json report = parse_json(trained.out, "stdout");
    CHECK(report.at("valid_nats_per_char").number() < report.at("valid_loss").number());
    CHECK(report.at("valid_loss").number() < report.at("unigram_loss").number());
    CHECK((report.find("unknown_share") != nullptr) == (kind == "word"));
    const Json again = parse_json(run(in + program + " eval " + kind + " --json").out, "stdout");
    CHECK(again.at("valid_loss") == report.at("valid_loss"));
    const std::string model = folder.path + "/" + kind + "/model.safetensors";
    const std::string before = read_file(model);
    std::filesystem::remove(folder.path + "/" + kind + "/report.json");
    std::filesystem::remove(folder.path + "/" + kind + "/last.safetensors");
    CHECK(run(in + program + " train --resume " + kind).status == 0);
    CHECK(read_file(model) == before);
    const Finished output =
        run(in + program + " generate " + kind + " --prompt 'to be' --tokens 40");
    CHECK(output.status == 0);
    CHECK(is_utf8(output.out));
    CHECK(output.out.rfind("to be", 0) == 0);
    CHECK(run(in + program + " attention " + kind).status == 0);
    CHECK(parse_json(read_file(folder.path + "/" + kind + "/config.json"), "config")
              .at("data")
              .find("file_2"));
  }
}

TEST_CASE("train lm reports errors in vocabularies and texts", "[tools]") {
  const TempFolder folder;
  std::ofstream(folder.path + "/a.txt") << "to be or not to be, that is the question\n";
  std::ofstream(folder.path + "/short.txt") << "ab";
  const std::string train = gradus_program() + " train lm " + folder.path;
  CHECK(has(run(train + "/a.txt --vocab 300").err, "--tokenizer word or bpe"));
  CHECK(has(run(train + "/a.txt --tokenizer bpe --vocab 200").err, "261 or more"));
  std::ofstream(folder.path + "/wide.txt") << "\xFF\xFE"
                                              "a";
  CHECK(has(run(train + "/wide.txt").err, "wide.txt: is UTF-16; expected UTF-8"));
  std::ofstream mark(folder.path + "/mark.txt");
  mark << "\xEF\xBB\xBF";
  for (int i = 0; i < 20; ++i) mark << "ab\r\n";
  mark.close();
  CHECK(has(run(train + "/mark.txt --lines --dry-run --d-model 8 --nhead 2 --layers 1").err,
            "3 different tokens (char)"));
  const Finished short_text = run(train + "/short.txt");
  CHECK(short_text.status == 1);
  CHECK(has(short_text.err, "short.txt: 2 characters are too few"));
}
