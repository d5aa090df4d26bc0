// SPDX-License-Identifier: MIT
// The settings that all encoder-decoder tasks share.
#pragma once
#include <memory>
#include <optional>

#include "models/seq2seq_recurrent.h"
#include "models/seq2seq_transformer.h"
#include "tools/app/parts.h"
#include "tools/cli/words.h"

namespace gradus::tools {

inline constexpr Words<RecurrentKind, 3> recurrent_kinds = {
    {{"gru", RecurrentKind::gru}, {"lstm", RecurrentKind::lstm}, {"rnn", RecurrentKind::rnn}}};
inline constexpr Words<std::optional<AttentionScore>, 5> attention_scores = {
    {{"none", std::nullopt},
     {"bahdanau", AttentionScore::additive},
     {"luong-dot", AttentionScore::dot},
     {"luong-general", AttentionScore::general},
     {"luong-concat", AttentionScore::concat}}};

struct Seq2SeqSettings {
  std::string model = "transformer";
  std::optional<AttentionScore> attention = AttentionScore::additive;
  int64_t embed_dim = 32, hidden_size = 64;

  void list(Settings& s);
  /// Throws UsageError for flags that do not apply to the model; a recurrent model has one layer
  /// by default.
  void check(const Settings& s, TrainSettings& common) const;
  bool recurrent() const { return model != "transformer"; }
  /// Whether the decoder attends to the source.
  bool attends() const { return attention || !recurrent(); }

  Seq2SeqOptions transformer_options(const TrainSettings& common, int64_t source_vocab,
                                     int64_t target_vocab) const;
  RecurrentSeq2SeqOptions recurrent_options(const TrainSettings& common, int64_t source_vocab,
                                            int64_t target_vocab) const;
  /// The decoder's attention in the one call that was recorded.
  AttentionPicture picture(AttentionRecords seen, const AttentionChoice& choice) const;
};

/// What leaving out each token of the source adds to the bits of each token of `answer`; `label`
/// names a token.
StepTable source_effects(const Seq2SeqModel& model, const Tokens& source, const Tokens& answer,
                         const std::function<std::string(int64_t id)>& label);

}  // namespace gradus::tools
