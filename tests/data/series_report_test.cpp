// SPDX-License-Identifier: MIT
// The report on a table: missing cells, constant columns, identifiers.
#include "gradus/data/series_report.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace data_series_report_test {

std::string report(const std::string& csv, const SeriesColumns& columns = {}) {
  const CsvTable table = CsvTable::parse(csv, "t.csv");
  return series_report(table, training_series(table, columns), columns);
}

// 24 series of two steps, with `more` cells at the end of each row.
std::string table(const std::string& names, std::string (*more)(int series, int step)) {
  std::string all = "id,time,x" + names + ",label\n";
  for (int i = 0; i < 24; ++i)
    for (int t = 0; t < 2; ++t)
      all += "s" + std::to_string(i) + "," + std::to_string(t) + "," + std::to_string(i * t % 7) +
             more(i, t) + "," + (i % 2 ? "b" : "a") + "\n";
  return all;
}

TEST_CASE("the report counts rows and series and lengths and features and classes", "[data]") {
  const std::string all = report(table("", [](int, int) { return std::string(); }));
  CHECK(has(all, "48 rows, 24 series of 2 steps, median 2\n"));
  CHECK(has(all, "1 feature: x\n"));
  CHECK(has(all, "2 classes, with series: a 12, b 12\n"));
  CHECK(!has(all, "column"));
  const std::string plain = report("x,y,label\n1,2,a\n2,1,b\n");
  CHECK(has(plain, "2 rows, 2 series, one row each: there is no column time\n"));
}

TEST_CASE("the report warns of few series per class", "[data]") {
  std::string csv = "x,label\n";
  for (int i = 0; i < 60; ++i) csv += std::to_string(i % 7) + ",c" + std::to_string(i % 24) + "\n";
  CHECK(has(report(csv), "few series per class: 2.5 on average\n"));
}

TEST_CASE("the report names empty cells with their lines", "[data]") {
  const std::string all = report(table(",y,z", [](int i, int t) {
    return std::string(i < 4 && t ? ",," : "," + std::to_string(i + t) + ",");
  }));
  CHECK(has(all, "column y: 4 empty cells (8.3 %, lines 3, 5, 7, ...), filled with the last"));
  CHECK(has(all, "column z: empty in every row; it is left out\n"));
  CHECK(has(report("x,label\n1,a\n,b\n"), "column x: 1 empty cell (50 %, line 3), filled"));
}

TEST_CASE("the report names constant columns and columns that look like ids", "[data]") {
  const std::string all = report(table(",c,row,who,v", [](int i, int t) {
    return ",4," + std::to_string(2 * i + t + 1) + "," + std::to_string(900 - i) + "," +
           std::to_string((i * 13 + t) % 48);
  }));
  CHECK(has(all, "column c: always 4; it carries no information and is left out\n"));
  CHECK(has(all, "column row: looks like a row number or a name; --drop row leaves it out\n"));
  CHECK(has(all, "column who: looks like a row number or a name"));
  CHECK(!has(all, "column v"));
  CHECK(!has(all, "column x"));
}

TEST_CASE("of many similar columns ten are listed and the others counted", "[data]") {
  std::string names = "x,label";
  for (int c = 0; c < 40; ++c) names = text({"k", c, ",", names});
  std::string all = names + "\n";
  for (int i = 0; i < 3; ++i) {
    for (int c = 0; c < 40; ++c) all += "7,";
    all += text({i, i ? ",a\n" : ",b\n"});
  }
  const std::string report_text = report(all);
  CHECK(has(report_text, "column k39: always 7; it carries no information and is left out\n"));
  CHECK(!has(report_text, "column k29:"));
  CHECK(has(report_text, "  30 more columns: always the same; left out\n"));
}

TEST_CASE("a column that is empty in another file is read as the median and reported", "[data]") {
  const CsvTable t = CsvTable::parse("x,y,k,label\n1,2,3,a\n2,3,4,b\n", "t.csv");
  const SeriesSet training = training_series(t, {});
  const CsvTable other = CsvTable::parse("x,y,k,label\n1,,5,a\n2,,5,b\n", "o.csv");
  const SeriesSet set = matching_series(other, training, {});
  CHECK(has(new_file_text(set), "column y: empty in every row; read as the median of the"));
  const std::string report_text = series_report(other, set, {}, false);
  CHECK(!has(report_text, "left out"));  // neither y nor k, which is constant here
}

