// SPDX-License-Identifier: MIT
// The sets of samples that a task owns: for training, for validation and for the test.
// Next: models/tasks/classify_task.h
#pragma once
#include <algorithm>
#include <cstdint>

namespace gradus {

/// `valid` and `test` may be empty. Set has size(): SeriesSet, TextSet, TranslationPairs.
template <class Set> struct Splits {
  Set training{}, valid{}, test{};

  bool validated() const { return valid.size() > 0; }
  bool tested() const { return test.size() > 0; }
  /// The set that reports are about: the test, else the validation data, else the training data;
  /// and its name in reports.
  const Set& evaluated() const { return tested() ? test : validated() ? valid : training; }
  const char* evaluated_name() const { return tested() ? "test" : validated() ? "valid" : "train"; }
  /// The size of the largest set.
  int64_t largest() const { return std::max({training.size(), valid.size(), test.size()}); }
};

}  // namespace gradus
