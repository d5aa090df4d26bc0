// SPDX-License-Identifier: MIT
// Tokenizers as JSON, in Hugging Face's form where it has one, and files of vocabularies.
#include "gradus/train/tokenizer_file.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "gradus/base/utf8.h"
#include "gradus/data/bpe.h"
#include "gradus/data/text.h"
#include "gradus/data/wordpiece.h"
#include "gradus/io/file.h"

namespace gradus {
namespace {

// ---- writing

Json special_tokens(const Tokenizer& t) {
  Json all = Json::array();
  for (int64_t i : t.specials()) {
    Json token;
    token["id"] = i, token["content"] = t.word(i);
    for (const char* off : {"single_word", "lstrip", "rstrip", "normalized"}) token[off] = false;
    token["special"] = true;
    all.push_back(token);
  }
  return all;
}

Json vocabulary(const Tokenizer& t, bool bytes) {
  Json::Object all;
  for (int64_t i = 0; i < t.size(); ++i)
    all.emplace_back(bytes && !t.is_special(i) ? byte_level_spelling(t.word(i)) : t.word(i), i);
  return Json(std::move(all));
}

Json byte_level(bool prefix_space) {
  Json part;
  part["type"] = "ByteLevel", part["add_prefix_space"] = prefix_space;
  part["trim_offsets"] = true, part["use_regex"] = true;
  return part;
}

Json bpe_json(const BpeTokenizer& t) {
  Json model;
  model["type"] = "BPE";
  for (const char* none :
       {"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"})
    model[none] = nullptr;
  for (const char* off : {"fuse_unk", "byte_fallback", "ignore_merges"}) model[off] = false;
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
  all["version"] = "1.0", all["truncation"] = nullptr, all["padding"] = nullptr;
  all["added_tokens"] = special_tokens(t);
  all["normalizer"] = nullptr, all["pre_tokenizer"] = byte_level(t.prefix_space());
  all["post_processor"] = nullptr, all["decoder"] = byte_level(t.prefix_space());
  all["model"] = std::move(model);
  return all;
}

Json wordpiece_json(const WordPieceTokenizer& t) {
  Json cleaner, cutter, decoder, model;
  cleaner["type"] = "BertNormalizer", cleaner["clean_text"] = true;
  cleaner["handle_chinese_chars"] = true, cleaner["strip_accents"] = nullptr;
  cleaner["lowercase"] = t.lower_case();
  cutter["type"] = "BertPreTokenizer";
  decoder["type"] = "WordPiece", decoder["prefix"] = "##", decoder["cleanup"] = false;
  model["type"] = "WordPiece", model["unk_token"] = "[UNK]";
  model["continuing_subword_prefix"] = "##", model["max_input_chars_per_word"] = 100;
  model["vocab"] = vocabulary(t, false);
  Json all;
  all["version"] = "1.0", all["truncation"] = nullptr, all["padding"] = nullptr;
  all["added_tokens"] = special_tokens(t);
  all["normalizer"] = cleaner, all["pre_tokenizer"] = cutter, all["post_processor"] = nullptr;
  all["decoder"] = decoder, all["model"] = std::move(model);
  return all;
}

// ---- reading

// Words by their numbers, which must be 0 .. n-1.
std::vector<std::string> words_of(const Json& vocab, const Json* added, const std::string& name) {
  std::vector<std::pair<int64_t, std::string>> order;
  for (const auto& [word, id] : vocab.members()) order.emplace_back(id.integer(), word);
  if (added)
    for (const Json& token : added->items())
      order.emplace_back(token.at("id").integer(), token.at("content").string());
  std::sort(order.begin(), order.end());
  order.erase(std::unique(order.begin(), order.end()), order.end());
  std::vector<std::string> words;
  for (auto& [id, word] : order) {
    if (id != static_cast<int64_t>(words.size()))
      file_error({name, ": the vocabulary has ",
                  id < static_cast<int64_t>(words.size()) ? "two words with number "
                                                          : "no word with number ",
                  std::min(id, static_cast<int64_t>(words.size())), "; expected each of 0 to ",
                  order.size() - 1, " once"});
    words.push_back(std::move(word));
  }
  return words;
}

std::vector<int64_t> special_ids(const Json* added, const std::string& name) {
  std::vector<int64_t> ids;
  if (!added) return ids;
  for (const Json& token : added->items()) {
    if (!token.at("special").boolean())
      file_error({name, ": the added token ", printable(token.at("content").string()),
                  " is not special; gradus knows special ones alone"});
    ids.push_back(token.at("id").integer());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

// A part must be absent or of this type.
const Json* part_of_type(const Json& all, const char* part, const char* type,
                         const std::string& name) {
  const Json* found = all.find(part);
  if (!found || found->is_null()) return nullptr;
  if (!(found->at("type") == Json(type)))
    file_error({name, ": the ", part, " is ", printable(write_json(found->at("type"))),
                "; expected \"", type, "\""});
  return found;
}

// Numbers of words, from the spellings of a file.
struct Numbers {
  std::unordered_map<std::string, int64_t> all{};
  explicit Numbers(const std::vector<std::string>& words) {
    for (size_t i = 0; i < words.size(); ++i) all[words[i]] = static_cast<int64_t>(i);
  }
  int64_t of(const std::string& bytes, const std::string& where) const {
    const auto found = all.find(bytes);
    if (found == all.end())
      file_error({where, ": ", printable(bytes), " is not in the vocabulary"});
    return found->second;
  }
};

BpeTokenizer::Merge merge_of(std::string_view left, std::string_view right, const Numbers& numbers,
                             const std::string& where) {
  return {numbers.of(bytes_of_spelling(left), where), numbers.of(bytes_of_spelling(right), where)};
}

BpeTokenizer::Merge merge_of(std::string_view line, const Numbers& numbers,
                             const std::string& where) {
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos || line.find(' ', blank + 1) != std::string_view::npos)
    file_error({where, ": ", printable(line), " is no merge; expected two words"});
  return merge_of(line.substr(0, blank), line.substr(blank + 1), numbers, where);
}

std::unique_ptr<Tokenizer> bpe_from(const Json& all, const std::string& name) {
  const Json& model = all.at("model");
  for (const char* unknown : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (const Json* v = model.find(unknown); v && !v->is_null() && !(*v == Json("")))
      file_error({name, ": a BPE model with ", unknown, "; gradus knows byte-level ones alone"});
  if (const Json* normalizer = all.find("normalizer"); normalizer && !normalizer->is_null())
    file_error({name, ": has a normalizer; a byte-level BPE model changes no text"});
  const Json* level = part_of_type(all, "pre_tokenizer", "ByteLevel", name);
  if (!level) file_error({name, ": has no pre_tokenizer; expected \"ByteLevel\""});
  if (const Json* regex = level->find("use_regex"); regex && !regex->boolean())
    file_error({name, ": the pre_tokenizer has no use_regex; gradus cuts text as GPT-2 does"});
  const Json* added = all.find("added_tokens");
  const std::vector<int64_t> specials = special_ids(added, name);
  std::vector<std::string> words = words_of(model.at("vocab"), added, name);
  for (size_t i = 0; i < words.size(); ++i)
    if (!std::binary_search(specials.begin(), specials.end(), static_cast<int64_t>(i)))
      words[i] = bytes_of_spelling(words[i]);
  const Numbers numbers(words);
  std::vector<BpeTokenizer::Merge> merges;
  for (const Json& merge : model.at("merges").items()) {
    const std::string where = text({name, ": merge ", merges.size() + 1});
    if (merge.is(Json::Kind::string)) {
      merges.push_back(merge_of(merge.string(), numbers, where));
      continue;
    }
    if (merge.items().size() != 2) file_error({where, ": expected two words"});
    merges.push_back(
        merge_of(merge.items()[0].string(), merge.items()[1].string(), numbers, where));
  }
  return std::make_unique<BpeTokenizer>(std::move(words), specials, std::move(merges),
                                        level->at("add_prefix_space").boolean());
}

std::unique_ptr<Tokenizer> wordpiece_from(const Json& all, const std::string& name) {
  const Json& model = all.at("model");
  for (const auto& [setting, expected] : {std::pair("unk_token", Json("[UNK]")),
                                          {"continuing_subword_prefix", Json("##")},
                                          {"max_input_chars_per_word", Json(100)}})
    if (!(model.at(setting) == expected))
      file_error({name, ": ", setting, " is ", printable(write_json(model.at(setting))),
                  "; expected ", write_json(expected)});
  const Json* cleaner = part_of_type(all, "normalizer", "BertNormalizer", name);
  if (!cleaner || !part_of_type(all, "pre_tokenizer", "BertPreTokenizer", name))
    file_error({name, ": has no normalizer and pre_tokenizer; expected BERT's"});
  const bool lower_case = cleaner->at("lowercase").boolean();
  const Json& strips = cleaner->at("strip_accents");
  if (!cleaner->at("clean_text").boolean() || !cleaner->at("handle_chinese_chars").boolean() ||
      (!strips.is_null() && strips.boolean() != lower_case))
    file_error({name, ": the normalizer has settings other than BERT's"});
  const Json* added = all.find("added_tokens");
  return std::make_unique<WordPieceTokenizer>(words_of(model.at("vocab"), added, name), lower_case);
}

std::unique_ptr<Tokenizer> plain_from(const Json& json, const std::string& kind) {
  std::vector<std::string> words, specials;
  for (const Json& word : json.at("words").items()) words.push_back(word.string());
  for (const Json& word : json.at("specials").items()) specials.push_back(word.string());
  if (kind == "char") return std::make_unique<CharTokenizer>(words, specials);
  const std::vector<int64_t> ids = first_ids(specials.size());
  specials.insert(specials.end(), words.begin(), words.end());
  return std::make_unique<WordTokenizer>(specials, ids);
}

// What a tokenizer refuses is wrong with the file.
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
  all["specials"] = Json::array(), all["words"] = Json::array();
  for (int64_t i = 0; i < t.size(); ++i)
    all[t.is_special(i) ? "specials" : "words"].push_back(t.word(i));
  return all;
}

std::unique_ptr<Tokenizer> tokenizer_from(const Json& json, const std::string& name) {
  return from_file(name, [&]() -> std::unique_ptr<Tokenizer> {
    const Json* type = json.is(Json::Kind::object) ? json.find("type") : nullptr;
    if (type && (*type == Json("char") || *type == Json("word")))
      return plain_from(json, type->string());
    const std::string model = json.at("model").at("type").string();
    if (model == "BPE") return bpe_from(json, name);
    if (model == "WordPiece") return wordpiece_from(json, name);
    file_error({name, ": the model is ", printable(model), "; expected BPE or WordPiece"});
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

// vocab.json names no special words: they are those that are no byte and that no merge makes.
std::unique_ptr<Tokenizer> read_vocab_json(const std::string& path) {
  const std::string merges_file = beside(path, "merges.txt"), all = read_file(merges_file);
  std::vector<std::string> words = words_of(parse_json(read_file(path), path), nullptr, path);
  for (std::string& word : words) word = bytes_of_spelling(word);
  const Numbers numbers(words);
  std::vector<BpeTokenizer::Merge> merges;
  std::vector<bool> reached(words.size());
  int64_t line_number = 0;
  for (std::string_view rest = all; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (++line_number == 1 && line.starts_with("#version")) continue;
    if (line.empty()) continue;
    const std::string where = text({merges_file, ": line ", line_number});
    merges.push_back(merge_of(line, numbers, where));
    const auto& [left, right] = merges.back();
    reached[static_cast<size_t>(numbers.of(
        words[static_cast<size_t>(left)] + words[static_cast<size_t>(right)], where))] = true;
  }
  std::vector<int64_t> specials;
  for (size_t i = 0; i < words.size(); ++i)
    if (words[i].size() > 1 && !reached[i]) specials.push_back(static_cast<int64_t>(i));
  return std::make_unique<BpeTokenizer>(std::move(words), specials, std::move(merges));
}

// BERT's: a word a line; its name does not tell whether letters are small, but the words do.
std::unique_ptr<Tokenizer> read_vocab_txt(const std::string& path) {
  std::vector<std::string> words;
  const std::string all = read_file(path);
  bool capitals = false;
  for (std::string_view rest = all; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || !is_utf8(line))
      file_error({path, ": line ", words.size() + 1, ": ", printable(line), " is no word"});
    if (!line.starts_with('['))
      capitals = capitals ||
                 std::any_of(line.begin(), line.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    words.emplace_back(line);
  }
  return std::make_unique<WordPieceTokenizer>(std::move(words), !capitals);
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

std::unique_ptr<Tokenizer> load_tokenizer(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    for (const char* name : {"tokenizer.json", "vocab.json", "vocab.txt"})
      if (const std::string file = path + "/" + name; std::filesystem::exists(file))
        return load_tokenizer(file);
    file_error({path, ": holds no tokenizer.json, vocab.json or vocab.txt"});
  }
  return from_file(path, [&] {
    if (path.ends_with(".txt")) return read_vocab_txt(path);
    if (file_name(path) == "vocab.json") return read_vocab_json(path);
    return tokenizer_from(parse_json(read_file(path), path), path);
  });
}

void save_tokenizer(const Tokenizer& t, const std::string& path) {
  const std::string name = file_name(path);
  const auto* bpe = dynamic_cast<const BpeTokenizer*>(&t);
  if (bpe && name == "vocab.json") return write_vocab_json(*bpe, path);
  if (std::string_view(t.kind()) == "wordpiece" && name.ends_with(".txt"))
    return write_vocab_txt(t, path);
  if (name == "vocab.json" || !name.ends_with(".json"))
    argument_error({"save_tokenizer: ", printable(name), " cannot hold a ", t.kind(),
                    " tokenizer; expected a name that ends in .json"});
  write_file(path, write_json(tokenizer_json(t)) + "\n");
}

}  // namespace gradus
