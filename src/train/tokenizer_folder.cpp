// SPDX-License-Identifier: MIT
// The files that accompany a vocabulary: added words, special words, and text normalisation. Each
// key of tokenizer_config.json is applied, checked against the tokenizer, known not to affect
// tokens, or rejected.
// Source: transformers 4 and 5, tokenization_utils_base.py.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "gradus/base/error.h"
#include "gradus/io/regular_file.h"
#include "io/json_keys.h"
#include "train/tokenizer_parts.h"

namespace gradus {
namespace {

// Keys that do not affect tokens: file locations, batch shapes, chat templates, classes.
constexpr const char* without_effect[] = {"tokenizer_class",
                                          "processor_class",
                                          "auto_map",
                                          "name_or_path",
                                          "tokenizer_file",
                                          "vocab_file",
                                          "merges_file",
                                          "special_tokens_map_file",
                                          "is_local",
                                          "local_files_only",
                                          "backend",
                                          "from_slow",
                                          "use_fast",
                                          "legacy",
                                          "trust_remote_code",
                                          "model_input_names",
                                          "model_max_length",
                                          "max_len",
                                          "max_length",
                                          "stride",
                                          "padding",
                                          "padding_side",
                                          "truncation",
                                          "truncation_strategy",
                                          "pad_to_multiple_of",
                                          "pad_token_type_id",
                                          "return_token_type_ids",
                                          "return_attention_mask",
                                          "return_tensors",
                                          "chat_template",
                                          "response_schema",
                                          "use_default_system_prompt",
                                          "errors",
                                          "device_map",
                                          "device",
                                          "model_type",
                                          "transformers_version",
                                          "bos_token_id",
                                          "eos_token_id",
                                          "pad_token_id",
                                          "unk_token_id",
                                          "sep_token_id",
                                          "cls_token_id",
                                          "mask_token_id"};

constexpr const char* named_words[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                       "pad_token", "cls_token", "mask_token"};

Json page(const std::string& path) {
  if (!std::filesystem::exists(path)) return Json::object();
  return parse_json(read_regular_file(path), path, {.wide = true});
}

class Folder {
 public:
  Folder(TokenizerParts& parts, const std::string& path, bool from_json,
         const std::vector<std::string>& ignored)
      : parts_(parts),
        ignored_(ignored),
        config_json_(page(path + "/tokenizer_config.json")),
        map_json_(page(path + "/special_tokens_map.json")),
        added_json_(page(path + "/added_tokens.json")),
        config_(config_json_, path + "/tokenizer_config.json"),
        map_(map_json_, path + "/special_tokens_map.json"),
        added_file_(path + "/added_tokens.json"),
        from_json_(from_json) {}

  void take() {
    take_added();
    for (JsonKeys* file : {&map_, &config_}) take_named(*file);
    if (parts_.bpe) bpe_settings();
    else wordpiece_settings();
    config_.must_be("truncation_side", "right");
    if (config_.flag("split_special_tokens", false))
      for (AddedWord& w : parts_.added) w.never_in_text = w.never_in_text || w.special;
    config_.without_effect(without_effect);
    constexpr const char* way_out = "reads the tokenizer without it";
    config_.refuse_the_rest(ignored_, way_out);
    map_.refuse_the_rest(ignored_, way_out);
  }

 private:
  static AddedWord flags(const Json& json, const std::string& where) {
    JsonKeys keys(json, where);
    AddedWord w{.content = keys.at("content").string()};
    w.single_word = keys.flag("single_word", false);
    w.lstrip = keys.flag("lstrip", false);
    w.rstrip = keys.flag("rstrip", false);
    w.special = keys.flag("special", false);
    w.normalized = keys.flag("normalized", !w.special);
    keys.refuse_the_rest();
    return w;
  }

  // The newer format: all added words by id. Else the older one: only their ids.
  void take_added() {
    if (const Json* decoder = config_.find("added_tokens_decoder")) {
      for (const auto& [number, word] : decoder->members()) {
        AddedWord w = flags(word, text({config_.where(), ": added_tokens_decoder: ", number}));
        w.id = number_in(number);
        parts_.add(std::move(w), config_.where());
      }
    }
    const std::set<std::string> special = all_named();
    for (const auto& [content, number] : added_json_.members()) {
      const AddedWord* known = parts_.find_added(content);
      if (!known && config_.find("added_tokens_decoder"))
        file_error({added_file_, ": ", printable(content),
                    " is not in added_tokens_decoder of tokenizer_config.json, which libraries "
                    "read instead of this file"});
      AddedWord w{.content = content, .special = special.contains(content)};
      w.normalized = !w.special;
      if (known) w = *known;
      w.id = number.integer();
      if (!from_json_) w.never_in_text = false;  // from a vocab.json, which lists no special words
      parts_.add(std::move(w), added_file_);
    }
  }

  int64_t number_in(const std::string& key) {
    int64_t number = 0;
    for (char c : key) {
      if (c < '0' || c > '9' || number > INT32_MAX)
        config_.refuse("added_tokens_decoder", "ids of words");
      number = 10 * number + (c - '0');
    }
    return number;
  }

  // ---- words with a name, such as pad_token

