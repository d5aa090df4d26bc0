// SPDX-License-Identifier: MIT
// Rows of ops/reduce.h: sums and scans. The others: reduce_moment.cpp, reduce_extremum.cpp.
#include "check/rows/reduce.h"

#include "check/reference.h"
#include "check/rows.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "kernels/extremum.h"
#include "kernels/scan.h"

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

std::vector<Axis> reduction_axes(std::function<Sample(Generator&, const Case&)> make) {
  using namespace kernels;
  const auto axis = [&](const char* name, std::vector<KernelConstant> constants,
                        Case (*of)(int64_t n), bool few = false) {
    return Axis{name, std::move(constants),
                [make, of](Generator& gen, int64_t n) { return make(gen, of(n)); }, few};
  };
  constexpr int64_t cols = 101;  // the number of rows of this length in a task:
  constexpr int64_t task = reduce_grain / 4 / (cols + 1) + 1;
  return {
      axis("elements", {{"reduce_grain", reduce_grain}, {"lines_grain", lines_grain}},
           [](int64_t n) { return Case{{n}, {}}; }),
      axis("columns", {{"sum_lane_count", sum_lane_count}, {"sum_trees", sum_trees},
                       {"extremum_lanes", extremum_lanes}, {"find_step", find_step}},
           [](int64_t n) { return Case{{7, n}, {1}}; }),
      axis("rows", {{"sum_tree_rows", sum_tree_rows}, {"scan_chain", scan_chain}},
           [](int64_t n) { return Case{{n, 7}, {0}, true}; }),
      axis("lines across memory", {{"reduce_strip", reduce_strip}},
           [](int64_t n) { return Case{{5, n}, {0}}; }),
      axis("rows of a long strip", {{"reduce_grain", reduce_grain / reduce_strip}},
           [](int64_t n) { return Case{{n, reduce_strip}, {0}}; }, true),
      axis("lines along memory", {{"reduce_grain", task}},
           [](int64_t n) { return Case{{n, cols}, {1}}; })};
}

