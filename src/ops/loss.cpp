// SPDX-License-Identifier: MIT
// The elementwise losses: one rule, with a row of formulas for each loss. cross_entropy has its own
// file.
// Kernel: kernels/loss.h. Checks: check/rows/loss.cpp.
#include "gradus/ops/loss.h"

#include <algorithm>

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "kernels/loss.h"
#include "kernels/math.h"
#include "loss_reduction.h"

namespace gradus {
namespace {

// The data of an element: prediction, target, and the weights of the element and of target 1.
template <class T> struct Element { T x, t, weight, positive; };

// A loss of rows f, dx, dt: formulas of one element.
template <class Row> struct ElementLoss {
  static constexpr const char* name = Row::name;
  Row row;
  Reduction reduction;
  bool has_weight = false, has_positive = false;
  Tensor x{}, t{}, weight{}, positive{};

  Tensor forward(Inputs in) {
    x = in[0].contiguous_data(), t = in[1].contiguous_data();
    const auto spread = [&](const Tensor& w) {
      return w.with_layout(w.layout().broadcast(x.shape())).contiguous_data();
    };
    if (has_weight) weight = spread(in[2]);
    if (has_positive) positive = spread(in.back());
    const bool each = reduction == Reduction::none;
    Tensor y = Tensor::empty(each ? x.shape() : Shape{}, x.dtype());
    dispatch_float(x.dtype(), [&]<class T>() {
      const auto f = [at = elements<T>(), r = row](int64_t i) { return r.f(at(i)); };
      T* to = y.mutable_data<T>();
      if (each) kernels::write_each(x.numel(), to, f);
      else *to = static_cast<T>(kernels::sum_each(x.numel(), f) / divisor());
    });
    return y;
  }

  Grads backward(const Tensor& dy, Wanted w) const {
    Grads grads;
    grads.resize(2 + has_weight + has_positive);
    dispatch_float(x.dtype(), [&]<class T>() {
      const auto at = elements<T>();
      if (w[0]) grads[0] = times<T>(dy, [at, r = row](int64_t i) { return r.dx(at(i)); });
      if (w[1]) grads[1] = times<T>(dy, [at, r = row](int64_t i) { return r.dt(at(i)); });
    });
    return grads;
  }

  Grads backward_graph(const Tensor& dy, Wanted w, const History& h) const {
    std::vector<Tensor> in = {h.input(0, x), h.input(1, t)};
    if (has_weight) in.push_back(weight.detach());
    if (has_positive) in.push_back(positive.detach());
    const auto loss = [this](Inputs all) {
      Tensor each = row.in_ops(all[0], all[1], has_positive ? all.back() : Tensor());
      if (has_weight) each = each * all[2];
      return reduction == Reduction::none ? each : sum(each) / divisor();
    };
    return grads_through(loss, in, dy, w);
  }

  double divisor() const {  // 1 for an empty mean, whose sum is 0
    if (reduction == Reduction::sum || x.numel() == 0) return 1;
    return static_cast<double>(reduction == Reduction::mean ? x.numel() : x.size(0));
  }

  template <class T> auto elements() const {
    return [a = x.data<T>(), b = t.data<T>(), w = has_weight ? weight.data<T>() : nullptr,
            p = has_positive ? positive.data<T>() : nullptr](int64_t i) {
      return Element<T>{a[i], b[i], w ? w[i] : 1, p ? p[i] : 1};
    };
  }

  // df(i) times the incoming gradient of element i.
  template <class T, class F> Tensor times(const Tensor& dy, F df) const {
    Tensor dx = Tensor::empty(x.shape(), x.dtype());
    T* to = dx.mutable_data<T>();
    const Tensor arrived = dy.contiguous_data();
    const T* d = arrived.data<T>();
    if (reduction == Reduction::none) {
      kernels::write_each(x.numel(), to, [=](int64_t i) { return d[i] * df(i); });
    } else {
      const T scale = static_cast<T>(static_cast<double>(*d) / divisor());
      kernels::write_each(x.numel(), to, [=](int64_t i) { return scale * df(i); });
    }
    return dx;
  }
};

// Losses of the difference d = x - t: of(d) and its derivative.
template <class Row> struct OfDifference {
  template <class T> T f(Element<T> e) const { return self().of(e.x - e.t); }
  template <class T> T dx(Element<T> e) const { return self().slope(e.x - e.t); }
  template <class T> T dt(Element<T> e) const { return -self().slope(e.x - e.t); }
  Tensor in_ops(const Tensor& x, const Tensor& t, const Tensor&) const { return self().of(x - t); }
  const Row& self() const { return static_cast<const Row&>(*this); }
};

template <class T> T sign_of(T d) { return d > 0 ? T(1) : d < 0 ? T(-1) : d; }  // NaN stays NaN

struct Mse : OfDifference<Mse> {
  static constexpr const char* name = "mse_loss";
  template <class T> T of(T d) const { return d * d; }
  template <class T> T slope(T d) const { return 2 * d; }
};

struct L1 : OfDifference<L1> {
  static constexpr const char* name = "l1_loss";
  template <class T> T of(T d) const { return std::abs(d); }
  Tensor of(const Tensor& d) const { return abs(d); }
  template <class T> T slope(T d) const { return sign_of(d); }
};

struct SmoothL1 : OfDifference<SmoothL1> {
  static constexpr const char* name = "smooth_l1_loss";
  double beta;
  explicit SmoothL1(double b) : beta(b) {}
  template <class T> T of(T d) const {
    const T b = static_cast<T>(beta), a = std::abs(d);
    return a < b ? T(0.5) * d * d / b : a - T(0.5) * b;
  }
  Tensor of(const Tensor& d) const {
    const Tensor a = abs(d);
    return beta == 0 ? a : where(lt(a, beta), 0.5 * d * d / beta, a - 0.5 * beta);
  }
  template <class T> T slope(T d) const {
    const T b = static_cast<T>(beta);
    return std::abs(d) < b ? d / b : sign_of(d);
  }
};

struct Huber : OfDifference<Huber> {
  static constexpr const char* name = "huber_loss";
  double delta;
  explicit Huber(double d) : delta(d) {}
  template <class T> T of(T d) const {
    const T limit = static_cast<T>(delta), a = std::abs(d);
    return a > limit ? limit * (a - T(0.5) * limit) : T(0.5) * d * d;
  }
  Tensor of(const Tensor& d) const {
    const Tensor a = abs(d);
    return where(gt(a, delta), delta * (a - 0.5 * delta), 0.5 * d * d);
  }
  template <class T> T slope(T d) const {
    const T limit = static_cast<T>(delta);
    return std::abs(d) > limit ? limit * sign_of(d) : d;
  }
};

// softplus(x) = log(1 + exp(x)), and softplus(-x), without exp of a positive number.
template <class T> struct Softplus {
  T of, of_minus;
  explicit Softplus(T x) {
    const T common = kernels::log1p(kernels::exp(-std::abs(x)));
    of = (x > 0 ? x : 0) + common, of_minus = (x > 0 ? 0 : -x) + common;
  }
};

struct Bce {  // w (p t softplus(-x) + (1 - t) softplus(x))
  static constexpr const char* name = "binary_cross_entropy_with_logits";
  template <class T> T f(Element<T> e) const {
    const Softplus<T> s(e.x);
    return e.weight * (e.positive * e.t * s.of_minus + (1 - e.t) * s.of);
  }
  template <class T> T dx(Element<T> e) const {  // w ((1 - t) sigmoid(x) - p t sigmoid(-x))
    const T small = kernels::exp(-std::abs(e.x)), above = e.x > 0 ? 1 : small;
    const T below = e.x > 0 ? small : 1;
    return e.weight * ((1 - e.t) * above - e.positive * e.t * below) / (1 + small);
  }
  template <class T> T dt(Element<T> e) const {  // w (p softplus(-x) - softplus(x))
    const Softplus<T> s(e.x);
    return e.weight * (e.positive * s.of_minus - s.of);
  }
  Tensor in_ops(const Tensor& x, const Tensor& t, const Tensor& positive) const {
    const Tensor one = t * softplus(-x, 1, INFINITY);
    return (positive.defined() ? positive * one : one) + (1 - t) * softplus(x, 1, INFINITY);
  }
};

// 0, since it contributes nothing, but NaN stays
template <class T> T unless_nan(T x) { return x != x ? x : 0; }

struct Kl {  // t (log t - x)
  static constexpr const char* name = "kl_div";
  template <class T> T f(Element<T> e) const {
    return e.t == 0 ? unless_nan(e.x) : e.t * (kernels::log(e.t) - e.x);
  }
  template <class T> T dx(Element<T> e) const { return -e.t; }
  template <class T> T dt(Element<T> e) const { return e.t == 0 ? 0 : kernels::log(e.t) + 1 - e.x; }
  Tensor in_ops(const Tensor& x, const Tensor& t, const Tensor&) const {
    const Tensor none = eq(t, 0);
    return t * (log(masked_fill(t, none, 1)) - masked_fill(x, none, 0));
  }
};

struct KlOfLogs {  // exp(t) (t - x)
  static constexpr const char* name = "kl_div";
  template <class T> T f(Element<T> e) const {
    const T p = kernels::exp(e.t);
    return p == 0 ? unless_nan(e.x) : p * (e.t - e.x);
  }
  template <class T> T dx(Element<T> e) const { return -kernels::exp(e.t); }
  template <class T> T dt(Element<T> e) const {
    const T p = kernels::exp(e.t);
    return p == 0 ? 0 : p * (e.t + 1 - e.x);
  }
  Tensor in_ops(const Tensor& x, const Tensor& t, const Tensor&) const {
    const Tensor p = exp(t), none = eq(p, 0);
    return p * (masked_fill(t, none, 0) - masked_fill(x, none, 0));
  }
};

void check_pair(const char* op, const Tensor& x, const Tensor& target) {
  check_float(op, "x", x);
  check_same_dtype(op, "target", target, "x", x);
  if (x.shape() != target.shape())
    argument_error({op, ": target ", target.shape(), " must have the shape of x ", x.shape(),
                    "; losses do not broadcast"});
}

template <class Row>
Tensor element_loss(const Row& row, const Tensor& x, const Tensor& target, Reduction reduction) {
  check_pair(Row::name, x, target), check_reduction(Row::name, reduction);
  return apply(ElementLoss<Row>{row, reduction}, x, target);
}

void check_weight(const char* what, const Tensor& w, const Tensor& x) {
  if (!w.defined()) return;
  check_same_dtype(Bce::name, what, w, "x", x);
  check_constant(Bce::name, what, w);
  const auto fits = [&] {
    const int lead = x.dim() - w.dim();
    for (int i = 0; i < w.dim() && lead >= 0; ++i)
      if (w.shape()[i] != 1 && w.shape()[i] != x.shape()[lead + i]) return false;
    return lead >= 0;
  };
  if (!fits())
    argument_error(
        {Bce::name, ": ", what, " ", w.shape(), " cannot be broadcast to x ", x.shape()});
}

}  // namespace

Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction) {
  return element_loss(Mse{}, x, target, reduction);
}

Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction) {
  return element_loss(L1{}, x, target, reduction);
}

Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, double beta, Reduction reduction) {
  if (!(beta >= 0)) argument_error({"smooth_l1_loss: beta ", beta, " must not be negative"});
  return element_loss(SmoothL1(beta), x, target, reduction);
}

