// SPDX-License-Identifier: MIT
// Matrix products on OpenBLAS, cut into blocks by the shape alone, so that their bits are the same
// for any number of threads.
#pragma once
#include <cstdint>

#include "kernels/loop.h"

namespace gradus::kernels {

/// A factor of a product: a row-major array with row stride ld, or the transpose of one.
template <class T>
struct Factor {
  const T* data;
  int64_t ld;
  bool transposed = false;
  Factor at(int64_t offset) const { return {data + offset, ld, transposed}; }
  /// From row r and column c on.
  Factor part(int64_t r, int64_t c) const { return at(transposed ? c * ld + r : r * ld + c); }
};

/// C = op(A) op(B): op(A) is m x k, op(B) k x n, C m x n; these and row strides are below 2^31.
struct Product {
  int64_t m, n, k;
  int64_t work() const { return m * n * k; }
};

/// What is still to be done with each finished block of C while it is in the cache, on the thread
/// that finished it: run(context, first row, first column, rows, columns). It must not throw.
struct Epilogue {
  void (*run)(const void* context, int64_t r0, int64_t c0, int64_t rows, int64_t cols) = nullptr;
  const void* context = nullptr;
};
template <class F>
Epilogue epilogue(const F& f) {
  return {[](const void* context, int64_t r0, int64_t c0, int64_t rows, int64_t cols) {
            (*static_cast<const F*>(context))(r0, c0, rows, cols);
          },
          &f};
}

/// C = alpha op(A) op(B) + beta C, on several threads. beta = 0 overwrites C whatever it holds;
/// k = 0 leaves beta C. Throws std::bad_alloc. Not inside a parallel loop.
template <class T>
void gemm(Product size, T alpha, Factor<T> a, Factor<T> b, T beta, T* c, int64_t ldc,
          Epilogue after = {});

/// The same on the calling thread, for use inside parallel loops on blocks that fit its cache.
/// Does not throw.
template <class T>
void gemm_block(Product size, T alpha, Factor<T> a, Factor<T> b, T beta, T* c, int64_t ldc);

/// One product for each element of `batch`: its axes, with the strides of A, B and C along them.
/// No two products may write to one element of C.
template <class T>
void gemm_batch(const StridedLoop<3>& batch, Product size, T alpha, Factor<T> a, Factor<T> b,
                T beta, T* c, int64_t ldc);

}  // namespace gradus::kernels
