// SPDX-License-Identifier: MIT
// Data with a known cause: does the effect of leaving weeks out find it in three kinds of model?
#include <algorithm>

#include "models/explain/series_explain.h"
#include "models/explain/series_meaning.h"
#include "tools/lab/churn.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_planted {

constexpr std::pair<SeriesModel, const char*> kinds[] = {{SeriesModel::lstm, "LSTM"},
                                                         {SeriesModel::tcn, "TCN"},
                                                         {SeriesModel::transformer, "transformer"}};

// The mean change of the probability of class 1 when a week is replaced by the average week.
std::vector<double> effects(const SequenceClassifier& model, const SeriesSet& set,
                            const SeriesScale& scale) {
  const SeriesAnswer answer{
      .outputs = [&](const Tensor& values, const Tensor& times,
                     const std::vector<int64_t>& lengths) { return model(values, times, lengths); },
      .names = set.classes,
      .gradients = false};
  const std::vector<int64_t> members = evenly_spread(set.size(), 60);
  const std::vector<int64_t> of(members.size(), 1);
  return explain_set(answer, input_columns(scale, set, "time"), set, scale, members, of).steps;
}

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  const double noise = e.broken() ? 0.5 : 0.05;
  const SeriesSet set = churn_series({.customers = 800, .noise = noise, .seed = e.seed()});
  const SeriesSet test = churn_series({.customers = 100, .noise = noise, .seed = e.seed() + 1000});
  const SeriesScale scale = series_scale(set);
  Table table{.columns = {{"week", 0}},
              .title = "Change of the probability when a week is replaced by the average week"};
  BarChart bars{.title = "effect of each week, mean over 60 customers", .axis = "effect"};
  for (size_t t = 0; t < 8; ++t) {
    table.rows.push_back({static_cast<double>(t + 1)});
    bars.names.push_back(week_name(t));
  }
  double found = 0, contrast = 1e300;
  std::vector<double> attention;
  for (const auto& [kind, name] : kinds) {
    SequenceClassifier model = churn_model(set, scale, kind, 300, e.seed());
    const std::vector<double> effect = effects(model, test, scale);
    table.columns.push_back({name, 3});
    bars.series.push_back({name, effect});
    for (size_t t = 0; t < 8; ++t) table.rows[t].push_back(effect[t]);
    found += two_largest(effect) == std::pair<size_t, size_t>{3, 4};
    const double other =
        std::max({effect[0], effect[1], effect[2], effect[5], effect[6], effect[7]});
    if (kind != SeriesModel::transformer)
      contrast = std::min({contrast, effect[3] / other, effect[4] / other});
    else attention = mean_meaning(model, test, scale, 60).attention;
  }
  table.columns.push_back({"its attention", 3});
  for (size_t t = 0; t < 8; ++t) table.rows[t].push_back(attention[t]);
  e.table(table);
  e.chart(bars);
  e.equal(23, "models whose two largest effects are weeks 4 and 5", found, 3);
  e.above(25, "LSTM and TCN, week 4 or 5 / largest other, the least", contrast, 1.1);
}

}  // namespace lab_planted

LabPage planted_page() {
  return {.name = "planted",
          .chapter = "interpretation",
          .title = "Finding a planted cause",
          .items = {23, 25},
          .claim =
              "In these data satisfaction in weeks 4 and 5 decides who leaves. "
              "Replacing one week at a time by the average week finds them in an LSTM, a TCN and a "
              "transformer alike: the "
              "question \"what changes the answer\" needs no attention.",
          .formula = "effect of week t = mean |p(x) − p(x with week t averaged)|",
          .breaks = "half of all labels are flipped: no week decides anything",
          .read = {{"models/explain/series_explain.h", "explain_set"},
                   {"include/gradus/data/toy_series.h", "ChurnOptions"}},
          .next = "lab not-a-cause",
          .questions =
              {{"An LSTM has no attention. Can it be interpreted all the same?",
                "Yes: there are no weights to look at, but the effect of a week is defined for "
                "any model, and here it points at the same weeks."},
               {"When does replacing one week find nothing although weeks matter?",
                "When two weeks carry the same information: without either the other is "
                "enough, and both effects are near 0. Then replace both."}},
          .correction =
              "with the settings of text 000 attention ties weeks 3 and 4; the effect "
              "finds weeks 4 and 5, which were planted.",
          .run = lab_planted::run};
}

}  // namespace gradus::tools
