// SPDX-License-Identifier: MIT
// CSV as other programs write it: each form must read like the plain file.
#include <chrono>
#include <string>

#include "gradus/data/csv.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace data_csv_dialect_test {

CsvTable parse(const std::string& bytes, const CsvOptions& options = {}) {
  return CsvTable::parse(bytes, "f.csv", options);
}
std::string refusal(const std::string& bytes, const CsvOptions& options = {}) {
  return message_of<std::runtime_error>([&] { parse(bytes, options); });
}

// Names and cells, joined with '|', rows with '/'.
std::string shown(const CsvTable& t) {
  std::string out;
  for (const std::string& name : t.columns()) out += (out.empty() ? "" : "|") + name;
  for (int64_t r = 0; r < t.rows(); ++r)
    for (int c = 0; c < static_cast<int>(t.columns().size()); ++c)
      out += (c ? "|" : "/") + std::string(t.cell(r, c));
  return out;
}
std::string cells(const std::string& bytes, const CsvOptions& options = {}) {
  return shown(parse(bytes, options));
}
std::string remarks(const std::string& bytes, const CsvOptions& options = {}) {
  std::string all;
  const CsvTable table = parse(bytes, options);
  for (const std::string& line : table.remarks()) all += line + "\n";
  return all;
}

const std::string plain = "id|time|a|label/1|0|0.5|up/1|1|-2.5e1|up/2|0||down";

TEST_CASE("CSV: a plain file has no remarks", "[csv]") {
  const std::string bytes = "id,time,a,label\n1,0,0.5,up\n1,1,-2.5e1,up\n2,0,,down\n";
  CHECK(cells(bytes) == plain);
  CHECK(remarks(bytes).empty());
}

TEST_CASE("CSV: separators and decimal commas are found and named", "[csv]") {
  for (const auto& [bytes, remark] : std::vector<std::pair<std::string, std::string>>{
           {"id;time;a;label\n1;0;0.5;up\n1;1;-2.5e1;up\n2;0;;down\n", "separator ;\n"},
           {"id;time;a;label\n1;0;0,5;up\n1;1;-2,5e1;up\n2;0;;down\n",
            "separator ;, decimal comma\n"},
           {"id\ttime\ta\tlabel\n1\t0\t0,5\tup\n1\t1\t-2,5e1\tup\n2\t0\t\tdown\n",
            "separator tab, decimal comma\n"},
           {"id|time|a|label\n1|0|0.5|up\n1|1|-2.5e1|up\n2|0||down\n", "separator |\n"},
           {"id,time,a,label\n1,0,\"0,5\",up\n1,1,\"-2,5e1\",up\n2,0,,down\n", "decimal comma\n"},
           {"sep=;\r\nid;time;a;label\r\n1;0;0,5;up\r\n1;1;-2,5e1;up\r\n2;0;;down\r\n",
            "separator ;, decimal comma\n"},
           {"\"sep=\t\"\nid\ttime\ta\tlabel\n1\t0\t0.5\tup\n1\t1\t-2.5e1\tup\n2\t0\t\tdown\n",
            "separator tab\n"}}) {
    INFO(bytes);
    CHECK(cells(bytes) == plain);
    CHECK(remarks(bytes) == remark);
  }
  CHECK(cells("a b;c\n1;2\n") == "a b|c/1|2");
  CHECK(cells("a;b\n1,5;2,5\n3,5;4,5\n") == "a|b/1.5|2.5/3.5|4.5");
  // Commas in texts do not make a comma file.
  CHECK(cells("name;x\nSmith, Ann;1\nJones, Bob;2\n") == "name|x/Smith, Ann|1/Jones, Bob|2");
  CHECK(cells("name,x\na;b,1\nc;d,2\n") == "name|x/a;b|1/c;d|2");
  CHECK(cells("id,note\n1,\"a;b;c\"\n2,\"d;e;f\"\n") == "id|note/1|a;b;c/2|d;e;f");
  CHECK(cells("a b c\n1  2 3\n 4 5 6 \n", {.separator = ' '}) == "a|b|c/1|2|3/4|5|6");
  CHECK(cells("# a b c\n1.5 2  3\n4 5 6\n") == "a|b|c/1.5|2|3/4|5|6");
  CHECK(remarks("a b\n1 2\n") == "separator blanks\n");
  CHECK(cells("text\nhello world\n") == "text/hello world");
  CHECK(cells("a;b\n1;2\n", {.separator = ','}) == "a;b/1;2");
  CHECK(cells("a:b\n1:2\n", {.separator = ':'}) == "a|b/1|2");
  CHECK(parse("sep=;\na;b\n1;2\n").line(0) == 3);
}

