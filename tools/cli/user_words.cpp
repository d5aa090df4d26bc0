// SPDX-License-Identifier: MIT
// Translates names of classes and fields to options.
#include "tools/cli/user_words.h"

#include <algorithm>
#include <map>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/base/version.h"

namespace gradus::tools {
namespace {

// Fields of layers whose options have other names.
const std::map<std::string, std::string> other_names = {
    {"embed_dim", "d_model"},     {"num_heads", "nhead"},     {"num_layers", "layers"},
    {"num_kv_heads", "kv_heads"}, {"num_experts", "experts"}, {"p", "dropout"}};

std::string option_of(const std::string& field) {
  std::string option = "--" + field;
  std::replace(option.begin() + 2, option.end(), '_', '-');
  return option;
}

void drop_names(const std::vector<std::string>& names, std::string& message) {
  for (const std::string& name : names)
    for (size_t at = 0; (at = message.find(name, at)) != message.npos; ++at) {
      const bool begins = at == 0 || message.compare(at - std::min<size_t>(at, 2), 2, ": ") == 0;
      size_t end = at + name.size();
      if (message.compare(end, 2, "::") == 0) end = message.find(':', end + 2);
      if (begins && end != message.npos && message.compare(end, 2, ": ") == 0)
        message.erase(at, end + 2 - at);
    }
}

// "a.csv:3:2: time 1 of ...": a message about a place in a file names no options.
bool names_place(const std::string& message) {
  for (size_t at = 0; (at = message.find(':', at)) != message.npos; ++at) {
    const size_t end = message.find_first_not_of("0123456789", at + 1);
    if (end != message.npos && end > at + 1 && message[end] == ':') return true;
  }
  return false;
}

bool is_field(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }
bool is_number(char c) { return (c >= '0' && c <= '9') || c == '-'; }

}  // namespace

const std::vector<std::string>& classes_in_messages() {
  // clang-format off
  static const std::vector<std::string> names = {
      "Adafactor", "Adam",           "AdamW",           "AttentionRecorder",  "Bert",
      "BertWords",      "BpeTokenizer",    "CharTokenizer",      "Conv1d",
      "CsvTable",       "Linear", "Lion",
      "Dropout",        "Embedding",       "Generator",          "Gpt",
      "LanguageData",   "LayerNorm",       "LearnedTime",        "Mask",
      "MixtureOfExperts", "Module", "MultiheadAttention", "Muon", "PerformerAttention",
      "RMSprop",
      "RelativeBias",   "ScoreAttention",  "Seq2SeqTransformer", "SequenceData",
      "Sequential",     "SeriesEncoder",   "SeriesForecaster",   "Sgd",
      "Tokenizer",      "Trainer",         "Transformer",        "TransformerDecoder",
      "WordPieceTokenizer", "WordTokenizer"};
  // clang-format on
  return names;
}

const std::vector<std::string>& functions_in_messages() {
  // clang-format off
  static const std::vector<std::string> names = {
      "alibi_bias", "alibi_slopes", "attention_weights", "average_precision", "beam_search",
      "best_threshold", "brier_score", "by_tokens", "bytes_of_spelling", "churn_series",
      "confusion_matrix", "embed_texts", "encoded_text", "flow_audit", "grad_norm",
      "gumbel_softmax", "heat_map", "huber_loss", "index_select", "kl_div", "layer_rates",
      "leak_check",
      "learn_tokenizer", "likeliest_token",
      "load_state_dict", "macro_auc", "macro_f1", "masked_fill", "masked_softmax", "paired_winner",
      "rank_correlation", "register_hook", "requires_grad_", "retain_grad", "sample_token",
      "save_tokenizer", "scatter_add", "set_dtype", "set_grad", "set_num_threads",
      "sinusoidal_shift", "smooth_l1_loss", "solve_positive", "step_meaning", "straight_through",
      "stratified_folds", "sum_to", "take_out", "take_out_ends", "to_hugging_face", "write_npz",
      "write_safetensors"};
  // clang-format on
  return names;
}

std::string in_user_words(const std::string& message,
                          const std::function<bool(const std::string&)>& has_option) {
  std::string rest = message, out;
  drop_names(classes_in_messages(), rest);
  drop_names(functions_in_messages(), rest);
  if (names_place(rest)) return rest;
  for (size_t at = 0; at < rest.size();) {
    size_t end = at;
    while (end < rest.size() && is_field(rest[end])) ++end;
    if (end == at) {
      out += rest[at++];
      continue;
    }
    std::string word = rest.substr(at, end - at);
    const bool alone = at == 0 || rest[at - 1] == ' ';
    size_t value = end;
    for (const char* verb : {" is ", " "})
      if (value == end && rest.compare(end, std::string(verb).size(), verb) == 0)
        value = end + std::string(verb).size();
    const bool has_value = value > end && value < rest.size() && is_number(rest[value]);
    const auto other = other_names.find(word);
    if (other != other_names.end() && !has_option(option_of(word))) word = other->second;
    out += alone && has_value && has_option(option_of(word)) ? option_of(word)
                                                             : rest.substr(at, end - at);
    at = end;
  }
  return out;
}

std::string about() {
  const Blas b = blas();
#ifdef __clang__
  const std::string compiler = "clang++ " __clang_version__;
#else
  const std::string compiler = "g++ " __VERSION__;
#endif
  return text({"gradus ", version, "\nBLAS      OpenBLAS ", b.version, ", ", b.flavour,
               " flavour, ", b.core, " kernels\nthreads   ", num_threads(), "\ncompiler  ",
               compiler});
}

}  // namespace gradus::tools
