// SPDX-License-Identifier: MIT
// Ways to break any backward. A mutant that changes nothing for some op does not count there: the
// gradients of a sum are all equal, for example, so shifting them changes nothing.
#include <algorithm>

#include "check/properties.h"

namespace gradus::check {
namespace {

// Changes the elements of every gradient.
Mutant edited(std::string name, void (*change)(double* v, int64_t n)) {
  return {std::move(name), [change](const Sample&, BackwardEvent& e) {
            for (size_t i = 0; i < e.grads.size(); ++i) {
              if (!e.wanted[i] || e.grads[i].dtype() != DType::f64) continue;
              e.grads[i] = e.grads[i].clone_data();
              change(e.grads[i].mutable_data<double>(), e.grads[i].numel());
            }
          }};
}

Mutant scaled(std::string name, double factor) {
  return {std::move(name), [factor](const Sample&, BackwardEvent& e) {
            for (size_t i = 0; i < e.grads.size(); ++i) {
              if (!e.wanted[i] || e.grads[i].dtype() != DType::f64) continue;
              e.grads[i] = e.grads[i].clone_data();
              double* v = e.grads[i].mutable_data<double>();
              for (int64_t k = 0; k < e.grads[i].numel(); ++k) v[k] *= factor;
            }
          }};
}

// Runs the right backward on a wrong cotangent.
Mutant with_cotangent(std::string name, Tensor (*change)(const Tensor& dy)) {
  return {std::move(name), [change](const Sample&, BackwardEvent& e) {
            Grads dy;
            for (const Tensor& d : e.dy) dy.push_back(d.defined() ? change(d) : d);
            e.grads = e.node.run(dy, e.wanted);
          }};
}

void rotate(double* v, int64_t n) {
  if (n > 1) std::rotate(v, v + 1, v + n);
}

}  // namespace

std::vector<Mutant> general_mutants() {
  return {
      edited("gradient is zero", [](double* v, int64_t n) { std::fill(v, v + n, 0.0); }),
      scaled("gradient negated", -1),
      scaled("gradient x 1.01", 1.01),
      scaled("gradient x 1.001", 1.001),
      scaled("gradient x (1 + 1e-5)", 1 + 1e-5),
      edited("gradient rotated by one element", rotate),
      edited("first element doubled",
             [](double* v, int64_t n) {
               if (n) v[0] *= 2;
             }),
      edited("last element dropped",
             [](double* v, int64_t n) {
               if (n) v[n - 1] = 0;
             }),
      with_cotangent("cotangent ignored", [](const Tensor& dy) { return ones_like(dy); }),
      with_cotangent("cotangent rotated by one element",
                     [](const Tensor& dy) {
                       Tensor d = dy.clone_data();
                       if (d.dtype() == DType::f64) rotate(d.mutable_data<double>(), d.numel());
                       return d;
                     }),
      {"gradients of the first two inputs swapped",
       [](const Sample&, BackwardEvent& e) {
         if (e.grads.size() > 1 && e.grads[0].defined() && e.grads[1].defined() &&
             e.grads[0].shape() == e.grads[1].shape())
           std::swap(e.grads[0], e.grads[1]);
       }},
  };
}

}  // namespace gradus::check
