// SPDX-License-Identifier: MIT
// Files of pairs, and batches by tokens.
#include "gradus/data/text_pairs.h"

#include <algorithm>
#include <set>

#include "gradus/base/error.h"
#include "gradus/data/batch.h"
#include "gradus/data/encoding.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("pairs: byte order mark and CRLF and blanks and a missing last newline are accepted") {
  const TextPairs p = parse_pairs("\xEF\xBB\xBFHello.\t안녕.\r\n a b \tc\u00a0d", "f.tsv");
  REQUIRE(p.size() == 2);
  CHECK(p.first == std::vector<std::string>{"Hello.", "a b"});
  CHECK(p.second == std::vector<std::string>{"안녕.", "c\u00a0d"});
}

TEST_CASE("pairs: errors name file and line") {
  const auto error = [](std::string_view bytes) {
    return message_of<std::runtime_error>([&] { parse_pairs(bytes, "f.tsv"); });
  };
  CHECK(has(error("a\tb\nno tab\n"), "f.tsv: line 2: has no tab"));
  CHECK(has(error("a\tb\nc\td\te\n"), "f.tsv: line 2: has more than one tab"));
  CHECK(has(error("a\tb\n\tx\n"), "f.tsv: line 2: one side is empty"));
  CHECK(has(error("a\t \n"), "f.tsv: line 1: one side is empty"));
  CHECK(has(error("a\tb\n\na\tb\n"), "f.tsv: line 2: has no tab"));
  CHECK(has(error("a\tb\nc\t\xff\xfe\n"), "f.tsv: line 2: is not UTF-8"));
  CHECK(has(error(std::string_view("a\tb\0c\n", 6)), "line 1: has a NUL byte"));
  CHECK(has(error("\xFF\xFE"
                  "a"),
            "UTF-16"));
  CHECK(has(error(""), "f.tsv: has no lines"));
}

