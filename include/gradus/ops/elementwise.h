// SPDX-License-Identifier: MIT
// Functions that act on each element separately. For all of them:
//   x: any shape -> y: the same; f32 and f64 unless stated otherwise, and never a mixture.
//   Two tensors are broadcast: shapes aligned at the right, sizes equal or 1. A number takes the
//   dtype of the tensor.
//   NaN gives NaN, and infinities follow IEEE 754: log(0) is -inf, its gradient inf.
//   They throw std::invalid_argument: undefined tensors, a wrong dtype, shapes that do not match.
// The gradient follows "->". Ops save the argument, or the result if the gradient is written in
// terms of y; the expensive activations save the derivative dy/dx.
// Next: ops/view.h
#pragma once
#include <optional>

#include "gradus/tensor/tensor.h"

namespace gradus {

// ---- arithmetic; also as operators a + b, a - b, a * b, a / b and -x. Sums, differences and
// products of i64 are i64, without gradient; they wrap around.

/// a + b -> da = dy, db = dy
Tensor add(const Tensor& a, const Tensor& b);
Tensor add(const Tensor& a, double b);
Tensor add(double a, const Tensor& b);
/// a - b -> da = dy, db = -dy
Tensor sub(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, double b);
Tensor sub(double a, const Tensor& b);
/// a b -> da = dy b, db = dy a. Saves only what the wanted gradients need.
Tensor mul(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, double b);
Tensor mul(double a, const Tensor& b);
/// a / b -> da = dy / b, db = -dy a / b^2
Tensor div(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, double b);
Tensor div(double a, const Tensor& b);
/// -x -> dx = -dy
Tensor neg(const Tensor& x);

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator+(const Tensor& a, double b) { return add(a, b); }
inline Tensor operator+(double a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator-(const Tensor& a, double b) { return sub(a, b); }
inline Tensor operator-(double a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator*(const Tensor& a, double b) { return mul(a, b); }
inline Tensor operator*(double a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator/(const Tensor& a, double b) { return div(a, b); }
inline Tensor operator/(double a, const Tensor& b) { return div(a, b); }
inline Tensor operator-(const Tensor& x) { return neg(x); }
/// In place, without a graph: the change is visible through all handles on the elements of x. If
/// the result is tracked, x becomes the new tensor instead; a leaf that requires a gradient can be
/// changed only under NoGrad. Throws std::invalid_argument if the result does not have the shape
/// of x.
Tensor& operator+=(Tensor& x, const Tensor& b);
Tensor& operator-=(Tensor& x, const Tensor& b);
Tensor& operator*=(Tensor& x, const Tensor& b);
Tensor& operator/=(Tensor& x, const Tensor& b);
Tensor& operator+=(Tensor& x, double b);
Tensor& operator-=(Tensor& x, double b);
Tensor& operator*=(Tensor& x, double b);
Tensor& operator/=(Tensor& x, double b);

// ---- functions

/// |x| -> dx = dy sign(x), 0 at 0
Tensor abs(const Tensor& x);
/// 1, 0 or -1; NaN stays NaN. Piecewise constant, so it has no gradient and is not tracked.
Tensor sign(const Tensor& x);
/// e^x -> dx = dy y
Tensor exp(const Tensor& x);
/// The natural logarithm -> dx = dy / x. log(0) = -inf, below 0 NaN. Masking the result does not
/// remove an infinite gradient: select the argument with where() first, then take the logarithm.
Tensor log(const Tensor& x);
/// The square root -> dx = dy / (2 y), inf at 0; NaN below 0
Tensor sqrt(const Tensor& x);
/// sin x, x in radians -> dx = dy cos x
Tensor sin(const Tensor& x);
/// cos x, x in radians -> dx = -dy sin x
Tensor cos(const Tensor& x);
/// x^p -> dx = dy p x^(p-1), 0 for p = 0
Tensor pow(const Tensor& x, double p);
/// x^p -> dx as above; dp = dy y log x, and 0 where x = 0 and p >= 0
Tensor pow(const Tensor& x, const Tensor& p);
/// x limited to [min, max] -> dx = dy strictly inside, 0 at a bound and beyond, as in PyTorch 2.14
/// (2.13: dy at a bound). min > max gives max. Throws if no bound is given, or one is NaN.
Tensor clamp(const Tensor& x, std::optional<double> min, std::optional<double> max = {});
/// The larger -> dy to the larger; half to each of two equal numbers; NaN propagates
Tensor maximum(const Tensor& a, const Tensor& b);
/// The smaller -> dy to the smaller; half to each of two equal numbers; NaN propagates
Tensor minimum(const Tensor& a, const Tensor& b);

// ---- activations

/// (e^x - e^-x) / (e^x + e^-x) -> dx = dy (1 - y^2)
Tensor tanh(const Tensor& x);
/// 1 / (1 + e^-x) -> dx = dy y (1 - y)
Tensor sigmoid(const Tensor& x);
/// max(x, 0) -> dx = dy where x > 0, else 0
Tensor relu(const Tensor& x);
/// x, or negative_slope x where x <= 0 -> dx = dy, or negative_slope dy
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
/// x, or alpha (e^x - 1) where x <= 0 -> dx = dy, or dy alpha e^x. Saves the derivative.
/// Source: Clevert, Unterthiner, Hochreiter 2015, equation 15.
Tensor elu(const Tensor& x, double alpha = 1);
/// x sigmoid(x) = x s -> dx = dy (s + x s (1 - s)); 0 with gradient 0 at -inf. Saves dy/dx.
/// Source: Elfwing, Uchibe, Doya 2017.
Tensor silu(const Tensor& x);
/// The formula of gelu: the exact normal distribution, or its approximation by tanh.
enum class Gelu { none, tanh };
/// x Phi(x), Phi the distribution function of the standard normal
///   -> dx = dy (Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)); 0 with gradient 0 at -inf
/// with Gelu::tanh: x (1 + tanh u) / 2, u = sqrt(2 / pi) (x + 0.044715 x^3). Saves the derivative.
/// Source: Hendrycks, Gimpel 2016.
Tensor gelu(const Tensor& x, Gelu approximate = Gelu::none);
/// log(1 + e^(beta x)) / beta, and x itself where beta x > threshold
///   -> dx = dy sigmoid(beta x). Saves the derivative. Throws for beta <= 0.
Tensor softplus(const Tensor& x, double beta = 1, double threshold = 20);

// ---- choices

/// a where condition (boolean) is true, else b -> da = dy where true, db = dy elsewhere, 0 for the
/// rest. All three are broadcast together; a and b share any dtype. The branch not taken gets
/// gradient 0, but 0 times an infinite derivative is NaN: write log(where(x > 0, x, 1)), not
/// where(x > 0, log(x), 0).
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
Tensor where(const Tensor& condition, const Tensor& a, double b);
Tensor where(const Tensor& condition, double a, const Tensor& b);
/// `value` where mask (boolean) is true, else x -> dx = 0 where true, else dy. Any dtype; throws
/// if an i64 x cannot represent `value`.
Tensor masked_fill(const Tensor& x, const Tensor& mask, double value);
/// Returns `hard` and passes the gradient to `soft`: y = hard, dsoft = dy. Deliberately not the
/// true derivative, which is 0 almost everywhere for a discrete choice.
/// hard, soft: equal shape and dtype, f32 or f64; no gradient flows to `hard`.
/// Throws std::invalid_argument: shapes or dtypes differ, `hard` is tracked.
/// Source: Bengio, Leonard, Courville 2013, "Estimating or propagating gradients through
/// stochastic neurons".
Tensor straight_through(const Tensor& hard, const Tensor& soft);

// ---- comparisons: boolean, any dtype, without gradient. False where a side is NaN, except ne.

/// a == b
Tensor eq(const Tensor& a, const Tensor& b);
Tensor eq(const Tensor& a, double b);
/// a != b
Tensor ne(const Tensor& a, const Tensor& b);
Tensor ne(const Tensor& a, double b);
/// a < b
Tensor lt(const Tensor& a, const Tensor& b);
Tensor lt(const Tensor& a, double b);
/// a <= b
Tensor le(const Tensor& a, const Tensor& b);
Tensor le(const Tensor& a, double b);
/// a > b
Tensor gt(const Tensor& a, const Tensor& b);
Tensor gt(const Tensor& a, double b);
/// a >= b
Tensor ge(const Tensor& a, const Tensor& b);
Tensor ge(const Tensor& a, double b);
inline Tensor operator==(const Tensor& a, const Tensor& b) { return eq(a, b); }
inline Tensor operator==(const Tensor& a, double b) { return eq(a, b); }
inline Tensor operator!=(const Tensor& a, const Tensor& b) { return ne(a, b); }
inline Tensor operator!=(const Tensor& a, double b) { return ne(a, b); }
inline Tensor operator<(const Tensor& a, const Tensor& b) { return lt(a, b); }
inline Tensor operator<(const Tensor& a, double b) { return lt(a, b); }
inline Tensor operator<=(const Tensor& a, const Tensor& b) { return le(a, b); }
inline Tensor operator<=(const Tensor& a, double b) { return le(a, b); }
inline Tensor operator>(const Tensor& a, const Tensor& b) { return gt(a, b); }
inline Tensor operator>(const Tensor& a, double b) { return gt(a, b); }
inline Tensor operator>=(const Tensor& a, const Tensor& b) { return ge(a, b); }
inline Tensor operator>=(const Tensor& a, double b) { return ge(a, b); }
/// Both are true; like the next two it takes boolean arguments.
Tensor logical_and(const Tensor& a, const Tensor& b);
/// At least one is true.
Tensor logical_or(const Tensor& a, const Tensor& b);
/// x is false.
Tensor logical_not(const Tensor& x);

}  // namespace gradus