TEST_CASE("CSV: a comma that may be a thousands separator is refused", "[csv]") {
  CHECK(has(refusal("a;b\n1;1,234\n2;5,678\n"),
            "f.csv:2:2: \"1,234\" may be a decimal number or have a thousands separator"));
  CHECK(has(refusal("a,b\n1,\"1,234\"\n"), "--decimal comma"));
  CHECK(cells("a;b\n1;1,234\n", {.decimal = ','}) == "a|b/1|1.234");
  CHECK(cells("a;b\n1;1,234\n", {.decimal = '.'}) == "a|b/1|1,234");
  CHECK(cells("a;b\n1;0,234\n") == "a|b/1|0.234");
  CHECK(cells("a;b\n1;1,234\n2;1,5\n") == "a|b/1|1.234/2|1.5");
  CHECK(
      has(refusal("a;b\n1;1.234\n2;1,5\n", {.decimal = ','}), "f.csv:2:2: \"1.234\" has a point"));
  // Both marks: only one can be decimal, unless the commas are in texts.
  CHECK(has(refusal("a;b\n1.5;1,2\n"),
            "f.csv:2:2: \"1,2\" has a comma, and \"1.5\" in line 2 has a point"));
  CHECK(cells("a;b\n1.5;1,2\n", {.decimal = '.'}) == "a|b/1.5|1,2");
  CHECK(cells("a;b\n1.5;1,2\n2.5;red\n3.5;blue\n") == "a|b/1.5|1,2/2.5|red/3.5|blue");
}

TEST_CASE("CSV: cells that resemble numbers get a hint", "[csv]") {
  for (const auto& [cell, hint] :
       std::vector<std::pair<std::string, std::string>>{{"12%", "percent"},
                                                        {"12.5 %", "percent"},
                                                        {"$5", "currencies"},
                                                        {"5 EUR", "currencies"},
                                                        {"\xE2\x82\xAC"
                                                         "1,234.50",
                                                         "currencies"},
                                                        {"-$5", ""},
                                                        {"\xE2\x88\x92"
                                                         "1.5",
                                                         "with a hyphen in front"},
                                                        {"(1.50)", "with a hyphen in front"},
                                                        {"1.50-", "with a hyphen in front"},
                                                        {"0x1F", "hexadecimal"},
                                                        {"1.5D+03", "with an e"},
                                                        {"1\xC2\xA0"
                                                         "234,5",
                                                         "thousands"},
                                                        {"1,234.5", "thousands"},
                                                        {"1 234", "thousands"},
                                                        {"1'234", "thousands"},
                                                        {"1.234,5", "thousands"},
                                                        {"1,5", "--decimal comma"}}) {
    INFO(cell);
    CHECK((hint.empty() ? number_hint(cell).empty() : has(number_hint(cell), hint)));
  }
  for (const char* cell : {"1.5", "", "plus", "2024-01-01", "3.2.2024", "C-1", "1-2", "12:30",
                           "a,b", "(a)", "add", "0xyz", "d3"})
    CHECK(number_hint(cell).empty());
  const CsvTable t = parse("a,b\n1,12%\n");
  CHECK(has(message_of<std::runtime_error>([&] { t.number(0, 1); }),
            "f.csv:2:2: \"12%\" in column b is not a finite number: percent signs"));
}

TEST_CASE("CSV: numbers beyond f32 are refused with their position", "[csv]") {
  const CsvTable t = parse("a,b\n1,1e300\n2,3.4028236e38\n3,-1e39\n4,3.4028235e38\n5,1e-300\n");
  for (int64_t row : {0, 1, 2}) {
    const std::string message = message_of<std::runtime_error>([&] { t.number(row, 1); });
    INFO(message);
    CHECK(has(message, text({"f.csv:", row + 2, ":2: \""}).c_str()));
    CHECK(has(message, "too large for a model"));
    CHECK(has(message, "--missing"));
  }
  CHECK(t.number(3, 1) == 3.4028235e38);
  CHECK(t.number(4, 1) == 1e-300);
}

