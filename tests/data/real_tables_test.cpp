// SPDX-License-Identifier: MIT
// Tables as people have them: what each reads as, or the message that helps.
#include <cmath>

#include "gradus/data/series_report.h"
#include "gradus/data/series_scale.h"
#include "gradus/data/text_pairs.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace data_real_tables_test {

CsvTable parse(const std::string& bytes, const CsvOptions& options = {}) {
  return CsvTable::parse(bytes, "f.csv", options);
}
SeriesSet train(const std::string& bytes, const SeriesColumns& columns = {}) {
  return training_series(parse(bytes), columns);
}
template <class F> std::string refused(F&& f) { return message_of<std::runtime_error>(f); }
std::string notes(const SeriesSet& set) { return notes_text(set.notes); }
std::string remarks(const CsvTable& t) {
  std::string all;
  for (const std::string& line : t.remarks()) all += line + "\n";
  return all;
}
// Rows 1, 2, ... of a table "id,time,x,label" with this column of times or features.
std::string with_times(const std::vector<std::string>& times) {
  std::string all = "id,time,x,label\n";
  for (size_t i = 0; i < times.size(); ++i)
    all += text({"1,", times[i], ",", i, ",a\n2,", times[i], ",1,b\n"});
  return all;
}
std::string with_feature(const std::vector<std::string>& cells) {
  std::string all = "f,label\n";
  for (size_t i = 0; i < cells.size(); ++i) all += cells[i] + (i % 2 ? ",a\n" : ",b\n");
  return all;
}

TEST_CASE("tables: rows without any value are left out", "[csv]") {
  const CsvTable t = parse("a,b,c\n1,2,3\n,,\n4,5,6\n, ,\"\"\n,,\n");
  CHECK(t.rows() == 2);
  CHECK(t.cell(1, 2) == "6");
  CHECK(t.line(1) == 4);
  CHECK(has(remarks(t), "3 rows without any value left out (the first in line 3)"));
  CHECK(has(remarks(parse("a;b\n1;2\n;\n")), "1 row without any value left out (line 3)"));
  CHECK(parse("a\n1\n\"\"\n").rows() == 2);  // a missing value
  CHECK(parse("a,b\n,\n").rows() == 0);
}

TEST_CASE("tables: blanks between cells and texts in quotes", "[csv]") {
  const CsvTable t = parse("id name x\n1 \"New York\" 0.5\n2 \"Rome\" 1.5\n");
  CHECK(t.columns() == std::vector<std::string>{"id", "name", "x"});
  CHECK(t.cell(0, 1) == "New York");
  const CsvTable named = parse("\"x\" \"y\"\n\"row 1\" 1 2\n\"row 2\" 3 4\n");  // by R
  CHECK(named.columns() == std::vector<std::string>{"index", "x", "y"});
  CHECK(named.cell(1, 2) == "4");
  CHECK(parse("x y\n1 5 2\n2 3 4\n").columns() == std::vector<std::string>{"x", "y"});
  CHECK(parse("a text\nof three words\nand three more\n").columns().size() == 1);
}

TEST_CASE("tables: missing values of spreadsheets and of C", "[csv]") {
  for (const char* word : {"#DIV/0!", "#NUM!", "#REF!", "#VALUE!", "#NAME?", "1.#QNAN", "-1.#IND",
                           "nil", "[NULL]", ".."})
    CHECK(is_usual_missing(word));
  for (const char* word : {"1", "1.5", "-1", "12345678", "nilpotent", "...", "#17", "[1]"})
    CHECK_FALSE(is_usual_missing(word));
  CHECK(std::isnan(train("x,label\n1,a\n#DIV/0!,b\n2,a\n").series[1].values[0]));
}

TEST_CASE("tables: words of --missing that occur nowhere are named", "[csv]") {
  CsvOptions options;
  options.missing = {"-9", "unknown", "?"};
  const std::string all = remarks(parse("a,b\n-9.0,1\n2,?\n", options));
  CHECK(has(all, "read as missing (--missing): -9.0 1, ? 1"));
  CHECK(has(all, "no cell contains unknown (--missing)"));
}

