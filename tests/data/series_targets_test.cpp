// SPDX-License-Identifier: MIT
// Tables whose targets are numbers.
#include <cmath>

#include "gradus/data/series_report.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace data_series_targets_test {

using Names = std::vector<std::string>;
using Values = std::vector<double>;

CsvTable parse(const std::string& bytes) { return CsvTable::parse(bytes, "f.csv"); }
SeriesSet read(const std::string& bytes, const Names& targets = {"y"},
               const SeriesColumns& columns = {}) {
  return target_series(parse(bytes), targets, columns);
}
std::string refusal(const std::string& bytes, const Names& targets = {"y"},
                    const SeriesColumns& columns = {}) {
  return message_of<std::runtime_error>([&] { read(bytes, targets, columns); });
}

TEST_CASE("targets: rows and series and several columns", "[series]") {
  const SeriesSet rows = read("y,x,city\n1,5,a\n2.5,6,b\n");
  CHECK(rows.features == Names{"x", "city"});
  CHECK(rows.series[1].targets == Values{2.5});
  CHECK(rows.series[1].values == Values{6, 1});
  const SeriesSet series = read("id,time,z,y,x\ns,0,1,,5\ns,1,1,7,6\nt,0,2,8,9\n", {"y", "z"});
  CHECK(series.features == Names{"x"});
  CHECK(series.series[0].values == Values{5, 6});
  CHECK(series.series[0].targets == Values{7, 1});
  CHECK(series.missing == 0);
  CHECK_FALSE(has(notes_text(series.notes), "changes"));
}

TEST_CASE("targets: the last value counts if a target changes within a series", "[series]") {
  const SeriesSet s = read("id,time,x,y\ns,1,6,3\ns,0,5,2\nt,0,9,8\n");
  CHECK(s.series[0].targets == Values{3});
  CHECK(has(notes_text(s.notes), "the target changes within 1 series (s)"));
}

TEST_CASE("targets: what cannot be predicted is refused with its place", "[series]") {
  CHECK(has(refusal("prices,x\n1,5\n2,6\n", {"price"}),
            "there is no target column \"price\"; the nearest is \"prices\""));
  CHECK(has(refusal("y,x\n1,5\nhigh,6\n"), "f.csv:3:1: column y, the target: \"high\""));
  CHECK(has(refusal("y,x\n1,5\n12 %,6\n"), "percent"));
  CHECK(has(refusal("y,x\n1,5\n1e300,6\n"), "--missing 1e300"));
  CHECK(has(refusal("y,x\n4,5\n4,6\n"), "is 4 in all 2 series"));
  CHECK(has(refusal("y,x\n4,5\n,6\n3,1\n"), "f.csv:3: series 2 has no value of y"));
  CHECK(has(refusal("y,x\n4,5\n3,6\n", {"y"}, {.drop = {"y"}}), "cannot be dropped"));
  CHECK(has(refusal("y,x\n4,5\n3,6\n", {"y", "y"}), "given twice"));
  CHECK(has(refusal("id,time,y\na,1,2\nb,2,3\n", {"time"}), "also the column of times"));
  CHECK(has(refusal("y\n4\n3\n"), "no feature column"));
  SeriesColumns skip;
  skip.skip_unlabelled = true;
  const SeriesSet some = read("y,x\n4,5\n,6\n3,1\n", {"y"}, skip);
  CHECK(some.size() == 2);
  CHECK(has(notes_text(some.notes), "1 series without a target: left out"));
}

TEST_CASE("targets: other tables with and without them", "[series]") {
  const SeriesSet s = read("x,y,p\n5,1,a\n6,2,b\n");
  const SeriesSet more = matching_target_series(parse("y,p,x\n9,b,7\n"), s);
  CHECK(more.series[0].targets == Values{9});
  CHECK(more.series[0].values == Values{7, 1});
  const SeriesSet bare = untargeted_series(parse("p,x\nb,7\n"), s);
  CHECK(bare.series[0].values == Values{7, 1});
  CHECK(std::isnan(bare.series[0].targets[0]));
  CHECK(untargeted_series(parse("p,x,y\nb,7,unknown\n"), s).ignored.empty());
  CHECK(has(message_of<std::runtime_error>([&] { matching_target_series(parse("x,p\n1,a\n"), s); }),
            "no target column"));
}

TEST_CASE("labels that are numbers to predict lead to train regress", "[series]") {
  std::string bytes = "x,label\n";
  for (int i = 0; i < 60; ++i) bytes += text({i, ",", 0.37 * i, "\n"});
  CHECK(has(label_objection(training_series(parse(bytes))), "use train regress"));
}

}  // namespace data_series_targets_test
