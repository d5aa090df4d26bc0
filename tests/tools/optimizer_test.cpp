// SPDX-License-Identifier: MIT
// --optimizer muon: Muon trains the hidden matrices of each kind of model, AdamW its output layers.
#include "tools/app/optimizer.h"

#include "models/bert.h"
#include "models/gpt.h"
#include "models/seq2seq_recurrent.h"
#include "models/seq2seq_transformer.h"
#include "models/sequence_classifier.h"
#include "models/series_forecaster.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace tools_optimizer_test {

// One step with gradients of ones; `output` must have the state of AdamW, `hidden` that of Muon.
void check_roles(Module&& model, const std::string& output, const std::string& hidden) {
  tools::TrainSettings settings;
  settings.optimizer = tools::OptimizerKind::muon;
  const auto optimizer = tools::optimizer_of(settings, model);
  for (const NamedTensor& p : model.named_parameters()) {
    Tensor parameter = p.tensor;
    parameter.set_grad(ones(parameter.shape(), parameter.dtype()));
  }
  optimizer->step();
  const StateDict state = optimizer->state_dict();
  INFO(output << " and " << hidden);
  CHECK(state.count(output + ".exp_avg") == 1);
  CHECK(state.count(output + ".momentum_buffer") == 0);
  CHECK(state.count(hidden + ".momentum_buffer") == 1);
  CHECK(state.count(hidden + ".exp_avg") == 0);
}

TEST_CASE("with muon output layers of all models are trained by AdamW", "[optim]") {
  const GptOptions gpt{
      .vocab = 9, .block = 4, .d_model = 8, .nhead = 2, .layers = 1, .tied = false};
  check_roles(Gpt(gpt), "lm_head.weight", "layers.0.linear1.weight");
  check_roles(Gpt(gpt), "wte.weight", "layers.0.self_attn.in_proj_weight");
  const BertOptions bert{.vocab = 9, .block = 6, .d_model = 8, .nhead = 2, .layers = 1};
  check_roles(TextClassifier({.bert = bert, .classes = 3}), "classifier.weight",
              "bert.encoder.layer.0.linear1.weight");
  check_roles(BertForMaskedLM(bert), "bert.embeddings.word_embeddings.weight",
              "cls.predictions.transform.dense.weight");
  check_roles(Seq2SeqTransformer({.source_vocab = 9, .target_vocab = 9, .d_model = 8, .nhead = 2}),
              "generator.weight", "transformer.encoder.layers.0.linear1.weight");
  check_roles(RecurrentSeq2Seq({.source_vocab = 9, .target_vocab = 9}), "decoder.fc_out.weight",
              "encoder.rnn.weight_ih_l0");
  const SeriesEncoderOptions encoder{.features = 3, .d_model = 8, .nhead = 2, .layers = 1};
  check_roles(SequenceClassifier({.encoder = encoder, .classes = 3}), "head.weight",
              "encoder.layers.0.linear1.weight");
  SeriesEncoderOptions past_only = encoder;
  past_only.causal = true;
  check_roles(SeriesForecaster({.encoder = past_only, .outputs = 3}), "skip.weight",
              "encoder.layers.0.linear1.weight");
}

}  // namespace tools_optimizer_test
