// SPDX-License-Identifier: MIT
// What the rows of ops/elementwise.h share: samples over many shapes from one formula for one
// number, and mutants from a wrong slope.
#pragma once
#include "check/rows.h"

namespace gradus::check {

Rows elementwise_unary_rows();
Rows elementwise_activation_rows();
Rows elementwise_binary_rows();
Rows elementwise_choice_rows();
Rows elementwise_compare_rows();

using Maker = Tensor (*)(Generator&, const Shape&);

/// Shapes of one argument, and pairs that broadcast.
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
/// The same as a reference. Where f overflows or divides infinities, `edge` is the formula for the
/// edge of the numbers; what is not a number there, is none.
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
/// Of two arguments, inf - inf and the like are meant to be no number.
template <class F>
Reference each_pair(F f) {
  return Reference(element_pairs(f)).with_edge(element_pairs(f), true);
}
template <class F, class Edge>
Reference each_pair(F f, Edge edge) {
  return Reference(element_pairs(f)).with_edge(element_pairs(edge), true);
}

/// One sample a shape, labelled "what [2, 3]". Appends.
void add_samples(std::vector<Sample>& to, Generator& gen, const std::string& what, Maker values,
                 std::function<Tensor(const Tensor&)> op, const Reference& reference,
                 const std::map<std::string, double>& attributes = {});
void add_samples(std::vector<Sample>& to, Generator& gen, const std::string& what, Maker a, Maker b,
                 Tensor (*op)(const Tensor&, const Tensor&), const Reference& reference);

/// dx_i = dy_i slope(x_i, y_i), which is wrong; slope may take the sample as a third argument.
using V = double;
using Slope = std::function<V(V x, V y, const Sample&)>;
Mutant wrong_slope_in(std::string name, Slope slope);
template <class F>
Mutant wrong_slope(std::string name, F slope) {
  if constexpr (std::is_invocable_v<F, V, V, const Sample&>) return wrong_slope_in(name, slope);
  else return wrong_slope_in(name, [slope](V x, V y, const Sample&) { return slope(x, y); });
}
/// The gradient of argument i, dy slope(a, b, y); calls with a single argument stay right.
Mutant wrong_slope_of(size_t i, std::string name, V (*slope)(V a, V b, V y));

/// Any value but -0.1..0.1; positive; away from multiples of 0.05; such multiples.
Tensor plain_values(Generator& gen, const Shape& shape);
Tensor positive_values(Generator& gen, const Shape& shape);
Tensor between_marks(Generator& gen, const Shape& shape);
Tensor on_marks(Generator& gen, const Shape& shape);

/// The formula of a function of one tensor, written so that it fails at the edge of the numbers.
Naive naive(std::string name, std::function<Tensor(const Tensor& x, const Sample&)> f);
Naive naive(std::string name, std::function<Tensor(const Tensor& x)> f);
/// Of two tensors; calls with a single one stay right.
Naive naive_pair(std::string name, std::function<Tensor(const Tensor& a, const Tensor& b)> f);

/// What every function of one or of two float tensors refuses.
std::vector<BadInput> bad_for_one(Tensor (*op)(const Tensor&));
std::vector<BadInput> bad_for_two(Tensor (*op)(const Tensor&, const Tensor&));

}  // namespace gradus::check
