// SPDX-License-Identifier: MIT
// The same classifier with computed, learned and no positions, on a question about order.
#include <algorithm>
#include <cmath>
#include <optional>

#include "gradus/autograd/node.h"
#include "gradus/nn/position.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/optim/adam.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_learned {

constexpr int64_t letters = 10, steps = 8, model = 32, batch = 32;
enum class Positions { none, sinusoidal, learned };

// Does the letter 0 come before the letter 1?
struct OrderClassifier : Module {
  explicit OrderClassifier(Positions kind)
      : embedding({letters, model}),
        encoder({.layer = {.d_model = model,
                           .nhead = 2,
                           .dim_feedforward = 64,
                           .dropout = 0,
                           .norm_first = true},
                 .num_layers = 1,
                 .norm = true}),
        head({model, 2}) {
    if (kind == Positions::sinusoidal) computed.emplace(PositionOptions{model, steps});
    if (kind == Positions::learned) learned.emplace(PositionOptions{model, steps});
  }
  Tensor operator()(const Tensor& ids) const {
    Tensor x = embedding(ids);
    if (computed) x = (*computed)(x);
    if (learned) x = (*learned)(x);
    return head(mean(encoder(x), {1}));
  }
  void visit(Visitor& v) override {
    v("embedding", embedding);
    v("computed", computed);
    v("learned", learned);
    v("encoder", encoder);
    v("head", head);
  }

  Embedding embedding;
  std::optional<SinusoidalPosition> computed;
  std::optional<LearnedPosition> learned;
  TransformerEncoder encoder;
  Linear head;
};

struct Cases {
  Tensor ids, first;  // whether 0 comes first
};
Cases cases(int64_t count, Generator& gen) {
  std::vector<int64_t> ids, first;
  for (int64_t b = 0; b < count; ++b) {
    int64_t row[steps];
    for (int64_t& letter : row) letter = 2 + gen.below(letters - 2);
    const int64_t a = gen.below(steps), c = (a + 1 + gen.below(steps - 1)) % steps;
    row[a] = 0;
    row[c] = 1;
    ids.insert(ids.end(), row, row + steps);
    first.push_back(a < c);
  }
  return {tensor(ids).view(count, steps), tensor(first)};
}

// Accuracy on new cases after each 25 updates.
std::vector<double> trained(Positions kind, uint64_t seed) {
  manual_seed(seed);
  Generator gen(seed, 1);
  OrderClassifier classifier(kind);
  Adam adam(classifier, 0.003);
  std::vector<double> curve;
  const Cases test = cases(1000, gen);
  for (int step = 1; step <= 250; ++step) {
    const Cases c = cases(batch, gen);
    adam.zero_grad();
    cross_entropy(classifier(c.ids), c.first).backward();
    adam.step();
    if (step % 25) continue;
    const NoGrad no_grad;
    curve.push_back(mean(eq(argmax(classifier(test.ids), -1), test.first).to(DType::f64)).item());
  }
  return curve;
}

void run(Experiment& e) {
  const DefaultDType narrow_type(DType::f32);
  LineChart chart{.title = "does letter 0 come before letter 1?",
                  .x_axis = "updates",
                  .y_axis = "share of right answers",
                  .from_zero = false,
                  .lines = {{"sinusoidal"}, {"learned"}, {"none"}}};
  const std::vector<double> none = trained(Positions::none, e.seed());
  chart.lines[0].y = e.broken() ? none : trained(Positions::sinusoidal, e.seed());
  chart.lines[1].y = e.broken() ? none : trained(Positions::learned, e.seed());
  chart.lines[2].y = none;
  for (auto& line : chart.lines)
    for (size_t i = 1; i <= line.y.size(); ++i) line.x.push_back(25.0 * static_cast<double>(i));
  e.chart(chart);
  e.above(13, "right answers, sinusoidal positions", chart.lines[0].y.back(), 0.9);
  e.above(13, "right answers, learned positions", chart.lines[1].y.back(), 0.9);
  e.below(13, "right answers without positions", none.back(), 0.6);
}

}  // namespace lab_learned

LabPage learned_page() {
  return {.name = "learned",
          .chapter = "positions",
          .title = "Computed or learned positions",
          .items = {13},
          .claim =
              "A learned vector per position does what sinusoids do: the same model, with either, "
              "learns which of two letters comes first. Without positions it can only guess.",
          .formula =
              "xₜ = embedding(letterₜ) + PE(t)        computed, no parameters\n"
              "xₜ = embedding(letterₜ) + Pₜ           learned, max_len × d parameters",
          .breaks = "both models are trained without positions",
          .read = {{"include/gradus/nn/position.h", "struct LearnedPosition"},
                   {"include/gradus/nn/position.h", "struct SinusoidalPosition"}},
          .next = "compare positions --help",
          .questions =
              {{"What can sinusoids do that learned positions cannot?",
                "They exist for any position, also one beyond the training length, and for times "
                "between two steps. A learned table ends at max_len."},
               {"Without positions, why exactly half of the answers?",
                "The letters 0 and 1 are in every case, so the sets of letters carry no hint, and "
                "a pooled encoder without positions sees only the set."}},
          .run = lab_learned::run};
}

}  // namespace gradus::tools
