// SPDX-License-Identifier: MIT
// Reads a tokenizer.json: each part and key of the format is applied or rejected by name.
// Source: the tokenizers library 0.23, https://github.com/huggingface/tokenizers.
#include <set>

#include "gradus/base/error.h"
#include "io/json_keys.h"
#include "train/tokenizer_parts.h"

namespace gradus {
namespace {

// A sequence of one part is that part; an empty sequence is no part.
const Json* only_part(const Json* part, const char* list, const std::string& where) {
  while (part && part->is(Json::Kind::object) && part->find("type") &&
         *part->find("type") == Json("Sequence")) {
    JsonKeys keys(*part, where);
    keys.word("type", "");
    const Json::Array& parts = keys.at(list).items();
    keys.refuse_the_rest();
    if (parts.size() > 1) {
      std::string types;
      for (const Json& p : parts)
        types += (types.empty() ? "" : ", ") + (p.find("type") ? write_json(p.at("type")) : "?");
      file_error({where, " is a Sequence of ", printable(types, 200), "; expected one part"});
    }
    part = parts.empty() ? nullptr : &parts[0];
  }
  return part;
}

std::string type_of(JsonKeys& part, const char* expected) {
  const std::string type = part.word("type", "");
  if (type.empty()) part.refuse("type", expected);
  return type;
}

AddedWord added_word(const Json& json, const std::string& where) {
  JsonKeys keys(json, where);
  AddedWord w{.content = keys.at("content").string(), .id = keys.at("id").integer()};
  w.single_word = keys.flag("single_word", false);
  w.lstrip = keys.flag("lstrip", false);
  w.rstrip = keys.flag("rstrip", false);
  w.special = keys.flag("special", false);
  w.normalized = keys.flag("normalized", !w.special);
  keys.refuse_the_rest();
  return w;
}

// ---- byte pairs

void read_byte_level(const Json* part, const std::string& where, BpeSettings& s) {
  part = only_part(part, "pretokenizers", where);
  if (!part) file_error({where, ": has no pre_tokenizer; expected \"ByteLevel\""});
  JsonKeys keys(*part, where);
  if (type_of(keys, "\"ByteLevel\"") != "ByteLevel") keys.refuse("type", "\"ByteLevel\"");
  s.prefix_space = keys.at("add_prefix_space").boolean();
  keys.must_be("use_regex", true);
  keys.without_effect({"trim_offsets"});  // gradus does not report offsets
  keys.refuse_the_rest();
}

void read_merges(const Json& merges, const std::string& name, TokenizerParts& p) {
  p.merges_from = name + ": merge ";
  for (const Json& merge : merges.items()) {
    const auto number = static_cast<int64_t>(p.merges.size()) + 1;
    const std::string where = text({p.merges_from, number});
    if (!merge.is(Json::Kind::string)) {
      if (merge.items().size() != 2) file_error({where, ": expected two words"});
      p.merges.push_back({merge.items()[0].string(), merge.items()[1].string(), number});
    } else {
      p.merges.push_back(merge_in(merge.string(), where, number));
    }
  }
}

void read_bpe(const Json& model, const std::string& name, TokenizerParts& p) {
  JsonKeys keys(model, name + ": model");
  keys.word("type", "");
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (!keys.word(affix, "").empty())
      keys.refuse(affix, "none, since gradus supports only byte-level models");
  if (keys.number("dropout", 0, 0, 1) != 0)
    keys.refuse("dropout", "none, since it would split the same text in different ways");
  p.bpe->ignore_merges = keys.flag("ignore_merges", false);
  // Every byte has a word, so nothing is unknown.
  keys.without_effect({"unk_token", "fuse_unk", "byte_fallback"});
  keys.find("never_in_text");
  p.vocabulary = vocabulary_of(keys.at("vocab"));
  read_merges(keys.at("merges"), name, p);
  keys.refuse_the_rest();
}

// ---- WordPiece

void read_cleaner(const Json* part, const std::string& where, WordPieceSettings& s) {
  part = only_part(part, "normalizers", where);
  s.clean_text = s.chinese_alone = s.strip_accents = s.lower_case = false;
  if (!part) return;
  JsonKeys keys(*part, where);
  if (type_of(keys, "\"BertNormalizer\"") != "BertNormalizer")
    keys.refuse("type", "\"BertNormalizer\"");
  s.clean_text = keys.flag("clean_text", true);
  s.chinese_alone = keys.flag("handle_chinese_chars", true);
  s.lower_case = keys.flag("lowercase", true);
  s.strip_accents = keys.flag("strip_accents", s.lower_case);
  keys.refuse_the_rest();
}

void read_cutter(const Json* part, const std::string& where) {
  part = only_part(part, "pretokenizers", where);
  if (!part) file_error({where, ": has no pre_tokenizer; expected \"BertPreTokenizer\""});
  JsonKeys keys(*part, where);
  if (type_of(keys, "\"BertPreTokenizer\"") != "BertPreTokenizer")
    keys.refuse("type", "\"BertPreTokenizer\"");
  keys.refuse_the_rest();
}

void read_pieces(const Json& model, const std::string& where, TokenizerParts& p) {
  JsonKeys keys(model, where);
  keys.word("type", "");
  WordPieceSettings& s = *p.wordpiece;
  s.unknown = keys.at("unk_token").string();
  s.prefix = keys.at("continuing_subword_prefix").string();
  s.max_characters = keys.count("max_input_chars_per_word", 0, 1 << 20, 100);
  keys.find("never_in_text");
  p.vocabulary = vocabulary_of(keys.at("vocab"));
  keys.refuse_the_rest();
}

// ---- parts of both

void read_decoder(const Json* part, const std::string& where, TokenizerParts& p) {
  part = only_part(part, "decoders", where);
  if (!part) return;
  const char* const expected = p.bpe ? "ByteLevel" : "WordPiece";
  JsonKeys keys(*part, where);
  if (keys.word("type", "") != expected) keys.refuse("type", text({"\"", expected, "\""}));
  if (p.bpe) {
    keys.without_effect({"add_prefix_space", "trim_offsets", "use_regex"});  // for other parts
  } else {
    keys.must_be("prefix", p.wordpiece->prefix);
    p.wordpiece->join_punctuation = keys.flag("cleanup", true);
  }
  keys.refuse_the_rest();
}

// The special words of a template by name: each is one word with its id.
void check_template_words(const Json* list, const std::string& where, TokenizerParts& p) {
  if (!list) return;
  for (const auto& [name, entry] : list->members()) {
    JsonKeys word(entry, where + ": special_tokens: " + printable(name));
    word.must_be("id", name);
    word.must_be("tokens", Json(Json::Array{Json(name)}));
    word.must_be("ids", Json(Json::Array{Json(p.number_of(name))}));
    word.refuse_the_rest();
  }
}

std::string template_of(const Json& single, const std::string& where) {
  std::string words;
  for (const Json& part : single.items()) {
    JsonKeys one(part, where + ": single");
    const bool is_text = one.find("Sequence") != nullptr;
    JsonKeys what(is_text ? one.at("Sequence") : one.at("SpecialToken"), where + ": single");
    what.must_be("type_id", 0);
    words += (words.empty() ? "" : " ") +
             (is_text ? "$" + what.at("id").string() : what.at("id").string());
    what.refuse_the_rest();
    one.refuse_the_rest();
  }
  return words;
}

// The special words placed around a text: [CLS] and [SEP], or none.
void read_frame(const Json* part, const std::string& where, TokenizerParts& p) {
  part = only_part(part, "processors", where);
  if (!part) return;
  JsonKeys keys(*part, where);
  const std::string type = keys.word("type", "");
  const std::string frame = p.bpe ? "$A" : "[CLS] $A [SEP]";
  const std::string expected =
      p.bpe ? "\"ByteLevel\", since a BPE text has no frame" : "[CLS], the text, [SEP]";
  if (type == "ByteLevel" && p.bpe) {
    keys.without_effect({"add_prefix_space", "trim_offsets", "use_regex"});
  } else if (type == "BertProcessing" && !p.bpe) {
    for (const auto& [key, word] : {std::pair("cls", "[CLS]"), {"sep", "[SEP]"}})
      keys.must_be(key, Json(Json::Array{Json(word), Json(p.number_of(word))}));
  } else if (type == "TemplateProcessing") {
    if (template_of(keys.at("single"), where) != frame) keys.refuse("single", expected);
    check_template_words(keys.find("special_tokens"), where, p);
    keys.without_effect({"pair"});
  } else {
    keys.refuse("type", expected);
  }
  keys.refuse_the_rest();
}

// Libraries set both for each text; truncation removes the end of a text.
void read_lengths(JsonKeys& all, const std::string& name) {
  if (const Json* cut = all.find("truncation")) {
    JsonKeys keys(*cut, name + ": truncation");
    keys.must_be("direction", "Right");
    keys.without_effect({"max_length", "strategy", "stride"});
    keys.refuse_the_rest();
  }
  if (const Json* fill = all.find("padding")) {
    JsonKeys keys(*fill, name + ": padding");
    keys.without_effect(
        {"strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token"});
    keys.refuse_the_rest();
  }
}

}  // namespace

TokenizerParts::Merge merge_in(std::string_view line, const std::string& where, int64_t number) {
  const size_t blank = line.find(' ');
  if (blank == line.npos || line.find(' ', blank + 1) != line.npos)
    file_error({where, ": ", printable(line), " is not a merge; expected two words"});
  return {std::string(line.substr(0, blank)), std::string(line.substr(blank + 1)), number};
}

TokenizerParts parts_of_json(const Json& json, const std::string& name,
                             const std::vector<std::string>& ignored) {
  JsonKeys all(json, name);
  const Json& model = all.at("model");
  const std::string type = model.at("type").string();
  TokenizerParts p(name);
  all.must_be("version", "1.0");
  read_lengths(all, name);
  if (type == "BPE") {
    p.bpe.emplace();
    read_bpe(model, name, p);
    if (only_part(all.find("normalizer"), "normalizers", name + ": normalizer"))
      all.refuse("normalizer", "none, since a byte-level BPE model does not change text");
    read_byte_level(all.find("pre_tokenizer"), name + ": pre_tokenizer", *p.bpe);
  } else if (type == "WordPiece") {
    p.wordpiece.emplace();
    read_pieces(model, name + ": model", p);
    read_cleaner(all.find("normalizer"), name + ": normalizer", *p.wordpiece);
    read_cutter(all.find("pre_tokenizer"), name + ": pre_tokenizer");
  } else {
    file_error({name, ": the model is ", printable(type), "; expected BPE or WordPiece"});
  }
  if (const Json* added = all.find("added_tokens"))
    for (const Json& word : added->items()) p.add(added_word(word, name + ": added_tokens"), name);
  if (const Json* hidden = model.find("never_in_text")) {
    std::set<int64_t> ids;
    for (const Json& id : hidden->items()) ids.insert(id.integer());
    for (AddedWord& w : p.added) w.never_in_text = ids.contains(w.id);
  }
  read_decoder(all.find("decoder"), name + ": decoder", p);
  read_frame(all.find("post_processor"), name + ": post_processor", p);
  all.refuse_the_rest(ignored);
  return p;
}

}  // namespace gradus
