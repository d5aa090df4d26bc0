// SPDX-License-Identifier: MIT
// Reads the tokenizer of a folder and the modules of a sentence model: each key of their files is
// read or refused.
// Source: sentence-transformers 2 to 6, sentence_transformers/base/modules.
#include <algorithm>
#include <filesystem>
#include <set>

#include "gradus/data/bpe.h"
#include "gradus/data/wordpiece.h"
#include "gradus/io/json.h"
#include "gradus/io/regular_file.h"
#include "gradus/train/tokenizer_file.h"
#include "io/json_keys.h"
#include "models/tasks/mlm_task.h"
#include "tools/exchange/hugging_face_folder.h"

namespace gradus::tools {
namespace {

// The JSON of a file, or an empty object if there is no file.
Json page(const std::string& path) {
  return std::filesystem::exists(path) ? parse_json(read_regular_file(path), path, {.wide = true})
                                       : Json::object();
}

constexpr const char* way_out = "reads the model as if it changed nothing";

// ---- tokenizers

// A model's table may have more rows than the tokenizer has words: the rest become special tokens
// without text.
std::shared_ptr<const Tokenizer> filled_up(std::shared_ptr<const Tokenizer> t, int64_t vocab) {
  std::vector<std::string> words = t->words();
  std::vector<AddedWord> added = t->added().all();
  const auto* bpe = dynamic_cast<const BpeTokenizer*>(t.get());
  for (int64_t id = t->size(); id < vocab; ++id) {
    words.push_back(text({bpe ? "<|row_" : "[row_", id, bpe ? "|>" : "]"}));
    added.push_back({.content = words.back(), .id = id, .special = true, .never_in_text = true});
  }
  if (bpe)
    return std::make_shared<BpeTokenizer>(words, BpeSettings{.merges = bpe->merges(),
                                                             .prefix_space = bpe->prefix_space(),
                                                             .ignore_merges = bpe->ignore_merges(),
                                                             .added = std::move(added)});
  WordPieceSettings settings = dynamic_cast<const WordPieceTokenizer&>(*t).settings();
  settings.added = std::move(added);
  return std::make_shared<WordPieceTokenizer>(words, std::move(settings));
}

}  // namespace

std::shared_ptr<const Tokenizer> read_tokenizer(const std::string& path, HuggingFaceModel& m,
                                                const std::vector<std::string>& ignored) {
  std::shared_ptr<const Tokenizer> t = load_tokenizer(path, ignored);
  const bool bert = m.bert.has_value();
  if (bert) try {
      BertWords::of(*t);
    } catch (const std::invalid_argument& e) {
      file_error({path, ": ", e.what()});
    }
  const int64_t vocab = bert ? m.bert->vocab : m.gpt->vocab;
  if (t->size() > vocab)
    file_error({path, "/config.json: \"vocab_size\" is ", vocab, "; the tokenizer has ", t->size(),
                " words"});
  if (t->size() == vocab) return t;
  m.notes.push_back(text({"the tokenizer has ", t->size(), " words, the model ", vocab,
                          ": the others are special tokens without text"}));
  return filled_up(std::move(t), vocab);
}

// ---- sentence models
namespace {

// "sentence_transformers.models.Pooling" -> "Pooling". Modules of other packages run other code.
std::string module_kind(const std::string& type) {
  return type.starts_with("sentence_transformers.") ? type.substr(type.rfind('.') + 1) : type;
}

// The pooling modes: from one name, or from flags, of which the mean is on by default.
std::vector<std::string> pooling_in(JsonKeys& page) {
  const std::string word = page.word("pooling_mode", "");
  std::vector<std::string> on;
  for (const char* mode : {"cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens",
                           "weightedmean_tokens", "lasttoken"}) {
    const bool standard = word.empty() && std::string_view(mode) == "mean_tokens";
    if (page.flag(text({"pooling_mode_", mode}), standard)) on.push_back(mode);
  }
  if (word.empty()) return on;
  if (!on.empty()) page.refuse("pooling_mode", "no pooling_mode_... flags with it");
  return {word};
}

TextPooling read_pooling(JsonKeys& page, const HuggingFaceModel& m,
                         const std::vector<std::string>& ignored) {
  for (const char* width : {"word_embedding_dimension", "embedding_dimension"})
    page.must_be(width, m.bert->d_model);
  const std::vector<std::string> on = pooling_in(page);
  page.without_effect({"include_prompt"});  // gradus uses no prompt
  page.refuse_the_rest(ignored, way_out);
  const auto is = [&](const char* flag, const char* word) {
    return on.size() == 1 && (on[0] == flag || on[0] == word);
  };
  if (is("mean_tokens", "mean")) return TextPooling::mean;
  if (is("cls_token", "cls")) return TextPooling::first;
  std::string found;
  for (const std::string& word : on) found += (found.empty() ? "" : " and ") + printable(word);
  file_error({page.where(), ": the pooling is ", found.empty() ? "missing" : found,
              "; expected pooling_mode_mean_tokens or pooling_mode_cls_token alone"});
}

void check_prompts(const std::string& path, const std::vector<std::string>& ignored) {
  const std::string file = path + "/config_sentence_transformers.json";
  const Json json = page(file);
  JsonKeys keys(json, file);
  if (keys.find("default_prompt_name"))
    keys.refuse("default_prompt_name", "none: gradus adds no prompt to a text");
  keys.must_be("model_type", "SentenceTransformer");
  // Unused prompts, and the similarity measure, which does not change the vectors.
  keys.without_effect({"__version__", "prompts", "similarity_fn_name"});
  keys.refuse_the_rest(ignored, way_out);
}

struct Modules {
  std::string order, pooling;  // "Transformer, Pooling"; the folder of the latter
};
Modules read_modules(const std::string& file) {
  const Json list = parse_json(read_regular_file(file), file);
  Modules all;
  std::set<std::string> names;
  for (const Json& module : list.items()) {
    JsonKeys keys(module, text({file, ": module ", static_cast<int64_t>(names.size()) + 1}));
    const std::string kind = module_kind(keys.at("type").string());
    const std::string folder = keys.at("path").string();
    all.order += (all.order.empty() ? "" : ", ") + kind;
    if (kind == "Pooling") all.pooling = folder;
    if (folder.starts_with('/') || folder.find("..") != folder.npos)
      keys.refuse("path", "a folder inside that of the model");
    if (kind == "Transformer" && !folder.empty())
      file_error(
          {file, ": the Transformer is in ", printable(folder), "; expected this folder, \"\""});
    if (!names.insert(keys.word("name", text({"module ", names.size()}))).second)
      keys.refuse("name", "another name for each module");
    if (const Json* more = keys.find("kwargs"); more && !(*more == Json::array()))
      keys.refuse("kwargs", "none");
    keys.without_effect({"idx"});
    keys.refuse_the_rest();
  }
  return all;
}

// Requires that the model maps the tokens of a text to a vector for each token.
void check_modality(JsonKeys& page) {
  const Json* all = page.find("modality_config");
  if (!all) return;
  JsonKeys kinds(*all, page.where() + ": modality_config");
  JsonKeys words(kinds.at("text"), kinds.where() + ": text");
  words.must_be("method", "forward");
  words.must_be("method_output_name", "last_hidden_state");
  words.refuse_the_rest();
}

}  // namespace

int64_t read_max_tokens(const std::string& path, const HuggingFaceModel& m, const Tokenizer& t,
                        const std::vector<std::string>& ignored) {
  const std::string own = path + "/sentence_bert_config.json";
  const std::string other = path + "/tokenizer_config.json";
  const Json own_json = page(own), other_json = page(other);
  JsonKeys keys(own_json, own), config(other_json, other);
  const auto* pieces = dynamic_cast<const WordPieceTokenizer*>(&t);
  if (pieces && pieces->lower_case()) keys.flag("do_lower_case", false);
  else keys.must_be("do_lower_case", false);
  keys.must_be("transformer_task", "feature-extraction");
  keys.must_be("module_output_name", "token_embeddings");
  keys.must_be("processing_kwargs", Json::object());
  check_modality(keys);
  keys.without_effect(
      {"max_seq_length", "unpad_inputs"});  // the first is read below, the second changes no result
  keys.refuse_the_rest(ignored, way_out);
  for (JsonKeys* p : {&keys, &config}) {
    const char* key = p == &keys ? "max_seq_length" : "model_max_length";
    const Json* length = p->find(key);
    if (!length) continue;
    if (p == &config && length->is(Json::Kind::number))
      continue;  // a number too large for any length
    if (!length->is(Json::Kind::integer) || length->integer() < 3)
      p->refuse(key, "a whole number, 3 or more");
    return std::min(length->integer(), m.bert->block);
  }
  return m.bert->block;
}

SentenceOptions read_sentence_modules(const std::string& path, const HuggingFaceModel& m,
                                      const Tokenizer& tokenizer,
                                      const std::vector<std::string>& ignored) {
  const std::string file = path + "/modules.json";
  if (!m.bert) file_error({file, ": is a sentence model on GPT-2; expected a BertModel"});
  const Modules modules = read_modules(file);
  const std::string& order = modules.order;
  if (order != "Transformer, Pooling" && order != "Transformer, Pooling, Normalize")
    file_error({file, ": the modules are ", printable(order, 200),
                "; expected Transformer, Pooling and optionally Normalize"});
  const std::string pooling = path + "/" + modules.pooling + "/config.json";
  if (!std::filesystem::exists(pooling))
    file_error({pooling, ": is missing, but modules.json names it"});
  check_prompts(path, ignored);
  const Json pooling_json = page(pooling);
  JsonKeys keys(pooling_json, pooling);
  return {.max_tokens = read_max_tokens(path, m, tokenizer, ignored),
          .pooling = read_pooling(keys, m, ignored),
          .normalize = order.ends_with("Normalize")};
}

}  // namespace gradus::tools
