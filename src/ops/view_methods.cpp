// SPDX-License-Identifier: MIT
// Ops that are also methods of Tensor, indexing with brackets, and compound assignment operators.
#include "gradus/autograd/node.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"

namespace gradus {

Tensor Tensor::operator[](int64_t i) const { return gradus::select(*this, 0, i); }
Tensor Tensor::operator[](const Slice& s) const {
  return gradus::slice(*this, 0, s.start, s.end, s.step);
}
Tensor Tensor::operator[](const Tensor& ids) const {
  if (ids.defined() && ids.dtype() == DType::boolean)
    argument_error({"index: a mask (", ids.str(), ") would give a result whose size depends on ",
                    "values; where(mask, x, y) and masked_fill(x, mask, value) keep the shape"});
  return gradus::index_select(*this, 0, ids);
}
Tensor Tensor::index(std::initializer_list<Index> at) const {
  if (static_cast<int>(at.size()) > dim())
    argument_error({"index: ", at.size(), " places for the ", dim(), " axes of x ", shape()});
  Tensor y = *this;
  int axis = 0;
  for (const Index& i : at)
    if (i.is_slice) y = gradus::slice(y, axis++, i.slice.start, i.slice.end, i.slice.step);
    else y = gradus::select(y, axis, i.number);
  return y;
}
Tensor Tensor::slice(int axis, int64_t start, int64_t end, int64_t step) const {
  return gradus::slice(*this, axis, start, end, step);
}
Tensor Tensor::select(int axis, int64_t index) const { return gradus::select(*this, axis, index); }
Tensor Tensor::view(const Shape& shape) const { return gradus::reshape(*this, shape); }
Tensor Tensor::t() const {
  if (dim() > 2)
    argument_error({"t: x ", shape(), " is no matrix; transpose(a, b) exchanges two axes"});
  return dim() == 2 ? gradus::transpose(*this, 0, 1) : *this;
}
Tensor Tensor::transpose(int a, int b) const { return gradus::transpose(*this, a, b); }
Tensor Tensor::permute(const Axes& order) const { return gradus::permute(*this, order); }
Tensor Tensor::flatten(int start, int end) const { return gradus::flatten(*this, start, end); }
Tensor Tensor::squeeze(int axis) const { return gradus::squeeze(*this, axis); }
Tensor Tensor::unsqueeze(int axis) const { return gradus::unsqueeze(*this, axis); }
Tensor Tensor::expand(const Shape& shape) const { return gradus::expand(*this, shape); }
Tensor Tensor::contiguous() const { return gradus::contiguous(*this); }
Tensor Tensor::clone() const { return gradus::clone(*this); }

Tensor Tensor::sum(const Axes& axes, bool keepdim) const {
  return gradus::sum(*this, axes, keepdim);
}
Tensor Tensor::mean(const Axes& axes, bool keepdim) const {
  return gradus::mean(*this, axes, keepdim);
}
Tensor Tensor::max() const { return gradus::max(*this); }
Tensor Tensor::min() const { return gradus::min(*this); }
Tensor Tensor::argmax(std::optional<int> axis, bool keepdim) const {
  return gradus::argmax(*this, axis, keepdim);
}
Tensor Tensor::softmax(int axis) const { return gradus::softmax(*this, axis); }
Tensor Tensor::matmul(const Tensor& b) const { return gradus::matmul(*this, b); }
Tensor Tensor::exp() const { return gradus::exp(*this); }
Tensor Tensor::log() const { return gradus::log(*this); }
Tensor Tensor::sqrt() const { return gradus::sqrt(*this); }
Tensor Tensor::abs() const { return gradus::abs(*this); }
Tensor Tensor::pow(double p) const { return gradus::pow(*this, p); }
Tensor Tensor::relu() const { return gradus::relu(*this); }
Tensor Tensor::tanh() const { return gradus::tanh(*this); }
Tensor Tensor::sigmoid() const { return gradus::sigmoid(*this); }

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

}  // namespace gradus
