// SPDX-License-Identifier: MIT
// Calls an op with gradients, and measures distances between results.
#include "check/run.h"

#include <algorithm>
#include <cmath>

#include "gradus/autograd/autograd.h"

namespace gradus::check {

Run run(const std::function<Tensors(Inputs)>& call, std::vector<Tensor> inputs,
        const std::vector<size_t>& tracked, const std::vector<Tensor>& cotangents) {
  std::vector<Tensor> leaves;
  for (Tensor& x : inputs) x = x.detach();
  for (size_t i : tracked) leaves.push_back(inputs[i].requires_grad_());
  Run r;
  r.outputs = call({inputs.data(), inputs.size()});
  if (tracked.empty()) return r;
  std::vector<Tensor> outputs, arriving;
  for (size_t k = 0; k < r.outputs.size(); ++k) {
    if (!r.outputs[k].requires_grad()) continue;
    outputs.push_back(r.outputs[k]);
    arriving.push_back(cotangents[k].to(r.outputs[k].dtype()));
  }
  if (!outputs.empty()) r.grads = grad(outputs, leaves, arriving);
  for (Tensor& y : r.outputs) y = y.detach();
  return r;
}

std::vector<size_t> differentiated(const OpRow& row, const Sample& sample) {
  std::vector<size_t> which;
  const std::vector<size_t>& constants = sample.constants;
  for (size_t i = 0; i < sample.inputs.size() && !row.rules.empty(); ++i)
    if (is_float(sample.inputs[i].dtype()) &&
        std::find(constants.begin(), constants.end(), i) == constants.end())
      which.push_back(i);
  return which;
}

std::vector<Tensor> converted(const std::vector<Tensor>& inputs, DType dtype) {
  std::vector<Tensor> out;
  for (const Tensor& x : inputs) out.push_back(is_float(x.dtype()) ? x.to(dtype) : x);
  return out;
}

double distance(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return INFINITY;
  double worst = 0;
  const std::vector<double> x = a.to_vector<double>(), y = b.to_vector<double>();
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
    const double gap = std::abs(x[i] - y[i]) / (1 + std::abs(y[i]));
    worst = std::isnan(gap) ? INFINITY : std::max(worst, gap);
  }
  return worst;
}

double gap_of_modes(const Sample& sample, const std::vector<size_t>& which, const Run& right,
                    const std::vector<Tensor>& cotangents, uint64_t seed) {
  Generator gen(seed, 0xD0);
  Arrays<Dual> inputs = arrays_of<Dual>(sample.inputs);
  double backward = 0, forward = 0, size = 1;
  for (size_t j = 0; j < which.size(); ++j) {
    Array<Dual>& x = inputs[which[j]];
    const std::vector<double> g = right.grads[j].to_vector<double>();
    const Tensor u = values(gen, x.shape);
    for (int64_t i = 0; i < x.count(); ++i) {
      x[i].d = u.data<double>()[i];
      const double part = g[static_cast<size_t>(i)] * x[i].d;
      backward += part;
      size += std::abs(part);
    }
  }
  const Arrays<Dual> y = sample.reference.on_duals(inputs);
  for (size_t k = 0; k < y.size(); ++k)
    for (int64_t i = 0; cotangents[k].defined() && i < y[k].count(); ++i) {
      const double part = cotangents[k].data<double>()[i] * y[k][i].d;
      forward += part;
      size += std::abs(part);
    }
  return std::abs(forward - backward) / size;
}

}  // namespace gradus::check
