// SPDX-License-Identifier: MIT
// Checks values and derivatives at the edge of the number range.
#include "check/edge.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "check/run.h"
#include "gradus/autograd/autograd.h"

namespace gradus::check {
namespace {

// The cotangent of element e of an output. It varies, since some faults are invisible when all
// cotangents are equal.
double cotangent(size_t e) { return 0.5 + 0.125 * static_cast<double>(e * 5 % 7); }

Tensor cotangents_of(const Shape& shape) {
  Tensor c = Tensor::empty(shape, DType::f64);
  for (int64_t e = 0; e < c.numel(); ++e)
    c.mutable_data<double>()[e] = cotangent(static_cast<size_t>(e));
  return c;
}

template <class T> struct Limits : std::numeric_limits<T> {
  static constexpr long double relative = sizeof(T) == 4 ? 4e-6L : 2e-13L;
};

// An absolute error that is always allowed: the third power of a rounding error.
template <class T>
constexpr long double least =
    static_cast<long double>(Limits<T>::epsilon()) * Limits<T>::epsilon() * Limits<T>::epsilon();

template <class T> const std::vector<T>& edges() {
  using L = Limits<T>;
  static const std::vector<T> all = [] {
    std::vector<T> v;
    for (T x : {T(0), T(0.5), T(1), T(3), T(10), T(20), T(88), T(89), T(104), T(300), T(710),
                T(746), T(1e30), L::denorm_min(), L::min() / 4, L::min(), L::max(), L::infinity()})
      v.insert(v.end(), {x, -x});
    if (sizeof(T) == 8)
      for (double x : {1e-300, -1e-300, 1e200, -1e200, 1e300, -1e300})
        v.push_back(static_cast<T>(x));
    v.push_back(L::quiet_NaN());
    return v;
  }();
  return all;
}

// Compares in long double: in T a subnormal would compare equal to 0.
template <class T> bool is_subnormal(T x) {
  const auto wide = std::fabs(static_cast<long double>(x));
  return wide > 0 && wide < Limits<T>::min();
}

// The inputs of one check; float inputs have type T.
template <class T> struct Point {
  const Sample& sample;
  std::vector<Tensor> inputs;

  // As long doubles; with `flushed`, subnormals become zeros.
  Arrays<Wide> wide(bool flushed) const {
    Arrays<Wide> all;
    for (const Tensor& x : inputs) {
      Array<Wide>& to = all.emplace_back(x.shape());
      if (x.dtype() != dtype_of<T>()) {
        const std::vector<double> v = x.template to_vector<double>();
        for (size_t i = 0; i < v.size(); ++i) to.v[i] = v[i];
        continue;
      }
      const T* v = x.template data<T>();
      for (int64_t i = 0; i < to.count(); ++i)
        to[i] = flushed && is_subnormal(v[i]) ? std::copysign(0.0L, static_cast<long double>(v[i]))
                                              : static_cast<long double>(v[i]);
    }
    return all;
  }
  bool has_nan(int64_t i) const {  // element i of any input of the full shape
    for (const Tensor& x : inputs)
      if (x.dtype() == dtype_of<T>() && i < x.numel() && std::isnan(x.template data<T>()[i]))
        return true;
    return false;
  }
  std::string at(int64_t i) const {
    std::string list;
    for (const Tensor& x : inputs)
      if (i < x.numel()) list += text({list.empty() ? "" : ", ", x.to_vector<double>()[i]});
    return "(" + list + ")";
  }
};

// Whether `actual`, of type T, is `expected` rounded to T. A gradient may overflow slightly early,
// since the derivative alone may be twice as large.
template <class T>
bool agrees(long double actual, long double expected, long double absolute, bool is_gradient) {
  using L = Limits<T>;
  if (std::isnan(expected)) return std::isnan(actual);
  const bool overflows = is_gradient && std::isinf(actual);
  const long double top = L::max() * (overflows ? 0.5L : 1 - L::relative);
  if (std::fabs(expected) >= top)
    return std::signbit(actual) == std::signbit(expected) && std::fabs(actual) >= top;
  return std::fabs(actual - expected) <= L::relative * std::fabs(expected) + absolute;
}

// One compared quantity: an output, or the gradient of one input.
struct Quantity {
  std::string name;
  std::vector<double> actual;
  std::vector<long double> exact, flushed;  // expected; `flushed`: subnormal inputs as zeros
  std::vector<bool> lost;                   // slopes without a value, because a result has none
  long double absolute;                     // the allowed error in addition to the relative one
  bool is_gradient, nan_is_meant;
};

// The first element of `q` that is wrong, or "".
template <class T> std::string first_error(const Point<T>& p, const Quantity& q, bool by_element) {
  for (size_t i = 0; i < q.actual.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    const bool from_nan = by_element && p.has_nan(at);
    if (q.is_gradient && (from_nan || q.lost[i])) continue;
    const std::string where = name(dtype_of<T>()) + std::string(", ") + q.name + " at " +
                              (by_element ? p.at(at) : text({"element ", at}));
    if (std::isnan(q.exact[i]) && std::isnan(q.flushed[i]) && !q.nan_is_meant && !from_nan)
      return where + ": the reference is NaN; give the row a formula for the edge";
    if (!agrees<T>(q.actual[i], q.exact[i], q.absolute, q.is_gradient) &&
        !agrees<T>(q.actual[i], q.flushed[i], q.absolute, q.is_gradient))
      return where + text({" is ", q.actual[i], ", expected ", static_cast<double>(q.exact[i])});
  }
  return "";
}

std::vector<long double> values_of(const Array<Wide>& y) {
  std::vector<long double> v;
  for (const Wide& x : y.v) v.push_back(x.v);
  return v;
}

struct Slopes {
  std::vector<long double> g;
  std::vector<bool> lost;  // NaN, because a result that the element reaches is NaN
  explicit Slopes(size_t n) : g(n), lost(n) {}
};

// The gradient of sum c y with respect to input j: one run of the reference for an elementwise op,
// one run per element for other ops.
Slopes slopes_of(const Reference& reference, Arrays<Wide> in, size_t j, bool by_element) {
  Array<Wide>& x = in[j];
  Slopes s(x.v.size());
  if (by_element) {
    for (Wide& v : x.v) v.d = 1;
    const Arrays<Wide> y = reference.on_wide(in);
    for (size_t e = 0; e < s.g.size(); ++e) s.g[e] = cotangent(e) * y[0].v[e].d;
    return s;
  }
  for (size_t i = 0; i < s.g.size(); ++i) {
    x.v[i].d = 1;
    bool from_nan = false;
    for (const Array<Wide>& y : reference.on_wide(in))
      for (size_t e = 0; e < y.v.size(); ++e) {
        s.g[i] += cotangent(e) * y.v[e].d;
        from_nan = from_nan || (std::isnan(y.v[e].v) && y.v[e].d != 0);
      }
    s.lost[i] = from_nan && std::isnan(s.g[i]);
    x.v[i].d = 0;
  }
  return s;
}

long double largest(const std::vector<long double>& v) {
  long double top = 0;
  for (long double x : v)
    if (std::isfinite(x)) top = std::max(top, std::fabs(x));
  return top;
}

// The magnitude of terms that may cancel; a rounding error of that magnitude is allowed in addition
// to the relative error. Values of elementwise ops have no such terms, and their derivatives may be
// differences from 1. For gradients of other ops it is the largest element, or the sample's
// attribute "cancels".
long double error_of_sums(const Sample& sample, const std::vector<long double>& expected,
                          bool by_element, bool is_gradient) {
  if (by_element) return is_gradient ? 1 : 0;
  if (!is_gradient) return std::min(largest(expected), 1.0L);
  const auto given = sample.attributes.find("cancels");
  return given == sample.attributes.end() ? largest(expected) : given->second;
}

// All outputs and gradients of one call, with their expected values.
template <class T>
std::vector<Quantity> quantities(const OpRow& row, const Point<T>& p,
                                 const std::function<Tensors(Inputs)>& call, bool by_element) {
  using L = Limits<T>;
  const Reference& reference = p.sample.reference;
  const std::vector<size_t> which = differentiated(row, p.sample);
  std::vector<Tensor> cotangents;
  const Arrays<Wide> exact = reference.on_wide(p.wide(false));
  const Arrays<Wide> flushed = reference.on_wide(p.wide(true));
  for (const Array<Wide>& y : exact) cotangents.push_back(cotangents_of(y.shape));
  const Run r = run(call, p.inputs, which, cotangents);
  std::vector<Quantity> all;
  const auto add = [&](std::string name, const Tensor& actual, std::vector<long double> a,
                       std::vector<long double> b, const std::vector<bool>* lost) {
    const long double allowed = error_of_sums(p.sample, a, by_element, lost);
    all.push_back({std::move(name), actual.to_vector<double>(), std::move(a), std::move(b),
                   lost ? *lost : std::vector<bool>{}, least<T> + 8 * L::epsilon() * allowed,
                   lost != nullptr, reference.nan_is_meant});
  };
  for (size_t k = 0; k < exact.size(); ++k)
    add(text({"output ", k}), r.outputs[k], values_of(exact[k]), values_of(flushed[k]), nullptr);
  for (size_t j = 0; j < which.size(); ++j) {
    const Slopes s = slopes_of(reference, p.wide(false), which[j], by_element);
    add(text({"the gradient of input ", which[j]}), r.grads[j], s.g,
        slopes_of(reference, p.wide(true), which[j], by_element).g, &s.lost);
  }
  return all;
}

// The second derivative must not be NaN where the first is finite: gradient penalties meet huge
// inputs too.
template <class T> std::string second_error(const OpRow& row, const Point<T>& p) {
  if (row.once || row.rules.empty() || p.inputs.size() != 1) return "";
  const Tensor x = p.inputs[0].detach().requires_grad_();
  const EnableGrad tracked;
  const Tensor y = p.sample.call(Inputs{&x, 1})[0];
  const Tensor slope = grad(y, x, ones_like(y), {.create_graph = true});
  if (!slope.requires_grad()) return "";
  const Tensor curvature = grad(slope, x, ones_like(slope), {.allow_unused = true});
  if (!curvature.defined()) return "";
  const std::vector<double> at = x.template to_vector<double>();
  const std::vector<double> first = slope.template to_vector<double>();
  const std::vector<double> second = curvature.template to_vector<double>();
  for (size_t i = 0; i < at.size(); ++i)
    if (std::isfinite(at[i]) && std::isfinite(first[i]) && std::isnan(second[i]))
      return text({name(dtype_of<T>()), ", the second derivative at ", at[i], " is NaN"});
  return "";
}

// A gradient that is computed as a graph is the same wherever the usual one is a number; products
// on the way may overflow near the largest.
template <class T> std::string graph_error(const OpRow& row, const Point<T>& p) {
  const std::vector<size_t> which = differentiated(row, p.sample);
  if (row.once || which.empty()) return "";
  const auto gradients = [&](bool as_graph) {
    std::vector<Tensor> in = p.inputs, leaves, all;
    for (size_t j : which) leaves.push_back(in[j] = in[j].detach().requires_grad_());
    const EnableGrad tracked;
    const Tensor y = p.sample.call(in)[0];
    const Tensor c = cotangents_of(y.shape()).to(y.dtype());
    for (const Tensor& x : leaves)
      all.push_back(grad(y, x, c, {.retain_graph = true, .create_graph = as_graph}));
    return all;
  };
  const double top = Limits<T>::max() / 8;
  const auto near_top = [&](size_t i) {
    for (const Tensor& x : p.inputs)
      if (x.dtype() == dtype_of<T>() && i < static_cast<size_t>(x.numel()) &&
          std::fabs(x.template data<T>()[i]) > top)
        return true;
    return false;
  };
  const std::vector<Tensor> usual = gradients(false), graph = gradients(true);
  for (size_t j = 0; j < which.size(); ++j) {
    const std::vector<double> a = usual[j].to_vector<double>(), b = graph[j].to_vector<double>();
    for (size_t i = 0; i < a.size(); ++i)
      if (std::fabs(a[i]) < top && !near_top(i) &&
          !(std::fabs(a[i] - b[i]) <= 1e-4 * (1 + std::fabs(a[i]))))
        return text({name(dtype_of<T>()), ", the gradient of input ", which[j], " at element ", i,
                     " is ", a[i], ", but as a graph ", b[i]});
  }
  return "";
}

template <class T>
void check_point(const OpRow& row, const Point<T>& p, const Naive* instead, bool by_element,
                 std::vector<std::string>& failures) {
  const auto call = [&](Inputs in) { return instead->call(in, p.sample); };
  const std::function<Tensors(Inputs)> right = p.sample.call;
  const auto fail = [&](const std::string& what) {
    if (!what.empty()) failures.push_back("edge, sample " + p.sample.label + ": " + what);
  };
  for (const Quantity& q : quantities(row, p, instead ? call : right, by_element))
    fail(first_error(p, q, by_element));
  if (!instead) fail(by_element ? second_error(row, p) : graph_error(row, p));
}

// Every combination of edge values across the inputs.
template <class T> std::vector<Tensor> all_pairs(const Sample& sample) {
  const auto choices = [](const Tensor& x) {
    return is_float(x.dtype()) ? static_cast<int64_t>(edges<T>().size()) : 2;
  };
  int64_t count = 1, step = 1;
  for (const Tensor& x : sample.inputs) count *= choices(x);
  std::vector<Tensor> inputs;
  for (const Tensor& x : sample.inputs) {
    const int64_t n = choices(x);
    Tensor at = Tensor::empty({count}, is_float(x.dtype()) ? dtype_of<T>() : x.dtype());
    for (int64_t i = 0; i < count; ++i)
      if (is_float(x.dtype()))
        at.mutable_data<T>()[i] = edges<T>()[static_cast<size_t>(i / step % n)];
      else at.mutable_data<bool>()[i] = i / step % n != 0;
    inputs.push_back(at);
    step *= n;
  }
  return inputs;
}

}  // namespace

bool is_one_line(const Sample& sample) {
  for (const Tensor& x : sample.inputs)
    if (x.shape() != Shape{5} || x.dtype() == DType::i64) return false;
  return true;
}

std::vector<std::string> edge_failures(const OpRow& row, const Naive* instead) {
  std::vector<std::string> failures;
  Generator gen(0);
  int tried = 0;
  for (const Sample& s : row.samples(gen)) {
    if (!is_one_line(s)) continue;
    ++tried;
    if (!s.reference.on_wide) {
      failures.push_back("edge, sample " + s.label + ": the reference has no form in long double");
      continue;
    }
    check_point<float>(row, {s, all_pairs<float>(s)}, instead, true, failures);
    check_point<double>(row, {s, all_pairs<double>(s)}, instead, true, failures);
  }
  if (tried == 0) failures.push_back("edge: no sample has inputs of shape [5]");
  return failures;
}

std::vector<std::string> far_failures(const OpRow& row, const Naive* instead) {
  std::vector<std::string> failures;
  for (const Sample& s : row.far()) {
    check_point<float>(row, {s, converted(s.inputs, DType::f32)}, instead, false, failures);
    check_point<double>(row, {s, s.inputs}, instead, false, failures);
  }
  return failures;
}

}  // namespace gradus::check
