// SPDX-License-Identifier: MIT
// Layouts of tables: rows in any order, copies, ids without times, labels in one row, labels of
// other files, and columns with other names.
#include <cmath>

#include "gradus/data/series_report.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace data_series_layout_test {

CsvTable parse(const std::string& bytes) { return CsvTable::parse(bytes, "f.csv"); }
SeriesSet train(const std::string& bytes, const SeriesColumns& columns = {}) {
  return training_series(parse(bytes), columns);
}
template <class F> std::string refused(F&& f) { return message_of<std::runtime_error>(f); }
std::string refusal(const std::string& bytes, const SeriesColumns& columns = {}) {
  return refused([&] { train(bytes, columns); });
}
std::string all_notes(const SeriesSet& set) { return notes_text(set.notes); }
using Names = std::vector<std::string>;
using Values = std::vector<double>;

TEST_CASE("layout: rows of a series are sorted by time", "[series]") {
  const SeriesSet s = train("id,time,x,label\n1,2,30,a\n2,0,5,b\n1,0,10,a\n1,1,20,a\n");
  CHECK(s.series[0].times == Values{0, 1, 2});
  CHECK(s.series[0].values == Values{10, 20, 30});
  CHECK(s.series[0].lines == std::vector<int64_t>{4, 5, 2});
  CHECK(has(all_notes(s), "rows of series 1 were not in order of time: sorted"));
  CHECK(train("id,time,x,label\n1,0,1,a\n2,0,5,b\n1,1,2,a\n").notes.empty());
}

TEST_CASE("layout: copies of a row are read once; other duplicates as the user chooses",
          "[series]") {
  const SeriesSet s = train("id,time,x,label\n1,0,1,a\n1,0,1,a\n1,1,,a\n1,1,,a\n2,0,3,b\n");
  CHECK(s.series[0].times == Values{0, 1});
  CHECK(has(all_notes(s), "2 rows are copies"));
  const std::string twice =
      "id,time,x,p,label\n1,0,1,u,a\n1,1,2,u,a\n1,1,4,v,a\n1,1,,,a\n2,0,3,u,b\n";
  const std::string m = refusal(twice);
  CHECK(has(m, "f.csv:4:2: time 1 of series 1 occurs twice, in lines 3 and 4"));
  CHECK(has(m, "--duplicates"));
  CHECK(train(twice, {.duplicates = Duplicates::first}).series[0].values == Values{1, 0, 2, 0});
  CHECK(train(twice, {.duplicates = Duplicates::last}).series[0].values == Values{1, 0, 4, 1});
  const SeriesSet mean = train(twice, {.duplicates = Duplicates::mean});
  CHECK(mean.series[0].values == Values{1, 0, 3, 1});
  CHECK(has(all_notes(mean), "2 more rows with a time that the series already had"));
}

TEST_CASE("layout: a table with one row per series keeps its ids", "[series]") {
  const SeriesSet s = train("id,x,label\nC-7,1,a\nC-9,2,b\n");
  CHECK(s.plain);
  CHECK(s.features == Names{"x"});
  CHECK(s.series[1].id == "C-9");
  const SeriesSet more = unlabelled_series(parse("x,id\n4,Z\n5,Z\n"), s);
  REQUIRE(more.size() == 2);  // each row is a series, regardless of its id
  CHECK(more.series[1].id == "Z");
  CHECK(unlabelled_series(parse("x\n4\n"), s).series[0].id == "1");
  CHECK(train("id,x,label\n1,1,a\n2,2,b\n", {.drop = {"id"}}).series[1].id == "2");
  const std::string m = refusal("id,week,x,label\n1,1,1,a\n1,2,1,a\n2,1,2,b\n");
  CHECK(has(m, "there is no time column \"time\""));
  CHECK(has(m, "--time week"));
  CHECK(has(m, "--time none"));
}

TEST_CASE("layout: without times rows are steps in order if the user asks for it", "[series]") {
  const SeriesSet s = train("id,x,label\n1,5,a\n2,1,b\n1,4,a\n", {.time = "none"});
  CHECK(!s.plain);
  CHECK(s.series[0].times == Values{0, 1});
  CHECK(s.series[0].values == Values{5, 4});
}

TEST_CASE("layout: one label in any row of a series is enough", "[series]") {
  const SeriesSet s = train("id,time,x,label\n1,0,1,\n1,1,2,a\n2,0,3,b\n2,1,3,\n2,2,3,b\n");
  CHECK(s.series[0].label == 0);
  CHECK(s.series[1].label == 1);
  CHECK(has(all_notes(s), "the label of 2 series (1, ...) is given in only some rows"));
  CHECK(has(refusal("id,time,x,label\n1,0,1,\n1,1,2,a\n1,2,2,b\n"),
            "f.csv:4:4: the label of series 1 changes from a to b"));
  const std::string without = "id,time,x,label\n1,0,1,a\n2,0,3,b\n3,0,1,\n3,1,2,\n";
  CHECK(has(refusal(without), "f.csv:4:4: column label is empty in all rows of series 3"));
  CHECK(has(refusal(without), "--skip-unlabelled"));
  const SeriesSet fewer = train(without, {.skip_unlabelled = true});
  CHECK(fewer.size() == 2);
  CHECK(has(all_notes(fewer), "series 3 without a label: left out"));
}

