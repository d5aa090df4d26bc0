// SPDX-License-Identifier: MIT
// Rows of ops/reduce.h: maxima and minima, their indices, all and any.
#include <numeric>

#include "check/rows/reduce.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "kernels/extremum.h"

namespace gradus::check {
namespace {

// Distinct values i / 8 in random order, further apart than the steps of the differences.
Tensor distinct(Generator& gen, const Shape& shape) {
  Tensor x = Tensor::empty(shape, DType::f64);
  double* v = x.mutable_data<double>();
  for (int64_t i = 0; i < x.numel(); ++i) {
    v[i] = static_cast<double>(i) / 8 - 1;
    std::swap(v[i], v[gen.below(i + 1)]);
  }
  return x;
}

// The first index of the largest (or smallest) value of a line.
template <class T>
size_t place(const std::vector<T>& line, bool largest) {
  size_t best = 0;
  for (size_t k = 1; k < line.size(); ++k)
    if (largest ? line[best] < line[k] : line[k] < line[best]) best = k;
  return best;
}

// Puts the largest (or smallest) value last, where a loop may miss it at real sizes.
Sample with_last(Sample s, bool largest) {
  Tensor& x = s.inputs[0];
  if (x.numel()) x.mutable_data<double>()[x.numel() - 1] = largest ? 1e6 : -1e6;
  return s;
}

Sample shared_sample(Generator& gen, const Case& c, bool largest) {
  return reduction(c, distinct(gen, c.shape), largest ? amax : amin,
                   line_by_line(reduced(c.shape, c.axes, c.keepdim), c.axes,
                                [largest](const auto& line) {
                                  return line[place(line, largest)];
                                }));
}

// The largest of a line with its slope shared by equal ones, NaN among them.
auto shared_at_edge(bool largest) {
  return [largest](const std::vector<Wide>& line) {
    const Wide best = line[place_at_edge(line, largest)];
    long double slopes = 0, ties = 0;
    for (const Wide& x : line)
      if (x.v == best.v || (std::isnan(x.v) && std::isnan(best.v))) {
        slopes += x.d;
        ties += 1;
      }
    return Wide(best.v, slopes / ties);
  };
}

// Comparisons with NaN are false: this loses it.
Naive naive_extremum(bool largest) {
  return {"NaN passed over", [largest](Inputs in, const Sample& s) -> Tensors {
            const Tensor x = masked_fill(in[0], ne(in[0], in[0]), largest ? -INFINITY : INFINITY);
            return largest ? amax(x, {edge_axis(s)}) : amin(x, {edge_axis(s)});
          }};
}

OpRow shared_row(bool largest) {
  const auto op = largest ? amax : amin;
  const char* name = largest ? "amax" : "amin";
  OpRow row{.name = name, .rules = {name}, .samples = [=](Generator& gen) {
    std::vector<Sample> samples;
    for (const Case& c : reduction_cases()) samples.push_back(shared_sample(gen, c, largest));
    return samples;
  }};
  row.axes = reduction_axes([=](Generator& gen, const Case& c) {
    return with_last(shared_sample(gen, c, largest), largest);
  });
  row.far = [=] { return with_edge_lines({}, op, shared_at_edge(largest)); };
  row.naive = {naive_extremum(largest)};
  row.bad = {
      {"axis", {ones({2})}, [op](Inputs in) { op(in[0], {1}, false); }, "axis 1"},
      {"nothing", {ones({2, 0})}, [op](Inputs in) { op(in[0], {1}, false); }, "no elements"},
      {"nothing at all", {ones({0, 2})}, [op](Inputs in) { op(in[0], {}, false); }, "no elements"},
      {"dtype", {ones({3}, DType::boolean)}, [op](Inputs in) { op(in[0], {}, false); }, "bool"}};
  row.mutants = {wrong("all get dy", 0, spread_dy), only_one("the first of a line", true),
                 only_one("the last of a line", false),
                 scaled("shared by all", [](const Sample& s) { return 1 / s["n"]; })};
  return row;
}

using AlongAxis = Extremum (*)(const Tensor&, int, bool);
using OfAll = Tensor (*)(const Tensor&);

std::vector<BadInput> bad_firsts(AlongAxis along, OfAll of_all) {
  return {{"axis", {ones({2})}, [=](Inputs in) { along(in[0], 1, false); }, "axis 1"},
          {"nothing", {ones({2, 0})}, [=](Inputs in) { along(in[0], 1, false); }, "no elements"},
          {"nothing at all", {ones({0})}, [=](Inputs in) { of_all(in[0]); }, "no elements"},
          {"undefined", {}, [=](Inputs) { of_all({}); }, "undefined"}};
}

// The value and the index that `place` chooses in each line.
template <class Place>
auto chosen_places(const Shape& to, const Axes& axes, bool all, Place place) {
  return [=]<class T>(const Arrays<T>& in) {
    Arrays<T> y(2, Array<T>(to));
    int64_t i = 0;
    for (const std::vector<T>& line : lines_of(in[0], axes)) {
      const size_t k = place(line);
      y[0][i] = line[k], y[1][i++] = T(static_cast<double>(k));
    }
    if (all) y.pop_back();
    return y;
  };
}

// max(x, axis), with values and indices, and max(x).
Sample first_of(const Case& c, const Tensor& x, bool largest) {
  const AlongAxis along = largest ? AlongAxis{max} : AlongAxis{min};
  const OfAll of_all = largest ? OfAll{max} : OfAll{min};
  const bool all = c.axes.empty();
  const Shape to = reduced(c.shape, c.axes, c.keepdim);
  return {.label = c.label(),
          .inputs = {x},
          .call = [=](Inputs in) -> Tensors {
            if (all) return of_all(in[0]);
            const Extremum e = along(in[0], static_cast<int>(c.axes[0]), c.keepdim);
            return {e.values, e.indices};
          },
          .reference = Reference(chosen_places(to, c.axes, all, [=](const auto& line) {
                         return place(line, largest);
                       })).with_edge(chosen_places(to, c.axes, all, [=](const auto& line) {
                         return place_at_edge(line, largest);
                       })),
          .attributes = c.attributes()};
}
Sample first_sample(Generator& gen, const Case& c, bool largest) {
  return first_of(c, distinct(gen, c.shape), largest);
}

OpRow first_row(bool largest) {
  const AlongAxis along = largest ? AlongAxis{max} : AlongAxis{min};
  const OfAll of_all = largest ? OfAll{max} : OfAll{min};
  OpRow row{.name = largest ? "max" : "min",
            .rules = {largest ? "max" : "min", largest ? "amax" : "amin"},
            .samples = [=](Generator& gen) {
    std::vector<Sample> samples;
    for (const Case& c : reduction_cases()) {
      if (c.axes.size() > 1 || (c.axes.empty() && c.keepdim)) continue;
      samples.push_back(first_sample(gen, c, largest));
    }
    return samples;
  }};
  row.axes = reduction_axes([=](Generator& gen, const Case& c) {
    return with_last(first_sample(gen, c, largest), largest);
  });
  row.axes.push_back({"lines", {{"place_grain", kernels::place_grain}},
                      [=](Generator& gen, int64_t n) {
                        return first_sample(gen, {{n, 2}, {1}}, largest);
                      }});
  row.far = [=] {
    return edge_samples([=](const Tensor& x, int axis) {
      Sample s = first_of({x.shape(), {axis}}, x, largest);
      s.attributes["cancels"] = 0;
      s.attributes["axis"] = axis;
      return s;
    });
  };
  row.naive = {{"NaN passed over", [=](Inputs in, const Sample& s) -> Tensors {
    const Tensor x = masked_fill(in[0], ne(in[0], in[0]), largest ? -INFINITY : INFINITY);
    const Extremum e = along(x, edge_axis(s), false);
    return {e.values, e.indices};
  }}};
  row.bad = bad_firsts(along, of_all);
  row.mutants = {wrong("all get dy", 0, spread_dy), only_one("at index 0", true),
                 only_one("at the last index", false), in_reverse("counted from the end")};
  return row;
}

Sample where_sample(const Case& c, const Tensor& x, const char* more, bool largest) {
  const auto op = largest ? argmax : argmin;
  const std::optional<int> axis =
      c.axes.empty() ? std::optional<int>() : static_cast<int>(c.axes[0]);
  return {.label = c.label() + more,
          .inputs = {x},
          .call = [=](Inputs in) { return op(in[0], axis, c.keepdim); },
          .reference = line_by_line(reduced(c.shape, c.axes, c.keepdim), c.axes,
                                    [largest]<class T>(const std::vector<T>& line) {
                                      return T(static_cast<double>(place(line, largest)));
                                    })};
}

std::vector<Sample> where_at_edge(bool largest) {
  return edge_samples([=](const Tensor& x, int axis) {
    Sample s = where_sample({x.shape(), {axis}}, x, "", largest);
    s.attributes["axis"] = axis;
    s.reference = s.reference.with_edge(
        lines(reduced(x.shape(), {axis}, false), {axis}, [largest](const std::vector<Wide>& line) {
          return Wide(static_cast<long double>(place_at_edge(line, largest)));
        }));
    return s;
  });
}

OpRow arg_row(bool largest) {
  const auto op = largest ? argmax : argmin;
  OpRow row{.name = largest ? "argmax" : "argmin", .rules = {}, .samples = [=](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Case& c, const Tensor& x, const char* more) {
      samples.push_back(where_sample(c, x, more, largest));
    };
    for (const Case& c : reduction_cases()) {
      if (c.axes.size() > 1) continue;
      add(c, distinct(gen, c.shape), "");
      add(c, indices(gen, c.shape, 3).to(DType::f64), ", with ties");
    }
    return samples;
  }};
  row.axes = reduction_axes([=](Generator& gen, const Case& c) {
    return where_sample(c, distinct(gen, c.shape), "", largest);
  });
  row.far = [=] { return where_at_edge(largest); };
  row.naive = {{"NaN passed over", [=](Inputs in, const Sample& s) -> Tensors {
    const Tensor x = masked_fill(in[0], ne(in[0], in[0]), largest ? -INFINITY : INFINITY);
    return op(x, edge_axis(s), false);
  }}};
  row.bad = {
      {"axis", {ones({2})}, [op](Inputs in) { op(in[0], 1, false); }, "axis 1"},
      {"nothing", {ones({2, 0})}, [op](Inputs in) { op(in[0], 1, false); }, "no elements"},
      {"nothing at all", {ones({0})}, [op](Inputs in) { op(in[0], {}, false); }, "no elements"}};
  return row;
}

Sample truth_sample(const Tensor& x, bool is_any) {
  const auto op = is_any ? any : all;
  return {.label = text({x.shape()}),
          .inputs = {x},
          .call = [op](Inputs in) { return op(in[0]); },
          .reference = [is_any]<class T>(const Arrays<T>& in) {
            Array<T> y(Shape{}, T(is_any ? 0 : 1));
            for (const T& v : in[0].v)
              if ((value(v) != 0) == is_any) y[0] = T(is_any ? 1 : 0);
            return y;
          }};
}

OpRow truth_row(bool is_any) {
  const auto op = is_any ? any : all;
  OpRow row{.name = is_any ? "any" : "all", .rules = {}, .samples = [=](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& shape, double p) {
      samples.push_back(truth_sample(mask(gen, shape, p), is_any));
      samples.back().label += text({", true with ", p});
    };
    add({}, 0), add({}, 1), add({1}, 0.5), add({5}, 0.2), add({5}, 1), add({2, 3}, 0), add({0}, 0);
    add({2, 3}, 0.9), add({2, 3, 4}, 1), add({2, 3, 4}, 0.05), add({0, 2}, 0), add({2, 1, 3, 2}, 1);
    add({50}, 1), add({50}, 0), add({50}, 0.02), add({7, 9}, 0.98);
    return samples;
  }};
  // A single element decides the result: the first, the last or one in between.
  row.axes = {{"elements", {{"reduce_grain", kernels::reduce_grain}},
               [is_any](Generator& gen, int64_t n) {
                 Tensor x = full({n}, is_any ? 0 : 1, DType::boolean);
                 const int64_t places[] = {0, n - 1, gen.below(n)};
                 x.mutable_data<bool>()[places[n % 3]] = is_any;
                 return truth_sample(x, is_any);
               }}};
  row.bad = {{"undefined", {}, [op](Inputs) { op({}); }, "undefined"}};
  return row;
}

}  // namespace

Rows reduce_extremum_rows() {
  return {shared_row(true), shared_row(false), first_row(true),  first_row(false),
          arg_row(true),  arg_row(false),  truth_row(false), truth_row(true)};
}

}  // namespace gradus::check
