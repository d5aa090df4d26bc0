// SPDX-License-Identifier: MIT
// Changes every key of a tokenizer's files: the tokens or the text change as they should, or the
// key is refused by name, or it is known to change no token.
#include <algorithm>

#include "gradus/data/bpe.h"
#include "gradus/io/file.h"
#include "gradus/train/tokenizer_file.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace train_tokenizer_keys_test {

enum class Then { refused, read, no_effect };
using enum Then;

struct Key {
  const char* path;  // "model/dropout"; "0" is the first of a list
  const char* value;
  Then then;
};

const char* bert = R"({"version": "1.0",
  "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
  "padding": {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": 8,
              "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
  "added_tokens": [{"id": 13, "content": "new york", "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": true, "special": false}],
  "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                 "strip_accents": true, "lowercase": true},
  "pre_tokenizer": {"type": "BertPreTokenizer"},
  "post_processor": {"type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
               {"Sequence": {"id": "A", "type_id": 0}},
               {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}],
    "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                       "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
  "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
  "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 4,
            "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "ab": 5,
                      "##c": 6, "é": 7, "e": 8, "中": 9, ".": 10, "@@c": 11, "AB": 12}}})";

const std::vector<Key> bert_keys = {
    {"version", "\"2.0\"", refused},
    {"truncation/direction", "\"Left\"", refused},
    {"truncation/max_length", "1", no_effect},
    {"truncation/strategy", "\"OnlyFirst\"", no_effect},
    {"truncation/stride", "1", no_effect},
    {"truncation/other", "1", refused},
    {"padding/strategy", R"({"Fixed": 9})", no_effect},
    {"padding/direction", "\"Left\"", no_effect},
    {"padding/pad_to_multiple_of", "3", no_effect},
    {"padding/pad_id", "1", no_effect},
    {"padding/pad_type_id", "1", no_effect},
    {"padding/pad_token", "\"x\"", no_effect},
    {"padding/other", "1", refused},
    {"added_tokens/0/id", "14", refused},
    {"added_tokens/0/content", "\"ab\"", refused},
    {"added_tokens/0/content", "\"ac\"", read},
    {"added_tokens/0/single_word", "true", read},
    {"added_tokens/0/lstrip", "true", no_effect},  // blanks are no tokens of WordPiece
    {"added_tokens/0/rstrip", "true", no_effect},
    {"added_tokens/0/normalized", "false", read},
    {"added_tokens/0/special", "true", read},
    {"added_tokens/0/other", "1", refused},
    {"normalizer/type", "\"Lowercase\"", refused},
    {"normalizer/clean_text", "false", read},
    {"normalizer/handle_chinese_chars", "false", read},
    {"normalizer/strip_accents", "false", read},
    {"normalizer/lowercase", "false", read},
    {"normalizer/other", "1", refused},
    {"normalizer", R"({"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Strip"}]})",
     refused},
    {"normalizer", "null", read},
    {"pre_tokenizer/type", "\"Whitespace\"", refused},
    {"pre_tokenizer/other", "1", refused},
    {"pre_tokenizer", "null", refused},
    {"post_processor/type", "\"RobertaProcessing\"", refused},
    {"post_processor/single/0/SpecialToken/id", "\"[SEP]\"", refused},
    {"post_processor/single/0/SpecialToken/type_id", "1", refused},
    {"post_processor/single/1/Sequence/id", "\"B\"", refused},
    {"post_processor/single/1/Sequence/type_id", "1", refused},
    {"post_processor/single/2/SpecialToken/id", "\"[CLS]\"", refused},
    {"post_processor/single/2/SpecialToken/type_id", "1", refused},
    {"post_processor/pair/0/Sequence/id", "\"B\"", no_effect},  // gradus reads no pairs
    {"post_processor/pair/0/Sequence/type_id", "1", no_effect},
    {"post_processor/special_tokens/[CLS]/id", "\"x\"", refused},
    {"post_processor/special_tokens/[CLS]/ids", "[1]", refused},
    {"post_processor/special_tokens/[CLS]/tokens", "[\"x\"]", refused},
    {"post_processor/special_tokens/[SEP]/id", "\"x\"", refused},
    {"post_processor/special_tokens/[SEP]/ids", "[1]", refused},
    {"post_processor/special_tokens/[SEP]/tokens", "[\"x\"]", refused},
    {"post_processor/other", "1", refused},
    {"decoder/type", "\"CTC\"", refused},
    {"decoder/prefix", "\"@@\"", refused},
    {"decoder/cleanup", "false", read},
    {"decoder/other", "1", refused},
    {"model/type", "\"Unigram\"", refused},
    {"model/unk_token", "\"ab\"", read},
    {"model/unk_token", "\"missing\"", refused},
    {"model/max_input_chars_per_word", "2", read},
    {"model/vocab/ab", "12", refused},
    {"model/vocab/zz", "20", refused},
    {"model/other", "1", refused},
    {"other", "1", refused}};

