// SPDX-License-Identifier: MIT
// Translates sentences and scores each alone.
#include "tools/tasks/translate/answers.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>

#include "gradus/base/error.h"
#include "gradus/train/text_metrics.h"
#include "models/explain/series_explain.h"

namespace gradus::tools {
namespace {

constexpr int64_t most_evaluated = 300, most_shown = 20;

struct Sentence {
  std::string source, reference, predicted;
  size_t words;
  double chrf;
};

std::vector<Sentence> translated(const TranslationTask& task, const BeamOptions& beam) {
  const TranslationPairs& set = task.data.evaluated();
  const std::vector<int64_t> members = evenly_spread(set.size(), most_evaluated);
  std::vector<Tokens> sources;
  for (int64_t i : members) sources.push_back(set.source[static_cast<size_t>(i)]);
  const std::vector<Tokens> answers = translate(*task.translator, sources, beam);
  std::vector<Sentence> all;
  for (size_t n = 0; n < members.size(); ++n) {
    const auto i = static_cast<size_t>(members[n]);
    const std::string predicted = task.text(answers[n]), &reference = set.target_text[i];
    const double score = corpus_chrf({&predicted, 1}, {&reference, 1});
    all.push_back(
        {set.source_text[i], reference, predicted, tokenize_13a(set.source_text[i]).size(), score});
  }
  return all;
}

// The mean in classes of 5 words.
LineChart by_length(const std::vector<Sentence>& all) {
  constexpr size_t wide = 5;
  std::map<size_t, std::pair<double, double>> sums;
  for (const Sentence& s : all) {
    auto& [sum, count] = sums[s.words / wide];
    sum += s.chrf;
    ++count;
  }
  LineChart c{.title = "chrF by length of the source",
              .x_axis = "words of the source (classes of 5)",
              .y_axis = "mean chrF of a sentence"};
  c.lines.push_back({.name = "chrF"});
  for (const auto& [length, sum] : sums) {
    c.lines[0].x.push_back(static_cast<double>(length * wide) + 2);
    c.lines[0].y.push_back(sum.first / sum.second);
  }
  return c;
}

}  // namespace

Answers translation_answers(const TranslationTask& task, const BeamOptions& beam) {
  Answers a{.on = task.data.evaluated_name()};
  std::vector<Sentence> all = translated(task, beam);
  if (const LineChart chart = by_length(all); chart.lines[0].x.size() > 1)
    a.charts.push_back(chart);
  std::stable_sort(all.begin(), all.end(),
                   [](const Sentence& x, const Sentence& y) { return x.chrf < y.chrf; });
  const size_t shown = std::min(all.size(), static_cast<size_t>(most_shown));
  a.order = text({"The worst ", shown, " of ", all.size(),
                  " translations by chrF of the sentence, the worst first."});
  for (size_t i = 0; i < shown; ++i) {
    char score[40];
    std::snprintf(score, sizeof score, "chrF %.1f", all[i].chrf);
    a.shown.push_back({.name = text({"no. ", i + 1}),
                       .input = all[i].source,
                       .truth = all[i].reference,
                       .predicted = all[i].predicted,
                       .score = score});
  }
  return a;
}

}  // namespace gradus::tools
