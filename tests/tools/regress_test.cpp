// SPDX-License-Identifier: MIT
// gradus train regress: figures beside simple models, quantiles, new files, resuming, refusals.
#include <cmath>
#include <filesystem>

#include "gradus/base/random.h"
#include "gradus/data/csv.h"
#include "gradus/io/file.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

namespace tools_regress_test {

// price = 3 area by city; a network or one-hot columns can learn it.
std::string houses(int count, uint64_t seed) {
  Generator gen(seed);
  std::string all = "name,area,city,price,tax\n";
  for (int i = 0; i < count; ++i) {
    const double area = 50 + 100 * gen.uniform(), noise = gen.normal();
    const bool oslo = gen.uniform() < 0.5;
    const double price = (oslo ? 5 : 2) * area + 10 * noise;
    all +=
        text({"h", i, ",", area, ",", oslo ? "Oslo" : "Rome", ",", price, ",", price / 10, "\n"});
  }
  return all;
}

const std::string small =
    " --d-model 16 --nhead 2 --layers 1 --dim-feedforward 16 --epochs 15 --lr 0.01 --drop name "
    "--quiet --force --threads 1 ";

struct Houses : ProgramFolder {
  Houses() {
    put("train.csv", houses(200, 1));
    put("test.csv", houses(100, 2));
  }
};

double of(const Json& report, const char* key, const char* target) {
  return report.at(key).at(target).number();
}

TEST_CASE("regress: a network is compared with ridge regression and the mean", "[tools]") {
  const Houses p;
  const Json r = p.json(
      "train regress train.csv --target price --as-text city --test test.csv "
      "--out run --drop name,tax" +
      small.substr(0, small.find(" --drop")) + " --quiet --threads 1");
  CHECK(of(r, "rmse", "price") < of(r, "mean_rmse", "price") / 3);
  CHECK(of(r, "rmse", "price") < of(r, "ridge_rmse", "price"));
  CHECK(of(r, "r2", "price") > 0.9);
  CHECK(r.at("winner").string() == "transformer");
  CHECK(has(r.at("conclusion").string(), "ridge regression"));
  const Json again = p.json("eval run test.csv");
  CHECK(of(again, "rmse", "price") == of(r, "rmse", "price"));
  CHECK(of(again, "ridge_rmse", "price") == Approx(of(r, "ridge_rmse", "price")));
  const CsvTable t = CsvTable::parse(p("predict run test.csv").out, "out");
  CHECK(t.columns() == std::vector<std::string>{"id", "price"});
  CHECK(t.rows() == 100);
  double squares = 0;
  const CsvTable truth = CsvTable::read(p.path("test.csv"));
  for (int64_t i = 0; i < t.rows(); ++i) {
    const double wrong = t.number(i, 1) - truth.number(i, 3);
    squares += wrong * wrong / 100;
  }
  CHECK(std::sqrt(squares) == Approx(of(r, "rmse", "price")).epsilon(1e-4));
  CHECK(has(p("explain run test.csv --id 3").out, "predicted price"));
  CHECK(has(p("report run --out page.html").out, "wrote"));
  CHECK(has(read_file(p.path("page.html")), "errors of price"));
}

TEST_CASE("regress: several targets and folds and a resumed run", "[tools]") {
  const Houses p;
  const std::string words =
      "train regress train.csv --target 'price, tax' --folds 3" + small + "--summary no --out ";
  const Json r = p.json(words + "run");
  CHECK(r.at("folds").integer() == 3);
  CHECK(r.at("evaluated_on").string() == "folds");
  CHECK(of(r, "rmse", "tax") == Approx(of(r, "rmse", "price") / 10).epsilon(0.3));
  CHECK(p("train --resume run").status == 0);
  CHECK(p.json("eval run").at("rmse") == r.at("rmse"));
  const CsvTable t = CsvTable::parse(p("predict run test.csv").out, "out");
  CHECK(t.columns() == std::vector<std::string>{"id", "price", "tax"});
}

TEST_CASE("regress: quantiles cover their share and never cross", "[tools]") {
  const Houses p;
  const Json r = p.json(
      "train regress train.csv --target price --loss quantile --quantiles 0.2,0.5,0.8 "
      "--model mlp --test test.csv --out run --epochs 40 --lr 0.01 --drop name,tax --quiet "
      "--threads 1");
  const Json& coverage = r.at("coverage").at("price");
  CHECK(coverage.at("0.2").number() == Approx(0.2).margin(0.15));
  CHECK(coverage.at("0.8").number() == Approx(0.8).margin(0.15));
  CHECK(of(r, "interval_width", "price") > 0);
  CHECK(r.at("ridge_rmse").at("price").is_null());
  const CsvTable t = CsvTable::parse(p("predict run test.csv").out, "out");
  CHECK(t.columns() == std::vector<std::string>{"id", "price_q0.2", "price_q0.5", "price_q0.8"});
  for (int64_t i = 0; i < t.rows(); ++i) {
    CHECK(t.number(i, 1) <= t.number(i, 2));
    CHECK(t.number(i, 2) <= t.number(i, 3));
  }
}

TEST_CASE("regress: simple models and every step and losses", "[tools]") {
  const Houses p;
  for (const std::string model :
       {"--model ridge", "--model mean", "--model mean --loss l1", "--model gru --loss huber",
        "--model transformer --causal --every-step", "--model mean --loss quantile"}) {
    INFO(model);
    const bool network = has(model, "gru") || has(model, "transformer");
    const Finished f =
        p("train regress train.csv --target price --drop name,tax --test test.csv "
          "--out m --force --quiet --threads 1 " +
          model + (network ? " --epochs 2 --d-model 16" : ""));
    INFO(f.err);
    CHECK(f.status == 0);
    CHECK(p("eval m test.csv").status == 0);
    CHECK(p("predict m test.csv").status == 0);
  }
  const Json ridge = p.json(
      "train regress train.csv --target price --drop name,tax --test "
      "test.csv --model ridge --out m --force --quiet");
  CHECK(of(ridge, "rmse", "price") == Approx(of(ridge, "ridge_rmse", "price")).epsilon(1e-4));
}

TEST_CASE("regress: a stopped run resumes to the same bits", "[tools]") {
  const Houses p;
  const std::string words = "train regress train.csv --target price --test test.csv" + small +
                            "--dropout 0.2 --save-every 4 --out ";
  REQUIRE(p(words + "whole").status == 0);
  const Finished stopped =
      run("cd " + p.folder.path + "; " + std::filesystem::absolute(gradus_program()).string() +
          " " + words +
          "half & pid=$!; while [ ! -s half/metrics.jsonl ] && kill -0 $pid; do "
          "sleep 0.01; done; kill -TERM $pid; wait $pid");
  CHECK((stopped.status == 143 || stopped.status == 0));
  REQUIRE(p("train --resume half --threads 2").status == 0);
  CHECK(read_file(p.path("whole/model.safetensors")) ==
        read_file(p.path("half/model.safetensors")));
}

TEST_CASE("regress: wrong usage is refused", "[tools]") {
  const Houses p;
  const auto refused = [&](const std::string& words, int status, const std::string& part) {
    const Finished f = p("train regress " + words);
    INFO(words << "\n" << f.err);
    CHECK(f.status == status);
    CHECK(has(f.err, part));
  };
  refused("train.csv", 1, "there is no target column \"target\"");
  refused("train.csv --target city", 1, "\"Oslo\" is not a number");
  refused("train.csv --target price --quantiles 0.1,0.9", 2, "--quantiles is for --loss quantile");
  refused("train.csv --target price --loss quantile --quantiles 0.9,0.1", 2, "increasing");
  refused("train.csv --target price --model ridge --loss l1", 2, "--model ridge");
  refused("train.csv --target price --model ridge --epochs 3", 2, "--epochs is for --model");
  refused("train.csv --target price --every-step", 2, "--every-step needs --causal");
  refused("train.csv --target '' ", 2, "--target is empty");
  refused("train.csv --target price --folds 1", 2, "--folds 1");
  const Finished f = p("train classify train.csv --label price --drop name");
  CHECK(f.status == 1);
  CHECK(has(f.err, "use train regress"));
}

}  // namespace tools_regress_test