namespace {

constexpr auto line_sum = []<class T>(const std::vector<T>& line) {
  T y = 0;
  for (const T& x : line) y += x;
  return y;
};
constexpr auto line_mean = []<class T>(const std::vector<T>& line) {
  return line_sum(line) / static_cast<double>(line.size());
};

// Values near the largest number whose sums or means are in range, in lines along and across
// memory, long enough to use every summation loop.
std::vector<Sample> far_sums(Reduction op, bool is_mean) {
  std::vector<Sample> samples;
  for (int axis : {0, 1}) {
    Tensor x = full({272, 272}, 3e38, DType::f64);
    double* v = x.mutable_data<double>();
    for (int64_t i = 0; i < x.numel(); ++i)
      if (!is_mean && (i / (axis ? 1 : 272)) % 272 % 16 >= 8) v[i] = -3e38;
    samples.push_back({.label = text({"near the largest, axis ", axis}),
                       .inputs = {x},
                       .call = [=](Inputs in) { return op(in[0], {axis}, false); },
                       .reference = {},
                       .attributes = {{"axis", axis}}});
    const auto formula = lines({272}, {axis}, [=](const auto& line) {
      return is_mean ? line_mean(line) : line_sum(line);
    });
    samples.back().reference = Reference(formula).with_edge(formula);
    samples.back().constants = {0};
  }
  return samples;
}

Sample sum_sample(Generator& gen, const Case& c) {
  return reduction(c, values(gen, c.shape), sum,
                   line_by_line(reduced(c.shape, c.axes, c.keepdim), c.axes, line_sum));
}

Sample mean_sample(Generator& gen, const Case& c) {
  return reduction(c, values(gen, c.shape), mean,
                   line_by_line(reduced(c.shape, c.axes, c.keepdim), c.axes, line_mean));
}

OpRow sum_row() {
  OpRow row{.name = "sum", .rules = {"sum"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    std::vector<Case> cases = reduction_cases();
    cases.push_back({{0, 3}, {0}});
    cases.push_back({{0}, {}});
    for (const Case& c : cases) samples.push_back(sum_sample(gen, c));
    return samples;
  }};
  row.axes = reduction_axes(sum_sample);
  row.bad = bad_reductions(sum);
  row.far = [] { return with_edge_lines(far_sums(sum, false), sum, line_sum); };
  row.naive = {{"without what is not finite", [](Inputs in, const Sample& s) -> Tensors {
    const int axis = edge_axis(s);
    return sum(masked_fill(in[0], ge(gradus::abs(in[0]), INFINITY), 0), {axis});
  }}};
  row.mutants = {scaled("mean instead of sum", [](const Sample& s) { return 1 / s["n"]; }),
                 only_one("only the first of a line", true), in_reverse("wrong lines")};
  return row;
}

OpRow mean_row() {
  OpRow row{.name = "mean", .rules = {"mean"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    for (const Case& c : reduction_cases()) samples.push_back(mean_sample(gen, c));
    return samples;
  }};
  row.axes = reduction_axes(mean_sample);
  row.bad = bad_reductions(mean);
  row.far = [] { return with_edge_lines(far_sums(mean, true), mean, line_mean); };
  row.naive = {{"the sum, then divided", [](Inputs in, const Sample& s) -> Tensors {
    const int axis = edge_axis(s);
    return sum(in[0], {axis}) / static_cast<double>(in[0].size(axis));
  }}};
  row.bad.push_back(bad_dtype(mean));
  row.bad.push_back({"of nothing", {ones({0, 3})}, [](Inputs in) { mean(in[0], {0}); },
                     "no value"});
  row.mutants = {scaled("sum instead of mean", [](const Sample& s) { return s["n"]; }),
                 scaled("n + 1", [](const Sample& s) { return s["n"] / (s["n"] + 1); }),
                 only_one("only the last of a line", false), in_reverse("wrong lines")};
  return row;
}

Sample sum_to_sample(Generator& gen, const Shape& from, const Shape& to) {
  Sample s{.label = text({from, " to ", to}),
           .inputs = {values(gen, from)},
           .call = [to](Inputs in) { return sum_to(in[0], to); },
           .reference = [to]<class T>(const Arrays<T>& in) {
             Array<T> y(to);
             for (int64_t i = 0; i < in[0].count(); ++i)
               y[flat_index(to, coordinates(in[0].shape, i))] += in[0][i];
             return y;
           },
           .attributes = {{"axes", 0}}};
  const int shift = from.size() - to.size();
  for (int i = 0; i < from.size(); ++i)
    if (i < shift || to[i - shift] != from[i]) s.attributes["axes"] += 1 << i;
  return s;
}

OpRow sum_to_row() {
  OpRow row{.name = "sum_to", .rules = {"sum"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& from, const Shape& to) {
      samples.push_back(sum_to_sample(gen, from, to));
    };
    add({}, {}), add({3}, {}), add({4}, {1}), add({2, 3}, {3}), add({2, 3}, {2, 1});
    add({2, 3}, {1, 3}), add({2, 3}, {1, 1}), add({2, 3, 4}, {3, 4}), add({2, 3, 4}, {3, 1});
    add({2, 3, 4}, {2, 1, 4}), add({2, 3, 4}, {4}), add({2, 3, 2, 2}, {3, 1, 2}), add({0, 3}, {3});
    add({2, 0}, {2, 1}), add({20, 3}, {3}), add({3, 40}, {3, 1}), add({5, 1, 2}, {2});
    return samples;
  }};
  row.axes = {{"rows", {}, [](Generator& gen, int64_t n) {
                 return sum_to_sample(gen, {n, 9}, {9});
               }},
              {"columns", {}, [](Generator& gen, int64_t n) {
                 return sum_to_sample(gen, {9, n}, {9, 1});
               }}};
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

auto running_sums(int axis) {
  return [axis]<class T>(const Arrays<T>& in) {
    Array<T> y = in[0];
    const AxisView a(y.shape, axis);
    for (int64_t o = 0; o < a.outer; ++o)
      for (int64_t k = 1; k < a.n; ++k)
        for (int64_t i = 0; i < a.inner; ++i) y[a.at(o, k, i)] += y[a.at(o, k - 1, i)];
    return y;
  };
}

Sample cumsum_of(const Tensor& x, int axis) {
  return {.label = text({x.shape(), ", axis ", axis}),
          .inputs = {x},
          .call = [axis](Inputs in) { return cumsum(in[0], axis); },
          .reference = Reference(running_sums(axis)).with_edge(running_sums(axis)),
          .attributes = {{"axis", axis}}};
}
Sample cumsum_sample(Generator& gen, const Shape& shape, int axis) {
  return cumsum_of(values(gen, shape), axis);
}

OpRow cumsum_row() {
  OpRow row{.name = "cumsum", .rules = {"cumsum"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& shape, int axis) {
      samples.push_back(cumsum_sample(gen, shape, axis));
    };
    add({1}, 0), add({5}, 0), add({40}, -1), add({2, 3}, 0), add({2, 3}, 1), add({3, 20}, -1);
    add({20, 3}, -2), add({2, 3, 4}, 1), add({2, 3, 4}, -1), add({2, 2, 3, 2}, 2), add({1, 4}, 0);
    add({0, 3}, 0), add({3, 0}, 0), add({9, 2, 3}, 0);
    return samples;
  }};
  row.axes = reduction_axes([](Generator& gen, const Case& c) {
    return cumsum_sample(gen, c.shape, c.axes.empty() ? 0 : static_cast<int>(c.axes[0]));
  });
  row.far = [] { return edge_samples(cumsum_of); };
  row.naive = {{"a product with a triangle of ones", [](Inputs in, const Sample& s) -> Tensors {
    const int axis = static_cast<int>(s["axis"]);
    const Tensor square = ones({in[0].size(axis), in[0].size(axis)}, in[0].dtype());
    return axis == 0 ? matmul(tril(square), in[0]) : matmul(in[0], triu(square));
  }}};
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
  Rows rows = {sum_row(), mean_row(), cumsum_row(), sum_to_row()};
  for (Rows (*more)() : {reduce_moment_rows, reduce_extremum_rows})
    for (OpRow& row : more()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace gradus::check
