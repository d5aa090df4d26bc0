// SPDX-License-Identifier: MIT
// The activations as modules, for Sequential. Names, arguments and defaults are those of torch.nn;
// ops/elementwise.h documents the formulas. None has parameters.
// Next: nn/sequential.h
#pragma once
#include "gradus/nn/module.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/softmax.h"

namespace gradus {

/// A module without parameters. x: any shape -> y: the same.
struct ActivationModule : Module {
  void visit(Visitor&) override {}
};

/// max(x, 0)
struct ReLU : ActivationModule {
  Tensor operator()(const Tensor& x) const { return relu(x); }
  ReLU clone() const { return cloned(ReLU(), *this); }
};
/// x, or negative_slope x where x <= 0
struct LeakyReLU : ActivationModule {
  explicit LeakyReLU(double slope = 0.01) : negative_slope(slope) {}
  Tensor operator()(const Tensor& x) const { return leaky_relu(x, negative_slope); }
  LeakyReLU clone() const { return cloned(LeakyReLU(negative_slope), *this); }
  double negative_slope;
};
/// x, or alpha (e^x - 1) where x <= 0
struct ELU : ActivationModule {
  explicit ELU(double a = 1) : alpha(a) {}
  Tensor operator()(const Tensor& x) const { return elu(x, alpha); }
  ELU clone() const { return cloned(ELU(alpha), *this); }
  double alpha;
};
/// x Phi(x), or its approximation by tanh
struct GELU : ActivationModule {
  explicit GELU(Gelu form = Gelu::none) : approximate(form) {}
  Tensor operator()(const Tensor& x) const { return gelu(x, approximate); }
  GELU clone() const { return cloned(GELU(approximate), *this); }
  Gelu approximate;
};
/// x sigmoid(x)
struct SiLU : ActivationModule {
  Tensor operator()(const Tensor& x) const { return silu(x); }
  SiLU clone() const { return cloned(SiLU(), *this); }
};
/// log(1 + e^(beta x)) / beta
struct Softplus : ActivationModule {
  explicit Softplus(double b = 1, double t = 20) : beta(b), threshold(t) {}
  Tensor operator()(const Tensor& x) const { return softplus(x, beta, threshold); }
  Softplus clone() const { return cloned(Softplus(beta, threshold), *this); }
  double beta, threshold;
};
struct Tanh : ActivationModule {
  Tensor operator()(const Tensor& x) const { return tanh(x); }
  Tanh clone() const { return cloned(Tanh(), *this); }
};
struct Sigmoid : ActivationModule {
  Tensor operator()(const Tensor& x) const { return sigmoid(x); }
  Sigmoid clone() const { return cloned(Sigmoid(), *this); }
};
/// softmax along an axis, which must be given
struct Softmax : ActivationModule {
  explicit Softmax(int axis) : dim(axis) {}
  Tensor operator()(const Tensor& x) const { return softmax(x, dim); }
  Softmax clone() const { return cloned(Softmax(dim), *this); }
  int dim;
};
/// x itself
struct Identity : ActivationModule {
  Tensor operator()(const Tensor& x) const { return x; }
  Identity clone() const { return cloned(Identity(), *this); }
};

}  // namespace gradus
