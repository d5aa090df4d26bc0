// SPDX-License-Identifier: MIT
// Rows of ops/reduce.h: variance, standard deviation, product, logsumexp.
#include "check/reference.h"
#include "check/rows/reduce.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus::check {
namespace {

std::vector<Mutant> variance_mutants() {
  const auto mean_kept = [](const Sample& s, const BackwardEvent& e) {  // correct + the mean's term
    const double d = s["n"] - s["correction"];
    const Tensor m = broadcast_to(mean(e.inputs[0], axes_of(s), true), e.inputs[0].shape());
    Tensor part = combined(spread_dy(s, e), m, [](double dy, double v) { return 2 * dy * v; });
    part = edited(part, [d](double* v, int64_t n) {
      for (int64_t i = 0; i < n; ++i) v[i] /= d;
    });
    return combined(e.grads[0], part, [](double right, double more) { return right + more; });
  };
  const auto by_n = [](const Sample& s) { return (s["n"] - s["correction"]) / s["n"]; };
  const auto by_d = [](const Sample& s) { return s["n"] - s["correction"]; };
  return {scaled("n instead of n - correction", by_n), scaled("not divided", by_d),
          wrong("mean not subtracted", 0, mean_kept), in_reverse("wrong lines"),
          scaled("twice", [](const Sample&) { return 2.0; })};
}

constexpr auto variance_of = []<class T>(const std::vector<T>& line, int64_t correction) {
  const auto n = static_cast<double>(line.size());
  T m = 0, y = 0;  // m counts from the first element, so equal ones differ by nothing
  for (const T& x : line) m += (x - line[0]) / n;
  for (const T& x : line) {
    const T d = x - line[0] - m;
    y += d * d / (n - static_cast<double>(correction));
  }
  return y;
};

// Lines whose squares exceed the range of f32, and lines far from 0.
std::vector<Tensor> far_values() {
  std::vector<Tensor> all = {tensor({{1e30, 1.5e30, -2e30}, {3e30, 1e30, 0}}, DType::f64)};
  for (double size : {1e20, 1e10, 1e-10, 1e-15}) all.push_back(mul(all[0], size * 1e-30));
  all.push_back(tensor({{1e6 + 1, 1e6, 1e6 + 3}, {-4e6, -4e6 + 2, -4e6 + 1}}, DType::f64));
  return all;
}

Sample variance_sample(Generator& gen, const Case& c, int64_t correction, bool root) {
  const auto op = root ? std_ : var;
  const auto reference = [=]<class T>(const std::vector<T>& line) {
    using std::sqrt;
    const T y = variance_of(line, correction);
    return root ? sqrt(y) : y;
  };
  Sample s{.label = text({c.label(), ", correction ", correction}),
           .inputs = {values(gen, c.shape)},
           .call = [=](Inputs in) { return op(in[0], c.axes, correction, c.keepdim); },
           .reference = line_by_line(reduced(c.shape, c.axes, c.keepdim), c.axes, reference),
           .attributes = c.attributes()};
  s.attributes["correction"] = static_cast<double>(correction);
  return s;
}

std::vector<BadInput> bad_variances(bool root) {
  const auto op = root ? std_ : var;
  return {
      {"one element", {ones({3, 1})}, [op](Inputs in) { op(in[0], {1}, 1, false); }, "1 element "},
      {"empty", {ones({0})}, [op](Inputs in) { op(in[0], {}, 0, false); }, "0 elements"},
      {"correction", {ones({3})}, [op](Inputs in) { op(in[0], {}, -1, false); }, "correction -1"},
      {"axis", {ones({3})}, [op](Inputs in) { op(in[0], {1}, 1, false); }, "axis 1"},
      {"dtype", {arange(0, 4)}, [op](Inputs in) { op(in[0], {}, 1, false); }, "f32 or f64"}};
}

Naive naive_variance(bool root) {
  return {"mean of squares less the square of the mean",
          [root](Inputs in, const Sample& s) -> Tensors {
            const Tensor& x = in[0];
            const int axis = edge_axis(s);
            const double n = static_cast<double>(x.size(axis));
            const Tensor m = mean(x, {axis});
            const Tensor v = (mean(x * x, {axis}) - m * m) * (n / (n - 1));
            return root ? gradus::sqrt(v) : v;
          }};
}

OpRow variance_row(bool root) {
  OpRow row{.name = root ? "std_" : "var", .rules = {root ? "std_" : "var"},
            .samples = [=](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Case& c, int64_t correction) {
      samples.push_back(variance_sample(gen, c, correction, root));
    };
    for (const Case& c : reduction_cases(3)) add(c, 1);
    add({{3, 4}, {1}}, 0), add({{3, 4}, {0}, true}, 2), add({{2, 3, 4}, {}}, 5);
    add({{0, 3}, {1}}, 0);
    if (!root) add({{}, {}}, 0), add({{2, 1}, {1}}, 0);
    return samples;
  }};
  row.bad = bad_variances(root);
  row.mutants = variance_mutants();
  row.axes = reduction_axes([root](Generator& gen, const Case& c) {
    return variance_sample(gen, c, 1, root);
  });
  row.far = [=] {
    const auto op = root ? Reduction([](const Tensor& x, const Axes& axes, bool keep) {
      return std_(x, axes, 1, keep);
    }) : Reduction([](const Tensor& x, const Axes& axes, bool keep) {
      return var(x, axes, 1, keep);
    });
    const auto line_of = [root]<class T>(const std::vector<T>& line) {
      using std::sqrt;
      const T y = variance_of(line, 1);
      if (value(y) == 0) return T(0);  // equal elements: no slope of the root either
      return root ? sqrt(y) : y;
    };
    return with_edge_lines(far_lines(op, far_values(), line_of), op, line_of, 2);
  };
  row.naive = {naive_variance(root)};
  return row;
}

