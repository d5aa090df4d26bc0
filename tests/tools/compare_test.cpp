// SPDX-License-Identifier: MIT
// gradus compare with small settings: tables, CSV and pictures. Learning takes minutes and is not
// tested here.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <regex>

#include "gradus/data/csv.h"
#include "gradus/io/file.h"
#include "tests/catch.h"

using namespace gradus::tests;
using gradus::CsvTable;
using gradus::read_file;
namespace fs = std::filesystem;

namespace tools_compare_test {

// Thirty series of 5 steps in three classes.
void write_series(const std::string& path) {
  std::ofstream file(path);
  file << "id,time,x,y,label\n";
  for (int i = 0; i < 30; ++i)
    for (int t = 0; t < 5; ++t)
      file << i << "," << t << "," << i % 3 * (t + 1) << "," << i % 7 - t << "," << i % 3 << "\n";
}

void write_text(const std::string& path) {
  std::ofstream file(path);
  for (int i = 0; i < 40; ++i) file << "the cat " << i * 7 % 10 << " sat on the mat.\n";
}

// In its own folder.
Finished compare(const std::string& words, const TempFolder& folder = TempFolder()) {
  const std::string program = fs::absolute(gradus_program()).string();
  return run("cd " + folder.path + " && LC_ALL=C " + program + " compare " + words);
}

CsvTable table(const std::string& words) {
  const Finished f = compare(words + " --out - --quiet");
  INFO(words << "\n" << f.out << f.err);
  REQUIRE(f.status == 0);
  CHECK(f.err.empty());
  return CsvTable::parse(f.out, "stdout");
}

void refused(const std::string& words, const std::string& part) {
  const Finished f = compare(words);
  INFO(words << "\n" << f.out << f.err);
  CHECK(f.status == 2);
  CHECK(f.out.empty());
  CHECK(has(f.err, part));
}

// The examples of the help, with settings that make them short.
void examples_run(const std::string& command, const std::string& small) {
  const TempFolder folder;
  write_series(folder.path + "/train.csv");
  write_series(folder.path + "/test.csv");
  write_text(folder.path + "/book.txt");
  const std::string help = compare(command + " --help").out;
  const std::regex example("\n  gradus compare (.*)");
  int count = 0;
  for (std::sregex_iterator i(help.begin(), help.end(), example), end; i != end; ++i, ++count) {
    std::string words = (*i)[1];
    const std::regex option(" (--[a-z-]+)");  // one that is made short stands in the example, too
    for (std::sregex_iterator o(small.begin(), small.end(), option); o != end; ++o)
      words = std::regex_replace(words, std::regex(" " + (*o)[1].str() + " \\S+"), "");
    const Finished f = compare(words + small, folder);
    INFO(words << "\n" << f.out << f.err);
    CHECK(f.status == 0);
    CHECK(has(f.out, " |"));  // the axis of the drawing
  }
  CHECK(count >= 2);
}

const std::string small_bottleneck =
    " --steps 3 --samples 4 --hidden-size 8 --embed-dim 4 --batch-size 4 --quiet";

const std::string small_longitudinal = " --steps 2 --seeds 2 --parameters 2000 --quiet";

TEST_CASE("a comparison gives a table and lines on stdout and files of three kinds", "[tools]") {
  const TempFolder folder;
  const std::string words = "bottleneck --lengths 2,12" + small_bottleneck + " --out a.csv";
  const Finished f = compare(words + " --out a.svg --out a.png", folder);
  INFO(f.out << f.err);
  REQUIRE(f.status == 0);
  CHECK(f.err.empty());
  CHECK(std::regex_search(f.out, std::regex("^length  sequences  exact_none .*\n"
                                            "     2  +\\d+  +\\d\\.\\d{3} .*\n"
                                            "    12  +\\d+ ")));
  for (const char* part : {"\n        1 |", "\n      0.5 |", "\n        0 |", " length ",
                           "  o  bahdanau\n", "  x  no attention\n"}) {
    INFO(part);
    CHECK(has(f.out, part));
  }
  std::istringstream lines(f.out);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
  CHECK(read_file(folder.path + "/a.csv") == compare(words + " --out -", folder).out);
  CHECK(has(read_file(folder.path + "/a.svg"), "no attention"));
  CHECK(has(read_file(folder.path + "/a.png").substr(0, 8), "PNG"));
}

TEST_CASE("compare bottleneck: a row for each length; threads change no digit", "[tools]") {
  const std::string words = "bottleneck --lengths 5,2,3" + small_bottleneck;
  const CsvTable t = table(words + " --threads 1");
  REQUIRE(t.rows() == 3);
  for (int64_t row = 0; row < 3; ++row) {
    CHECK(t.number(row, t.column("length")) == std::vector<double>{2, 3, 5}[row]);
    CHECK(t.number(row, t.column("sequences")) >= 1);
    for (const char* column : {"exact_none", "exact_attention", "letters_attention"}) {
      CHECK(t.number(row, t.column(column)) >= 0);
      CHECK(t.number(row, t.column(column)) <= 1);
    }
  }
  CHECK(compare(words + " --threads 2 --out -").out == compare(words + " --threads 1 --out -").out);
  refused("bottleneck --lengths 4,x", "--lengths 4,x is invalid");
  refused("bottleneck --lengths 0", "1 to 1000");
  refused("bottleneck --out a.gif", "must end in .csv, .svg or .png");
  refused("bottleneck --lengths 1 --samples 100", "more than half");
  CHECK(compare("bottleneck --out none/a.csv").status == 1);
}

TEST_CASE("compare gradients: they fade through a recurrent model but not through attention",
          "[tools]") {
  const std::string words = "gradients --longest 60 --step 20 --width 16 --seeds 3 --samples 4";
  const CsvTable t = table(words);
  REQUIRE(t.rows() == 3);
  const auto at = [&](int64_t row, const char* kind) { return t.number(row, t.column(kind)); };
  for (const char* kind : {"rnn", "lstm", "gru"}) {
    INFO(kind);
    CHECK(at(0, kind) < 1e-2);
    CHECK(at(2, kind) < 1e-4 * at(0, kind));
    CHECK(at(2, kind) > 0);
  }
  CHECK(at(2, "attention") > 0.1 * at(0, "attention"));
  CHECK(at(2, "tcn") > 1e-6);
  CHECK(compare(words + " --threads 2 --out -").out == compare(words + " --threads 1 --out -").out);
  const CsvTable open = table(words + " --forget-bias 3");
  CHECK(open.number(2, open.column("lstm")) > 1e4 * at(2, "lstm"));
  CHECK(open.number(2, open.column("rnn")) == at(2, "rnn"));
  refused("gradients --longest 5", "is less than --step 10");
  refused("gradients --forget-bias open", "expected a number from -100 to 100");
}

TEST_CASE("compare serial: milliseconds for each length and number of threads", "[tools]") {
  const CsvTable t = table("serial --lengths 8,16 --threads 2,1 --width 8 --repeats 2");
  REQUIRE(t.rows() == 4);
  for (int64_t row = 0; row < 4; ++row) {
    CHECK(t.number(row, 0) == (row < 2 ? 8 : 16));
    CHECK(t.number(row, 1) == 1 + row % 2);
    for (const char* kind : {"rnn", "gru", "lstm", "attention"})
      CHECK(t.number(row, t.column(kind)) > 0);
  }
  CHECK(has(compare("serial --lengths 8 --threads 1,2 --repeats 1").out, "gru faster"));
  refused("serial --threads 0", "1 to 1024");
}

TEST_CASE("compare attention: costs; exponents; the gap of linear attention", "[tools]") {
  const CsvTable t = table("attention --lengths 32,64,512 --heads 1 --width 8 --repeats 1");
  CHECK(t.columns() == std::vector<std::string>{"length", "matrix ms", "tiles ms", "linear ms",
                                                "matrix MB", "tiles MB", "linear MB", "gap"});
  REQUIRE(t.rows() == 3);
  for (int64_t row = 0; row < 3; ++row)
    for (int column = 1; column < 8; ++column) CHECK(t.number(row, column) > 0);
  CHECK(t.number(2, t.column("matrix MB")) > 4 * t.number(2, t.column("tiles MB")));
  const Finished f = compare("attention --lengths 16,32 --causal --draw memory --quiet");
  CHECK(f.status == 0);
  CHECK(has(f.out, "time exponent  memory exponent"));
  refused("attention --lengths 0", "--lengths 0");
  refused("attention --feature-map cosine", "cosine");
}

TEST_CASE("compare positions: beyond the trained length except for learned positions", "[tools]") {
  const TempFolder folder;
  write_text(folder.path + "/book.txt");
  const std::string small = " --steps 2 --width 8 --heads 2 --layers 1 --block 16 --lengths 8,32 ";
  const Finished f = compare("positions book.txt --quiet --out a.csv" + small, folder);
  INFO(f.out << f.err);
  REQUIRE(f.status == 0);
  const CsvTable t = CsvTable::read(folder.path + "/a.csv");
  REQUIRE(t.rows() == 2);
  CHECK(t.cell(1, t.column("learned")).empty());
  for (const char* kind : {"sinusoidal", "rope", "alibi", "none"})
    for (int64_t row = 0; row < 2; ++row) CHECK(t.number(row, t.column(kind)) > 0);
  CHECK(compare("positions book.txt --block 5000", folder).status == 2);
  CHECK(compare("positions book.txt --width 9", folder).status == 2);
}

TEST_CASE("compare longitudinal: a full table for made-up series and for a file", "[tools]") {
  const std::string words = "longitudinal" + small_longitudinal;
  const CsvTable t = table(words + " --threads 1");
  CHECK(t.rows() == 5 * (1 + 3 + 3));  // all; three lengths; a quarter, half and all series
  const auto number = [&](int64_t row, const char* column) {
    return t.number(row, t.column(column));
  };
  for (int64_t row = 0; row < t.rows(); ++row) {
    CHECK(number(row, "score") > 0);
    CHECK(number(row, "score") <= 1);
    CHECK(number(row, "interval") >= 0);
    CHECK(std::abs(number(row, "parameters") / 2000 - 1) < 0.2);
    CHECK(number(row, "milliseconds") > 0);
    CHECK(number(row, "peak_bytes") > 4 * number(row, "parameters"));
    CHECK(t.cell(row, t.column("metric")) == "AUC");
  }
  CHECK(number(5, "series") + number(10, "series") + number(15, "series") == 600);
  CHECK(number(20, "series") == 150);
  const CsvTable two = table(words + " --threads 2");
  for (int64_t row = 0; row < t.rows(); ++row)
    CHECK(t.cell(row, t.column("score")) == two.cell(row, two.column("score")));

  const TempFolder folder;
  write_series(folder.path + "/three.csv");
  const Finished f = compare("longitudinal three.csv" + small_longitudinal, folder);
  INFO(f.out << f.err);
  CHECK(f.status == 0);
  for (const char* part : {"accuracy", "transformer", "logistic", "winner", "half, ", "5 steps"}) {
    INFO(part);
    CHECK(has(f.out, part));
  }
  refused("longitudinal --test three.csv", "--test needs a FILE.csv");
  CHECK(compare("longitudinal none.csv").status == 1);
}

TEST_CASE("compare: the examples in the help run", "[tools]") {
  examples_run("longitudinal", small_longitudinal);
  examples_run("bottleneck", small_bottleneck);
  examples_run("gradients", " --longest 20 --width 8 --seeds 1");
  examples_run("attention", " --lengths 16,32 --repeats 1");
  examples_run("positions", " --steps 2 --width 8 --heads 2 --layers 1");
  examples_run("serial", " --lengths 8,16 --width 8 --repeats 1");
}

}  // namespace tools_compare_test
