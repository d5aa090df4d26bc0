// SPDX-License-Identifier: MIT
// Tokenizer files: round trips, Hugging Face's formats, and hostile files.
#include "gradus/train/tokenizer_file.h"

#include "gradus/data/bpe.h"
#include "gradus/data/text.h"
#include "gradus/io/file.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

using Words = std::vector<std::string>;

namespace train_tokenizer_file_test {

BpeTokenizer small() {
  return BpeTokenizer::train(Words{"low lower lowest 안녕 안녕", "the the low"},
                             {.size = 280, .specials = {"<pad>", "<s>"}});
}

// Reads a tokenizer.json with one changed member, of the model or of the whole.
std::string with(const char* part, const char* key, Json value) {
  Json all = tokenizer_json(small());
  (part[0] ? all[part][key] : all[key]) = std::move(value);
  return message_of<std::runtime_error>([&] { tokenizer_from(all, "t.json"); });
}

TEST_CASE("tokenizers survive a JSON round trip", "[tokenizer]") {
  const BpeTokenizer bpe = small();
  const CharTokenizer chars(utf8_characters("ab안"), {"[MASK]"});
  const WordTokenizer words = WordTokenizer::train(Words{"a b a"}, 9, {"<pad>"}, 1);
  for (const Tokenizer* t :
       {static_cast<const Tokenizer*>(&bpe), static_cast<const Tokenizer*>(&chars),
        static_cast<const Tokenizer*>(&words)}) {
    const Json json = parse_json(write_json(tokenizer_json(*t)), "t.json");
    const auto back = tokenizer_from(json, "t.json");
    CHECK(std::string(back->kind()) == t->kind());
    CHECK(back->words() == t->words());
    CHECK(back->specials() == t->specials());
    CHECK(back->encode("ab") == t->encode("ab"));
  }
}

TEST_CASE("tokenizer.json and vocab.json with merges.txt", "[tokenizer]") {
  const TempFolder folder;
  const BpeTokenizer t = small();
  for (const char* name : {"/tokenizer.json", "/vocab.json"}) {
    save_tokenizer(t, folder.path + name);
    const auto back = load_tokenizer(folder.path + name);
    CHECK(back->words() == t.words());
    CHECK(back->specials() == t.specials());
    CHECK(back->encode("the lowest 안녕 세계") == t.encode("the lowest 안녕 세계"));
  }
  CHECK(read_file(folder.path + "/merges.txt").starts_with("#version: 0.2\nl o\n"));
  CHECK(load_tokenizer(folder.path)->words() == t.words());
  write_file(folder.path + "/merges.txt", "#version: 0.2\nl o\nx\n");
  CHECK(has(message_of<std::runtime_error>([&] { load_tokenizer(folder.path + "/vocab.json"); }),
            "merges.txt: line 3: x is not a merge"));
  write_file(folder.path + "/merges.txt", "q zz\n");
  CHECK(has(message_of<std::runtime_error>([&] { load_tokenizer(folder.path + "/vocab.json"); }),
            "merges.txt: line 1: zz is not in the vocabulary"));
  CHECK(has(message_of([&] { save_tokenizer(t, folder.path + "/vocab.bin"); }), "cannot store"));
}

TEST_CASE("tokenizer.json of other programs: merges in one string and special words last",
          "[tokenizer]") {
  Json all = tokenizer_json(BpeTokenizer::train(Words{"low low"}, {.size = 258}));
  Json merges = Json::array();
  for (const Json& pair : all["model"]["merges"].items())
    merges.push_back(pair.items()[0].string() + " " + pair.items()[1].string());
  all["model"]["merges"] = merges;
  Json end;
  end["id"] = 258;
  end["content"] = "<|endoftext|>";
  end["special"] = true;
  all["added_tokens"].push_back(end);
  all["model"]["vocab"]["<|endoftext|>"] = 258;
  const auto t = tokenizer_from(all, "t.json");
  CHECK(t->size() == 259);
  CHECK(t->is_special(258));
  CHECK(t->encode("low<|endoftext|>").back() == 258);  // found in a text, as its library does
  CHECK(t->decode(t->encode("low<|endoftext|> low")) == "low low");
  CHECK(t->decode(Tokenizer::Ids{257, 258}) == t->word(257));
}

TEST_CASE("hostile tokenizer files are refused with their name", "[tokenizer]") {
  const auto refuses = [](const std::string& message, const char* words) {
    INFO(message);
    CHECK(message.starts_with("t.json: "));
    CHECK(has(message, words));
  };
  refuses(message_of<std::runtime_error>([] { tokenizer_from(Json(3), "t.json"); }), "");
  refuses(message_of<std::runtime_error>([] { tokenizer_from(Json::object(), "t.json"); }),
          "model");
  refuses(with("model", "type", "Unigram"), "Unigram; expected");
  refuses(with("model", "vocab", Json::object()), "l is not in the vocabulary");
  refuses(with("model", "vocab", Json::array()), "");
  refuses(with("model", "continuing_subword_prefix", "##"), "continuing_subword_prefix");
  refuses(with("model", "merges", Json(Json::Array{Json("nothing")})), "merge 1: nothing is not");
  refuses(with("model", "merges", Json(Json::Array{Json("q zz")})), "zz is not in the vocabulary");
  refuses(with("model", "merges", Json(Json::Array{Json("q z")})), "which is not in the vocab");
  refuses(with("model", "merges", Json(Json::Array{Json(4)})), "");
  refuses(with("", "pre_tokenizer", nullptr), "no pre_tokenizer");
  refuses(with("pre_tokenizer", "type", "Whitespace"), "Whitespace");
  refuses(with("pre_tokenizer", "use_regex", false), "use_regex");
  refuses(with("", "normalizer", Json::object()), "normalizer");
  Json all = tokenizer_json(small());
  all["model"]["vocab"]["zzz"] = 5000;
  refuses(message_of<std::runtime_error>([&] { tokenizer_from(all, "t.json"); }),
          "no word with number 270");
  all = tokenizer_json(small());
  all["model"]["vocab"]["a b"] = 270;
  refuses(message_of<std::runtime_error>([&] { tokenizer_from(all, "t.json"); }),
          "word 270 of the vocabulary, a b, is not spelled in byte characters");
  all["model"]["vocab"]["zzz"] = 5;
  refuses(message_of<std::runtime_error>([&] { tokenizer_from(all, "t.json"); }),
          "two words with number 5");
  all["model"]["vocab"]["zzz"] = -1;
  refuses(message_of<std::runtime_error>([&] { tokenizer_from(all, "t.json"); }), "number -1");
}

}  // namespace train_tokenizer_file_test
