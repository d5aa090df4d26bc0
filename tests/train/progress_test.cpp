// SPDX-License-Identifier: MIT
// Progress of phases: what listeners receive, and what the program prints during long work.
#include "gradus/train/progress.h"

#include <algorithm>
#include <regex>
#include <sstream>

#include "gradus/data/toy_series.h"
#include "gradus/io/file.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

namespace train_progress_test {

struct Recorder : Phase::Listener {
  Recorder() : before(Phase::listen(this)) {}
  ~Recorder() override { Phase::listen(before); }
  void changed(std::span<const Phase* const> open) override {
    std::string words;
    for (const Phase* p : open)
      words += p->what() + " " + std::to_string(p->done()) + "/" + std::to_string(p->total()) + ";";
    all.push_back(words);
    shares.push_back(share_done(open));
    if (open.size() == 2 && open[1]->done() == stop_at) throw std::runtime_error("enough");
  }
  Listener* before;
  std::vector<std::string> all;
  std::vector<double> shares;
  int64_t stop_at = -1;
};

void two_folds() {
  Phase folds("folds", 2);
  for (int k = 0; k < 2; ++k) {
    Phase epochs("epochs", 4);
    epochs.at(1);
    epochs.at(3);
    folds.next();
  }
}

TEST_CASE("a listener gets the open phases outermost first and their progress", "[progress]") {
  Recorder recorded;
  two_folds();
  REQUIRE(recorded.all.size() == 12);
  CHECK(recorded.all[0] == "folds 0/2;");
  CHECK(recorded.all[2] == "folds 0/2;epochs 1/4;");
  CHECK(recorded.all[3] == "folds 0/2;epochs 3/4;");
  CHECK(recorded.shares[3] == Approx(0.375));
  CHECK(recorded.all.back().empty());
}

TEST_CASE("a listener can end the work and no phase stays open", "[progress]") {
  Recorder recorded;
  recorded.stop_at = 3;
  CHECK(message_of<std::runtime_error>(two_folds) == "enough");
  CHECK(recorded.all.back().empty());
  recorded.stop_at = -1;
  const Phase next("next");
  CHECK(recorded.all.back() == "next 0/0;");
}

std::string slow_folds(const ProgramFolder& p, const std::string& more) {
  p.put("churn.csv", series_csv(churn_series({.customers = 160})));
  return "train classify churn.csv --folds 3 --epochs 100 --d-model 64 --out run" + more;
}

TEST_CASE("folds report their progress in whole lines without a terminal", "[progress]") {
  const ProgramFolder p;
  const Finished f = p(slow_folds(p, ""));
  INFO(f.out << f.err);
  CHECK(f.status == 0);
  CHECK(std::regex_search(f.err, std::regex("(^|\n)folds \\d/3, epochs \\d+/100, ")));
  CHECK(has(f.err, "  eta "));
  CHECK(!has(f.err, "\r"));
}

TEST_CASE("on a terminal progress is one line and never wider than the terminal", "[progress]") {
  if (run("command -v script").status != 0) skip_test("script is not installed");
  const ProgramFolder p;
  const std::string words = slow_folds(p, " 2>&1 >out.txt");
  p.put("go.sh", "cd " + p.folder.path + " && stty cols 80 && " +
                     std::filesystem::absolute(gradus_program()).string() + " " + words + "\n");
  const Finished f = run("script -qec 'sh " + p.path("go.sh") + "' /dev/null");
  INFO(f.out << f.err);
  CHECK(std::regex_search(f.out, std::regex("\rfolds \\d/3, epochs ")));
  CHECK(has(f.out, "\rep "));
  std::string all = f.out;
  std::replace(all.begin(), all.end(), '\r', '\n');
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80 + 3);  // ESC [ K
}

TEST_CASE("steps are counted up to the last one", "[progress]") {
  const ProgramFolder p;
  const Finished f =
      p("train copy --steps 8 --train-size 96 --batch-size 16 --test-size 20 "
        "--d-model 16 --nhead 2 --layers 1 --dim-feedforward 16 --out run");
  INFO(f.err);
  CHECK(has(f.err, "ep 1/2 6/6 "));
  CHECK(has(f.err, "ep 2/2 2/2 "));
  CHECK(!has(f.err, "2/6"));
}

}  // namespace train_progress_test
