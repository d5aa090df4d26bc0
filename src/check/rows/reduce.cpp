// SPDX-License-Identifier: MIT
// Rows of ops/reduce.h: sums, moments, products, scans. The rest: reduce_extremum.cpp.
#include "check/rows/reduce.h"

#include "check/rows.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus::check {

Shape reduced(const Shape& shape, const Axes& axes, bool keepdim) {
  const Axes all = checked_axes("reduced", axes, shape);
  Shape out;
  for (int i = 0; i < shape.size(); ++i)
    if (!all.contains(i)) out.push_back(shape[i]);
    else if (keepdim) out.push_back(1);
  return out;
}

std::string Case::label() const { return text({shape, ", axes ", axes, keepdim ? ", kept" : ""}); }

std::map<std::string, double> Case::attributes() const {
  std::map<std::string, double> a{{"axes", 0}, {"n", 1}};
  for (int64_t axis : checked_axes("Case", axes, shape)) {
    a["axes"] += static_cast<double>(int64_t{1} << axis);
    a["n"] *= static_cast<double>(shape[static_cast<int>(axis)]);
  }
  return a;
}

std::vector<Case> reduction_cases(int64_t shortest) {
  const std::vector<Case> all = {
      {{}, {}}, {{1}, {0}}, {{5}, {0}}, {{40}, {}, true}, {{2, 3}, {}}, {{2, 3}, {0}},
      {{2, 3}, {-1}, true}, {{3, 2}, {1, 0}}, {{3, 40}, {1}}, {{40, 3}, {0}}, {{1, 4}, {1}},
      {{2, 3, 4}, {0, 2}}, {{2, 3, 4}, {1}, true}, {{4, 3, 2}, {-1, -2}}, {{2, 20, 2}, {1}},
      {{4, 1, 5}, {0, 1}, true}, {{2, 3, 2, 3}, {1, 3}}, {{3, 2, 1, 4}, {0, -1}},
      {{0, 3}, {1}}, {{2, 0, 3}, {-1, 0}, true}};
  std::vector<Case> some;
  for (const Case& c : all)
    if (c.attributes()["n"] >= static_cast<double>(shortest)) some.push_back(c);
  return some;
}

Axes axes_of(const Sample& s) {
  Axes axes;
  for (int64_t i = 0; i < max_rank; ++i)
    if (static_cast<int64_t>(s["axes"]) >> i & 1) axes.push_back(i);
  return axes;
}

Tensor spread_dy(const Sample& s, const BackwardEvent& e) {
  Shape kept = e.inputs[0].shape();
  for (int64_t axis : axes_of(s)) kept[static_cast<int>(axis)] = 1;
  return broadcast_to(reshape(e.dy[0], kept), e.inputs[0].shape());
}

Tensor combined(const Tensor& x, const Tensor& y, double (*f)(double, double)) {
  const std::vector<double> other = y.to_vector<double>();
  return edited(x, [&](double* v, int64_t n) {
    for (int64_t i = 0; i < n; ++i) v[i] = f(v[i], other[static_cast<size_t>(i)]);
  });
}

Mutant scaled(std::string name, std::function<double(const Sample&)> factor) {
  return wrong(std::move(name), 0, [factor](const Sample& s, const BackwardEvent& e) {
    return edited(e.grads[0], [f = factor(s)](double* v, int64_t n) {
      for (int64_t i = 0; i < n; ++i) v[i] *= f;
    });
  });
}

Mutant only_one(std::string name, bool first) {
  return wrong(std::move(name), 0, [first](const Sample& s, const BackwardEvent& e) {
    Tensor dx = zeros_like(e.inputs[0]);
    Layout place = dx.layout();
    Shape kept = dx.shape();
    for (int64_t a : axes_of(s)) {
      const int axis = static_cast<int>(a);
      if (kept[axis] == 0) return dx;
      place = place.sliced(axis, first ? 0 : kept[axis] - 1, 1, 1);
      kept[axis] = 1;
    }
    dx.with_layout(place).copy_(reshape(e.dy[0], kept));
    return dx;
  });
}

Mutant in_reverse(std::string name) {
  return wrong(std::move(name), 0, [](const Sample&, const BackwardEvent& e) {
    return edited(e.grads[0], [](double* v, int64_t n) { std::reverse(v, v + n); });
  });
}

