// SPDX-License-Identifier: MIT
// Clipping of gradients. Kernels: kernels/norm.h.
#include "gradus/optim/clip.h"

#include <cmath>

#include "kernels/norm.h"
#include "optim/check.h"
#include "optim/flat.h"

namespace gradus {
namespace {

struct Gradients {
  std::vector<Tensor> all;
  std::vector<const NamedTensor*> of;
  std::vector<int64_t> sizes;
};

// The gradients; strided ones become row-major first.
Gradients gradients(const ParameterList& parameters) {
  Gradients g;
  for (const NamedTensor& p : parameters) {
    Tensor grad = p.tensor.grad();
    if (!grad.defined()) continue;
    if (!grad.is_contiguous()) {
      grad = grad.clone_data();
      Tensor handle = p.tensor;
      handle.set_grad(grad);
    }
    g.all.push_back(grad);
    g.of.push_back(&p);
    g.sizes.push_back(grad.numel());
  }
  return g;
}

template <class T> double partial_norm(int64_t n, const T* g, double p) {
  if (std::isinf(p)) return kernels::largest(n, g);
  if (p == 2) return kernels::square_sum(n, g);
  return kernels::power_sum(n, g, p);
}

[[noreturn]] void not_finite(const Gradients& g) {
  for (size_t i = 0; i < g.all.size(); ++i) {
    const std::vector<double> values = g.all[i].to_vector<double>();
    for (size_t k = 0; k < values.size(); ++k)
      if (!std::isfinite(values[k]))
        argument_error({"grad_norm: the gradient of ", g.of[i]->name, " ", g.all[i].shape(), " is ",
                        values[k], " at element ", k});
  }
  argument_error({"grad_norm: the norm of the gradients is too large for a double"});
}

double norm_of(const Gradients& g, double p) {
  check_setting("grad_norm", "norm_type", std::isinf(p) ? 1 : p, 1e-6);
  const FlatBlocks blocks(g.sizes);
  std::vector<double> partial(static_cast<size_t>(blocks.count()));
  blocks.each([&](int64_t block, size_t item, int64_t begin, int64_t end) {
    const double part = dispatch_float(g.all[item].dtype(), [&]<class T>() {
      return partial_norm(end - begin, g.all[item].data<T>() + begin, p);
    });
    double& sum = partial[static_cast<size_t>(block)];
    if (std::isinf(p)) sum = part > sum || std::isnan(part) ? part : sum;
    else sum += part;
  });
  double sum = 0;
  for (double part : partial) {
    if (std::isinf(p)) sum = part > sum || std::isnan(part) ? part : sum;
    else sum += part;
  }
  if (!std::isfinite(sum)) not_finite(g);
  return std::isinf(p) ? sum : p == 2 ? std::sqrt(sum) : std::pow(sum, 1 / p);
}

template <class Kernel> void change(Gradients& g, const char* op, Kernel kernel) {
  for (Tensor& x : g.all)  // counts one change per tensor
    dispatch_float(x.dtype(), [&]<class T>() { x.mutable_data<T>(op); });
  FlatBlocks(g.sizes).each([&](int64_t, size_t item, int64_t begin, int64_t end) {
    dispatch_float(g.all[item].dtype(), [&]<class T>() {
      kernel(end - begin, const_cast<T*>(g.all[item].data<T>()) + begin);
    });
  });
}

}  // namespace

double grad_norm(const ParameterList& parameters, double norm_type) {
  return norm_of(gradients(parameters), norm_type);
}

double clip_grad_norm(const ParameterList& parameters, double max_norm, double norm_type) {
  check_setting("clip_grad_norm", "max_norm", max_norm);
  Gradients g = gradients(parameters);
  const double norm = norm_of(g, norm_type);
  const double factor = max_norm / (norm + 1e-6);
  if (factor < 1)
    change(g, "clip_grad_norm", [=]<class T>(int64_t n, T* x) { kernels::scale(n, factor, x); });
  return norm;
}

void clip_grad_value(const ParameterList& parameters, double limit) {
  check_setting("clip_grad_value", "limit", limit);
  Gradients g = gradients(parameters);
  change(g, "clip_grad_value",
         [=]<class T>(int64_t n, T* x) { kernels::clamp_values(n, limit, x); });
}

}  // namespace gradus