TEST_CASE("CSV: columns without a name", "[csv]") {
  CHECK(cells(",id,time,a,label\n0,1,0,0.5,up\n1,1,1,-2.5e1,up\n2,2,0,,down\n") == plain);
  CHECK(has(remarks(",a\n0,5\n1,6\n"), "column 1 has no name and numbers the rows"));
  CHECK(cells("\"\",\"a\"\n\"1\",5\n\"2\",6\n") == "a/5/6");
  CHECK(cells("Unnamed: 0,a\n0,5\n1,6\n") == "a/5/6");
  CHECK(cells(",a\n2024-01-01,5\n2024-01-02,6\n") == "index|a/2024-01-01|5/2024-01-02|6");
  CHECK(has(remarks(",a\nx,5\ny,6\n"), "it is called index"));
  // R omits the name of the column with row names, including its comma.
  CHECK(cells("\"a\",\"b\"\n\"1\",5,x\n\"2\",6,y\n") == "a|b/5|x/6|y");
  CHECK(cells("\"a\" \"b\"\n\"Mazda\" 5 1\n\"Honda\" 6 2\n", {.separator = ' '}) ==
        "index|a|b/Mazda|5|1/Honda|6|2");
  CHECK(cells("a,b\n1,5,x\n2,6,y\n") == "a|b/5|x/6|y");
  CHECK(has(refusal("a,b\n7,5,x\n2,6,y\n"), "f.csv:2:2: this row has 3 cells; the header has 2"));
  // A separator at the end of each line, or of some.
  CHECK(cells("id,time,a,label,\n1,0,0.5,up,\n1,1,-2.5e1,up,\n2,0,,down,\n") == plain);
  CHECK(cells("id,time,a,label\n1,0,0.5,up,\n1,1,-2.5e1,up,\n2,0,,down,\n") == plain);
  CHECK(cells("id;time;a;label;;\n1;0;0,5;up;;\n1;1;-2,5e1;up\n2;0;;down;\n") == plain);
  CHECK(cells("a,,b\n1,,2\n") == "a|b/1|2");
  CHECK(has(refusal("a,,b\n1,x,2\n"), "f.csv:1:2: this column has no name"));
  CHECK(has(refusal("a,b,\n1,2,3\n"), "f.csv:1:3: this column has no name"));
  CHECK(has(refusal("a,b\n1,2,3\n"), "f.csv:2:2: this row has 3 cells"));
  CHECK(has(refusal("a,b,c,\n1,2\n"), "this row has 2 cells"));
  CHECK(parse(",a,b\n0,1,x\n").column("b") == 1);
  const CsvTable t = parse(",a,b\n0,1,x\n1,2,y\n");
  CHECK(has(message_of<std::runtime_error>([&] { t.number(1, 1); }), "f.csv:3:3: \"y\""));
}

TEST_CASE("CSV: comment lines", "[csv]") {
  const std::string bytes =
      "# made by a program\n#\nid,time,a,label\n1,0,0.5,up\n# \"half\n1,1,-2.5e1,up\n2,0,,down\n"
      "# 4";
  CHECK(cells(bytes) == plain);
  CHECK(has(remarks(bytes), "4 comment lines (#) skipped"));
  CHECK(parse(bytes).line(1) == 6);
  CHECK(cells("a,b\n1,2\n#3,4\n5,6\n") == "a|b/1|2/5|6");
  CHECK(cells("order,b\n#1001,2\n#1002,4\n") == "order|b/#1001|2/#1002|4");
  CHECK(cells("a,b\n\"#1\",2\n3,4\n") == "a|b/#1|2/3|4");
  // Numerical programs write the names as a comment.
  CHECK(cells("# id,time,a,label\n1,0,0.5,1\n1,1,0.7,1\n") ==
        "id|time|a|label/1|0|0.5|1/1|1|0.7|1");
  CHECK(cells("#,x,y\n1,0.5,2\n2,0.7,3\n") == "x|y/0.5|2/0.7|3");
  CHECK(has(refusal("# only\n"), "no header line"));
}

