// SPDX-License-Identifier: MIT
// Trains the candidates that a setting leaves open and keeps the best.
#include "tools/tasks/classify/choice.h"

#include <cmath>
#include <cstdio>

namespace gradus::tools {

void ClassifyChoice::take(const std::string& kind) {
  own.model = kind;
  settings.take_implied(own.implied());
  own.fit_kind(common);
  if (!own.network()) own.search = false;
}

bool clearly_lower(const std::vector<double>& losses, const std::vector<double>& than) {
  const auto n = static_cast<double>(losses.size());
  double mean = 0, squares = 0;
  for (size_t i = 0; i < losses.size(); ++i) mean += (losses[i] - than[i]) / n;
  for (size_t i = 0; i < losses.size(); ++i) {
    const double off = losses[i] - than[i] - mean;
    squares += off * off;
  }
  return losses.size() > 1 && mean < -std::sqrt(squares / (n - 1) / n);
}

void ClassifyChoice::report_losses(const std::string& way,
                                   const std::vector<double>& losses) const {
  if (common.quiet) return;
  std::string all;
  for (double loss : losses) all += text({all.empty() ? "" : ", ", std::round(loss * 1e4) / 1e4});
  std::fprintf(stderr, "--summary %s: losses %s on the held-out fifths\n", way.c_str(),
               all.c_str());
}

void ClassifyChoice::kind(const std::function<double()>& score) {
  const ClassifySettings first = own;
  const TrainSettings shared = common;
  std::string best;
  double highest = -INFINITY;
  Json tried = Json::object();
  for (const std::string& kind : first.candidates()) {
    own = first;
    common = shared;
    take(kind);
    const double now = score();
    tried[kind] = now;
    if (first.automatic() && !common.quiet) std::fprintf(stderr, "%s: %.3f\n", kind.c_str(), now);
    if (now <= highest) continue;
    highest = now;
    best = kind;
  }
  own = first;
  common = shared;
  take(best);
  if (first.automatic()) found["tried"] = tried;
}

}  // namespace gradus::tools
