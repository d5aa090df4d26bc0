// SPDX-License-Identifier: MIT
// Settings that all commands on series share: columns, rows, inputs and kinds of model.
#pragma once
#include "gradus/data/series_scale.h"
#include "models/sequence_classifier.h"
#include "tools/app/task_run.h"
#include "tools/cli/words.h"

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

inline constexpr Words<SeriesExtras::TimeGap, 3> time_gaps = {
    {{"auto", SeriesExtras::TimeGap::when_irregular},
     {"yes", SeriesExtras::TimeGap::yes},
     {"no", SeriesExtras::TimeGap::no}}};

/// The encoder that the shared settings describe, for scaled series; a task sets the rest.
SeriesEncoderOptions encoder_options(const TrainSettings& common, const SeriesScale& scale,
                                     SeriesModel model, SeriesPosition position);

/// Settings for the inputs of each step besides the values.
struct ExtrasSettings {
  SeriesExtras::TimeGap time_gap = SeriesExtras::TimeGap::when_irregular;
  bool missing_mask = false;

  void list(Settings& s);
  SeriesExtras extras() const { return {.time_gap = time_gap, .missing_mask = missing_mask}; }
};

inline constexpr Words<Duplicates, 4> duplicate_words = {{{"refuse", Duplicates::refuse},
                                                          {"first", Duplicates::first},
                                                          {"last", Duplicates::last},
                                                          {"mean", Duplicates::mean}}};

/// Settings for reading the rows of a table, in training and for new files.
struct RowSettings {
  std::string date_order = "auto";
  Duplicates duplicates = Duplicates::refuse;

  void list(Settings& s);
  void set(SeriesColumns& columns) const;
};

/// Settings for the roles of the columns.
struct ColumnSettings {
  std::string id = "id", time = "time", label = "label", drop{}, as_text{};
  RowSettings rows{};

  /// `label_name`: the name of the setting for the column of labels.
  void list(Settings& s, const char* label_help, const char* label_name = "label");
  SeriesColumns columns() const;
  /// The columns of a run, with the row settings given here.
  SeriesColumns columns(const SeriesColumns& of_run) const;
};

/// "a step of the TCN sees 61 steps" for a tcn, else "".
std::string receptive_text(const std::string& model, int64_t layers);

inline constexpr const char* as_classes_help =
    "take numeric labels as classes even if they look like a target to predict";

}  // namespace gradus::tools
