// SPDX-License-Identifier: MIT
// CSV files as found in practice, and the series read from them.
#include "gradus/data/csv.h"

#include <algorithm>
#include <cmath>

#include "gradus/data/batch.h"
#include "gradus/data/series_scale.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace data_csv_test {

CsvTable parse(const std::string& bytes) { return CsvTable::parse(bytes, "f.csv"); }
std::string refusal(const std::string& bytes) {
  return message_of<std::runtime_error>([&] { parse(bytes); });
}

// All cells of the rows, joined with '|', rows with '/'.
std::string cells(const std::string& bytes) {
  const CsvTable t = parse(bytes);
  std::string out;
  for (int64_t r = 0; r < t.rows(); ++r)
    for (int c = 0; c < static_cast<int>(t.columns().size()); ++c)
      out += (c ? "|" : r ? "/" : "") + std::string(t.cell(r, c));
  return out;
}

TEST_CASE("CSV: line ends and byte order marks and blanks and blank lines", "[csv]") {
  const std::string expected = "1|2/3|4";
  CHECK(cells("a,b\n1,2\n3,4\n") == expected);
  CHECK(cells("a,b\n1,2\n3,4") == expected);
  CHECK(cells("a,b\r\n1,2\r\n3,4\r\n") == expected);
  CHECK(cells("a,b\r1,2\r3,4\r") == expected);
  CHECK(cells("\xEF\xBB\xBF"
              "a,b\n1,2\n3,4\n") == expected);
  CHECK(cells("\xEF\xBB\xBF\"a\",b\n1,2\n3,4\n") == expected);
  CHECK(cells("a, b\n 1 ,2\t\n\n3 , 4\n\n \n") == expected);
  CHECK(parse("\xEF\xBB\xBF\"a\",b\n").columns() == std::vector<std::string>{"a", "b"});
  CHECK(parse("a,b\n").rows() == 0);
  CHECK(parse("\n\na,b\n\n1,2").line(0) == 5);
}

TEST_CASE("CSV: quotes", "[csv]") {
  CHECK(cells("a,b\n\"x,y\",2\n") == "x,y|2");
  CHECK(cells("a,b\n\"x\ny\",\"2\"\n") == "x\ny|2");
  CHECK(cells("a,b\n\"x\r\ny\",2\n3,4") == "x\r\ny|2/3|4");
  CHECK(cells("a,b\n\"say \"\"hi\"\"\",\"\"\n") == "say \"hi\"|");
  CHECK(cells("a,b\n\" x \" ,2\n") == " x |2");
  CHECK(cells("a,b\n5\" pipe,2\n") == "5\" pipe|2");
  CHECK(cells("a\n\"\"\nx\n") == "/x");
  CHECK(cells("a,b\n,\n").empty());  // a row without any value
  CHECK(parse("a,b\n\"x\n\ny\",2\n3,4\n").line(1) == 5);
}

TEST_CASE("CSV: errors name file and line and column", "[csv]") {
  CHECK(has(refusal("a,b\n1,2\n3\n"), "f.csv:3:1: this row has 1 cell; the header has 2"));
  CHECK(has(refusal("a,b\n1,2,3\n"), "f.csv:2:2: this row has 3 cells"));
  CHECK(has(refusal("a,b\n1,\"2\n3,4\n"), "f.csv:2:2: the quote that opens here is never closed"));
  CHECK(has(refusal("a,b\n\"1\"x,2\n"), "f.csv:2:1: there is text after a closing quote: x"));
  CHECK(has(refusal(std::string("a,b\n1,\0002\n", 9)), "f.csv:2:2: there is a NUL byte"));
  CHECK(has(refusal(std::string("a,b\n1,\"\0\"\n", 10)), "NUL"));
  CHECK(has(refusal("\xFF\xFE"
                    "a"),
            "UTF-16 and ends within a character"));
  CHECK(has(refusal(""), "no header"));
  CHECK(has(refusal("\n\n"), "no header"));
  CHECK(has(refusal("a,,c\n1,2,3\n"), "f.csv:1:2: this column has no name"));
  CHECK(has(refusal("a,b,a\n"), "f.csv:1:3: column a occurs twice; it is also column 1"));
  CHECK(has(refusal("a\n\"" + std::string((16 << 20) + 10, 'x') + "\"\n"), "never closed"));
  CHECK(has(refusal("a\n" + std::string((16 << 20) + 10, 'x') + "\n"), "16 MiB"));
  CHECK(has(message_of<std::runtime_error>([] { CsvTable::read("no/such/file.csv"); }),
            "no/such/file.csv: cannot be opened: No such file"));
  CHECK(has(message_of<std::runtime_error>([] { CsvTable::read("."); }), "cannot be read"));
}