  static const Json* content_of(const Json* value) {
    return value && value->is(Json::Kind::object) ? value->find("content") : value;
  }
  static std::vector<const Json*> listed(JsonKeys& file) {
    std::vector<const Json*> all;
    for (const char* key : {"additional_special_tokens", "extra_special_tokens"}) {
      const Json* list = file.find(key);
      if (list && list->is(Json::Kind::array))
        for (const Json& word : list->items()) all.push_back(&word);
      if (list && list->is(Json::Kind::object))
        for (const auto& [name, word] : list->members()) all.push_back(&word);
    }
    return all;
  }
  std::set<std::string> all_named() {
    std::set<std::string> all;
    for (JsonKeys* file : {&map_, &config_}) {
      for (const char* key : named_words)
        if (const Json* word = content_of(file->find(key))) all.insert(word->string());
      for (const Json* word : listed(*file)) all.insert(content_of(word)->string());
    }
    return all;
  }

  void take_named(JsonKeys& file) {
    for (const char* key : named_words) {
      const Json* value = file.find(key);
      if (!value || is_ignored(key)) continue;
      check_name(file, key, content_of(value)->string());
      take_special(file, key, *value);
    }
    for (const Json* value : listed(file)) take_special(file, "additional_special_tokens", *value);
  }
  bool is_ignored(const std::string& key) const {
    return std::find(ignored_.begin(), ignored_.end(), key) != ignored_.end();
  }

  // A special word is matched in texts; one that is already added keeps its flags.
  void take_special(JsonKeys& file, const char* key, const Json& value) {
    AddedWord w{.content = content_of(&value)->string()};
    if (value.is(Json::Kind::object)) {
      JsonKeys keys(value, text({file.where(), ": ", key}));
      keys.word("content", "");
      w.single_word = keys.flag("single_word", false);
      w.lstrip = keys.flag("lstrip", false);
      w.rstrip = keys.flag("rstrip", false);
      w.normalized = keys.flag("normalized", false);
      keys.flag("special", true);
      keys.refuse_the_rest();
    }
    w.special = true;
    w.id = parts_.number_of(w.content);
    if (w.id < 0)
      file_error({file.where(), ": \"", key, "\" is ", printable(w.content),
                  ", which is not in the vocabulary; --ignore ", key,
                  " reads the tokenizer without it"});
    AddedWord* known = parts_.find_added(w.content);
    if (!known) parts_.add(std::move(w), file.where());
    else if (!from_json_) known->never_in_text = false;
  }

  // gradus knows BERT's words by their usual names, and GPT-2's end of text.
  void check_name(const JsonKeys& file, const std::string& key, const std::string& content) {
    const std::map<std::string, std::string> usual =
        parts_.bpe ? std::map<std::string, std::string>{{"bos_token", "<|endoftext|>"},
                                                        {"eos_token", "<|endoftext|>"}}
                   : std::map<std::string, std::string>{{"cls_token", "[CLS]"},
                                                        {"sep_token", "[SEP]"},
                                                        {"mask_token", "[MASK]"},
                                                        {"pad_token", "[PAD]"},
                                                        {"unk_token", parts_.wordpiece->unknown}};
    const auto expected = usual.find(key);
    if (expected != usual.end() && content != expected->second)
      file.refuse(key, expected->second + "; --ignore " + key + " ignores it");
  }

  // ---- text normalisation

  void bpe_settings() {
    if (from_json_) config_.must_be("add_prefix_space", parts_.bpe->prefix_space);
    else parts_.bpe->prefix_space = config_.flag("add_prefix_space", false);
    for (const char* end : {"add_bos_token", "add_eos_token"}) config_.must_be(end, false);
    // transformers 5 does neither for byte pairs.
    config_.without_effect({"clean_up_tokenization_spaces", "unk_token"});
    config_.must_be("clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output",
                    false);
  }

  // This file sets the normalisation of a vocab.txt, which has none. A tokenizer.json must agree.
  void wordpiece_settings() {
    WordPieceSettings& s = *parts_.wordpiece;
    const bool lower = config_.flag("do_lower_case", s.lower_case);
    if (from_json_ && lower != s.lower_case)
      config_.refuse("do_lower_case",
                     "the value in tokenizer.json, " + write_json(Json(s.lower_case)));
    if (!from_json_) s.strip_accents = s.lower_case = lower;
    const bool strip = config_.flag("strip_accents", s.strip_accents);
    const bool chinese = config_.flag("tokenize_chinese_chars", s.chinese_alone);
    if (from_json_ && strip != s.strip_accents)
      config_.refuse("strip_accents",
                     "the value in tokenizer.json, " + write_json(Json(s.strip_accents)));
    if (from_json_ && chinese != s.chinese_alone)
      config_.refuse("tokenize_chinese_chars",
                     "the value in tokenizer.json, " + write_json(Json(s.chinese_alone)));
    s.strip_accents = strip;
    s.chinese_alone = chinese;
    config_.must_be("do_basic_tokenize", true);
    if (const Json* kept = config_.find("never_split"); kept && !(*kept == Json::array()))
      config_.refuse("never_split", "none; such words can be added to tokenizer.json");
    if (config_.flag("clean_up_tokenization_spaces", false)) s.join_punctuation = true;
    for (const char* frame : {"add_bos_token", "add_eos_token"}) config_.must_be(frame, false);
  }

  TokenizerParts& parts_;
  const std::vector<std::string>& ignored_;
  Json config_json_, map_json_, added_json_;
  JsonKeys config_, map_;
  std::string added_file_;
  bool from_json_;  // whether a tokenizer.json sets the normalisation
};

}  // namespace

void take_folder(TokenizerParts& parts, const std::string& folder, bool from_json,
                 const std::vector<std::string>& ignored) {
  Folder(parts, folder, from_json, ignored).take();
}

}  // namespace gradus