TEST_CASE("CSV: missing-value markers", "[csv]") {
  for (const char* word : {"NA", "NaN", "NULL", "N/A", "?", "-", "nan", "None", "#N/A", "null",
                           "<NA>", "NaT", ".", "n/a", "\\N", "--"}) {
    INFO(word);
    const std::string bytes = text({"a,b\n1.5,x\n", word, ",y\n2,z\n3,x\n"});
    CHECK(cells(bytes) == "a|b/1.5|x/|y/2|z/3|x");
    CHECK(remarks(bytes) == text({"missing-value markers: ", word, " 1\n"}));
    CHECK(parse(bytes).missing(1, 0));
    CHECK(parse(bytes).written(1, 0) == word);
    CHECK(is_usual_missing(word));
  }
  for (const char* word : {"", "-1", "N", "NAN1", "north", "-.5", "nil?", "0"})
    CHECK(!is_usual_missing(word));
  CHECK(remarks("a,b\nNA,?\n1,NA\n2,3\n") == "missing-value markers: ? 1, NA 2\n");
  CHECK(cells("d,b\n2024-01-01,1\nNaT,2\n2024-01-03,3\n") == "d|b/2024-01-01|1/|2/2024-01-03|3");
  // In a column of words the marker is a word like the others: North America, Namibia.
  CHECK(cells("x,label\n1,NA\n2,EU\n3,NA\n") == "x|label/1|NA/2|EU/3|NA");
  CHECK(has(remarks("x,label\n1,NA\n2,EU\n"), "column label: NA 1 kept as text"));
  CHECK(cells("x,label\n1,NA\n2,EU\n", {.missing = {"NA"}}) == "x|label/1|/2|EU");
  CHECK(cells("x,y\n1,NA\n2,3\n4,5\n", {.usual_missing = false}) == "x|y/1|NA/2|3/4|5");
  // A column with nothing else: the text stays and is recognised as a marker.
  const CsvTable t = parse("x,y\n1,NA\n");
  CHECK(t.cell(0, 1) == "NA");
  CHECK(t.missing(0, 1));
  CHECK(!t.missing(0, 0));
}

TEST_CASE("CSV: the user's markers are missing in every column", "[csv]") {
  const CsvOptions options{.missing = {"-9", "unknown", "1e30"}};
  CHECK(cells("x,y\n1,unknown\n-9.0,up\n1.0e+30,NA\n3,down\n", options) == "x|y/1|/|up/|NA/3|down");
  CHECK(has(remarks("x,y\n1,unknown\n-9,up\n", options),
            "read as missing (--missing): -9 1, unknown 1"));
  CHECK(has(remarks("x,y\n1,2\n", options), "no cell contains -9, unknown, 1e30 (--missing)"));
  CHECK(cells("x;y\n-9,0;1,5\n2,5;3\n", options) == "x|y/|1.5/2.5|3");
  CHECK(cells("unknown,y\n1,2\n", options) == "unknown|y/1|2");
}

TEST_CASE("CSV: encodings", "[csv]") {
  CHECK(has(refusal("a,b\nx,1\ncaf\xE9,2\n"),
            "f.csv:3:1: the byte 0xE9 is not UTF-8 text (caf\\xe9)"));
  CHECK(has(refusal("a,b\nx,1\ny,\"M\xFCnchen\"\n"), "f.csv:3:2: the byte 0xFC"));
  CHECK(has(refusal("a,\xE9\nx,1\n"), "f.csv:1:2: "));
  CHECK(has(refusal("a,b\nx,caf\xE9\n"), "--encoding latin-1"));
  const CsvOptions latin1{.encoding = TextEncoding::latin1};
  CHECK(cells("a,b\ncaf\xE9,\x80\n", latin1) == "a|b/caf\xC3\xA9|\xE2\x82\xAC");
  CHECK(has(remarks("a,b\n1,2\n", latin1), "encoding Latin-1"));
  const auto utf16 = [](const std::string& text, bool big) {
    std::string out;
    for (char c : text) out += big ? std::string{'\0', c} : std::string{c, '\0'};
    return out;
  };
  const std::string table = "id;a\n1;0,5\n2;1,5\n";
  for (bool big : {false, true}) {
    const std::string bytes = (big ? "\xFE\xFF" : "\xFF\xFE") + utf16(table, big);
    CHECK(cells(bytes) == "id|a/1|0.5/2|1.5");
    CHECK(remarks(bytes) == "separator ;, decimal comma, encoding UTF-16\n");
    CHECK(has(refusal(utf16(table, big)), "--encoding utf-16"));
    CHECK(cells(utf16(table, big), {.encoding = TextEncoding::utf16}) == "id|a/1|0.5/2|1.5");
  }
  CHECK(cells(std::string("\xFF\xFE"
                          "a\0\n\0\x3D\xD8\x00\xDE\n\0",
                          12)) == "a/\xF0\x9F\x98\x80");
  CHECK(has(refusal(std::string("\xFF\xFE"
                                "a\0\n\0\x3D\xD8\n\0",
                                10)),
            "incomplete character"));
  CHECK(has(refusal("a\n\xE9\n", {.encoding = TextEncoding::utf8}), "0xE9"));
  CHECK(cells("# caf\xE9\na,b\n1,2\n") == "a|b/1|2");
  CHECK(has(refusal("# caf\xE9\na,b\n1,\xFC\n"), "f.csv:3:2: the byte 0xFC"));
}