namespace {

// Sample of one case, for ops of (x, axes, keepdim).
using Reduction = Tensor (*)(const Tensor&, const Axes&, bool);

Sample reduction(const Case& c, Tensor x, Reduction op, Reference reference) {
  return {.label = c.label(),
          .inputs = {std::move(x)},
          .call = [c, op](Inputs in) { return op(in[0], c.axes, c.keepdim); },
          .reference = std::move(reference),
          .attributes = c.attributes()};
}

std::vector<BadInput> bad_reductions(Reduction op) {
  return {{"axis", {ones({2, 3})}, [op](Inputs in) { op(in[0], {2}, false); }, "axis 2"},
          {"axis twice", {ones({2, 3})}, [op](Inputs in) { op(in[0], {1, -1}, false); }, "twice"},
          {"undefined", {}, [op](Inputs) { op({}, {}, false); }, "undefined"}};
}

BadInput bad_dtype(Reduction op) {
  return {"dtype", {arange(0, 4)}, [op](Inputs in) { op(in[0], {}, false); }, "f32 or f64"};
}

OpRow sum_row() {
  OpRow row{.name = "sum", .rules = {"sum"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    std::vector<Case> cases = reduction_cases();
    cases.push_back({{0, 3}, {0}});
    cases.push_back({{0}, {}});
    for (const Case& c : cases)
      samples.push_back(reduction(c, values(gen, c.shape), sum,
                                  line_by_line(reduced(c.shape, c.axes, c.keepdim), c.axes,
                                               []<class T>(const std::vector<T>& line) {
                                                 T y = 0;
                                                 for (const T& x : line) y += x;
                                                 return y;
                                               })));
    return samples;
  }};
  row.bad = bad_reductions(sum);
  row.mutants = {scaled("mean instead of sum", [](const Sample& s) { return 1 / s["n"]; }),
                 only_one("only the first of a line", true), in_reverse("wrong lines")};
  return row;
}

OpRow mean_row() {
  OpRow row{.name = "mean", .rules = {"mean"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    for (const Case& c : reduction_cases())
      samples.push_back(reduction(c, values(gen, c.shape), mean,
                                  line_by_line(reduced(c.shape, c.axes, c.keepdim), c.axes,
                                               []<class T>(const std::vector<T>& line) {
                                                 T y = 0;
                                                 for (const T& x : line) y += x;
                                                 return y / static_cast<double>(line.size());
                                               })));
    return samples;
  }};
  row.bad = bad_reductions(mean);
  row.bad.push_back(bad_dtype(mean));
  row.bad.push_back({"of nothing", {ones({0, 3})}, [](Inputs in) { mean(in[0], {0}); },
                     "no value"});
  row.mutants = {scaled("sum instead of mean", [](const Sample& s) { return s["n"]; }),
                 scaled("n + 1", [](const Sample& s) { return s["n"] / (s["n"] + 1); }),
                 only_one("only the last of a line", false), in_reverse("wrong lines")};
  return row;
}

std::vector<Mutant> variance_mutants() {
  const auto mean_kept = [](const Sample& s, const BackwardEvent& e) {  // right + what m takes off
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
          wrong("mean not taken off", 0, mean_kept), in_reverse("wrong lines"),
          scaled("twice", [](const Sample&) { return 2.0; })};
}

// var, and its root.
OpRow variance_row(bool root) {
  const auto op = root ? std_ : var;
  OpRow row{.name = root ? "std_" : "var", .rules = {root ? "std_" : "var"},
            .samples = [=](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Case& c, int64_t correction) {
      const auto reference = [=]<class T>(const std::vector<T>& line) {
        using std::sqrt;
        const auto n = static_cast<double>(line.size());
        T m = 0, y = 0;
        for (const T& x : line) m += x / n;
        for (const T& x : line) y += (x - m) * (x - m) / (n - static_cast<double>(correction));
        return root ? sqrt(y) : y;
      };
      samples.push_back(
          {.label = text({c.label(), ", correction ", correction}),
           .inputs = {values(gen, c.shape)},
           .call = [=](Inputs in) { return op(in[0], c.axes, correction, c.keepdim); },
           .reference = line_by_line(reduced(c.shape, c.axes, c.keepdim), c.axes, reference),
           .attributes = c.attributes()});
      samples.back().attributes["correction"] = static_cast<double>(correction);
    };
    for (const Case& c : reduction_cases(3)) add(c, 1);
    add({{3, 4}, {1}}, 0), add({{3, 4}, {0}, true}, 2), add({{2, 3, 4}, {}}, 5);
    add({{0, 3}, {1}}, 0);
    if (!root) add({{}, {}}, 0), add({{2, 1}, {1}}, 0);
    return samples;
  }};
  row.bad = {
      {"one element", {ones({3, 1})}, [op](Inputs in) { op(in[0], {1}, 1, false); }, "1 element "},
      {"empty", {ones({0})}, [op](Inputs in) { op(in[0], {}, 0, false); }, "0 elements"},
      {"correction", {ones({3})}, [op](Inputs in) { op(in[0], {}, -1, false); }, "correction -1"},
      {"axis", {ones({3})}, [op](Inputs in) { op(in[0], {1}, 1, false); }, "axis 1"},
      {"dtype", {arange(0, 4)}, [op](Inputs in) { op(in[0], {}, 1, false); }, "f32 or f64"}};
  row.mutants = variance_mutants();
  return row;
}