constexpr auto product_of = []<class T>(const std::vector<T>& line) {
  T y = 1;
  for (const T& v : line) y *= v;
  return y;
};

Sample prod_sample(const Case& c, const Tensor& x) {
  return reduction(c, x, prod,
                   line_by_line(reduced(c.shape, c.axes, c.keepdim), c.axes, product_of));
}

std::vector<Mutant> prod_mutants() {
  return {
      wrong("the element itself included", 0, [](const Sample&, const BackwardEvent& e) {
        return combined(e.grads[0], e.inputs[0], [](double g, double x) { return g * x; });
      }),
      wrong("y / x, wrong where x is 0", 0, [](const Sample&, const BackwardEvent& e) {
        return combined(e.grads[0], e.inputs[0], [](double g, double x) { return x == 0 ? 0 : g; });
      }),
      wrong("all get dy", 0, spread_dy),
      only_one("only the first of a line", true),
  };
}

OpRow prod_row() {
  OpRow row{.name = "prod", .rules = {"prod"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Case& c, std::initializer_list<int64_t> zeros) {
      Tensor x = c.attributes()["n"] > 10 ? values(gen, c.shape, 0.7, 1.4) : values(gen, c.shape);
      for (int64_t i : zeros) x.mutable_data<double>()[i] = 0;
      samples.push_back(prod_sample(c, x));
      if (zeros.size()) samples.back().label += text({", ", zeros.size(), " zeros"});
    };
    for (const Case& c : reduction_cases()) add(c, {});
    add({{0, 3}, {0}}, {}), add({{5}, {0}}, {2}), add({{5}, {0}}, {1, 4});
    add({{3, 4}, {1}}, {0, 5, 7}), add({{3, 4}, {0}}, {1, 2, 6}), add({{20}, {}}, {17});
    return samples;
  }};
  row.bad = bad_reductions(prod);
  row.bad.push_back(bad_dtype(prod));
  row.mutants = prod_mutants();
  row.far = [] {
    std::vector<Sample> samples =
        far_lines(prod, {tensor({{1e30, 1e30, 1e-30, 1e-30}, {-1e-30, 2e-30, 1e30, 1e30}},
                                   DType::f64),
                            tensor({{1e-37, 1e-37, 1e37}, {1e20, 1e20, 0}}, DType::f64)},
                     product_of);
    return with_edge_lines(std::move(samples), prod, product_of);
  };
  row.axes = reduction_axes([](Generator& gen, const Case& c) {  // the product stays near 1
    const double apart = 1 / std::sqrt(c.attributes()["n"]);
    return prod_sample(c, values(gen, c.shape, 1 - apart, 1 + apart));
  });
  row.naive = {{"e^(sum of log x)", [](Inputs in, const Sample& s) -> Tensors {
    return gradus::exp(sum(gradus::log(in[0]), {edge_axis(s)}));
  }}};
  return row;
}

constexpr auto logsumexp_of = []<class T>(const std::vector<T>& line) {
  using std::exp, std::log;
  const auto n = static_cast<int64_t>(line.size());
  const T m = constant_max<T>(n, [&](int64_t i) { return line[static_cast<size_t>(i)]; });
  T y = 0;
  for (const T& v : line) y += exp(v - m);
  return m + log(y);
};

Sample logsumexp_sample(const Case& c, const Tensor& x) {
  return reduction(c, x, logsumexp,
                   line_by_line(reduced(c.shape, c.axes, c.keepdim), c.axes, logsumexp_of));
}

OpRow logsumexp_row() {
  OpRow row{.name = "logsumexp", .rules = {"logsumexp"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Case& c, double low, double high) {
      samples.push_back(logsumexp_sample(c, values(gen, c.shape, low, high)));
      samples.back().label += text({", from ", low});
    };
    for (const Case& c : reduction_cases()) add(c, -2, 2);
    add({{3, 4}, {1}}, 1000, 1002), add({{3, 4}, {0}}, -1000, -998);
    return samples;
  }};
  row.axes = reduction_axes([](Generator& gen, const Case& c) {
    return logsumexp_sample(c, values(gen, c.shape, -2, 2));
  });
  row.bad = bad_reductions(logsumexp);
  row.bad.push_back(bad_dtype(logsumexp));
  row.mutants = {
      wrong("not normalised", 0, [](const Sample& s, const BackwardEvent& e) {
        return combined(spread_dy(s, e), e.inputs[0], [](double d, double x) {
          return d * std::exp(std::min(x, 9.0));
        });
      }),
      wrong("all get dy", 0, spread_dy),
      scaled("n times too small", [](const Sample& s) { return 1 / s["n"]; }),
      only_one("only the first of a line", true),
  };
  row.far = [] {
    std::vector<Sample> samples =
        far_lines(logsumexp,
                     {tensor({{1e30, 0, -1e30, 1e30}, {-1e30, -1e30, -1e30, -1e30}}, DType::f64),
                      tensor({{300, -300, 299, 0}, {-300, -301, -300, -400}}, DType::f64),
                      tensor({{-INFINITY, 0, 1}, {89, -INFINITY, -INFINITY}}, DType::f64)},
                     logsumexp_of, 1);
    return with_edge_lines(std::move(samples), logsumexp, logsumexp_of);
  };
  row.naive = {{"log of the sum of e^x", [](Inputs in, const Sample& s) -> Tensors {
    return gradus::log(sum(gradus::exp(in[0]), {edge_axis(s)}));
  }}};
  return row;
}

}  // namespace

Rows reduce_moment_rows() {
  return {variance_row(false), variance_row(true), prod_row(), logsumexp_row()};
}

}  // namespace gradus::check
