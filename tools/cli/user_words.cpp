// SPDX-License-Identifier: MIT
// Translates names of classes and fields to options.
#include "tools/cli/user_words.h"

#include <algorithm>
#include <map>

namespace gradus::tools {
namespace {

// Fields of layers whose options have other names.
const std::map<std::string, std::string> other_names = {
    {"embed_dim", "d_model"},    {"num_heads", "nhead"},     {"num_layers", "layers"},
    {"num_kv_heads", "kv_heads"}, {"num_experts", "experts"}, {"p", "dropout"}};

std::string option_of(const std::string& field) {
  std::string option = "--" + field;
  std::replace(option.begin() + 2, option.end(), '_', '-');
  return option;
}

void drop_classes(std::string& message) {
  for (const std::string& name : classes_in_messages())
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
  static const std::vector<std::string> names = {
      "Adam",           "AdamW",           "AttentionRecorder",  "Bert",
      "BertWords",      "BpeTokenizer",    "CharTokenizer",      "Conv1d",
      "CsvTable",       "Linear",
      "Dropout",        "Embedding",       "Generator",          "Gpt",
      "LanguageData",   "LayerNorm",       "LearnedTime",        "Mask",
      "MixtureOfExperts", "Module",        "MultiheadAttention", "RMSprop",
      "RelativeBias",   "ScoreAttention",  "Seq2SeqTransformer", "SequenceData",
      "Sequential",     "SeriesEncoder",   "SeriesForecaster",   "Sgd",
      "Tokenizer",      "Trainer",         "Transformer",        "TransformerDecoder",
      "WordPieceTokenizer", "WordTokenizer"};
  return names;
}

std::string in_user_words(const std::string& message,
                          const std::function<bool(const std::string&)>& has_option) {
  std::string rest = message, out;
  drop_classes(rest);
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

}  // namespace gradus::tools
