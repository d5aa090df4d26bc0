// SPDX-License-Identifier: MIT
// Trains and evaluates a classifier of texts.
#include "models/tasks/text_task.h"

#include <numeric>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/view.h"
#include "gradus/train/answers.h"
#include "gradus/train/stop.h"
#include "models/bert_words.h"

namespace gradus {
namespace {

TokenBatch rows_of(const TextSet& set, const Tokenizer& tokenizer, const Batch& members) {
  std::vector<Tokens> rows;
  for (int64_t i : members) rows.push_back(set.tokens[static_cast<size_t>(i)]);
  return bert_batch(BertWords::of(tokenizer), rows);
}

}  // namespace

TextTask::TextTask(Splits<TextSet> d, std::shared_ptr<const Tokenizer> t, TextClassifier model,
                   TextOptions o)
    : data(std::move(d)), tokenizer(std::move(t)), options(o), bert(std::move(model)) {}

Module& TextTask::model() {
  if (bag) return *bag;
  return bert.value();
}

int64_t TextTask::begin_epoch(int64_t epoch) {
  if (!labels_.defined()) labels_ = data.training.label_tensor();
  if (bag) {
    batches_ = in_order(data.training.size(), options.batch_size);
  } else {
    std::vector<int64_t> lengths;
    for (const Tokens& t : data.training.tokens) lengths.push_back(static_cast<int64_t>(t.size()));
    Generator gen(options.seed, stream::text_order + static_cast<uint64_t>(epoch));
    batches_ = shuffled_by_length(lengths, options.batch_size, gen);
  }
  return static_cast<int64_t>(batches_.size());
}

Task::Batch TextTask::loss(int64_t number) {
  const gradus::Batch& members = batches_[static_cast<size_t>(number)];
  const Tensor labels = index_select(labels_, 0, members);
  const auto count = static_cast<double>(members.size());
  if (bag) {
    const WordBags bags = bags_of(data.training, *tokenizer, members);
    return {cross_entropy((*bag)(bags), labels), count, bags.words.numel()};
  }
  const TokenBatch b = rows_of(data.training, *tokenizer, members);
  return {cross_entropy((*bert)(b.ids, b.lengths), labels), count,
          std::reduce(b.lengths.begin(), b.lengths.end())};
}

Tensor TextTask::logits(const TextSet& set) const {
  if (bag) return bag->logits(set, *tokenizer);
  const NoGrad no_grad;
  std::vector<Tensor> all;
  for_each_batch("texts evaluated", set.size(), 64, [&](const gradus::Batch& members) {
    const TokenBatch b = rows_of(set, *tokenizer, members);
    all.push_back((*bert)(b.ids, b.lengths));
    check_answers(all.back(), "text", members.front());
  });
  return cat(all);
}

ClassifyFigures TextTask::figures(const TextSet& set) const {
  return figures_of(logits(set), set.label_tensor());
}

Json TextTask::evaluate() {
  return data.validated() ? epoch_figures(figures(data.valid)) : Json::object();
}

}  // namespace gradus