TEST_CASE("tables: quotes escaped by a backslash, and the end mark of DOS", "[csv]") {
  CHECK(has(refused([] { parse("a,b\n\"say \\\"hi\\\" now\",2\n"); }), "is written twice"));
  CHECK_FALSE(has(refused([] { parse("a,b\n\"x\"y,2\n"); }), "is written twice"));
  CHECK(parse("a,b\n1,2\n\x1a").rows() == 1);
  CHECK(parse("a,b\n1,2\x1a").cell(0, 1) == "2");
}

TEST_CASE("tables: labels that all differ from training are refused with both lists", "[series]") {
  const SeriesSet s = train("x,label\n1,Y\n2,N\n");
  const std::string m = refused([&] { matching_series(parse("label,x\nYes,1\nNo,2\n"), s); });
  CHECK(has(m, "f.csv:1:1: none of the labels is a class of the training data"));
  CHECK(has(m, "No, Yes"));
  CHECK(has(m, "N, Y"));
  CHECK(matching_series(parse("x,label\n1,y\n2,maybe\n"), s).series[0].label == 1);
  const SeriesSet digits = train("x,label\n1,0\n2,1\n");
  CHECK(matching_series(parse("x,label\n1,true\n"), digits).series[0].label == 1);
  CHECK(unlabelled_series(parse("x\n1\n"), s).size() == 1);
}

TEST_CASE("tables: names that differ only in case are named", "[series]") {
  const SeriesSet s = train("x,label\n1,Yes\n2,yes\n3,No\n");
  CHECK(has(notes(s), "column label: \"Yes\" and \"yes\" differ only in case"));
  CHECK(has(notes(train("p,label\nRed,1\nred,0\nBlue,1\n")), "different categories"));
  CHECK_FALSE(has(notes(train("p,label\nRed,1\nGreen,0\nBlue,1\n")), "differ only"));
}

TEST_CASE("tables: dates without separators as times", "[series]") {
  const auto unit = [](const std::vector<std::string>& times) {
    const SeriesSet s = train(with_times(times));
    return s.time_dates ? std::string(name(s.time_dates->unit)) : "numbers";
  };
  CHECK(unit({"202311", "202312", "202401"}) == "months");
  CHECK(unit({"202312", "202313"}) == "numbers");  // there is no month 13
  CHECK(unit({"20231231", "20240101"}) == "days");
  CHECK(unit({"202312312359", "202401010000"}) == "seconds");
  CHECK(unit({"20231231235959", "20240101000000"}) == "seconds");
  CHECK(unit({"202311", "20231201"}) == "numbers");
  const SeriesSet s = train(with_times({"20231231235959", "20240101000000"}));
  CHECK(s.series[0].times[1] - s.series[0].times[0] == 1);
}

TEST_CASE("tables: dates without separators as features", "[series]") {
  const SeriesSet s = train(with_feature({"20240131", "20240201", "", "20231231"}));
  CHECK(s.dates.contains(0));
  CHECK(s.series[1].values[0] - s.series[0].values[0] == 1);
  CHECK(std::isnan(s.series[2].values[0]));
  CHECK(has(notes(s), "column f: dates, year-month-day"));
  const SeriesSet more = matching_series(parse("f,label\n20240301,a\n"), s);
  CHECK(more.series[0].values[0] - s.series[1].values[0] == 29);
  CHECK_FALSE(train(with_feature({"20240131", "20240232"})).dates.contains(0));
  CHECK_FALSE(train(with_feature({"202401", "202402"})).dates.contains(0));  // prices?
}

TEST_CASE("tables: more forms of dates and durations", "[date]") {
  const auto value = [](std::string_view cell) {
    const std::string_view cells[] = {cell};
    const auto read = read_dates(cells, {});
    const auto* column = std::get_if<DateColumn>(&read);
    return column ? column->values[0] : -1;
  };
  constexpr double moment = 19756 * 86400.0 + 10 * 3600 + 15 * 60;
  for (const char* cell : {"Sat Feb  3 10:15:00 2024", "Sat Feb 3 10:15:00 UTC 2024",
                           "Saturday February 3 10:15:00 2024"})
    CHECK(value(cell) == moment);
  CHECK(value("25:30:00") == 25 * 3600 + 1800);
  CHECK(value("100:00") == 360000);
  CHECK(value("1 days 02:00:00") == 26 * 3600);
  CHECK(value("1 day, 2:00:00") == 26 * 3600);
  CHECK(value("3 days") == 3 * 86400);
  CHECK(value("25:61:00") == -1);
  CHECK(value("2024-02-03 25:00") == -1);
  CHECK(value("13:00 PM") == -1);
  CHECK(date_text(25 * 3600 + 1800, TimeUnit::seconds_of_day) == "25:30:00");
}

