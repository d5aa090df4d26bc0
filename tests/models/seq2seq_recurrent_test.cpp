// SPDX-License-Identifier: MIT
// Recurrent encoder-decoders: gradients, padding, decoding, for each cell and each attention.
#include <cmath>
#include <tuple>

#include "gradus/autograd/autograd.h"
#include "gradus/nn/attention.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/ops/view.h"
#include "models/seq2seq_recurrent.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_seq2seq_recurrent_test {

RecurrentSeq2SeqOptions small(RecurrentKind kind, std::optional<AttentionScore> attention) {
  return {.source_vocab = 7,
          .target_vocab = 6,
          .embed_dim = 3,
          .hidden_size = 5,
          .num_layers = 2,
          .kind = kind,
          .attention = attention};
}

const std::vector<std::pair<RecurrentKind, std::optional<AttentionScore>>> all_kinds = {
    {RecurrentKind::gru, {}},
    {RecurrentKind::gru, AttentionScore::additive},
    {RecurrentKind::gru, AttentionScore::dot},
    {RecurrentKind::gru, AttentionScore::general},
    {RecurrentKind::gru, AttentionScore::concat},
    {RecurrentKind::lstm, {}},
    {RecurrentKind::lstm, AttentionScore::additive},
    {RecurrentKind::rnn, AttentionScore::general}};

const std::vector<Tokens> sources = {{3, 4, 5, 6}, {5}, {6, 3}}, targets = {{3, 4}, {5, 3, 4}, {}};

TEST_CASE("recurrent encoder-decoder: gradients of the whole model", "[models][gradcheck]") {
  for (const auto& [kind, attention] : all_kinds) {
    RecurrentSeq2Seq model(small(kind, attention));
    CHECK(parameter_count<RecurrentSeq2Seq>(model.options) == model.count());
    const Seq2SeqBatch batch = seq2seq_batch(model.special(), sources, targets);
    const CheckedFunction loss = [&](Inputs) { return Tensors{model.loss(batch)}; };
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const DirectionalCheck r = directional_gradcheck(model, loss, {}, seed);
      INFO(name(kind) << " seed " << seed << ": " << r.analytic << " and " << r.numeric);
      CHECK(r.verdict == Verdict::pass);
    }
  }
}

TEST_CASE("recurrent encoder-decoder: padding and the future change nothing", "[models]") {
  for (const auto& [kind, attention] : all_kinds) {
    RecurrentSeq2Seq model(small(kind, attention));
    model.to(DType::f64);
    const Seq2SeqBatch batch = seq2seq_batch(model.special(), sources, targets);
    const Tensor logits = model(batch);
    CHECK(logits.shape() == Shape{3, 4, 6});
    for (size_t b = 0; b < 3; ++b) {
      const Seq2SeqBatch alone = seq2seq_batch(model.special(), {&sources[b], 1}, {&targets[b], 1});
      const auto steps = static_cast<int64_t>(targets[b].size()) + 1;
      CHECK(worst_gap(select(model(alone), 0, 0),
                      narrow(select(logits, 0, static_cast<int64_t>(b)), 0, 0, steps)) < 1e-12);
    }
    Seq2SeqBatch changed = batch;  // another last input token
    changed.input.ids = batch.input.ids.clone_data();
    changed.input.ids.mutable_data<int64_t>()[1 * 4 + 3] = 2;
    const Tensor later = model(changed);
    CHECK(worst_gap(narrow(logits, 1, 0, 3), narrow(later, 1, 0, 3)) == 0);
    CHECK(worst_gap(select(logits, 1, 3), select(later, 1, 3)) > 1e-5);
  }
}

TEST_CASE("recurrent encoder-decoder: decoding agrees with teacher forcing on its output",
          "[models]") {
  for (const auto& [kind, attention] : all_kinds) {
    RecurrentSeq2Seq model(small(kind, attention));
    model.to(DType::f64);
    model.eval();
    const TokenBatch source = pad(sources, 0);
    const std::vector<Tokens> output = model.greedy(source, 5);
    const std::unique_ptr<Seq2SeqModel::Decoder> decoder = model.decoder(source);
    std::vector<Tokens> padded = output;
    for (Tokens& t : padded) t.resize(5, 3);
    const Tensor logits = model(seq2seq_batch(model.special(), sources, padded));
    Tensor last = full({3}, 1, DType::i64);
    for (int64_t t = 0; t < 5; ++t) {
      CHECK(worst_gap(decoder->next(last), select(logits, 1, t)) < 1e-12);
      for (size_t b = 0; b < 3; ++b)
        last.mutable_data<int64_t>()[b] = padded[b][static_cast<size_t>(t)];
    }
  }
}

TEST_CASE("recurrent encoder-decoder: attention is recorded for each step", "[models]") {
  RecurrentSeq2Seq model(small(RecurrentKind::gru, AttentionScore::additive));
  model.named_parameters();
  const Seq2SeqBatch batch = seq2seq_batch(model.special(), sources, targets);
  const Tensor plain = model(batch);
  AttentionRecorder seen;
  CHECK(identical(plain, model(batch)));
  REQUIRE(seen.records.size() == 4);  // one a step
  CHECK(seen.records[0].name == "decoder.attention");
  CHECK(seen.records[0].weights.shape() == Shape{3, 1, 1, 4});
}

}  // namespace models_seq2seq_recurrent_test
