// SPDX-License-Identifier: MIT
// Decodes held-out sequences and compares them with the rule.
#include "tools/tasks/sequences/answers.h"

#include <map>

#include "gradus/autograd/node.h"
#include "gradus/base/error.h"
#include "gradus/train/stop.h"

namespace gradus::tools {

Answers sequence_answers(const SequenceTask& task) {
  constexpr int64_t most = 300, most_shown = 15;
  const NoGrad no_grad;
  Answers a{.on = "valid"};
  const std::vector<SequencePair>& pairs = task.data.held_out();
  const int64_t count = std::min<int64_t>(most, std::ssize(pairs));
  std::map<size_t, std::pair<double, double>> by_length;  // right answers, all
  int64_t wrong = 0;
  StoppablePhase phase("sequences answered", count);
  for (int64_t i = 0; i < count; ++i) {
    phase.at(i);
    const SequencePair& p = pairs[static_cast<size_t>(i)];
    const Tokens answer = task.answer(p.source);
    auto& [right, all] = by_length[p.source.size()];
    right += answer == p.target;
    ++all;
    if (answer == p.target || ++wrong > most_shown) continue;
    a.shown.push_back({.name = text({"sequence ", i}),
                       .input = SequenceData::words(p.source),
                       .truth = SequenceData::words(p.target),
                       .predicted = SequenceData::words(answer)});
  }
  a.order = text({wrong, " of ", count, " answers are wrong",
                  wrong > most_shown ? text({"; these are the first ", most_shown, "."}) : "."});
  LineChart c{.title = "right answers by length",
              .x_axis = "letters in the source",
              .y_axis = "share of right answers"};
  c.lines.push_back({.name = "held out"});
  for (const auto& [length, share] : by_length) {
    c.lines[0].x.push_back(static_cast<double>(length));
    c.lines[0].y.push_back(share.first / share.second);
  }
  if (by_length.size() > 1) a.charts.push_back(c);
  return a;
}

}  // namespace gradus::tools
