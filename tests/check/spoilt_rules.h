// SPDX-License-Identifier: MIT
// Thirty typical wrong gradients.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "gradus/autograd/rule.h"
#include "gradus/check/diagnosis.h"

namespace gradus::tests {

using Forward = std::function<Tensor(Inputs)>;
using Backward = std::function<Grads(Inputs, const Tensor& y, const Tensor& dy)>;

/// A rule with any forward and any backward.
struct Spoilt {
  static constexpr const char* name = "spoilt";
  Forward f;
  Backward b;
  std::vector<Tensor> in{};
  Tensor y{};
  Tensor forward(Inputs inputs) {
    in.assign(inputs.begin(), inputs.end());
    return y = f(inputs);
  }
  Grads backward(const Tensor& dy, Wanted) const { return b({in.data(), in.size()}, y, dy); }
};

struct SpoiltCase {
  std::string label;
  std::vector<Shape> shapes;
  Forward f;
  Backward b;
  Mistake expected;
};

/// All thirty, with the kind of mistake that the pattern of the error shows.
std::vector<SpoiltCase> spoilt_cases();

}  // namespace gradus::tests
