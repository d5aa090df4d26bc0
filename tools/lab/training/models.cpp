// SPDX-License-Identifier: MIT
// Four kinds of model on few and on many series.
#include <algorithm>
#include <cmath>

#include "models/tasks/series_baseline.h"
#include "tools/lab/churn.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_models {

constexpr std::pair<SeriesModel, const char*> kinds[] = {{SeriesModel::lstm, "LSTM"},
                                                         {SeriesModel::tcn, "TCN"},
                                                         {SeriesModel::transformer, "transformer"}};
constexpr int64_t few = 40, many = 500;

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  const double noise = e.broken() ? 0.5 : 0.05;  // the share of flipped labels
  const SeriesSet test = churn_series({.customers = 400, .noise = noise, .seed = e.seed() + 1000});
  Table table{.columns = {{"model"}, {"parameters", 0}, {"40 customers", 3}, {"500 customers", 3}},
              .title = "AUC on 400 new customers"};
  BarChart bars{
      .title = "AUC by number of training series", .axis = "AUC", .series = {{"40"}, {"500"}}};
  for (const auto& [kind, name] : kinds) table.rows.push_back({std::string(name)});
  table.rows.push_back({std::string("logistic regression")});
  double gain = 0, worst = 1;
  for (size_t size = 0; size < 2; ++size) {
    const SeriesSet set = churn_series(
        {.customers = size == 0 ? few : many, .noise = noise, .seed = e.seed() + 2000});
    const SeriesScale scale = series_scale(set);
    for (size_t k = 0; k < std::size(kinds); ++k) {
      const SequenceClassifier model = churn_model(set, scale, kinds[k].first, 300, e.seed());
      const double auc = churn_auc(model, test, scale);
      if (size == 0) table.rows[k].push_back(static_cast<double>(model.count()));
      table.rows[k].push_back(auc);
      gain += (size == 0 ? -auc : auc) / 3;
      if (size == 1) worst = std::min(worst, auc);
    }
    const double simple = logistic_regression(set, test, scale).auc.value_or(NAN);
    if (size == 0) table.rows.back().push_back(NAN);
    table.rows.back().push_back(simple);
    for (const auto& row : table.rows) bars.series[size].values.push_back(row.back().value);
  }
  for (const auto& row : table.rows) bars.names.push_back(row[0].words);
  e.table(table);
  e.chart(bars);
  e.above(27, "AUC of the worst network, 500 customers", worst, 0.8);
  e.above(28, "mean gain of the networks from 40 to 500", gain, 0.03);
}

}  // namespace lab_models

LabPage models_page() {
  return {.name = "models",
          .chapter = "training",
          .title = "LSTM, TCN, transformer: which, and when",
          .items = {27, 28},
          .claim =
              "On series of 8 weeks all three networks learn the cause from 500 customers and "
              "differ little; from 40 all are worse, and how many series there are decides "
              "more than the kind of model.",
          .formula = "AUC = P(score of a customer who left > score of one who stayed)",
          .breaks = "half of all labels are flipped: there is nothing to learn",
          .read = {{"models/series_encoder.h", "enum class SeriesModel"},
                   {"tools/compare/longitudinal_runs.cpp", "of_size"}},
          .next = "compare longitudinal --seeds 2 --steps 100",
          .questions = {{"Two models differ by 0.01 of AUC here. Is one better?",
                         "One run cannot tell: another seed moves each by as much. gradus compare "
                         "longitudinal runs several seeds and names a winner only beyond the "
                         "noise."},
                        {"When would the transformer be expected to win?",
                         "With long series, where a cause far back must be found, and with many of "
                         "them. Neither is the case here."}},
          .run = lab_models::run};
}

}  // namespace gradus::tools
