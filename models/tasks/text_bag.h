// SPDX-License-Identifier: MIT
// Baselines for networks on texts: the words of a text, and the class frequencies.
// Next: models/tasks/text_task.h
#pragma once
#include <memory>
#include <optional>

#include "gradus/nn/basic.h"
#include "models/tasks/classify_task.h"
#include "models/tasks/text_set.h"

namespace gradus {

/// The vocabulary words in some texts, as ids [N, U] and values [N, U, 1], f64; each text's vector
/// has length 1. Unused positions have id V, the size of the vocabulary.
struct WordBags {
  Tensor words, values;
};
WordBags bags_of(const TextSet& set, const Tokenizer& tokenizer,
                 const std::vector<int64_t>& members);

/// Multinomial logistic regression on the words of a text; with 0 words only a bias, which learns
/// the class frequencies. f64. Keys: weight.weight [V + 1, classes], bias [classes].
struct BagOfWords : Module {
  BagOfWords(int64_t words, int64_t classes);
  Tensor operator()(const WordBags& bags) const;
  /// Logits of a set, in the order of its texts. A signal throws Stopped.
  Tensor logits(const TextSet& set, const Tokenizer& tokenizer) const;
  /// Fits the training set with a penalty of |w|^2 / (2 N), by Adam until the loss stops falling.
  /// Returns the loss and the number of steps. A signal throws Stopped.
  struct Fit {
    double loss = 0;
    int64_t steps = 0;
  };
  Fit fit(const TextSet& training, const Tokenizer& tokenizer);
  void visit(Visitor& v) override;

  int64_t vocabulary;
  std::optional<Embedding> weight;
  Tensor bias;
};

/// The words of some texts: runs of letters or digits, and other characters.
std::shared_ptr<const Tokenizer> bag_vocabulary(const TextSet& training);
/// The figures on `evaluated` of a bag of words that is fitted to `training`.
ClassifyFigures bag_of_words(const TextSet& training, const TextSet& evaluated, int64_t classes);

}  // namespace gradus
