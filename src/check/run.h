// SPDX-License-Identifier: MIT
// Calls an op with its gradients, and compares two such results.
#pragma once
#include "check/op_table.h"

namespace gradus::check {

struct Run {
  Tensors outputs;
  std::vector<Tensor> grads;  // one for each differentiated input
};

/// Forward and backward of `call` on `inputs`, tracking those in `tracked`. Each output has a
/// cotangent, which is converted to the output's dtype.
Run run(const std::function<Tensors(Inputs)>& call, std::vector<Tensor> inputs,
        const std::vector<size_t>& tracked, const std::vector<Tensor>& cotangents);

/// The inputs of a sample that are differentiated; none if the row has no rule.
std::vector<size_t> differentiated(const OpRow& row, const Sample& sample);

/// The inputs, with floats converted to a dtype.
std::vector<Tensor> converted(const std::vector<Tensor>& inputs, DType dtype);

template <class T> Arrays<T> arrays_of(const std::vector<Tensor>& inputs) {
  Arrays<T> out;
  for (const Tensor& x : inputs) {
    out.emplace_back(x.shape());
    const std::vector<double> v = x.to_vector<double>();
    std::copy(v.begin(), v.end(), out.back().v.begin());
  }
  return out;
}

/// The largest |a - b| / (1 + |b|); elements that are not finite must be equal.
double distance(const Tensor& a, const Tensor& b);

/// |<c, J u> - <J' c, u>| relative to the size of its terms, for a random direction u: the first
/// from dual numbers, the second from the gradients of `right`.
double gap_of_modes(const Sample& sample, const std::vector<size_t>& which, const Run& right,
                    const std::vector<Tensor>& cotangents, uint64_t seed);

}  // namespace gradus::check
