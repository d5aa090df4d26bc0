// SPDX-License-Identifier: MIT
// gradus train forecast: figures compared with simple forecasts, resuming, new files.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <regex>

#include "gradus/data/csv.h"
#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "tests/catch.h"

using namespace gradus::tests;
using gradus::Json;
using gradus::read_file;
namespace fs = std::filesystem;

namespace tools_forecast_test {

// Waves, predictable from the last two steps; a constant; a label that models must not see.
void write_waves(const std::string& path, int count, bool labelled) {
  std::ofstream file(path);
  file << "id,time,wave,flat" << (labelled ? ",label" : "") << "\n";
  for (int i = 0; i < count; ++i)
    for (int t = 0; t < 16 + i % 5; ++t) {
      file << "s" << i << "," << t << "," << 10 + 3 * std::sin(0.7 * t + i) << ",4";
      file << (labelled ? i % 2 ? ",yes" : ",no" : "") << "\n";
    }
}

const std::string small = " --d-model 16 --batch-size 8 --epochs 30 --quiet --dropout 0";

struct Runs {
  TempFolder folder;
  Runs() {
    write_waves(folder.path + "/train.csv", 30, true);
    write_waves(folder.path + "/test.csv", 10, false);
    const Finished f = (*this)("train forecast train.csv --test test.csv --model gru" + small);
    INFO(f.out << f.err);
    REQUIRE(f.status == 0);
    CHECK(has(f.out, "feature"));
    CHECK(has(f.out, "last value"));
  }
  Finished operator()(const std::string& words) const {
    return run("cd " + folder.path + " && " + fs::absolute(gradus_program()).string() + " " +
               words);
  }
  std::string path(const std::string& name) const { return folder.path + "/" + name; }
  Json report(const std::string& name) const {
    return gradus::parse_json(read_file(path(name + "/report.json")), "report");
  }
};
const Runs& runs() {
  static const Runs all;
  return all;
}

void failed(const std::string& words, int status, const std::string& part) {
  const Finished f = runs()(words);
  INFO(words << "\n" << f.out << f.err);
  CHECK(f.status == status);
  CHECK(has(f.err, part));
}

TEST_CASE("a forecast of a single series names a winner", "[tools]") {
  std::string csv = "time,x\n", still = csv;
  for (int t = 0; t < 300; ++t) {
    csv += std::to_string(t) + "," + std::to_string(t % 2 ? 1 + 0.01 * (t % 7) : -1.0) + "\n";
    still += std::to_string(t) + "," + std::to_string(0.001 * t + 0.01 * (t % 3)) + "\n";
  }
  std::ofstream(runs().path("one.csv")) << csv;
  std::ofstream(runs().path("still.csv")) << still;
  const auto conclusion = [](const std::string& words) {
    const Finished f = runs()("train forecast " + words + " --quiet --json");
    INFO(f.err);
    REQUIRE(f.status == 0);
    return gradus::parse_json(f.out, "report").at("conclusion").string();
  };
  const std::string up =
      conclusion("one.csv --out one --model gru --epochs 60 --d-model 16 --lr 0.01");
  CHECK(up.starts_with("The gru wins: its loss of "));
  const std::string down = conclusion("still.csv --out still --model gru --epochs 1 --d-model 8");
  CHECK(down.starts_with("The last value wins: its loss of "));
  CHECK(has(down, " steps to train on are too few for this network"));
}

TEST_CASE("train forecast beats the last value and the mean on waves", "[tools]") {
  const Json report = runs().report("runs/forecast-1");
  const double rmse = report.at("rmse").at("wave").number();
  CHECK(rmse < 0.5 * report.at("last_value_rmse").at("wave").number());
  CHECK(rmse < 0.5 * report.at("mean_rmse").at("wave").number());
  CHECK(report.at("rmse").at("flat").is_null());
  CHECK(report.at("rmse").members().size() == 2);  // the label is not a feature
  CHECK(report.at("test_loss").number() < report.at("last_value_loss").number());
  CHECK(report.at("valid_loss").number() < report.at("mean_loss").number());
  CHECK(report.at("evaluated_on").string() == "test");
  const Finished predicted = runs()("train forecast train.csv --dry-run");
  CHECK(predicted.status == 0);
  CHECK(has(predicted.err, "column flat is constant: not forecast"));
}

TEST_CASE("a forecaster's figures are reproduced and computed for new files", "[tools]") {
  const Json report = runs().report("runs/forecast-1");
  for (const std::string words :
       {"eval runs/forecast-1 --json --threads 2", "eval runs/forecast-1 test.csv --json"}) {
    const Finished f = runs()(words);
    INFO(f.out << f.err);
    REQUIRE(f.status == 0);
    const Json found = gradus::parse_json(f.out, "stdout");
    for (const char* key : {"rmse", "test_loss", "last_value_rmse", "mean_rmse"})
      CHECK(write_json(found.at(key)) == write_json(report.at(key)));
  }
  CHECK(has(runs()("eval runs/forecast-1").out, "wave"));
}

TEST_CASE("a stopped forecaster resumes to the same bits", "[tools]") {
  const std::string words = "train forecast train.csv --model transformer --save-every 2" + small;
  REQUIRE(runs()(words + " --out whole --threads 1").status == 0);
  const Finished f =
      run("cd " + runs().folder.path + "; " + fs::absolute(gradus_program()).string() + " " +
          words + " --out stopped & pid=$!; while [ ! -s " + runs().path("stopped/metrics.jsonl") +
          " ] && kill -0 $pid; do sleep 0.01; done; kill -TERM $pid; wait $pid");
  CHECK(f.status == 143);
  CHECK(runs()("train --resume stopped").status == 0);
  for (const char* name : {"/model.safetensors", "/metrics.jsonl", "/schema.json"}) {
    INFO(name);
    CHECK(!read_file(runs().path("whole") + name).empty());
    CHECK(read_file(runs().path("whole") + name) == read_file(runs().path("stopped") + name));
  }
  const Finished drawn = runs()("attention whole --out -");
  INFO(drawn.err);
  CHECK(drawn.status == 0);
  // The first step can attend only to itself.
  CHECK(std::regex_search(drawn.out, std::regex("\n0:0,1,0,0,")));
}

TEST_CASE("predict forecasts the next step of each series", "[tools]") {
  const Finished f = runs()("predict runs/forecast-1 test.csv");
  INFO(f.out << f.err);
  REQUIRE(f.status == 0);
  const gradus::CsvTable table = gradus::CsvTable::parse(f.out, "stdout");
  CHECK(table.columns() == std::vector<std::string>{"id", "time", "wave", "flat"});
  REQUIRE(table.rows() == 10);
  for (int64_t i = 0; i < 10; ++i) {
    const double next =
        10 + 3 * std::sin(0.7 * static_cast<double>(16 + i % 5) + static_cast<double>(i));
    CHECK(table.number(i, 1) == static_cast<double>(15 + i % 5));
    CHECK(std::abs(table.number(i, 2) - next) < 1.5);
    CHECK(table.number(i, 3) == 4);
  }
}

TEST_CASE("a single long series is cut into windows and its end is held out", "[tools]") {
  std::ofstream file(runs().path("long.csv"));
  file << "id,time,wave\n";
  for (int t = 0; t < 400; ++t) file << "1," << t << "," << std::sin(0.5 * t) << "\n";
  file.close();
  const Finished f =
      runs()("train forecast long.csv --window 20 --model rnn --out long --json" + small);
  INFO(f.out << f.err);
  REQUIRE(f.status == 0);
  const Json report = runs().report("long");
  CHECK(report.at("evaluated_on").string() == "valid");
  CHECK(report.at("valid_loss").number() < 0.5 * report.at("last_value_loss").number());
}

TEST_CASE("last value and mean are models like any other", "[tools]") {
  for (const std::string model : {"last_value", "mean"}) {
    const Finished f = runs()("train forecast train.csv --test test.csv --quiet --out " + model +
                              " --model " + model);
    INFO(f.out << f.err);
    REQUIRE(f.status == 0);
    const Json r = runs().report(model);
    CHECK(r.at("test_loss") == r.at(model + "_loss"));
    CHECK(r.at("parameters").integer() == 4);
    CHECK(runs()("eval " + model).status == 0);
    CHECK(runs()("info " + model).status == 0);
    CHECK(runs()("train --resume " + model).status == 0);
    CHECK(runs()("export " + model + " " + model + ".npz --example e.npz").status == 0);
    failed("attention " + model, 2, "has no attention to draw");
  }
  const auto predicted = gradus::CsvTable::parse(runs()("predict last_value test.csv").out, "said");
  const auto file = gradus::CsvTable::parse(read_file(runs().path("test.csv")), "test");
  CHECK(predicted.rows() == 10);
  const double last = file.number(file.rows() - 1, file.column("wave"));
  CHECK(std::abs(predicted.number(9, predicted.column("wave")) - last) < 1e-4);
  CHECK(runs()("explain last_value test.csv").status == 0);
  failed("explain mean test.csv", 2, "nothing to explain");
  failed("train forecast train.csv --model mean --epochs 3", 2, "--epochs is for --model");
  const Json gru = runs().report("runs/forecast-1");
  CHECK(gru.at("winner").string() != "last value");
}

TEST_CASE("forecasting refuses unsupported settings", "[tools]") {
  failed("train forecast --epochs 1", 2, "TRAIN.csv is missing");
  failed("train forecast train.csv --model mlp", 2, "expected transformer, gru, lstm, rnn, tcn,");
  failed("train forecast train.csv --model gru --nhead 2", 2, "is for --model transformer");
  failed("train forecast train.csv --drop nothing", 1, "to drop");
  failed("train forecast train.csv --id what --time when", 1, "no id column \"what\"");
  failed("train forecast train.csv --id what --time when", 1, "no time column \"when\"");
  std::ofstream(runs().path("short.csv")) << "id,time,x\n1,0,1\n2,0,2\n";
  failed("train forecast short.csv --valid 0", 1, "no series has a second step");
  CHECK(!fs::exists(runs().path("runs/forecast-2")));
}

TEST_CASE("the examples in the help of train forecast run", "[tools]") {
  const std::string help = runs()("train forecast --help").out;
  const std::regex example("\n  gradus (.*)");
  int count = 0;
  for (std::sregex_iterator i(help.begin(), help.end(), example), end; i != end; ++i, ++count) {
    const Finished f = runs()(std::string((*i)[1]) + " --dry-run");
    INFO(i->str() << f.out << f.err);
    CHECK(f.status == 0);
  }
  CHECK(count == 2);
}

}  // namespace tools_forecast_test
