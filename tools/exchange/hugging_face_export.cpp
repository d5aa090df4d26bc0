// SPDX-License-Identifier: MIT
// Writes the files of a Hugging Face folder.
#include "tools/exchange/hugging_face_export.h"

#include <cstdio>
#include <filesystem>

#include "gradus/data/bpe.h"
#include "gradus/data/wordpiece.h"
#include "gradus/io/file.h"
#include "gradus/train/tokenizer_file.h"
#include "models/bert_words.h"
#include "models/hugging_face/config.h"
#include "models/hugging_face/weights.h"
#include "models/sentence_encoder.h"
#include "models/tasks/language_data.h"
#include "tools/app/train.h"

namespace gradus::tools {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Json config{};
  StateDict weights{};
  std::shared_ptr<const Tokenizer> tokenizer{};
  std::optional<SentenceOptions> sentence{};
};

Folder of_gpt(const Generates& run) {
  const GptOptions& o = run.gpt().options;
  const ForeignLayout layout = from_options([&] { return gpt2_layout(o); });
  Folder f{.config = hugging_face_config(o), .tokenizer = run.language().tokenizer};
  f.weights = to_hugging_face(run.gpt().state_dict(), layout);
  if (const int64_t end = end_of_text_id(*f.tokenizer); end >= 0)
    f.config["bos_token_id"] = f.config["eos_token_id"] = end;
  return f;
}

Folder of_bert(TaskRun& t, const Encodes& run) {
  const bool masked_lm = t.parts.fills;
  BertOptions o = run.encoder().options;
  o.segments = std::max<int64_t>(o.segments, 1);  // BERT needs one: zeros if the model has none
  if (masked_lm && o.pooler)
    std::fprintf(stderr, "the pooler is not exported: a BertForMaskedLM has none\n");
  o.pooler = o.pooler && !masked_lm;
  Folder f{.config = hugging_face_config(o, masked_lm), .tokenizer = run.tokenizer()};
  f.weights = to_hugging_face(t.model().state_dict(),
                              masked_lm ? masked_lm_layout(o) : bert_layout(o, "bert."));
  f.config["pad_token_id"] = BertWords::of(*f.tokenizer).pad;
  if (!masked_lm) f.sentence = run.sentence();
  return f;
}

Folder folder_of(TaskRun& run) {
  const Exports* exports = run.parts.exports;
  const bool known = exports && exports->has_hugging_face_form();
  if (known && run.parts.generates) return of_gpt(*run.parts.generates);
  if (known && run.parts.encodes) return of_bert(run, *run.parts.encodes);
  usage_error(
      {"--format huggingface is for runs of train lm, train mlm and import; this is one of "
       "\"",
       run.name(), "\""});
}

void write_page(const std::string& file, const Json& json) {
  write_file(file, write_json(json, 2) + "\n");
}

// Whether the tokenizer has settings that a vocabulary file cannot store.
bool needs_json(const Tokenizer& t) {
  for (const AddedWord& w : t.added().all())
    if (!w.special || !w.in_model || w.single_word || w.lstrip || w.rstrip || w.normalized)
      return true;
  if (const auto* bpe = dynamic_cast<const BpeTokenizer*>(&t)) return bpe->ignore_merges();
  const auto* pieces = dynamic_cast<const WordPieceTokenizer*>(&t);
  if (!pieces) return false;
  const WordPieceSettings &s = pieces->settings(), usual;
  return s.clean_text != usual.clean_text || s.unknown != usual.unknown ||
         s.prefix != usual.prefix || s.max_characters != usual.max_characters;
}

void write_tokenizer(const std::string& path, const Tokenizer& t, int64_t most) {
  Json config;
  config["model_max_length"] = most;
  if (const auto* bpe = dynamic_cast<const BpeTokenizer*>(&t)) {
    config["tokenizer_class"] = "GPT2Tokenizer";
    config["add_prefix_space"] = bpe->prefix_space();
    save_tokenizer(t, path + "/vocab.json");
  } else if (const auto* pieces = dynamic_cast<const WordPieceTokenizer*>(&t)) {
    config["tokenizer_class"] = "BertTokenizer";
    config["do_lower_case"] = pieces->lower_case();
    config["strip_accents"] = pieces->settings().strip_accents;
    config["tokenize_chinese_chars"] = pieces->settings().chinese_alone;
    save_tokenizer(t, path + "/vocab.txt");
  } else {
    std::fprintf(stderr, "no tokenizer is written: Hugging Face has no format for a %s tokenizer\n",
                 t.kind());
    return;
  }
  if (needs_json(t)) save_tokenizer(t, path + "/tokenizer.json");
  write_page(path + "/tokenizer_config.json", config);
}

void write_sentence_model(const std::string& path, const SentenceOptions& o, int64_t width) {
  const char* const parts[][2] = {
      {"Transformer", ""}, {"Pooling", "1_Pooling"}, {"Normalize", "2_Normalize"}};
  Json modules = Json::array(), length, pooling;
  for (int64_t i = 0; i < (o.normalize ? 3 : 2); ++i) {
    Json module;
    module["idx"] = i;
    module["name"] = std::to_string(i);
    module["path"] = parts[i][1];
    module["type"] = text({"sentence_transformers.models.", parts[i][0]});
    if (i > 0) fs::create_directories(path + "/" + parts[i][1]);
    modules.push_back(std::move(module));
  }
  write_page(path + "/modules.json", modules);
  length["max_seq_length"] = o.max_tokens;
  length["do_lower_case"] = false;
  write_page(path + "/sentence_bert_config.json", length);
  pooling["word_embedding_dimension"] = width;
  pooling["pooling_mode_cls_token"] = o.pooling == TextPooling::first;
  pooling["pooling_mode_mean_tokens"] = o.pooling == TextPooling::mean;
  pooling["pooling_mode_max_tokens"] = pooling["pooling_mode_mean_sqrt_len_tokens"] = false;
  write_page(path + "/1_Pooling/config.json", pooling);
}

}  // namespace

namespace {

void check_free(const std::string& path, bool force) {
  if (fs::exists(path) && !fs::is_directory(path)) file_error({path, ": is not a folder"});
  if (fs::exists(path + "/schema.json") || fs::exists(path + "/last.safetensors"))
    file_error({path, ": is a run folder, with files of the same names; expected another folder"});
  if (fs::exists(path) && !fs::is_empty(path) && !force)
    file_error({path, ": is not empty; name another folder, or replace its files with --force"});
}

}  // namespace

void write_hugging_face_folder(TaskRun& run, const std::string& path, FloatForm floats,
                               bool force) {
  const Folder f = folder_of(run);
  std::error_code error;
  check_free(path, force);
  fs::create_directories(path, error);
  if (error) file_error({path, ": cannot be created: ", error.message()});
  write_safetensors(path + "/model.safetensors",
                    {.tensors = f.weights, .metadata = {{"format", "pt"}}}, floats);
  const Json* block = f.config.find("n_positions");
  if (!block) block = &f.config.at("max_position_embeddings");
  write_tokenizer(path, *f.tokenizer, block->integer());
  if (f.sentence) write_sentence_model(path, *f.sentence, f.config.at("hidden_size").integer());
  write_page(path + "/config.json", f.config);
}

}  // namespace gradus::tools
