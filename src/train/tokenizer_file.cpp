// SPDX-License-Identifier: MIT
// Tokenizers as JSON, in Hugging Face's format where there is one, and vocabulary files.
#include "gradus/train/tokenizer_file.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "gradus/base/utf8.h"
#include "gradus/data/text.h"
#include "gradus/io/file.h"
#include "gradus/io/regular_file.h"
#include "train/tokenizer_parts.h"

namespace gradus {
namespace {

constexpr const char* bert_marks[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
bool is_bert_mark(const std::string& word) {
  return std::find(std::begin(bert_marks), std::end(bert_marks), word) != std::end(bert_marks);
}

// ---- writing

Json added_tokens(const Tokenizer& t) {
  Json all = Json::array();
  for (const AddedWord& w : t.added().all()) {
    Json token;
    token["id"] = w.id;
    token["content"] = w.content;
    token["single_word"] = w.single_word;
    token["lstrip"] = w.lstrip;
    token["rstrip"] = w.rstrip;
    token["normalized"] = w.normalized;
    token["special"] = w.special;
    all.push_back(token);
  }
  return all;
}

// Words that are never matched in text. The key is specific to gradus; the library ignores it.
Json never_in_text(const Tokenizer& t) {
  Json ids = Json::array();
  for (const AddedWord& w : t.added().all())
    if (w.never_in_text) ids.push_back(w.id);
  return ids;
}

Json vocabulary(const Tokenizer& t, bool bytes) {
  Json::Object all;
  for (int64_t i = 0; i < t.size(); ++i) {
    const AddedWord* w = t.added().find(i);
    if (!w) all.emplace_back(bytes ? byte_level_spelling(t.word(i)) : t.word(i), i);
    else if (w->in_model) all.emplace_back(w->content, i);
  }
  return Json(std::move(all));
}

Json byte_level(bool prefix_space) {
  Json part;
  part["type"] = "ByteLevel";
  part["add_prefix_space"] = prefix_space;
  part["trim_offsets"] = true;
  part["use_regex"] = true;
  return part;
}

Json bpe_json(const BpeTokenizer& t) {
  Json model;
  model["type"] = "BPE";
  for (const char* none :
       {"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"})
    model[none] = nullptr;
  for (const char* off : {"fuse_unk", "byte_fallback"}) model[off] = false;
  model["ignore_merges"] = t.ignore_merges();
  model["never_in_text"] = never_in_text(t);
  model["vocab"] = vocabulary(t, true);
  Json merges = Json::array();
  for (const auto& [left, right] : t.merges()) {
    Json pair = Json::array();
    pair.push_back(byte_level_spelling(t.word(left)));
    pair.push_back(byte_level_spelling(t.word(right)));
    merges.push_back(std::move(pair));
  }
  model["merges"] = std::move(merges);
  Json all;
  all["version"] = "1.0";
  all["truncation"] = nullptr;
  all["padding"] = nullptr;
  all["added_tokens"] = added_tokens(t);
  all["normalizer"] = nullptr;
  all["pre_tokenizer"] = byte_level(t.prefix_space());
  all["post_processor"] = nullptr;
  all["decoder"] = byte_level(t.prefix_space());
  all["model"] = std::move(model);
  return all;
}

Json wordpiece_json(const WordPieceTokenizer& t) {
  Json cleaner, cutter, decoder, model;
  const WordPieceSettings& o = t.settings();
  cleaner["type"] = "BertNormalizer";
  cleaner["clean_text"] = o.clean_text;
  cleaner["handle_chinese_chars"] = o.chinese_alone;
  cleaner["strip_accents"] = o.strip_accents;
  cleaner["lowercase"] = o.lower_case;
  cutter["type"] = "BertPreTokenizer";
  decoder["type"] = "WordPiece";
  decoder["prefix"] = o.prefix;
  decoder["cleanup"] = o.join_punctuation;
  model["type"] = "WordPiece";
  model["unk_token"] = o.unknown;
  model["continuing_subword_prefix"] = o.prefix;
  model["max_input_chars_per_word"] = o.max_characters;
  model["never_in_text"] = never_in_text(t);
  model["vocab"] = vocabulary(t, false);
  Json all;
  all["version"] = "1.0";
  all["truncation"] = nullptr;
  all["padding"] = nullptr;
  all["added_tokens"] = added_tokens(t);
  all["normalizer"] = cleaner;
  all["pre_tokenizer"] = cutter;
  all["post_processor"] = nullptr;
  all["decoder"] = decoder;
  all["model"] = std::move(model);
  return all;
}

// ---- reading

std::unique_ptr<Tokenizer> plain_from(const Json& json, const std::string& kind) {
  std::vector<std::string> words, specials;
  for (const Json& word : json.at("words").items()) words.push_back(word.string());
  for (const Json& word : json.at("specials").items()) specials.push_back(word.string());
  if (kind == "char") return std::make_unique<CharTokenizer>(words, specials);
  const std::vector<int64_t> ids = first_ids(specials.size());
  specials.insert(specials.end(), words.begin(), words.end());
  return std::make_unique<WordTokenizer>(specials, ids);
}

// Turns an argument error of a tokenizer into an error of the file.
template <class F> auto from_file(const std::string& name, F f) {
  try {
    return f();
  } catch (const std::invalid_argument& e) {
    file_error({name, ": ", e.what()});
  } catch (const std::runtime_error& e) {
    if (!std::string_view(e.what()).starts_with("json: ")) throw;
    file_error({name, ": ", e.what()});
  }
}

}  // namespace

Json tokenizer_json(const Tokenizer& t) {
  if (const auto* bpe = dynamic_cast<const BpeTokenizer*>(&t)) return bpe_json(*bpe);
  if (const auto* pieces = dynamic_cast<const WordPieceTokenizer*>(&t))
    return wordpiece_json(*pieces);
  Json all;
  all["type"] = t.kind();
  all["specials"] = Json::array();
  all["words"] = Json::array();
  for (int64_t i = 0; i < t.size(); ++i)
    all[t.is_special(i) ? "specials" : "words"].push_back(t.word(i));
  return all;
}

std::unique_ptr<Tokenizer> tokenizer_from(const Json& json, const std::string& name) {
  return from_file(name, [&]() -> std::unique_ptr<Tokenizer> {
    const Json* type = json.is(Json::Kind::object) ? json.find("type") : nullptr;
    if (type && (*type == Json("char") || *type == Json("word")))
      return plain_from(json, type->string());
    return parts_of_json(json, name).make();
  });
}

std::unique_ptr<Tokenizer> run_tokenizer(const Json& json, const std::string& name) {
  if (!json.is(Json::Kind::object) || !json.find("model")) return tokenizer_from(json, name);
  return from_file(name, [&] {
    TokenizerParts p = parts_of_json(json, name);
    // In runs of the first versions only WordPiece matched special words, BERT's five, in text.
    if (!json.at("model").find("never_in_text"))
      for (AddedWord& w : p.added)
        w.never_in_text = w.special && !(p.wordpiece && is_bert_mark(w.content));
    return p.make();
  });
}

// ---- files
namespace {

std::string beside(const std::string& path, const char* name) {
  return (std::filesystem::path(path).parent_path() / name).string();
}
std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

// Calls f(line, number) for the lines of a file, without a byte order mark, CR, and empty lines at
// the end.
template <class F> void each_line(const std::string& path, F f) {
  const std::string all = read_regular_file(path);
  std::string_view rest = all;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  while (rest.ends_with('\n') || rest.ends_with('\r')) rest.remove_suffix(1);
  for (int64_t number = 1; !rest.empty(); ++number) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    f(line, number);
  }
}

// vocab.json does not list special words: they are those that are neither bytes nor merge results.
TokenizerParts parts_of_vocab_json(const std::string& path) {
  TokenizerParts p(path);
  p.vocabulary = vocabulary_of(parse_json(read_regular_file(path), path));
  const std::string merges = beside(path, "merges.txt");
  p.bpe.emplace();
  p.merges_from = merges + ": line ";
  std::set<std::string> made;
  each_line(merges, [&](std::string_view line, int64_t number) {
    if (line.empty() || (number == 1 && line.starts_with("#version"))) return;
    p.merges.push_back(merge_in(line, text({p.merges_from, number}), number));
    made.insert(p.merges.back().left + p.merges.back().right);
  });
  for (const auto& [word, id] : p.vocabulary) {
    const bool byte = spells_bytes(word) && bytes_of_spelling(word).size() == 1;
    if (byte || made.contains(word)) continue;
    const bool end = word == "<|endoftext|>";
    p.add({.content = word, .id = id, .special = true, .never_in_text = !end}, path);
  }
  return p;
}

// BERT's format: one word per line. Whether it is lower case follows from the words.
TokenizerParts parts_of_vocab_txt(const std::string& path) {
  TokenizerParts p(path);
  bool capitals = false;
  each_line(path, [&](std::string_view line, int64_t number) {
    if (line.empty() || !is_utf8(line))
      file_error({path, ": line ", number, ": ", printable(line), " is not a word"});
    if (!p.vocabulary.emplace(line, number - 1).second)
      file_error({path, ": line ", number, ": ", printable(line), " occurs twice in the file"});
    if (!line.starts_with('['))
      capitals = capitals ||
                 std::any_of(line.begin(), line.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  });
  p.wordpiece.emplace();
  p.wordpiece->lower_case = p.wordpiece->strip_accents = !capitals;
  for (const char* mark : bert_marks)
    if (const int64_t id = p.number_of(mark); id >= 0)
      p.add({.content = mark, .id = id, .special = true}, path);
  return p;
}

TokenizerParts parts_of_file(const std::string& path, const std::vector<std::string>& ignored) {
  if (path.ends_with(".txt")) return parts_of_vocab_txt(path);
  if (file_name(path) == "vocab.json") return parts_of_vocab_json(path);
  return parts_of_json(parse_json(read_regular_file(path), path), path, ignored);
}

std::unique_ptr<Tokenizer> load_folder(const std::string& path,
                                       const std::vector<std::string>& ignored) {
  for (const char* name : {"tokenizer.json", "vocab.json", "vocab.txt"})
    if (const std::string file = path + "/" + name; std::filesystem::exists(file))
      return from_file(file, [&] {
        TokenizerParts p = parts_of_file(file, ignored);
        take_folder(p, path, file.ends_with("tokenizer.json"), ignored);
        return p.make();
      });
  file_error({path, ": contains no tokenizer.json, vocab.json or vocab.txt"});
}

void write_vocab_txt(const Tokenizer& t, const std::string& path) {
  std::string all;
  for (const std::string& word : t.words()) all += word + "\n";
  write_file(path, all);
}

void write_vocab_json(const BpeTokenizer& t, const std::string& path) {
  std::string merges = "#version: 0.2\n";
  for (const auto& [left, right] : t.merges())
    merges += byte_level_spelling(t.word(left)) + " " + byte_level_spelling(t.word(right)) + "\n";
  write_file(path, write_json(vocabulary(t, true)));
  write_file(beside(path, "merges.txt"), merges);
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer(const std::string& path,
                                          const std::vector<std::string>& ignored) {
  if (std::filesystem::is_directory(path)) return load_folder(path, ignored);
  const bool has_parts = path.ends_with(".txt") || file_name(path) == "vocab.json";
  return from_file(path, [&] {
    return has_parts ? parts_of_file(path, ignored).make()
                     : tokenizer_from(parse_json(read_regular_file(path), path), path);
  });
}

void save_tokenizer(const Tokenizer& t, const std::string& path) {
  const std::string name = file_name(path);
  const auto* bpe = dynamic_cast<const BpeTokenizer*>(&t);
  if (bpe && name == "vocab.json") return write_vocab_json(*bpe, path);
  if (std::string_view(t.kind()) == "wordpiece" && name.ends_with(".txt"))
    return write_vocab_txt(t, path);
  if (name == "vocab.json" || !name.ends_with(".json"))
    argument_error({"save_tokenizer: ", printable(name), " cannot store a ", t.kind(),
                    " tokenizer; expected a name that ends in .json"});
  write_file(path, write_json(tokenizer_json(t)) + "\n");
}

}  // namespace gradus
