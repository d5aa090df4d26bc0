// SPDX-License-Identifier: MIT
// Series from tables with missing-value markers and cells that resemble numbers.
#include <cmath>

#include "gradus/data/series.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace data_series_dialect_test {

CsvTable parse(const std::string& bytes, const CsvOptions& options = {}) {
  return CsvTable::parse(bytes, "f.csv", options);
}
SeriesSet train(const std::string& bytes, const CsvOptions& options = {}) {
  return training_series(parse(bytes, options));
}

const std::string plain = "id,time,a,b,label\n1,0,0.5,,up\n1,1,-2.5,3,up\n2,0,,1.5,down\n";

void check_same(const SeriesSet& a, const SeriesSet& b) {
  CHECK(a.features == b.features);
  CHECK(a.classes == b.classes);
  CHECK(a.missing == b.missing);
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.series.size(); ++i) {
    CHECK(a.series[i].id == b.series[i].id);
    CHECK(a.series[i].times == b.series[i].times);
    CHECK(a.series[i].label == b.series[i].label);
    REQUIRE(a.series[i].values.size() == b.series[i].values.size());
    for (size_t k = 0; k < a.series[i].values.size(); ++k) {
      const double x = a.series[i].values[k], y = b.series[i].values[k];
      CHECK((x == y || (std::isnan(x) && std::isnan(y))));
    }
  }
}

TEST_CASE("series: the same from every dialect of a table", "[series]") {
  const SeriesSet expected = train(plain);
  CHECK(expected.missing == 2);
  for (const std::string& bytes : std::vector<std::string>{
           "id;time;a;b;label\n1;0;0,5;;up\n1;1;-2,5;3;up\n2;0;;1,5;down\n",
           "sep=;\nid;time;a;b;label\n1;0;0,5;NA;up\n1;1;-2,5;3;up\n2;0;NA;1,5;down\n",
           "id\ttime\ta\tb\tlabel\n1\t0\t0,5\t?\tup\n1\t1\t-2,5\t3\tup\n2\t0\t-\t1,5\tdown\n",
           ",id,time,a,b,label\n0,1,0,0.5,NaN,up\n1,1,1,-2.5,3,up\n2,2,0,nan,1.5,down\n",
           "id,time,a,b,label,\n1,0,0.5,,up,\n1,1,-2.5,3,up,\n2,0,,1.5,down,\n",
           "# made up\nid,time,a,b,label\n1,0,0.5,None,up\n# half\n1,1,-2.5,3,up\n"
           "2,0,#N/A,1.5,down\n",
           "\"id\",\"time\",\"a\",\"b\",\"label\"\n\"1\",1,0,0.5,NA,\"up\"\n"
           "\"2\",1,1,-2.5,3,\"up\"\n\"3\",2,0,NA,1.5,\"down\"\n"}) {
    INFO(bytes);
    check_same(train(bytes), expected);
    check_same(matching_series(parse(bytes), expected), expected);
  }
  check_same(train("id,time,a,b,label\n1,0,0.5,-9,up\n1,1,-2.5,3,up\n2,0,-9,1.5,down\n",
                   {.missing = {"-9"}}),
             expected);
}

TEST_CASE("series: a missing-value marker in a column that was numeric in training is missing",
          "[series]") {
  const SeriesSet known = train(plain);
  const SeriesSet one = unlabelled_series(parse("id,time,a,b\n7,0,NA,2\n"), known);
  CHECK(std::isnan(one.series[0].values[0]));
  CHECK(one.series[0].values[1] == 2);
  const SeriesSet dated = train("d,label\n2024-01-01,a\n2024-01-02,b\n");
  CHECK(std::isnan(unlabelled_series(parse("d\nNaT\n"), dated).series[0].values[0]));
  // Among texts it is a text, in other files as well.
  const SeriesSet named = train("region,x,label\nNA,1,a\nEU,2,b\nNA,3,a\n");
  CHECK(named.categories.at(0) == std::vector<std::string>{"EU", "NA"});
  CHECK(unlabelled_series(parse("region,x\nNA,1\n"), named).series[0].values[0] == 1);
  // A column that has only markers is empty, and so is a time.
  CHECK(std::isnan(train("a,x,label\nNA,1,a\nNA,2,b\n").series[0].values[0]));
  CHECK(has(message_of<std::runtime_error>(
                [&] { unlabelled_series(parse("id,time,a,b\n7,NA,1,2\n"), known); }),
            "f.csv:2:2"));
}

TEST_CASE("series: cells that resemble numbers are not categories", "[series]") {
  for (const auto& [cell, hint] : std::vector<std::pair<std::string, std::string>>{
           {"12%", "percent"}, {"$5", "currencies"}, {"\"1,234.5\"", "thousands"}}) {
    const std::string message = message_of<std::runtime_error>(
        [&] { train("price,x,label\n" + cell + ",1,a\n" + cell + ",2,b\n"); });
    INFO(message);
    CHECK(has(message, "f.csv:2:1: column price"));
    CHECK(has(message, hint.c_str()));
    CHECK(has(message, "--as-text price"));
  }
  // One among numbers is not missing: the comma is not a separator of --missing here.
  for (const auto& [cell, hint] :
       std::vector<std::pair<std::string, std::string>>{{"12%", "percent"},
                                                        {"\"1,5\"", "--decimal comma"},
                                                        {"\"low, or none\"", "--drop price"}}) {
    const std::string message = message_of<std::runtime_error>(
        [&] { train("price,x,label\n1.5,1,a\n" + cell + ",2,b\n2.5,3,b\n"); });
    INFO(message);
    CHECK(has(message, "f.csv:3:1: column price"));
    CHECK(has(message, hint.c_str()));
    CHECK(!has(message, "--missing"));
  }
  const CsvTable table = parse("price,x,label\n12%,1,a\n13%,2,b\n");
  CHECK(training_series(table, {.text = {"price"}}).is_text(0));
}

}  // namespace data_series_dialect_test
