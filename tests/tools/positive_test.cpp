// SPDX-License-Identifier: MIT
// The positive class, to which f1, average precision, brier and --threshold refer.
#include <cmath>
#include <sstream>

#include "gradus/data/csv.h"
#include "gradus/io/file.h"
#include "models/tasks/classify_task.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

namespace tools_positive_test {

// `rare` of 60 rows have the class `first`; x separates them from the others with some errors.
std::string table(const std::string& first, const std::string& second, int rare) {
  std::string all = "x,z,label\n";
  for (int i = 0; i < 60; ++i) {
    const bool is_first = i % 60 < rare;
    const int x = (is_first ? 20 : 0) + i * 7 % 31;
    all += text({x, ",", i * 5 % 13, ",", is_first ? first : second, "\n"});
  }
  return all;
}

double f1_of(const Json& report, size_t c) {
  const auto at = [&](size_t r, size_t k) {
    return static_cast<double>(report.at("confusion").items()[r].items()[k].integer());
  };
  const double right = at(c, c), output = at(0, c) + at(1, c), wanted = at(c, 0) + at(c, 1);
  return output + wanted == 0 ? 0 : 2 * right / (output + wanted);
}

const std::string quick = " --model logistic --folds 3 --quiet --force --out run";

TEST_CASE("the positive class: natural for numbers and yes/no or else the rarer one", "[models]") {
  using Names = std::vector<std::string>;
  const auto positive = [](const Names& names, int64_t first, int64_t second) {
    return names[positive_class(names, {first, second})];
  };
  CHECK(positive({"churned", "stayed"}, 10, 50) == "churned");
  CHECK(positive({"churned", "stayed"}, 50, 10) == "stayed");
  CHECK(positive({"churned", "stayed"}, 30, 30) == "stayed");
  CHECK(positive({"0", "1"}, 10, 50) == "1");
  CHECK(positive({"-1", "1"}, 10, 50) == "1");
  CHECK(positive({"1", "2"}, 10, 50) == "2");
  CHECK(positive({"No", "Yes"}, 10, 50) == "Yes");
  CHECK(positive({"FALSE", "TRUE"}, 10, 50) == "TRUE");
  CHECK(positive({"negative", "positive"}, 10, 50) == "positive");
  CHECK(positive({"Ja", "Nein"}, 50, 10) == "Ja");
  CHECK(positive({"non", "oui"}, 10, 50) == "oui");
  CHECK(positive({"churned", "not churned"}, 50, 10) == "churned");
  CHECK(positive({"non-smoker", "smoker"}, 10, 50) == "smoker");
  CHECK(positive({"true", "false"}, 10, 50) == "true");
  CHECK(positive({"no", "maybe"}, 10, 50) == "no");
}

TEST_CASE("text labels: figures and thresholds refer to the rarer class", "[tools]") {
  const ProgramFolder p;
  p.put("a.csv", table("churned", "stayed", 15));
  const Json r = p.json("train classify a.csv --threshold f1" + quick);
  CHECK(r.at("positive").string() == "churned");
  CHECK(r.at("classes").items()[1].string() == "churned");
  CHECK(std::abs(r.at("f1").number() - f1_of(r, 1)) < 1e-9);
  CHECK(parse_json(read_file(p.path("run/schema.json")), "schema").at("positive").string() ==
        "churned");
  const double threshold = r.at("threshold").number();
  const CsvTable output = CsvTable::parse(p("predict run a.csv").out, "said");
  for (int64_t i = 0; i < output.rows(); ++i)
    CHECK((output.number(i, output.column("p_churned")) >= threshold) ==
          (output.cell(i, output.column("label")) == "churned"));
  const Finished words = p("eval run a.csv");
  CHECK(has(words.out, "f1 (of churned)"));
  CHECK(has(words.out, "brier (of churned)"));
  CHECK(has(words.out, "average_precision (of churned)"));
  CHECK(has(words.out, "threshold (of churned)"));
  CHECK(p.json("eval run").at("f1") == r.at("f1"));
  CHECK(has(p("attention run").out, "for the prediction"));
}

TEST_CASE("--positive sets the class and mirrors the figures", "[tools]") {
  const ProgramFolder p;
  p.put("a.csv", table("churned", "stayed", 15));
  const Json one = p.json("train classify a.csv --positive churned" + quick);
  const Json other = p.json("train classify a.csv --positive stayed" + quick);
  CHECK(other.at("positive").string() == "stayed");
  CHECK(std::abs(other.at("f1").number() - f1_of(other, 1)) < 1e-9);
  CHECK(std::abs(one.at("accuracy").number() - other.at("accuracy").number()) < 1e-9);
  CHECK(std::abs(one.at("auc").number() - other.at("auc").number()) < 1e-9);
  CHECK(std::abs(one.at("f1").number() - other.at("f1").number()) > 1e-9);
  CHECK(p.json("eval run").at("f1") == other.at("f1"));
  for (const auto& [words, message] : std::initializer_list<std::pair<const char*, const char*>>{
           {"--positive Churn", "the classes are churned and stayed"},
           {"--positive 1", "--positive 1: the classes are"}}) {
    const Finished f = p(std::string("train classify a.csv --out never ") + words);
    CHECK(f.status == 2);
    CHECK(has(f.err, message));
  }
  std::string three = "x,label\n";
  for (int i = 0; i < 30; ++i) three += std::to_string(i) + "," + "abc"[i % 3] + "\n";
  p.put("three.csv", three);
  const Finished f = p("train classify three.csv --out never --positive a");
  CHECK(f.status == 2);
  CHECK(has(f.err, "needs two classes; the data have 3"));
}

TEST_CASE("numbers keep their order: --positive 0 reverses it", "[tools]") {
  const ProgramFolder p;
  p.put("a.csv", table("0", "1", 15));
  CHECK(p.json("train classify a.csv" + quick).at("positive").string() == "1");
  const Json r = p.json("train classify a.csv --positive 0" + quick);
  CHECK(r.at("positive").string() == "0");
  CHECK(std::abs(r.at("f1").number() - f1_of(r, 1)) < 1e-9);
  const Json resumed = p.json("train --resume run");
  CHECK(resumed.at("f1") == r.at("f1"));
}

TEST_CASE("a run made when the alphabet decided keeps its classes", "[tools]") {
  const ProgramFolder p;
  p.put("a.csv", table("churned", "stayed", 15));
  const Json r = p.json(
      "train classify a.csv --positive stayed --model gru --d-model 4 --epochs 2 "
      "--valid 0.3 --quiet --out run");
  // Such a run has neither the setting nor the key.
  for (const char* file : {"run/schema.json", "run/config.json"}) {
    const Json old = parse_json(read_file(p.path(file)), file);
    Json less = Json::object();
    for (const auto& [key, value] : old.members()) {
      if (key == "positive" || key == "gradus.crc32c") continue;
      if (key != "settings" && key != "origins") {
        less[key] = value;
        continue;
      }
      less[key] = Json::object();
      for (const auto& [name, v] : value.members())
        if (name != "positive" && name != "summary") less[key][name] = v;
    }
    write_file(p.path(file), write_json(less));
  }
  const Json again = p.json("eval run");
  CHECK(again.at("valid_loss") == r.at("valid_loss"));
  CHECK(again.at("f1") == r.at("f1"));
}

TEST_CASE("classifiers of texts know the positive class as well", "[tools]") {
  const ProgramFolder p;
  std::string lines;
  for (int i = 0; i < 40; ++i) lines += i % 4 ? "it is fine\tham\n" : "buy now\tfraud\n";
  p.put("a.tsv", lines);
  const std::string words =
      "train classify --text a.tsv --test a.tsv --d-model 8 --nhead 1 "
      "--layers 1 --steps 3 --quiet --force --out run";
  const Json r = p.json(words);
  CHECK(r.at("positive").string() == "fraud");
  CHECK(std::abs(r.at("f1").number() - f1_of(r, 1)) < 1e-9);
  CHECK(r.find("conclusion"));
  CHECK(p.json("eval run").at("f1") == r.at("f1"));
  CHECK(has(p("predict run a.tsv").out, "line,label,p_ham,p_fraud\n"));
  CHECK(p.json(words + " --positive ham").at("positive").string() == "ham");
}

TEST_CASE("the positive class is found in any case; tables of figures fit 80 columns", "[tools]") {
  const ProgramFolder p;
  p.put("a.csv", table("churned", "stayed", 15));
  const Finished f = p("train classify a.csv --threshold 0.4 --positive CHURNED" + quick);
  REQUIRE(f.status == 0);
  CHECK(has(f.out, "f1 (of churned)"));
  std::istringstream lines(f.out);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.size() <= 80);
  }
  CHECK(!has(p("info run").out, "(of )"));
  CHECK(p("train classify a.csv --positive churn" + quick).status == 2);
}

TEST_CASE("confusion matrices of many long names continue in blocks", "[tools]") {
  const ProgramFolder p;
  std::string all = "x,label\n";
  for (int i = 0; i < 60; ++i) all += text({i % 12, ",long name of ", i % 12, "\n"});
  p.put("a.csv", all);
  const Finished f = p("train classify a.csv --valid 0 --folds 0 --model logistic --quiet");
  REQUIRE(f.status == 0);
  const std::string matrix = f.out.substr(f.out.find("rows: true class"));
  std::istringstream lines(matrix);
  int rows = 0;
  for (std::string line; std::getline(lines, line); ++rows) CHECK(line.size() <= 80);
  CHECK(rows >= 2 * 13);
}

}  // namespace tools_positive_test
