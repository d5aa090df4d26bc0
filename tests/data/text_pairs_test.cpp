// SPDX-License-Identifier: MIT
// Files of pairs, and batches by tokens.
#include "gradus/data/text_pairs.h"

#include <algorithm>
#include <set>

#include "gradus/data/batch.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("pairs: byte order mark, CRLF, blanks around and a missing last newline are fine") {
  const TextPairs p = parse_pairs("\xEF\xBB\xBFHello.\t안녕.\r\n a b \tc\u00a0d", "f.tsv");
  REQUIRE(p.size() == 2);
  CHECK(p.first == std::vector<std::string>{"Hello.", "a b"});
  CHECK(p.second == std::vector<std::string>{"안녕.", "c\u00a0d"});
}

TEST_CASE("pairs: what is wrong is told with file and line") {
  const auto said = [](std::string_view bytes) {
    return message_of<std::runtime_error>([&] { parse_pairs(bytes, "f.tsv"); });
  };
  CHECK(has(said("a\tb\nno tab\n"), "f.tsv: line 2: has no tab"));
  CHECK(has(said("a\tb\nc\td\te\n"), "f.tsv: line 2: has more than one tab"));
  CHECK(has(said("a\tb\n\tx\n"), "f.tsv: line 2: one side is empty"));
  CHECK(has(said("a\t \n"), "f.tsv: line 1: one side is empty"));
  CHECK(has(said("a\tb\n\na\tb\n"), "f.tsv: line 2: has no tab"));
  CHECK(has(said("a\tb\nc\t\xff\xfe\n"), "f.tsv: line 2: is no UTF-8"));
  CHECK(has(said(std::string_view("a\tb\0c\n", 6)), "line 1: has a NUL byte"));
  CHECK(has(said("\xFF\xFE"
                 "a"),
            "UTF-16"));
  CHECK(has(said(""), "f.tsv: has no lines"));
}

TEST_CASE("batches by tokens: all samples once, within the budget, nearly nothing padded") {
  Generator draw(3);
  std::vector<int64_t> lengths, second;
  for (int i = 0; i < 3000; ++i)
    lengths.push_back(1 + draw.below(40)), second.push_back(draw.below(50));
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
