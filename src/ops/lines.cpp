// SPDX-License-Identifier: MIT
// Arranges an array for a reduction.
#include "lines.h"

#include <algorithm>

namespace gradus {
namespace {

// Whether only axes of size 1 lie between the reduced ones; then the lines span axes [a, b).
bool stand_together(const Shape& shape, const Axes& axes, kernels::Lines& lines) {
  lines = {1, 1, 1};
  bool begun = false, ended = false;
  for (int i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    if (axes.contains(i)) {
      if (ended) return false;
      begun = true;
      lines.n *= shape[i];
    } else {
      ended = begun;
      (begun ? lines.inner : lines.outer) *= shape[i];
    }
  }
  return true;
}

}  // namespace

Axes inverse_of(const Axes& order) {
  Axes inverse = order;
  for (int i = 0; i < order.size(); ++i) inverse[static_cast<int>(order[i])] = i;
  return inverse;
}

Tensor Arranged::restored(const Tensor& arranged) const {
  if (order.empty()) return arranged;
  return arranged.with_layout(arranged.layout().permuted(inverse_of(order)));
}

Arranged arranged(const Tensor& x, const Axes& axes) {
  Arranged a;
  if (x.is_contiguous() && stand_together(x.shape(), axes, a.lines)) {
    a.x = x.with_layout(x.layout());
    return a;
  }
  Axes kept, reduced;
  a.lines = {1, 1, 1};
  for (int i = 0; i < x.dim(); ++i) {
    if (!axes.contains(i)) {
      kept.push_back(i);
      a.lines.outer *= x.size(i);
      continue;
    }
    a.lines.n *= x.size(i);
    int at = reduced.size();  // long strides first
    while (at > 0 && x.strides()[static_cast<int>(reduced[at - 1])] < x.strides()[i]) --at;
    reduced.insert(at, i);
  }
  Axes front = reduced;
  for (int64_t i : kept) front.push_back(i);
  for (int64_t i : reduced) kept.push_back(i);
  if (x.layout().permuted(front).is_contiguous()) {
    std::swap(a.lines.outer, a.lines.inner);
    a.order = front;
  } else {
    a.order = kept;
  }
  a.x = x.with_layout(x.layout().permuted(a.order)).contiguous_data();
  return a;
}

Shape reduced_shape(const Shape& shape, const Axes& axes, bool keepdim) {
  Shape out;
  for (int i = 0; i < shape.size(); ++i) {
    if (!axes.contains(i)) out.push_back(shape[i]);
    else if (keepdim) out.push_back(1);
  }
  return out;
}

Tensor spread(const Tensor& y, const Shape& kept, const Shape& shape) {
  Layout layout;
  y.layout().reshaped(kept, layout);  // only adds axes of size 1: always a view
  return y.with_layout(layout.broadcast(shape));
}

}  // namespace gradus