TEST_CASE("layout: labels with equal numbers are one class and new ones are counted", "[series]") {
  const SeriesSet s = train("x,label\n1,0\n2,1.0\n3,0.0\n4,1\n");
  CHECK(s.classes == Names{"0", "1"});
  CHECK(s.series[1].label == 1);
  CHECK(matching_series(parse("x,label\n1,1.00\n"), s).series[0].label == 1);
  const std::string odd = "x,label\n1,1\n2,2\n3,two\n4,2\n";
  const SeriesSet other = matching_series(parse(odd), s);
  CHECK(other.series[1].label == unknown_class);
  CHECK(other.class_counts() == std::vector<int64_t>{0, 1});
  CHECK(has(all_notes(other), "3 series of classes unseen in training (2 2, two 1)"));
  CHECK(has(refused([&] { matching_series(parse(odd), s, {.strict = true}); }),
            "f.csv:3:2: label \"2\" does not occur in the training data"));
}

TEST_CASE("layout: a missing role is reported with the likely column", "[series]") {
  CHECK(has(refusal("id,time,x,churned\n1,0,1,1\n2,0,2,0\n"),
            "there is no label column \"label\". Perhaps --label churned"));
  CHECK(has(refusal("id,time,target,x\n1,0,1,1\n"), "--label target"));
  const std::string dated = refusal("name,signup,x,churned\na,2024-01-01,1,1\nb,2024-02-01,2,0\n");
  CHECK(has(dated, "Perhaps --label churned"));
  CHECK(!has(dated, "--time"));  // no id repeats
  CHECK(has(refusal("id,time,x,kind\n1,0,1.5,u\n2,0,2.5,v\n"), "--label kind"));
  std::string weeks = "customer,week,plan,logins,churn\n";
  for (int i = 0; i < 8; ++i)
    weeks += "C-" + std::to_string(i / 4) + ",2024-01-0" + std::to_string(i % 4 + 1) + ",pro," +
             std::to_string(i) + ",stayed\n";
  CHECK(has(refusal(weeks), "--label churn --id customer --time week"));
  const SeriesSet plain = train(weeks, {.label = "churn", .text = {"customer"}});
  CHECK(has(all_notes(plain), "--id customer --time week"));
  CHECK(has(refusal("customer,time,x,label\n1,0,1,a\n1,1,1,a\n2,0,1,a\n2,1,1,a\n"),
            "Perhaps --id customer"));
  CHECK(has(refusal("id,time,x,label\n"), "the file has a header but no rows"));
  CHECK(has(refusal("id,time,x,label\n1,0,1,a\n", {.id = "who"}), "no id column \"who\""));
}

TEST_CASE("layout: forecasts take one series without ids and do not read labels", "[series]") {
  const SeriesSet s = forecast_series(parse("time,x,label\n1,5,a\n0,4,b\n2,6,\n"));
  REQUIRE(s.size() == 1);
  CHECK(s.features == Names{"x"});
  CHECK(s.series[0].values == Values{4, 5, 6});
  CHECK(s.series[0].label == 0);
  const std::string m = refused([] { forecast_series(parse("Month,x\n2024-01,5\n2024-02,4\n")); });
  CHECK(has(m, "no time column \"time\". Perhaps --time Month;"));
  CHECK(has(refused([] { forecast_series(parse("time,shop,x\n0,1,5\n0,2,4\n")); }), "with --id"));
  const SeriesSet steps = forecast_series(parse("x\n5\n4\n"), {.time = "none"});
  CHECK(steps.series[0].times == Values{0, 1});
  CHECK(matching_forecast_series(parse("x\n5\n4\n"), steps, {.time = "none"}).size() == 1);
  CHECK(has(refused([] { forecast_series(parse("time,p\n1,a\n2,b\n")); }),
            "no column contains numbers"));
  CHECK(has(refused([] { forecast_series(parse("id,x\n1,5\n2,4\n")); }), "no time column"));
}

TEST_CASE("layout: labels that are numbers to predict are distinguished from classes", "[series]") {
  const auto objection = [](int series, const std::function<std::string(int)>& label) {
    std::string csv = "x,label\n";
    for (int i = 0; i < series; ++i) csv += std::to_string(i % 9) + "," + label(i) + "\n";
    return label_objection(train(csv));
  };
  const auto number = [](double v) { return text({v}); };
  CHECK(has(objection(300, [&](int i) { return number(-1.90178 + 0.013 * i); }),
            "300 different numbers in 300 series"));
  CHECK(has(objection(300, [&](int i) { return number(0.5 * (i % 60)); }), "--as-classes"));
  CHECK(has(objection(300, [&](int i) { return std::to_string(i % 200); }), "train regress"));
  CHECK(has(objection(12, [&](int i) { return std::to_string(i * i); }), "12 different numbers"));
  CHECK(has(objection(30, [&](int i) { return "name" + std::to_string(i); }), "a different label"));
  CHECK(objection(300, [&](int i) { return number(0.5 * (i % 9)); }).empty());  // 0 to 4 in halves
  CHECK(objection(40, [&](int i) { return i % 2 ? "1.0" : "0.0"; }).empty());
  CHECK(objection(600, [&](int i) { return std::to_string(i % 60); }).empty());
  CHECK(objection(4, [&](int i) { return std::to_string(i); }).empty());
  CHECK(objection(4000, [&](int i) { return "c" + std::to_string(i % 2000); }).empty());
}

}  // namespace data_series_layout_test
