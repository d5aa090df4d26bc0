// SPDX-License-Identifier: MIT
// Tokenises, splits and counts texts.
#include "models/tasks/text_set.h"

#include <cmath>

#include "gradus/base/error.h"
#include "gradus/data/batch.h"
#include "gradus/train/stop.h"

namespace gradus {
namespace {

size_t place(int64_t i) { return static_cast<size_t>(i); }

}  // namespace

void TextSet::take_tokens(const Tokenizer& tokenizer, int64_t most) {
  tokens.clear();
  cut = 0;
  StoppablePhase phase("texts cut into tokens", std::ssize(texts));
  for (const std::string& text : texts) {
    phase.next();
    Tokens ids = encode_text(tokenizer, text);
    if (static_cast<int64_t>(ids.size()) > most) {
      ids.resize(place(most));
      ++cut;
    }
    tokens.push_back(std::move(ids));
  }
}

TextSet TextSet::take_out(double share, Generator& gen) {
  const auto held = static_cast<int64_t>(std::lround(static_cast<double>(size()) * share));
  if (held < 1 || held >= size())
    argument_error({"take_out: a share of ", share, " of ", size(), " texts leaves nothing"});
  TextSet out, rest;
  int64_t number = 0;
  for (int64_t i : permutation(size(), gen)) {
    TextSet& to = number++ < held ? out : rest;
    to.texts.push_back(std::move(texts[place(i)]));
    to.labels.push_back(labels[place(i)]);
  }
  *this = std::move(rest);
  return out;
}

std::vector<int64_t> TextSet::counts(int64_t classes) const {
  std::vector<int64_t> all(place(classes));
  for (int64_t label : labels) ++all[place(label)];
  return all;
}

Tensor TextSet::label_tensor() const {
  return tensor(std::vector<double>(labels.begin(), labels.end()), {size()}, DType::i64);
}

}  // namespace gradus
