// SPDX-License-Identifier: MIT
// Reports on models of numbers.
#include "tools/tasks/regress/report.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "gradus/autograd/node.h"
#include "tools/draw/chart.h"
#include "tools/draw/table.h"

namespace gradus::tools {

// ---- schema.json

namespace {

Json ridge_json(const RidgeFit& fit) {
  Json s;
  s["weight"] = Json::list(fit.weight.to_vector<double>());
  s["bias"] = Json::list(fit.bias.to_vector<double>());
  return s;
}

}  // namespace

Json RegressSchema::json() const {
  Json s = series.json();
  s["targets"] = Json::list(series.like.targets);
  s["target_mean"] = Json::list(target.mean);
  s["target_deviation"] = Json::list(target.deviation);
  if (constant.defined()) s["constant"] = Json::list(constant.to_vector<double>());
  if (ridge) s["ridge"] = ridge_json(*ridge);
  return s;
}

RegressSchema RegressSchema::from(const Json& s) {
  RegressSchema all{.series = ClassifySchema::from(s)};
  const auto numbers = [](const Json& list) {
    std::vector<double> values;
    for (const Json& v : list.items()) values.push_back(v.number());
    return values;
  };
  try {
    for (const Json& name : s.at("targets").items())
      all.series.like.targets.push_back(name.string());
    all.target = {numbers(s.at("target_mean")), numbers(s.at("target_deviation"))};
    const size_t count = all.series.like.targets.size();
    if (count == 0 || all.target.mean.size() != count || all.target.deviation.size() != count)
      file_error({"target_mean and target_deviation: expected one number for each target"});
    if (const Json* c = s.find("constant")) {
      const std::vector<double> values = numbers(*c);
      if (values.empty() || values.size() % count != 0)
        file_error({"constant: ", values.size(), " values for ", count, " targets"});
      all.constant = tensor(values, {std::ssize(values)}, DType::f64);
    }
    if (const Json* r = s.find("ridge")) {
      const std::vector<double> weight = numbers(r->at("weight")), bias = numbers(r->at("bias"));
      const auto rows = static_cast<int64_t>(count);
      if (bias.size() != count || weight.empty() || weight.size() % count != 0)
        file_error({"ridge: weight of ", weight.size(), " and bias of ", bias.size()});
      all.ridge = {.weight = tensor(weight, {rows, std::ssize(weight) / rows}, DType::f64),
                   .bias = tensor(bias, {rows}, DType::f64)};
    }
  } catch (const std::runtime_error& e) {
    file_error({"schema.json of the run: ", e.what()});
  }
  return all;
}

// ---- figures

Json regress_json(const Compared& c, const std::vector<std::string>& targets,
                  const RegressOptions& options) {
  Json all;
  const auto each = [&](const char* key, const RegressFigures& f, auto&& value) {
    Json& by_target = all[key] = Json::object();
    for (size_t k = 0; k < targets.size(); ++k) by_target[targets[k]] = value(f.targets[k]);
  };
  const auto rmse = [](const TargetFigures& f) { return Json(f.rmse); };
  each("rmse", c.model, rmse);
  each("mae", c.model, [](const TargetFigures& f) { return Json(f.mae); });
  each("r2", c.model,
       [](const TargetFigures& f) { return std::isfinite(f.r2) ? Json(f.r2) : Json(); });
  each("mean_rmse", c.constant, rmse);
  if (c.ridge) each("ridge_rmse", *c.ridge, rmse);
  else each("ridge_rmse", c.model, [](const TargetFigures&) { return Json(); });
  if (options.loss != RegressLoss::quantile) return all;
  each("coverage", c.model, [&](const TargetFigures& f) {
    Json by_quantile = Json::object();
    for (size_t q = 0; q < f.coverage.size(); ++q)
      by_quantile[text({options.quantiles[q]})] = f.coverage[q];
    return by_quantile;
  });
  each("interval_width", c.model, [](const TargetFigures& f) { return Json(f.width); });
  return all;
}

std::string targets_text(const SeriesSet& set) {
  std::string out;
  const TargetScale scale = target_scale(set);
  for (size_t k = 0; k < set.targets.size(); ++k) {
    double low = INFINITY, high = -INFINITY;
    for (const Series& s : set.series) {
      low = std::min(low, s.targets[k]);
      high = std::max(high, s.targets[k]);
    }
    out += text({"  target ", printable(set.targets[k]), ": ", short_number(low), " to ",
                 short_number(high), ", mean ", short_number(scale.mean[k]), ", deviation ",
                 short_number(scale.deviation[k]), "\n"});
  }
  return out;
}

// ---- predictions

namespace {

// Outputs in the units of the targets.
std::vector<double> in_units(const Tensor& outputs, const RegressTask& task) {
  std::vector<double> x = outputs.to_vector<double>();
  const auto each = static_cast<size_t>(task.options.outputs());
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t k = i / each % task.target.mean.size();
    x[i] = task.target.mean[k] + task.target.deviation[k] * x[i];
  }
  return x;
}

}  // namespace

