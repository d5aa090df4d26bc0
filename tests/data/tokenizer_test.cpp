// SPDX-License-Identifier: MIT
// Tokenizers of characters, words and byte pairs. Expected runs, merges and ids are those of
// Hugging Face's tokenizers 0.23.
#include "gradus/base/random.h"
#include "gradus/base/utf8.h"
#include "gradus/data/bpe.h"
#include "gradus/data/text.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

using Words = std::vector<std::string>;
using Ids = Tokenizer::Ids;

namespace data_tokenizer_test {

Words runs(std::string_view text) {
  Words all;
  for (std::string_view run : byte_level_words(text)) all.emplace_back(run);
  return all;
}

const Words corpus = {"low lower lowest newer newest wider widest",
                      "the low tower, the slow flower", "new news renew", "안녕 안녕하세요 안녕히",
                      "the the the"};

std::string random_bytes(Generator& gen, int64_t length) {
  std::string bytes;
  for (int64_t i = 0; i < length; ++i) bytes += static_cast<char>(gen.below(256));
  return bytes;
}

TEST_CASE("text is cut into runs as GPT-2 does", "[tokenizer]") {
  CHECK(runs("Hello, world! It's 2024's  best...") ==
        Words{"Hello", ",", " world", "!", " It", "'s", " 2024", "'s", " ", " best", "..."});
  CHECK(runs("  two  blanks\n\n\tand tab ") ==
        Words{" ", " two", " ", " blanks", "\n\n", "\t", "and", " tab", " "});
  CHECK(runs("we'll they'd I'M can't'") ==
        Words{"we", "'ll", " they", "'d", " I", "'", "M", " can", "'t", "'"});
  CHECK(runs("안녕하세요 세계 123번") == Words{"안녕하세요", " 세계", " 123", "번"});
  CHECK(runs("naïve café — “quotes” ½ Ⅷ ²") ==
        Words{"naïve", " café", " —", " “", "quotes", "”", " ½", " Ⅷ", " ²"});
  CHECK(runs("a\u00a0b\u3000c\u2028d") == Words{"a", "\u00a0", "b", "\u3000", "c", "\u2028", "d"});
  CHECK(runs("x=1;y==2  \n") == Words{"x", "=", "1", ";", "y", "==", "2", "  \n"});
  CHECK(runs("😀 emoji👍🏽 e\u0301") == Words{"😀", " emoji", "👍🏽", " e", "\u0301"});
  CHECK(runs("''s 'sx") == Words{"''", "s", " '", "sx"});
  CHECK(runs("").empty());
}

TEST_CASE("byte pairs: the merges and ids of other trainers", "[tokenizer]") {
  const BpeTokenizer t =
      BpeTokenizer::train(corpus, {.size = 300, .specials = {"<pad>", "<s>", "</s>"}});
  CHECK(t.size() == 281);  // no remaining pair occurs twice
  const Words expected = {"ow", "low",      "er",       "ew",   "he",   "new", "the",
                          "es", "\xeb\x85", "\xec\x95", " low", " new", " the"};
  for (size_t i = 0; i < expected.size(); ++i)
    CHECK(t.word(259 + static_cast<int64_t>(i)) == expected[i]);
  CHECK(t.encode("the lowest flower") == Ids{265, 269, 273, 223, 72, 260, 261});
  CHECK(t.encode("안녕 newest 세계!") == Ids{275, 270, 273, 223, 171, 229, 119, 169, 114, 229, 3});
  CHECK(t.decode(t.encode("안녕 newest 세계!")) == "안녕 newest 세계!");
  CHECK(t.decode(Ids{1, 265, 2, 0}) == "the");  // special words decode to nothing
  CHECK(t.encode("").empty());
}

TEST_CASE("byte pairs: every sequence of bytes survives a round trip", "[tokenizer]") {
  Generator gen(7);
  Words texts = corpus;
  for (int i = 0; i < 20; ++i) texts.push_back(random_bytes(gen, 60));
  const BpeTokenizer t =
      BpeTokenizer::train(texts, {.size = 400, .min_count = 1, .specials = {"<pad>"}});
  REQUIRE(t.size() == 400);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = random_bytes(gen, gen.below(40));
    if (i % 3 == 0) bytes += "안녕 lower" + bytes;
    const Ids ids = t.encode(bytes);
    REQUIRE(t.decode(ids) == bytes);
    for (int64_t id : ids) REQUIRE(id > 0);
  }
  std::string all;
  for (int b = 0; b < 256; ++b) all += static_cast<char>(b);
  CHECK(t.decode(t.encode(all)) == all);
  CHECK(bytes_of_spelling(byte_level_spelling(all)) == all);
  CHECK(is_utf8(byte_level_spelling(all)));
  CHECK(byte_level_spelling(" a\n") == "ĠaĊ");
}

