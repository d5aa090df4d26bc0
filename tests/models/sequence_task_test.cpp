// SPDX-License-Identifier: MIT
// The toy tasks: their samples, targets and loss floors.
#include "models/tasks/sequence_task.h"

#include <algorithm>
#include <cmath>

#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_sequence_task_test {

std::set<Tokens> sources(const std::vector<SequencePair>& pairs) {
  std::set<Tokens> all;
  for (const SequencePair& pair : pairs) all.insert(pair.source);
  return all;
}

Tokens letters(const std::string& words) {
  Tokens all;
  for (char c : words) all.push_back(SequenceData::first_letter + c - 'a');
  return all;
}

TEST_CASE("toy tasks: held-out sequences are never trained on and the seed decides everything",
          "[models]") {
  for (SequenceRule rule :
       {SequenceRule::copy, SequenceRule::reverse, SequenceRule::sort, SequenceRule::recall}) {
    INFO(name(rule));
    const SequenceData data({.rule = rule, .seed = 4}), again({.rule = rule, .seed = 4}),
        other({.rule = rule, .seed = 5});
    CHECK(data.vocabulary() == 11);
    const std::set<Tokens> held_out = sources(data.held_out());
    CHECK(held_out.size() == 500);
    CHECK(data.held_out() == again.held_out());
    CHECK(data.held_out() != other.held_out());
    CHECK(data.epoch(3) == again.epoch(3));
    CHECK(data.epoch(3) != data.epoch(4));
    CHECK(data.epoch(0).size() == 2000);
    std::map<size_t, int> lengths;
    for (const auto& [source, target] : data.epoch(1)) {
      ++lengths[source.size()];
      CHECK(static_cast<int64_t>(source.size()) <= data.source_length());
      CHECK(static_cast<int64_t>(target.size()) <= data.target_length());
      CHECK(!held_out.count(source));
      CHECK(target == data.answer(source));
      for (int64_t token : source) CHECK((token >= 3 && token < 11));
    }
    CHECK(lengths.size() == 5);
    for (const auto& [length, count] : lengths) CHECK(count > 250);
    CHECK(data.floor(data.held_out()) == 0);
  }
}

TEST_CASE("toy tasks: the targets follow the rules", "[models]") {
  const auto answer = [](SequenceRule rule, const std::string& source) {
    return SequenceData({.rule = rule}).answer(letters(source));
  };
  CHECK(answer(SequenceRule::copy, "dab") == letters("dab"));
  CHECK(answer(SequenceRule::reverse, "dab") == letters("bad"));
  CHECK(answer(SequenceRule::sort, "dabad") == letters("aabdd"));
  CHECK(answer(SequenceRule::recall, "adbccab") == letters("c"));
  const SequenceData recall({.rule = SequenceRule::recall});
  for (const auto& [source, target] : recall.held_out()) {
    std::set<int64_t> keys;
    for (size_t i = 0; i + 1 < source.size(); i += 2) CHECK(keys.insert(source[i]).second);
    CHECK(keys.count(source.back()));
  }
  CHECK(SequenceData::words({3, 10, 2}) == "a h <eos>");
}

TEST_CASE("toy tasks: with noise the floor is the entropy that rule and noise leave", "[models]") {
  const SequenceData data({.test_size = 4000, .noise = 0.3, .seed = 2});
  double changed = 0, all = 0, ends = 0;
  for (const auto& [source, target] : data.held_out()) {
    for (size_t i = 0; i < source.size(); ++i) changed += source[i] != target[i];
    all += static_cast<double>(source.size());
    ++ends;
  }
  CHECK(std::abs(changed / all - 0.3 * 7 / 8) < 0.01);
  const double other = 0.3 / 8, right = 1 - 7 * other;
  const double entropy = -right * std::log(right) - 7 * other * std::log(other);
  CHECK(std::abs(data.floor(data.held_out()) - entropy * all / (all + ends)) < 0.02);
  CHECK(std::string(verdict(0.7, 0.69)) == "learned");
  CHECK(std::string(verdict(0.9, 0.69)) == "not learned");
  CHECK(std::string(verdict(0.6, 0.69)) == "suspicious");
  CHECK(std::string(verdict(0, 0)) == "learned");
}

TEST_CASE("toy tasks: invalid settings are named", "[models]") {
  const auto message = [](SequenceDataOptions o) { return message_of([&] { SequenceData{o}; }); };
  CHECK(has(message({.letters = 2, .min_length = 1, .max_length = 2}),
            "more than half of the 6 possible sequences"));
  CHECK(has(message({.min_length = 5, .max_length = 4}), "lengths from 5 to 4"));
  CHECK(has(message({.letters = 0}), "letters is 0"));
  CHECK(has(message({.noise = 1}), "noise is 1"));
  CHECK(has(message({.rule = SequenceRule::recall, .letters = 6}), "recall of 7 pairs"));
  CHECK(has(message({.rule = SequenceRule::recall,
                     .letters = 2,
                     .min_length = 1,
                     .max_length = 1,
                     .test_size = 3}),
            "more than half of the 4 possible sequences"));
}

TEST_CASE("the most frequent token of a list of targets", "[models]") {
  CHECK(most_frequent_token({}) == 0);
  CHECK(most_frequent_token({{{}, {3, 3, 3}}, {{}, {4}}}) == 0.5);  // three of six; two ends
  CHECK(most_frequent_token({{{}, {3}}, {{}, {4}}}) == 0.5);        // the end
}

}  // namespace models_sequence_task_test