TEST_CASE("CSV: numbers in any locale and only whole cells", "[csv]") {
  double v = -1;
  for (const auto& [text, value] : std::vector<std::pair<std::string, double>>{{"1.5", 1.5},
                                                                               {"+1.5", 1.5},
                                                                               {"-2e3", -2000},
                                                                               {".5", 0.5},
                                                                               {"1e-400", 0},
                                                                               {"-1E-999999", 0},
                                                                               {"0", 0},
                                                                               {"7.", 7},
                                                                               {"1e308", 1e308}}) {
    INFO(text);
    CHECK(parse_number(text, v));
    CHECK(v == value);
  }
  for (const char* text : {"", "abc", "1,5", "0x10", "1.5x", " 1", "1e400", "-1e99999", "nan",
                           "inf", "-inf", "NaN", "++1", "+-1", "+", "-", "1 2", "1e"}) {
    INFO(text);
    CHECK(!parse_number(text, v));
  }
  const CsvTable t = parse("a,value\n1,2.5\n1,NA\n1,\n1,\x01xyz\n");
  const auto refused = [&](int64_t row) {
    return message_of<std::runtime_error>([&] { t.number(row, 1); });
  };
  CHECK(t.number(0, 1) == 2.5);
  CHECK(has(refused(1), "f.csv:3:2: \"NA\" in column value is not a finite number"));
  CHECK(has(refused(2), "f.csv:4:2: column value is empty"));
  CHECK(has(refused(3), "\\x01xyz"));
}

TEST_CASE("series: rows are grouped and labels become classes", "[series]") {
  const SeriesSet s =
      training_series(parse("id,time,x,y,label\n7,0,1,2,10\n8,1.5,5,,9\n7,2,3,4,10\n8,3,6,7,9\n"));
  REQUIRE(s.size() == 2);
  CHECK(s.features == std::vector<std::string>{"x", "y"});
  CHECK(s.classes == std::vector<std::string>{"9", "10"});
  CHECK(s.series[0].id == "7");
  CHECK(s.series[0].label == 1);
  CHECK(s.series[0].times == std::vector<double>{0, 2});
  CHECK(s.series[0].values == std::vector<double>{1, 2, 3, 4});
  CHECK(s.missing == 1);
  CHECK(std::isnan(s.series[1].values[1]));
  CHECK(s.class_counts() == std::vector<int64_t>{1, 1});

  const SeriesSet words = training_series(parse("x,label\n1,stay\n2,go\n3,10\n"));
  CHECK(words.classes == std::vector<std::string>{"10", "go", "stay"});
  CHECK(words.lengths() == std::vector<int64_t>{1, 1, 1});

  const SeriesSet other = matching_series(parse("label,extra,y,time,id,x\n10,a,2,0,z,1\n"), s);
  CHECK(other.series[0].values == std::vector<double>{1, 2});
  CHECK(other.series[0].label == 1);
  CHECK(other.ignored == std::vector<std::string>{"extra"});
}

TEST_CASE("series: refused tables", "[series]") {
  const auto refused = [](const std::string& bytes) {
    return message_of<std::runtime_error>([&] { training_series(parse(bytes)); });
  };
  CHECK(has(refused("id,time,x,lable\n1,0,1,1\n"),
            "no label column \"label\"; the nearest is \"lable\""));
  CHECK(has(refused("id,tim,x,label\n1,0,1,1\n1,1,1,1\n"), "no time column"));
  CHECK(has(refused("time,x,label\n0,1,1\n"), "no id column"));
  CHECK(has(refused("id,time,label\n1,0,1\n"), "no feature column"));
  CHECK(has(refused("id,time,x,label\n"), "no row"));
  CHECK(has(refused("id,time,x,label\n1,0,1,a\n1,0,2,a\n"), "f.csv:3:2: time 0 of series 1"));
  CHECK(has(refused("id,time,x,label\n1,0,1,a\n1,1,1,b\n"),
            "f.csv:3:4: the label of series 1 changes from a to b"));
  CHECK(has(refused("id,time,x,label\n1,0,q,a\n2,0,1,a\n"), "f.csv:2:3: column x: 1 of 2"));
  CHECK(has(refused("id,time,x,label\n1,,2,a\n"), "f.csv:2:2: column time is empty"));
  CHECK(has(refused("id,time,x,label\n,0,2,a\n"), "f.csv:2:1: column id is empty"));
  CHECK(has(refused("id,time,x,label\n1,0,2,\n"), "f.csv:2:4: column label is empty"));
  const SeriesSet s = training_series(parse("id,time,x,y,label\n1,0,1,2,a\n"));
  const auto mismatched = [&](const std::string& bytes) {
    return message_of<std::runtime_error>([&] { matching_series(parse(bytes), s); });
  };
  CHECK(has(mismatched("id,time,label\n1,0,a\n"), "missing: x, y"));
}