const char* gpt2 = R"({"version": "1.0", "truncation": null, "padding": null,
  "added_tokens": [{"id": 259, "content": "<e>", "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": false, "special": false}],
  "normalizer": null,
  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
                    "use_regex": true},
  "post_processor": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false,
                     "use_regex": true},
  "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true,
              "use_regex": true},
  "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
            "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false,
            "ignore_merges": false}})";

const std::vector<Key> gpt2_keys = {
    {"version", "\"1.1\"", refused},
    {"truncation", R"({"direction": "Left", "max_length": 4})", refused},
    {"padding", R"({"unknown": 1})", refused},
    {"added_tokens/0/id", "12", refused},
    {"added_tokens/0/content", "\"<f>\"", read},
    {"added_tokens/0/single_word", "true", read},
    {"added_tokens/0/lstrip", "true", read},
    {"added_tokens/0/rstrip", "true", read},
    {"added_tokens/0/normalized", "true", no_effect},  // no normalizer
    {"added_tokens/0/special", "true", read},
    {"normalizer", R"({"type": "NFC"})", refused},
    {"pre_tokenizer/type", "\"Metaspace\"", refused},
    {"pre_tokenizer/add_prefix_space", "true", read},
    {"pre_tokenizer/trim_offsets", "false", no_effect},
    {"pre_tokenizer/use_regex", "false", refused},
    {"pre_tokenizer/other", "1", refused},
    {"post_processor/type", "\"BertProcessing\"", refused},
    {"post_processor/add_prefix_space", "false", no_effect},
    {"post_processor/trim_offsets", "true", no_effect},
    {"post_processor/use_regex", "false", no_effect},
    {"post_processor/other", "1", refused},
    {"decoder/type", "\"Metaspace\"", refused},
    {"decoder/add_prefix_space", "false", no_effect},
    {"decoder/trim_offsets", "false", no_effect},
    {"decoder/use_regex", "false", no_effect},
    {"decoder/other", "1", refused},
    {"model/type", "\"WordLevel\"", refused},
    {"model/dropout", "0.1", refused},
    {"model/unk_token", "\"<unk>\"", no_effect},  // every byte has a word
    {"model/continuing_subword_prefix", "\"##\"", refused},
    {"model/end_of_word_suffix", "\"</w>\"", refused},
    {"model/fuse_unk", "true", no_effect},
    {"model/byte_fallback", "true", no_effect},
    {"model/ignore_merges", "true", read},
    {"model/other", "1", refused},
    {"other", "1", refused}};

Json gpt2_json() {
  Json all = parse_json(gpt2, "gpt2");
  const Json made = tokenizer_json(
      BpeTokenizer::train(std::vector<std::string>{"ab ab"}, {.size = 257, .min_count = 2}));
  all["model"]["vocab"] = made.at("model").at("vocab");
  all["model"]["merges"] = made.at("model").at("merges");
  all["model"]["vocab"]["abc"] = 257;
  all["model"]["vocab"]["abcd"] = 258;
  return all;
}

