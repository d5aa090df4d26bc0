// SPDX-License-Identifier: MIT
// The sentence at the end of a report: whether the model or a simple one wins, and by how much
// against the noise.
#pragma once
#include <string>
#include <vector>

#include "gradus/io/json.h"
#include "gradus/train/interval.h"
#include "models/tasks/classify_task.h"

namespace gradus {

/// Of fewer samples no figure means anything.
inline constexpr int64_t enough_samples = 20;

/// A model and a simple one on the same samples.
struct Contest {
  std::string metric;     // "AUC"; of more than two classes, or where it is not defined, "accuracy"
  double of_model = 0, of_rival = 0;
  Interval difference{};  // of_model - of_rival; `half` is not finite where the noise is not known
  bool lower_is_better = false;
};
/// Whether both have an AUC of two classes.
bool have_auc(const ClassifyFigures& model, const ClassifyFigures& rival);
/// By DeLong's interval of the AUCs, or of the accuracies by the answers that differ.
Contest contest_of(const ClassifyFigures& model, const ClassifyFigures& rival,
                   const std::vector<int64_t>& labels, bool by_auc);
/// The means over folds, by the interval of the differences fold by fold.
Contest contest_of_folds(const std::vector<Contest>& folds);

struct Conclusion {
  std::string model;      // as --model says it
  std::string judged_on;  // "test", "valid", "folds" or "train"
  int64_t samples = 0;    // that the figures are of
  int64_t training = 0;   // samples that the model was trained on
  struct Rival {
    std::string model, name;  // "logistic", "logistic regression"
    bool choice = true;       // --model can name it
    Contest contest{};
  };
  std::vector<Rival> rivals{};
};

/// Of losses series by series.
Contest contest_of_losses(const std::vector<double>& model, const std::vector<double>& rival,
                          double of_model, double of_rival);
Conclusion::Rival majority_rival(const Contest& contest, bool choice = true);
Conclusion::Rival logistic_rival(const Contest& contest, bool choice = true);

/// Sets "winner", one of the models or "none", and "conclusion", the sentence.
void conclude(Json& figures, const Conclusion& c);

}  // namespace gradus
