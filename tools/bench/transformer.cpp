// SPDX-License-Identifier: MIT
// W3 and W4: one training step of an encoder-decoder transformer on copying, with Adam. W3 is
// small: 32 sequences of 10 to 20 tokens, width 128, 2 + 2 layers. W4 is the base model of
// Vaswani et al. 2017: 16 sequences of 32 tokens, width 512, 6 + 6 layers, 8,000 words.
#include <cmath>

#include "gradus/nn/position.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "tools/bench/bench.h"

namespace gradus::tools {
namespace {

struct Size {
  const char* name;
  int64_t C, H, layers, hidden, V, B, shortest, T;
  StepFacts facts;
};
constexpr Size small{"W3", 128, 4, 2, 512, 64, 32, 10, 20, {.warmup = 4, .steps = 40}};
constexpr Size base{"W4", 512, 8, 6, 2048, 8000, 16, 32, 32, {.warmup = 2, .steps = 5}};

struct Model : Module {
  explicit Model(const Size& s)
      : width(static_cast<double>(s.C)),
        source({s.V, s.C}),
        target({s.V, s.C}),
        position({.d_model = s.C, .max_len = 64}),
        transformer({.d_model = s.C,
                     .nhead = s.H,
                     .num_encoder_layers = s.layers,
                     .num_decoder_layers = s.layers,
                     .dim_feedforward = s.hidden,
                     .dropout = 0.1}),
        generator({s.C, s.V}) {}
  void visit(Visitor& v) override {
    v("source", source);
    v("target", target);
    v("position", position);
    v("transformer", transformer);
    v("generator", generator);
  }
  Tensor embed(const Embedding& table, const Tensor& ids) const {
    return position(mul(table(ids), std::sqrt(width)));
  }
  Tensor operator()(const Tensor& src, const Tensor& tgt, const Mask& padding) const {
    return generator(
        transformer(embed(source, src), embed(target, tgt),
                    {.src = padding, .tgt = Mask::causal() & padding, .memory = padding}));
  }

  double width;
  Embedding source, target;
  LearnedPosition position;
  Transformer transformer;
  Linear generator;
};

// Multiplications and additions of all matrix products, forward and backward, in 1e9.
double gflop(const Size& s) {
  const double C = static_cast<double>(s.C), T = static_cast<double>(s.T);
  const double rows = static_cast<double>(s.B) * T;
  const double attention = 2 * rows * C * 4 * C + 2 * 2 * rows * T * C;
  const double feed_forward = 2 * rows * C * 2 * static_cast<double>(s.hidden);
  const double layers = static_cast<double>(s.layers) * (3 * attention + 2 * feed_forward);
  return 3 * (layers + 2 * rows * C * static_cast<double>(s.V)) / 1e9;
}

Json run(const Size& s, const BenchSettings& settings) {
  manual_seed(0);
  Generator gen(0);
  Model model(s);
  Adam optimizer(model.named_parameters(), {.lr = 1e-4});
  std::vector<int64_t> lengths = randint(s.shortest, s.T + 1, {s.B}, gen).to_vector<int64_t>();
  lengths[0] = s.T;
  Tensor src = randint(3, s.V, {s.B, s.T}, gen), tgt = ones({s.B, s.T}, DType::i64);
  int64_t *from = src.mutable_data<int64_t>(), *to = tgt.mutable_data<int64_t>();
  StepFacts facts = s.facts;
  facts.gflop = gflop(s);
  facts.parameters = model.count();
  for (int64_t b = 0; b < s.B; ++b) {
    const int64_t n = lengths[static_cast<size_t>(b)];
    facts.tokens += 2 * static_cast<double>(n);
    for (int64_t t = n; t < s.T; ++t) from[b * s.T + t] = 0;
    for (int64_t t = 1; t < s.T; ++t) to[b * s.T + t] = from[b * s.T + t - 1];
  }
  const Mask padding = Mask::padding(lengths);
  return time_steps(s.name, settings, facts, [&] {
    optimizer.zero_grad();
    const Tensor loss = cross_entropy(reshape(model(src, tgt, padding), {-1, s.V}),
                                      reshape(src, {-1}), {.ignore_index = 0});
    loss.backward();
    optimizer.step();
    loss.item();
  });
}

}  // namespace

const Workload bench_w3{"W3", "training an encoder-decoder transformer",
                        [](const BenchSettings& s) { return run(small, s); }};
const Workload bench_w4{"W4", "the same, at the size of the paper",
                        [](const BenchSettings& s) { return run(base, s); }};

}  // namespace gradus::tools
