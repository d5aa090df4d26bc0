// SPDX-License-Identifier: MIT
// Picks the settings of a classifier that are left to gradus, by training the candidates.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "tools/tasks/classify/settings.h"

namespace gradus::tools {

/// Whether the losses are lower, trial by trial, by more than the standard error of their
/// differences.
bool clearly_lower(const std::vector<double>& losses, const std::vector<double>& than);

/// Keeps references to the settings of one run, which it changes.
struct ClassifyChoice {
  Settings& settings;
  TrainSettings& common;
  ClassifySettings& own;
  Json& found;  // gets "tried": the score of each kind, if there are several

  /// Selects the kind of own.candidates() with the highest score(); own.model is set before each
  /// call.
  void kind(const std::function<double()>& score);

  /// Selects the first of own.summaries(), unless search() finds clearly lower losses for another
  /// one. Returns the result of that search.
  template <class Found>
  Found summary(const std::function<Found()>& search,
                const std::function<EpochSearch&(Found&)>& epochs) {
    std::optional<Found> best;
    double seconds = 0;  // total duration of all searches
    std::string chosen;
    const std::vector<std::string> ways = own.summaries();
    for (const std::string& way : ways) {
      own.summary = way;
      Found now = search();
      seconds += epochs(now).seconds;
      if (ways.size() > 1) report_losses(way, epochs(now).losses);
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
  void report_losses(const std::string& way, const std::vector<double>& losses) const;
};

}  // namespace gradus::tools
