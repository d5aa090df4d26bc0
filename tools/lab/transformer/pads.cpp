// SPDX-License-Identifier: MIT
// Padding changes no answer of a transformer for series.
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"
#include "models/sequence_classifier.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_pads {

constexpr int64_t weeks = 8, features = 4;

Tensor times_of(int64_t steps) {
  return reshape(arange(0, static_cast<double>(steps), 1, DType::f64), {1, steps});
}

void run(Experiment& e) {
  Generator gen(e.seed());
  Table table{.columns = {{"pooling"},
                          {"padded to 12", 2, true},
                          {"padded to 50", 2, true},
                          {"pads not masked", 2, true}},
              .title = "Change of the logits by pads full of noise"};
  const std::pair<Pooling, const char*> kinds[] = {
      {Pooling::mean, "mean"}, {Pooling::last, "last"}, {Pooling::attention, "attention"}};
  double most = 0, open = 1e300;
  for (const auto& [pooling, name] : kinds) {
    SequenceClassifier model(
        {.encoder = {.features = features, .d_model = 16}, .classes = 2, .pooling = pooling}, gen);
    model.eval();
    const Tensor x = randn({1, weeks, features}, gen);
    const Tensor alone = model(x, times_of(weeks), {weeks});
    const auto padded = [&](int64_t steps, int64_t length) {
      const Tensor noise = randn({1, steps - weeks, features}, gen) * 100.0;
      return largest_difference(alone, model(cat({x, noise}, 1), times_of(steps), {length}));
    };
    const double to_12 = padded(12, e.broken() ? 12 : weeks);
    const double to_50 = padded(50, e.broken() ? 50 : weeks), unmasked = padded(12, 12);
    table.rows.push_back({std::string(name), to_12, to_50, unmasked});
    most = std::max({most, to_12, to_50});
    open = std::min(open, unmasked);
  }
  e.table(table);
  e.below(19, "largest change of a logit by padding", most, 1e-12);
  e.above(19, "smallest change without the mask", open, 1e-3);
}

}  // namespace lab_pads

LabPage pads_page() {
  return {.name = "pads",
          .chapter = "transformer",
          .title = "Padding changes no answer",
          .items = {19},
          .claim =
              "A series of 8 weeks gives the same logits alone, padded to 12 and padded to "
              "50, even if the pads are full of noise: every part that mixes weeks must know "
              "the length.",
          .formula = "weights of pads = 0 exactly;  mean over real weeks;  last = week length",
          .breaks = "the pads count as weeks",
          .read = {{"models/series_encoder.cpp", "Mask::padding(lengths)"},
                   {"models/sequence_classifier.cpp", "masked_mean"}},
          .next = "lab attention-map",
          .questions = {{"Which parts of the model mix weeks?",
                         "Attention and pooling. LayerNorm, feed-forward and projections work on "
                         "one week each, and need no mask."},
                        {"A test pads with zeros and sees no change. Is the mask right?",
                         "It may not be: zeros change little. Noise times 100, as here, or NaN "
                         "shows any leak."}},
          .run = lab_pads::run};
}

}  // namespace gradus::tools
