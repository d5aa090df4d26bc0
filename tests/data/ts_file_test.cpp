// SPDX-License-Identifier: MIT
// .ts files: their contents, and errors with their lines.
#include "gradus/data/ts_file.h"

#include <cmath>
#include <fstream>

#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace data_ts_file_test {

const std::string head =
    "# made up\n@problemName Toy\n@timeStamps false\n@univariate false\n"
    "@classLabel true up down\n@data\n";

SeriesSet read(const std::string& bytes) { return training_series(ts_table(bytes, "toy.ts")); }

std::string fault(const std::string& bytes) {
  return message_of<std::runtime_error>([&] { read(bytes); });
}

TEST_CASE(".ts: dimensions and lengths and labels and missing values", "[data]") {
  const SeriesSet set = read("\xEF\xBB\xBF" + head + "1,2,?:4,5,6:up\r\n\n1.5:-2e1:down\n");
  CHECK(set.features == std::vector<std::string>{"x1", "x2"});
  CHECK(set.classes == std::vector<std::string>{"down", "up"});
  REQUIRE(set.size() == 2);
  CHECK(set.series[0].times == std::vector<double>{0, 1, 2});
  CHECK(set.series[0].values[1] == 4);
  CHECK(std::isnan(set.series[0].values[4]));
  CHECK(set.series[1].values == std::vector<double>{1.5, -20});
  CHECK(set.classes[static_cast<size_t>(set.series[1].label)] == "down");
  CHECK(set.missing == 1);
}

TEST_CASE(".ts: explicit times and the names of columns", "[data]") {
  const std::string bytes =
      "@TimeStamps true\n@ClassLabel true a\n@DATA\n(0.5,1),(2,3):(0.5, 7),(2,?):a\n";
  const CsvTable table = ts_table(bytes, "x.ts", {"who", "when", "what"});
  CHECK(table.columns() == std::vector<std::string>{"who", "when", "x1", "x2", "what"});
  CHECK(table.cell(1, 1) == "2");
  CHECK(table.cell(1, 3).empty());
  const TempFolder folder;
  std::ofstream(folder.path + "/x.ts") << bytes;
  CHECK(read_series_table(folder.path + "/x.ts").rows() == 2);
  CHECK(has(message_of<std::runtime_error>([&] { read_series_table(folder.path + "/y.ts"); }),
            "y.ts: cannot be opened"));
}

TEST_CASE(".ts: numbers to predict are targets", "[data]") {
  const CsvTable t = ts_table("@targetLabel true\n@data\n1,2:0.5\n3,4,5:-1.5\n", "x.ts");
  CHECK(t.columns() == std::vector<std::string>{"id", "time", "x1", "target"});
  const SeriesSet set = target_series(t, {"target"});
  CHECK(set.features == std::vector<std::string>{"x1"});
  CHECK(set.series[1].targets == std::vector<double>{-1.5});
  CHECK(set.series[1].values == std::vector<double>{3, 4, 5});
}

TEST_CASE(".ts: every error names its line", "[data]") {
  CHECK(has(fault("id,time,x,label\n1,0,2,a\n"), "toy.ts:1: expected an @word"));
  CHECK(has(fault("@classLabel false\n@data\n1\n"), "the series have no labels"));
  CHECK(has(fault("@classLabel\ttrue\ta\n@data\n1:\n"), "toy.ts:3: the series has no label"));
  const CsvTable huge = ts_table(head + "1:2:up\n1e300:2:down\n", "toy.ts");
  CHECK(has(message_of<std::runtime_error>([&] { huge.number(1, 2); }),
            "toy.ts:8:3: \"1e300\" in column x1"));
  CHECK(has(fault(head + "1:2:caf\xE9\n"), "--encoding latin-1"));
  CHECK(has(fault("@classLabel true a\n"), "no @data line"));
  CHECK(has(fault(head), "no series after @data"));
  CHECK(has(fault(head + "1,2:3,4:up\n1,2:up\n"), "toy.ts:8: 1 dimensions"));
  CHECK(has(fault(head + "1,2:3:up\n"), "toy.ts:7: dimension 2 has 1 values, the first has 2"));
  CHECK(has(fault(head + "1:2:left\n"), "the label left is not listed"));
  CHECK(has(fault(head + "1,x:2,3:up\n"), "\"x\" in step 1 is not a number"));
  CHECK(has(fault(head + "up\n"), "needs a dimension and a label"));
  CHECK(
      has(fault("@timestamps true\n@classlabel true a\n@data\n1,2:a\n"), "expected (time, value)"));
  CHECK(has(fault("@timestamps true\n@classlabel true a\n@data\n(0,1):(1,1):a\n"),
            "different times in step 0"));
}