TEST_CASE("tables: a message for what cannot be used", "[series]") {
  std::string names = "name,label\n";
  for (int i = 0; i < 50; ++i) names += text({"customer ", i, i % 2 ? ",a\n" : ",b\n"});
  const std::string m = refused([&] { train(names); });
  CHECK(has(m, "there is no feature column; these were left out"));
  CHECK(has(m, "--as-text name"));
  CHECK(has(refused([] { train("label\na\nb\n"); }), "expected one besides"));
  const SeriesSet s = train("price,label\n1,a\n2,b\n");
  CHECK(has(refused([&] { matching_series(parse("pricee,label\n1,a\n"), s); }),
            "missing: price (the nearest is \"pricee\")"));
  CHECK(has(refused([] {
              train("id,time,x,label\n1,0,1,a\n1,1,2,a\n2,0,1,b\n2,1,2,b\n", {.drop = {"time"}});
            }),
            "--time names another"));
}

TEST_CASE("tables: a forecast needs a column that changes", "[series]") {
  const auto forecast = [](const std::string& rows) {
    return forecast_series(parse("id,time,x,y\n" + rows));
  };
  const std::string m = refused([&] { forecast("1,0,5,a\n1,1,5,b\n2,0,5,a\n2,1,,b\n"); });
  CHECK(has(m, "f.csv:1:1: there is nothing to forecast"));
  CHECK(has(m, "(x)"));
  CHECK(forecast("1,0,5,a\n1,1,5,b\n2,0,6,a\n2,1,6,b\n").size() == 2);
}

TEST_CASE("tables: units and ids and midnight are remarked", "[series]") {
  CHECK(has(notes(train(with_feature({"12 kg", "7.5 kg", "8 kg", "12 kg"}))),
            "\"12 kg\" and others are numbers with a unit"));
  CHECK_FALSE(has(notes(train(with_feature({"3D", "4x4", "2nd", "3D"}))), "unit"));
  const SeriesSet twins = train("id,time,x,label\n3,0,1,a\n3.0,1,2,a\n4,0,1,b\n");
  CHECK(has(notes(twins), "(3 and 3.0): read as different series"));
  const SeriesSet night =
      train("id,time,x,label\n1,23:00,1,a\n1,23:30,2,a\n1,00:30,3,a\n2,01:00,1,b\n");
  CHECK(has(notes(night), "if a series passes midnight, its times need dates"));
}

TEST_CASE("tables: a value that is too large after scaling is located in its file", "[series]") {
  const SeriesSet s = train("id,time,x,label\n1,0,1,a\n1,1,2,a\n2,0,1,b\n");
  const SeriesSet other = matching_series(parse("id,time,x,label\n1,3,1,a\n1,4,9e20,a\n"), s);
  const std::vector<int64_t> first = {0};
  const std::string m = refused([&] { series_batch(other, series_scale(s), first); });
  CHECK(has(m, "f.csv:3: column x of series 1, time 4: 9e+20"));
}

TEST_CASE("tables: a CSV file in the place of texts with tabs is recognised", "[pairs]") {
  const auto wrong = [](std::string_view bytes) {
    return refused([&] { parse_pairs(bytes, "f.csv"); });
  };
  CHECK(
      has(wrong("text,label\n\"good, really\",pos\nbad,neg\n"), "look like a CSV file with \",\""));
  CHECK(has(wrong("a;b\nc;d\n"), "look like a CSV file with \";\""));
  CHECK_FALSE(has(wrong("a b\nc,d\n"), "CSV"));
}

}  // namespace data_real_tables_test
