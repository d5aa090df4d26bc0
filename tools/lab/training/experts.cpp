// SPDX-License-Identifier: MIT
// A mixture of two experts finds the two regimes of its data.
#include <algorithm>

#include "gradus/nn/moe.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tools/lab/fit.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_experts {

constexpr int64_t width = 8;

// y = A x in the first regime and B x in the second; the first entry of x names the regime.
struct Regimes {
  Regimes(bool shows, Generator& gen)
      : visible(shows), first(randn({width, width}, gen)), second(randn({width, width}, gen)) {}
  struct Sample {
    Tensor x, y, regime;
  };
  Sample sample(int64_t rows, Generator& gen) const {
    const Tensor regime = randint(0, 2, {rows, 1}, gen);
    const Tensor sign = regime.to(default_dtype()) * 2.0 - 1.0;
    const Tensor x =
        cat({visible ? sign : randn({rows, 1}, gen), randn({rows, width - 1}, gen)}, 1);
    const Tensor y = where(regime == 1, matmul(x, first), matmul(x, second));
    return {x, y, squeeze(regime, 1)};
  }
  bool visible;
  Tensor first, second;
};

// How many rows of each regime (0, 1) choose each expert (0, 1).
std::vector<double> choices(const MixtureOfExperts& mixture, const Regimes::Sample& s) {
  const NoGrad no_grad;
  const auto expert = argmax(mixture.gate(s.x), -1).to_vector<int64_t>();
  const auto regime = s.regime.to_vector<int64_t>();
  std::vector<double> counts(4);
  for (size_t i = 0; i < expert.size(); ++i)
    counts[static_cast<size_t>(2 * regime[i] + expert[i])] += 1;
  return counts;
}

// The norm of the gradient of the expert that a single row does not choose.
double idle_gradient(MixtureOfExperts& mixture, const Regimes::Sample& one) {
  mixture.zero_grad();
  mse_loss(mixture(one.x), one.y).backward();
  const auto chosen = argmax(mixture.gate(one.x), -1).to_vector<int64_t>()[0];
  double sum = 0;
  for (const Tensor& p : mixture.experts[static_cast<size_t>(1 - chosen)].parameters())
    if (p.grad().defined()) sum += norm_of(p.grad());
  return sum;
}

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  Generator gen(e.seed());
  const Regimes data(!e.broken(), gen);
  MixtureOfExperts mixture({.expert = {.d_model = width, .dim_feedforward = 32, .dropout = 0},
                            .num_experts = 2,
                            .top_k = 1},
                           gen);
  fit(mixture, {.steps = e.reduced() ? 600 : 1500, .lr = 1e-2}, [&](int64_t) {
    const Regimes::Sample s = data.sample(64, gen);
    ExpertRecorder seen;
    const Tensor error = mse_loss(mixture(s.x), s.y);
    return error + seen.balance_loss() * 0.1;
  });
  const std::vector<double> n = choices(mixture, data.sample(1000, gen));
  Table table{.columns = {{""}, {"expert 1", 0}, {"expert 2", 0}},
              .rows = {{std::string("first regime"), n[0], n[1]},
                       {std::string("second regime"), n[2], n[3]}},
              .title = "Which expert 1,000 new samples choose"};
  e.table(table);
  const double agreement = std::max(n[0] + n[3], n[1] + n[2]) / 1000;
  e.above(57, "samples whose expert follows the regime", agreement, 0.9);
  e.equal(57, "gradient of an expert that was not chosen",
          idle_gradient(mixture, data.sample(1, gen)), 0);
}

}  // namespace lab_experts

LabPage experts_page() {
  return {.name = "experts",
          .chapter = "training",
          .title = "Experts divide the work",
          .items = {57},
          .claim =
              "In a mixture of experts a gate sends each input to one expert. Nobody tells "
              "it which: when the data have two regimes, each expert takes one. An expert "
              "that was not chosen learns nothing.",
          .formula =
              "p = softmax(W x)        y = pₑ · expertₑ(x),  e = argmax p\n"
              "loss = error + 0.1 · balance      so that no expert takes all",
          .breaks = "the input does not show its regime",
          .read = {{"include/gradus/nn/moe.h", "struct MixtureOfExperts"},
                   {"src/nn/moe.cpp", "MixtureOfExperts::choose"}},
          .next = "train lm --help",
          .questions = {{"argmax has no gradient. How does the gate learn?",
                         "Through the factor pₑ of the chosen expert: if its answer helps, its "
                         "probability rises. The choice itself is not differentiated."},
                        {"Is the loss always lower than that of one larger network?",
                         "No. The claim is that the work is divided, so each input costs one "
                         "expert only; how good the answers are depends on the training."}},
          .reduced = "600 steps instead of 1,500",
          .run = lab_experts::run};
}

}  // namespace gradus::tools