TEST_CASE("missing columns are reported by their names in training", "[data]") {
  const SeriesSet known =
      training_series(CsvTable::parse("id,time,x,label\n1,0,2,a\n2,0,3,b\n", "t.csv"), {});
  const auto refused = [&](const char* text) {
    return message_of<std::runtime_error>(
        [&] { matching_series(CsvTable::parse(text, "o.csv"), known, {}); });
  };
  const std::string upper = refused("ID,TIME,x,LABEL\n1,0,2,a\n");
  CHECK(has(upper, "no label column \"label\"; the nearest is \"LABEL\""));
  CHECK(has(upper, "the column names of the training data"));
  CHECK(!has(upper, "--"));  // eval has no --label
  CHECK(has(refused("id,time,x\n1,0,2\n"), "gradus predict does not"));
}

TEST_CASE("labels in another spelling are matched to those of training", "[data]") {
  const auto read = [](const char* training, const char* other) {
    const SeriesSet known = training_series(CsvTable::parse(training, "t.csv"), {});
    return matching_series(CsvTable::parse(other, "o.csv"), known, {});
  };
  SeriesSet set = read("x,label\n1,Alpha\n2,Beta\n", "x,label\n1,ALPHA\n2,beta\n");
  CHECK(set.series[0].label == 0);
  CHECK(set.series[1].label == 1);
  CHECK(has(new_file_text(set),
            "2 series with labels that training spelled differently (ALPHA "
            "as Alpha, ...)"));
  set = read("x,label\n1,0\n2,1\n", "x,label\n1,True\n2,False\n");
  CHECK(set.series[0].label == 1);
  CHECK(set.series[1].label == 0);
  set = read("x,label\n1,True\n2,False\n", "x,label\n1,1.0\n2,0\n");
  CHECK(set.classes[static_cast<size_t>(set.series[0].label)] == "True");
  CHECK(set.classes[static_cast<size_t>(set.series[1].label)] == "False");
  set = read("x,label\n1,a\n2,A\n3,b\n", "x,label\n1,A\n2,B\n3,c\n");
  CHECK(set.classes[static_cast<size_t>(set.series[0].label)] == "A");
  CHECK(set.classes[static_cast<size_t>(set.series[1].label)] == "b");
  CHECK(set.series[2].label == unknown_class);
}

TEST_CASE("columns are dropped by name", "[data]") {
  const std::string csv = table(",nr", [](int i, int) { return "," + std::to_string(i); });
  const SeriesColumns columns{.drop = {"nr"}};
  CHECK(has(report(csv, columns), "column nr: dropped\n"));
  const CsvTable t = CsvTable::parse(csv, "t.csv");
  CHECK(training_series(t, columns).features == std::vector<std::string>{"x"});
  const SeriesSet again = matching_series(t, training_series(t, columns), columns);
  CHECK(again.ignored.empty());
  using E = std::runtime_error;
  CHECK(has(message_of<E>([&] { training_series(t, {.drop = {"nrr"}}); }),
            "there is no column \"nrr\" to drop; the nearest is \"nr\""));
  CHECK(has(message_of<E>([&] { training_series(t, {.drop = {"time"}}); }), "cannot be dropped"));
}

TEST_CASE("series without labels and tables of the wrong kind", "[data]") {
  const SeriesSet set =
      training_series(CsvTable::parse("id,time,x,label\na,0,1,u\nb,0,2,v\n", "t"));
  const SeriesSet open =
      unlabelled_series(CsvTable::parse("x,id,time,more\n4,q,0,9\n5,q,1,9\n", "t"), set);
  REQUIRE(open.size() == 1);
  CHECK(open.series[0].label == -1);
  CHECK(open.series[0].values == std::vector<double>{4, 5});
  CHECK(open.ignored == std::vector<std::string>{"more"});
  CHECK(open.class_counts() == std::vector<int64_t>{0, 0});
  using E = std::runtime_error;
  CHECK(has(message_of<E>([&] { unlabelled_series(CsvTable::parse("x\n4\n", "t"), set); }),
            "there are no columns \"id\" and \"time\"; the training data had them"));
  const SeriesSet plain = training_series(CsvTable::parse("x,label\n1,u\n2,v\n", "t"));
  CHECK(has(
      message_of<E>([&] { unlabelled_series(CsvTable::parse("id,time,x\na,0,4\n", "t"), plain); }),
      "the training data had none"));
}

}  // namespace data_series_report_test
