// SPDX-License-Identifier: MIT
// The conclusion at the end of a report: whether the model or a simple one wins, and whether the
// difference exceeds the noise.
#pragma once
#include <string>
#include <vector>

#include "gradus/io/json.h"
#include "gradus/train/interval.h"
#include "models/tasks/classify_task.h"

namespace gradus::tools {

/// With fewer samples, figures are too noisy to compare.
inline constexpr int64_t enough_samples = 20;

/// A model and a simple one, evaluated on the same samples.
struct Contest {
  std::string metric;  // "AUC"; "accuracy" for more than two classes or if AUC is undefined
  double of_model = 0, of_rival = 0;
  Interval difference{};  // of_model - of_rival; `half` is not finite if the noise is unknown
  bool lower_is_better = false;
};
/// Whether both models have an AUC of two classes.
bool have_auc(const ClassifyFigures& model, const ClassifyFigures& rival);
/// By AUC with DeLong's interval, or by accuracy with the interval of the differing predictions.
Contest contest_of(const ClassifyFigures& model, const ClassifyFigures& rival,
                   const std::vector<int64_t>& labels, bool by_auc);
/// By the means over folds, with the interval of the differences per fold.
Contest contest_of_folds(const std::vector<Contest>& folds);

struct Conclusion {
  std::string model;         // as in --model
  std::string evaluated_on;  // "test", "valid", "folds" or "train"
  int64_t samples = 0;       // number of evaluated samples
  int64_t training = 0;      // number of training samples, or of what `unit` names
  std::string unit = "sample";
  struct Rival {
    std::string model, name;  // "logistic", "logistic regression"
    bool choice = true;       // whether --model can select it
    Contest contest{};
  };
  std::vector<Rival> rivals{};
  bool without_logistic = false;  // its training had one to compare with, which is not known here
};

/// By the losses of each series.
Contest contest_of_losses(const std::vector<double>& model, const std::vector<double>& rival,
                          double of_model, double of_rival);
Conclusion::Rival majority_rival(const Contest& contest, bool choice = true);
Conclusion::Rival logistic_rival(const Contest& contest, bool choice = true);

/// Sets "winner", one of the models or "none", and "conclusion", the sentence of the report.
void conclude(Json& figures, const Conclusion& c);

}  // namespace gradus::tools
