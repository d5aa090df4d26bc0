// SPDX-License-Identifier: MIT
// F1 and AUC against values computed by hand.
#include "gradus/train/metrics.h"

#include <cmath>

#include "gradus/base/random.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

using Classes = std::vector<int64_t>;
using Scores = std::vector<double>;

TEST_CASE("macro F1 is the mean over the classes that occur") {
  CHECK(macro_f1(Classes{0, 1, 1}, Classes{0, 1, 1}, 2) == 1);
  // Class 0: 2*1/(1+2), class 1: 2*1/(2+1); class 2 neither occurs nor is predicted.
  CHECK(macro_f1(Classes{0, 1, 1}, Classes{0, 0, 1}, 3) * 3 == 2);
  // Class 2 is predicted once and never right.
  CHECK(macro_f1(Classes{0, 2}, Classes{0, 0}, 3) * 3 == 1);
  CHECK(macro_f1(Classes{}, Classes{}, 2) == 0);
  CHECK(has(message_of([] { macro_f1(Classes{0}, Classes{}, 2); }), "1 predictions for 0 labels"));
  CHECK(has(message_of([] { macro_f1(Classes{2}, Classes{0}, 2); }), "a class is 2"));
}

TEST_CASE("AUC counts pairs in the right order and half of the ties") {
  CHECK(auc(Scores{1, 2, 3, 4}, {false, false, true, true}).value() == 1.0);
  CHECK(auc(Scores{4, 3, 2, 1}, {false, false, true, true}).value() == 0.0);
  CHECK(auc(Scores{0.1, 0.4, 0.35, 0.8}, {false, false, true, true}).value() == 0.75);
  CHECK(auc(Scores{5, 5, 5}, {true, false, true}).value() == 0.5);
  CHECK(auc(Scores{1, 1, 2}, {true, false, false}).value() == 0.25);
  CHECK(!auc(Scores{1, 2}, {true, true}));
  CHECK(!auc(Scores{}, {}));
  CHECK(has(message_of([] { auc(Scores{1}, {}); }), "1 scores for 0 labels"));
}

TEST_CASE("AUC of several classes is the mean of each against the rest") {
  const Scores two{0.9, 0.1, 0.6, 0.4, 0.65, 0.35, 0.2, 0.8};
  CHECK(macro_auc(two, Classes{0, 0, 1, 1}, 2).value() == 0.75);
  const Scores three{0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.5, 0.3, 0.2};
  // Class 2 does not occur; classes 0 and 1 are separated.
  CHECK(macro_auc(three, Classes{0, 1, 0}, 3).value() == 1.0);
  CHECK(!macro_auc(Scores{1, 0}, Classes{0}, 2));
  CHECK(has(message_of([&] { macro_auc(two, Classes{0}, 2); }), "8 scores for 1 labels"));
}

TEST_CASE("the confusion matrix has a row for each true class") {
  CHECK(confusion_matrix(Classes{0, 1, 1, 2}, Classes{0, 0, 1, 1}, 3) ==
        Classes{1, 1, 0, 0, 1, 1, 0, 0, 0});
  CHECK(class_f1(Classes{3, 1, 2, 4}, 2, 1) == 8.0 / 11);
  CHECK(class_f1(Classes{3, 0, 0, 0}, 2, 1) == 0);
  CHECK(has(message_of([] { confusion_matrix(Classes{0}, Classes{}, 2); }),
            "1 predictions for 0 labels"));
  CHECK(has(message_of([] { confusion_matrix(Classes{0}, Classes{3}, 2); }), "a class is 3"));
}

TEST_CASE("average precision is a sum over thresholds; Brier's score a mean of squares") {
  CHECK(average_precision(Scores{4, 3, 2, 1}, {true, true, false, false}).value() == 1);
  // Positives at ranks 1 and 3: (1/1 + 2/3) / 2.
  CHECK(
      std::abs(average_precision(Scores{0.8, 0.4, 0.35, 0.1}, {true, false, true, false}).value() -
               5.0 / 6) < 1e-15);
  CHECK(average_precision(Scores{1, 1, 1, 1}, {true, false, false, false}).value() == 0.25);
  CHECK(!average_precision(Scores{1, 2}, {false, false}));
  CHECK(has(message_of([] { average_precision(Scores{1}, {}); }), "1 scores for 0 labels"));
  CHECK(brier_score(Scores{1, 0.5}, {true, false}) == 0.125);
  CHECK(brier_score(Scores{}, {}) == 0);
  CHECK(has(message_of([] { brier_score(Scores{1}, {}); }), "1 probabilities for 0 labels"));
}

TEST_CASE("rank correlation depends only on order; equal values share a rank") {
  CHECK(rank_correlation(Scores{1, 2, 9}, Scores{0.1, 0.2, 0.3}).value() == 1);
  CHECK(rank_correlation(Scores{1, 2, 9}, Scores{3, 2, 1}).value() == -1);
  CHECK(std::abs(rank_correlation(Scores{1, 2, 2, 4}, Scores{1, 2, 3, 4}).value() -
                 0.9486832980505138) < 1e-12);
  CHECK(!rank_correlation(Scores{1, 1}, Scores{1, 2}));
  CHECK(!rank_correlation(Scores{}, Scores{}));
  CHECK(has(message_of([] { rank_correlation(Scores{1}, Scores{}); }), "1 and 0 values"));
}

TEST_CASE("the best threshold: as by hand and no other one is better", "[metrics]") {
  const std::vector<double> p = {0.1, 0.2, 0.3, 0.35, 0.6};
  CHECK(best_threshold(p, {false, false, true, false, true}, ThresholdAim::f1) == 0.25);
  CHECK(best_threshold(p, {false, false, false, false, true}, ThresholdAim::f1) == Approx(0.475));
  CHECK(best_threshold(p, {true, true, true, true, true}, ThresholdAim::f1) == 0.5);
  CHECK(best_threshold(std::vector<double>{}, {}, ThresholdAim::balanced) == 0.5);
  Generator gen(5);
  std::vector<double> scores;
  std::vector<bool> truth;
  for (int i = 0; i < 300; ++i) {
    truth.push_back(gen.uniform() < 0.2);
    scores.push_back(std::floor(20 * (gen.uniform() + (truth.back() ? 0.4 : 0)) / 1.4) / 20);
  }
  for (const ThresholdAim aim : {ThresholdAim::f1, ThresholdAim::balanced}) {
    const auto value = [&](double at) {
      double yes = 0, wrong = 0, all = 0;
      for (size_t i = 0; i < scores.size(); ++i) {
        all += truth[i];
        if (scores[i] >= at) ++(truth[i] ? yes : wrong);
      }
      return aim == ThresholdAim::f1 ? 2 * yes / (all + yes + wrong)
                                     : yes / all + (300 - all - wrong) / (300 - all);
    };
    const double best = value(best_threshold(scores, truth, aim));
    for (int i = 0; i <= 40; ++i) CHECK(value(i / 40.0 + 0.01) <= best + 1e-12);
  }
}
