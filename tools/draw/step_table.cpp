// SPDX-License-Identifier: MIT
// Formats the importance of each step as lines with bars.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "gradus/train/metrics.h"
#include "gradus/train/picture.h"
#include "tools/draw/attention_picture.h"
#include "tools/draw/explain.h"

namespace gradus::tools {
namespace {

std::vector<double> sizes(std::vector<double> x) {
  for (double& v : x) v = std::abs(v);
  return x;
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

// Whether the step with the most attention also has the largest effect, and whether it has one.
std::string verdict(const StepTable& t, size_t key) {
  constexpr double little = 0.05;
  const size_t matters = place_of_largest(t.effect);
  char words[300];
  const char* surer = t.effect[matters] < 0 ? ", and is more certain without it" : "";
  if (std::abs(t.effect[key]) < little)
    std::snprintf(words, sizeof words,
                  "attention and effect disagree: attention is highest at time %s,\n"
                  "but without it the answer changes by %.3f: it is redundant or irrelevant\n",
                  t.steps[key].c_str(), std::abs(t.effect[key]));
  else if (matters != key)
    std::snprintf(words, sizeof words,
                  "attention and effect disagree: attention is highest at time %s,\n"
                  "but the answer changes most without time %s%s\n",
                  t.steps[key].c_str(), t.steps[matters].c_str(), surer);
  else if (t.effect[key] < 0)
    return text({"attention and effect agree: time ", t.steps[key],
                 " has most of both, but its effect is negative:\n"
                 "the answer is more certain without it\n"});
  else return text({"attention and effect agree: time ", t.steps[key], " has most of both\n"});
  return text({words, "attention shows what a model reads, the effect what it depends on\n"});
}

constexpr size_t step_bar_width = 13;

// The line of one step, followed by `note`.
std::string step_line(const StepTable& t, size_t i, size_t time_width, const std::string& note) {
  char line[200];
  std::string all = padded(t.steps[i], time_width, true) + "  ";
  if (!t.attention.empty()) {
    std::snprintf(line, sizeof line, "%5.3f ", t.attention[i]);
    all += text({line, bar(t.attention[i], largest_size(t.attention), step_bar_width), "  "});
  }
  std::snprintf(line, sizeof line, "%+6.3f ", t.effect[i]);
  all += text({line, bar(t.effect[i], largest_size(t.effect), step_bar_width), " "});
  std::snprintf(line, sizeof line, " %+7.3f", t.gradient[i]);
  return text({all, line, note, "\n"});
}

// The note after a line.
std::string mark(const StepTable& t, size_t i, size_t key) {
  const bool negative = t.effect[i] < 0;
  if (i != key) return negative ? "  negative" : "";
  if (negative) return "  <- most, negative";  // keeps the line within 80 columns
  return text({"  <- most ", t.attention.empty() ? "effect" : "attention"});
}

}  // namespace

std::string step_table(const StepTable& t) {
  constexpr size_t most = 24;
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
    all += text({"\nthe ", most, " of ", t.steps.size(), " steps with the most ",
                 looks ? "attention" : "effect"});
  size_t widest = 8;  // columns for times; a date with a time of day fits
  for (size_t i : shown) widest = std::max(widest, std::min<size_t>(t.steps[i].size(), 19));
  all += text({"\n\n", padded("time", widest, true), "  ",
               looks ? padded("attention", step_bar_width + 8) : "",
               padded("lost without it", step_bar_width + 8), "  gradient x input\n"});
  bool any_negative = false;
  for (size_t i : shown) {
    all += step_line(t, i, widest, mark(t, i, key));
    any_negative = any_negative || t.effect[i] < 0;
  }
  all += any_negative ? "negative: without that step the model is more certain of its answer\n\n"
                      : "\n";
  if (looks) all += agreement("attention and effect", t.attention, t.effect);
  all += agreement("gradient and effect", t.gradient, t.effect);
  return looks ? all + verdict(t, key) : all;
}

}  // namespace gradus::tools
