// SPDX-License-Identifier: MIT
// Figures and predictions of classifiers.
#include "tools/tasks/class_report.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <numeric>

#include "data/unicode.h"
#include "gradus/ops/softmax.h"
#include "gradus/train/answers.h"
#include "tools/cli/cli.h"
#include "tools/draw/table.h"

namespace gradus::tools {
namespace {

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
  all["classes"] = Json::list(classes);
  all["confusion"] = std::move(rows);
  return all;
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

int64_t predicted_class(std::span<const double> p, std::optional<double> threshold) {
  if (threshold && p.size() == 2) return p[1] >= *threshold;
  return std::max_element(p.begin(), p.end()) - p.begin();
}

std::string csv_header(const char* before, const std::vector<std::string>& classes) {
  std::string all = before;
  for (const std::string& name : classes) all += text({",", csv_cell(text({"p_", name}))});
  return all + "\n";
}

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

namespace {

// Wrong predictions first, then by the probability of the right class.
std::vector<size_t> worst_first(const std::vector<int64_t>& labels, const ClassifyFigures& f,
                                size_t classes) {
  std::vector<size_t> order(labels.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t i) { return labels[i] < 0; });  // their class was never seen
  const auto rank = [&](size_t i) {
    return std::pair(f.predicted[i] == labels[i],
                     f.probabilities[i * classes + static_cast<size_t>(labels[i])]);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return rank(a) < rank(b); });
  return order;
}

}  // namespace

Answers class_answers(const char* on, const std::vector<std::string>& classes,
                      const std::vector<int64_t>& labels, const ClassifyFigures& measured,
                      const std::function<ShownAnswer(size_t i)>& sample) {
  constexpr size_t most = 12;
  Answers a{
      .on = on, .classes = classes, .labels = labels, .probabilities = measured.probabilities};
  std::vector<size_t> order = worst_first(labels, measured, classes.size());
  const auto wrong = static_cast<size_t>(std::count_if(
      order.begin(), order.end(), [&](size_t i) { return measured.predicted[i] != labels[i]; }));
  order.resize(std::min(order.size(), wrong == 0 ? most / 2 : std::min(most, wrong)));
  const auto of_all = [&](size_t n) { return text({n, " of ", labels.size(), " predictions"}); };
  a.order = wrong == 0 ? text({"No prediction is wrong; these are the least certain ",
                               of_all(order.size()), "."})
                       : text({of_all(wrong), wrong == 1 ? " is wrong" : " are wrong",
                               order.size() < wrong ? text({"; these ", order.size(), " are"}) : "",
                               wrong == 1 ? "." : ", the most wrong first."});
  for (size_t i : order) {
    a.shown.push_back(sample(i));
    ShownAnswer& s = a.shown.back();
    s.truth = classes[static_cast<size_t>(labels[i])];
    s.predicted = classes[static_cast<size_t>(measured.predicted[i])];
    char p[80];
    const double right =
        measured.probabilities[i * classes.size() + static_cast<size_t>(labels[i])];
    std::snprintf(p, sizeof p, "probability of the right class: %.2g", right);
    s.score = p;
  }
  return a;
}

}  // namespace gradus::tools
