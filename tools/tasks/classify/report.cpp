// SPDX-License-Identifier: MIT
// Figures and predictions of classifiers of series.
#include "tools/tasks/classify/report.h"

#include <cstdio>

#include "gradus/ops/softmax.h"
#include "gradus/train/answers.h"
#include "gradus/train/progress.h"
#include "tools/draw/table.h"

namespace gradus::tools {

std::string folds_text(const Json& f) {
  const auto score = [&](const char* label, const char* key) {
    const Json &mean = f.at(key), &sd = f.at(text({key, "_sd"}));
    char out[80];
    if (mean.is_null()) return std::string();
    std::snprintf(out, sizeof out, "%s %.3f +- %.3f", label, mean.number(),
                  sd.is_null() ? 0 : sd.number());
    return std::string(out);
  };
  const std::string auc = score("AUC", "auc");
  return text({f.at("folds").integer(), " folds: ", score("accuracy", "accuracy"),
               auc.empty() ? "" : ", ", auc, " (mean and deviation)\n"});
}

std::string found_text(const EpochSearch& e, const Json& found, bool find) {
  std::string out, best;
  const Json* folds = found.find("figures");
  if (folds) out = folds_text(*folds);
  for (int64_t epoch : e.best) best += text({best.empty() ? "" : ", ", epoch});
  if (find)
    out += text({e.epochs, " epochs: with a fifth of the series held out, ",
                 static_cast<int64_t>(e.best.size()), folds ? " folds" : " trials",
                 " had their best epoch at ", best, " (", duration_text(e.seconds), ")\n"});
  return out;
}

std::string positive_text(const std::string& wanted, const std::vector<std::string>& classes) {
  if (classes.size() != 2) return "";
  const std::string other =
      wanted.empty() ? text({" (--positive ", printable(classes[0], 20), " changes that)"}) : "";
  return text(
      {"  f1, average precision and brier are about ", printable(classes[1], 20), other, "\n"});
}

std::string predictions_csv(const SeriesSet& set, const Tensor& logits,
                            std::optional<double> threshold) {
  std::vector<std::string> ids;
  for (const Series& series : set.series) ids.push_back(series.id);
  return predictions_csv("id", ids, set.classes, logits, threshold);
}

std::string step_predictions_csv(const SeriesSet& set, const Tensor& logits,
                                 std::optional<double> threshold) {
  check_answers(logits, "step");
  std::string all = csv_header("id,time,label", set.classes);
  const std::vector<double> p = softmax(logits, -1).to_vector<double>();
  const size_t width = set.classes.size();
  size_t row = 0;
  for (const Series& s : set.series)
    for (double time : s.times)
      all += text({csv_cell(s.id), ",", set.time_text(time), ",",
                   csv_answer(set.classes, std::span(p).subspan(width * row++, width), threshold),
                   "\n"});
  return all;
}

}  // namespace gradus::tools
