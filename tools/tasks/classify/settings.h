// SPDX-License-Identifier: MIT
// The settings of gradus train classify: columns, data, kind of model, and the defaults that follow
// from the kind and from the data.
#pragma once
#include "gradus/data/series_scale.h"
#include "gradus/train/metrics.h"
#include "tools/cli/words.h"
#include "tools/tasks/classify/cross_validation.h"
#include "tools/tasks/table_settings.h"

namespace gradus::tools {

inline constexpr Words<SeriesModel, 8> series_models = {{{"transformer", SeriesModel::transformer},
                                                         {"gru", SeriesModel::gru},
                                                         {"lstm", SeriesModel::lstm},
                                                         {"rnn", SeriesModel::rnn},
                                                         {"tcn", SeriesModel::tcn},
                                                         {"mlp", SeriesModel::mlp},
                                                         {"logistic", SeriesModel::logistic},
                                                         {"majority", SeriesModel::majority}}};
inline constexpr Words<SeriesPosition, 5> series_positions = {
    {{"time", SeriesPosition::time},
     {"step", SeriesPosition::step},
     {"learned", SeriesPosition::learned},
     {"learned-time", SeriesPosition::learned_time},
     {"none", SeriesPosition::none}}};
inline constexpr Words<Pooling, 3> poolings = {
    {{"mean", Pooling::mean}, {"last", Pooling::last}, {"attention", Pooling::attention}}};

/// Settings for the inputs of each step beside the values.
struct ExtrasSettings {
  std::string time_gap = "auto";
  bool missing_mask = false;

  void list(Settings& s);
  SeriesExtras extras() const;
};

inline constexpr Words<Duplicates, 4> duplicate_words = {{{"refuse", Duplicates::refuse},
                                                          {"first", Duplicates::first},
                                                          {"last", Duplicates::last},
                                                          {"mean", Duplicates::mean}}};

/// Settings for reading the rows of a table, in training and for new files.
struct RowSettings {
  std::string date_order = "auto", duplicates = "refuse";

  void list(Settings& s);
  void set(SeriesColumns& columns) const;
};

/// Settings for the roles of the columns.
struct ColumnSettings {
  std::string id = "id", time = "time", label = "label", drop, as_text;
  RowSettings rows{};

  void list(Settings& s, const char* label_help);
  SeriesColumns columns() const;
  /// The columns of a run, with the row settings given here.
  SeriesColumns columns(const SeriesColumns& of_run) const;
};

/// "a step of the TCN sees 61 steps" for a tcn, else "".
std::string receptive_text(const std::string& model, int64_t layers);

inline constexpr const char* as_classes_help =
    "take numeric labels as classes even if they look like a target to predict";

struct ClassifySettings {
  std::string train, test, valid = "auto";
  ColumnSettings table{};
  TableSettings file{};
  bool as_classes = false, skip_unlabelled = false, strict = false;
  std::string preset = "none", model = "transformer", position = "time", pooling = "mean";
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
  /// Sets what the kind of model leaves no choice of.
  void fit_kind(TrainSettings& common);

  bool network() const { return model != "logistic" && model != "majority"; }
  bool recurrent() const { return model == "gru" || model == "lstm" || model == "rnn"; }
  ClassifyRecipe recipe(const TrainSettings& common, Activation activation,
                        const SeriesScale& scale, int64_t classes, int64_t longest) const;
};

}  // namespace gradus::tools
