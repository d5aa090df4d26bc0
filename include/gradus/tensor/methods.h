// SPDX-License-Identifier: MIT
// Ops that are also methods of Tensor, with PyTorch's names: x.sum(0) is sum(x, 0). The free
// functions in ops/ document them; src/ops/ defines them.
// Next: tensor/make.h
#pragma once
#include <concepts>
#include <initializer_list>
#include <optional>
#include <vector>

#include "gradus/tensor/index.h"
#include "gradus/tensor/shape.h"

namespace gradus {

class Tensor;

/// A base of Tensor, without data.
class TensorMethods {
 public:
  /// x[i] is select(x, 0, i), x[Slice(1, 3)] is slice(x, 0, 1, 3), x[ids] is index_select(x, 0,
  /// ids) for a vector of integers. All are differentiable; all but the last are views.
  Tensor operator[](int64_t i) const;
  Tensor operator[](const Slice& slice) const;
  Tensor operator[](const Tensor& ids) const;
  /// One number or slice per axis, starting with the first: x.index({0, Slice(1, 3)}).
  Tensor index(std::initializer_list<Index> at) const;
#ifdef __cpp_multidimensional_subscript  // C++23: x[0, Slice(1, 3)]
  template <class... I> Tensor operator[](const Index& a, const Index& b, const I&... more) const;
#endif
  Tensor slice(int axis, int64_t start, int64_t end = INT64_MAX, int64_t step = 1) const;
  Tensor select(int axis, int64_t index) const;
  /// In at most `count` pieces of equal size; the last may be shorter. Views.
  std::vector<Tensor> chunk(int64_t count, int axis = 0) const;

  Tensor view(const Shape& shape) const;  // reshape()
  template <std::integral... N> Tensor view(int64_t first, N... more) const;
  Tensor reshape(const Shape& shape) const;
  /// The transpose of a matrix; x itself if it has one axis or none.
  Tensor t() const;
  Tensor T() const;
  Tensor transpose(int a, int b) const;
  Tensor permute(const Axes& order) const;
  template <std::integral... N> Tensor permute(int64_t first, N... more) const;
  Tensor flatten(int start = 0, int end = -1) const;
  Tensor squeeze(int axis) const;
  Tensor unsqueeze(int axis) const;
  Tensor expand(const Shape& shape) const;
  Tensor contiguous() const;
  Tensor clone() const;

  Tensor sum(const Axes& axes = {}, bool keepdim = false) const;
  Tensor mean(const Axes& axes = {}, bool keepdim = false) const;
  Tensor var(const Axes& axes = {}, int64_t correction = 1, bool keepdim = false) const;
  Tensor std(const Axes& axes = {}, int64_t correction = 1, bool keepdim = false) const;
  /// (sum |x_i|^p)^(1/p), the largest |x_i| for p = infinity; its gradient is 0 where it is 0.
  Tensor norm(double p = 2, const Axes& axes = {}, bool keepdim = false) const;
  Tensor max() const;
  Tensor min() const;
  Tensor argmax(std::optional<int> axis = {}, bool keepdim = false) const;
  Tensor softmax(int axis) const;
  Tensor log_softmax(int axis) const;
  Tensor matmul(const Tensor& b) const;
  Tensor mm(const Tensor& b) const;

  Tensor exp() const;
  Tensor log() const;
  Tensor sqrt() const;
  Tensor abs() const;
  Tensor pow(double p) const;
  Tensor clamp(std::optional<double> min, std::optional<double> max = {}) const;
  Tensor relu() const;
  Tensor tanh() const;
  Tensor sigmoid() const;

  /// x.add_(y) is x += y.
  Tensor& add_(const Tensor& b);
  Tensor& sub_(const Tensor& b);
  Tensor& mul_(const Tensor& b);
  Tensor& div_(const Tensor& b);
  Tensor& add_(double b);
  Tensor& sub_(double b);
  Tensor& mul_(double b);
  Tensor& div_(double b);

 private:
  const Tensor& self() const;
  Tensor& self();
};

}  // namespace gradus
