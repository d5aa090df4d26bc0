// SPDX-License-Identifier: MIT
// What each step meant, as lines with bars.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "gradus/train/metrics.h"
#include "gradus/train/picture.h"
#include "tools/train.h"

namespace gradus::tools {
namespace {

std::vector<double> sizes(std::vector<double> x) {
  for (double& v : x) v = std::abs(v);
  return x;
}

double largest(const std::vector<double>& x) {
  double most = 0;
  for (double v : x) most = std::max(most, std::abs(v));
  return most;
}

std::string agreement(const char* of, const std::vector<double>& a, const std::vector<double>& b) {
  const auto r = rank_correlation(sizes(a), sizes(b));
  char words[120];
  if (!r) return "";
  std::snprintf(words, sizeof words, "rank agreement of %s: %.2f\n", of, *r);
  return words;
}

size_t place_of_largest(const std::vector<double>& x) {
  const std::vector<double> all = sizes(x);
  return static_cast<size_t>(std::max_element(all.begin(), all.end()) - all.begin());
}

// Whether the step that is looked at most is the one that matters most, and matters at all.
std::string verdict(const StepTable& t, size_t key) {
  constexpr double little = 0.05;
  const size_t matters = place_of_largest(t.effect);
  char words[300];
  if (std::abs(t.effect[key]) < little)
    std::snprintf(words, sizeof words,
                  "attention and effect disagree: the model looks most at time %s, but without it "
                  "what\nit says changes by %.3f: other steps say the same, or nothing does\n",
                  t.steps[key].c_str(), std::abs(t.effect[key]));
  else if (matters != key)
    std::snprintf(
        words, sizeof words,
        "attention and effect disagree: the model looks most at time %s, but what it says "
        "changes\nmost without time %s\n",
        t.steps[key].c_str(), t.steps[matters].c_str());
  else
    return text({"attention and effect agree: time ", t.steps[key], " has most of both\n"});
  return text({words, "attention tells where a model looks, the effect what mattered\n"});
}

// Of the column of times; a date with a time of day fits.
size_t time_width(const std::vector<std::string>& times) {
  size_t widest = 8;
  for (const std::string& time : times)
    widest = std::max(widest, std::min<size_t>(time.size(), 19));
  return widest;
}

}  // namespace

std::string step_table(const StepTable& t) {
  constexpr size_t most = 24, width = 13;
  const bool looks = !t.attention.empty();
  const std::vector<double> weight = sizes(looks ? t.attention : t.effect);
  std::vector<size_t> shown(t.steps.size());
  std::iota(shown.begin(), shown.end(), size_t{0});
  std::stable_sort(shown.begin(), shown.end(),
                   [&](size_t a, size_t b) { return weight[a] > weight[b]; });
  const size_t key = shown[0];
  if (shown.size() > most) shown.resize(most);
  std::sort(shown.begin(), shown.end());
  std::string all = t.title;
  if (shown.size() < t.steps.size())
    all += text({"; the ", most, " of ", t.steps.size(), " steps with the most ",
                 looks ? "attention" : "effect"});
  const int column = static_cast<int>(time_width(t.steps));
  char line[200];
  std::snprintf(line, sizeof line, "\n\n%*s  %s%-*s  %s\n", column, "time",
                looks ? padded("attention", width + 8).c_str() : "", static_cast<int>(width) + 8,
                "lost without it", "gradient x input");
  all += line;
  for (size_t i : shown) {
    std::snprintf(line, sizeof line, "%*s  ", column, t.steps[i].substr(0, 19).c_str());
    all += line;
    if (looks) {
      std::snprintf(line, sizeof line, "%5.3f ", t.attention[i]);
      all += text({line, bar(t.attention[i], largest(t.attention), width), "  "});
    }
    std::snprintf(line, sizeof line, "%+6.3f ", t.effect[i]);
    all += text({line, bar(t.effect[i], largest(t.effect), width), " "});
    std::snprintf(line, sizeof line, " %+7.3f%s\n", t.gradient[i],
                  i != key ? ""
                  : looks  ? "  <- most attention"
                           : "  <- most effect");
    all += line;
  }
  all += "\n";
  if (looks) all += agreement("attention and effect", t.attention, t.effect);
  all += agreement("gradient and effect", t.gradient, t.effect);
  return looks ? all + verdict(t, key) : all;
}

}  // namespace gradus::tools
