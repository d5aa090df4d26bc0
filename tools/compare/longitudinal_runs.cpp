// SPDX-License-Identifier: MIT
// Data, sizes of models, training and scores of gradus compare longitudinal.
#include "tools/compare/longitudinal_runs.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "base/stream.h"
#include "gradus/base/memory.h"
#include "gradus/data/series_report.h"
#include "gradus/data/toy_series.h"
#include "gradus/nn/init.h"
#include "gradus/train/metrics.h"
#include "models/tasks/series_baseline.h"
#include "tools/app/train.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/series_settings.h"

namespace gradus::tools {
namespace {

LongitudinalData read(const LongitudinalOptions& options) {
  const auto seed = static_cast<uint64_t>(options.seed);
  if (options.train.empty()) {
    if (!options.test.empty()) usage_error({"--test needs a FILE.csv to train on"});
    const ChurnOptions o{.weeks = 12, .seed = 2 * seed};
    ChurnOptions others = o;
    others.seed = 2 * seed + 1;
    return {churn_series(o), churn_series(others)};
  }
  const auto table = [&](const std::string& path, const char* role) {
    Json seen;
    const CsvTable t = read_table(path, role, {}, seen, options.file.options());
    if (!t.remarks().empty() && !options.output.quiet)
      print_text(stderr, t.name() + "\n" + remarks_text(t));
    return t;
  };
  SeriesColumns columns = options.columns.columns();
  columns.strict = true;  // a class that no model can predict would distort all scores
  LongitudinalData d{training_series(table(options.train, "train"), columns), {}};
  const std::string objection = label_objection(d.train);
  if (!options.as_classes && !objection.empty())
    file_error({printable(options.train, 200), ": ", objection});
  if (!options.output.quiet) std::fprintf(stderr, "%s", notes_text(d.train.notes).c_str());
  if (d.train.classes.size() < 2)
    file_error({printable(options.train, 200), ": all labels are ", printable(d.train.classes[0]),
                "; expected two classes or more"});
  if (!options.test.empty()) {
    d.test = matching_series(table(options.test, "test"), d.train, columns);
  } else {
    Generator gen(seed, stream::compare_split);
    d.test = take_out(d.train, 0.25, gen);
  }
  return d;
}

// ---- models of about equal size

// The blocks with which a TCN sees 95 % of the series completely.
int64_t tcn_blocks(const SeriesSet& set) {
  std::vector<int64_t> lengths = set.lengths();
  std::sort(lengths.begin(), lengths.end());
  const int64_t long_one = lengths[(lengths.size() - 1) * 95 / 100];
  return std::min<int64_t>(tcn_layers(long_one), 8);
}

SequenceClassifierOptions of_width(const LongitudinalOptions& options, SeriesModel model,
                                   const SeriesSet& set, const SeriesScale& scale, int64_t width) {
  return {.encoder = {.features = scale.width(),
                      .embedded = scale.embedded(),
                      .model = model,
                      .d_model = width,
                      .nhead = 4,
                      .layers = model == SeriesModel::transformer ? 2
                                : model == SeriesModel::tcn       ? tcn_blocks(set)
                                                                  : 1,
                      .dim_feedforward = 2 * width,
                      .dropout = options.dropout},
          .classes = static_cast<int64_t>(set.classes.size()),
          .pooling = value_of(poolings, options.pooling)};
}

double size_of(const SequenceClassifierOptions& o) {
  return static_cast<double>(parameter_count<SequenceClassifier>(o));
}

// The width whose number of parameters is nearest to the requested one. A transformer's width must
// divide into heads, so its feed-forward width makes up the rest.
SequenceClassifierOptions of_size(const LongitudinalOptions& options, SeriesModel model,
                                  const SeriesSet& set, const SeriesScale& scale) {
  const int64_t step = model == SeriesModel::transformer ? 4 : 1;
  const auto wanted = static_cast<double>(options.parameters);
  SequenceClassifierOptions best = of_width(options, model, set, scale, 4);
  const auto distance = [&](const SequenceClassifierOptions& o) {
    return std::abs(std::log(size_of(o) / wanted));
  };
  for (int64_t width = 4; width <= 4096; width += step) {
    SequenceClassifierOptions o = of_width(options, model, set, scale, width);
    if (distance(o) < distance(best)) best = o;
    if (size_of(o) > 2 * wanted) break;
    int64_t& inner = o.encoder.dim_feedforward;
    for (inner = 3 * width / 2; inner <= 5 * width / 2 && step > 1; ++inner)
      if (distance(o) < distance(best)) best = o;
  }
  return best;
}

std::string steps_text(int64_t low, int64_t high) {
  return low == high ? text({low, low == 1 ? " step" : " steps"})
                     : text({low, "-", high, " steps"});
}

// Three buckets of about equal numbers of test series, by length; fewer if many lengths are equal.
std::vector<LongitudinalCell> by_length(const SeriesSet& test) {
  const std::vector<int64_t> lengths = test.lengths();
  std::vector<int64_t> order(lengths.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  const auto length = [&](int64_t i) { return lengths[static_cast<size_t>(i)]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return length(a) < length(b); });
  std::vector<LongitudinalCell> cells;
  for (size_t i = 0, end = 0; i < order.size(); i = end) {
    const size_t parts = 3 - std::min<size_t>(cells.size(), 2);
    end = i + (order.size() - i + parts - 1) / parts;
    while (end < order.size() && length(order[end]) == length(order[end - 1])) ++end;
    LongitudinalCell c{.name = steps_text(length(order[i]), length(order[end - 1])),
                       .series = static_cast<int64_t>(end - i)};
    c.members.assign(order.begin() + static_cast<std::ptrdiff_t>(i),
                     order.begin() + static_cast<std::ptrdiff_t>(end));
    cells.push_back(std::move(c));
  }
  return cells;
}

}  // namespace

Longitudinal::Longitudinal(const LongitudinalOptions& options)
    : options_(options),
      data_(from_options([&] { return read(options); })),
      runs_(static_cast<int64_t>(series_kind_count) *
                (options.seeds + 2 * std::min(options.fewer_seeds, options.seeds)),
            options.steps, options.output.quiet),
      lengths_(by_length(data_.test)) {
  for (const Series& s : data_.test.series) labels_.push_back(s.label);
  std::vector<int64_t> everyone(labels_.size());
  std::iota(everyone.begin(), everyone.end(), int64_t{0});
  whole_ = {.name = "all", .series = data_.test.size(), .members = everyone};
}

// AUC for two classes, else accuracy; NaN if all series are of one class.
double Longitudinal::score(const ClassifyFigures& f, const std::vector<int64_t>& members) const {
  const size_t classes = data_.train.classes.size();
  std::vector<double> probabilities;
  std::vector<int64_t> truth;
  double right = 0;
  for (const int64_t m : members) {
    const auto i = static_cast<size_t>(m);
    truth.push_back(labels_[i]);
    right += f.predicted[i] == labels_[i];
    for (size_t c = 0; c < classes; ++c) probabilities.push_back(f.probabilities[i * classes + c]);
  }
  if (classes > 2) return members.empty() ? NAN : right / static_cast<double>(members.size());
  return macro_auc(probabilities, truth, 2).value_or(NAN);
}

ClassifyFigures Longitudinal::train(const SeriesSet& set, size_t kind, int64_t seed,
                                    LongitudinalCost& cost) {
  const SeriesScale scale = series_scale(set);
  const int64_t before = live_bytes();
  manual_seed(static_cast<uint64_t>(seed));
  ClassifyTask task(
      {.training = set}, scale,
      SequenceClassifier(of_size(options_, series_kinds[kind].model, data_.train, scale)),
      {.batch_size = options_.batch_size, .seed = static_cast<uint64_t>(seed)});
  const Runs::Cost took = runs_.train(task, {.lr = options_.lr});
  cost.width = task.classifier->options.encoder.d_model;
  cost.parameters = task.classifier->count();
  cost.peak_bytes = std::max(cost.peak_bytes, took.peak_bytes - before);
  cost.milliseconds.push_back(took.milliseconds);
  return task.figures(data_.test);
}

// Trains on a random share of the series, which depends on the seed but not on the model.
void Longitudinal::fewer(double share, const char* name) {
  LongitudinalCell cell{.name = name};
  for (int64_t s = 0; s < std::min(options_.fewer_seeds, options_.seeds); ++s) {
    SeriesSet rest = data_.train;
    Generator gen(static_cast<uint64_t>(options_.seed + s), stream::compare_part);
    const SeriesSet part = take_out(rest, share, gen);
    cell.series = part.size();
    for (size_t k = 0; k < series_kind_count; ++k) {
      LongitudinalCost unused;
      const ClassifyFigures f = train(part, k, options_.seed + s, unused);
      cell.scores[k].push_back(score(f, whole_.members));
    }
  }
  cell.name += text({", ", cell.series});
  numbers_.push_back(std::move(cell));
}

void Longitudinal::run() {
  const size_t classes = data_.train.classes.size();
  if (!options_.output.quiet)
    runs_.note(
        text({data_.train.size(), " series to train on, ", data_.test.size(), " for the test, ",
              data_.train.features.size(), " features, ", classes, " classes; models of about ",
              options_.parameters, " parameters, ", options_.steps, " steps each"}));
  for (int64_t s = 0; s < options_.seeds; ++s)
    for (size_t k = 0; k < series_kind_count; ++k) {
      const ClassifyFigures f = train(data_.train, k, options_.seed + s, costs_[k]);
      whole_.scores[k].push_back(score(f, whole_.members));
      for (LongitudinalCell& cell : lengths_) cell.scores[k].push_back(score(f, cell.members));
    }
  fewer(0.25, "a quarter");
  fewer(0.5, "half");
  numbers_.push_back(whole_);
  numbers_.back().series = data_.train.size();
  numbers_.back().name = text({"all, ", data_.train.size()});
  baseline_ = score(logistic_regression(data_.train, data_.test, series_scale(data_.train)),
                    whole_.members);
}

}  // namespace gradus::tools
