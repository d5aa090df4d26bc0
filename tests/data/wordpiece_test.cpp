// SPDX-License-Identifier: MIT
// WordPiece against the ids of Hugging Face's BertWordPieceTokenizer (tokenizers 0.23).
#include "gradus/data/wordpiece.h"

#include "gradus/base/random.h"
#include "gradus/io/file.h"
#include "gradus/train/tokenizer_file.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

using Words = std::vector<std::string>;
using Ids = Tokenizer::Ids;

namespace data_wordpiece_test {

const Words vocabulary = {
    "[PAD]",  "[UNK]", "[CLS]", "[SEP]",  "[MASK]", "the",  "cat",       "##s", "un",
    "##want", "##ed",  "want",  ",",      ".",      "!",    "caf",       "##e", "cafe",
    "中",     "文",    "run",   "##ning", "'",      "s",    "a",         "##b", "##c",
    "naive",  "한",    "i",     "stra",   "##ße",   "ß",    "##e\u0301", "$",   "5",
    "ᄋ",     "##ᄋ",  "##ᅡ",  "##ᆫ",   "##ᄂ",   "##ᅧ", "##ᆼ"};

TEST_CASE("WordPiece: lower case without accents; the longest pieces", "[tokenizer]") {
  const WordPieceTokenizer t(vocabulary);
  CHECK(t.encode("The cats, unwanted!") == Ids{5, 6, 7, 12, 8, 9, 10, 14});
  CHECK(t.encode("CAFÉ café Naïve") == Ids{17, 17, 27});
  CHECK(t.encode("中文the中") == Ids{18, 19, 5, 18});
  CHECK(t.encode("run-ning running's") == Ids{20, 1, 1, 20, 21, 22, 23});
  CHECK(t.encode("안녕") == Ids{36, 38, 39, 40, 41, 42});
  CHECK(t.encode("abc\u200babc \u0007a\tb") == Ids{1, 24, 1});
  CHECK(t.encode("a\u000bb\u000cc\u0085\nb") == Ids{24, 25, 26, 1});  // controls, not spaces
  CHECK(t.encode("STRAẞE straße") == Ids{30, 31, 30, 31});
  CHECK(t.encode("$5.") == Ids{34, 35, 13});
  CHECK(t.encode("İ") == Ids{29});
  CHECK(t.encode("a" + std::string(99, 'b')).size() == 100);
  CHECK(t.encode("a" + std::string(100, 'b')) == Ids{1});
  CHECK(t.encode("e\u0301cafe\u0301") == Ids{1});
  CHECK(t.encode("[MASK]") == Ids{1, 1, 1});  // text never becomes a special word
  CHECK(t.encode("").empty());
  CHECK(t.decode(Ids{2, 5, 6, 7, 12, 1, 3}) == "the cats , [UNK]");
}

TEST_CASE("WordPiece: unchanged letters", "[tokenizer]") {
  const WordPieceTokenizer t(vocabulary, false);
  CHECK(t.encode("The cats") == Ids{1, 6, 7});
  CHECK(t.encode("CAFÉ café Naïve") == Ids{1, 1, 1});
  CHECK(t.encode("안녕") == Ids{1});
  CHECK(t.encode("STRAẞE straße") == Ids{1, 30, 31});
}

TEST_CASE("WordPiece: vocab.txt and tokenizer.json", "[tokenizer]") {
  const TempFolder folder;
  const WordPieceTokenizer t(vocabulary);
  for (const char* name : {"/vocab.txt", "/tokenizer.json"}) {
    save_tokenizer(t, folder.path + name);
    const auto back = load_tokenizer(folder.path + name);
    CHECK(back->words() == t.words());
    CHECK(back->specials() == Ids{0, 1, 2, 3, 4});
    CHECK(back->encode("CAFÉ 안녕") == t.encode("CAFÉ 안녕"));
  }
  const std::string file = folder.path + "/vocab.txt";
  const auto message = [&](const char* bytes) {
    write_file(file, bytes);
    return message_of<std::runtime_error>([&] { load_tokenizer(file); });
  };
  CHECK(has(message("[UNK]\na\n\nb\n"), "vocab.txt: line 3:"));
  CHECK(has(message("[UNK]\n\xff\n"), "vocab.txt: line 2:"));
  CHECK(has(message("a\nb\n"), "no \"[UNK]\""));
  CHECK(has(message("[UNK]\na\na\n"), "a occurs twice"));
  write_file(file, "[UNK]\nThe\n");
  CHECK(load_tokenizer(file)->encode("The the") == Ids{1, 0});
}

TEST_CASE("WordPiece: any bytes are read", "[tokenizer]") {
  Generator gen(3);
  const WordPieceTokenizer t(vocabulary);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    for (int64_t n = gen.below(30); n > 0; --n) bytes += static_cast<char>(gen.below(256));
    for (int64_t id : t.encode(bytes)) REQUIRE((id >= 0 && id < t.size()));
  }
  const std::string accents(100000, '\xCC');
  CHECK(t.encode(accents).empty());
}

}  // namespace data_wordpiece_test
