// SPDX-License-Identifier: MIT
// Columns of a table: numbers, texts, dates; refusals and the remedies they suggest.
#include <cmath>

#include "gradus/data/series_range.h"
#include "gradus/data/series_report.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace data_series_columns_test {

CsvTable parse(const std::string& bytes) { return CsvTable::parse(bytes, "f.csv"); }
SeriesSet train(const std::string& bytes, const SeriesColumns& columns = {}) {
  return training_series(parse(bytes), columns);
}
std::string refusal(const std::string& bytes, const SeriesColumns& columns = {}) {
  return message_of<std::runtime_error>([&] { train(bytes, columns); });
}
std::string all_notes(const SeriesSet& set) { return notes_text(set.notes); }
using Names = std::vector<std::string>;

// A plain table of one column and labels a, b, ...: as many rows as cells.
std::string column(const Names& cells, const std::string& name = "x") {
  std::string all = name + ",y,label\n";
  for (size_t i = 0; i < cells.size(); ++i)
    all += cells[i] + "," + std::to_string(i % 3) + "," + (i % 2 ? "b" : "a") + "\n";
  return all;
}

TEST_CASE("columns: texts become categories with their numbers", "[series]") {
  const SeriesSet s = train("id,time,plan,x,label\n1,0,pro,1,a\n1,1,,2,a\n2,0,basic,3,b\n");
  CHECK(s.features == Names{"plan", "x"});
  REQUIRE(s.is_text(0));
  CHECK(!s.is_text(1));
  CHECK(s.categories.at(0) == Names{"basic", "pro"});
  CHECK(s.series[0].values[0] == 1);
  CHECK(std::isnan(s.series[0].values[2]));
  CHECK(s.series[1].values[0] == 0);
  CHECK(s.missing == 1);
  CHECK(chosen_series(s, {true, false}).is_text(0));
  const std::string report =
      series_report(parse("id,time,plan,x,label\n1,0,pro,1,a\n1,1,,2,a\n2,0,basic,3,b\n"), s);
  CHECK(has(report, "column plan: 2 categories: basic, pro\n"));
  CHECK(has(report, "else with no category"));
}

TEST_CASE("columns: texts of another file find the categories of training", "[series]") {
  const SeriesSet s = train("code,x,label\n1,1,a\n2b,2,a\nc,3,b\nd,4,b\n");
  REQUIRE(s.categories.at(0) == Names{"1", "2b", "c", "d"});
  const SeriesSet other = matching_series(
      parse("code,x,label\n1.0,1,a\n1,2,b\ngold,3,b\n,3,b\n007,3,b\ngold,3,b\n"), s);
  CHECK(other.series[0].values[0] == 0);  // as pandas writes integers in columns with empty cells
  CHECK(other.series[1].values[0] == 0);
  CHECK(other.series[2].values[0] == unknown_category);
  CHECK(std::isnan(other.series[3].values[0]));
  CHECK(has(all_notes(other),
            "column code: 3 cells contain texts unseen in training (007 1, "
            "gold 2)"));
  // Only numbers in the new file: still text.
  CHECK(matching_series(parse("code,x,label\n1,1,a\n"), s).series[0].values[0] == 0);
}

TEST_CASE("columns: numbers are text if the user asks for it", "[series]") {
  const SeriesSet s = train(column({"1", "2", "10", "2"}), {.text = {"x"}});
  CHECK(s.categories.at(0) == Names{"1", "2", "10"});
  CHECK(has(refusal(column({"1"}), {.text = {"z"}}), "no column \"z\" to read as text"));
}

TEST_CASE("columns: mostly numbers with a few texts are refused by name", "[series]") {
  const std::string m = refusal(column({"1", "2", "abc", "4", "x y", "abc"}));
  CHECK(has(m,
            "f.csv:4:1: column x: 3 of 6 cells are not numbers: \"abc\" (line 4), \"x y\" "
            "(line 6)"));
  CHECK(has(m, "--missing 'abc,x y'"));
  CHECK(has(m, "--drop x"));
  CHECK(has(m, "--as-text x"));
  CHECK(train(column({"1", "2", "abc", "4", "x y", "abc"}), {.text = {"x"}}).is_text(0));
  CHECK(train(column({"1", "b", "c", "d"})).is_text(0));
}

