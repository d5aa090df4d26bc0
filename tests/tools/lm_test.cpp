// SPDX-License-Identifier: MIT
// gradus train lm and gradus generate, as a user runs them.
#include <filesystem>
#include <fstream>

#include "gradus/base/utf8.h"
#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "tests/tools/place.h"

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
  CHECK(has(short_text.err, "short.txt: expected 6 characters or more, got 2"));
}

namespace tools_lm_test {

// Trainings on a text with 113 held-out windows.
struct Trainings : ProgramFolder {
  Trainings() {
    std::string text;
    for (int i = 0; i < 600; ++i)
      text += std::string(static_cast<size_t>(1 + i % 5), static_cast<char>('a' + i * i % 11));
    put("a.txt", text);
  }
  // Trains the run `name` and returns what was written to stderr.
  std::string trained(const std::string& name, const std::string& words) const {
    const Finished f = (*this)(
        "train lm a.txt --d-model 16 --nhead 2 --layers 1 --block 8 --epochs 2 --valid 0.5 " +
        words + " --out " + name);
    INFO(f.err);
    REQUIRE(f.status == 0);
    return f.err;
  }
  double last_epoch(const std::string& name) const {
    const std::string lines = read_file(path(name + "/metrics.jsonl"));
    const size_t at = lines.rfind('{');
    const Json line = parse_json(lines.substr(at, lines.find('\n', at) - at), "line");
    return line.at("valid_loss").number();
  }
  double reported(const std::string& name) const {
    const Json report = parse_json(read_file(path(name + "/report.json")), name);
    return report.at("valid_loss").number();
  }
};

TEST_CASE("train lm evaluates some windows after each epoch and reports on all", "[tools]") {
  const Trainings in;
  const std::string some = in.trained("some", "--eval-windows 3");
  CHECK(has(some, "evaluated after each epoch: 3 of "));
  CHECK(has(some, " held-out windows, evenly spread"));
  CHECK_FALSE(has(in.trained("all", "--eval-windows 0"), "evaluated after each epoch"));
  CHECK_FALSE(has(in.trained("enough", "--eval-windows 120"), "evaluated after each epoch"));
  CHECK(in.last_epoch("some") != in.last_epoch("all"));
  CHECK(in.last_epoch("enough") == in.last_epoch("all"));
  CHECK(in.reported("enough") == in.last_epoch("all"));
  CHECK(in.reported("some") == in.json("eval some").at("valid_loss").number());
  CHECK(std::abs(in.reported("some") - in.reported("all")) < 0.1);
  CHECK(in.json("eval some").find("evaluated_windows") == nullptr);
  in.trained("few", "--eval-windows 1");
  CHECK(in.json("eval few").at("evaluated_windows").string() == "100 of 113");
  CHECK(in.json("config lm --lines").at("settings").at("eval_windows").integer() == 5000);
}

TEST_CASE("a run of train lm without --eval-windows evaluated all", "[tools]") {
  const Trainings in;
  in.trained("all", "--eval-windows 0");
  // As an earlier version wrote it.
  Json::Object members = parse_json(read_file(in.path("all/config.json")), "config").members();
  std::erase_if(members, [](const auto& m) { return m.first == "gradus.crc32c"; });
  Json config(std::move(members));
  Json::Object settings = config.at("settings").members();
  std::erase_if(settings, [](const auto& m) { return m.first == "eval_windows"; });
  config["settings"] = Json(std::move(settings));
  in.put("all/config.json", write_json(config, 2));
  const double before = in.reported("all");
  CHECK(in.json("eval all").at("valid_loss").number() == before);
  CHECK(in.json("config lm --config all/config.json").at("settings").at("eval_windows").integer() ==
        0);
  CHECK(run("rm " + in.path("all/report.json")).status == 0);
  const Finished other = in("train --resume all --eval-windows 4");
  CHECK(other.status == 2);
  CHECK(has(other.err, "--eval-windows 4 cannot change: the run was started with 0"));
  CHECK(in("train --resume all").status == 0);
  CHECK(in.reported("all") == before);
}

}  // namespace tools_lm_test
