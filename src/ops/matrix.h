// SPDX-License-Identifier: MIT
// Tensors as factors of matrix products: views that the BLAS can read without a copy.
#pragma once
#include "gradus/tensor/tensor.h"
#include "kernels/gemm.h"

namespace gradus {

/// x itself if the rows or the columns of its last two axes have no gaps, else a copy.
Tensor as_matrices(const Tensor& x);

/// x in another shape; copied only if its strides require it.
Tensor reshaped_data(const Tensor& x, const Shape& shape);

/// The last two axes of a result of as_matrices(), optionally transposed.
template <class T> kernels::Factor<T> factor_of(const Tensor& x, bool transposed = false) {
  const int64_t rows = x.size(-2), cols = x.size(-1);
  const int64_t down = x.strides()[x.dim() - 2], along = x.strides()[x.dim() - 1];
  const bool by_rows = (along == 1 || cols == 1) && (down >= cols || rows == 1);
  const int64_t ld = by_rows ? (rows == 1 ? cols : down) : (cols == 1 ? rows : along);
  return {x.data<T>(), ld > 1 ? ld : 1, by_rows == transposed};
}

}  // namespace gradus