TEST_CASE("series: scaled with the training set's statistics; gaps filled; padded", "[series]") {
  const SeriesSet s = training_series(
      parse("id,time,x,y,c,label\n1,10,1,,5,a\n1,12,3,4,5,a\n1,14,,8,5,a\n2,20,5,4,5,b\n"));
  const SeriesScale scale = series_scale(s);
  CHECK(scale.median == std::vector<double>{3, 4, 5});
  CHECK(scale.mean == std::vector<double>{3, 5, 5});  // x: 1 3 3 5, y: 4 4 8 4
  CHECK(std::abs(scale.deviation[0] - std::sqrt(2.0)) < 1e-15);
  CHECK(scale.first_time == 10);
  CHECK(scale.gap == 2);
  CHECK(!scale.time_gap);
  const DefaultDType f64(DType::f64);
  const std::vector<int64_t> members = {1, 0};
  const SeriesBatch b = series_batch(s, scale, members);
  CHECK(b.values.shape() == Shape{2, 3, 3});
  CHECK(b.lengths == std::vector<int64_t>{1, 3});
  CHECK(b.labels.to_vector<int64_t>() == std::vector<int64_t>{1, 0});
  CHECK(b.times.to_vector<double>() == std::vector<double>{5, 0, 0, 0, 1, 2});
  const std::vector<double> x = b.values.to_vector<double>();
  const double root = std::sqrt(2.0), third = 1 / std::sqrt(3.0);
  const std::vector<double> expected = {root,  -third, 0, 0, 0,      0, 0, 0,         0,
                                        -root, -third, 0, 0, -third, 0, 0, 3 * third, 0};
  for (size_t i = 0; i < x.size(); ++i) {
    INFO(i);
    CHECK(std::abs(x[i] - expected[i]) < 1e-12);
  }
  const SeriesSet uneven = training_series(parse("id,time,x,label\n1,0,1,a\n1,1,2,a\n1,4,2,a\n"));
  CHECK(series_scale(uneven).time_gap);
  CHECK(series_scale(uneven).width() == 2);
}

TEST_CASE("batches: every sample once in an order that depends only on the generator", "[batch]") {
  const auto flat = [](const std::vector<Batch>& all) {
    std::vector<int64_t> out;
    for (const Batch& b : all) out.insert(out.end(), b.begin(), b.end());
    return out;
  };
  Generator a(5), b(5);
  const std::vector<Batch> first = shuffled(10, 4, a), again = shuffled(10, 4, b);
  CHECK(first == again);
  CHECK(first != shuffled(10, 4, a));
  CHECK(first.size() == 3);
  CHECK(first[2].size() == 2);
  std::vector<int64_t> lengths(100);
  for (size_t i = 0; i < 100; ++i) lengths[i] = static_cast<int64_t>(i * 37 % 29);
  const std::vector<Batch> sorted = shuffled_by_length(lengths, 8, a, 4);
  for (std::vector<int64_t> order : {flat(first), flat(sorted)}) {
    std::sort(order.begin(), order.end());
    for (size_t i = 0; i < order.size(); ++i) CHECK(order[i] == static_cast<int64_t>(i));
  }
  CHECK(flat(sorted).size() == 100);
  int64_t padding = 0;
  for (const Batch& batch : sorted) {
    int64_t longest = 0, sum = 0;
    for (int64_t i : batch) {
      const int64_t n = lengths[static_cast<size_t>(i)];
      longest = std::max(longest, n);
      sum += n;
    }
    padding += longest * static_cast<int64_t>(batch.size()) - sum;
  }
  CHECK(padding < 400);  // unsorted batches of eight waste about 1,100 of 2,500 positions
  CHECK(has(message_of([] { in_order(3, 0); }), "batch_size is 0"));
  const std::vector<std::vector<int64_t>> sequences = {{5, 6, 7}, {}, {8}};
  const TokenBatch tokens = pad(sequences, 0);
  CHECK(tokens.ids.to_vector<int64_t>() == std::vector<int64_t>{5, 6, 7, 0, 0, 0, 8, 0, 0});
  CHECK(tokens.lengths == std::vector<int64_t>{3, 0, 1});
}

}  // namespace data_csv_test
