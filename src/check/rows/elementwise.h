// SPDX-License-Identifier: MIT
// Helpers for the rows of ops/elementwise.h: samples over many shapes from a scalar formula, and
// mutants from a wrong derivative.
#pragma once
#include "check/rows.h"

namespace gradus::check {

Rows elementwise_unary_rows();
Rows elementwise_activation_rows();
Rows elementwise_binary_rows();
Rows elementwise_choice_rows();
Rows elementwise_compare_rows();

using Maker = Tensor (*)(Generator&, const Shape&);
using PairOp = Tensor (*)(const Tensor&, const Tensor&);

/// Shapes of one argument, and pairs of shapes that broadcast.
std::vector<Shape> shapes_of_one();
std::vector<std::pair<Shape, Shape>> shapes_of_two();

/// y_i = f(x_i)
template <class F>
auto elements(F f) {
  return [f]<class T>(const Arrays<T>& in) {
    Array<T> y(in[0].shape);
    for (int64_t i = 0; i < y.count(); ++i) y[i] = f(in[0][i]);
    return y;
  };
}
/// The same as a reference. If f overflows or divides infinities, `edge` is the formula for the
/// edge of the number range; its NaNs are expected results.
template <class F>
Reference each(F f) { return Reference(elements(f)).with_edge(elements(f)); }
template <class F, class Edge>
Reference each(F f, Edge edge) { return Reference(elements(f)).with_edge(elements(edge), true); }

/// y_i = f(a_i, b_i), a and b broadcast; with one input, a and b are the same.
template <class F>
auto element_pairs(F f) {
  return [f]<class T>(const Arrays<T>& in) {
    const Array<T>&a = in[0], &b = in.size() > 1 ? in[1] : in[0];
    Array<T> y(broadcast_shapes("each_pair", a.shape, b.shape));
    for (int64_t i = 0; i < y.count(); ++i) {
      const Dims c = coordinates(y.shape, i);
      y[i] = f(a[flat_index(a.shape, c)], b[flat_index(b.shape, c)]);
    }
    return y;
  };
}
/// With two arguments, NaN from inf - inf and the like is expected.
template <class F>
Reference each_pair(F f) {
  return Reference(element_pairs(f)).with_edge(element_pairs(f), true);
}
template <class F, class Edge>
Reference each_pair(F f, Edge edge) {
  return Reference(element_pairs(f)).with_edge(element_pairs(edge), true);
}

/// Appends one sample per shape, labelled "what [2, 3]".
void add_samples(std::vector<Sample>& to, Generator& gen, const std::string& what, Maker values,
                 std::function<Tensor(const Tensor&)> op, const Reference& reference,
                 const std::map<std::string, double>& attributes = {});
void add_samples(std::vector<Sample>& to, Generator& gen, const std::string& what, Maker a, Maker b,
                 PairOp op, const Reference& reference);

/// A mutant: dx_i = dy_i slope(x_i, y_i). `slope` may take the sample as a third argument.
using V = double;
using Slope = std::function<V(V x, V y, const Sample&)>;
Mutant wrong_slope_in(std::string name, Slope slope);
template <class F>
Mutant wrong_slope(std::string name, F slope) {
  if constexpr (std::is_invocable_v<F, V, V, const Sample&>) return wrong_slope_in(name, slope);
  else return wrong_slope_in(name, [slope](V x, V y, const Sample&) { return slope(x, y); });
}
/// A mutant of argument i: dy slope(a, b, y). Calls with a single argument stay correct.
Mutant wrong_slope_of(size_t i, std::string name, V (*slope)(V a, V b, V y));

/// Values outside -0.1..0.1; positive; away from multiples of 0.05; multiples of 0.05.
Tensor plain_values(Generator& gen, const Shape& shape);
Tensor positive_values(Generator& gen, const Shape& shape);
Tensor between_marks(Generator& gen, const Shape& shape);
Tensor on_marks(Generator& gen, const Shape& shape);

/// A formula of one tensor that fails at the edge of the number range.
Naive naive(std::string name, std::function<Tensor(const Tensor& x, const Sample&)> f);
Naive naive(std::string name, std::function<Tensor(const Tensor& x)> f);
/// The same of two tensors. Calls with a single tensor stay correct.
Naive naive_pair(std::string name, std::function<Tensor(const Tensor& a, const Tensor& b)> f);

/// Inputs that every function of one or two float tensors rejects.
std::vector<BadInput> bad_for_one(Tensor (*op)(const Tensor&));
std::vector<BadInput> bad_for_two(PairOp op);

}  // namespace gradus::check
