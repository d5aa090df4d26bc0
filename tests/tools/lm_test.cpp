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

TEST_CASE("train lm by lines, evaluate, generate; the text is not needed afterwards", "[tools]") {
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
  const Finished said = run(generate + " --count 20 --temperature 0.5");
  CHECK(said.status == 0);
  CHECK(has(said.out, "anna\n"));
  CHECK(has(said.out, "otto\n"));
  CHECK(run(generate + " --count 20 --temperature 0.5").out == said.out);
  CHECK(run(generate + " --prompt an --count 1 --temperature 0").out == "anna\n");
  const Finished strange = run(generate + " --prompt xyz");
  CHECK(strange.status == 2);
  CHECK(has(strange.err, "character 1, x, is not in the vocabulary"));
  CHECK(run(gradus_program() + " train lm " + folder.path + "/none.txt").status == 1);
  CHECK(run(gradus_program() + " train lm").status == 2);
}

TEST_CASE("train lm with words and byte pairs: a tokenizer of its own in the run", "[tools]") {
  const TempFolder folder;
  const std::string in = "cd " + folder.path + " && ";
  const std::string program = std::filesystem::absolute(gradus_program()).string();
  std::ofstream a(folder.path + "/a.txt"), b(folder.path + "/b.txt");
  for (int i = 0; i < 80; ++i) a << "to be or not to be\n", b << "\xEA\xB0\x80\xEB\x82\x98 be\n";
  a.close(), b.close();
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
    const Finished said = run(in + program + " generate " + kind + " --prompt 'to be' --tokens 40");
    CHECK(said.status == 0);
    CHECK(is_utf8(said.out));
    CHECK(said.out.rfind("to be", 0) == 0);
    CHECK(run(in + program + " attention " + kind).status == 0);
    CHECK(parse_json(read_file(folder.path + "/" + kind + "/config.json"), "config")
              .at("data")
              .find("file_2"));
  }
  CHECK(has(run(in + program + " train lm a.txt --vocab 300").err, "--tokenizer word or bpe"));
  CHECK(has(run(in + program + " train lm a.txt --tokenizer bpe --vocab 200").err, "261 or more"));
  std::ofstream(folder.path + "/short.txt") << "ab";
  const Finished short_text = run(in + program + " train lm short.txt");
  CHECK(short_text.status == 1);
  CHECK(has(short_text.err, "short.txt: LanguageData: 2 characters are too few"));
}

TEST_CASE("train lm: every part of the model by its setting; experts tell their load", "[tools]") {
  const TempFolder folder;
  const std::string text = folder.path + "/names.txt";
  std::ofstream names(text);
  for (int i = 0; i < 40; ++i) names << (i % 2 ? "anna" : "otto") << "\n";
  names.close();
  const std::string train = gradus_program() + " train lm " + text +
                            " --lines --d-model 16 --nhead 4 --layers 1 --steps 3 --quiet ";
  int n = 0;
  for (const std::string parts :
       {"--norm rms_norm --feed-forward swiglu --kv-heads 2 --position rope",
        "--attention linear --kv-heads 1", "--attention linear_relu --position rope",
        "--experts 3 --top-k 1 --aux-weight 0.1 --feed-forward swiglu"}) {
    const std::string out = folder.path + "/run" + std::to_string(n++);
    const Finished trained = run(train + parts + " --out " + out);
    INFO(parts << "\n" << trained.out << trained.err);
    CHECK(trained.status == 0);
    CHECK(has(trained.out, "expert_load") == has(parts, "--experts"));
    CHECK(run(gradus_program() + " generate " + out + " --count 1 --tokens 5").status == 0);
    CHECK(run(gradus_program() + " attention " + out).status == 0);
  }
  const auto refused = [&](const std::string& words, const std::string& part) {
    const Finished f = run(train + words);
    INFO(words << "\n" << f.err);
    CHECK(f.status == 2);
    CHECK(has(f.err, part));
  };
  refused("--kv-heads 3", "--kv-heads 3 does not divide --nhead 4");
  refused("--experts 2 --top-k 3", "--top-k 3 is more than --experts 2");
  refused("--attention linear --position alibi", "has none");
}
