// SPDX-License-Identifier: MIT
// Tokenizers of a folder, and the parts of a sentence model.
#include <algorithm>
#include <filesystem>

#include "gradus/data/bpe.h"
#include "gradus/data/wordpiece.h"
#include "gradus/io/json.h"
#include "gradus/io/regular_file.h"
#include "gradus/train/tokenizer_file.h"
#include "models/mlm_task.h"
#include "tools/hugging_face_folder.h"

namespace gradus::tools {
namespace {

bool exists(const std::string& path) { return std::filesystem::exists(path); }

// The JSON of a file, or an object without members where there is none.
struct Page {
  std::string file;
  Json json;
  explicit Page(const std::string& path) : file(path), json(Json::object()) {
    if (exists(path)) json = parse_json(read_regular_file(path), path, {.wide = true});
    if (!json.is(Json::Kind::object)) file_error({path, ": is no JSON object"});
  }
  const Json* find(const char* key) const {
    const Json* value = json.find(key);
    return value && !value->is_null() ? value : nullptr;
  }
  [[noreturn]] void refuse(const char* key, const std::string& expected) const {
    const Json* value = json.find(key);
    file_error({file, ": \"", key, "\" is ",
                value ? printable(write_json(*value), 100) : std::string("missing"), "; expected ",
                expected});
  }
  void must_be(const char* key, const Json& expected) const {
    if (const Json* value = find(key); value && !(*value == expected))
      refuse(key, write_json(expected));
  }
};

// ---- tokenizers

// A model's table may have more rows than the tokenizer has words: they become special words, which
// stand for no text.
std::shared_ptr<const Tokenizer> filled_up(std::shared_ptr<const Tokenizer> t, int64_t vocab) {
  std::vector<std::string> words = t->words();
  std::vector<AddedWord> added = t->added().all();
  const auto* bpe = dynamic_cast<const BpeTokenizer*>(t.get());
  for (int64_t id = t->size(); id < vocab; ++id) {
    words.push_back(text({bpe ? "<|row_" : "[row_", id, bpe ? "|>" : "]"}));
    added.push_back(
        {.content = words.back(), .id = id, .special = true, .never_in_text = true});
  }
  if (bpe)
    return std::make_shared<BpeTokenizer>(words,
                                          BpeSettings{.merges = bpe->merges(),
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
                          ": the others are special words, which stand for no text"}));
  return filled_up(std::move(t), vocab);
}

// ---- sentence models
namespace {

// "sentence_transformers.models.Pooling" -> "Pooling".
std::string last_part(const std::string& type) { return type.substr(type.rfind('.') + 1); }

TextPooling read_pooling(const Page& page, const HuggingFaceModel& m) {
  constexpr std::string_view mode = "pooling_mode_";
  const char* known = "\"mean\" or \"cls\"";
  std::vector<std::string> on;
  for (const auto& [key, value] : page.json.members())
    if (key.starts_with(mode) && value == Json(true)) on.push_back(key.substr(mode.size()));
  if (const Json* word = page.find("pooling_mode")) {
    if (!on.empty() || !word->is(Json::Kind::string)) page.refuse("pooling_mode", known);
    on = {word->string()};
  }
  for (const char* width : {"word_embedding_dimension", "embedding_dimension"})
    page.must_be(width, m.bert->d_model);
  if (on == std::vector<std::string>{"mean_tokens"} || on == std::vector<std::string>{"mean"})
    return TextPooling::mean;
  if (on == std::vector<std::string>{"cls_token"} || on == std::vector<std::string>{"cls"})
    return TextPooling::first;
  std::string found;
  for (const std::string& word : on) found += (found.empty() ? "" : " and ") + printable(word);
  file_error({page.file, ": the pooling is ", found.empty() ? "missing" : found,
              "; expected pooling_mode_mean_tokens or pooling_mode_cls_token alone"});
}

}  // namespace

int64_t read_max_tokens(const std::string& path, const HuggingFaceModel& m, const Tokenizer& t) {
  const Page page(path + "/sentence_bert_config.json"), config(path + "/tokenizer_config.json");
  const auto* pieces = dynamic_cast<const WordPieceTokenizer*>(&t);
  if (!pieces || !pieces->lower_case()) page.must_be("do_lower_case", false);
  page.must_be("transformer_task", "feature-extraction");
  page.must_be("module_output_name", "token_embeddings");
  for (const Page* p : {&page, &config}) {
    const char* key = p == &page ? "max_seq_length" : "model_max_length";
    const Json* length = p->find(key);
    if (!length) continue;
    if (p == &config && length->is(Json::Kind::number)) continue;  // a number beyond all lengths
    if (!length->is(Json::Kind::integer) || length->integer() < 3)
      p->refuse(key, "a whole number, 3 or more");
    return std::min(length->integer(), m.bert->block);
  }
  return m.bert->block;
}

SentenceOptions read_sentence_modules(const std::string& path, const HuggingFaceModel& m,
                                      const Tokenizer& tokenizer) {
  const std::string file = path + "/modules.json";
  if (!m.bert) file_error({file, ": a sentence model of a GPT-2; expected a BertModel"});
  const Json modules = parse_json(read_regular_file(file), file);
  std::string order, pooling;
  for (const Json& module : modules.items()) {
    const std::string type = last_part(module.at("type").string());
    order += (order.empty() ? "" : ", ") + type;
    if (type == "Pooling") pooling = module.at("path").string();
    if (type == "Transformer" && !module.at("path").string().empty())
      file_error({file, ": the Transformer is in ", printable(module.at("path").string()),
                  "; expected this folder, \"\""});
  }
  if (order != "Transformer, Pooling" && order != "Transformer, Pooling, Normalize")
    file_error({file, ": the modules are ", printable(order, 200),
                "; expected Transformer, Pooling, and maybe Normalize"});
  const std::string page = path + "/" + pooling + "/config.json";
  if (!exists(page)) file_error({page, ": is missing; modules.json names it"});
  const Page prompts(path + "/config_sentence_transformers.json");
  if (prompts.find("default_prompt_name"))
    prompts.refuse("default_prompt_name", "none: gradus puts no words before a text");
  return {.max_tokens = read_max_tokens(path, m, tokenizer),
          .pooling = read_pooling(Page(page), m),
          .normalize = order.ends_with("Normalize")};
}

}  // namespace gradus::tools
