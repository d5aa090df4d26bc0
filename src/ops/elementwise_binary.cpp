// SPDX-License-Identifier: MIT
// Functions of two tensors, and selections between two. Arguments are first broadcast by a separate
// op, so the rules can assume equal shapes.
// Kernel: kernels/elementwise.h. Checks: check/rows/elementwise_binary.cpp.
#include "elementwise_rows_binary.h"
#include "gradus/ops/elementwise.h"
#include "kernels/denormal.h"

namespace gradus {
namespace {

using kernels::cheap_grain, kernels::costly_grain;

struct Add : BinaryRow<same, same> {
  static constexpr const char* name = "add";
  static constexpr bool whole = true;
  template <class T> T f(T a, T b) const { return a + b; }
};

struct Sub : BinaryRow<same, reads_nothing> {
  static constexpr const char* name = "sub";
  static constexpr bool whole = true;
  template <class T> T f(T a, T b) const { return a - b; }
  template <class T> T db(T dy, T, T) const { return -dy; }
};

struct Mul : BinaryRow<reads_b, reads_a> {
  static constexpr const char* name = "mul";
  static constexpr bool whole = true;
  template <class T> T f(T a, T b) const { return a * b; }
  template <class T> T da(T dy, T, T b) const { return dy * b; }
  template <class T> T db(T dy, T a, T) const { return dy * a; }
};

struct Div : BinaryRow<reads_b, reads_a | reads_b> {
  static constexpr const char* name = "div";
  template <class T> T f(T a, T b) const { return a / b; }
  template <class T> T da(T dy, T, T b) const { return dy / b; }
  template <class T> T db(T dy, T a, T b) const { return -dy * (a / b) / b; }
};

struct Pow : BinaryRow<reads_a | reads_b, reads_a | reads_b, costly_grain> {
  static constexpr const char* name = "pow";
  template <class T> T f(T a, T b) const {
    return kernels::pow(kernels::flushed(a), kernels::flushed(b));
  }
  template <class T> T da(T dy, T a, T b) const {
    return b == 0 ? T(0) : dy * (b * kernels::pow(kernels::flushed(a), b - 1));
  }
  Tensor da(const Tensor& dy, const Tensor& a, const Tensor& b) const {
    return masked_fill(dy * b * gradus::pow(a, b - 1), eq(b, 0), 0);
  }
  template <class T> T db(T dy, T a, T b) const {  // 0^b = 0 for all b > 0
    const T x = kernels::flushed(a);
    return x == 0 && b >= 0 ? T(0) : dy * (kernels::pow(x, b) * kernels::log(x));
  }
  Tensor db(const Tensor& dy, const Tensor& a, const Tensor& b) const {
    return masked_fill(dy * gradus::pow(a, b) * log(a), logical_and(eq(a, 0), ge(b, 0)), 0);
  }
};

// dy where `taken`, half of it where a and b are equal, else 0.
Tensor shared(const Tensor& dy, const Tensor& taken, const Tensor& a, const Tensor& b) {
  return where(eq(a, b), dy / 2, masked_fill(dy, logical_not(taken), 0));
}

// NaN propagates through both; equal numbers share the gradient.
struct Maximum : BinaryRow<reads_a | reads_b, reads_a | reads_b> {
  static constexpr const char* name = "maximum";
  template <class T> T f(T a, T b) const { return b > a || b != b ? b : a; }
  template <class T> T da(T dy, T a, T b) const { return a < b ? T(0) : a == b ? dy / 2 : dy; }
  template <class T> T db(T dy, T a, T b) const { return b < a ? T(0) : a == b ? dy / 2 : dy; }
  Tensor da(const Tensor& dy, const Tensor& a, const Tensor& b) const {
    return shared(dy, logical_not(lt(a, b)), a, b);
  }
  Tensor db(const Tensor& dy, const Tensor& a, const Tensor& b) const {
    return shared(dy, logical_not(lt(b, a)), a, b);
  }
};

struct Minimum : BinaryRow<reads_a | reads_b, reads_a | reads_b> {
  static constexpr const char* name = "minimum";
  template <class T> T f(T a, T b) const { return b < a || b != b ? b : a; }
  template <class T> T da(T dy, T a, T b) const { return a > b ? T(0) : a == b ? dy / 2 : dy; }
  template <class T> T db(T dy, T a, T b) const { return b > a ? T(0) : a == b ? dy / 2 : dy; }
  Tensor da(const Tensor& dy, const Tensor& a, const Tensor& b) const {
    return shared(dy, logical_not(gt(a, b)), a, b);
  }
  Tensor db(const Tensor& dy, const Tensor& a, const Tensor& b) const {
    return shared(dy, logical_not(gt(b, a)), a, b);
  }
};

struct Where {  // y = condition ? a : b; the gradient goes where y came from
  static constexpr const char* name = "where";
  Tensor condition{};

