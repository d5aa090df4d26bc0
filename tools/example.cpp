// SPDX-License-Identifier: MIT
// Drawing the inputs of examples.
#include "tools/example.h"

#include <algorithm>

#include "gradus/autograd/node.h"

namespace gradus::tools {

TokenBatch example_ids(int64_t vocab, int64_t longest) {
  Generator gen(1);
  const int64_t length = std::min<int64_t>(longest, 12);
  return {randint(0, vocab, {2, length}, gen), {length, std::max<int64_t>(length - length / 3, 1)}};
}

ExampleSeries example_series(int64_t features, int64_t longest) {
  Generator gen(1);
  const int64_t length = std::clamp<int64_t>(longest, 1, 9);
  ExampleSeries s{randn({3, length, features}, gen), {}, {}};
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
