// SPDX-License-Identifier: MIT
// Attention is high where the answer does not depend on the week.
#include <algorithm>
#include <cmath>

#include "models/explain/series_meaning.h"
#include "tools/lab/churn.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_not_a_cause {

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  // Confounded: the type of customer shows in weeks 1, 2, 4 and 5 alike.
  const bool confounded = !e.broken();
  const SeriesSet set =
      churn_series({.customers = 800, .confounded = confounded, .seed = e.seed()});
  const SeriesSet test =
      churn_series({.customers = 100, .confounded = confounded, .seed = e.seed() + 1000});
  const SeriesScale scale = series_scale(set);
  SequenceClassifier model = churn_model(set, scale, SeriesModel::transformer, 500, e.seed());
  const double auc = churn_auc(model, test, scale);
  const MeanMeaning m = mean_meaning(model, test, scale, 60);
  Table table{.columns = {{"week", 0}, {"attention", 3}, {"effect", 3}, {"gradient × input", 3}},
              .title = "Three views of the same model, means over 60 customers"};
  BarChart bars{.title = "attention and effect", .axis = "", .series = {{"attention"}, {"effect"}}};
  for (size_t t = 0; t < 8; ++t) {
    table.rows.push_back({static_cast<double>(t + 1), m.attention[t], m.effect[t], m.gradient[t]});
    bars.names.push_back(week_name(t));
  }
  bars.series[0].values = m.attention;
  bars.series[1].values = m.effect;
  e.table(table);
  e.chart(bars);
  const auto top = static_cast<size_t>(std::max_element(m.attention.begin(), m.attention.end()) -
                                       m.attention.begin());
  e.note("Most attention: " + week_name(top) + ". Without it the answer changes by " +
         short_number(m.effect[top]) + ".");
  e.above(24, "AUC of the model", auc, 0.85);
  e.below(24, "effect of the week of most attention", m.effect[top], 0.05);
}

}  // namespace lab_not_a_cause

LabPage not_a_cause_page() {
  return {.name = "not-a-cause",
          .chapter = "interpretation",
          .title = "Attention is not cause",
          .items = {24},
          .claim =
              "When several weeks contain the same information, a model may attend to some of them "
              "although none is needed: without the week of most attention the "
              "answer hardly changes.",
          .formula =
              "attention: what the model reads\n"
              "effect:    p(class | all weeks) − p(class | without week t)",
          .breaks = "only weeks 4 and 5 contain the information",
          .read = {{"models/explain/series_meaning.h", "struct StepMeaning"},
                   {"tools/draw/step_table.cpp", "attention and effect disagree"}},
          .next = "explain --help",
          .questions = {{"Attention and effect disagree. Which one is wrong?",
                         "Neither: they answer different questions. What the model reads is one "
                         "thing, what its answer depends on another, and what causes churn in "
                         "the world a third, which no look into a model decides."},
                        {"How would you find out whether a week matters in the world?",
                         "Change it there and see: an experiment with customers chosen at random. "
                         "The data alone cannot tell a cause from its companion."}},
          .run = lab_not_a_cause::run};
}

}  // namespace gradus::tools
