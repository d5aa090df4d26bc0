// SPDX-License-Identifier: MIT
// gradus predict and data, and the models and flags of train classify, as a user runs them.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "gradus/data/csv.h"
#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "tests/catch.h"

using namespace gradus::tests;
using gradus::CsvTable;
using gradus::Json;
namespace fs = std::filesystem;

namespace tools_predict_test {

const std::string small = " --epochs 2 --d-model 8 --layers 1 --quiet ";

// A folder with churn.csv, other.csv (60 customers each) and the run "run" on the first.
struct Folder {
  TempFolder temp;
  Folder() {
    for (const char* words : {"data churn --customers 60 --out churn.csv",
                              "data churn --customers 60 --seed 1 --out other.csv"})
      REQUIRE((*this)(words).status == 0);
    const Finished f =
        (*this)("train classify churn.csv --test other.csv --out run --nhead 2" + small);
    INFO(f.err);
    REQUIRE(f.status == 0);
  }
  Finished operator()(const std::string& words, const std::string& before = "") const {
    return run("cd " + temp.path + " && " + before + " " + fs::absolute(gradus_program()).string() +
               " " + words);
  }
  std::string path(const std::string& name) const { return temp.path + "/" + name; }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }
};
const Folder& folder() {
  static const Folder all;
  return all;
}

// Each line by `change(line, is_header)`.
template <class F> std::string changed(const std::string& csv, F&& change) {
  std::string all;
  bool header = true;
  for (size_t at = 0; at < csv.size(); header = false) {
    const size_t end = csv.find('\n', at);
    all += change(csv.substr(at, end - at), header) + "\n";
    at = end + 1;
  }
  return all;
}

TEST_CASE("predict and eval agree", "[tools]") {
  const Folder& f = folder();
  const Finished predicted = f("predict run other.csv"), evaluated = f("eval run other.csv --json");
  INFO(predicted.err << evaluated.err);
  REQUIRE(predicted.status == 0);
  REQUIRE(evaluated.status == 0);
  const CsvTable table = CsvTable::parse(predicted.out, "predictions");
  const CsvTable truth = CsvTable::read(f.path("other.csv"));
  CHECK(table.columns() == std::vector<std::string>{"id", "label", "p_0", "p_1"});
  REQUIRE(table.rows() == 60);
  double right = 0, squares = 0;
  int64_t row = 0;
  for (int64_t i = 0; i < table.rows(); ++i) {
    while (truth.cell(row, 0) != table.cell(i, 0)) ++row;
    const auto label = truth.cell(row, truth.column("label"));
    const double p = table.number(i, 3), y = label == "1" ? 1 : 0;
    CHECK(std::abs(table.number(i, 2) + p - 1) < 1e-6);
    CHECK((p > 0.5) == (table.cell(i, 1) == "1"));
    right += table.cell(i, 1) == label;
    squares += (p - y) * (p - y);
  }
  const Json figures = gradus::parse_json(evaluated.out, "eval");
  CHECK(figures.at("accuracy").number() == right / 60);
  CHECK(std::abs(figures.at("brier").number() - squares / 60) < 1e-6);
  int64_t counted = 0;
  for (const Json& line : figures.at("confusion").items())
    for (const Json& n : line.items()) counted += n.integer();
  CHECK(counted == 60);
}

TEST_CASE("predict takes standard input without labels and other columns; names missing columns",
          "[tools]") {
  const Folder& f = folder();
  const std::string csv = gradus::read_file(f.path("other.csv"));
  const std::string whole = f("predict run other.csv").out;
  f.put("open.csv", changed(csv, [](const std::string& line, bool header) {
          return line.substr(0, line.rfind(',')) + (header ? ",town" : ",Ulm");
        }));
  const Finished open = f("predict run -", "cat open.csv |");
  CHECK(open.status == 0);
  CHECK(open.out == whole);
  CHECK(has(open.err, "column town is not in the training data: ignored"));
  f.put("odd.csv", changed(csv, [](const std::string& line, bool header) {
          return line.substr(0, line.rfind(',')) + (header ? ",label" : ",unheard");
        }));
  CHECK(f("predict run odd.csv").out == whole);  // labels are not read
  f.put("short.csv", changed(csv, [](const std::string& line, bool) {
          return line.substr(0, line.find(',', line.find(',') + 1));
        }));
  const Finished fewer = f("predict run short.csv");
  CHECK(fewer.status == 1);
  CHECK(fewer.out.empty());
  CHECK(has(fewer.err, "columns of the training data are missing: satisfaction, turn_count"));
  CHECK(f("predict run").status == 2);
  CHECK(f("eval run other.csv --test other.csv").status == 2);
}

TEST_CASE("ids and classes with commas and quotes survive a round trip", "[tools]") {
  const Folder& f = folder();
  std::string rows = "x,label\n";
  for (int i = 0; i < 20; ++i) rows += std::to_string(i) + (i % 2 ? ",\"a, \"\"b\"\"\"\n" : ",c\n");
  f.put("quoted.csv", rows);
  REQUIRE(f("train classify quoted.csv --out quoted --nhead 1" + small).status == 0);
  const CsvTable table = CsvTable::parse(f("predict quoted quoted.csv").out, "predictions");
  CHECK(table.columns()[2] == "p_a, \"b\"");
  CHECK(table.rows() == 20);
  CHECK(table.cell(19, 0) == "20");
}

