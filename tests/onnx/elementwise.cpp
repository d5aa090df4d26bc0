// SPDX-License-Identifier: MIT
// ONNX operators that act on each element: arithmetic, comparison, logic.
#include "gradus/ops/elementwise.h"

#include <cmath>

#include "tests/onnx/case.h"

namespace gradus::tests::onnx {
namespace {

using Two = Tensor (*)(const Tensor&, const Tensor&);

// Maximum and minimum of integers; maximum() takes only f32 and f64.
Tensor larger(const Tensor& a, const Tensor& b) {
  return is_float(a.dtype()) ? maximum(a, b) : where(gt(a, b), a, b);
}
Tensor smaller(const Tensor& a, const Tensor& b) {
  return is_float(a.dtype()) ? minimum(a, b) : where(lt(a, b), a, b);
}

template <Two f> Results fold(Case& c) {
  const std::vector<Tensor> all = c.ins();
  Tensor y = all.at(0);
  for (size_t i = 1; i < all.size(); ++i) y = f(y, all[i]);
  return {y};
}

Results mean_of(Case& c) {
  const auto count = static_cast<double>(c.ins().size());
  return {fold<add>(c)[0] / count};
}

Results divide(Case& c) {
  const Tensor a = c.in(0), b = c.in(1);
  if (!is_float(a.dtype())) skip({"gradus has no division of integers"});
  return {a / b};
}

Results power(Case& c) {
  const Tensor x = c.in(0), p = c.in(1);
  const DType inside = is_float(x.dtype()) ? x.dtype() : DType::f64;
  return {pow(x.to(inside), p.to(inside)).to(x.dtype())};
}

Results clip(Case& c) {
  Tensor y = c.in(0);
  for (size_t k : {1, 2})
    if (c.has(k) && c.in(k).dim() != 0) skip({"gradus clamps to numbers, not to tensors"});
  if (c.has(1)) y = clamp(y, c.in(1).item(), {});
  if (c.has(2)) y = clamp(y, {}, c.in(2).item());
  return {y};
}

// From gelu(x) = x (1 + erf(x / sqrt(2))) / 2.
Results erf(Case& c) {
  const Tensor x = c.in(0) * std::sqrt(2.0), zero = eq(x, 0);
  const Tensor safe = masked_fill(x, zero, 1);
  return {masked_fill(2.0 * gelu(safe) / safe - 1.0, zero, 0)};
}

Results is_inf(Case& c) {
  const Tensor x = c.in(0);
  Tensor y = ne(x, x), nan = y;
  if (c.flag("detect_positive", true)) y = logical_or(y, eq(x, INFINITY));
  if (c.flag("detect_negative", true)) y = logical_or(y, eq(x, -INFINITY));
  return {ne(y, nan)};
}

Results choose(Case& c) { return {where(c.in(0), c.in(1), c.in(2))}; }

Tensor is_nan(const Tensor& x) { return ne(x, x); }
Tensor reciprocal(const Tensor& x) { return 1.0 / x; }
Tensor tan(const Tensor& x) { return sin(x) / cos(x); }
Tensor sinh(const Tensor& x) { return (exp(x) - exp(-x)) / 2.0; }
Tensor cosh(const Tensor& x) { return (exp(x) + exp(-x)) / 2.0; }
Tensor asinh(const Tensor& x) { return sign(x) * log(abs(x) + sqrt(x * x + 1.0)); }
Tensor acosh(const Tensor& x) { return log(x + sqrt(x * x - 1.0)); }
Tensor atanh(const Tensor& x) { return log((1.0 + x) / (1.0 - x)) / 2.0; }

constexpr const char* no_inverse = "gradus has no inverse trigonometric functions";
constexpr const char* no_rounding = "gradus has no rounding functions";

const Operator elementwise_operators[] = {
    {"Abs", 13, unary<abs>},
    missing("Acos", no_inverse),
    {"Acosh", 22, unary<acosh>},
    {"Add", 14, binary<add>},
    {"And", 7, binary<logical_and>},
    missing("Asin", no_inverse),
    {"Asinh", 22, unary<asinh>},
    missing("Atan", no_inverse),
    {"Atanh", 22, unary<atanh>},
    missing("Ceil", no_rounding),
    {"Clip", 13, clip},
    {"Cos", 22, unary<cos>},
    {"Cosh", 22, unary<cosh>},
    {"Div", 14, divide},
    {"Equal", 19, binary<eq>},
    {"Erf", 13, erf},
    {"Exp", 13, unary<exp>},
    missing("Floor", no_rounding),
    {"Greater", 13, binary<gt>},
    {"GreaterOrEqual", 16, binary<ge>},
    {"IsInf", 20, is_inf},
    {"IsNaN", 20, unary<is_nan>},
    {"Less", 13, binary<lt>},
    {"LessOrEqual", 16, binary<le>},
    {"Log", 13, unary<log>},
    {"Max", 13, fold<larger>},
    {"Mean", 13, mean_of},
    {"Min", 13, fold<smaller>},
    missing("Mod", "gradus has no remainder"),
    {"Mul", 14, binary<mul>},
    {"Neg", 13, unary<neg>},
    {"Not", 1, unary<logical_not>},
    {"Or", 7, binary<logical_or>},
    {"Pow", 15, power},
    {"Reciprocal", 13, unary<reciprocal>},
    missing("Round", no_rounding),
    {"Sign", 13, unary<sign>},
    {"Sin", 22, unary<sin>},
    {"Sinh", 22, unary<sinh>},
    {"Sqrt", 13, unary<sqrt>},
    {"Sub", 14, binary<sub>},
    {"Sum", 13, fold<add>},
    {"Tan", 22, unary<tan>},
    {"Where", 16, choose},
    {"Xor", 7, binary<ne>},
};

}  // namespace

Operators elementwise() { return elementwise_operators; }

}  // namespace gradus::tests::onnx
