// SPDX-License-Identifier: MIT
// Long work as the user sees it: a dry run stays short, a second Ctrl-C reports what was saved, and
// lines fit a terminal of 80 columns.
#include <algorithm>
#include <chrono>
#include <sstream>

#include "gradus/data/toy_series.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("a dry run does not evaluate everything", "[tools][dry-run]") {
  const ProgramFolder p;
  std::string text;
  for (unsigned i = 0, x = 1; i < 3000000; ++i, x = x * 1103515245u + 12345u)
    text += static_cast<char>('a' + (x >> 16) % 26);
  p.put("a.txt", text);
  const auto start = std::chrono::steady_clock::now();
  const Json f = p.json(
      "train lm a.txt --valid 0.9 --eval-windows 0 --dry-run --d-model 128 --layers 2 --quiet");
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  CHECK(f.at("evaluation_seconds").number() > 1.2 * elapsed.count());
}

TEST_CASE("a second Ctrl-C reports what was saved", "[tools][stop]") {
  const ProgramFolder p;
  const std::string out = p.path("run");
  const std::string train = std::filesystem::absolute(gradus_program()).string() +
                            " train copy --d-model 256 --batch-size 1000 --save-every 1 --out " +
                            out + " 2>" + p.path("err") + " & pid=$!; ";
  const Finished f = run(train + "while [ ! -s " + out +
                         "/last.safetensors ] && kill -0 $pid; do "
                         "sleep 0.01; done; while kill -INT $pid 2>/dev/null; do sleep 0.03; done; "
                         "wait $pid; echo $?; cat " +
                         p.path("err"));
  INFO(f.out << f.err);
  CHECK(f.out.rfind("130\n", 0) == 0);
  CHECK(has(f.out, "Ctrl-C again stops at once"));
  CHECK(has(f.out, "stopped at once, without saving: progress after step "));
  CHECK(has(f.out, "train --resume " + out + " continues from there"));
}

TEST_CASE("the output of a training run fits a terminal of 80 columns", "[tools][width]") {
  const ProgramFolder p;
  p.put("churn.csv", series_csv(churn_series({.customers = 80})));
  const std::string small = " --epochs 2 --d-model 16 --nhead 2 --layers 1 --out ";
  for (const std::string& words :
       {"train classify churn.csv --folds 2 --verbose" + small + "c",
        "train classify churn.csv --test churn.csv --every-step --causal" + small + "e",
        "train forecast churn.csv --verbose" + small + "f",
        "train copy --train-size 60 --test-size 20 --verbose" + small + "s",
        std::string("attention c"), std::string("attention c --all"),
        std::string("attention c --view"), std::string("attention s --example 2"),
        std::string("info c"), std::string("eval f")}) {
    const Finished f = p(words);
    INFO(words << "\n" << f.out << f.err);
    CHECK(f.status == 0);
    std::istringstream lines(f.out + f.err);
    for (std::string line; std::getline(lines, line);) {
      const auto columns =
          std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
      INFO(line);
      CHECK(columns <= 80);
    }
  }
}