TEST_CASE("each kind of model trains and is evaluated and predicts", "[tools]") {
  const Folder& f = folder();
  for (const std::string model :
       {"gru --bidirectional", "lstm --pooling mean --class-weight balanced", "rnn",
        "tcn --layers 2", "mlp --pooling attention",
        "transformer --nhead 2 --position learned --causal",
        "transformer --nhead 2 --position learned-time --pooling attention --wide-head",
        "transformer --nhead 2 --position none --input-norm --no-norm-first"}) {
    const std::string layers = has(model, "mlp") || has(model, "--layers") ? "" : " --layers 1";
    const Finished t =
        f("train classify churn.csv --test other.csv --force --out kind --epochs 1 "
          "--d-model 8 --quiet --json --model " +
          model + layers);
    INFO(model << t.err);
    REQUIRE(t.status == 0);
    const Finished again = f("eval kind --json");
    CHECK(again.status == 0);
    CHECK(gradus::parse_json(again.out, "eval").at("test_loss") ==
          gradus::parse_json(t.out, "report").at("test_loss"));
    CHECK(f("predict kind other.csv").status == 0);
  }
}

TEST_CASE("flags of another kind of model are refused", "[tools]") {
  const Folder& f = folder();
  const auto refused = [&](const std::string& words, const std::string& part) {
    const Finished r = f("train classify churn.csv --out never --model " + words);
    INFO(words << r.err);
    CHECK(r.status == 2);
    CHECK(has(r.err, part));
    CHECK(!fs::exists(f.path("never")));
  };
  refused("gru --nhead 2", "--nhead is for --model transformer, not for gru");
  refused("mlp --causal", "an mlp reads each step on its own");
  refused("tcn --bidirectional", "--bidirectional is for --model gru, lstm or rnn");
  refused("rnn --position step", "--position is for --model transformer");
  refused("gru --bidirectional --d-model 7", "expected an even width");
  refused("gru --layers 0", "--layers 0: --model gru needs 1 or more");
  refused("mlp --layers 2", "--layers is for --model transformer, gru, lstm, rnn or tcn");
  refused("tcn --input-norm", "--input-norm is for --model transformer");
  refused("grue", "gru");
  refused("gru --pooling max", "--pooling max is invalid");
}

TEST_CASE("--preset temporal-churn is the published pipeline", "[tools]") {
  const Finished c = folder()("config classify --preset temporal-churn --json");
  const Json s = gradus::parse_json(c.out, "config").at("settings");
  CHECK(s.at("layers").integer() == 3);
  CHECK(s.at("pooling").string() == "last");
  CHECK(s.at("lr").number() == 5e-4);
  CHECK(!s.at("norm_first").boolean());
  const Json g = gradus::parse_json(folder()("config classify --model gru --json").out, "config");
  CHECK(g.at("settings").at("pooling").string() == "last");
  CHECK(g.at("settings").at("layers").integer() == 1);
  CHECK(g.at("origins").at("pooling").string() == "default");
}

TEST_CASE("data churn writes a table that depends only on its seed", "[tools]") {
  const Folder& f = folder();
  const Finished one = f("data churn --customers 30 --seed 4");
  CHECK(one.status == 0);
  CHECK(f("data churn --customers 30 --seed 4 --out four.csv").status == 0);
  CHECK(gradus::read_file(f.path("four.csv")) == one.out);
  CHECK(f("data churn --customers 30 --seed 4 --confounded").out != one.out);
  const Finished shorter = f("data churn --weeks 5");
  CHECK(shorter.status == 0);
  for (const char* words : {"data churn --weeks 4", "data churn --noise 0.6", "data chrun",
                            "data churn --customers 0", "data"})
    CHECK(f(words).status == 2);
  CHECK(f("data churn --out nowhere/churn.csv").status == 1);
}

TEST_CASE("trials on a fifth of a small set find the number of epochs", "[tools]") {
  const Folder& f = folder();
  f.put("many.csv", f("data churn --customers 120 --seed 2").out);
  const std::string words = "train classify many.csv --test other.csv --model gru --d-model 8 ";
  const Finished one = f(words + "--out found --json");
  INFO(one.err);
  REQUIRE(one.status == 0);
  CHECK(has(one.err,
            " epochs: with a fifth of the series held out, 3 trials had their best epoch at "));
  const Json report = gradus::parse_json(one.out, "report");
  const Json config = gradus::parse_json(gradus::read_file(f.path("found/config.json")), "config");
  CHECK(config.at("settings").at("epochs") == report.at("epochs"));
  CHECK(config.at("settings").at("valid").string() == "0");
  // The same number given as an option gives the same bits.
  const Finished two =
      f(words + "--out given --quiet --epochs " + std::to_string(report.at("epochs").integer()));
  REQUIRE(two.status == 0);
  CHECK(gradus::read_file(f.path("found/model.safetensors")) ==
        gradus::read_file(f.path("given/model.safetensors")));
}

TEST_CASE("attention of a classifier includes the importance of each step", "[tools]") {
  const Folder& f = folder();
  const Finished a = f("attention run --example 1", "LC_ALL=C");
  INFO(a.out << a.err);
  CHECK(a.status == 0);
  CHECK(has(a.out, "from time"));
  CHECK(has(a.out, "importance of each step for the prediction "));
  CHECK(has(a.out, "<- most"));
  CHECK(has(a.out, "rank agreement of attention and effect: "));
  REQUIRE(f("train classify churn.csv --model gru --out gru --layers 1 --epochs 2 --d-model 8 "
            "--quiet")
              .status == 0);
  const Finished g = f("attention gru", "LC_ALL=C");
  CHECK(g.status == 0);
  CHECK(has(g.out, "<- most effect"));
  CHECK(!has(g.out, "rank agreement of attention"));
  CHECK(f("attention gru --out a.csv").status == 2);
  CHECK(f("attention gru --example 999").status == 2);
}

}  // namespace tools_predict_test
