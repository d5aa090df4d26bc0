// SPDX-License-Identifier: MIT
// The settings of gradus train classify: columns, data, kind of the model, and what follows from
// the kind and from the data where nobody has said otherwise.
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

/// What a model reads of each step beside the values, as settings.
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

/// How the rows of a table are read, as settings: for trainings on series and for new files.
struct RowSettings {
  std::string date_order = "auto", duplicates = "refuse";

  void list(Settings& s);
  void set(SeriesColumns& columns) const;
};

/// Which columns are what, as settings.
struct ColumnSettings {
  std::string id = "id", time = "time", label = "label", drop, as_text;
  RowSettings rows{};

  void list(Settings& s, const char* label_help);
  SeriesColumns columns() const;
  /// The columns of a run, and its rows as these settings ask for.
  SeriesColumns columns(const SeriesColumns& of_run) const;
};

/// "a step of the TCN sees 61 steps" for a tcn, else "".
std::string receptive_text(const std::string& model, int64_t layers);

inline constexpr const char* as_classes_help =
    "labels are classes though they look like numbers to predict";

struct ClassifySettings {
  std::string train, test, valid = "auto";
  ColumnSettings table{};
  TableSettings file{};
  bool as_classes = false, skip_unlabelled = false, strict = false;
  std::string preset = "none", model = "transformer", position = "time", pooling = "mean";
  std::string class_weight = "none", threshold = "auto", positive, summary = "auto";
  bool causal = false, bidirectional = false, wide_head = false, input_norm = false;
  bool every_step = false;
  int64_t folds = -1;  // -1: as the data ask for it
  ExtrasSettings extras{};

  /// All of them, and the common ones.
  void list(Settings& s, TrainSettings& common);
  /// The values of the preset, if one is set.
  std::map<std::string, Json> preset_values() const;
  /// What suits the kind of the model.
  std::map<std::string, Json> implied() const;
  /// Throws UsageError for flags that do not belong to the model.
  void check(const Settings& s, TrainSettings& common);
  /// Epochs, patience, batch size, folds and the part for validation, where they are left to the
  /// data: `series` in the training file.
  void settle(const Settings& s, TrainSettings& common, int64_t series);
  /// settle() has set the most epochs that are worth it; trials find how many it shall be.
  bool search = false;
  /// The aim of a threshold that is to be chosen, or its value; neither for "auto".
  std::optional<ThresholdAim> threshold_aim() const;
  std::optional<double> threshold_value() const;

  SeriesColumns columns() const;
  SeriesColumns columns(const SeriesColumns& of_run) const;
  /// Whether a network reads a summary, too: --summary, or both for "auto".
  std::vector<std::string> summaries() const {
    if (summary == "auto" && network()) return {"no", "yes"};
    return {summary};
  }
  /// "auto" is one of several kinds: those that are tried, the simplest first. Else the kind alone.
  std::vector<std::string> candidates() const;
  bool automatic() const { return model == "auto"; }
  /// What the kind of the model leaves no choice of.
  void fit_kind(TrainSettings& common);

  bool network() const { return model != "logistic" && model != "majority"; }
  bool recurrent() const { return model == "gru" || model == "lstm" || model == "rnn"; }
  ClassifyRecipe recipe(const TrainSettings& common, Activation activation,
                        const SeriesScale& scale, int64_t classes, int64_t longest) const;
};

}  // namespace gradus::tools
