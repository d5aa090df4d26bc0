// SPDX-License-Identifier: MIT
// Small rules on f64 for tests of the engine, which must not depend on any real op.
#pragma once
#include <cmath>

#include "gradus/autograd/rule.h"

namespace gradus::tests {

/// y = f(x, i) for each element.
template <class F> Tensor mapped(const Tensor& x_in, F f) {
  const Tensor x = x_in.contiguous_data();
  const double* in = x.data<double>();
  Tensor y = Tensor::empty(x.shape(), DType::f64);
  double* out = y.mutable_data<double>();
  for (int64_t i = 0; i < x.numel(); ++i) out[i] = f(in[i], i);
  return y;
}

struct Scale {  // y = factor x; saves nothing
  static constexpr const char* name = "scale";
  double factor;
  Tensor forward(Inputs in) { return times(in[0]); }
  Grads backward(const Tensor& dy, Wanted) const { return times(dy); }
  Tensor times(const Tensor& x) const {
    return mapped(x, [this](double v, int64_t) { return factor * v; });
  }
};
inline Tensor scale(const Tensor& x, double factor) { return apply(Scale{factor}, x); }

struct Square {  // y = x^2; saves its input
  static constexpr const char* name = "square";
  Tensor x{};
  Tensor forward(Inputs in) {
    x = in[0];
    return mapped(x, [](double v, int64_t) { return v * v; });
  }
  Grads backward(const Tensor& dy, Wanted) const {
    const Tensor plain = x.contiguous_data();
    const double* in = plain.data<double>();
    return mapped(dy, [in](double v, int64_t i) { return 2 * in[i] * v; });
  }
};
inline Tensor square(const Tensor& x) { return apply(Square{}, x); }

struct Exp {  // y = e^x; saves its own output
  static constexpr const char* name = "exp_own";
  Tensor y{};
  Tensor forward(Inputs in) {
    return y = mapped(in[0], [](double v, int64_t) { return std::exp(v); });
  }
  Grads backward(const Tensor& dy, Wanted) const {
    const double* out = y.data<double>();
    return mapped(dy, [out](double v, int64_t i) { return out[i] * v; });
  }
};
inline Tensor exp_own(const Tensor& x) { return apply(Exp{}, x); }

struct Plus {  // y = a + b; passes its cotangent on unchanged
  static constexpr const char* name = "plus";
  Tensor forward(Inputs in) {
    const Tensor b = in[1].contiguous_data();
    const double* v = b.data<double>();
    return mapped(in[0], [v](double a, int64_t i) { return a + v[i]; });
  }
  Grads backward(const Tensor& dy, Wanted w) const {
    return {w[0] ? dy : Tensor{}, w[1] ? dy : Tensor{}};
  }
};
inline Tensor plus(const Tensor& a, const Tensor& b) { return apply(Plus{}, a, b); }

struct Both {  // (2x, 3x, the sign as i64)
  static constexpr const char* name = "both";
  mutable bool *saw_first = nullptr, *saw_second = nullptr;
  Outputs forward(Inputs in) {
    Tensor sign = in[0].to(DType::f64).clone_data();
    sign = mapped(sign, [](double v, int64_t) { return v < 0 ? -1 : v > 0 ? 1 : 0; });
    return {Scale{2}.times(in[0]), Scale{3}.times(in[0]), sign.to(DType::i64)};
  }
  Grads backward(const Grads& dy, Wanted) const {
    if (saw_first) *saw_first = dy[0].defined();
    if (saw_second) *saw_second = dy[1].defined();
    if (!dy[0].defined()) return Scale{3}.times(dy[1]);
    const Tensor first = Scale{2}.times(dy[0]);
    if (!dy[1].defined()) return first;
    return Plus{}.forward(std::initializer_list<Tensor>{first, Scale{3}.times(dy[1])});
  }
};

struct Total {  // y = sum of all elements of all inputs
  static constexpr const char* name = "total";
  SmallVector<Shape, 2> shapes{};
  Tensor forward(Inputs in) {
    double sum = 0;
    for (const Tensor& x : in) {
      shapes.push_back(x.shape());
      for (double v : x.to_vector<double>()) sum += v;
    }
    return full({}, sum, DType::f64);
  }
  Grads backward(const Tensor& dy, Wanted w) const {
    Grads dx;
    for (size_t i = 0; i < shapes.size(); ++i)
      dx.push_back(w[i] ? full(shapes[i], dy.item(), DType::f64) : Tensor{});
    return dx;
  }
};
inline Tensor total(const Tensor& x) { return apply(Total{}, x); }

/// Returns the given gradients, right or wrong.
struct Wrong {
  static constexpr const char* name = "wrong";
  Grads answer;
  Tensor forward(Inputs in) { return in[0].clone_data(); }
  Grads backward(const Tensor&, Wanted) const { return answer; }
};

/// Throws in backward while `broken`.
struct Broken {
  static constexpr const char* name = "broken";
  const bool* broken;
  Tensor forward(Inputs in) { return in[0].clone_data(); }
  Grads backward(const Tensor& dy, Wanted) const {
    if (*broken) throw std::runtime_error("this rule is broken");
    return dy;
  }
};

inline Tensor leaf(std::initializer_list<double> values) {
  Tensor x = tensor(values, DType::f64);
  return x.requires_grad_();
}
inline std::vector<double> numbers(const Tensor& x) { return x.to_vector<double>(); }
using Numbers = std::vector<double>;

}  // namespace gradus::tests
