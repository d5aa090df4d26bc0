// SPDX-License-Identifier: MIT
// The settings of gradus train classify: columns, data, kind of the model, and what follows from
// the kind and from the data where nobody has said otherwise.
#pragma once
#include "gradus/data/series.h"
#include "models/sequence_classifier.h"
#include "tools/train.h"

namespace gradus::tools {

struct ClassifySettings {
  std::string train, test, valid = "auto", drop;
  SeriesColumns columns{};
  std::string preset = "none", model = "transformer", position = "time", pooling = "mean";
  std::string class_weight = "none";
  bool causal = false, bidirectional = false, wide_head = false, input_norm = false;

  /// All of them, and the common ones.
  void list(Settings& s, TrainSettings& common);
  /// The values of the preset, if one is set.
  std::map<std::string, Json> preset_values() const;
  /// What suits the kind of the model.
  std::map<std::string, Json> implied() const;
  /// Throws UsageError for flags that do not belong to the model.
  void check(const Settings& s, TrainSettings& common);
  /// Epochs, patience, batch size and the part for validation, where they are left to the data:
  /// `series` in the training file.
  void settle(const Settings& s, TrainSettings& common, int64_t series);
  /// settle() has set the most epochs that are worth it; trials find how many it shall be.
  bool search = false;

  bool recurrent() const { return model == "gru" || model == "lstm" || model == "rnn"; }
  SequenceClassifierOptions options(const TrainSettings& common, Activation activation,
                                    int64_t features, int64_t classes, int64_t longest) const;
};

}  // namespace gradus::tools
