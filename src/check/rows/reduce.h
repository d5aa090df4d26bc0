// SPDX-License-Identifier: MIT
// Helpers for the rows of reductions.
#pragma once
#include "check/edge_lines.h"
#include "check/rows/view.h"

namespace gradus::check {

/// The lines of x along `axes` (all, if none are named), in row-major order of the other axes.
template <class T>
std::vector<std::vector<T>> lines_of(const Array<T>& x, const Axes& axes) {
  const Axes all = checked_axes("lines_of", axes, x.shape);
  Shape kept = x.shape;
  for (int64_t a : all) kept[static_cast<int>(a)] = 1;
  std::vector<std::vector<T>> lines(static_cast<size_t>(numel(kept)));
  for (int64_t i = 0; i < x.count(); ++i)
    lines[static_cast<size_t>(flat_index(kept, coordinates(x.shape, i)))].push_back(x[i]);
  return lines;
}

/// The shape of a reduction.
Shape reduced(const Shape& shape, const Axes& axes, bool keepdim);

/// y = f(line) for each line; f is a generic lambda on std::vector<T>.
template <class F>
auto lines(const Shape& out, const Axes& axes, F f) {
  return [out, axes, f]<class T>(const Arrays<T>& in) {
    Array<T> y(out);
    int64_t i = 0;
    for (const std::vector<T>& line : lines_of(in[0], axes)) y[i++] = f(line);
    return y;
  };
}
template <class F>
Reference line_by_line(const Shape& out, const Axes& axes, F f) {
  return lines(out, axes, f);
}

/// One reduction of one shape.
struct Case {
  Shape shape{};
  Axes axes{};
  bool keepdim = false;
  std::string label() const;
  std::map<std::string, double> attributes() const;  // for axes_of, and "n", the length of a line
};

/// 0-d to 4-d; one, some and all axes; negative axes; size 1; size 0 among the remaining axes.
/// Lines have at least `shortest` elements.
std::vector<Case> reduction_cases(int64_t shortest = 1);

/// For ops of (x, axes, keepdim): the sample of a case, and inputs they reject.
using Reduction = Tensor (*)(const Tensor&, const Axes&, bool);
Sample reduction(const Case& c, Tensor x, Reduction op, Reference reference);
std::vector<BadInput> bad_reductions(Reduction op);
BadInput bad_dtype(Reduction op);

/// Samples over axis 1 at the edge of the number range; `line` as in line_by_line().
template <class F>
std::vector<Sample> far_lines(Reduction op, const std::vector<Tensor>& inputs, F line,
                              double cancels = 0) {
  std::vector<Sample> samples;
  for (const Tensor& x : inputs) {
    const Reference formula = line_by_line({x.size(0)}, {1}, line);
    samples.push_back({.label = text({x.shape(), " of size ", x.to_vector<double>()[0]}),
                       .inputs = {x},
                       .call = [op](Inputs in) { return op(in[0], {1}, false); },
                       .reference = formula.with_edge(lines(Shape{x.size(0)}, {1}, line)),
                       .attributes = {{"cancels", cancels}, {"axis", 1}}});
  }
  return samples;
}

/// The same, and lines at the edge of the numbers along each axis (edge_lines.h).
template <class F>
std::vector<Sample> with_edge_lines(std::vector<Sample> samples, Reduction op, F line,
                                    int64_t shortest = 1) {
  const auto make = [=](const Tensor& x, int axis) -> Sample {
    const auto formula = lines(reduced(x.shape(), {axis}, false), {axis}, line);
    return {.label = "", .inputs = {x},
            .call = [=](Inputs in) { return op(in[0], {axis}, false); },
            .reference = Reference{}.with_edge(formula),
            .attributes = {{"cancels", 0}, {"axis", axis}}};
  };
  for (Sample& s : edge_samples(make, shortest)) samples.push_back(std::move(s));
  return samples;
}

/// The axes of a reduction with samples from `make`: lines along and across memory, the number of
/// lines, and all elements as one line.
std::vector<Axis> reduction_axes(std::function<Sample(Generator&, const Case&)> make);

// ---- for mutants
/// The axis of a sample at the edge.
inline int edge_axis(const Sample& s) { return static_cast<int>(s["axis"]); }
Axes axes_of(const Sample& s);
/// dy of a reduction, broadcast to the shape of its input.
Tensor spread_dy(const Sample& s, const BackwardEvent& e);
/// z_i = f(x_i, y_i)
Tensor combined(const Tensor& x, const Tensor& y, double (*f)(double, double));
/// The correct gradient times `factor`.
Mutant scaled(std::string name, std::function<double(const Sample&)> factor);
/// dy goes only to the first (or last) element of each line.
Mutant only_one(std::string name, bool first);
/// The correct gradient with its elements in reverse order.
Mutant in_reverse(std::string name);

/// var, std_, prod, logsumexp.
Rows reduce_moment_rows();
/// amax, amin, max, min, argmax, argmin, all, any.
Rows reduce_extremum_rows();

}  // namespace gradus::check