// The value at a path, replaced.
Json with(const Json& json, std::string_view path, const Json& value) {
  if (path.empty()) return value;
  const std::string_view key = path.substr(0, path.find('/'));
  const std::string_view rest = key.size() == path.size() ? "" : path.substr(key.size() + 1);
  if (json.is(Json::Kind::array)) {
    Json::Array items = json.items();
    Json& item = items.at(static_cast<size_t>(key[0] - '0'));
    item = with(item, rest, value);
    return Json(items);
  }
  Json all = json;
  const Json* before = json.find(key);
  all[key] = with(before ? *before : Json::object(), rest, value);
  return all;
}

// The paths of all values in a document except objects and lists of objects.
void leaves(const Json& json, const std::string& path, std::vector<std::string>& all) {
  const bool list =
      json.is(Json::Kind::array) && !json.items().empty() && json.items()[0].is(Json::Kind::object);
  if (list)
    for (size_t i = 0; i < json.items().size(); ++i)
      leaves(json.items()[i], path + "/" + std::to_string(i), all);
  else if (json.is(Json::Kind::object))
    for (const auto& [key, value] : json.members())
      leaves(value, path.empty() ? key : path + "/" + key, all);
  else all.push_back(path);
}

using Outcome = std::vector<std::pair<Tokenizer::Ids, std::string>>;

// The tokens of texts that each setting treats differently.
Outcome outcome(const Tokenizer& t) {
  Outcome all;
  for (const char* sample : {"ab new york. é 中中 AB abcc zz", "New York's xnew york",
                             "a\u0007b abc", "a  <e>  b<e>b é 中", "abc abcd <f>", "ac ab"})
    all.emplace_back(t.encode(sample), t.decode(t.encode(sample)));
  return all;
}

void check_keys(const Json& base, const std::vector<Key>& keys) {
  const Outcome before = outcome(*tokenizer_from(base, "t.json"));
  for (const Key& k : keys) {
    INFO(k.path << " = " << k.value);
    const Json changed = with(base, k.path, parse_json(k.value, "value"));
    if (k.then == refused) {
      const std::string message =
          message_of<std::runtime_error>([&] { tokenizer_from(changed, "t.json"); });
      INFO(message);
      CHECK(message.starts_with("t.json: "));
      continue;
    }
    const bool same = outcome(*tokenizer_from(changed, "t.json")) == before;
    CHECK(same == (k.then == no_effect));
  }
  std::vector<std::string> paths;
  leaves(base, "", paths);
  for (const std::string& path : paths) {
    INFO(path);
    if (path.starts_with("model/vocab/") || path.starts_with("model/merges")) continue;
    if (path == "model/continuing_subword_prefix") continue;  // below, with its decoder
    CHECK(std::any_of(keys.begin(), keys.end(), [&](const Key& k) { return path == k.path; }));
  }
}

TEST_CASE("tokenizer.json: every key of a WordPiece model counts or is refused", "[tokenizer]") {
  const Json base = parse_json(bert, "bert");
  check_keys(base, bert_keys);
  Json other = with(base, "model/continuing_subword_prefix", "@@");
  other = with(other, "decoder/prefix", "@@");
  CHECK(tokenizer_from(other, "t.json")->encode("abc") == Tokenizer::Ids{5, 11});
  CHECK(tokenizer_from(base, "t.json")->encode("abc") == Tokenizer::Ids{5, 6});
}

TEST_CASE("tokenizer.json: every key of a byte-level model counts or is refused", "[tokenizer]") {
  check_keys(gpt2_json(), gpt2_keys);
}

struct Setting {
  const char *key, *value;
  Then then;
};

