// SPDX-License-Identifier: MIT
// Comparisons and logic: boolean results without gradient.
// Kernel: kernels/elementwise.h. Checks: check/rows/elementwise_compare.cpp.
#include <functional>

#include "elementwise_rows.h"
#include "gradus/ops/elementwise.h"

namespace gradus {
namespace {

struct Eq : std::equal_to<> {
  static constexpr const char* name = "eq";
};
struct Ne : std::not_equal_to<> {
  static constexpr const char* name = "ne";
};
struct Lt : std::less<> {
  static constexpr const char* name = "lt";
};
struct Le : std::less_equal<> {
  static constexpr const char* name = "le";
};
struct Gt : std::greater<> {
  static constexpr const char* name = "gt";
};
struct Ge : std::greater_equal<> {
  static constexpr const char* name = "ge";
};
struct And : std::logical_and<> {
  static constexpr const char* name = "logical_and";
};
struct Or : std::logical_or<> {
  static constexpr const char* name = "logical_or";
};
struct Not : std::logical_not<> {
  static constexpr const char* name = "logical_not";
};

template <class Op> struct OfTwo {
  static constexpr const char* name = Op::name;
  Tensor forward(Inputs in) {
    Tensor y = Tensor::empty(in[0].shape(), DType::boolean);
    dispatch_all(in[0].dtype(), [&]<class T>() {
      detail::map<T, T>(y.shape(), kernels::cheap_grain, Op{}, y.mutable_data<bool>(), in[0],
                        in[1]);
    });
    return y;
  }
};

template <class Op>
struct WithNumber {  // converts the number to the dtype of a float x; other x are compared as f64
  static constexpr const char* name = Op::name;
  double c;
  Tensor forward(Inputs in) {
    Tensor y = Tensor::empty(in[0].shape(), DType::boolean);
    dispatch_all(in[0].dtype(), [&]<class T>() {
      using Number = std::conditional_t<std::is_same_v<T, float>, float, double>;
      const auto number = static_cast<Number>(c);
      detail::map<T>(
          y.shape(), kernels::cheap_grain,
          [=](T x) { return Op{}(static_cast<Number>(x), number); }, y.mutable_data<bool>(), in[0]);
    });
    return y;
  }
};

struct Negated {
  static constexpr const char* name = Not::name;
  Tensor forward(Inputs in) {
    Tensor y = Tensor::empty(in[0].shape(), DType::boolean);
    detail::map<bool>(y.shape(), kernels::cheap_grain, Not{}, y.mutable_data<bool>(), in[0]);
    return y;
  }
};

template <class Op> Tensor of_two(const Tensor& a, const Tensor& b) {
  if (!a.defined()) argument_error({Op::name, ": a is undefined"});
  check_same_dtype(Op::name, "b", b, "a", a);
  const Shape shape = broadcast_shapes(Op::name, a.shape(), b.shape());
  return constant_op(OfTwo<Op>{}, detail::broadcast(a.detach(), shape),
                     detail::broadcast(b.detach(), shape));
}

template <class Op> Tensor with_number(const Tensor& x, double c) {
  if (!x.defined()) argument_error({Op::name, ": x is undefined"});
  return constant_op(WithNumber<Op>{c}, x);
}

template <class Op> Tensor logical(const Tensor& a, const Tensor& b) {
  check_dtype(Op::name, "a", a, DType::boolean);
  check_dtype(Op::name, "b", b, DType::boolean);
  return of_two<Op>(a, b);
}

}  // namespace

Tensor eq(const Tensor& a, const Tensor& b) { return of_two<Eq>(a, b); }
Tensor ne(const Tensor& a, const Tensor& b) { return of_two<Ne>(a, b); }
Tensor lt(const Tensor& a, const Tensor& b) { return of_two<Lt>(a, b); }
Tensor le(const Tensor& a, const Tensor& b) { return of_two<Le>(a, b); }
Tensor gt(const Tensor& a, const Tensor& b) { return of_two<Gt>(a, b); }
Tensor ge(const Tensor& a, const Tensor& b) { return of_two<Ge>(a, b); }
Tensor eq(const Tensor& x, double c) { return with_number<Eq>(x, c); }
Tensor ne(const Tensor& x, double c) { return with_number<Ne>(x, c); }
Tensor lt(const Tensor& x, double c) { return with_number<Lt>(x, c); }
Tensor le(const Tensor& x, double c) { return with_number<Le>(x, c); }
Tensor gt(const Tensor& x, double c) { return with_number<Gt>(x, c); }
Tensor ge(const Tensor& x, double c) { return with_number<Ge>(x, c); }
Tensor logical_and(const Tensor& a, const Tensor& b) { return logical<And>(a, b); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return logical<Or>(a, b); }

Tensor logical_not(const Tensor& x) {
  check_dtype("logical_not", "x", x, DType::boolean);
  return constant_op(Negated{}, x);
}

}  // namespace gradus
