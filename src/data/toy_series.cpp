// SPDX-License-Identifier: MIT
// Synthetic series.
#include "gradus/data/toy_series.h"

#include <algorithm>
#include <cmath>

#include "base/stream.h"
#include "gradus/base/random.h"

namespace gradus {
namespace {

constexpr int64_t cause_first = 4, cause_last = 5;  // weeks

double limited(double v, double low, double high) { return std::clamp(v, low, high); }
double rounded(double v) { return std::round(v * 1000) / 1000; }

struct Week {
  double satisfaction, turns, emotion, personalized;
};

Week week_of(double level, Generator& gen) {
  Week w{};
  w.personalized = gen.uniform() < 0.5 ? 1 : 0;
  w.satisfaction = limited(level + 0.1 * gen.normal() + (w.personalized > 0 ? 0.05 : -0.05), 0, 1);
  w.turns = std::floor(limited(8 + 3 * gen.normal(), 1, 30));
  w.emotion = limited(2 * w.satisfaction - 1 + 0.2 * gen.normal(), -1, 1);
  return w;
}

}  // namespace

SeriesSet churn_series(const ChurnOptions& o) {
  if (o.customers < 1 || o.weeks < cause_last || o.min_weeks < cause_last ||
      o.min_weeks > o.weeks || !(o.noise >= 0 && o.noise <= 0.5))
    argument_error({"churn_series: ", o.customers, " customers, ", o.min_weeks, " to ", o.weeks,
                    " weeks, noise ", o.noise, "; expected 1 or more, ", cause_last,
                    " weeks or more, 0 to 0.5"});
  Generator gen(o.seed, stream::churn_data);
  SeriesSet set;
  set.features = {"satisfaction", "turn_count", "emotion_score", "personalized"};
  set.classes = {"0", "1"};
  for (int64_t n = 0; n < o.customers; ++n) {
    Series s{.id = text({"c", n + 1}), .times = {}, .values = {}};
    const int64_t length = o.min_weeks + gen.below(o.weeks - o.min_weeks + 1);
    const bool unhappy = gen.uniform() < 0.5;  // the type of customer
    double cause = 0;
    for (int64_t t = 1; t <= length; ++t) {
      const bool causal = t >= cause_first && t <= cause_last;
      const bool shows_kind = o.confounded && t <= 2;
      const double any = 0.2 + 0.6 * gen.uniform(), kind = unhappy ? 0.3 : 0.7;
      const double level = shows_kind || (causal && o.confounded) ? kind : any;
      const Week w = week_of(level, gen);
      if (causal) cause += w.satisfaction / 2;
      s.times.push_back(static_cast<double>(t));
      for (double v : {w.satisfaction, w.turns, w.emotion, w.personalized})
        s.values.push_back(rounded(v));
    }
    s.label = (o.confounded ? unhappy : cause < 0.5) != (gen.uniform() < o.noise) ? 1 : 0;
    set.series.push_back(std::move(s));
  }
  return set;
}

std::string series_csv(const SeriesSet& set, const std::string& label) {
  std::string all = "id,time";
  for (const std::string& feature : set.features) all += "," + feature;
  all += "," + label + "\n";
  for (const Series& s : set.series)
    for (size_t t = 0; t < s.times.size(); ++t) {
      all += s.id + "," + text({s.times[t]});
      for (size_t f = 0; f < set.features.size(); ++f) {
        const double v = s.values[t * set.features.size() + f];
        all += ",";
        if (!std::isnan(v)) all += text({v});
      }
      all += "," + set.classes[static_cast<size_t>(s.label)] + "\n";
    }
  return all;
}

}  // namespace gradus