  Tensor forward(Inputs in) {
    condition = in[0];
    Tensor y = Tensor::empty(in[1].shape(), in[1].dtype());
    dispatch_all(y.dtype(), [&]<class T>() {
      detail::map<bool, T, T>(
          y.shape(), cheap_grain, [](bool c, T a, T b) { return c ? a : b; }, y.mutable_data<T>(),
          in[0], in[1], in[2]);
    });
    return y;
  }
  Grads backward(const Tensor& dy, Wanted w) const {
    return Grads{Tensor{}, w[1] ? part(dy, true) : Tensor{}, w[2] ? part(dy, false) : Tensor{}};
  }
  Grads backward_graph(const Tensor& dy, Wanted, const History& h) const {
    const Tensor chosen = h.input(0, condition);
    return {Tensor{}, masked_fill(dy, logical_not(chosen), 0), masked_fill(dy, chosen, 0)};
  }
  Tensor part(const Tensor& dy, bool chosen) const {
    Tensor dx = Tensor::empty(dy.shape(), dy.dtype());
    dispatch_float(dy.dtype(), [&]<class T>() {
      detail::map<bool, T>(
          dy.shape(), cheap_grain, [=](bool c, T d) { return c == chosen ? d : T(0); },
          dx.mutable_data<T>(), condition, dy);
    });
    return dx;
  }
};

struct MaskedFill {  // y = mask ? value : x
  static constexpr const char* name = "masked_fill";
  double value;
  Tensor mask{};

  static Tensor filled(const Tensor& x, const Tensor& mask, double value) {
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    dispatch_all(x.dtype(), [&]<class T>() {
      const T fill = static_cast<T>(value);
      detail::map<bool, T>(
          x.shape(), cheap_grain, [=](bool m, T v) { return m ? fill : v; }, y.mutable_data<T>(),
          mask, x);
    });
    return y;
  }
  Tensor forward(Inputs in) {
    mask = in[1];
    return filled(in[0], mask, value);
  }
  Grads backward(const Tensor& dy, Wanted) const { return Grads{filled(dy, mask, 0), Tensor{}}; }
  Grads backward_graph(const Tensor& dy, Wanted, const History& h) const {
    return {masked_fill(dy, h.input(1, mask), 0), Tensor{}};
  }
};

struct StraightThrough {  // y = hard; dsoft = dy
  static constexpr const char* name = "straight_through";
  Tensor hard;
  Tensor forward(Inputs) { return std::exchange(hard, {}); }
  Grads backward(const Tensor& dy, Wanted) const { return dy; }
  Grads backward_graph(const Tensor& dy, Wanted, const History&) const { return dy; }
};

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) { return binary(Add{}, a, b); }
Tensor sub(const Tensor& a, const Tensor& b) { return binary(Sub{}, a, b); }
Tensor mul(const Tensor& a, const Tensor& b) { return binary(Mul{}, a, b); }
Tensor div(const Tensor& a, const Tensor& b) { return binary(Div{}, a, b); }
Tensor pow(const Tensor& x, const Tensor& p) { return binary(Pow{}, x, p); }
Tensor maximum(const Tensor& a, const Tensor& b) { return binary(Maximum{}, a, b); }
Tensor minimum(const Tensor& a, const Tensor& b) { return binary(Minimum{}, a, b); }

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  check_dtype("where", "condition", condition, DType::boolean);
  if (!a.defined()) argument_error({"where: a is undefined"});
  check_same_dtype("where", "b", b, "a", a);
  const Shape shape =
      broadcast_shapes("where", broadcast_shapes("where", a.shape(), b.shape()), condition.shape());
  return apply(Where{}, detail::broadcast(condition, shape), detail::broadcast(a, shape),
               detail::broadcast(b, shape));
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, double value) {
  if (!x.defined()) argument_error({"masked_fill: x is undefined"});
  check_dtype("masked_fill", "mask", mask, DType::boolean);
  if (x.dtype() == DType::i64 && !(std::trunc(value) == value && std::fabs(value) < 0x1p63))
    argument_error({"masked_fill: ", value, " cannot be stored as i64"});
  const Shape shape = broadcast_shapes("masked_fill", x.shape(), mask.shape());
  return apply(MaskedFill{.value = value}, detail::broadcast(x, shape),
               detail::broadcast(mask, shape));
}

Tensor straight_through(const Tensor& hard, const Tensor& soft) {
  check_float("straight_through", "soft", soft);
  check_same_dtype("straight_through", "hard", hard, "soft", soft);
  if (hard.shape() != soft.shape())
    argument_error({"straight_through: hard ", hard.shape(), " and soft ", soft.shape(),
                    " must be of one shape"});
  check_constant("straight_through", "hard", hard);
  return apply(StraightThrough{hard.clone_data()}, soft);
}

}  // namespace gradus
