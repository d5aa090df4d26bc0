// SPDX-License-Identifier: MIT
// Text data sets, and training a text classifier.
#include "models/tasks/text_task.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/base/phase.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/train/answers.h"
#include "gradus/train/stop.h"
#include "models/tasks/mlm_task.h"

namespace gradus {
namespace {

size_t place(int64_t i) { return static_cast<size_t>(i); }

}  // namespace

// ---- sets

void TextSet::take_tokens(const Tokenizer& tokenizer, int64_t most) {
  tokens.clear();
  cut = 0;
  Phase phase("texts cut into tokens", std::ssize(texts));
  for (const std::string& text : texts) {
    phase.next();
    Tokens ids = encode_text(tokenizer, text);
    if (static_cast<int64_t>(ids.size()) > most) ids.resize(place(most)), ++cut;
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

// ---- training

TextClassifyTraining::TextClassifyTraining(const TextSet& training, const TextSet& valid,
                                           const Tokenizer& tokenizer, TextClassifier& model,
                                           int64_t batch_size, uint64_t seed)
    : training_(training),
      valid_(valid),
      tokenizer_(tokenizer),
      model_(model),
      batch_size_(batch_size),
      seed_(seed) {
  for (const Tokens& t : training.tokens) lengths_.push_back(static_cast<int64_t>(t.size()));
}

int64_t TextClassifyTraining::begin_epoch(int64_t epoch) {
  Generator gen(seed_, stream::text_order + static_cast<uint64_t>(epoch));
  batches_ = shuffled_by_length(lengths_, batch_size_, gen);
  return static_cast<int64_t>(batches_.size());
}

namespace {

TokenBatch rows_of(const TextSet& set, const Tokenizer& tokenizer, const Batch& members) {
  std::vector<Tokens> rows;
  for (int64_t i : members) rows.push_back(set.tokens[place(i)]);
  return bert_batch(BertWords::of(tokenizer), rows);
}

}  // namespace

Task::Batch TextClassifyTraining::loss(int64_t number) {
  const gradus::Batch& members = batches_[place(number)];
  const TokenBatch b = rows_of(training_, tokenizer_, members);
  std::vector<double> labels;
  for (int64_t i : members) labels.push_back(static_cast<double>(training_.labels[place(i)]));
  const auto count = static_cast<int64_t>(labels.size());
  return {cross_entropy(model_(b.ids, b.lengths), tensor(labels, {count}, DType::i64)),
          static_cast<double>(count), std::reduce(b.lengths.begin(), b.lengths.end())};
}

Tensor TextClassifyTraining::logits(const TextSet& set) const {
  const NoGrad no_grad;
  std::vector<Tensor> all;
  Phase phase("texts evaluated", set.size());
  for (const gradus::Batch& members : in_order(set.size(), 64)) {
    StopSignals::poll();
    phase.at(members.front());
    const TokenBatch b = rows_of(set, tokenizer_, members);
    all.push_back(model_(b.ids, b.lengths));
    check_answers(all.back(), "text", members.front());
  }
  return cat(all);
}

Json TextClassifyTraining::evaluate() {
  Json figures = Json::object();
  if (valid_.size() == 0) return figures;
  const ClassifyFigures f = figures_of(logits(valid_), valid_.label_tensor());
  figures["valid_loss"] = f.loss;
  figures["valid_accuracy"] = f.accuracy;
  return figures;
}

}  // namespace gradus
