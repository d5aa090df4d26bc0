// SPDX-License-Identifier: MIT
// Compares a classifier of series with the simple models.
#include "tools/tasks/classify/evaluation.h"

#include <cmath>
#include <numeric>

#include "models/tasks/series_baseline.h"
#include "tools/app/conclusion.h"
#include "tools/tasks/class_report.h"

namespace gradus::tools {

Json evaluation_figures(const ClassifyFigures& measured, const EvaluatedOn& d) {
  Json f = classify_figures(measured, d.on.classes);
  const std::vector<int64_t> truth = labels_of(d.on).to_vector<int64_t>();
  const ClassifyFigures majority = majority_figures(d.class_counts, labels_of(d.on));
  f["baseline_accuracy"] = majority.accuracy;
  Conclusion c{.model = d.model,
               .evaluated_on = d.where,
               .samples = d.on.size(),
               .training = std::reduce(d.class_counts.begin(), d.class_counts.end()),
               .rivals = {}};
  const auto contest = [&](const ClassifyFigures& rival) {
    return contest_of(measured, rival, truth, have_auc(measured, rival));
  };
  if (d.model != "majority") c.rivals.push_back(majority_rival(contest(majority)));
  if (d.logistic) {
    const ClassifyFigures simple = logistic_figures(*d.logistic, d.on, d.scale);
    f["logistic_accuracy"] = simple.accuracy;
    f["logistic_auc"] = simple.auc ? Json(*simple.auc) : Json();
    if (d.model != "majority" && d.model != "logistic")
      c.rivals.push_back(logistic_rival(contest(simple)));
  }
  c.without_logistic = !d.logistic && d.model != "majority" && d.model != "logistic";
  conclude(f, c);
  return f;
}

Json figures_by_part(const Tensor& step_logits, const SeriesSet& on,
                     std::optional<double> threshold) {
  const std::vector<double> logits = step_logits.to_vector<double>();
  const auto classes = static_cast<int64_t>(on.classes.size());
  Json all = Json::array();
  for (const double part : {0.25, 0.5, 0.75, 1.0}) {
    std::vector<double> chosen;
    int64_t first = 0;
    for (const Series& s : on.series) {
      const auto seen = static_cast<int64_t>(std::ceil(part * static_cast<double>(s.length())));
      const auto at = logits.begin() + (first + seen - 1) * classes;
      chosen.insert(chosen.end(), at, at + classes);
      first += s.length();
    }
    const ClassifyFigures f =
        figures_of(tensor(chosen, {on.size(), classes}, DType::f64), labels_of(on), threshold);
    Json row;
    row["part"] = part;
    row["accuracy"] = f.accuracy;
    row["auc"] = f.auc ? Json(*f.auc) : Json();
    all.push_back(row);
  }
  return all;
}

}  // namespace gradus::tools
