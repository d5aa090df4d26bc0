// SPDX-License-Identifier: MIT
// Settings of encoder-decoder models.
#include "tools/tasks/seq2seq_settings.h"

#include <cmath>

#include "gradus/ops/join.h"
#include "tools/app/left_out.h"

namespace gradus::tools {

void Seq2SeqSettings::list(Settings& s) {
  s.choice("model", model, {"transformer", "gru", "lstm", "rnn"}, "kind of encoder and decoder");
  s.choice("attention", attention, attention_scores,
           "attention of a recurrent decoder to the source");
  s.value("embed_dim", embed_dim, "width of a recurrent model's embeddings", 1, 65536);
  s.value("hidden_size", hidden_size, "width of a recurrent model's states", 1, 65536);
}

void Seq2SeqSettings::check(const Settings& s, TrainSettings& common) const {
  for (const char* key : {"embed_dim", "hidden_size", "attention"})
    if (!recurrent() && s.at(key).origin == Origin::flag)
      usage_error({s.at(key).option(), " is for --model gru, lstm or rnn"});
  for (const char* key : {"d_model", "nhead", "dim_feedforward", "norm_first", "activation"})
    if (recurrent() && s.at(key).origin == Origin::flag)
      usage_error({s.at(key).option(), " is for --model transformer"});
  if (recurrent() && s.at("layers").origin == Origin::standard) common.layers = 1;
  if (recurrent() && common.layers < 1)
    usage_error({"--layers 0: a recurrent model needs 1 or more"});
}

Seq2SeqOptions Seq2SeqSettings::transformer_options(const TrainSettings& common,
                                                    int64_t source_vocab,
                                                    int64_t target_vocab) const {
  return {.source_vocab = source_vocab,
          .target_vocab = target_vocab,
          .d_model = common.d_model,
          .nhead = common.nhead,
          .layers = common.layers,
          .dim_feedforward = common.dim_feedforward,
          .dropout = common.dropout,
          .norm_first = common.norm_first,
          .activation = common.activation};
}

RecurrentSeq2SeqOptions Seq2SeqSettings::recurrent_options(const TrainSettings& common,
                                                           int64_t source_vocab,
                                                           int64_t target_vocab) const {
  RecurrentSeq2SeqOptions o{.source_vocab = source_vocab,
                            .target_vocab = target_vocab,
                            .embed_dim = embed_dim,
                            .hidden_size = hidden_size,
                            .num_layers = common.layers,
                            .dropout = common.dropout};
  o.kind = value_of(recurrent_kinds, model);
  o.attention = attention;
  return o;
}

AttentionPicture Seq2SeqSettings::picture(AttentionRecords seen,
                                          const AttentionChoice& choice) const {
  if (!recurrent())
    return chosen_attention(seen, "transformer.decoder.layers.", ".multihead_attn", choice);
  // A recurrent decoder records its attention once per step.
  if (seen.empty()) usage_error({"the model was trained with --attention none"});
  std::vector<Tensor> steps;
  for (const AttentionRecorder::Record& r : seen) steps.push_back(r.weights);
  seen = {{"decoder.attention", cat(steps, 2)}};
  return chosen_attention(seen, "decoder.attention", "", choice);
}

StepTable source_effects(const Seq2SeqModel& model, const Tokens& source, const Tokens& answer,
                         const std::function<std::string(int64_t id)>& label) {
  StepTable t{.title = "bits that each token of the answer costs more"};
  for (int64_t id : source) t.steps.push_back(label(id));
  t.effect = left_out_effects(source, [&](const Tokens& one) {
    return -model.loss(seq2seq_batch(model.special(), {&one, 1}, {&answer, 1})).item() /
           std::log(2.0);
  });
  return t;
}

}  // namespace gradus::tools
