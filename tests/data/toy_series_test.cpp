// SPDX-License-Identifier: MIT
// The synthetic churn series: the cause is in the documented weeks and nowhere else.
#include "gradus/data/toy_series.h"

#include <cmath>

#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace data_toy_series_test {

// The correlation of a week's satisfaction with the label.
double correlation(const SeriesSet& set, int64_t week) {
  double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (const Series& s : set.series) {
    if (s.length() < week) continue;
    const double u = s.values[static_cast<size_t>(week - 1) * 4], v = static_cast<double>(s.label);
    ++n;
    x += u;
    y += v;
    xx += u * u;
    yy += v * v;
    xy += u * v;
  }
  return (n * xy - x * y) / std::sqrt((n * xx - x * x) * (n * yy - y * y));
}

TEST_CASE("churn: weeks 4 and 5 decide; the other weeks have no information", "[data]") {
  const SeriesSet set = churn_series({.customers = 4000});
  CHECK(set.size() == 4000);
  CHECK(set.features.size() == 4);
  for (int64_t week : {1, 2, 3, 6, 7, 8}) CHECK(std::abs(correlation(set, week)) < 0.06);
  for (int64_t week : {4, 5}) CHECK(correlation(set, week) < -0.4);
  const std::vector<int64_t> counts = set.class_counts(), lengths = set.lengths();
  CHECK(std::abs(static_cast<double>(counts[1]) / 4000 - 0.5) < 0.05);
  for (int64_t n : lengths) CHECK((n >= 6 && n <= 8));
  const SeriesSet confounded = churn_series({.customers = 4000, .confounded = true});
  for (int64_t week : {1, 2, 4, 5}) CHECK(correlation(confounded, week) < -0.6);
  for (int64_t week : {3, 6, 7, 8}) CHECK(std::abs(correlation(confounded, week)) < 0.06);
}

TEST_CASE("churn: written as a table and read again it is the same; it follows from the seed",
          "[data]") {
  const SeriesSet set = churn_series({.customers = 50, .seed = 3});
  const std::string table = series_csv(set, "will_churn");
  CHECK(table.substr(0, table.find('\n')) ==
        "id,time,satisfaction,turn_count,emotion_score,personalized,will_churn");
  const SeriesSet again =
      training_series(CsvTable::parse(table, "churn.csv"), {.label = "will_churn"});
  REQUIRE(again.size() == 50);
  for (size_t i = 0; i < 50; ++i) {
    CHECK(again.series[i].values == set.series[i].values);
    CHECK(again.series[i].label == set.series[i].label);
    CHECK(again.series[i].times == set.series[i].times);
  }
  CHECK(series_csv(churn_series({.customers = 50, .seed = 3}), "will_churn") == table);
  CHECK(series_csv(churn_series({.customers = 50, .seed = 4}), "will_churn") != table);
  CHECK(has(message_of([] { churn_series({.customers = 0}); }), "0 customers"));
  CHECK(has(message_of([] { churn_series({.weeks = 4, .min_weeks = 4}); }), "4 to 4 weeks"));
}

}  // namespace data_toy_series_test
