// SPDX-License-Identifier: MIT
// Folds, thresholds, monitoring, extra features and the importance of steps, as a user runs them.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "gradus/data/csv.h"
#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "tests/catch.h"

using namespace gradus::tests;
using gradus::CsvTable;
using gradus::Json;
namespace fs = std::filesystem;

namespace tools_classify_test {

const std::string quick = " --epochs 3 --d-model 8 --model gru --quiet ";

struct Folder {
  TempFolder temp;
  Folder() {
    REQUIRE((*this)("data churn --customers 120 --out a.csv").status == 0);
    REQUIRE((*this)("data churn --customers 60 --seed 1 --out b.csv").status == 0);
  }
  Finished operator()(const std::string& words) const {
    return run("cd " + temp.path + " && " + fs::absolute(gradus_program()).string() + " " + words);
  }
  Json json(const std::string& words) const {
    const Finished f = (*this)(words + " --json");
    INFO(f.err);
    REQUIRE(f.status == 0);
    return gradus::parse_json(f.out, "stdout");
  }
  Json file(const std::string& name) const {
    return gradus::parse_json(gradus::read_file(temp.path + "/" + name), name);
  }
  Finished train(const std::string& words) const { return (*this)("train classify a.csv" + words); }
};
const Folder& folder() {
  static const Folder all;
  return all;
}

double mean(const Json& list) {
  double sum = 0;
  for (const Json& v : list.items()) sum += v.number();
  return sum / static_cast<double>(list.items().size());
}

TEST_CASE("folds: five by default without a test file; means with their spread", "[tools]") {
  const Folder& f = folder();
  const Json r = f.json("train classify a.csv --out folds" + quick);
  CHECK(r.at("evaluated_on").string() == "folds");
  CHECK(r.at("folds").integer() == 5);
  REQUIRE(r.at("fold_accuracy").items().size() == 5);
  CHECK(std::abs(mean(r.at("fold_accuracy")) - r.at("accuracy").number()) < 1e-12);
  CHECK(std::abs(mean(r.at("fold_auc")) - r.at("auc").number()) < 1e-12);
  CHECK(r.at("accuracy_sd").number() > 0);
  int64_t evaluated = 0;
  for (const Json& row : r.at("confusion").items())
    for (const Json& n : row.items()) evaluated += n.integer();
  CHECK(evaluated == 120);
  const Json again = f.json("eval folds");
  for (const char* key : {"accuracy", "accuracy_sd", "auc", "logistic_auc", "fit_loss"})
    CHECK(again.at(key) == r.at(key));
  CHECK(f.json("eval folds b.csv").at("evaluated_on").string() == "test");
  const Json other = f.json("train classify a.csv --test b.csv --folds 3 --out folds3" + quick);
  CHECK(other.at("evaluated_on").string() == "test");
  CHECK(other.at("folds_accuracy").number() > 0);
  // A new file is compared with what the training was: the run keeps its logistic regression.
  const Json fresh = f.json("eval folds3 b.csv");
  for (const char* key : {"baseline_accuracy", "logistic_accuracy", "logistic_auc", "conclusion"})
    CHECK(fresh.at(key) == other.at(key));
  CHECK(!has(f.json("eval folds b.csv").at("conclusion").string(), "alone"));
  // A run of an older version keeps none, and the conclusion says so.
  const std::string schema = f.temp.path + "/folds3/schema.json";
  const Json kept = gradus::parse_json(gradus::read_file(schema), "schema");
  Json old;
  for (const auto& [key, value] : kept.members())
    if (key != "logistic" && key != "gradus.crc32c") old[key] = value;
  gradus::write_file(schema, gradus::write_json(old));
  CHECK(has(f.json("eval folds3 b.csv").at("conclusion").string(), "majority class alone"));
}

TEST_CASE("folds find the number of epochs and a resumed run keeps it", "[tools]") {
  const Folder& f = folder();
  const Json r = f.json("train classify a.csv --out found --d-model 8 --model gru --quiet");
  const Json config = f.file("found/config.json");
  CHECK(config.at("settings").at("epochs") == r.at("epochs"));
  CHECK(config.at("found").at("figures").at("accuracy") == r.at("accuracy"));
  CHECK(r.at("search_seconds").number() > 0);
  const Json resumed = f.json("train --resume found");
  CHECK(resumed.at("accuracy") == r.at("accuracy"));
  const Finished dry = f.train(" --dry-run --quiet --d-model 8");
  CHECK(dry.status == 0);
}

TEST_CASE("a threshold is chosen on held-out data and kept", "[tools]") {
  const Folder& f = folder();
  for (const std::string source : {"--folds 3", "--valid 0.3"}) {
    const Json r = f.json("train classify a.csv --force --out t --threshold f1 " + source + quick);
    const double chosen = r.at("threshold").number();
    CHECK(f.file("t/schema.json").at("threshold").number() == chosen);
    const Finished output = f("predict t b.csv");
    REQUIRE(output.status == 0);
    const CsvTable table = CsvTable::parse(output.out, "predictions");
    for (int64_t i = 0; i < table.rows(); ++i)
      CHECK((table.number(i, 3) >= chosen) == (table.cell(i, 1) == "1"));
    CHECK(f.json("eval t b.csv").at("threshold").number() == chosen);
  }
  const Json fixed = f.json("train classify a.csv --test b.csv --threshold 0 --out t0" + quick);
  CHECK(fixed.at("threshold").number() == 0);
  for (const Json& row : fixed.at("confusion").items()) CHECK(row.items()[0].integer() == 0);
}

TEST_CASE("monitoring: predictions at each step that later steps do not change", "[tools]") {
  const Folder& f = folder();
  const std::string words =
      "train classify a.csv --test b.csv --every-step --quiet --epochs 3 "
      "--d-model 8 --layers 1 --causal ";
  for (const std::string kind : {"--model transformer --nhead 2", "--model tcn", "--model gru"}) {
    const Json r = f.json(words + "--force --out m " + kind);
    REQUIRE(r.at("by_part").items().size() == 4);
    CHECK(r.at("by_part").items()[3].at("accuracy") == r.at("accuracy"));
    const Finished whole = f("predict m b.csv");
    REQUIRE(whole.status == 0);
    const CsvTable all = CsvTable::parse(whole.out, "predictions");
    const CsvTable series = CsvTable::read(f.temp.path + "/b.csv");
    CHECK(all.columns() == std::vector<std::string>{"id", "time", "label", "p_0", "p_1"});
    REQUIRE(all.rows() == series.rows());
    // The first four weeks alone.
    std::string cut = "id,time,satisfaction,turn_count,emotion_score,personalized,label\n";
    for (int64_t i = 0; i < series.rows(); ++i) {
      if (series.number(i, 1) > 4) continue;
      for (int c = 0; c < 7; ++c) cut += std::string(series.cell(i, c)) + (c < 6 ? "," : "\n");
    }
    gradus::write_file(f.temp.path + "/cut.csv", cut);
    const CsvTable early = CsvTable::parse(f("predict m cut.csv").out, "predictions");
    REQUIRE(early.rows() == 60 * 4);
    int64_t row = 0;
    for (int64_t i = 0; i < early.rows(); ++i, ++row) {
      while (all.cell(row, 0) != early.cell(i, 0)) ++row;
      CHECK(all.cell(row, 1) == early.cell(i, 1));
      CHECK(std::abs(all.number(row, 4) - early.number(i, 4)) < 1e-5);
    }
  }
}

TEST_CASE("the importance of each step: for one series and the mean over all series", "[tools]") {
  const Folder& f = folder();
  REQUIRE(
      f.train(" --test b.csv --out s --nhead 2 --layers 1 --epochs 2 --d-model 8 --quiet").status ==
      0);
  const Finished all = f("attention s --all");
  CHECK(all.status == 0);
  CHECK(has(all.out, "over 60 series"));
  CHECK((has(all.out, "attention and effect agree") ||
         has(all.out, "attention and effect disagree")));
  CHECK(has(all.out, "\n       8  "));
  const Finished one = f("attention s --example 3 --step 2");
  CHECK(has(one.out, "at time 3\n"));
  CHECK(!has(one.out.substr(one.out.find("at time 3")), "\n       4  "));
  CHECK(has(f("attention s --step 8").err, "--step 8: series c1 has"));
  CHECK(has(f("attention s --all --out x.csv").err, "--out and --step are for one example"));
}

TEST_CASE("a step whose absence raises the probability is marked as negative", "[tools]") {
  const Folder& f = folder();
  REQUIRE(f.train(" --test b.csv --model logistic --out signs --quiet").status == 0);
  int negative = 0, positive = 0;
  for (int example = 0; example < 4; ++example) {
    std::istringstream lines(f("attention signs --example " + std::to_string(example)).out);
    for (std::string line; std::getline(lines, line);) {
      const size_t sign = line.find_first_of("+-");
      if (sign == line.npos || !line.starts_with("    ")) continue;
      INFO(line);
      CHECK((line[sign] == '-') == has(line, "negative"));
      ++(line[sign] == '-' ? negative : positive);
    }
  }
  CHECK(negative > 0);
  CHECK(positive > 0);
}

TEST_CASE("data writes pairs of sequences and others that are not among them", "[tools]") {
  const Folder& f = folder();
  for (const std::string rule : {"copy", "reverse", "sort", "recall"}) {
    const std::string words = "data " + rule +
                              " --out p.tsv --count 200 --test q.tsv "
                              "--test-count 50 --seed 4";
    REQUIRE(f(words).status == 0);
    const std::string train = gradus::read_file(f.temp.path + "/p.tsv");
    const std::string test = gradus::read_file(f.temp.path + "/q.tsv");
    CHECK(std::count(train.begin(), train.end(), '\n') == 200);
    CHECK(std::count(test.begin(), test.end(), '\n') == 50);
    for (size_t at = 0; at < test.size(); at = test.find('\n', at) + 1) {
      const std::string source = test.substr(at, test.find('\t', at) - at);
      CHECK(("\n" + train).find("\n" + source + "\t") == std::string::npos);
      const std::string target =
          test.substr(test.find('\t', at) + 1, test.find('\n', at) - test.find('\t', at) - 1);
      if (rule == "copy") CHECK(target == source);
      if (rule == "reverse") CHECK(target == std::string(source.rbegin(), source.rend()));
    }
    REQUIRE(f(words).status == 0);
    CHECK(gradus::read_file(f.temp.path + "/p.tsv") == train);
  }
}

TEST_CASE("conflicting flags of classify are explained", "[tools]") {
  const Folder& f = folder();
  for (const auto& [words, message] : std::initializer_list<std::pair<const char*, const char*>>{
           {"--every-step", "--every-step needs --causal"},
           {"--every-step --causal --pooling mean", "expected last with --every-step"},
           {"--every-step --model gru --bidirectional", "cannot be combined with --every-step"},
           {"--causal --model lstm --bidirectional", "cannot be combined with --causal"},
           {"--folds 1", "expected 2 or more"},
           {"--folds 121", "the data have only 120 series"},
           {"--folds 3 --valid 0.2", "both choose the data to evaluate on"},
           {"--threshold f1 --test b.csv", "give --valid or --folds"},
           {"--threshold 1.5", "expected a probability from 0 to 1"},
           {"--threshold best", "expected a probability"},
           {"--time-gap maybe", "time-gap"}}) {
    const Finished r = f.train(std::string(" --out never ") + words);
    INFO(words << ": " << r.err);
    CHECK(r.status == 2);
    CHECK(has(r.err, message));
    CHECK(!fs::exists(f.temp.path + "/never"));
  }
}

}  // namespace tools_classify_test
