// SPDX-License-Identifier: MIT
// Added words, in texts and in the files that list them, against the tokenizers library 0.23:
// tests/tokenizers/cases.json, and more cases if Python has the library.
#include "gradus/data/added_words.h"

#include "gradus/data/bpe.h"
#include "gradus/data/wordpiece.h"
#include "gradus/io/file.h"
#include "gradus/train/tokenizer_file.h"
#include "tests/python.h"

using namespace gradus;
using namespace gradus::tests;

using Ids = Tokenizer::Ids;

namespace train_added_words_test {

Ids ids_in(const Json& list) {
  Ids all;
  for (const Json& id : list.items()) all.push_back(id.integer());
  return all;
}

// There, bytes that are not UTF-8 are U+FFFD, and a blank put before a text is kept.
bool same_text(const Tokenizer& t, const std::string& mine, const std::string& theirs) {
  const auto* bpe = dynamic_cast<const BpeTokenizer*>(&t);
  if (theirs.find("\xEF\xBF\xBD") != theirs.npos) return true;
  return mine == theirs || (bpe && bpe->prefix_space() && " " + mine == theirs);
}

// Every text of a file of cases; returns how many there were.
int64_t check_cases(const std::string& file) {
  int64_t count = 0;
  const Json cases = parse_json(read_file(file), file);
  for (const Json& c : cases.items()) {
    const auto t = tokenizer_from(c.at("tokenizer"), file);
    const auto again = tokenizer_from(tokenizer_json(*t), file);  // as a run stores it
    for (size_t i = 0; i < c.at("texts").items().size(); ++i, ++count) {
      const std::string& text = c.at("texts").items()[i].string();
      const Ids expected = ids_in(c.at("ids").items()[i]);
      INFO(write_json(c.at("tokenizer").at("added_tokens")) << "\n" << write_json(Json(text)));
      CHECK(t->encode(text) == expected);
      CHECK(again->encode(text) == expected);
      const std::string& theirs = c.at("decoded").items()[i].string();
      INFO(t->decode(expected) << "\n" << theirs);
      CHECK(same_text(*t, t->decode(expected), theirs));
    }
  }
  return count;
}

const char* vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nc\n+\nx\n";

struct BertFolder {
  TempFolder folder;
  BertFolder() { put("vocab.txt", vocabulary); }
  void put(const std::string& name, const std::string& bytes) const {
    write_file(folder.path + "/" + name, bytes);
  }
  Ids encode(const std::string& text) const { return load_tokenizer(folder.path)->encode(text); }
  std::string message() const {
    return message_of<std::runtime_error>([&] { load_tokenizer(folder.path); });
  }
};

Json with_added(const std::string& words) {
  const BertFolder f;
  Json all = tokenizer_json(*load_tokenizer(f.folder.path));
  const Json more = parse_json(words, "words");
  for (const Json& word : more.items()) all["added_tokens"].push_back(word);
  return all;
}

TEST_CASE("added words are found as the tokenizers library finds them", "[tokenizer]") {
  CHECK(check_cases("tests/tokenizers/cases.json") == 200);
}

TEST_CASE("added words: 2000 texts more against the library itself", "[tokenizer]") {
  const std::string python = python_with({"tokenizers"});
  const TempFolder folder;
  const std::string file = folder.path + "/cases.json";
  const Finished f = run(python + " tests/tokenizers/make_cases.py " + file + " 2000 42");
  INFO(f.out << f.err);
  REQUIRE(f.status == 0);
  CHECK(check_cases(file) == 2000);
}

TEST_CASE("added words: spaces taken by the previous word do not match again", "[tokenizer]") {
  const auto ids = [](const std::string& flags, const std::string& text) {
    const Json all = with_added(R"([{"content": " ", "id": 8, "normalized": false)" + flags + "}]");
    return tokenizer_from(all, "words")->encode(text);
  };
  // As in tokenizers 0.23: one word for a run of blanks if it strips both sides.
  CHECK(ids(R"(, "lstrip": true, "rstrip": true)", "x   c") == Ids{7, 8, 5});
  CHECK(ids(R"(, "lstrip": true, "rstrip": true)", "  x \t ") == Ids{8, 7, 8});
  CHECK(ids(R"(, "rstrip": true)", "x   c") == Ids{7, 8, 8, 8, 5});
  CHECK(ids(R"(, "lstrip": true)", "x   c") == Ids{7, 8, 8, 8, 5});
}

TEST_CASE("added words of a folder: added_tokens.json", "[tokenizer]") {
  const BertFolder f;
  CHECK(f.encode("x c++ x") == Ids{7, 5, 6, 6, 7});
  f.put("added_tokens.json", "{\"c++\": 8}");
  CHECK(f.encode("x c++ x") == Ids{7, 8, 7});
  CHECK(f.encode("xC++x") == Ids{7, 8, 7});  // found in the normalised text
  CHECK(f.encode("x [SEP] x") == Ids{7, 3, 7});
  f.put("special_tokens_map.json", "{\"additional_special_tokens\": [\"c++\"]}");
  CHECK(f.encode("x C++ c++") == Ids{7, 5, 6, 6, 8});  // special ones are found as written
  CHECK(load_tokenizer(f.folder.path)->is_special(8));
  f.put("added_tokens.json", "{\"c++\": 9}");
  CHECK(has(f.message(), "vocab.txt: the vocabulary has no word with number 8"));
  f.put("added_tokens.json", "{\"x\": 9}");
  CHECK(has(f.message(), "the added word x has number 9; elsewhere it has 7"));
  f.put("added_tokens.json", "{}");
  CHECK(has(f.message(), "\"additional_special_tokens\" is c++, which is not in the vocabulary"));
}

TEST_CASE("added words of a folder: added_tokens_decoder", "[tokenizer]") {
  const BertFolder f;
  f.put("tokenizer_config.json",
        R"({"added_tokens_decoder": {
             "8": {"content": "<e>", "lstrip": false, "normalized": false, "rstrip": true,
                   "single_word": false, "special": true},
             "7": {"content": "x", "single_word": true, "normalized": true, "special": false}}})");
  CHECK(f.encode("x<e>  x xx x") == Ids{7, 8, 7, 1, 7});
  const auto t = load_tokenizer(f.folder.path);
  CHECK(t->decode(t->encode("x<e> c")) == "x c");
  f.put("added_tokens.json", "{\"<e>\": 8}");
  CHECK(f.encode("<e>") == Ids{8});
  f.put("added_tokens.json", "{\"<f>\": 9}");
  CHECK(has(f.message(), "<f> is not in added_tokens_decoder of tokenizer_config.json"));
}