TEST_CASE("CSV: a first line of data is not a header", "[csv]") {
  const std::string message = refusal("1,0,0.5,up\n1,1,0.7,up\n2,0,0.1,down\n");
  CHECK(has(message, "f.csv:1:1: the first line looks like data (1, 0, 0.5, up)"));
  CHECK(has(message, "--header no"));
  CHECK(has(message, "--header yes"));
  CHECK(has(refusal("1;0;0,5\n1;1;0,7\n"), "looks like data"));
  CHECK(has(refusal("2024-01-01,1.5\n2024-01-02,1.7\n"), "looks like data"));
  CHECK(has(refusal("up,x\ndown,y\nup,x\n"), "looks like data"));
  const CsvOptions no{.header = CsvHeader::no};
  CHECK(cells("1,0,0.5,up\n1,1,0.7,up\n", no) == "c1|c2|c3|c4/1|0|0.5|up/1|1|0.7|up");
  CHECK(has(remarks("1,0\n1,1\n", no), "no header: the columns are called c1 to c2"));
  CHECK(parse("1,0\n1,1\n", no).line(0) == 1);
  CHECK(cells("1,5\n3,4\n", {.header = CsvHeader::yes}) == "1|5/3|4");
  // Names may be consecutive numbers or dates, and all cells may be words.
  CHECK(cells("0,1,2,label\n0.5,0.7,0.9,up\n0.1,0.2,0.3,up\n") ==
        "0|1|2|label/0.5|0.7|0.9|up/0.1|0.2|0.3|up");
  CHECK(cells("name,2019,2020\nAnn,5,7\nBob,6,8\n") == "name|2019|2020/Ann|5|7/Bob|6|8");
  CHECK(cells("400.5,401,401.5\n1,2,3\n") == "400.5|401|401.5/1|2|3");
  CHECK(cells("name,2024-01,2024-03\nAnn,5,7\nBob,6,8\n") ==
        "name|2024-01|2024-03/Ann|5|7/Bob|6|8");
  CHECK(cells("from,to\nx,y\ny,x\n") == "from|to/x|y/y|x");
  CHECK(cells("a,b\n1,2\n") == "a|b/1|2");
}

TEST_CASE("CSV: wide and long tables take time in proportion", "[csv]") {
  const auto table = [](int columns, int rows) {
    std::string bytes;
    for (int c = 0; c < columns; ++c) bytes += (c ? ",name" : "name") + std::to_string(c);
    for (int r = 0; r < rows; ++r) {
      bytes += '\n';
      for (int c = 0; c < columns; ++c) bytes += c ? ",1.5" : "1.5";
    }
    return bytes;
  };
  const auto seconds = [](const std::string& bytes) {
    const auto start = std::chrono::steady_clock::now();
    const CsvTable t = parse(bytes);
    for (const std::string& name : t.columns()) CHECK(t.column(name) >= 0);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  // A quadratic reader took 5 s for the first one.
  CHECK(seconds(table(40000, 2)) < 2);
  CHECK(seconds(table(2, 200000)) < 4);
}

}  // namespace data_csv_dialect_test
