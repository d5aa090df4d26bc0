// SPDX-License-Identifier: MIT
// Fits logistic regression on the words of texts, and the class frequencies.
#include "models/tasks/text_bag.h"

#include <algorithm>
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "gradus/train/stop.h"
#include "models/tasks/series_baseline.h"

namespace gradus {
namespace {

constexpr int64_t texts_per_batch = 1024;  // limits memory
constexpr int64_t most_words = 50000;

}  // namespace

WordBags bags_of(const TextSet& set, const Tokenizer& t, const std::vector<int64_t>& members) {
  std::vector<Tokens> rows;
  size_t most = 1;
  for (int64_t i : members) {
    Tokens row = t.encode(set.texts[static_cast<size_t>(i)]);
    std::sort(row.begin(), row.end());
    row.erase(std::unique(row.begin(), row.end()), row.end());
    most = std::max(most, row.size());
    rows.push_back(std::move(row));
  }
  const auto count = static_cast<int64_t>(rows.size()), width = static_cast<int64_t>(most);
  WordBags b{full({count, width}, static_cast<double>(t.size()), DType::i64),
             zeros({count, width, 1}, DType::f64)};
  for (size_t r = 0; r < rows.size(); ++r) {
    std::copy(rows[r].begin(), rows[r].end(), b.words.mutable_data<int64_t>() + r * most);
    std::fill_n(b.values.mutable_data<double>() + r * most, rows[r].size(),
                1 / std::sqrt(static_cast<double>(std::max<size_t>(rows[r].size(), 1))));
  }
  return b;
}

// ---- the model

BagOfWords::BagOfWords(int64_t words, int64_t classes) : vocabulary(words) {
  const DefaultDType wide(DType::f64);
  if (words > 0) {
    weight.emplace(EmbeddingOptions{words + 1, classes, words});
    zeros_(weight->weight);
  }
  bias = parameter({classes});
  zeros_(bias);
}

void BagOfWords::visit(Visitor& v) {
  if (weight) v("weight", *weight);
  v("bias", bias);
}

Tensor BagOfWords::operator()(const WordBags& b) const {
  if (!weight) return contiguous(broadcast_to(bias, {b.words.size(0), bias.size(0)}));
  return add(sum(mul((*weight)(b.words), b.values), {1}), bias);
}

Tensor BagOfWords::logits(const TextSet& set, const Tokenizer& t) const {
  const NoGrad no_grad;
  std::vector<Tensor> predicted;
  for_each_batch("texts evaluated", set.size(), texts_per_batch, [&](const Batch& members) {
    predicted.push_back((*this)(bags_of(set, t, members)));
  });
  return cat(predicted);
}

// The loss is convex: Adam runs until it stops falling.
BagOfWords::Fit BagOfWords::fit(const TextSet& training, const Tokenizer& t) {
  const std::vector<int64_t> counts = training.counts(bias.size(0));
  if (!weight) {
    bias.detach().copy_(class_shares(counts));
    return {.loss = majority_figures(counts, training.label_tensor()).loss, .steps = 0};
  }
  std::vector<std::pair<WordBags, Tensor>> pieces;
  const Tensor labels = training.label_tensor();
  for (const Batch& members : in_order(training.size(), texts_per_batch))
    pieces.emplace_back(bags_of(training, t, members), index_select(labels, 0, members));
  const auto n = static_cast<double>(training.size());
  Adam adam({{"weight", weight->weight}, {"bias", bias}}, {.lr = 0.1});
  double before = INFINITY;
  Fit f;
  StoppablePhase phase("fitting the logistic regression, step");
  while (f.steps < 300) {
    phase.at(f.steps);
    adam.zero_grad();
    Tensor penalty = mul(sum(mul(weight->weight, weight->weight)), 0.5 / n);
    penalty.backward();
    f.loss = penalty.item();
    for (const auto& [bags, truth] : pieces) {
      const Tensor loss =
          mul(cross_entropy((*this)(bags), truth, {.reduction = Reduction::sum}), 1 / n);
      loss.backward();
      f.loss += loss.item();
    }
    adam.step();
    if (++f.steps % 20 != 0) continue;
    if (std::abs(before - f.loss) < 1e-4 * (1 + f.loss)) break;
    before = f.loss;
  }
  adam.zero_grad();
  return f;
}

std::shared_ptr<const Tokenizer> bag_vocabulary(const TextSet& training) {
  return std::make_shared<WordTokenizer>(WordTokenizer::train(training.texts, most_words, {}, 1));
}

ClassifyFigures bag_of_words(const TextSet& training, const TextSet& evaluated, int64_t classes) {
  const std::shared_ptr<const Tokenizer> t = bag_vocabulary(training);
  BagOfWords model(t->size(), classes);
  model.fit(training, *t);
  return figures_of(model.logits(evaluated, *t), evaluated.label_tensor());
}

}  // namespace gradus
