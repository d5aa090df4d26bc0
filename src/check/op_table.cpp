// SPDX-License-Identifier: MIT
// Helpers for writing rows of the op table.
#include "check/op_table.h"

namespace gradus::check {

Tensor values(Generator& gen, const Shape& shape) {
  Tensor x = rand(shape, gen, DType::f64);
  double* v = x.mutable_data<double>();
  for (int64_t i = 0; i < x.numel(); ++i) v[i] = v[i] < 0.5 ? -0.1 - 2 * v[i] : 2 * v[i] - 0.9;
  return x;
}

Tensor values(Generator& gen, const Shape& shape, double low, double high) {
  Tensor x = rand(shape, gen, DType::f64);
  double* v = x.mutable_data<double>();
  for (int64_t i = 0; i < x.numel(); ++i) v[i] = low + (high - low) * v[i];
  return x;
}

Tensor indices(Generator& gen, const Shape& shape, int64_t n) { return randint(0, n, shape, gen); }

Tensor mask(Generator& gen, const Shape& shape, double p) {
  const Tensor u = rand(shape, gen, DType::f64);
  Tensor m = Tensor::empty(shape, DType::boolean);
  for (int64_t i = 0; i < m.numel(); ++i) m.mutable_data<bool>()[i] = u.data<double>()[i] < p;
  return m;
}

Mutant wrong(std::string name, size_t i,
             std::function<Tensor(const Sample&, const BackwardEvent&)> f) {
  return {std::move(name), [i, f](const Sample& s, BackwardEvent& e) {
            if (i < e.grads.size() && e.wanted[i]) e.grads[i] = f(s, e);
          }};
}

namespace {

// The gradient of <dy, formula(inputs)> with respect to input i: one run per element.
Tensor gradient_of(const Reference& formula, const BackwardEvent& e, size_t i) {
  Arrays<Dual> in;
  for (const Tensor& x : e.inputs) {
    const std::vector<double> v = x.to_vector<double>();
    in.emplace_back(x.shape()).v.assign(v.begin(), v.end());
  }
  Tensor g = zeros_like(e.inputs[i]);
  double* to = g.mutable_data<double>();
  for (int64_t j = 0; j < g.numel(); ++j) {
    in[i][j].d = 1;
    const Arrays<Dual> y = formula.on_duals(in);
    in[i][j].d = 0;
    for (size_t k = 0; k < y.size(); ++k) {
      if (!e.dy[k].defined()) continue;
      const std::vector<double> dy = e.dy[k].to_vector<double>();
      for (int64_t o = 0; o < y[k].count(); ++o) to[j] += dy[static_cast<size_t>(o)] * y[k][o].d;
    }
  }
  return g;
}

}  // namespace

Mutant mistaken(std::string name, std::function<Reference(const Sample&)> formula) {
  return {std::move(name), [formula](const Sample& s, BackwardEvent& e) {
            const Reference wrong_formula = formula(s);
            for (size_t i = 0; i < e.grads.size(); ++i)
              if (e.wanted[i] && e.grads[i].defined())
                e.grads[i] = gradient_of(wrong_formula, e, i);
          }};
}

Dims coordinates(const Shape& shape, int64_t flat) {
  Dims c = shape;
  for (int i = shape.size() - 1; i >= 0; --i) {
    c[i] = shape[i] ? flat % shape[i] : 0;
    flat = shape[i] ? flat / shape[i] : 0;
  }
  return c;
}

int64_t flat_index(const Shape& shape, const Dims& c) {
  int64_t flat = 0;
  const int shift = c.size() - shape.size();  // right-aligned
  for (int i = 0; i < shape.size(); ++i)
    flat = flat * shape[i] + (shape[i] == 1 ? 0 : c[i + shift]);
  return flat;
}

}  // namespace gradus::check
