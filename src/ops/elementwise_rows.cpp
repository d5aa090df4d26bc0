// SPDX-License-Identifier: MIT
// The row-independent part of elementwise ops.
#include "elementwise_rows.h"

#include "gradus/ops/view.h"

namespace gradus::detail {
namespace {

// Whether the innermost axis is neither dense nor repeated.
bool skips(const Tensor& x) {
  for (int i = x.dim() - 1; i >= 0; --i)
    if (x.shape()[i] != 1) return x.strides()[i] > 1;
  return false;
}

char* start_of(const Tensor& x) {
  return static_cast<char*>(x.storage()->data) + x.layout().offset * size_of(x.dtype());
}

}  // namespace

void run_strided(kernels::Map& m, const Shape& shape, std::span<const Tensor* const> in) {
  const int writes = m.operands - static_cast<int>(in.size());
  Tensor copies[kernels::Map::most];  // kernels read contiguous runs or one repeated element
  Strides strides[kernels::Map::most];
  const Strides own = Layout::contiguous(shape).strides;
  for (int k = 0; k < kernels::Map::most; ++k) {
    strides[k] = own;
    if (k < writes || k >= m.operands) continue;
    const Tensor* x = in[static_cast<size_t>(k - writes)];
    if (skips(*x)) {
      copies[k] = x->contiguous_data();
      m.at[k] = start_of(copies[k]);
    } else {
      strides[k] = x->strides();
    }
  }
  kernels::StridedLoop<kernels::Map::most> loop;
  for (int i = 0; i < shape.size(); ++i)
    loop.add_axis(shape[i], {strides[0][i], strides[1][i], strides[2][i], strides[3][i]});
  kernels::map(m, loop);
}

Tensor broadcast(const Tensor& x, const Shape& shape) {
  return x.shape() == shape ? x : broadcast_to(x, shape);
}

}  // namespace gradus::detail
