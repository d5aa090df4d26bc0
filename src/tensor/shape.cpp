// SPDX-License-Identifier: MIT
// Shape arithmetic: counting, axes, broadcasting, views.
#include "gradus/tensor/shape.h"

#include <algorithm>

namespace gradus {

Dims::Dims(std::span<const int64_t> values) : Dims() {
  if (values.size() > max_rank)
    argument_error({"shape: ", values.size(), " axes; at most ", max_rank, " are possible"});
  std::copy(values.begin(), values.end(), v_);
  rank_ = static_cast<int>(values.size());
}

void Dims::take_upper_half(const Dims& o) {
  std::copy(o.v_ + max_rank / 2, o.v_ + max_rank, v_ + max_rank / 2);
}

Dims Dims::filled(int rank, int64_t value) {
  Dims d;
  for (int i = 0; i < rank; ++i) d.push_back(value);
  return d;
}

void Dims::push_back(int64_t value) { insert(rank_, value); }

void Dims::insert(int at, int64_t value) {
  if (rank_ == max_rank) argument_error({"shape: more than ", max_rank, " axes"});
  std::copy_backward(v_ + at, v_ + rank_, v_ + rank_ + 1);
  v_[at] = value;
  ++rank_;
}

void Dims::erase(int at) {
  std::copy(v_ + at + 1, v_ + rank_, v_ + at);
  --rank_;
}

bool Dims::contains(int64_t value) const { return std::find(begin(), end(), value) != end(); }

std::string Dims::str() const {
  std::string s = "[";
  for (int i = 0; i < rank_; ++i) s += (i ? ", " : "") + std::to_string(v_[i]);
  return s + "]";
}

void detail::impossible_shape(const char* op, const Shape& shape) {
  for (int64_t n : shape)
    if (n < 0) argument_error({op, ": shape ", shape, " has a negative size"});
  argument_error({op, ": shape ", shape, " has more than 2^48 elements"});
}

int checked_axis(const char* op, int64_t axis, const Shape& shape) {
  const int rank = shape.size();
  if (rank == 0) argument_error({op, ": axis ", axis, " of a scalar, which has no axes"});
  if (axis < -rank || axis >= rank)
    argument_error({op, ": axis ", axis, " is out of range for shape ", shape, "; expected ", -rank,
                    " to ", rank - 1});
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Axes checked_axes(const char* op, const Axes& axes, const Shape& shape) {
  Axes out;
  if (axes.empty())
    for (int i = 0; i < shape.size(); ++i) out.push_back(i);
  for (int64_t a : axes) {
    const int axis = checked_axis(op, a, shape);
    if (out.contains(axis)) argument_error({op, ": axis ", a, " is named twice in ", axes});
    out.push_back(axis);
  }
  return out;
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  if (a == b) return a;
  Shape out = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  const int shift = out.size() - shorter.size();
  for (int i = 0; i < shorter.size(); ++i) {
    int64_t& mine = out[i + shift];
    if (mine != shorter[i] && mine != 1 && shorter[i] != 1)
      argument_error({op, ": shapes ", a, " and ", b, " cannot be broadcast together: axis ",
                      i - shorter.size(), " has ", a[i + a.size() - shorter.size()], " and ",
                      b[i + b.size() - shorter.size()]});
    if (mine == 1) mine = shorter[i];
  }
  return out;
}

bool Layout::overlaps() const {
  int order[max_rank], count = 0;
  for (int i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) return false;
    if (shape[i] == 1) continue;
    int at = count++;  // sorted by stride
    for (; at > 0 && strides[order[at - 1]] > strides[i]; --at) order[at] = order[at - 1];
    order[at] = i;
  }
  int64_t reach = 0;  // the farthest element so far
  for (int i = 0; i < count; ++i) {
    if (strides[order[i]] <= reach) return true;
    reach += strides[order[i]] * (shape[order[i]] - 1);
  }
  return false;
}

Layout Layout::transposed(int a, int b) const {
  Layout l = *this;
  std::swap(l.shape[a], l.shape[b]);
  std::swap(l.strides[a], l.strides[b]);
  return l;
}

Layout Layout::permuted(const Axes& order) const {
  Layout l = *this;
  for (int i = 0; i < order.size(); ++i) {
    l.shape[i] = shape[static_cast<int>(order[i])];
    l.strides[i] = strides[static_cast<int>(order[i])];
  }
  return l;
}

Layout Layout::sliced(int axis, int64_t start, int64_t length, int64_t step) const {
  Layout l = *this;
  l.offset += start * strides[axis];
  l.shape[axis] = length;
  l.strides[axis] *= step;
  return l;
}

Layout Layout::selected(int axis, int64_t index) const {
  Layout l = *this;
  l.offset += index * strides[axis];
  l.shape.erase(axis);
  l.strides.erase(axis);
  return l;
}

Layout Layout::broadcast(const Shape& to) const {
  Layout l;
  l.shape = to;
  l.strides = Dims::filled(to.size(), 0);
  l.offset = offset;
  const int shift = to.size() - shape.size();
  for (int i = 0; i < shape.size(); ++i) l.strides[i + shift] = shape[i] == 1 ? 0 : strides[i];
  return l;
}

bool Layout::reshaped(const Shape& to, Layout& out) const {
  out = contiguous(to);
  out.offset = offset;
  if (is_contiguous()) return true;
  // Go through both shapes from the left in groups of equal product; inside a group the old axes
  // must be contiguous.
  int i = 0, j = 0;
  while (i < shape.size() || j < to.size()) {
    const int first_i = i, first_j = j;
    int64_t mine = i < shape.size() ? shape[i++] : 1, theirs = j < to.size() ? to[j++] : 1;
    while (mine != theirs) {
      if (mine < theirs) mine *= shape[i++];
      else theirs *= to[j++];
    }
    int64_t stride = 0, expected = -1;  // stride of the group's innermost element
    for (int k = i - 1; k >= first_i; --k) {
      if (shape[k] == 1) continue;
      if (expected < 0) stride = strides[k];
      else if (strides[k] != expected) return false;
      expected = strides[k] * shape[k];
    }
    for (int k = j - 1; k >= first_j; --k) {
      out.strides[k] = stride;
      stride *= to[k];
    }
  }
  return true;
}

}  // namespace gradus
