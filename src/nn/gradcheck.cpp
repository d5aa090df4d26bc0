// SPDX-License-Identifier: MIT
// Gradient checks of modules: treats parameters as inputs of a function.
#include "gradus/nn/gradcheck.h"

#include <algorithm>
#include <cmath>

#include "gradus/autograd/autograd.h"

namespace gradus {
namespace {

// During its lifetime the module computes in f64.
struct InF64 {
  explicit InF64(Module& m) : module(m) {
    Visitor v([&](const std::string&, Tensor& x, bool) {
      if (is_float(x.dtype())) before.push_back({x, x.dtype()}), x.set_dtype(DType::f64);
    });
    v("", module);
  }
  ~InF64() {
    for (auto& [x, dtype] : before) x.set_dtype(dtype);
  }
  InF64(const InF64&) = delete;
  InF64& operator=(const InF64&) = delete;
  Module& module;
  std::vector<std::pair<Tensor, DType>> before;
};

// During its lifetime the parameters of the module are replaced.
class Replaced {
 public:
  Replaced(Module& module, const std::vector<NamedTensor>& names, Inputs values) {
    std::map<const Storage*, Tensor> by_storage;
    for (size_t i = 0; i < names.size(); ++i) by_storage[names[i].tensor.storage()] = values[i];
    Visitor v([&](const std::string&, Tensor& x, bool is_buffer) {
      if (is_buffer) return;
      before_.push_back({&x, x});
      x = by_storage.at(x.storage());
    });
    v("", module);
  }
  ~Replaced() {
    for (auto& [slot, x] : before_) *slot = x;
  }
  Replaced(const Replaced&) = delete;
  Replaced& operator=(const Replaced&) = delete;

 private:
  std::vector<std::pair<Tensor*, Tensor>> before_;
};

// The parameters come after the inputs.
struct AsFunction {
  AsFunction(Module& module, const CheckedFunction& call, const std::vector<Tensor>& given)
      : f64(module), parameters(module.named_parameters()) {
    for (const Tensor& x : given)
      inputs.push_back(is_float(x.dtype()) ? x.detach().to(DType::f64) : x);
    const size_t own = inputs.size();
    for (const NamedTensor& p : parameters) inputs.push_back(p.tensor);
    fn = [this, &module, call, own](Inputs in) {
      const Replaced replaced(module, parameters, in.subspan(own));
      return call(in.first(own));
    };
  }
  InF64 f64;
  std::vector<NamedTensor> parameters;
  std::vector<Tensor> inputs;
  CheckedFunction fn;
};

// The inner product; an undefined tensor counts as zeros.
double dot(std::span<const Tensor> a, std::span<const Tensor> b) {
  double sum = 0;
  for (size_t k = 0; k < a.size(); ++k) {
    if (!a[k].defined() || !b[k].defined()) continue;
    const std::vector<double> u = a[k].to_vector<double>(), v = b[k].to_vector<double>();
    for (size_t i = 0; i < u.size(); ++i) sum += u[i] * v[i];
  }
  return sum;
}

// The inputs, with f64 ones moved by `distance` along the direction.
std::vector<Tensor> moved(const std::vector<Tensor>& inputs, const std::vector<Tensor>& direction,
                          double distance) {
  std::vector<Tensor> all;
  size_t k = 0;
  for (const Tensor& x : inputs) {
    all.push_back(x);
    if (x.dtype() != DType::f64) continue;
    std::vector<double> values = x.to_vector<double>();
    const std::vector<double> d = direction[k++].to_vector<double>();
    for (size_t i = 0; i < values.size(); ++i) values[i] += distance * d[i];
    all.back() = tensor(values, x.shape(), DType::f64);
  }
  return all;
}

}  // namespace

GradcheckReport gradcheck(Module& module, const CheckedFunction& call,
                          const std::vector<Tensor>& inputs, GradcheckOptions options) {
  const AsFunction f(module, call, inputs);
  return gradcheck(f.fn, f.inputs, options);
}

DirectionalCheck directional_gradcheck(Module& module, const CheckedFunction& call,
                                       const std::vector<Tensor>& given, uint64_t seed, double step,
                                       double tolerance) {
  const AsFunction f(module, call, given);
  std::vector<Tensor> inputs, leaves;
  for (const Tensor& x : f.inputs) {
    inputs.push_back(x.clone_data());
    if (x.dtype() == DType::f64) leaves.push_back(inputs.back().requires_grad_());
  }
  const Tensors y = f.fn(inputs);
  const Inputs outputs(y.data(), y.size());
  const std::vector<Tensor> cotangents = random_cotangents(outputs, seed);
  const std::vector<Tensor> direction = random_cotangents(leaves, seed + 1);
  const std::vector<Tensor> grads = grad(outputs, leaves, cotangents, {.allow_unused = true});
  const auto value_at = [&](double distance) {
    const NoGrad no_grad;
    const Tensors out = f.fn(moved(f.inputs, direction, distance));
    return dot({out.data(), out.size()}, cotangents);
  };
  DirectionalCheck r{};
  r.analytic = dot(grads, direction);
  r.numeric =
      (value_at(-2 * step) - 8 * value_at(-step) + 8 * value_at(step) - value_at(2 * step)) /
      (12 * step);
  r.error = std::abs(r.analytic - r.numeric) / (1 + std::abs(r.numeric));
  r.verdict = r.error <= tolerance ? Verdict::pass : Verdict::fail;
  return r;
}

}  // namespace gradus