OpRow prod_row() {
  OpRow row{.name = "prod", .rules = {"prod"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Case& c, std::initializer_list<int64_t> zeros) {
      Tensor x = c.attributes()["n"] > 10 ? values(gen, c.shape, 0.7, 1.4) : values(gen, c.shape);
      for (int64_t i : zeros) x.mutable_data<double>()[i] = 0;
      samples.push_back(reduction(c, x, prod,
                                  line_by_line(reduced(c.shape, c.axes, c.keepdim), c.axes,
                                               []<class T>(const std::vector<T>& line) {
                                                 T y = 1;
                                                 for (const T& v : line) y *= v;
                                                 return y;
                                               })));
      if (zeros.size()) samples.back().label += text({", ", zeros.size(), " zeros"});
    };
    for (const Case& c : reduction_cases()) add(c, {});
    add({{0, 3}, {0}}, {}), add({{5}, {0}}, {2}), add({{5}, {0}}, {1, 4});
    add({{3, 4}, {1}}, {0, 5, 7}), add({{3, 4}, {0}}, {1, 2, 6}), add({{20}, {}}, {17});
    return samples;
  }};
  row.bad = bad_reductions(prod);
  row.bad.push_back(bad_dtype(prod));
  row.mutants = {
      wrong("the element itself left in", 0, [](const Sample&, const BackwardEvent& e) {
        return combined(e.grads[0], e.inputs[0], [](double g, double x) { return g * x; });
      }),
      wrong("y / x, wrong where x is 0", 0, [](const Sample&, const BackwardEvent& e) {
        return combined(e.grads[0], e.inputs[0], [](double g, double x) { return x == 0 ? 0 : g; });
      }),
      wrong("all get dy", 0, spread_dy),
      only_one("only the first of a line", true),
  };
  return row;
}

OpRow logsumexp_row() {
  OpRow row{.name = "logsumexp", .rules = {"logsumexp"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Case& c, double low, double high) {
      samples.push_back(reduction(c, values(gen, c.shape, low, high), logsumexp,
                                  line_by_line(reduced(c.shape, c.axes, c.keepdim), c.axes,
                                               [low]<class T>(const std::vector<T>& line) {
                                                 using std::exp, std::log;
                                                 T y = 0;
                                                 for (const T& v : line) y += exp(v - low);
                                                 return low + log(y);
                                               })));
      samples.back().label += text({", from ", low});
    };
    for (const Case& c : reduction_cases()) add(c, -2, 2);
    add({{3, 4}, {1}}, 1000, 1002), add({{3, 4}, {0}}, -1000, -998);
    return samples;
  }};
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
  return row;
}