TEST_CASE("added words: settings that hide them from texts", "[tokenizer]") {
  const BertFolder f;
  f.put("tokenizer_config.json", "{\"split_special_tokens\": true}");
  CHECK(f.encode("[SEP]") == Ids{1, 1, 1});
  f.put("tokenizer_config.json", "{\"split_special_tokens\": false}");
  CHECK(f.encode("[SEP]") == Ids{3});
  // Runs made before gradus matched added words still split texts without matching them.
  const auto old = [](Json json) {
    Json model;
    for (const auto& [key, value] : json.at("model").members())
      if (key != "never_in_text") model[key] = value;
    json["model"] = model;
    return json;
  };
  const Json run = old(with_added("[]"));
  CHECK(run_tokenizer(run, "schema.json")->encode("[SEP]") == Ids{3});
  Json bpe = tokenizer_json(
      BpeTokenizer::train(std::vector<std::string>{"low"}, {.size = 258, .specials = {"<s>"}}));
  CHECK(run_tokenizer(bpe, "schema.json")->encode("<s>").size() == 3);
  CHECK(tokenizer_from(bpe, "tokenizer.json")->encode("<s>").size() == 3);
  bpe = old(bpe);
  CHECK(run_tokenizer(bpe, "schema.json")->encode("<s>").size() == 3);
  CHECK(tokenizer_from(bpe, "tokenizer.json")->encode("<s>") == Ids{0});
}

