// SPDX-License-Identifier: MIT
// Intervals against values from tables of Student's t.
#include "gradus/train/interval.h"

#include <cmath>

#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("a t interval has the mean and narrows with the number of values") {
  const Interval two = t_interval(std::vector<double>{1, 3});
  CHECK(two.mean == 2);
  CHECK(std::abs(two.half - 12.706) < 1e-9);  // s / sqrt(n) is 1
  const Interval five = t_interval(std::vector<double>{1, 2, 3, 4, 5});
  CHECK(five.mean == 3);
  CHECK(std::abs(five.half - 2.776 * std::sqrt(0.5)) < 1e-9);
  std::vector<double> many;
  for (int i = 0; i < 61; ++i) many.push_back(i % 2 ? 1 : -1);
  const double s = std::sqrt((61 - 1.0 / 61) / 60);
  CHECK(std::abs(t_interval(many).half / (s / std::sqrt(61.0)) - 2.0003) < 1e-3);
  CHECK(t_interval(std::vector<double>{4, 4}).half == 0);
  CHECK(t_interval(std::vector<double>{4}).mean == 4);
  CHECK(std::isnan(t_interval(std::vector<double>{4}).half));
  CHECK(std::isnan(t_interval({}).mean));
}

TEST_CASE("a winner is better than every other model beyond the spread of paired differences") {
  // Seeds differ more than models, yet the first model is better on each of them.
  CHECK(paired_winner({{0.91, 0.72, 0.83}, {0.90, 0.71, 0.82001}}) == 0);
  CHECK(paired_winner({{0.90, 0.71, 0.82}, {0.91, 0.72, 0.83001}, {0.5, 0.4, 0.43}}) == 1);
  CHECK(paired_winner({{0.91, 0.72, 0.83}, {0.90, 0.73, 0.82}}) == -1);
  CHECK(paired_winner({{0.9, 0.8}, {0.9, 0.8}}) == -1);
  CHECK(paired_winner({{0.9}, {0.1}}) == -1);  // one seed has no deviation
  CHECK(paired_winner({{0.9, 0.91}, {0.1, 0.11}, {NAN, 0.2}}) == -1);
  CHECK(paired_winner({{0.9, 0.91}}) == -1);
  CHECK(paired_winner({}) == -1);
  CHECK(has(message_of([] { paired_winner({{1, 2}, {1}}); }), "2 and 1 seeds"));
}

TEST_CASE("the difference of two AUCs on the same samples by DeLong's variance") {
  const std::vector<double> a{0.1, 0.4, 0.35, 0.8, 0.65, 0.9, 0.2, 0.55};
  const std::vector<double> b{0.3, 0.2, 0.6, 0.7, 0.5, 0.5, 0.1, 0.4};
  const std::vector<bool> y{false, false, true, true, false, true, false, true};
  // By hand: variances of the placements of positives and of negatives, over 4 each.
  const auto d = auc_difference(a, b, y);
  REQUIRE(d);
  CHECK(std::abs(d->mean + 0.09375) < 1e-15);
  CHECK(std::abs(d->half - 0.2958656085680344) < 1e-12);
  const auto back = auc_difference(b, a, y);
  CHECK(back->mean == -d->mean);
  CHECK(std::abs(back->half - d->half) < 1e-15);
  CHECK(auc_difference(a, a, y)->half == 0);
  CHECK(!auc_difference(std::vector<double>{1, 2}, std::vector<double>{2, 1}, {true, true}));
  CHECK(has(message_of([&] {
              auc_difference(std::vector<double>{NAN, 1}, {a.data(), 2}, {true, false});
            }),
            "is nan"));
}
