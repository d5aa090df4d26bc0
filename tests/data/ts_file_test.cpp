// SPDX-License-Identifier: MIT
// .ts files: what they hold, and every fault with its line.
#include "gradus/data/ts_file.h"

#include <cmath>
#include <fstream>

#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace {

const std::string head =
    "# made up\n@problemName Toy\n@timeStamps false\n@univariate false\n"
    "@classLabel true up down\n@data\n";

SeriesSet read(const std::string& bytes) { return training_series(ts_table(bytes, "toy.ts")); }

std::string fault(const std::string& bytes) {
  return message_of<std::runtime_error>([&] { read(bytes); });
}

}  // namespace

TEST_CASE(".ts: dimensions, lengths, labels and missing values", "[data]") {
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

TEST_CASE(".ts: times of their own, and the columns' names", "[data]") {
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
            "y.ts: cannot be read"));
}

TEST_CASE(".ts: every fault has its line", "[data]") {
  CHECK(has(fault("id,time,x,label\n1,0,2,a\n"), "toy.ts:1: expected an @word"));
  CHECK(has(fault("@data\n1:a\n"), "toy.ts:1: the header has no \"@classLabel true"));
  CHECK(has(fault("@classLabel true a\n"), "no @data line"));
  CHECK(has(fault(head), "no series after @data"));
  CHECK(has(fault(head + "1,2:3,4:up\n1,2:up\n"), "toy.ts:8: 1 dimensions"));
  CHECK(has(fault(head + "1,2:3:up\n"), "toy.ts:7: dimension 2 has 1 values, the first one 2"));
  CHECK(has(fault(head + "1:2:left\n"), "the label left is not one of"));
  CHECK(has(fault(head + "1,x:2,3:up\n"), "x in step 1 is no number"));
  CHECK(has(fault(head + "up\n"), "needs a dimension and a label"));
  CHECK(
      has(fault("@timestamps true\n@classlabel true a\n@data\n1,2:a\n"), "expected (time, value)"));
  CHECK(has(fault("@timestamps true\n@classlabel true a\n@data\n(0,1):(1,1):a\n"),
            "different times in step 0"));
}
