// SPDX-License-Identifier: MIT
// Helpers for the rows of ops/elementwise.h, which are in elementwise_*.cpp.
#include "check/rows/elementwise.h"

#include <iterator>

#include "check/edge.h"
#include "kernels/elementwise.h"

namespace gradus::check {

namespace {

// A sample with other shapes: its values repeat, each slightly scaled so that no two are equal.
Sample resized(Sample s, const std::vector<Shape>& shapes, Generator& gen) {
  for (size_t k = 0; k < s.inputs.size(); ++k) {
    const std::vector<double> own = s.inputs[k].to_vector<double>();
    const DType dtype = s.inputs[k].dtype();
    if (!is_float(dtype)) {
      s.inputs[k] = mask(gen, shapes[k]);
      continue;
    }
    Tensor x = values(gen, shapes[k], 1, 1.01);
    double* v = x.mutable_data<double>();
    for (int64_t i = 0; i < x.numel(); ++i) v[i] *= own[static_cast<size_t>(i) % own.size()];
    s.inputs[k] = x;
  }
  s.label += " as " + text({shapes[0]});
  return s;
}

// Cycles through the samples of shape [5], so that every parameter is tried at some sizes.
Sample some_line(const OpRow& row, Generator& gen, int64_t n) {
  std::vector<Sample> lines;
  for (Sample& s : row.samples(gen))
    if (is_one_line(s)) lines.push_back(std::move(s));
  return lines[static_cast<size_t>(n) % lines.size()];
}

// Cycles through full, one-row and one-column arguments.
std::vector<Shape> broadcasts(size_t inputs, int64_t rows, int64_t cols) {
  const Shape forms[] = {{rows, cols}, {cols}, {rows, 1}};
  std::vector<Shape> shapes;
  for (size_t k = 0; k < inputs; ++k)
    shapes.push_back(forms[(k + static_cast<size_t>(rows + cols)) % 3]);
  return shapes;
}

void add_axes(OpRow& added) {
  using kernels::cheap_grain, kernels::costly_grain, kernels::map_chunk, kernels::map_short_row;
  added.elementwise = true;
  const OpRow row = added;
  std::vector<Axis>& axes = added.axes;
  axes.push_back({"elements", {{"cheap_grain", cheap_grain}, {"costly_grain", costly_grain}},
                  [row](Generator& gen, int64_t n) {
                    const Sample s = some_line(row, gen, n);
                    return resized(s, std::vector<Shape>(s.inputs.size(), Shape{n}), gen);
                  }});
  Generator gen(0);
  if (some_line(row, gen, 0).inputs.size() < 2) return;
  axes.push_back({"columns", {{"map_short_row", map_short_row}, {"map_chunk", map_chunk}},
                  [row](Generator& g, int64_t n) {
                    const Sample s = some_line(row, g, 0);
                    return resized(s, broadcasts(s.inputs.size(), 9, n), g);
                  }});
  constexpr int64_t cols = 99;
  axes.push_back({"short rows",
                  {{"map_chunk", map_chunk / cols}, {"cheap_grain", cheap_grain / cols}},
                  [row](Generator& g, int64_t n) {
                    const Sample s = some_line(row, g, 0);
                    return resized(s, broadcasts(s.inputs.size(), n, cols), g);
                  }});
}

}  // namespace

Rows elementwise_rows() {
  Rows all;
  for (Rows (*rows)() : {elementwise_unary_rows, elementwise_activation_rows,
                         elementwise_binary_rows, elementwise_choice_rows,
                         elementwise_compare_rows}) {
    Rows some = rows();
    for (OpRow& row : some) add_axes(row);
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<Shape> shapes_of_one() {
  return {{},     {1},       {5},          {40},   {3, 7},    {7, 2},
          {1, 1}, {2, 3, 4}, {2, 1, 3, 5}, {0},    {3, 0, 2}, {4, 1, 9}};
}

std::vector<std::pair<Shape, Shape>> shapes_of_two() {
  return {{{}, {}},           {{5}, {5}},       {{5, 7}, {5, 7}},          {{2, 3}, {3}},
          {{3}, {2, 3}},      {{4, 1}, {1, 5}}, {{2, 3, 4}, {3, 1}},       {{1}, {4, 5}},
          {{}, {2, 3}},       {{2, 3}, {}},     {{2, 1, 3, 1}, {4, 1, 5}}, {{0, 3}, {1, 3}},
          {{3, 1}, {3, 0}},   {{11, 3}, {11, 1}}};
}

void add_samples(std::vector<Sample>& to, Generator& gen, const std::string& what, Maker values,
                 std::function<Tensor(const Tensor&)> op, const Reference& reference,
                 const std::map<std::string, double>& attributes) {
  for (const Shape& shape : shapes_of_one())
    to.push_back({.label = text({what, " ", shape}),
                  .inputs = {values(gen, shape)},
                  .call = [op](Inputs in) { return op(in[0]); },
                  .reference = reference,
                  .attributes = attributes});
}

void add_samples(std::vector<Sample>& to, Generator& gen, const std::string& what, Maker a, Maker b,
                 PairOp op, const Reference& reference) {
  for (const auto& [left, right] : shapes_of_two())
    to.push_back({.label = text({what, " ", left, ", ", right}),
                  .inputs = {a(gen, left), b(gen, right)},
                  .call = [op](Inputs in) { return op(in[0], in[1]); },
                  .reference = reference});
}

namespace {

// out_i = dy_i f(values of the arguments at i, y_i)
Tensor times_slope(const BackwardEvent& e,
                   const std::function<double(double a, double b, double y)>& slope) {
  const std::vector<double> a = e.inputs[0].to_vector<double>(),
                            b = e.inputs[e.inputs.size() - 1].to_vector<double>(),
                            y = e.outputs[0].to_vector<double>(),
                            dy = e.dy[0].to_vector<double>();
  std::vector<double> out;
  for (size_t i = 0; i < dy.size(); ++i) out.push_back(dy[i] * slope(a[i], b[i], y[i]));
  return tensor(out, e.dy[0].shape(), DType::f64);
}

}  // namespace

Mutant wrong_slope_in(std::string name, Slope slope) {
  return wrong(std::move(name), 0, [slope](const Sample& s, const BackwardEvent& e) {
    return times_slope(e, [&](double x, double, double y) { return slope(x, y, s); });
  });
}

Mutant wrong_slope_of(size_t i, std::string name, V (*slope)(V a, V b, V y)) {
  return wrong(std::move(name), i, [i, slope](const Sample&, const BackwardEvent& e) {
    return e.inputs.size() < 2 ? e.grads[i] : times_slope(e, slope);
  });
}

Naive naive(std::string name, std::function<Tensor(const Tensor& x, const Sample&)> f) {
  return {std::move(name), [f](Inputs in, const Sample& s) { return f(in[0], s); }};
}
Naive naive(std::string name, std::function<Tensor(const Tensor& x)> f) {
  return {std::move(name), [f](Inputs in, const Sample&) { return f(in[0]); }};
}
Naive naive_pair(std::string name, std::function<Tensor(const Tensor& a, const Tensor& b)> f) {
  return {std::move(name), [f](Inputs in, const Sample& s) {
            return in.size() < 2 ? s.call(in) : Tensors(f(in[0], in[1]));
          }};
}

Tensor plain_values(Generator& gen, const Shape& shape) { return values(gen, shape); }
Tensor positive_values(Generator& gen, const Shape& shape) { return values(gen, shape, 0.4, 2.4); }

Tensor on_marks(Generator& gen, const Shape& shape) {
  Tensor x = values(gen, shape, -1, 1);
  double* v = x.mutable_data<double>();
  for (int64_t i = 0; i < x.numel(); ++i) v[i] = std::round(v[i] * 20) / 20;
  return x;
}

Tensor between_marks(Generator& gen, const Shape& shape) {
  Tensor x = on_marks(gen, shape);
  double* v = x.mutable_data<double>();
  for (int64_t i = 0; i < x.numel(); ++i) v[i] += 0.02;
  return x;
}

std::vector<BadInput> bad_for_one(Tensor (*op)(const Tensor&)) {
  const auto call = [op](Inputs in) { op(in[0]); };
  return {{"whole numbers", {ones({2, 3}, DType::i64)}, call, "i64 [2, 3]"},
          {"undefined", {}, [op](Inputs) { op({}); }, "undefined"}};
}

std::vector<BadInput> bad_for_two(PairOp op) {
  const auto call = [op](Inputs in) { op(in[0], in[1]); };
  return {{"shapes", {ones({2, 3}), ones({2, 4})}, call, "[2, 3] and [2, 4]"},
          {"two dtypes", {ones({2}), ones({2}, DType::f64)}, call, "f64"},
          {"a boolean", {ones({2}, DType::boolean), ones({2}, DType::boolean)}, call, "bool"},
          {"undefined", {ones({2})}, [op](Inputs in) { op(in[0], {}); }, "undefined"}};
}

}  // namespace gradus::check