namespace data_text_pairs_test {

std::string lines(const std::string& first, int n, const std::string& other = "") {
  std::string all = first;
  for (int i = 0; i < n; ++i)
    all += text({"a text ", i, "\t", i % 2 ? "good" : "bad", other, "\n"});
  return all;
}
std::string refused(std::string_view bytes, const PairOptions& o = {}) {
  return message_of<std::runtime_error>([&] { parse_pairs(bytes, "f.tsv", o); });
}

TEST_CASE("pairs: all bad lines are in one message or left out and counted", "[pairs]") {
  const std::string some = "a\tb\n\nx\ty\tz\n\tx\nc\td\n";
  const std::string error = refused(some);
  CHECK(has(error, "f.tsv: line 2: has no tab"));
  CHECK(has(error, "\nf.tsv: line 3: has more than one tab"));
  CHECK(has(error, "\nf.tsv: line 4: one side is empty"));
  CHECK(has(error, "\n--skip-bad leaves such lines out"));
  const TextPairs p = parse_pairs(some, "f.tsv", {.skip_bad = true});
  CHECK(p.first == std::vector<std::string>{"a", "c"});
  CHECK(p.lines == std::vector<int64_t>{1, 5});
  CHECK(p.skipped == 3);
  REQUIRE(p.notes.size() == 1);
  CHECK(has(p.notes[0], "3 lines are left out: line 2: has no tab"));
  std::string many = "a\tb\n";
  for (int i = 0; i < 25; ++i) many += "nothing\n";
  CHECK(has(refused(many), "f.tsv: line 11: has no tab"));
  CHECK_FALSE(has(refused(many), "line 12"));
  CHECK(has(refused(many), "\nand 15 more such lines"));
  CHECK(has(refused("x\ny\n", {.skip_bad = true}), "has no readable pair: line 1: has no"));
  CHECK(parse_pairs("a\tb\n\r\n\n", "f.tsv").size() == 1);  // empty lines at the end
}

TEST_CASE("pairs: downloads of Tatoeba and columns by number", "[pairs]") {
  const std::string three =
      "Go.\tVa !\tCC-BY 2.0 (France) Attribution: tatoeba.org #1 (CM)\n"
      "Hi.\tSalut !\tCC-BY 2.0 (France) Attribution: tatoeba.org #2 (CM)\n";
  const TextPairs p = parse_pairs(three, "fra.txt");
  CHECK(p.second == std::vector<std::string>{"Va !", "Salut !"});
  CHECK(has(p.notes.at(0), "column 3 is Tatoeba's attribution"));
  const TextPairs q = parse_pairs("12\tGo.\t34\tVa !\n56\tHi.\t78\tSalut !\n", "f.tsv");
  CHECK(q.first == std::vector<std::string>{"Go.", "Hi."});
  CHECK(q.second == p.second);
  CHECK(has(q.notes.at(0), "Tatoeba's sentence ids"));
  const std::string other = "1\tGo.\tVa !\n2\tHi.\tSalut !\n";
  CHECK(has(refused(other), "line 1: has more than one tab"));
  CHECK(has(refused(other), "--columns 1,2 reads two of several columns"));
  CHECK(parse_pairs(other, "f", {.first_column = 3, .second_column = 2}).first[1] == "Salut !");
  CHECK(has(refused(other, {.first_column = 1, .second_column = 4}),
            "line 1: has 3 columns; expected 4 or more"));
}

TEST_CASE("pairs: a header line is detected and reported and can be set", "[pairs]") {
  using enum HeaderLine;
  const auto headed = [](const std::string& bytes, bool labels, HeaderLine header = automatic) {
    return parse_pairs(bytes, "f.tsv", {.header = header, .labels = labels}).had_header;
  };
  for (const char* header : {"text\tlabel\n", "review_text\tsentiment\n", "Satz\tKlasse\n"}) {
    INFO(header);
    const TextPairs p = parse_pairs(lines(header, 8), "f.tsv", {.labels = true});
    CHECK(p.size() == 8);
    CHECK(p.lines[0] == 2);
    CHECK(has(p.notes.at(0), "line 1 ("));
    CHECK(has(p.notes.at(0), "is a header: left out; --header no reads it as a text"));
    CHECK_FALSE(headed(lines(header, 8), true, no));
  }
  for (const char* header : {"\"text\"\t\"label\"\n", "'Satz'\t'Klasse'\n", "#text\tlabel\n",
                             "text:\tlabel:\n", "message\tspam?\n", "[text]\t[label]\n"}) {
    INFO(header);
    CHECK(headed(lines(header, 8), true));
  }
  CHECK(headed("\"source\"\t\"target\"\nGo.\tVa !\n", false));
  CHECK(headed("Englisch\tDeutsch\nGo.\tLos!\n", false));
  CHECK_FALSE(headed("\"Go.\"\t\"Va !\"\nHi.\tSalut !\n", false));
  CHECK(headed("source\ttarget\nGo.\tVa !\n", false));
  CHECK(headed("English\tGerman\nGo.\tLos!\n", false));
  CHECK(headed("en\tde\nGo.\tLos!\n", false));
  CHECK_FALSE(headed("dog\tHund\nThe cat.\tDie Katze.\n", false));
  CHECK_FALSE(headed("Go.\tVa !\nHi.\tSalut !\n", false));
  CHECK_FALSE(headed(lines("a new text\tugly\n", 8), true));  // a class of one text
  CHECK_FALSE(headed(lines("", 8), true));
  CHECK_FALSE(headed(lines("text\tgood\n", 8), true));
  CHECK(headed(lines("", 8), true, yes));
  const TextPairs names = parse_pairs("name\tkind\nanna\tf\nbert\tm\nclara\tf\ndora\tf\nemil\tm\n",
                                      "f.tsv", {.labels = true});
  CHECK(names.size() == 6);
  CHECK(has(names.notes.at(0), "line 1 (name, kind) may be a header"));
}

TEST_CASE("pairs: fastText's labels and implausible classes", "[pairs]") {
  const TextPairs p =
      parse_pairs("__label__pos good film\n__label__neg  bad\tfilm\n", "f.txt", {.labels = true});
  CHECK(p.first == std::vector<std::string>{"good film", "bad\tfilm"});
  CHECK(p.second == std::vector<std::string>{"pos", "neg"});
  CHECK(has(refused("__label__a x\n__label__a __label__b y\n", {.labels = true}),
            "line 2: has two labels"));
  CHECK(has(refused("__label__a x\ny\n", {.labels = true}), "line 2: does not start with"));
  CHECK(has(refused("__label__a\n", {.labels = true}), "line 1: one side is empty"));
  std::string swapped, singles;
  for (int i = 0; i < 72; ++i) {
    swapped += text({i % 2 ? "good" : "bad", "\ta text ", i, "\n"});
    singles += text({"a text ", i, "\tclass ", i, "\n"});
  }
  const auto error = [](const std::string& bytes) {
    return message_of<std::runtime_error>(
        [&] { check_classes(parse_pairs(bytes, "f.tsv", {.labels = true}), "f.tsv"); });
  };
  CHECK(has(error(swapped), "f.tsv: column 2 has 72 different classes in 72 lines"));
  CHECK(has(error(swapped), "column 1 has 2 different entries: --columns 2,1 reads the class"));
  CHECK(has(error(singles),
            "72 of them have one text; expected classes of several texts; "
            "--as-classes trains on them"));
  CHECK_NOTHROW(check_classes(parse_pairs(lines("", 72), "f", {.labels = true}), "f"));
}

TEST_CASE("pairs: Latin-1 is reported with its position and can be read", "[pairs]") {
  const std::string latin = "caf\xE9\tgood\n";
  CHECK(has(refused("a\tb\n" + latin),
            "line 2: is not UTF-8 at column 4 (byte 0xE9); --encoding latin-1 reads such a file"));
  CHECK(has(refused("\x93x\x94\ty\n"), "--encoding latin-1"));
  CHECK(encoded_text(latin, "latin-1") == "café\tgood\n");
  for (const char* encoding : {"latin-1", "windows-1252"})
    CHECK(encoded_text("\x93x\x94 \x80", encoding) == "“x” €");
  CHECK(encoded_text("\xEF\xBB\xBFx", "utf-8") == "x");
  CHECK(has(message_of([] { encoded_text("x", "ebcdic"); }), "unknown encoding ebcdic"));
  CHECK(first_bad_byte("ab\nç\xE9").line == 2);
  CHECK(first_bad_byte("ab\nç\xE9").column == 2);
  CHECK(first_bad_byte("abç").line == 0);
}

TEST_CASE("batches by tokens: all samples once within the budget with little padding") {
  Generator draw(3);
  std::vector<int64_t> lengths, second;
  for (int i = 0; i < 3000; ++i) {
    lengths.push_back(1 + draw.below(40));
    second.push_back(draw.below(50));
  }
  lengths[7] = 900;  // longer than a batch by itself
  Generator gen(1), other(2);
  const std::vector<Batch> batches = by_tokens(lengths, second, 512, gen);
  std::set<int64_t> seen;
  int64_t room = 0, used = 0;
  for (const Batch& b : batches) {
    int64_t longest = 0;
    for (int64_t i : b) {
      CHECK(seen.insert(i).second);
      longest = std::max(longest, lengths[static_cast<size_t>(i)]);
      used += lengths[static_cast<size_t>(i)];
    }
    const auto rows = static_cast<int64_t>(b.size());
    CHECK((rows * longest <= 512 || rows == 1));
    room += rows * longest;
  }
  CHECK(seen.size() == lengths.size());
  CHECK(static_cast<double>(used) > 0.97 * static_cast<double>(room));
  const std::vector<Batch> again = by_tokens(lengths, second, 512, other);
  CHECK(again.size() == batches.size());
  CHECK(again != batches);
  CHECK(by_tokens({}, {}, 8, gen).empty());
  CHECK(has(message_of([&] { by_tokens(lengths, second, 0, gen); }), "max_tokens is 0"));
}

}  // namespace data_text_pairs_test
