// SPDX-License-Identifier: MIT
// Toy tasks on sequences of letters with known answers: a model that compresses the source into one
// vector forgets long sequences; one with attention learns them in seconds, and its attention map
// shows the rule. Settings of Bahdanau-style tutorials: 8 letters, length 3 to 7.
//   copy     d a b      -> d a b          reverse  d a b      -> b a d
//   sort     d a b      -> a b d          recall   a d b c  b -> c    (pairs, then a key)
// Next: models/tasks/classify_task.h
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gradus/base/random.h"
#include "gradus/train/trainer.h"
#include "models/seq2seq.h"

namespace gradus {

enum class SequenceRule { copy, reverse, sort, recall };
const char* name(SequenceRule rule);

struct SequenceDataOptions {
  SequenceRule rule = SequenceRule::copy;
  int64_t letters = 8, min_length = 3, max_length = 7;  // lengths; for recall, numbers of pairs
  int64_t train_size = 2000;  // sequences per epoch; every epoch draws new ones
  int64_t test_size = 500;    // held-out sequences, never drawn for training
  double noise = 0;           // share of target letters that are replaced by random letters
  uint64_t seed = 0;
};

struct SequencePair {
  Tokens source, target;
  bool operator==(const SequencePair&) const = default;
};

/// Throws std::invalid_argument: letters outside 1..1000, lengths unless 1 <= min <= max, sizes
/// below 1, noise outside 0..0.9, more held-out sequences than half of all possible ones, and
/// recall with more pairs than letters, since keys differ.
class SequenceData {
 public:
  static constexpr int64_t padding = 0, start = 1, end = 2, first_letter = 3;

  explicit SequenceData(SequenceDataOptions options);
  const SequenceDataOptions& options() const { return options_; }
  int64_t vocabulary() const { return first_letter + options_.letters; }
  /// The longest source and target.
  int64_t source_length() const;
  int64_t target_length() const;
  /// All sources differ.
  const std::vector<SequencePair>& held_out() const { return held_out_; }
  /// The training sequences of one epoch; they depend only on the seed and the number.
  std::vector<SequencePair> epoch(int64_t number) const;
  /// The target of the rule, without noise.
  Tokens answer(const Tokens& source) const;
  /// The mean loss on these pairs, in nats per token with the end token, of a model that knows the
  /// rule and the noise: the lowest expected loss. 0 without noise.
  double floor(const std::vector<SequencePair>& pairs) const;
  /// "d a b": letters, or numbers when there are more than 26; "<pad>", "<sos>", "<eos>".
  static std::string word(int64_t token);
  static std::string words(const Tokens& tokens);

 private:
  Tokens draw(Generator& gen) const;
  Tokens draw_pairs(int64_t count, Generator& gen) const;
  Tokens noisy(Tokens target, Generator& gen) const;

  SequenceDataOptions options_;
  std::vector<SequencePair> held_out_;
  std::set<Tokens> forbidden_;
};

/// The share of the most frequent token of the targets, with the end token: the token accuracy of
/// always predicting it.
double most_frequent_token(const std::vector<SequencePair>& pairs);

/// An encoder-decoder that learns a rule, with teacher forcing. Figures on the held-out set:
/// valid_loss and token_accuracy (with teacher forcing, end tokens counted), and exact_copy, the
/// share of targets that greedy decoding predicts exactly.
struct SequenceTask : Task {
  SequenceTask(SequenceData data, std::unique_ptr<Seq2SeqModel> seq2seq, int64_t batch_size);
  Module& model() override { return *seq2seq; }
  int64_t begin_epoch(int64_t epoch) override;
  Batch loss(int64_t batch) override;
  Json evaluate() override;
  /// Three held-out sequences with the model's predictions.
  std::vector<std::string> samples() override;
  /// The model's prediction for a source.
  Tokens answer(const Tokens& source) const;

  SequenceData data;
  std::unique_ptr<Seq2SeqModel> seq2seq;  // may be set later, before the first epoch
  int64_t batch_size;

 private:
  std::vector<SequencePair> pairs_{};
};

/// "learned", "not learned", or "suspicious" for a loss below the floor, which suggests a leak.
const char* verdict(double loss, double floor);

}  // namespace gradus
