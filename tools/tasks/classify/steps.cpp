// SPDX-License-Identifier: MIT
// Attributes a prediction to the steps of a series: for one series, or averaged over all.
#include "tools/tasks/classify/steps.h"

#include <cstdio>
#include <set>

#include "tools/cli/cli.h"

namespace gradus::tools {
namespace {

// Averages steps with the same index; a step is labelled by its time if all series share that time.
StepTable mean_steps(SequenceClassifier& model, const SeriesSet& set, const SeriesScale& scale) {
  const MeanMeaning m = mean_meaning(model, set, scale, set.size());
  StepTable t{
      .title = text({"importance of each step: mean absolute value over ", m.series, " series"}),
      .steps = {},
      .attention = m.attention,
      .effect = m.effect,
      .gradient = m.gradient};
  for (size_t i = 0; i < m.effect.size(); ++i) {
    std::set<double> times;
    for (const Series& s : set.series)
      if (i < s.times.size()) times.insert(s.times[i]);
    t.steps.push_back(times.size() == 1 ? set.time_text(*times.begin()) : text({"no. ", i + 1}));
  }
  return t;
}

}  // namespace

StepTable series_steps(SequenceClassifier& model, const SeriesSet& set, const SeriesScale& scale,
                       const AttentionChoice& choice) {
  if (choice.all) return mean_steps(model, set, scale);
  check_example(choice, set.size());
  const Series& series = set.series[static_cast<size_t>(choice.example)];
  if (choice.step >= series.length())
    usage_error({"--step ", choice.step, ": series ", printable(series.id, 20), " has ",
                 series.length(), ", from 0 to ", series.length() - 1});
  const StepMeaning m = step_meaning(model, set, scale, choice.example, choice.step);
  char p[32];
  std::snprintf(p, sizeof p, "%.2f", m.probability);
  StepTable t{.title = text({"importance of each step for the prediction ",
                             printable(set.classes[static_cast<size_t>(m.predicted)], 20), " (", p,
                             ") for series ", printable(series.id, 20)}),
              .steps = {},
              .attention = m.attention,
              .effect = m.effect,
              .gradient = m.gradient};
  if (choice.step >= 0) t.title += text({" at time ", set.time_text(m.times.back())});
  for (double time : m.times) t.steps.push_back(set.time_text(time));
  return t;
}

StepTable as_effects(StepTable steps) {
  return {.title = "fall of the probability of the predicted class",
          .steps = std::move(steps.steps),
          .effect = std::move(steps.effect)};
}

}  // namespace gradus::tools
