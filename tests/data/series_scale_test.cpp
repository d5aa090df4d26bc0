// SPDX-License-Identifier: MIT
// Splitting sets of series, and the inputs of a step other than its values.
#include "gradus/data/series_scale.h"

#include <cmath>
#include <map>

#include "gradus/data/toy_series.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace data_series_scale_test {

SeriesSet parse(const std::string& csv) { return training_series(CsvTable::parse(csv, "f.csv")); }

TEST_CASE("folds: every series is in one; classes and sizes are balanced", "[series]") {
  SeriesSet set;
  set.classes = {"a", "b", "c"};
  for (int64_t i = 0; i < 53; ++i) {
    Series& s = set.series.emplace_back();
    s.times = {0};
    s.label = i < 30 ? 0 : i < 51 ? 1 : 2;
  }
  Generator gen(3), same(3), other(4);
  const std::vector<int64_t> fold = stratified_folds(set, 5, gen);
  CHECK(fold == stratified_folds(set, 5, same));
  CHECK(fold != stratified_folds(set, 5, other));
  std::map<int64_t, int64_t> sizes;
  std::map<std::pair<int64_t, int64_t>, int64_t> of_class;
  for (size_t i = 0; i < fold.size(); ++i) {
    ++sizes[fold[i]];
    ++of_class[{fold[i], set.series[i].label}];
  }
  REQUIRE(sizes.size() == 5);
  for (const auto& [k, n] : sizes) {
    CHECK((k >= 0 && k < 5 && n >= 10 && n <= 11));
    CHECK(of_class[{k, 0}] == 6);
    CHECK((of_class[{k, 1}] >= 4 && of_class[{k, 1}] <= 5));
    CHECK(of_class[{k, 2}] <= 1);
  }
  CHECK(has(message_of([&] { stratified_folds(set, 1, gen); }), "1 folds of 53 series"));
  CHECK(has(message_of([&] { stratified_folds(set, 54, gen); }), "54 folds of 53 series"));
}

TEST_CASE("chosen series keep their order and their empty cells are counted", "[series]") {
  const SeriesSet set = parse("id,time,x,label\n1,0,,a\n2,0,1,b\n3,0,,a\n3,1,,a\n");
  const SeriesSet part = chosen_series(set, {true, false, true});
  REQUIRE(part.size() == 2);
  CHECK(part.series[0].id == "1");
  CHECK(part.series[1].id == "3");
  CHECK(part.missing == 3);
  CHECK(part.classes == set.classes);
}

TEST_CASE("options add a mask of empty cells and the time since the last step", "[series]") {
  const DefaultDType f64(DType::f64);
  const SeriesSet set =
      parse("id,time,x,y,label\n1,0,1,5,a\n1,2,,6,a\n1,4,3,7,a\n2,0,5,,b\n2,2,2,8,b\n");
  using TimeGap = SeriesExtras::TimeGap;
  CHECK(series_scale(set).width() == 2);
  const SeriesScale both = series_scale(set, {.time_gap = TimeGap::yes, .missing_mask = true});
  CHECK(both.masked == std::vector<int64_t>{0, 1});
  REQUIRE(both.width() == 5);
  const SeriesBatch b = series_batch(set, both, std::vector<int64_t>{0, 1});
  const auto at = [&](int64_t s, int64_t t, int64_t c) {
    return b.values.to_vector<double>()[static_cast<size_t>((s * 3 + t) * 5 + c)];
  };
  for (int64_t t = 0; t < 3; ++t) {
    CHECK(std::abs(at(0, t, 2) - (t ? std::log(2.0) : 0)) < 1e-12);
    CHECK(at(0, t, 3) == (t == 1 ? 1 : 0));
    CHECK(at(0, t, 4) == 0);
  }
  CHECK(at(1, 0, 4) == 1);
  CHECK(at(1, 1, 4) == 0);
  CHECK(at(1, 2, 4) == 0);  // padding
  const SeriesSet full = parse("id,time,x,y,label\n1,0,1,5,a\n1,2,,6,a\n2,0,5,4,b\n");
  CHECK(series_scale(full, {.missing_mask = true}).masked == std::vector<int64_t>{0});
  const SeriesSet uneven = parse("id,time,x,label\n1,0,1,a\n1,1,2,a\n1,4,2,a\n");
  CHECK(series_scale(uneven, {.time_gap = TimeGap::no}).width() == 1);
  CHECK(series_scale(uneven).width() == 2);
}

}  // namespace data_series_scale_test
