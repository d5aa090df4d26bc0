// SPDX-License-Identifier: MIT
// The settings of gradus train classify: columns, data, kind of model, and the defaults that follow
// from the kind and from the data.
#pragma once
#include "gradus/data/series_scale.h"
#include "gradus/train/metrics.h"
#include "tools/tasks/classify/cross_validation.h"
#include "tools/tasks/series_settings.h"
#include "tools/tasks/table_settings.h"

namespace gradus::tools {

struct ClassifySettings {
  std::string train, test, valid = "auto";
  ColumnSettings table{};
  TableSettings file{};
  bool as_classes = false, skip_unlabelled = false, strict = false;
  std::string preset = "none", model = "transformer";
  SeriesPosition position = SeriesPosition::time;
  Pooling pooling = Pooling::mean;
  std::string class_weight = "none", threshold = "auto", positive, summary = "auto";
  bool causal = false, bidirectional = false, wide_head = false, input_norm = false;
  bool every_step = false;
  int64_t folds = -1;  // -1: depends on the data
  ExtrasSettings extras{};

  /// Lists these settings and the common ones.
  void list(Settings& s, TrainSettings& common);
  /// The values of the preset, if one is set.
  std::map<std::string, Json> preset_values() const;
  /// The defaults for the kind of model.
  std::map<std::string, Json> implied() const;
  /// Throws UsageError for flags that do not apply to the kind of model.
  void check(const Settings& s, TrainSettings& common);
  /// Sets epochs, patience, batch size, folds and the validation share where they depend on the
  /// number of `series` in the training file.
  void settle(const Settings& s, TrainSettings& common, int64_t series);
  /// settle() has set the maximum number of epochs; trials find the number to use.
  bool search = false;
  /// The criterion for choosing a threshold, or its value; neither for "auto".
  std::optional<ThresholdAim> threshold_aim() const;
  std::optional<double> threshold_value() const;
  /// Throws UsageError for a threshold unless the data have two classes.
  void check_threshold(size_t classes) const;

  SeriesColumns columns() const;
  SeriesColumns columns(const SeriesColumns& of_run) const;
  /// Whether a network also reads a summary: the value of --summary, or both for "auto".
  std::vector<std::string> summaries() const {
    if (summary == "auto" && network()) return {"no", "yes"};
    return {summary};
  }
  /// The kinds to try for "auto", the simplest first; otherwise the chosen kind alone.
  std::vector<std::string> candidates() const;
  bool automatic() const { return model == "auto"; }
  /// Sets the values that the kind of model fixes.
  void fit_kind(TrainSettings& common);

  bool network() const { return model != "logistic" && model != "majority"; }
  bool recurrent() const { return model == "gru" || model == "lstm" || model == "rnn"; }
  ClassifyRecipe recipe(const TrainSettings& common, const SeriesScale& scale, int64_t classes,
                        int64_t longest) const;
};

}  // namespace gradus::tools