TEST_CASE("invalid added words are refused", "[tokenizer]") {
  const auto message = [](const std::string& words) {
    return message_of<std::runtime_error>([&] { tokenizer_from(with_added(words), "t.json"); });
  };
  CHECK(has(message("[{\"id\": 8, \"content\": \"\"}]"), "the added word with number 8 is empty"));
  CHECK(has(message("[{\"id\": 8, \"content\": \"\\u0301\"}]"), "is empty after normalisation"));
  CHECK(has(message("[{\"id\": 77, \"content\": \"y\"}]"), "no word with number 8"));
  CHECK(has(message("[{\"id\": 3, \"content\": \"y\"}]"), "two words with number 3"));
  CHECK(has(message("[{\"id\": 8, \"content\": \"c\"}]"), "c has number 8; elsewhere it has 5"));
  CHECK(has(message("[{\"id\": 8, \"content\": \"y\", \"new\": 1}]"), "\"new\" is 1, and gradus"));
  // Equal once normalised: always the first; in the library it is random.
  const auto t = tokenizer_from(
      with_added("[{\"id\": 8, \"content\": \"Y\"}, {\"id\": 9, \"content\": \"y\"}]"), "t.json");
  CHECK(t->encode("y Y") == Ids{8, 8});
}

TEST_CASE("byte pairs: ignore_merges and a sequence of one part", "[tokenizer]") {
  const std::string abc = "abc";
  Json all = tokenizer_json(
      BpeTokenizer::train(std::vector<std::string>{"ab ab"}, {.size = 257, .min_count = 2}));
  CHECK(all["model"]["vocab"].find("ab")->integer() == 256);
  all["model"]["vocab"]["abc"] = 257;
  CHECK(tokenizer_from(all, "t")->encode(abc).size() == 2);
  all["model"]["ignore_merges"] = true;
  CHECK(tokenizer_from(all, "t")->encode(abc) == Ids{257});
  CHECK(tokenizer_from(all, "t")->encode("abcd").size() == 3);
  const auto before = tokenizer_from(all, "t")->encode("abc ab x");
  Json sequence;
  sequence["type"] = "Sequence";
  sequence["pretokenizers"] = Json(Json::Array{all["pre_tokenizer"]});
  all["pre_tokenizer"] = sequence;
  CHECK(tokenizer_from(all, "t")->encode("abc ab x") == before);
  CHECK(tokenizer_from(tokenizer_json(*tokenizer_from(all, "t")), "t")->encode(abc) == Ids{257});
}

TEST_CASE("a vocabulary file from Windows: CRLF; byte order mark; empty last lines",
          "[tokenizer]") {
  const BertFolder f;
  f.put("vocab.txt", "\xEF\xBB\xBF[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\nc\r\n\r\n\n");
  CHECK(load_tokenizer(f.folder.path)->words().size() == 6);
  CHECK(f.encode("c [PAD]") == Ids{5, 0});
  const TempFolder bpe;
  const BpeTokenizer t =
      BpeTokenizer::train(std::vector<std::string>{"low low lower"}, {.size = 262});
  save_tokenizer(t, bpe.path + "/vocab.json");
  std::string merges = "\xEF\xBB\xBF";
  for (char c : read_file(bpe.path + "/merges.txt"))
    merges += c == '\n' ? "\r\n" : std::string(1, c);
  write_file(bpe.path + "/merges.txt", merges + "\r\n\n");
  CHECK(load_tokenizer(bpe.path)->encode("lower low") == t.encode("lower low"));
}

}  // namespace train_added_words_test
