// SPDX-License-Identifier: MIT
// Right and wrong answers to the exercises, as learners write them: the checks are tested on them.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "gradus/check/exercise.h"
#include "gradus/gradus.h"

namespace gradus::tests {

struct WrongAnswer {
  std::string label;
  std::function<exercise::Report()> marks;
  std::string words;  // of the report: the mistake
};
struct Answers {
  std::string name;
  std::function<exercise::Report()> right;
  std::vector<WrongAnswer> wrong;  // three or more
};

std::vector<Answers> elementwise_answers();
std::vector<Answers> matrix_answers();
std::vector<Answers> softmax_answers();
std::vector<Answers> norm_answers();
std::vector<Answers> attention_answers();
std::vector<Answers> recurrent_answers();
std::vector<Answers> optim_answers();
std::vector<Answers> search_answers();

/// The check of one answer.
template <class F, class T>
std::function<exercise::Report()> marks(const char* name, F* f, T test) {
  return [=] { return exercise::check(name, f, test); };
}

/// For strong tests: equal up to rounding, and right gradients at these inputs.
inline bool near(const Tensor& a, const Tensor& b) {
  if (!a.defined() || a.shape() != b.shape()) return false;
  const std::vector<double> x = a.to_vector<double>(), y = b.to_vector<double>();
  for (size_t i = 0; i < x.size(); ++i)
    if (!(std::abs(x[i] - y[i]) <= 1e-9 * (1 + std::abs(y[i])))) return false;
  return true;
}
inline bool gradients_are_right(const CheckedFunction& fn, const std::vector<Tensor>& inputs) {
  return static_cast<bool>(gradcheck(fn, inputs));
}
inline Tensor random(const Shape& shape, uint64_t seed) {
  Generator gen(seed);
  return randn(shape, gen, DType::f64);
}

}  // namespace gradus::tests
