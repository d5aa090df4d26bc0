// SPDX-License-Identifier: MIT
// The runs of gradus compare longitudinal: models of about equal size, the same seeds for all.
// Next: tools/compare/longitudinal.cpp
#pragma once
#include "models/tasks/classify_task.h"
#include "tools/compare/compare.h"
#include "tools/tasks/series_settings.h"
#include "tools/tasks/table_settings.h"

namespace gradus::tools {

struct SeriesKind {
  const char* name;
  SeriesModel model;
};
inline constexpr SeriesKind series_kinds[] = {{"rnn", SeriesModel::rnn},
                                              {"gru", SeriesModel::gru},
                                              {"lstm", SeriesModel::lstm},
                                              {"tcn", SeriesModel::tcn},
                                              {"transformer", SeriesModel::transformer}};
inline constexpr size_t series_kind_count = std::size(series_kinds);

struct LongitudinalOptions {
  std::string train, test, pooling = "mean";
  ColumnSettings columns{};
  bool as_classes = false;
  TableSettings file{};
  Settings settings{};  // those of `columns` and `file`
  int64_t parameters = 20000, steps = 300, seeds = 5, fewer_seeds = 2, seed = 0, batch_size = 32;
  double lr = 3e-3, dropout = 0.1;
  CompareOutput output{};
};

struct LongitudinalData {
  SeriesSet train, test;
};

/// One column of the tables: a part of the test series, or all models on fewer series.
struct LongitudinalCell {
  std::string name;
  int64_t series = 0;              // number of evaluated or training series
  std::vector<int64_t> members{};  // indices in the test set
  std::vector<std::vector<double>> scores =
      std::vector<std::vector<double>>(series_kind_count);  // [kind][seed]
};

/// The cost of the runs of one kind.
struct LongitudinalCost {
  int64_t width = 0, parameters = 0;
  int64_t peak_bytes = 0;              // above the memory before the model was made
  std::vector<double> milliseconds{};  // per step, for each run
};

/// Reads or generates the data; run() trains all models.
class Longitudinal {
 public:
  explicit Longitudinal(const LongitudinalOptions& options);
  void run();

  /// "AUC" for two classes, else "accuracy".
  std::string metric() const { return data_.train.classes.size() == 2 ? "AUC" : "accuracy"; }
  const LongitudinalCell& whole() const { return whole_; }
  const std::vector<LongitudinalCell>& lengths() const { return lengths_; }
  const std::vector<LongitudinalCell>& numbers() const { return numbers_; }
  const LongitudinalCost& cost(size_t kind) const { return costs_[kind]; }
  /// The score of logistic regression on summaries of the series.
  double baseline() const { return baseline_; }

 private:
  ClassifyFigures train(const SeriesSet& set, size_t kind, int64_t seed, LongitudinalCost& cost);
  void fewer(double share, const char* name);
  double score(const ClassifyFigures& f, const std::vector<int64_t>& members) const;

  const LongitudinalOptions& options_;
  const LongitudinalData data_;
  Runs runs_;
  std::vector<int64_t> labels_;  // labels of the test set
  LongitudinalCell whole_;
  std::vector<LongitudinalCell> lengths_, numbers_;
  std::vector<LongitudinalCost> costs_ = std::vector<LongitudinalCost>(series_kind_count);
  double baseline_ = 0;
};

}  // namespace gradus::tools