TEST_CASE("byte pairs: text that looks like a special word remains text", "[tokenizer]") {
  const BpeTokenizer t =
      BpeTokenizer::train(Words(9, "<pad> <pad>"), {.size = 270, .specials = {"<pad>"}});
  const Ids ids = t.encode("<pad>");
  CHECK(ids.size() > 1);
  CHECK(t.decode(ids) == "<pad>");
}

TEST_CASE("byte pairs: a run of a megabyte is no trouble", "[tokenizer]") {
  const BpeTokenizer t = BpeTokenizer::train(Words{std::string(64, 'a')}, {.size = 262});
  const std::string long_run(1 << 20, 'a');
  const Ids ids = t.encode(long_run);
  CHECK(ids.size() == (1 << 20) / 32);  // merges up to 32: 64 occur but once
  CHECK(t.decode(ids) == long_run);
}

TEST_CASE("byte pairs: refusals", "[tokenizer]") {
  CHECK(has(message_of([] {
              BpeTokenizer::train(corpus, {.size = 257, .specials = {"<s>", "</s>"}});
            }),
            "expected at least 258"));
  CHECK(has(message_of([] { BpeTokenizer({"a", "b"}, {}, {}); }), "no word for byte 0"));
  const BpeTokenizer t = BpeTokenizer::train(corpus, {.size = 260});
  CHECK(has(message_of([&] { BpeTokenizer(t.words(), {}, {{0, 1}}); }), "not in the vocabulary"));
  CHECK(has(message_of([&] {
              BpeTokenizer(t.words(), {}, {{0, 9999}});
            }),
            "token 9999 is outside the vocabulary"));
  CHECK(has(message_of([&] {
              BpeTokenizer(t.words(), {}, {t.merges()[0], t.merges()[0]});
            }),
            "twice"));
  CHECK(has(message_of([&] { t.decode(Ids{260}); }), "token 260 is outside the vocabulary of 260"));
  CHECK(has(message_of([&] { t.decode(Ids{-1}); }), "token -1 is outside"));
  CHECK(has(message_of([] { bytes_of_spelling("a b"); }), "spells no byte"));
}

TEST_CASE("words: runs of letters or digits and other single characters", "[tokenizer]") {
  const WordTokenizer t =
      WordTokenizer::train(Words{"the cat, the mat", "the cat 3.14 안녕 안녕"}, 8, {"<pad>"}, 1);
  // Frequent ones first, equal ones by their bytes.
  CHECK(t.words() == Words{"<pad>", "<unk>", "the", "cat", "안녕", ",", ".", "14"});
  CHECK(t.encode("the cat, 안녕!") == Ids{2, 3, 5, 4, 1});
  CHECK(t.encode("<pad>") == Ids{1, 1, 1});
  CHECK(t.decode(t.encode("the cat, dog")) == "the cat , <unk>");
  CHECK(t.decode(Ids{0, 2}) == "the");
  CHECK(t.encode("\xff") == Ids{1});
  CHECK(has(message_of([] { WordTokenizer({"a"}, {}); }), "<unk>"));
  CHECK(has(message_of([] { WordTokenizer({"a", "a"}, {}); }), "occurs twice"));
}

TEST_CASE("characters: special words come first", "[tokenizer]") {
  const CharTokenizer t(utf8_characters("b안a"), {"[MASK]"});
  CHECK(t.words() == Words{"[MASK]", "a", "b", "안"});
  CHECK(t.encode("ab안") == Ids{1, 2, 3});
  CHECK(t.decode(Ids{0, 3, 1}) == "안a");
  CHECK(has(message_of([&] { t.encode("abc"); }), "character 3, c, is not"));
}

}  // namespace data_tokenizer_test