Tensor huber_loss(const Tensor& x, const Tensor& target, double delta, Reduction reduction) {
  if (!(delta > 0)) argument_error({"huber_loss: delta ", delta, " must be positive"});
  return element_loss(Huber(delta), x, target, reduction);
}

Tensor kl_div(const Tensor& x, const Tensor& target, const KlDiv& options) {
  check_pair("kl_div", x, target);
  if (options.reduction == Reduction::batchmean && x.dim() == 0)
    argument_error({"kl_div: reduction batchmean needs a batch axis; x is a scalar"});
  if (options.log_target) return apply(ElementLoss<KlOfLogs>{{}, options.reduction}, x, target);
  return apply(ElementLoss<Kl>{{}, options.reduction}, x, target);
}

Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target,
                                        const BinaryCrossEntropy& options) {
  const auto& [weight, positive, reduction] = options;
  check_pair(Bce::name, x, target), check_reduction(Bce::name, reduction);
  check_weight("weight", weight, x), check_weight("pos_weight", positive, x);
  const ElementLoss<Bce> rule{{}, reduction, weight.defined(), positive.defined()};
  if (weight.defined() && positive.defined()) return apply(rule, x, target, weight, positive);
  if (!weight.defined() && !positive.defined()) return apply(rule, x, target);
  return apply(rule, x, target, weight.defined() ? weight : positive);
}

}  // namespace gradus
