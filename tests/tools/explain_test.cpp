// SPDX-License-Identifier: MIT
// gradus explain: every kind of model of series, in the terminal, as CSV and as a picture.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "gradus/data/csv.h"
#include "gradus/data/toy_series.h"
#include "gradus/io/file.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

namespace tools_explain_test {

constexpr const char* tiny = " --quiet --valid 0 --folds 0 --epochs 3 --d-model 8 --out ";

// Customers under the file's own names, without their labels in new.csv.
void put_customers(const ProgramFolder& p) {
  SeriesSet set = churn_series({.customers = 60});
  p.put("train.csv", series_csv(set));
  set.series.resize(5);
  for (Series& s : set.series)
    for (double& t : s.times) t = 2020 + 0.5 * t;
  p.put("new.csv", series_csv(set));
}

CsvTable csv(const Finished& f) { return CsvTable::parse(f.out, "explain"); }

TEST_CASE("explain works for every kind of classifier with the file's names and times",
          "[explain][tools]") {
  const ProgramFolder p;
  put_customers(p);
  for (const std::string kind : {"transformer", "gru", "lstm", "rnn", "tcn", "mlp"}) {
    INFO(kind);
    REQUIRE(p("train classify train.csv --model " + kind + tiny + kind).status == 0);
    const Finished one = p("explain " + kind + " new.csv --id c3");
    INFO(one.out << one.err);
    CHECK(one.status == 0);
    CHECK(one.out.rfind("series c3: ", 0) == 0);
    CHECK(has(one.out, "the mean of the training data"));
    CHECK(has(one.out, "satisfaction"));
    CHECK(has(one.out, "\n2021.5 "));
    const CsvTable t = csv(p("explain " + kind + " new.csv --id c3 --out -"));
    CHECK(t.columns() == std::vector<std::string>{"id", "time", "column", "value", "baseline",
                                                  "occlusion", "gradient_x_input"});
    CHECK(t.rows() >= 4 + 5 * 6);  // columns, then each step with its cells
    for (int64_t i = 0; i < t.rows(); ++i) CHECK(t.cell(i, 0) == "c3");
    const CsvTable all = csv(p("explain " + kind + " new.csv --out -"));
    CHECK(all.cell(0, 0) == "column");
    CHECK(all.cell(0, 1) == "satisfaction");
    CHECK(all.rows() >= 4 + 5);
  }
}

TEST_CASE("explain works for logistic regression and networks with text columns",
          "[explain][tools]") {
  const ProgramFolder p;
  std::string rows = "id,time,plan,spend,label\n";
  for (int i = 0; i < 40; ++i)
    for (int t = 0; t < 3; ++t)
      rows += std::to_string(i) + "," + std::to_string(t) + (i % 2 ? ",gold," : ",basic,") +
              std::to_string((i * 7 + t) % 5) + (i % 2 ? ",left\n" : ",stayed\n");
  p.put("plans.csv", rows);
  for (const std::string kind : {"logistic", "gru"}) {
    INFO(kind);
    REQUIRE(p("train classify plans.csv --quiet --valid 0 --folds 0 --model " + kind + " --out " +
              kind + (kind == "gru" ? " --d-model 8 --epochs 30" : ""))
                .status == 0);
    const CsvTable t = csv(p("explain " + kind + " plans.csv --id 3 --out -"));
    REQUIRE(t.cell(0, 2) == "plan");
    CHECK(t.cell(0, 4) == "no category");
    CHECK(std::abs(t.number(0, 5)) > std::abs(t.number(1, 5)));  // the plan decides
    CHECK(has(p("explain " + kind + " plans.csv --id 3 --out -").out, ",plan,gold,no category,"));
  }
}

TEST_CASE("explain: occlusion of a cell equals predict with that cell replaced",
          "[explain][tools]") {
  const ProgramFolder p;
  p.put("train.csv", "a,b,label\n1,5,no\n2,4,no\n3,6,no\n6,5,yes\n7,4,yes\n8,6,yes\n");
  REQUIRE(p("train classify train.csv --model mlp" + std::string(tiny) + "run").status == 0);
  p.put("new.csv", "a,b\n7,4\n");
  p.put("replaced.csv", "a,b\n4.5,4\n");  // the mean of a
  const auto yes = [&](const std::string& file) {
    return csv(p("predict run " + file)).number(0, 3);
  };
  const Finished f = p("explain run new.csv --of yes --out -");
  INFO(f.out << f.err);
  const CsvTable t = csv(f);
  REQUIRE(t.cell(0, 2) == "a");
  CHECK(t.cell(0, 4) == "4.5");
  CHECK(t.number(0, 5) == Approx(yes("new.csv") - yes("replaced.csv")).margin(1e-6));
  const Finished shown = p("explain run new.csv");
  CHECK(has(shown.out, "effect"));
  CHECK(has(shown.out, "value"));
}

TEST_CASE("explain works for forecasts in the units of the file", "[explain][tools]") {
  const ProgramFolder p;
  std::string rows = "id,time,load,other\n";
  for (int i = 0; i < 4; ++i)
    for (int t = 0; t < 12; ++t)
      rows += std::to_string(i) + "," + std::to_string(t) + "," +
              std::to_string(100 + 7 * (t % 4)) + "," + std::to_string(i + t % 3) + "\n";
  p.put("load.csv", rows);
  for (const std::string kind : {"transformer", "gru", "lstm", "rnn", "tcn"}) {
    INFO(kind);
    REQUIRE(p("train forecast load.csv --quiet --epochs 2 --d-model 8 --model " + kind + " --out " +
              kind)
                .status == 0);
    const Finished f = p("explain " + kind + " load.csv --id 2 --of load");
    INFO(f.out << f.err);
    CHECK(f.status == 0);
    CHECK(f.out.rfind("series 2: the next load will be ", 0) == 0);
    const CsvTable output = csv(p("predict " + kind + " load.csv"));
    const double forecast = output.number(2, 2);
    CHECK(std::stod(f.out.substr(32)) == Approx(forecast).epsilon(1e-3));
    CHECK(p("explain " + kind + " load.csv").status == 0);
  }
}

TEST_CASE("explain writes and draws every named file", "[explain][tools]") {
  const ProgramFolder p;
  put_customers(p);
  REQUIRE(p("train classify train.csv --model gru" + std::string(tiny) + "run").status == 0);
  CHECK(p("explain run new.csv --out a.csv --out b.csv").status == 0);
  CHECK(read_file(p.path("a.csv")) == read_file(p.path("b.csv")));
  CHECK(p("explain run new.csv --id c2 --out one.svg --out one.png --out one.csv").status == 0);
  CHECK(p("explain run new.csv --out all.svg").status == 0);
  CHECK(has(read_file(p.path("one.svg")), "satisfaction"));
  CHECK(has(read_file(p.path("one.svg")), "2021.5"));
  CHECK(has(read_file(p.path("all.svg")), "turn_count"));
  CHECK(has(read_file(p.path("one.png")).substr(0, 8), "PNG"));
  CHECK(has(read_file(p.path("one.csv")), "id,time,column"));
}

TEST_CASE("explain fits a terminal of 80 columns", "[explain][tools]") {
  const ProgramFolder p;
  std::string rows = "id,time";
  for (int c = 0; c < 30; ++c) rows += ",a_column_with_a_long_name_" + std::to_string(c);
  rows += ",label\n";
  for (int i = 0; i < 8; ++i)
    for (int t = 0; t < 40; ++t) {
      rows += "customer " + std::to_string(i) + "," + std::to_string(1700000000 + 3600 * t);
      for (int c = 0; c < 30; ++c) rows += "," + std::to_string((i * 7 + t * c) % 11 * 1000);
      rows += i % 2 ? ",churned\n" : ",stayed\n";
    }
  p.put("wide.csv", rows);
  REQUIRE(p("train classify wide.csv --model gru" + std::string(tiny) + "run").status == 0);
  for (const std::string more : {"", " --id 'customer 3'"}) {
    const Finished f = p("explain run wide.csv" + more);
    INFO(f.out << f.err);
    CHECK(f.status == 0);
    CHECK(has(f.out, "--out FILE.csv has all"));
    std::istringstream lines(f.out);
    for (std::string line; std::getline(lines, line);)
      CHECK(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }) <=
            80);
  }
}

TEST_CASE("explain refuses unsupported runs", "[explain][tools]") {
  const ProgramFolder p;
  put_customers(p);
  REQUIRE(p("train classify train.csv --model mlp" + std::string(tiny) + "run").status == 0);
  REQUIRE(p("train copy --quiet --epochs 1 --train-size 32 --test-size 8 --d-model 8 --nhead 2 "
            "--layers 1 --dim-feedforward 8 --out copy")
              .status == 0);
  const auto refused = [&](const std::string& words, const std::string& part) {
    const Finished f = p("explain " + words);
    INFO(words << "\n" << f.out << f.err);
    CHECK(f.status == 2);
    CHECK(f.out.empty());
    CHECK(has(f.err, part));
  };
  refused("run new.csv --id c33", "did you mean c3?");
  refused("run new.csv --id nobody", "it has 5, from c1 to c5");
  refused("run new.csv --of churned", "unknown class; expected 0 or 1");
  refused("run new.csv --out a.gif", "must end in .csv, .svg or .png");
  refused("run", "DATA.csv is missing");
  refused("copy new.csv", "a run of the task copy takes no data file");
}

}  // namespace tools_explain_test
