// SPDX-License-Identifier: MIT
// Building blocks of messages.
#include "tests/catch.h"

#include <vector>

#include "gradus/base/error.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("the three kinds of errors", "[error]") {
  CHECK(message_of([] { argument_error({"op: ", 3, " is not ", 0.1}); }) == "op: 3 is not 0.1");
  CHECK(message_of<std::runtime_error>([] { file_error({"x: ", "gone"}); }) == "x: gone");
  CHECK(message_of<std::logic_error>([] { internal_error({"y"}); }) == "y");
  CHECK(text({1e300, " ", -0.0, " ", 1.0 / 3}) == "1e+300 -0 0.3333333333333333");
}

TEST_CASE("bytes of unknown origin are made fit for a terminal", "[error]") {
  CHECK(printable("plain") == "plain");
  CHECK(printable("gr\xC3\xB6\xC3\x9F"
                  "e") == "größe");
  CHECK(printable("a\x1b[31mb\n\x7f") == "a\\x1b[31mb\\x0a\\x7f");
  CHECK(printable("\xff\xC3") == "\\xff\\xc3");                             // bad, and cut
  CHECK(printable("\xC0\x80\xED\xA0\x80") == "\\xc0\\x80\\xed\\xa0\\x80");  // overlong, surrogate
  CHECK(printable(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(printable(std::string(50, 'x')) == std::string(40, 'x') + "...");
  CHECK(printable(std::string(39, 'x') + "\xC3\xB6") == std::string(39, 'x') + "...");
  CHECK(printable("abc", 3) == "abc");
}

TEST_CASE("the nearest word", "[error]") {
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("d_model", "D-Model") == 0);
  CHECK(nearest("sofmax", {"softmax", "sigmoid", "matmul"}) == "softmax");
  CHECK(nearest("zzzzzz", {"softmax", "sigmoid"}).empty());
  CHECK(nearest("x", {}).empty());
  CHECK(edit_distance("form", "from") == 1);  // neighbouring letters swapped
  CHECK(nearest("coyp", {"copy", "sort"}) == "copy");
  CHECK(nearest_of("lerning_rate", std::vector<std::string>{"batch", "learning-rate"}) ==
        "learning-rate");
}

TEST_CASE("a word is near only if at most a third of it differs", "[error]") {
  CHECK(nearest("--lr-find", {"--no-tied", "--lr", "--text"}).empty());
  CHECK(nearest("--modle", {"--model", "--tied"}) == "--model");
  CHECK(nearest("abcdef", {"abcdxy"}) == "abcdxy");  // 2 of 6
  CHECK(nearest("abcde", {"abcxy"}).empty());        // 2 of 5
  CHECK(nearest("--ab", {"--cd", "--xb"}).empty());  // the dashes do not count
}
