// SPDX-License-Identifier: MIT
// Figures, tables and predictions of classifiers.
#include "tools/tasks/classify/report.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "data/unicode.h"
#include "gradus/ops/softmax.h"
#include "gradus/train/answers.h"
#include "tools/draw/table.h"

namespace gradus::tools {
namespace {

template <class T> Json list(const std::vector<T>& values) {
  return Json(Json::Array(values.begin(), values.end()));
}
Json optional(const std::optional<double>& v) { return v ? Json(*v) : Json(); }

}  // namespace

Json classify_figures(const ClassifyFigures& f, const std::vector<std::string>& classes) {
  Json all;
  if (f.unknown > 0) all["unknown_class"] = f.unknown;
  all["accuracy"] = f.accuracy;
  all["macro_f1"] = f.macro_f1;
  all["auc"] = optional(f.auc);
  if (classes.size() == 2) {
    all["positive"] = classes[1];
    all["average_precision"] = optional(f.average_precision);
    all["f1"] = f.f1;
    all["brier"] = f.brier;
  }
  Json rows = Json::array();
  for (size_t i = 0; i < f.confusion.size(); i += classes.size()) {
    const auto row = f.confusion.begin() + static_cast<std::ptrdiff_t>(i);
    rows.push_back(Json(Json::Array(row, row + static_cast<std::ptrdiff_t>(classes.size()))));
  }
  all["classes"] = list(classes);
  all["confusion"] = std::move(rows);
  return all;
}

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

size_t chosen_positive(const std::string& wanted, const std::vector<std::string>& classes,
                       const std::vector<int64_t>& class_counts) {
  if (classes.size() != 2 && wanted.empty()) return classes.size() - 1;
  if (classes.size() != 2)
    usage_error(
        {"--positive ", printable(wanted), " needs two classes; the data have ", classes.size()});
  if (wanted.empty()) return positive_class(classes, class_counts);
  double number = 0, label = 0;
  for (size_t c = 0; c < 2; ++c)
    if (classes[c] == wanted) return c;
  for (size_t c = 0; c < 2; ++c)  // 1 and 1.0 are one label
    if (parse_number(wanted, number) && parse_number(classes[c], label) && number == label)
      return c;
  const bool first = unicode::same_word(wanted, classes[0]);
  const bool second = unicode::same_word(wanted, classes[1]);
  if (first != second) return second;
  usage_error({"--positive ", printable(wanted), ": the classes are ", printable(classes[0]),
               " and ", printable(classes[1])});
}

std::string positive_text(const std::string& wanted, const std::vector<std::string>& classes) {
  if (classes.size() != 2) return "";
  const std::string other =
      wanted.empty() ? text({" (--positive ", printable(classes[0], 20), " changes that)"}) : "";
  return text({"  f1, average precision and brier are about ", printable(classes[1], 20), other,
               "\n"});
}

int64_t predicted_class(std::span<const double> p, std::optional<double> threshold) {
  if (threshold && p.size() == 2) return p[1] >= *threshold;
  return std::max_element(p.begin(), p.end()) - p.begin();
}

Explained explained_data(const SeriesSet& set, const ClassifySchema& schema) {
  Explained e;
  e.columns = input_columns(schema.scale, schema.like, schema.columns.time);
  e.set = &set;
  e.scale = &schema.scale;
  e.baseline = schema.scale.texts.empty() ? "the mean of the training data"
                                          : "the mean of the training data, or no category";
  e.time = [&set](double time) { return set.time_text(time); };
  e.value = [&schema, columns = e.columns](const Series& s, int64_t step, size_t column) {
    const auto t = static_cast<size_t>(step);
    const int64_t feature = columns[column].feature;
    if (feature < 0) return t ? text({s.times[t] - s.times[t - 1]}) : std::string();
    const SeriesSet& like = schema.like;
    const auto f = static_cast<size_t>(feature);
    const double v = s.values[t * like.features.size() + f];
    if (std::isnan(v)) return std::string();
    if (const auto date = like.dates.find(f); date != like.dates.end())
      return date_text(v, date->second.unit);
    if (!like.is_text(f)) return text({v});
    return v < 0 ? std::string("(unknown)") : like.categories.at(f)[static_cast<size_t>(v)];
  };
  return e;
}

namespace {

std::string csv_header(const char* before, const std::vector<std::string>& classes) {
  std::string all = before;
  for (const std::string& name : classes) all += text({",", csv_cell(text({"p_", name}))});
  return all + "\n";
}

// "label,p,p": the predicted class and all probabilities.
std::string csv_answer(const std::vector<std::string>& classes, std::span<const double> p,
                       std::optional<double> threshold) {
  std::string all = csv_cell(classes[static_cast<size_t>(predicted_class(p, threshold))]);
  for (double v : p) {
    char number[32];  // the shortest form that parses to the same float
    const auto end = std::to_chars(number, number + 32, static_cast<float>(v)).ptr;
    all += text({",", std::string(number, end)});
  }
  return all;
}

}  // namespace

std::string predictions_csv(const std::string& first, const std::vector<std::string>& ids,
                            const std::vector<std::string>& classes, const Tensor& logits,
                            std::optional<double> threshold) {
  check_answers(logits, [&](int64_t row) {
    return text({first, " ", printable(ids[static_cast<size_t>(row)])});
  });
  std::string all = csv_header((first + ",label").c_str(), classes);
  const std::vector<double> p = softmax(logits, -1).to_vector<double>();
  const size_t width = classes.size();
  for (size_t i = 0; i < ids.size(); ++i)
    all += text({csv_cell(ids[i]), ",",
                 csv_answer(classes, std::span(p).subspan(i * width, width), threshold), "\n"});
  return all;
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
