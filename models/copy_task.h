// SPDX-License-Identifier: MIT
// The copy task: say again, letter by letter, what was said. A model that reads a fixed vector
// forgets the longer words; one with attention learns it in seconds, and its cross-attention is a
// diagonal. Setting of Bahdanau-style tutorials: 8 letters, length 3 to 7.
// Next: models/classify_task.h
#pragma once
#include <set>
#include <string>
#include <vector>

#include "gradus/train/trainer.h"
#include "models/seq2seq.h"

namespace gradus {

struct CopyTaskOptions {
  int64_t letters = 8, min_length = 3, max_length = 7;
  int64_t train_size = 2000;  // sequences in an epoch; every epoch draws its own
  int64_t test_size = 500;    // sequences held out: no epoch ever draws one of them
  uint64_t seed = 0;
};

/// Throws std::invalid_argument: letters outside 1..1000, lengths that are not 1 <= min <= max,
/// sizes below 1, or more held-out sequences than half of all there are.
class CopyTask {
 public:
  static constexpr int64_t padding = 0, start = 1, end = 2, first_letter = 3;

  explicit CopyTask(CopyTaskOptions options);
  const CopyTaskOptions& options() const { return options_; }
  int64_t vocabulary() const { return first_letter + options_.letters; }
  /// All different from each other.
  const std::vector<Tokens>& held_out() const { return held_out_; }
  /// The training sequences of one epoch; they follow from seed and number alone.
  std::vector<Tokens> epoch(int64_t number) const;
  /// "d a b": letters, or numbers when there are more than 26; "<pad>", "<sos>", "<eos>".
  static std::string word(int64_t token);
  static std::string words(const Tokens& tokens);

 private:
  Tokens draw(Generator& gen) const;

  CopyTaskOptions options_;
  std::vector<Tokens> held_out_;
  std::set<Tokens> forbidden_;
};

/// The share of the most frequent token, the end counted: the token accuracy of always saying it.
double most_frequent_token(const std::vector<Tokens>& sequences);

/// Training a model on it, with teacher forcing; figures by greedy decoding of the held-out set:
/// valid_loss, token_accuracy (with teacher forcing, end tokens counted) and exact_copy.
/// Keeps references: data and model must live as long.
class CopyTraining : public Task {
 public:
  CopyTraining(const CopyTask& data, Seq2SeqModel& model, int64_t batch_size);
  Module& model() override { return model_; }
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  Json evaluate() override;
  /// Three held-out sequences and what the model says for them.
  std::vector<std::string> samples() override;
  /// What the model says for a held-out sequence.
  Tokens answer(const Tokens& source) const;

 private:
  Seq2SeqBatch batch_of(std::span<const Tokens> sequences) const;

  const CopyTask& data_;
  Seq2SeqModel& model_;
  int64_t batch_size_;
  std::vector<Tokens> sequences_;
};

}  // namespace gradus