const std::vector<Setting> config_keys = {
    {"do_lower_case", "false", read},
    {"strip_accents", "false", read},
    {"tokenize_chinese_chars", "false", read},
    {"do_basic_tokenize", "false", refused},
    {"never_split", "[\"ab\"]", refused},
    {"truncation_side", "\"left\"", refused},
    {"added_tokens_decoder", R"({"5": {"content": "ab", "special": true}})", read},
    {"added_tokens_decoder", R"({"x": {"content": "ab"}})", refused},
    {"added_tokens_decoder", R"({"5": {"content": "ab", "new": 1}})", refused},
    {"split_special_tokens", "true", read},
    {"clean_up_tokenization_spaces", "true", read},
    {"add_bos_token", "true", refused},
    {"add_eos_token", "true", refused},
    {"word_tokenizer_type", "\"mecab\"", refused},
    {"model_max_length", "5", no_effect},
    {"padding_side", "\"left\"", no_effect},
    {"tokenizer_class", "\"X\"", no_effect},
    {"chat_template", "\"{{ x }}\"", no_effect}};

// These are in special_tokens_map.json too.
const std::vector<Setting> named_keys = {
    {"cls_token", "\"ab\"", refused},
    {"sep_token", "\"ab\"", refused},
    {"mask_token", R"({"content": "ab", "lstrip": true})", refused},
    {"pad_token", "\"ab\"", refused},
    {"unk_token", "\"ab\"", refused},
    {"bos_token", "\"zz\"", refused},
    {"bos_token", "\"ab\"", read},
    {"eos_token", R"({"content": "ab", "lstrip": true})", read},
    {"eos_token", R"({"content": "ab", "new": 1})", refused},
    {"additional_special_tokens", "[\"ab\"]", read},
    {"additional_special_tokens", "[\"zz\"]", refused},
    {"extra_special_tokens", "[\"ab\"]", read},
    {"extra_special_tokens", R"({"mark": "ab"})", read}};

// The folder of a BERT in which one of the files has these members.
struct TokenizerFolder {
  TempFolder folder;
  TokenizerFolder(const std::string& file, const std::string& members) {
    write_file(folder.path + "/vocab.txt",
               "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nab\n##c\né\ne\n中\n.\nAB\n##中\n");
    write_file(folder.path + "/tokenizer_config.json", "{\"do_lower_case\": true}");
    write_file(folder.path + "/" + file, "{" + members + "}");
  }
  Outcome seen() const {
    const auto t = load_tokenizer(folder.path);
    Outcome all = outcome(*t);
    all.emplace_back(t->encode("xab [SEP] ab."), t->decode(t->encode("ab . [SEP] é")));
    return all;
  }
};

void check_settings(const std::string& file, const std::vector<Setting>& settings) {
  const std::string lower = "\"do_lower_case\": true", config = "tokenizer_config.json";
  const Outcome before = TokenizerFolder(config, lower).seen();
  for (const Setting& s : settings) {
    INFO(file << ": " << s.key << " = " << s.value);
    const bool bare = file != config || std::string(s.key) == "do_lower_case";
    const TokenizerFolder f(file, text({"\"", s.key, "\": ", s.value, bare ? "" : ", " + lower}));
    if (s.then != refused) {
      CHECK((f.seen() == before) == (s.then == no_effect));
      continue;
    }
    const std::string message =
        message_of<std::runtime_error>([&] { load_tokenizer(f.folder.path); });
    INFO(message);
    CHECK(has(message, file));
    CHECK((has(message, s.key) || has(message, "additional_special_tokens")));
  }
}

TEST_CASE("tokenizer_config.json and special_tokens_map.json: every key counts or is refused",
          "[tokenizer]") {
  check_settings("tokenizer_config.json", config_keys);
  check_settings("tokenizer_config.json", named_keys);
  check_settings("special_tokens_map.json", named_keys);
  const TokenizerFolder f("tokenizer_config.json", "\"new_way\": 3");
  CHECK(has(message_of<std::runtime_error>([&] { load_tokenizer(f.folder.path); }),
            "tokenizer_config.json: \"new_way\" is 3, and gradus does not know what it changes; "
            "--ignore new_way reads the tokenizer without it"));
  CHECK(load_tokenizer(f.folder.path, {"new_way"})->size() == 13);
}

}  // namespace train_tokenizer_keys_test
