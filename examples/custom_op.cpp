// SPDX-License-Identifier: MIT
// An op of your own: a formula, its gradient, and the check that tells you when the two disagree.
#include <gradus/gradus.h>
#include <cstdio>

using namespace gradus;

// The softened absolute value, y = sqrt(x^2 + 1) - 1, with dy/dx = x / sqrt(x^2 + 1).
struct SoftAbs {
  static constexpr const char* name = "soft_abs";
  Tensor x{}, root{};  // saved for backward

  Tensor forward(Inputs in) {
    x = in[0];
    root = sqrt(x * x + 1);
    return root - 1;
  }
  Grads backward(const Tensor& dy, Wanted) const { return {dy * x / root}; }
};
Tensor soft_abs(const Tensor& x) { return apply(SoftAbs{}, x); }

// The same with a slip in the gradient: the division is missing.
struct WrongSoftAbs : SoftAbs {
  static constexpr const char* name = "wrong_soft_abs";
  Grads backward(const Tensor& dy, Wanted) const { return {dy * x}; }
};
Tensor wrong_soft_abs(const Tensor& x) { return apply(WrongSoftAbs{}, x); }

int main(int, char** argv) {
  start_program(argv);
  Generator gen(1);
  const Tensor x = randn({3, 4}, gen, DType::f64);  // gradients are checked in f64

  const GradcheckReport good = gradcheck([](Inputs in) { return soft_abs(in[0]); }, {x});
  std::printf("soft_abs\n%s\n", good.str().c_str());

  // What is wrong with the other one? The pattern of the error shows it.
  const DiagnosedReport bad =
      diagnose_gradients([](Inputs in) -> Tensors { return {wrong_soft_abs(in[0])}; }, {x});
  std::printf("wrong_soft_abs\n%s\n", bad.str().c_str());
  return good && !bad.report ? 0 : 1;
}