TEST_CASE(".ts: as aeon 1.6 writes it", "[data]") {
  // save_to_ts_file with a header, two channels, unequal lengths and labels of several words.
  const SeriesSet set = read(
      "# made up\n@problemName data\n@timestamps false\n@missing True\n@univariate false\n"
      "@dimension 2\n@equalLength false\n@classLabel true running walking fast walking slowly\n"
      "@data\n0.5,NaN,-1.5e-05:1.0,2.0,3.0:walking fast\n1.0:2.0:walking slowly\n"
      "1.0,2.0:3.0,4.0:running\n");
  CHECK(set.classes == std::vector<std::string>{"running", "walking fast", "walking slowly"});
  CHECK(set.lengths() == std::vector<int64_t>{3, 1, 2});
  CHECK(std::isnan(set.series[0].values[2]));
  CHECK(set.series[0].values[4] == -1.5e-05);
  // Without labels it ends each line with ":" and writes "@targetlabel false".
  const CsvTable bare = ts_table("@targetlabel false\n@data\n1.0,2.0:\n3.0,4.0:\n", "x.ts");
  CHECK(bare.columns() == std::vector<std::string>{"id", "time", "x1"});
  CHECK(bare.rows() == 4);
  CHECK(ts_table("@classLabel false\n@data\n1,2:3,4\n", "x.ts").columns().size() == 4);
}

TEST_CASE(".ts: series without labels cannot be classified and the message says why", "[data]") {
  const std::string file = "@classLabel false\n@data\n1,2:3,4\n2,3:4,5\n";
  const std::string m = message_of<std::runtime_error>([&] { read(file); });
  CHECK(has(m, "toy.ts: the header has \"@classLabel false\", so the series have no labels"));
  CHECK(!has(m, "--label"));
}

TEST_CASE(".ts: comments and tabs and letter case as aeon 1.6 reads them", "[data]") {
  const SeriesSet set = read(
      "% made by weka\n#\n@PROBLEMNAME\tToy\n@TimeStamps\t false\n% more\n@ClassLabel  TRUE\tUp "
      "DOWN\n\n@Data\n# first\n1,2:up\n% second\n3,4:UP\n5,6:down\n");
  CHECK(set.classes == std::vector<std::string>{"DOWN", "Up"});
  CHECK(set.class_counts() == std::vector<int64_t>{1, 2});
  // If the header has both, they are two classes.
  CHECK(read("@classLabel true a A\n@data\n1:a\n2:A\n").classes.size() == 2);
  // Without a header line there are labels, of any text.
  CHECK(read("@data\n1,2:b\n3,4:c\n").classes == std::vector<std::string>{"b", "c"});
}

TEST_CASE(".ts: times in brackets are numbers or dates", "[data]") {
  const CsvTable dates = ts_table(
      "@timestamps true\n@classLabel true a\n@data\n"
      "(2007-01-01 00:00:00,241.97),(2007-01-01 01:00:00,-1.5),(2007-01-01 02:00:00,?):a\n",
      "x.ts");
  CHECK(dates.cell(1, 1) == "2007-01-01 01:00:00");
  CHECK(dates.number(1, 2) == -1.5);
  CHECK(dates.cell(2, 2).empty());
  // Brackets decide, regardless of the header.
  const CsvTable open = ts_table("@classLabel true a\n@data\n(0, 1),(2.5, -3):a\n", "x.ts");
  CHECK(open.cell(1, 1) == "2.5");
  CHECK(open.number(1, 2) == -3);
  CHECK(has(fault("@classLabel true a\n@data\n(0,1),2:a\n"), "toy.ts:3: expected (time, value)"));
  CHECK(has(fault("@classLabel true a\n@data\n(soon,1):a\n"), "neither a number nor a date"));
}

TEST_CASE(".ts: recognised by its first line too", "[data]") {
  CHECK(series_table("% x\n@problemName toy\n@data\n1,2:a\n", "standard input").rows() == 2);
  CHECK(series_table("@handle,label\n1,a\n", "f.csv").column("@handle") == 0);
  CHECK(series_table("1", "F.TS.csv", {.header = CsvHeader::no}).rows() == 1);
  CHECK(has(message_of<std::runtime_error>([] { series_table("1,2:a\n", "F.TS"); }),
            "F.TS:1: expected an @word"));
  const CsvTable table = series_table("@data\n1,-9,3:a\n", "x.ts", {.missing = {"-9"}});
  CHECK(table.cell(1, 2).empty());
}

}  // namespace data_ts_file_test