TEST_CASE("columns: all errors are in one message", "[series]") {
  const std::string m = refusal(
      "id,time,spend,when,mark,label\n1,0,5,03/04/2024,1e300,a\n1,1,6,05/06/2024,2,a\n"
      "2,0,many,02/02/2024,3,b\n2,,7,01/01/2024,4,b\n");
  CHECK(has(m, "f.csv: 4 columns cannot be read:"));
  CHECK(has(m, "\n  f.csv:5:2: column time is empty"));
  CHECK(has(m, "\n  f.csv:4:3: column spend: 1 of 4 cells is not a number: \"many\" (line 4)"));
  CHECK(has(m, "column when: "));
  CHECK(has(m, "--date-order"));
  CHECK(has(m, "\n  f.csv:2:5: column mark: 1 cell is too large"));
}

TEST_CASE("columns: unknown missing-value markers are refused with row and column", "[series]") {
  for (const std::string mark : {"1e300", "3.4028235e38", "9.96921e36", "-1e30", "1e38"}) {
    INFO(mark);
    const std::string m = refusal(column({"1", "2", "3", mark, "5"}));
    CHECK(has(m, "f.csv:5:1: column x: 1 cell is too large"));
    CHECK(has(m, "--missing " + mark));
    const SeriesSet s = train(column({"1", "2", "3", "4"}));
    CHECK(has(message_of<std::runtime_error>([&] {
                matching_series(parse(column({"1", mark})), s);
              }),
              "f.csv:3:1: column x: 1 cell is too large"));
    CHECK(has(refusal("id,time,x,label\n1," + mark + ",1,a\n"), "f.csv:2:2: column time"));
  }
  CHECK(train(column({"1", "2", "1e29"})).size() == 3);
}

TEST_CASE("columns: a value too large after scaling is refused with its line", "[series]") {
  const SeriesSet s = train(column({"1", "2", "3", "4"}));
  const SeriesScale scale = series_scale(s);
  const SeriesSet other = matching_series(parse(column({"1", "1e25"})), s);
  const std::string m =
      message_of<std::runtime_error>([&] { series_batch(other, scale, std::vector<int64_t>{1}); });
  CHECK(has(m, ":3: column x of series 2, time "));
  CHECK(has(m, ": 1e+25 is not finite"));
}

TEST_CASE("columns: dates are numbers with a unit and stay so in other files", "[series]") {
  const SeriesSet s = train(
      "id,time,signup,x,label\n1,2024-01-01,03/02/2023,1,a\n1,2024-01-08,03/02/2023,2,a\n"
      "2,2024-01-01,25/12/2022,3,b\n");
  REQUIRE(s.dates.contains(0));
  CHECK(!s.is_number(0));
  REQUIRE(s.time_dates);
  CHECK(s.series[0].times[1] - s.series[0].times[0] == 7);
  CHECK(s.series[0].values[0] - s.series[1].values[0] == 40);  // 25 December to 3 February
  CHECK(s.time_text(s.series[0].times[1]) == "2024-01-08");
  CHECK(has(all_notes(s), "column signup: "));
  // Alone these dates are ambiguous; in training the day was first.
  const SeriesSet other =
      matching_series(parse("id,time,signup,x,label\n9,2024-01-01,04/02/2023,1,a\n"), s);
  CHECK(other.series[0].values[0] - s.series[0].values[0] == 1);
  CHECK(has(message_of<std::runtime_error>(
                [&] { matching_series(parse("id,time,signup,x,label\n9,3,04/02/2023,1,a\n"), s); }),
            "f.csv:2:2: column time: \"3\" is not a date; times were dates in training"));
  const SeriesSet days = train("id,time,x,label\n1,20240131,1,a\n1,20240201,2,a\n2,20240301,3,b\n");
  CHECK(days.series[0].times[1] - days.series[0].times[0] == 1);
  CHECK(has(refusal(column({"2024-01-01", "2024-01-02", "soon"})), "column x: "));
}

