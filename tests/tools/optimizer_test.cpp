// SPDX-License-Identifier: MIT
// --optimizer muon: Muon trains the hidden matrices of each kind of model, AdamW its output layers.
#include "tools/app/optimizer.h"

#include "gradus/io/safetensors.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "models/bert.h"
#include "models/gpt.h"
#include "models/seq2seq_recurrent.h"
#include "models/seq2seq_transformer.h"
#include "models/sequence_classifier.h"
#include "models/series_forecaster.h"
#include "tests/tools/place.h"

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

TEST_CASE("frozen parameters keep their values and a lower rate moves others less", "[tools]") {
  const ProgramFolder p;
  const std::string words =
      "train copy --train-size 64 --test-size 20 --max-length 5 --d-model 16 --nhead 2 --layers 2 "
      "--dim-feedforward 16 --quiet --force --warmup 0 --schedule constant --threads 1 ";
  const auto weights = [&](const std::string& more) {
    const Finished f = p(words + more + " --out run");
    INFO(f.err);
    REQUIRE(f.status == 0);
    return read_safetensors(p.path("run/model.safetensors")).tensors;
  };
  const auto moved = [](const auto& a, const auto& b, const std::string& name) {
    return sum(abs(sub(a.at(name), b.at(name)))).item();
  };
  const std::string low = "transformer.encoder.layers.0.linear1.weight",
                    high = "transformer.encoder.layers.1.linear1.weight";
  for (const char* optimizer : {"adamw", "lion", "adafactor", "muon"}) {
    const std::string with = std::string("--optimizer ") + optimizer;
    const bool muon = has(with, "muon");
    const auto start = weights(with + " --lr 0 --steps 1" + (muon ? " --matrix-lr 0" : ""));
    const auto one = weights(with + " --steps 1");
    const auto frozen = weights(with + " --steps 3 --freeze '*.layers.0.*, *.norm1.*'");
    INFO(optimizer);
    CHECK(moved(start, one, low) > 0);
    CHECK(moved(start, frozen, low) == 0);
    CHECK(moved(start, frozen, high) > 0);
    const auto slower = weights(with + " --steps 1 --layer-decay 0.5");
    CHECK(moved(start, slower, low) < 0.8 * moved(start, one, low));
  }
  const Finished none = p(words + "--freeze 'nothing.*' --out none");
  CHECK(none.status == 2);
  CHECK(has(none.err, "gradus train copy: --freeze: no parameter"));
  CHECK_FALSE(std::filesystem::exists(p.path("none")));
}

}  // namespace tools_optimizer_test
