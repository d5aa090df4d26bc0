// SPDX-License-Identifier: MIT
// A model's answers on the data that its figures are about, for reports.
#pragma once
#include <string>
#include <vector>

#include "tools/draw/chart.h"

namespace gradus::tools {

/// A sample with the right answer and the model's; "" for fields that it lacks.
struct ShownAnswer {
  std::string name;     // "series c3", "text 12"
  std::string input{};  // as text
  std::string truth{}, predicted{};
  std::string score{};  // "0.02 for the right class"
  std::vector<Chart> drawings{};
};

/// The tokens of a text, with the bits that the model needed for each.
struct TokenBits {
  std::string name;
  std::vector<std::string> tokens{};
  std::vector<double> bits{};  // not finite: the token was not predicted
};

struct Answers {
  std::string on;  // "test", "valid" or "train"
  // Of a classifier, for each sample: the true class (below 0: unknown), the probabilities.
  std::vector<std::string> classes{};
  std::vector<int64_t> labels{};
  std::vector<double> probabilities{};  // [samples, classes]
  std::vector<Chart> charts{};
  std::string order{};  // a sentence: which answers are shown, and in what order
  std::vector<ShownAnswer> shown{};
  std::vector<TokenBits> texts{};
};

}  // namespace gradus::tools
