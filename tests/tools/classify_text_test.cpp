// SPDX-License-Identifier: MIT
// gradus train classify --text, as a user runs it: from scratch, and from a run of train mlm.
#include <filesystem>
#include <fstream>

#include "gradus/base/random.h"
#include "gradus/data/csv.h"
#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "gradus/io/safetensors.h"
#include "tests/catch.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;
namespace fs = std::filesystem;

namespace tools_classify_text_test {

// Texts whose class depends only on the order of two words: "warm" if red is first.
std::string texts(int count, uint64_t seed, bool labels = true) {
  const char* words[] = {"the", "a", "box", "cup", "tree", "sky", "sun", "day"};
  Generator gen(seed);
  std::string all;
  for (int i = 0; i < count; ++i) {
    const bool warm = gen.uniform() < 0.5;
    const int64_t length = 2 + gen.below(4), first = gen.below(length);
    std::string text;
    for (int64_t w = 0; w < length; ++w) {
      if (w == first) text += warm ? "red " : "blue ";
      text += std::string(words[gen.below(8)]) + " ";
    }
    text += warm ? "blue" : "red";
    all += text + (labels ? warm ? "\twarm" : "\tcold" : "") + "\n";
  }
  return all;
}

struct Place : ProgramFolder {
  Place() {
    put("a.tsv", texts(500, 1));
    put("b.tsv", texts(150, 2));
    put("new.txt", texts(20, 2, false));
    put("text.txt", texts(300, 3, false));
  }
};

const std::string small = " --d-model 32 --nhead 2 --layers 2 --lr 3e-3 --quiet ";

TEST_CASE("texts: the order of words is learned where counts cannot show it", "[tools]") {
  const Place p;
  const Json r = p.json("train classify --text a.tsv --test b.tsv --epochs 10 --out run" + small);
  INFO(write_json(r));
  CHECK(r.at("accuracy").number() > 0.9);
  CHECK(r.at("logistic_accuracy").number() < 0.7);
  CHECK(r.at("baseline_accuracy").number() < 0.6);
  CHECK(r.at("evaluated_on").string() == "test");
  const Json config = parse_json(read_file(p.path("run/config.json")), "config");
  CHECK(config.at("task").string() == "classify-text");
  fs::rename(p.path("a.tsv"), p.path("moved.tsv"));
  for (const char* key : {"accuracy", "macro_f1", "auc", "baseline_accuracy", "test_loss"}) {
    INFO(key);
    CHECK(p.json("eval run b.tsv").at(key) == r.at(key));
  }
  const Finished output = p("predict run new.txt"), same = p("predict run - < b.tsv");
  REQUIRE(output.status == 0);
  const CsvTable table = CsvTable::parse(output.out, "predictions");
  CHECK(table.columns() == std::vector<std::string>{"line", "label", "p_cold", "p_warm"});
  CHECK(table.rows() == 20);
  CHECK(same.out.substr(0, 100) == output.out.substr(0, 100));
  fs::rename(p.path("moved.tsv"), p.path("a.tsv"));
  CHECK(p.json("eval run").at("logistic_accuracy") == r.at("logistic_accuracy"));
  CHECK(has(p("attention run --example 2 --out -").out, ":[CLS],"));
  CHECK(has(p("train --resume run").err, "is finished"));
}

TEST_CASE("texts: a run of train mlm provides tokenizer and sizes and encoder", "[tools]") {
  const Place p;
  for (const std::string kind : {"word", "char", "bpe"}) {
    const std::string vocab = kind == "char" ? " --lines" : " --block 20 --vocab 280";
    REQUIRE(
        p("train mlm text.txt --steps 20 --tokenizer " + kind + vocab + small + "--out m-" + kind)
            .status == 0);
    const std::string words = "train classify --text a.tsv --quiet --valid b.tsv --init m-" + kind;
    const Json r = p.json(words + " --steps 2 --pooling first --out c-" + kind);
    CHECK(r.at("evaluated_on").string() == "valid");
    const Json mlm = parse_json(read_file(p.path("m-" + kind + "/schema.json")), "schema");
    const Json own = parse_json(read_file(p.path("c-" + kind + "/schema.json")), "schema");
    CHECK(own.at("tokenizer") == mlm.at("tokenizer"));
    CHECK(own.at("block") == mlm.at("block"));
    const Json info = p.json("info c-" + kind);
    CHECK(info.at("settings").at("d_model").integer() == 32);
    // With a rate of 0 the encoder stays what it was.
    REQUIRE(p(words + " --steps 1 --lr 0 --out z-" + kind).status == 0);
    const auto before = read_safetensors(p.path("m-" + kind + "/model.safetensors")).tensors;
    size_t same = 0;
    for (const auto& [name, x] :
         read_safetensors(p.path("z-" + kind + "/model.safetensors")).tensors)
      if (name.rfind("bert.", 0) == 0)
        same += x.to_vector<double>() == before.at(name).to_vector<double>();
    CHECK(same == 4 + 2 * 12);
  }
  const Finished other = p("train classify --text a.tsv --init m-word --d-model 16 --layers 1");
  CHECK(other.status == 1);
  CHECK(has(other.err, "embeddings.word_embeddings.weight has shape"));
  CHECK(has(other.err, "encoder.layer.1.norm2.bias"));
  CHECK(has(p("train classify --text a.tsv --init m-word --vocab 300").err,
            "the tokenizer is that of the run in --init"));
  REQUIRE(p("train lm text.txt --block 8 --steps 1 --out lm" + small).status == 0);
  CHECK(has(p("train classify --text a.tsv --init lm").err, "expected one of train mlm"));
}

TEST_CASE("texts: resumed and uninterrupted runs end in the same bits", "[tools]") {
  const Place p;
  const std::string words = "train classify --text a.tsv --steps 12 --save-every 5" + small;
  REQUIRE(p(words + " --out whole").status == 0);
  REQUIRE(p(words + " --out cut").status == 0);
  fs::remove(p.path("cut/report.json"));
  fs::remove(p.path("cut/last.safetensors"));
  REQUIRE(p("train --resume cut").status == 0);
  CHECK(read_file(p.path("cut/model.safetensors")) == read_file(p.path("whole/model.safetensors")));
}

TEST_CASE("texts: broken files are named with their line", "[tools]") {
  const Place p;
  REQUIRE(p("train classify --text a.tsv --steps 1 --out run" + small).status == 0);
  const auto refused = [&](const std::string& bytes, const std::string& part) {
    p.put("bad.tsv", bytes);
    const Finished f = p("train classify --text bad.tsv --out never");
    INFO(f.err);
    CHECK(f.status == 1);
    CHECK(has(f.err, "bad.tsv"));
    CHECK(has(f.err, part));
    CHECK(!fs::exists(p.path("never")));
  };
  refused("one\ta\ntwo b\n", "line 2: has no tab");
  refused("one\ta\ttwo\n", "line 1: has more than one tab");
  refused("one\ta\n\tb\n", "line 2: one side is empty");
  refused("one\ta\ntwo\ta\n", "all labels are a; expected two classes or more");
  refused("one\ta\nt\xFFo\tb\n", "line 2: is not UTF-8");
  refused("", "has no lines");
  p.put("other.tsv", "one\twarm\ntwo\thot\n");
  CHECK(has(p("eval run other.tsv --strict").err,
            "other.tsv: line 2: class not in the training data: hot"));
  p.put("bad.txt", "one\nt\xFFo\n");
  CHECK(has(p("predict run bad.txt").err, "bad.txt: line 2: is not UTF-8"));
  CHECK(has(p("predict run none.txt").err, "none.txt: No such file"));
  CHECK(has(p("train classify --text none.tsv").err, "none.tsv: No such file"));
  CHECK(has(p("train classify-text").err, "--text FILE.tsv is missing"));
  CHECK(has(p("train classify --text a.tsv --tst b.tsv").err, "did you mean --test?"));
}

TEST_CASE("texts: classes unseen in training count as wrong", "[tools]") {
  const Place p;
  const std::string train = "train classify --text a.tsv --epochs 1" + small + " --out run";
  const Json known = p.json(train + " --test b.tsv");
  p.put("more.tsv", texts(150, 2) + "one day\tgrey\nthe box\tgrey\na cup\tblack\n");
  const Finished f = p("eval run more.tsv --json");
  INFO(f.out << f.err);
  REQUIRE(f.status == 0);
  CHECK(has(f.err,
            "more.tsv: 3 texts of classes that are not in the training data (black 1, grey "
            "2; the first in line 151): counted as wrong; --strict refuses them\n"));
  const Json r = parse_json(f.out, "eval");
  CHECK(r.at("unknown_class").integer() == 3);
  CHECK(r.at("accuracy").number() ==
        Approx(known.at("accuracy").number() * 150 / 153).epsilon(1e-12));
  for (const char* key : {"macro_f1", "auc", "test_loss"}) {
    INFO(key);
    CHECK(r.at(key).number() == Approx(known.at(key).number()).epsilon(1e-6));
  }
  const std::vector<std::string> commands = {train + "2 --strict --test more.tsv",
                                             train + "2 --strict --valid more.tsv",
                                             "eval run more.tsv --strict"};
  for (const std::string& command : commands) {
    const Finished strict = p(command);
    INFO(command << strict.err);
    CHECK(strict.status == 1);
    CHECK(has(strict.err, "more.tsv: line 151: class not in the training data: grey"));
  }
  const std::string valid = "train classify --text a.tsv --valid more.tsv --epochs 1 --out run3";
  CHECK(p(valid + small).status == 0);
  CHECK(has(p("attention run3 --example 151 --out -").out, ":[CLS],"));
  p.put("other.tsv", "a\tx\nb\ty\n");
  CHECK(has(p("eval run other.tsv").err,
            "other.tsv: no line has a class of the training data: 2 texts of classes that are "
            "not in the training data (x 1, y 1; the first in line 1)"));
}

TEST_CASE("texts: logistic regression and the majority class are saved as models", "[tools]") {
  const Place p;
  const std::string data = "train classify --text a.tsv --test b.tsv ";
  const Json network = p.json(data + "--epochs 1 --out net" + small);
  for (const std::string kind : {"logistic", "majority"}) {
    INFO(kind);
    const Json r = p.json(data + "--quiet --out " + kind + " --model " + kind);
    const char* rival = kind == "logistic" ? "logistic_accuracy" : "baseline_accuracy";
    CHECK(r.at("accuracy") == network.at(rival));
    CHECK(r.at("winner").is(Json::Kind::string));
    CHECK((r.find("logistic_accuracy") == nullptr) == (kind == "logistic"));
    CHECK(p.json("eval " + kind).at("test_loss") == r.at("test_loss"));
    fs::rename(p.path("a.tsv"), p.path("moved.tsv"));
    CHECK(p.json("eval " + kind + " b.tsv").at("test_loss") == r.at("test_loss"));
    const CsvTable output = CsvTable::parse(p("predict " + kind + " new.txt").out, "predictions");
    CHECK(output.rows() == 20);
    CHECK(p("export " + kind + " w.safetensors --example e.npz").status == 0);
    CHECK(has(p("embed " + kind + " new.txt").err, "--model " + kind + " has no text encoder"));
    CHECK(p("info " + kind).status == 0);
    CHECK(has(p("train --resume " + kind).err, "is finished: the fit has converged"));
    fs::rename(p.path("moved.tsv"), p.path("a.tsv"));
    CHECK(has(p("attention " + kind + " --out -").err, "--model " + kind + " has no attention"));
    CHECK(p(data + "--dry-run --model " + kind).status == 0);
    CHECK(has(p(data + "--lr 1 --out no --model " + kind).err,
              "--lr is for --model transformer, not for " + kind));
  }
}

TEST_CASE("texts: words decide classes and a logistic regression on them is kept", "[tools]") {
  const Place p;
  std::string all;
  for (int i = 0; i < 60; ++i) all += i % 2 ? "a good day\tyes\n" : "a bad day\tno\n";
  p.put("words.tsv", all);
  const Json r = p.json("train classify --text words.tsv --model logistic --quiet --out run");
  CHECK(r.at("valid_accuracy").number() == 1);
  p.put("one.txt", "good\nbad\nnever seen\n");
  const CsvTable output = CsvTable::parse(p("predict run one.txt").out, "predictions");
  REQUIRE(output.rows() == 3);
  CHECK(output.cell(0, 1) == "yes");
  CHECK(output.cell(1, 1) == "no");
}

}  // namespace tools_classify_text_test
