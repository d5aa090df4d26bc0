// SPDX-License-Identifier: MIT
// Tables as an analyst has them, with texts, dates and unusual layouts.
#include <cmath>

#include "gradus/base/error.h"
#include "gradus/io/file.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

namespace tools_features_test {

const std::string roles = " --id customer --time week --label churn";
const std::string quick = " --epochs 2 --d-model 8 --quiet ";

// Weekly records of customers; those of one plan leave. 30 cities, unique addresses, dates.
std::string customers(int first, int count, const std::string& plan = "") {
  std::string all = "customer,week,plan,city,mail,signup,logins,churn\n";
  for (int i = first; i < first + count; ++i)
    for (int w = 0; w < 4; ++w) {
      const std::string n = std::to_string(i);
      const bool leaves = i % 3 == 0;
      all += "C-" + n + ",2024-0" + std::to_string(w + 1) + "-15," +
             (!plan.empty() ? plan
              : leaves      ? "basic"
              : i % 2       ? "pro"
                            : "plus") +
             ",town" + std::to_string(i % 30) + ",c" + n + "@example.org," +
             std::to_string(1 + i % 12) + "/" + std::to_string(13 + i % 15) + "/2023," +
             (w == 2 ? "" : std::to_string(i * w % 7)) + "," + (leaves ? "churned" : "stayed") +
             "\n";
    }
  return all;
}

const ProgramFolder& folder() {
  static const ProgramFolder all;
  static const bool made = [] {
    all.put("a.csv", customers(0, 90));
    all.put("b.csv", customers(90, 30));
    all.put("gold.csv", customers(90, 6, "gold"));
    return true;
  }();
  REQUIRE(made);
  return all;
}

constexpr const char* train_text =
    "train classify a.csv --test b.csv --out text --model gru --epochs 40 --d-model 16 --json";

// The first training on them, which every test that needs one may ask for.
const Finished& trained() {
  static const Finished first = folder()(train_text + roles);
  REQUIRE(first.status == 0);
  return first;
}

// A run of numbers alone.
void train_base(const ProgramFolder& f) {
  std::string csv = "id,time,a,b,label\n";
  for (int i = 0; i < 40; ++i)
    for (int t = 0; t < 6; ++t)
      csv += std::to_string(i) + "," + std::to_string(t) + "," +
             std::to_string(2 * (i % 2) + t % 3) + "," + std::to_string(i * t % 5) + "," +
             std::to_string(i % 2) + "\n";
  f.put("base.csv", csv);
  REQUIRE(f("train classify base.csv --out base --model gru" + quick).status == 0);
}

TEST_CASE("a table with texts and dates trains without flags and reports how they were read",
          "[tools]") {
  const Finished& f = trained();
  INFO(f.err);
  CHECK(has(f.err, "column plan: 3 categories: basic, plus, pro"));
  CHECK(has(f.err, "column city: 30 categories: "));
  CHECK(has(f.err, "column mail: 90 different texts, which rarely repeat; left out"));
  CHECK(has(f.err, "column week: "));
  CHECK(has(f.err, "column signup: "));
  const Json report = parse_json(f.out, "report");
  CHECK(report.at("accuracy").number() > 0.95);  // the plan alone decides
  CHECK(report.at("logistic_accuracy").number() > 0.95);
  const Json again = folder().json("eval text b.csv");
  CHECK(again.at("test_loss") == report.at("test_loss"));
}

TEST_CASE("unseen texts are reported and change nothing else", "[tools]") {
  trained();
  const Finished f = folder()("predict text gold.csv");
  INFO(f.err);
  REQUIRE(f.status == 0);
  CHECK(has(f.err, "column plan: 24 cells contain texts unseen in training (gold 24)"));
  CHECK(std::count(f.out.begin(), f.out.end(), '\n') == 7);
  const Finished seen = folder()("attention text --example 1");
  CHECK(seen.status == 0);
  CHECK(has(seen.out, "2024-02-15"));  // times as in the file
}

TEST_CASE("every kind of model takes texts and its run can be read again", "[tools]") {
  for (const std::string kind : {"transformer --nhead 2 --layers 1", "lstm", "rnn",
                                 "tcn --layers 1", "mlp", "gru --bidirectional --missing-mask"}) {
    INFO(kind);
    const Json r = folder().json("train classify a.csv --test b.csv --force --out kind --model " +
                                 kind + quick + roles);
    CHECK(folder().json("eval kind b.csv").at("test_loss") == r.at("test_loss"));
    CHECK(folder()("predict kind b.csv").status == 0);
    CHECK(folder()("export kind kind.safetensors --example e.npz").status == 0);
  }
  const Json folds =
      folder().json("train classify a.csv --out folds --folds 3 --model gru" + quick + roles);
  CHECK(folds.at("folds").integer() == 3);
}

TEST_CASE("a run whose schema has no texts is read as before", "[tools]") {
  const ProgramFolder f;
  train_base(f);
  const std::string before = f("predict base base.csv").out;
  Json schema = parse_json(read_file(f.path("base/schema.json")), "schema"), old;
  for (const auto& [key, value] : schema.members())
    if (key != "texts" && key != "dates" && key != "time_dates" && key != "left_out" &&
        key != "low" && key != "high" && key != "low_time" && key != "high_time" &&
        key != "gradus.crc32c" && key != "logistic")
      old[key] = value;
  f.put("base/schema.json", write_json(old));
  CHECK(f("predict base base.csv").out == before);
  CHECK(f("eval base base.csv").status == 0);
}

TEST_CASE("forecasts read texts and dates and forecast the numbers", "[tools]") {
  const ProgramFolder& f = folder();
  std::string csv = "id,time,kind,since,x\n";
  for (int i = 0; i < 24; ++i)
    for (int t = 0; t < 12; ++t)
      csv += std::to_string(i) + "," + std::to_string(t) + "," + (i % 2 ? "up" : "down") +
             ",2020-01-" + std::to_string(10 + i % 5) + "," + std::to_string(i % 2 ? t : -t) + "\n";
  f.put("f.csv", csv);
  const Json r =
      f.json("train forecast f.csv --out f --model gru --epochs 30 --d-model 16 --quiet");
  CHECK(r.at("rmse").members().size() == 1);
  CHECK(r.at("rmse").at("x").number() < r.at("mean_rmse").at("x").number());
  const Finished predicted = f("predict f f.csv");
  INFO(predicted.err);
  REQUIRE(predicted.status == 0);
  CHECK(predicted.out.starts_with("id,time,x\n0,11,"));
  CHECK(f.json("eval f f.csv").at("test_loss").number() > 0);
}

TEST_CASE("missing-value markers never become numbers in training", "[tools]") {
  const ProgramFolder f;
  train_base(f);
  const std::string base = read_file(f.path("base.csv"));
  for (const std::string mark : {"1e300", "3.4028235e38", "9.96921e36"}) {
    std::string marked = base;
    marked.replace(marked.find("7,3,") + 4, 1, mark);
    f.put("marked.csv", marked);
    for (const std::string words :
         {"train classify marked.csv --out no --epochs 1 --quiet",
          "train classify base.csv --test marked.csv --out no --quiet", "eval base marked.csv",
          "predict base marked.csv", "train forecast marked.csv --out no --epochs 1 --quiet"}) {
      const Finished r = f(words);
      INFO(words << "\n" << r.out << r.err);
      CHECK(r.status == 1);
      CHECK(r.out.empty());
      CHECK(has(r.err, "marked.csv:47:3: column a"));
      CHECK(has(r.err, "--missing " + mark));
    }
  }
  std::string far = base;
  far.replace(far.find("7,3,") + 4, 1, "5000");
  f.put("far.csv", far);
  REQUIRE(f("train classify base.csv --out base2 --model gru" + quick).status == 0);
  for (const std::string words : {"predict base2 far.csv", "eval base2 far.csv"})
    CHECK(has(f(words).err, "column a: 1 cell (line 47) far outside 0 to 4"));
}

TEST_CASE("a number to predict is refused as a class unless the user insists", "[tools]") {
  const ProgramFolder& f = folder();
  std::string csv = "x,label\n", ts = "@classLabel true";
  for (int i = 0; i < 60; ++i) csv += std::to_string(i % 7) + "," + text({-1.9 + 0.013 * i}) + "\n";
  f.put("numbers.csv", csv);
  const Finished r = f("train classify numbers.csv --out no" + quick);
  CHECK(r.status == 1);
  CHECK(has(r.err, "60 different numbers in 60 series"));
  CHECK(has(r.err, "--as-classes"));
  CHECK(
      f("train classify numbers.csv --out yes --as-classes --folds 0 --valid 0 --model mlp" + quick)
          .status == 0);
  std::string lines;
  for (int i = 0; i < 30; ++i) {
    ts += " " + text({0.5 + 0.25 * i});
    lines += "1,2,3:" + text({0.5 + 0.25 * i}) + "\n";
  }
  f.put("numbers.ts", ts + "\n@data\n" + lines);
  CHECK(has(f("train classify numbers.ts --out no" + quick).err, "30 different numbers"));
}

TEST_CASE("labels of another file: other spellings of numbers and unseen classes", "[tools]") {
  const ProgramFolder& f = folder();
  std::string plain = "x,y,label\n", test = "x,y,label\n";
  for (int i = 0; i < 60; ++i)
    plain +=
        std::to_string(i % 2) + "," + std::to_string(i % 5) + "," + std::to_string(i % 2) + "\n";
  for (int i = 0; i < 12; ++i)
    test += std::to_string(i % 2) + "," + std::to_string(i % 5) + "," +
            (i < 3   ? "2.0"
             : i % 2 ? "1.0"
                     : "0.0") +
            "\n";
  f.put("p.csv", plain);
  f.put("q.csv", test);
  const Json r =
      f.json("train classify p.csv --test q.csv --out p --model mlp --epochs 60 --quiet");
  CHECK(r.at("accuracy").number() == 0.75);
  CHECK(r.at("unknown_class").integer() == 3);
  int64_t counted = 0;
  for (const Json& row : r.at("confusion").items())
    for (const Json& n : row.items()) counted += n.integer();
  CHECK(counted == 9);
  const Finished eval = f("eval p q.csv");
  CHECK(has(eval.err, "3 series of classes unseen in training (2.0 3): counted as wrong"));
  const Finished strict = f("train classify p.csv --test q.csv --strict --out no --quiet");
  CHECK(strict.status == 1);
  CHECK(has(strict.err, "q.csv:2:3: label \"2.0\" does not occur in the training data"));
}

TEST_CASE("predictions carry the ids of a table without times", "[tools]") {
  const ProgramFolder& f = folder();
  std::string csv = "id,x,label\n";
  for (int i = 0; i < 30; ++i)
    csv += "K-" + std::to_string(100 + i) + "," + std::to_string(i % 4) + "," +
           (i % 2 ? "a" : "b") + "\n";
  f.put("ids.csv", csv);
  REQUIRE(f("train classify ids.csv --out ids --model mlp" + quick).status == 0);
  const Finished predicted = f("predict ids ids.csv");
  REQUIRE(predicted.status == 0);
  CHECK(has(predicted.out, "\nK-100,"));
  CHECK(has(predicted.out, "\nK-129,"));
}

}  // namespace tools_features_test
