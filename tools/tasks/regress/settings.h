// SPDX-License-Identifier: MIT
// The settings of gradus train regress.
#pragma once
#include "models/tasks/regress_task.h"
#include "tools/tasks/series_settings.h"
#include "tools/tasks/table_settings.h"

namespace gradus::tools {

/// How a model of numbers is built and trained, independent of the data.
struct RegressRecipe {
  SequenceClassifierOptions model{};
  TrainSettings common{};
  SeriesExtras extras{};
  RegressOptions options{};
};

struct RegressSettings {
  std::string train, test, valid = "auto";
  ColumnSettings table{.label = "target"};
  TableSettings file{};
  bool skip_unlabelled = false;
  std::string model = "transformer", quantiles = "0.1,0.5,0.9", summary = "yes";
  RegressLoss loss = RegressLoss::mse;
  SeriesPosition position = SeriesPosition::time;
  Pooling pooling = Pooling::mean;
  bool causal = false, bidirectional = false, wide_head = false, every_step = false;
  int64_t folds = -1;  // -1: depends on the data
  ExtrasSettings extras{};

  void list(Settings& s, TrainSettings& common);
  std::map<std::string, Json> implied() const;
  /// Throws UsageError for settings that do not go together.
  void check(const Settings& s, TrainSettings& common);
  /// Sets epochs, patience, batch size, folds and the validation share where they depend on the
  /// number of `series` in the training file.
  void settle(const Settings& s, TrainSettings& common, int64_t series);
  /// settle() has set the maximum number of epochs; trials find the number to use.
  bool search = false;

  bool network() const { return model != "ridge" && model != "mean"; }
  bool recurrent() const { return model == "gru" || model == "lstm" || model == "rnn"; }
  std::vector<std::string> targets() const { return names_in(table.label); }
  SeriesColumns columns() const;
  SeriesColumns columns(const SeriesColumns& of_run) const;
  RegressRecipe recipe(const TrainSettings& common, const SeriesScale& scale, int64_t targets,
                       int64_t longest) const;
};

}  // namespace gradus::tools
