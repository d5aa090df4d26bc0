// SPDX-License-Identifier: MIT
// Ops that are also methods of Tensor, indexing with brackets, and compound assignment operators.
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"

namespace gradus {

const Tensor& TensorMethods::self() const { return static_cast<const Tensor&>(*this); }
Tensor& TensorMethods::self() { return static_cast<Tensor&>(*this); }

Tensor TensorMethods::operator[](int64_t i) const { return gradus::select(self(), 0, i); }
Tensor TensorMethods::operator[](const Slice& s) const {
  return gradus::slice(self(), 0, s.start, s.end, s.step);
}
Tensor TensorMethods::operator[](const Tensor& ids) const {
  if (ids.defined() && ids.dtype() == DType::boolean)
    argument_error({"index: a mask (", ids.str(), ") would give a result whose size depends on ",
                    "values; where(mask, x, y) and masked_fill(x, mask, value) keep the shape"});
  return gradus::index_select(self(), 0, ids);
}
Tensor TensorMethods::index(std::initializer_list<Index> at) const {
  if (static_cast<int>(at.size()) > self().dim())
    argument_error(
        {"index: ", at.size(), " places for the ", self().dim(), " axes of x ", self().shape()});
  Tensor y = self();
  int axis = 0;
  for (const Index& i : at)
    if (i.is_slice) y = gradus::slice(y, axis++, i.slice.start, i.slice.end, i.slice.step);
    else y = gradus::select(y, axis, i.number);
  return y;
}
Tensor TensorMethods::slice(int axis, int64_t start, int64_t end, int64_t step) const {
  return gradus::slice(self(), axis, start, end, step);
}
Tensor TensorMethods::select(int axis, int64_t index) const {
  return gradus::select(self(), axis, index);
}
std::vector<Tensor> TensorMethods::chunk(int64_t count, int axis) const {
  if (count < 1) argument_error({"chunk: count is ", count, "; expected 1 or more"});
  const int64_t size = std::max<int64_t>(1, (self().size(axis) + count - 1) / count);
  const Tensors parts = split(self(), size, axis);
  return {parts.begin(), parts.end()};
}
Tensor TensorMethods::view(const Shape& shape) const { return gradus::reshape(self(), shape); }
Tensor TensorMethods::reshape(const Shape& shape) const { return gradus::reshape(self(), shape); }
Tensor TensorMethods::t() const {
  if (self().dim() > 2)
    argument_error({"t: x ", self().shape(), " is not a matrix; transpose(a, b) swaps two axes"});
  return self().dim() == 2 ? gradus::transpose(self(), 0, 1) : self();
}
Tensor TensorMethods::T() const { return t(); }
Tensor TensorMethods::transpose(int a, int b) const { return gradus::transpose(self(), a, b); }
Tensor TensorMethods::permute(const Axes& order) const { return gradus::permute(self(), order); }
Tensor TensorMethods::flatten(int start, int end) const {
  return gradus::flatten(self(), start, end);
}
Tensor TensorMethods::squeeze(int axis) const { return gradus::squeeze(self(), axis); }
Tensor TensorMethods::unsqueeze(int axis) const { return gradus::unsqueeze(self(), axis); }
Tensor TensorMethods::expand(const Shape& shape) const { return gradus::expand(self(), shape); }
Tensor TensorMethods::contiguous() const { return gradus::contiguous(self()); }
Tensor TensorMethods::clone() const { return gradus::clone(self()); }

Tensor TensorMethods::sum(const Axes& axes, bool keepdim) const {
  return gradus::sum(self(), axes, keepdim);
}
Tensor TensorMethods::mean(const Axes& axes, bool keepdim) const {
  return gradus::mean(self(), axes, keepdim);
}
Tensor TensorMethods::var(const Axes& axes, int64_t correction, bool keepdim) const {
  return gradus::var(self(), axes, correction, keepdim);
}
Tensor TensorMethods::std(const Axes& axes, int64_t correction, bool keepdim) const {
  return gradus::std_(self(), axes, correction, keepdim);
}
Tensor TensorMethods::norm(double p, const Axes& axes, bool keepdim) const {
  if (!(p > 0)) argument_error({"norm: p is ", p, "; expected more than 0"});
  const Tensor size = abs();
  if (std::isinf(p)) return amax(size, axes, keepdim);
  if (p == 1) return size.sum(axes, keepdim);
  const Tensor total = size.pow(p).sum(axes, keepdim), zero = eq(total, 0);
  const Tensor positive = masked_fill(total, zero, 1);  // the root has no derivative at 0
  return masked_fill(p == 2 ? positive.sqrt() : positive.pow(1 / p), zero, 0);
}
Tensor TensorMethods::max() const { return gradus::max(self()); }
Tensor TensorMethods::min() const { return gradus::min(self()); }
Tensor TensorMethods::argmax(std::optional<int> axis, bool keepdim) const {
  return gradus::argmax(self(), axis, keepdim);
}
Tensor TensorMethods::softmax(int axis) const { return gradus::softmax(self(), axis); }
Tensor TensorMethods::log_softmax(int axis) const { return gradus::log_softmax(self(), axis); }
Tensor TensorMethods::matmul(const Tensor& b) const { return gradus::matmul(self(), b); }
Tensor TensorMethods::mm(const Tensor& b) const { return gradus::matmul(self(), b); }
Tensor TensorMethods::exp() const { return gradus::exp(self()); }
Tensor TensorMethods::log() const { return gradus::log(self()); }
Tensor TensorMethods::sqrt() const { return gradus::sqrt(self()); }
Tensor TensorMethods::abs() const { return gradus::abs(self()); }
Tensor TensorMethods::pow(double p) const { return gradus::pow(self(), p); }
Tensor TensorMethods::clamp(std::optional<double> min, std::optional<double> max) const {
  return gradus::clamp(self(), min, max);
}
Tensor TensorMethods::relu() const { return gradus::relu(self()); }
Tensor TensorMethods::tanh() const { return gradus::tanh(self()); }
Tensor TensorMethods::sigmoid() const { return gradus::sigmoid(self()); }

Tensor where(const Tensor& condition, const Tensor& a, double b) {
  return where(condition, a, a.defined() ? full({}, b, a.dtype()) : a);
}
Tensor where(const Tensor& condition, double a, const Tensor& b) {
  return where(condition, b.defined() ? full({}, a, b.dtype()) : b, b);
}

namespace {

// x becomes y, the result of x OP b. Tracked data cannot change in place: then the handle is
// replaced by y, unless other handles see the same elements through another layout.
Tensor& become(const char* op, Tensor& x, const Tensor& y) {
  if (y.shape() != x.shape())
    argument_error({op, ": the result has the shape ", y.shape(), ", the left side ", x.shape()});
  if (!y.requires_grad() || !grad_enabled()) return x.copy_(y);
  if (x.requires_grad() && x.is_leaf())
    argument_error({op, ": the left side (", x.str(), ") is a leaf that requires a gradient; ",
                    "change it under NoGrad"});
  if (x.numel() * size_of(x.dtype()) != x.storage()->bytes)
    argument_error({op, ": the left side (", x.str(), ") is a part of another tensor, which would ",
                    "lose the gradient of the right side; write x = x + y"});
  return x = y;
}

}  // namespace

Tensor& operator+=(Tensor& x, const Tensor& b) { return become("+=", x, x + b); }
Tensor& operator-=(Tensor& x, const Tensor& b) { return become("-=", x, x - b); }
Tensor& operator*=(Tensor& x, const Tensor& b) { return become("*=", x, x * b); }
Tensor& operator/=(Tensor& x, const Tensor& b) { return become("/=", x, x / b); }
Tensor& operator+=(Tensor& x, double b) { return become("+=", x, x + b); }
Tensor& operator-=(Tensor& x, double b) { return become("-=", x, x - b); }
Tensor& operator*=(Tensor& x, double b) { return become("*=", x, x * b); }
Tensor& operator/=(Tensor& x, double b) { return become("/=", x, x / b); }

Tensor& TensorMethods::add_(const Tensor& b) { return self() += b; }
Tensor& TensorMethods::sub_(const Tensor& b) { return self() -= b; }
Tensor& TensorMethods::mul_(const Tensor& b) { return self() *= b; }
Tensor& TensorMethods::div_(const Tensor& b) { return self() /= b; }
Tensor& TensorMethods::add_(double b) { return self() += b; }
Tensor& TensorMethods::sub_(double b) { return self() -= b; }
Tensor& TensorMethods::mul_(double b) { return self() *= b; }
Tensor& TensorMethods::div_(double b) { return self() /= b; }

}  // namespace gradus
