// SPDX-License-Identifier: MIT
// What the settings of a classifier leave open, chosen by what other trainings find.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "tools/tasks/classify/settings.h"

namespace gradus::tools {

/// Whether losses are lower trial by trial, by more than the standard error of the differences.
bool clearly_lower(const std::vector<double>& losses, const std::vector<double>& than);

/// Keeps references: the settings of one training, which it changes.
struct ClassifyChoice {
  Settings& settings;
  TrainSettings& common;
  ClassifySettings& own;
  Json& found;  // "tried": the score of each kind, where there are several

  /// Of own.candidates() the one with the highest score(), which is asked with its settings in
  /// place.
  void kind(const std::function<double()>& score);

  /// Of own.summaries() the first one, unless the search() of another finds losses that are clearly
  /// lower; and what that found.
  template <class Found>
  Found summary(const std::function<Found()>& search,
                const std::function<EpochSearch&(Found&)>& epochs) {
    std::optional<Found> best;
    double seconds = 0;  // of all of them
    std::string chosen;
    const std::vector<std::string> ways = own.summaries();
    for (const std::string& way : ways) {
      own.summary = way;
      Found now = search();
      seconds += epochs(now).seconds;
      if (ways.size() > 1) tell(way, epochs(now).losses);
      if (best && !clearly_lower(epochs(now).losses, epochs(*best).losses)) continue;
      best = std::move(now);
      chosen = way;
    }
    own.summary = chosen;
    epochs(*best).seconds = seconds;
    return std::move(*best);
  }

 private:
  void take(const std::string& kind);
  void tell(const std::string& way, const std::vector<double>& losses) const;
};

}  // namespace gradus::tools
