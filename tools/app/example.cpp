// SPDX-License-Identifier: MIT
// Draws the inputs of examples.
#include "tools/app/example.h"

#include <algorithm>

#include "gradus/autograd/node.h"

namespace gradus::tools {

TokenBatch example_ids(int64_t vocab, int64_t longest) {
  Generator gen(1);
  const int64_t length = std::min<int64_t>(longest, 12);
  return {randint(0, vocab, {2, length}, gen), {length, std::max<int64_t>(length - length / 3, 1)}};
}

namespace {

// Draws one category for each text, in its columns.
void draw_categories(const SeriesScale& scale, Tensor& values, Generator& gen) {
  const int64_t width = values.size(2), rows = values.numel() / width;
  const Tensor wide = values.to(DType::f64);
  std::vector<double> x = wide.to_vector<double>();
  int64_t column = width - static_cast<int64_t>(scale.embedded().size());
  for (const TextScale& t : scale.texts)
    if (!t.embedded) column -= static_cast<int64_t>(t.seen.size());
  for (const bool embedded : {false, true})
    for (const TextScale& t : scale.texts) {
      if (t.embedded != embedded) continue;
      const auto kinds = static_cast<int64_t>(t.seen.size());
      for (int64_t row = 0; row < rows; ++row) {
        const int64_t one = gen.below(kinds);
        double* at = x.data() + row * width + column;
        if (embedded) *at = static_cast<double>(one + 1);
        else
          for (int64_t k = 0; k < kinds; ++k) at[k] = k == one;
      }
      column += embedded ? 1 : kinds;
    }
  values = tensor(x, values.shape(), values.dtype());
}

}  // namespace

ExampleSeries example_series(const SeriesScale& scale, int64_t longest) {
  Generator gen(1);
  const int64_t length = std::clamp<int64_t>(longest, 1, 9);
  ExampleSeries s{randn({3, length, scale.width()}, gen), {}, {}};
  if (!scale.texts.empty()) draw_categories(scale, s.values, gen);
  std::vector<double> times;
  for (int64_t i = 0; i < 3; ++i) {
    s.lengths.push_back(std::max<int64_t>(length - 2 * i, 1));
    double at = 0;
    for (int64_t t = 0; t < length; ++t) times.push_back(at += 0.5 + gen.uniform());
  }
  s.times = tensor(times, {3, length}, s.values.dtype());
  return s;
}

Tensor lengths_tensor(const std::vector<int64_t>& lengths) { return id_tensor(lengths); }

Example seq2seq_example(const Seq2SeqModel& model, int64_t source_vocab, int64_t longest) {
  const NoGrad no_grad;
  Seq2SeqBatch b;
  b.source = example_ids(source_vocab, longest);
  b.input = example_ids(model.target_vocab(), longest);
  b.input.lengths.assign(2, b.input.ids.size(1));
  return {{"source", b.source.ids},
          {"source_lengths", lengths_tensor(b.source.lengths)},
          {"target", b.input.ids},
          {"logits", model(b)}};
}

}  // namespace gradus::tools
