// SPDX-License-Identifier: MIT
// Figures, tables and schema of classifiers of series.
#include "tools/classify_report.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "gradus/ops/softmax.h"
#include "gradus/train/answers.h"
#include "tools/table.h"

namespace gradus::tools {
namespace {

template <class T> Json list(const std::vector<T>& values) {
  return Json(Json::Array(values.begin(), values.end()));
}
Json numbers(const std::vector<double>& values) {
  Json all = Json::array();  // the deviation of a constant is infinite, which JSON cannot say
  for (double v : values) all.push_back(std::isinf(v) ? Json() : Json(v));
  return all;
}
std::vector<double> values_of(const Json& numbers) {
  std::vector<double> all;
  for (const Json& v : numbers.items()) all.push_back(v.is_null() ? INFINITY : v.number());
  return all;
}
std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> all;
  for (const Json& v : list.items()) all.push_back(v.string());
  return all;
}

Json optional(const std::optional<double>& v) { return v ? Json(*v) : Json(); }

}  // namespace

Json classify_figures(const ClassifyFigures& f, const std::vector<std::string>& classes) {
  Json all;
  all["accuracy"] = f.accuracy, all["macro_f1"] = f.macro_f1, all["auc"] = optional(f.auc);
  if (classes.size() == 2) {
    all["average_precision"] = optional(f.average_precision);
    all["f1"] = f.f1, all["brier"] = f.brier;
  }
  Json rows = Json::array();
  for (size_t i = 0; i < f.confusion.size(); i += classes.size()) {
    const auto row = f.confusion.begin() + static_cast<std::ptrdiff_t>(i);
    rows.push_back(Json(Json::Array(row, row + static_cast<std::ptrdiff_t>(classes.size()))));
  }
  all["classes"] = list(classes), all["confusion"] = std::move(rows);
  return all;
}

std::string confusion_table(const Json& figures) {
  const std::vector<std::string> classes = texts_of(figures.at("classes"));
  if (classes.size() > 24)
    return text({"the confusion matrix of ", classes.size(), " classes stands in the JSON\n"});
  int left = 4, cell = 3;
  std::vector<std::string> names;
  for (const std::string& name : classes) {
    names.push_back(printable(name, 9));
    left = std::max(left, static_cast<int>(names.back().size()));
    cell = std::max(cell, static_cast<int>(names.back().size()));
  }
  for (const Json& row : figures.at("confusion").items())
    for (const Json& n : row.items())
      cell = std::max(cell, static_cast<int>(std::to_string(n.integer()).size()));
  const auto right = [](const std::string& s, int width) {
    return std::string(static_cast<size_t>(std::max(0, width - static_cast<int>(s.size()))), ' ') +
           s;
  };
  std::string out = "\nrows: the true class; columns: what the model said\n" + right("", left);
  for (const std::string& name : names) out += text({"  ", right(name, cell)});
  out += "\n";
  for (size_t r = 0; r < names.size(); ++r) {
    out += right(names[r], left);
    for (const Json& n : figures.at("confusion").items()[r].items())
      out += text({"  ", right(n.integer() ? std::to_string(n.integer()) : ".", cell)});
    out += "\n";
  }
  return out;
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

std::string part_table(const Json& by_part) {
  Table t{.columns = {{"of the steps", 2}, {"accuracy", 3}, {"AUC", 3}},
          .title = "by what was known after a part of the steps"};
  for (const Json& row : by_part.items())
    t.rows.push_back({row.at("part").number(), row.at("accuracy").number(),
                      row.at("auc").is_null() ? NAN : row.at("auc").number()});
  return text({"\n", table_text(t)});
}

Json ClassifySchema::json() const {
  Json s;
  s["id"] = columns.id, s["time"] = columns.time, s["label"] = columns.label;
  s["drop"] = list(columns.drop), s["plain"] = plain;
  s["features"] = list(features), s["classes"] = list(classes);
  s["class_counts"] = list(class_counts), s["longest"] = longest;
  s["median"] = numbers(scale.median), s["mean"] = numbers(scale.mean);
  s["deviation"] = numbers(scale.deviation);
  s["first_time"] = scale.first_time, s["gap"] = scale.gap, s["time_gap"] = scale.time_gap;
  s["masked"] = list(scale.masked), s["threshold"] = optional(threshold);
  return s;
}

namespace {

ClassifySchema read_schema(const Json& s) {
  ClassifySchema c;
  c.columns = {s.at("id").string(), s.at("time").string(), s.at("label").string(), {}};
  c.columns.drop = texts_of(s.at("drop")), c.plain = s.at("plain").boolean();
  c.features = texts_of(s.at("features")), c.classes = texts_of(s.at("classes"));
  for (const Json& n : s.at("class_counts").items()) c.class_counts.push_back(n.integer());
  c.longest = s.at("longest").integer();
  c.scale = {.median = values_of(s.at("median")),
             .mean = values_of(s.at("mean")),
             .deviation = values_of(s.at("deviation")),
             .first_time = s.at("first_time").number(),
             .gap = s.at("gap").number(),
             .time_gap = s.at("time_gap").boolean()};
  const size_t width = c.features.size();
  for (const auto* part : {&c.scale.median, &c.scale.mean, &c.scale.deviation})
    if (part->size() != width)
      file_error({width, " features, but median, mean or deviation of ", part->size()});
  for (const Json& n : s.at("masked").items()) {
    c.scale.masked.push_back(n.integer());
    if (n.integer() < 0 || n.integer() >= static_cast<int64_t>(width))
      file_error({"masked: there is no feature number ", n.integer()});
  }
  if (!s.at("threshold").is_null()) c.threshold = s.at("threshold").number();
  return c;
}

}  // namespace

ClassifySchema ClassifySchema::from(const Json& s) {
  if (s.is_null()) file_error({"the run has no schema.json; expected what its training wrote"});
  try {
    return read_schema(s);
  } catch (const std::runtime_error& e) {  // which knows the key, but not the file
    file_error({"schema.json of the run: ", e.what()});
  }
}

int64_t said_class(std::span<const double> p, std::optional<double> threshold) {
  if (threshold && p.size() == 2) return p[1] >= *threshold;
  return std::max_element(p.begin(), p.end()) - p.begin();
}

namespace {

std::string csv_header(const char* before, const std::vector<std::string>& classes) {
  std::string all = before;
  for (const std::string& name : classes) all += text({",", csv_cell(text({"p_", name}))});
  return all + "\n";
}

// "label,p,p": the class that is said, and all probabilities.
std::string csv_answer(const std::vector<std::string>& classes, std::span<const double> p,
                       std::optional<double> threshold) {
  std::string all = csv_cell(classes[static_cast<size_t>(said_class(p, threshold))]);
  for (double v : p) {
    char number[32];  // the fewest digits that give the model's number back
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
      all += text({csv_cell(s.id), ",", time, ",",
                   csv_answer(set.classes, std::span(p).subspan(width * row++, width), threshold),
                   "\n"});
  return all;
}

}  // namespace gradus::tools