TEST_CASE("columns: texts that rarely repeat are left out and reported", "[series]") {
  Names mails, cities;
  for (int i = 0; i < 60; ++i) {
    mails.push_back("p" + std::to_string(i) + "@example.org");
    cities.push_back("city" + std::to_string(i % 25));
  }
  const SeriesSet s = train(column(mails, "mail"));
  CHECK(s.features == Names{"y"});
  CHECK(s.left_out == Names{"mail"});
  CHECK(has(all_notes(s), "column mail: 60 different texts"));
  CHECK(train(column(mails, "mail"), {.text = {"mail"}}).categories.at(0).size() == 60);
  CHECK(matching_series(parse(column(mails, "mail")), s).ignored.empty());
  const SeriesSet c = train(column(cities, "city"));
  CHECK(c.categories.at(0).size() == 25);
  CHECK(series_scale(c).embedded() == std::vector<int64_t>{25});
}

TEST_CASE("columns: a batch has a column for each category or a number for many", "[series]") {
  const DefaultDType f64(DType::f64);
  std::string csv = "id,time,plan,x,city,label\n";
  for (int i = 0; i < 60; ++i)
    csv += std::to_string(i) + ",0," + (i % 3 ? "pro" : "basic") + "," + std::to_string(i % 5) +
           ",c" + std::to_string(i % 30 + 10) + "," + (i % 2 ? "a" : "b") + "\n" +
           std::to_string(i) + ",1,," + std::to_string(i % 7) + ",," + (i % 2 ? "a" : "b") + "\n";
  const SeriesSet s = train(csv);
  const SeriesScale scale = series_scale(s, {.missing_mask = true});
  CHECK(scale.masked == std::vector<int64_t>{0, 2});
  REQUIRE(scale.width() == 6);  // x, two masks, two plans, a code
  const SeriesBatch b = series_batch(s, scale, std::vector<int64_t>{1, 3}, 3);
  const auto at = [&](int64_t i, int64_t t, int64_t c) {
    return b.values.to_vector<double>()[static_cast<size_t>((i * 3 + t) * 6 + c)];
  };
  CHECK(at(0, 1, 1) == 1);  // empty, and filled with the previous value
  CHECK(at(0, 1, 3) == 0);
  CHECK(at(0, 1, 4) == 1);
  CHECK(at(1, 0, 3) == 1);
  CHECK(at(1, 0, 4) == 0);
  CHECK(at(0, 0, 5) == 2);
  CHECK(at(1, 1, 5) == 4);
  for (int64_t c = 0; c < 6; ++c) CHECK(at(1, 2, c) == 0);  // padding
  // Categories that the training part does not have count as none.
  std::vector<bool> first(60);
  first[0] = first[1] = true;
  const SeriesScale part = series_scale(chosen_series(s, first));
  const SeriesBatch unseen = series_batch(s, part, std::vector<int64_t>{5});
  CHECK(unseen.values.to_vector<double>().back() == 0);
}

TEST_CASE("columns: outliers and values outside the training range are reported", "[series]") {
  Names cells;
  for (int i = 0; i < 40; ++i) cells.push_back(std::to_string(i % 10));
  const SeriesSet s = train(column(cells));
  const SeriesScale scale = series_scale(s);
  CHECK(far_values(s, scale).count == 0);
  const FarValues far = far_values(matching_series(parse(column({"4", "1000", "-400"})), s), scale);
  CHECK(far.count == 2);
  REQUIRE(far.notes.size() == 1);
  CHECK(has(far.notes[0], "column x: 2 cells (first in line 3) far outside 0 to 9"));
  CHECK(has(far.notes[0], "up to 1000"));
  cells[7] = "-999";
  CHECK(has(outlier_notes(train(column(cells)))[0],
            "column x: -999 in 1 cell (line 9) is far from all others"));
  cells[7] = "12345678";
  CHECK(has(outlier_notes(train(column(cells)))[0], "--missing 12345678"));
  cells[7] = "30";
  CHECK(outlier_notes(train(column(cells))).empty());
}

}  // namespace data_series_columns_test
