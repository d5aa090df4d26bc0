// SPDX-License-Identifier: MIT
// Decoding token by token equals the model on all tokens at once, also after rows were reordered.
#include "gradus/autograd/node.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"
#include "models/seq2seq_recurrent.h"
#include "models/seq2seq_transformer.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_decoder_cache_test {

const std::vector<Tokens> sources = {{3, 4, 5, 6}, {5}, {6, 3}};
const std::vector<Tokens> output = {{3, 4, 3, 5}, {5, 5, 4, 3}, {4, 3, 5, 5}};

// The logits of decoding `said`; after two steps rows change their order.
void check_decoding(Seq2SeqModel& model, const std::vector<int64_t>& rows) {
  model.to(DType::f64);
  model.eval();
  const NoGrad no_grad;
  const Tensor whole = model(seq2seq_batch(model.special(), sources, output));
  const std::unique_ptr<Seq2SeqModel::Decoder> decoder = model.decoder(pad(sources, 0));
  const Tensor input = seq2seq_batch(model.special(), sources, output).input.ids;
  for (int64_t t = 0; t < 2; ++t)
    check_equal(decoder->next(select(input, 1, t)), select(whole, 1, t));
  CHECK(decoder->bytes() > 0);
  decoder->reorder(rows);
  const Tensor later = index_select(input, 0, rows), expected = index_select(whole, 0, rows);
  for (int64_t t = 2; t < 5; ++t)
    check_equal(decoder->next(select(later, 1, t)), select(expected, 1, t));
}

TEST_CASE("decoding with a cache and reordered rows: transformer", "[models]") {
  for (bool norm_first : {false, true})
    for (const std::vector<int64_t>& rows :
         std::vector<std::vector<int64_t>>{{0, 1, 2}, {2, 0, 1}, {1, 1, 0, 2, 2}, {0, 0, 2}, {2}}) {
      Seq2SeqTransformer model({.source_vocab = 7,
                                .target_vocab = 6,
                                .d_model = 8,
                                .nhead = 2,
                                .dim_feedforward = 12,
                                .norm_first = norm_first,
                                .max_len = 20});
      check_decoding(model, rows);
    }
}

TEST_CASE("the cache of a transformer's decoder grows by one position per step", "[models]") {
  Seq2SeqTransformer model(
      {.source_vocab = 7, .target_vocab = 6, .d_model = 8, .nhead = 2, .layers = 3});
  model.eval();
  const NoGrad no_grad;
  const std::unique_ptr<Seq2SeqModel::Decoder> decoder = model.decoder(pad(sources, 0));
  const int64_t place = 3 * 2 * 3 * 8 * 4;  // layers, k and v, B, C, bytes
  CHECK(decoder->bytes() == 4 * place);     // the source
  for (int64_t t = 1; t < 5; ++t) {
    decoder->next(full({3}, 1, DType::i64));
    CHECK(decoder->bytes() == (4 + t) * place);
  }
  decoder->reorder({0, 0, 0, 1, 2, 2});  // the source is shared
  decoder->next(full({6}, 1, DType::i64));
  CHECK(decoder->bytes() == (4 + 2 * 5) * place);
  decoder->reorder({1, 4});
  CHECK(3 * decoder->bytes() == 2 * (4 + 5) * place);
}

TEST_CASE("decoding with reordered rows: recurrent models", "[models]") {
  for (RecurrentKind kind : {RecurrentKind::gru, RecurrentKind::lstm})
    for (const std::optional<AttentionScore> attention :
         {std::optional<AttentionScore>{}, std::optional(AttentionScore::additive),
          std::optional(AttentionScore::dot)}) {
      RecurrentSeq2Seq model({.source_vocab = 7,
                              .target_vocab = 6,
                              .embed_dim = 3,
                              .hidden_size = 5,
                              .num_layers = 2,
                              .kind = kind,
                              .attention = attention});
      check_decoding(model, {1, 1, 0, 2});
    }
}

TEST_CASE("rows are reordered in place, and only rows that change are written", "[models]") {
  const NoGrad no_grad;
  Generator gen(3);
  for (int trial = 0; trial < 200; ++trial) {
    const int64_t before = 1 + gen.below(6), after = 1 + gen.below(8);
    const Tensor x = input({before, 3, 2}, static_cast<uint64_t>(trial));
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < after; ++i) rows.push_back(gen.below(before));
    for (const bool strided : {false, true}) {  // as the heads of a cache are
      Tensor t = strided ? transpose(transpose(x, 1, 2).clone_data(), 1, 2) : x.clone_data();
      const Storage* const place = t.storage();
      reorder_rows(t, rows);
      check_equal(t, index_select(x, 0, rows), 0);
      CHECK((t.storage() == place) == (after <= before));
    }
  }
  Tensor kept = input({3, 2});
  const std::vector<double> values = kept.to_vector<double>();
  const auto writes = kept.storage()->version;
  reorder_rows(kept, {0, 1});
  CHECK(kept.storage()->version == writes);
  CHECK(kept.to_vector<double>() == std::vector<double>(values.begin(), values.begin() + 4));
  CHECK_THROWS(reorder_rows(kept, {2}));
}

}  // namespace models_decoder_cache_test