std::string numbers_csv(const SeriesSet& set, const RegressTask& task) {
  Table t{.columns = {{"id"}}};
  const bool quantiles = task.options.loss == RegressLoss::quantile;
  for (const std::string& name : set.targets) {
    if (!quantiles) t.columns.push_back({name});
    for (double q : task.options.quantiles) t.columns.push_back({text({name, "_q", q})});
  }
  const std::vector<double> x = in_units(task.outputs(set), task);
  size_t at = 0;
  for (const Series& s : set.series) {
    std::vector<Table::Cell> row{s.id};
    for (size_t c = 1; c < t.columns.size(); ++c) row.emplace_back(x[at++]);
    t.rows.push_back(std::move(row));
  }
  return csv_text(t);
}

// ---- pictures

namespace {

constexpr size_t most_shown = 12;

struct Points {
  std::vector<double> truth, predicted;
};
Points points_of(const RegressTask& task, const std::vector<double>& x, size_t k) {
  const SeriesSet& set = task.data.evaluated();
  const auto outputs = static_cast<size_t>(task.options.outputs());
  const size_t width = set.targets.size() * outputs;
  Points p;
  for (size_t i = 0; i < set.series.size(); ++i) {
    p.truth.push_back(set.series[i].targets[k]);
    p.predicted.push_back(x[i * width + k * outputs + outputs / 2]);
  }
  return p;
}

// Errors by the size of the prediction: their 10 %, 50 % and 90 % quantiles in groups of equal
// size. The median of a model without a systematic error stays near 0.
LineChart residual_chart(const std::string& name, const Points& p) {
  const size_t count = p.truth.size(), groups = std::clamp<size_t>(count / 10, 1, 10);
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return p.predicted[a] < p.predicted[b]; });
  LineChart c{.title = "errors of " + printable(name, 40) + " (true - predicted)",
              .x_axis = "predicted",
              .y_axis = "error",
              .from_zero = false};
  for (const double q : {0.9, 0.5, 0.1}) {
    LineChart::Line& line = c.lines.emplace_back();
    line.name = text({100 * q, " %"});
    for (size_t g = 0; g < groups; ++g) {
      std::vector<double> errors;
      double middle = 0;
      for (size_t i = g * count / groups; i < (g + 1) * count / groups; ++i) {
        errors.push_back(p.truth[order[i]] - p.predicted[order[i]]);
        middle += p.predicted[order[i]];
      }
      std::sort(errors.begin(), errors.end());
      line.x.push_back(middle / static_cast<double>(errors.size()));
      line.y.push_back(
          errors[static_cast<size_t>(q * static_cast<double>(errors.size() - 1) + 0.5)]);
    }
  }
  return c;
}

}  // namespace

Answers number_answers(const RegressTask& task) {
  const NoGrad no_grad;
  const SeriesSet& set = task.data.evaluated();
  const Tensor outputs = task.outputs(set);
  const std::vector<double> x = in_units(outputs, task);
  Answers a{.on = task.data.evaluated_name()};
  std::vector<Points> all;
  for (size_t k = 0; k < set.targets.size(); ++k) {
    all.push_back(points_of(task, x, k));
    a.charts.push_back(residual_chart(set.targets[k], all.back()));
  }
  const RegressFigures f = regress_figures(outputs, set, task.target, task.options);
  std::vector<size_t> order(set.series.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t i, size_t j) { return f.each[i] > f.each[j]; });
  for (size_t i : std::span(order).first(std::min(order.size(), most_shown))) {
    ShownAnswer one{.name = "series " + set.series[i].id};
    for (size_t k = 0; k < set.targets.size(); ++k) {
      const std::string name = set.targets.size() > 1 ? set.targets[k] + " " : "";
      one.truth += (k ? ", " : "") + name + short_number(all[k].truth[i]);
      one.predicted += (k ? ", " : "") + name + short_number(all[k].predicted[i]);
    }
    one.score = "loss " + short_number(f.each[i]);
    a.shown.push_back(std::move(one));
  }
  a.order = text({"The ", a.shown.size(), " of ", set.size(),
                  " series with the largest errors, from the largest on."});
  return a;
}

}  // namespace gradus::tools