OpRow sum_to_row() {
  OpRow row{.name = "sum_to", .rules = {"sum"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& from, const Shape& to) {
      samples.push_back({.label = text({from, " to ", to}),
                         .inputs = {values(gen, from)},
                         .call = [to](Inputs in) { return sum_to(in[0], to); },
                         .reference = [to]<class T>(const Arrays<T>& in) {
                           Array<T> y(to);
                           for (int64_t i = 0; i < in[0].count(); ++i)
                             y[flat_index(to, coordinates(in[0].shape, i))] += in[0][i];
                           return y;
                         },
                         .attributes = {{"axes", 0}}});
      const int shift = from.size() - to.size();
      for (int i = 0; i < from.size(); ++i)
        if (i < shift || to[i - shift] != from[i]) samples.back().attributes["axes"] += 1 << i;
    };
    add({}, {}), add({3}, {}), add({4}, {1}), add({2, 3}, {3}), add({2, 3}, {2, 1});
    add({2, 3}, {1, 3}), add({2, 3}, {1, 1}), add({2, 3, 4}, {3, 4}), add({2, 3, 4}, {3, 1});
    add({2, 3, 4}, {2, 1, 4}), add({2, 3, 4}, {4}), add({2, 3, 2, 2}, {3, 1, 2}), add({0, 3}, {3});
    add({2, 0}, {2, 1}), add({20, 3}, {3}), add({3, 40}, {3, 1}), add({5, 1, 2}, {2});
    return samples;
  }};
  row.bad = {
      {"size", {ones({2, 3})}, [](Inputs in) { sum_to(in[0], {2}); }, "[2]"},
      {"more axes", {ones({3})}, [](Inputs in) { sum_to(in[0], {1, 3}); }, "[1, 3]"},
      {"larger", {ones({1, 3})}, [](Inputs in) { sum_to(in[0], {2, 3}); }, "cannot be broadcast"}};
  row.mutants = {only_one("only the first of a line", true),
                 only_one("only the last of a line", false), in_reverse("wrong lines"),
                 wrong("mean instead of sum", 0, [](const Sample&, const BackwardEvent& e) {
                   const double n = static_cast<double>(e.inputs[0].numel()) /
                                    static_cast<double>(std::max<int64_t>(e.dy[0].numel(), 1));
                   return edited(e.grads[0], [n](double* v, int64_t count) {
                     for (int64_t i = 0; i < count; ++i) v[i] /= n;
                   });
                 })};
  return row;
}

OpRow cumsum_row() {
  OpRow row{.name = "cumsum", .rules = {"cumsum"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& shape, int axis) {
      const auto reference = [axis]<class T>(const Arrays<T>& in) {
        Array<T> y = in[0];
        const AxisView a(y.shape, axis);
        for (int64_t o = 0; o < a.outer; ++o)
          for (int64_t k = 1; k < a.n; ++k)
            for (int64_t i = 0; i < a.inner; ++i) y[a.at(o, k, i)] += y[a.at(o, k - 1, i)];
        return y;
      };
      samples.push_back({.label = text({shape, ", axis ", axis}),
                         .inputs = {values(gen, shape)},
                         .call = [axis](Inputs in) { return cumsum(in[0], axis); },
                         .reference = reference,
                         .attributes = {{"axis", axis}}});
    };
    add({1}, 0), add({5}, 0), add({40}, -1), add({2, 3}, 0), add({2, 3}, 1), add({3, 20}, -1);
    add({20, 3}, -2), add({2, 3, 4}, 1), add({2, 3, 4}, -1), add({2, 2, 3, 2}, 2), add({1, 4}, 0);
    add({0, 3}, 0), add({3, 0}, 0), add({9, 2, 3}, 0);
    return samples;
  }};
  row.bad = {{"axis", {ones({2})}, [](Inputs in) { cumsum(in[0], 1); }, "axis 1"},
             {"dtype", {ones({3}, DType::boolean)}, [](Inputs in) { cumsum(in[0], 0); }, "bool"}};
  row.mutants = {
      wrong("not reversed", 0, [](const Sample& s, const BackwardEvent& e) {
        return cumsum(e.dy[0], static_cast<int>(s["axis"]));
      }),
      wrong("not summed", 0, [](const Sample&, const BackwardEvent& e) { return e.dy[0]; }),
      wrong("without its own element", 0, [](const Sample&, const BackwardEvent& e) {
        return combined(e.grads[0], e.dy[0], [](double g, double d) { return g - d; });
      }),
  };
  return row;
}

}  // namespace

Rows reduce_rows() {
  Rows rows = {sum_row(),  mean_row(),      variance_row(false), variance_row(true),
               prod_row(), logsumexp_row(), cumsum_row(),        sum_to_row()};
  for (OpRow& row : reduce_extremum_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace gradus::check
