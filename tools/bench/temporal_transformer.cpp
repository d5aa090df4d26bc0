// SPDX-License-Identifier: MIT
// W1: one training step of a small temporal transformer: 32 series of 8 to 12 steps and 4
// features, three post-norm layers of width 64, AdamW, clipping, one logit.
#include "gradus/nn/position.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/clip.h"
#include "models/sequence_classifier.h"
#include "tools/bench/bench.h"

namespace gradus::tools {
namespace {

constexpr int64_t B = 32, T = 12, F = 4, C = 64, H = 4, layers = 3, hidden = 128;

struct Model : Module {
  Linear projection{{F, C}};
  LearnedPosition position{{.d_model = C, .max_len = T}};
  TransformerEncoder encoder{{.layer = {.d_model = C,
                                        .nhead = H,
                                        .dim_feedforward = hidden,
                                        .dropout = 0.1,
                                        .activation = Activation::gelu},
                              .num_layers = layers}};
  Linear head{{C, 1}};
  void visit(Visitor& v) override {
    v("projection", projection);
    v("position", position);
    v("encoder", encoder);
    v("head", head);
  }
  Tensor operator()(const Tensor& x, const std::vector<int64_t>& lengths) const {
    const Tensor y = encoder(position(projection(x)), Mask::padding(lengths));
    return squeeze(head(masked_mean(y, lengths)), -1);
  }
};

// Multiplications and additions of all matrix products, forward and backward, in 1e9.
double gflop() {
  const double rows = B * T;
  const double attention = 2 * 2.0 * B * T * T * C;  // scores and the weighted sum
  const double layer = 2 * rows * C * (4.0 * C + 2.0 * hidden) + attention;
  // Backward is twice forward; the series themselves need no gradient.
  return (3 * layers * layer + 2 * 2 * rows * F * C + 3 * 2.0 * B * C) / 1e9;
}

Json run(const BenchSettings& settings) {
  manual_seed(0);
  Generator gen(0);
  Model model;
  AdamW optimizer(model.named_parameters(), {.lr = 1e-3, .weight_decay = 1e-2});
  std::vector<int64_t> lengths = randint(8, T + 1, {B}, gen).to_vector<int64_t>();
  lengths[0] = T;
  const Tensor x = randn({B, T, F}, gen), y = randint(0, 2, {B}, gen).to(DType::f32);
  StepFacts facts{.gflop = gflop(), .parameters = model.count(), .warmup = 20, .steps = 200};
  for (int64_t n : lengths) facts.tokens += static_cast<double>(n);
  const std::vector<NamedTensor> parameters = model.named_parameters();
  return time_steps("W1", settings, facts, [&] {
    optimizer.zero_grad();
    const Tensor loss = binary_cross_entropy_with_logits(model(x, lengths), y);
    loss.backward();
    clip_grad_norm(parameters, 1);
    optimizer.step();
    loss.item();
  });
}

}  // namespace

const Workload bench_w1{"W1", "training a temporal transformer", run};

}  // namespace gradus::tools
