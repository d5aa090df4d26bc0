// SPDX-License-Identifier: MIT
// Matrix products on OpenBLAS, or of our own where they are faster, split into blocks by shape
// alone, so that results are bitwise identical for any number of threads.
#pragma once
#include <cstdint>

#include "kernels/loop.h"

namespace gradus::kernels {

inline constexpr int64_t gemm_tile = 64;           // edge of a tile of C
inline constexpr int64_t gemm_depth_bytes = 512;   // of a row of A in one call, for tiles
inline constexpr int64_t gemm_tasks = 16;          // approximate number of tasks for tiles
inline constexpr int64_t gemm_pack_grain = 32768;  // elements of B that a task packs
inline constexpr int64_t gemm_medium = 512;        // `medium` limit, in tile-cubed units of work
inline constexpr int64_t gemm_large = 64;          // `large` threshold, in tiles of C
inline constexpr int64_t gemm_panel = 4;           // approximate edge of a panel, in tiles
inline constexpr int64_t gemm_split = 64;          // tiles in one part of a long sum
inline constexpr int64_t gemm_split_result = 4;    // tiles of C up to which a long sum is split
inline constexpr int64_t gemm_batch_large = 8;     // tile cubes; larger products run one by one
inline constexpr int64_t gemm_turned = 4096;       // elements of B transposed on the stack
inline constexpr int64_t gemm_turn_rows = 8;       // rows of A that repay that, or a B so small:
inline constexpr int64_t gemm_turn_always = 256;
inline constexpr int64_t gemm_vector_work = 32768;  // from this size one row uses the vector call

/// A factor of a product: a row-major array with row stride ld, or the transpose of one.
template <class T> struct Factor {
  const T* data;
  int64_t ld;
  bool transposed = false;
  Factor at(int64_t offset) const { return {data + offset, ld, transposed}; }
  /// The submatrix that starts at row r and column c.
  Factor part(int64_t r, int64_t c) const { return at(transposed ? c * ld + r : r * ld + c); }
};

/// C = op(A) op(B): op(A) is m x k, op(B) k x n, C m x n; sizes and row strides are below 2^31.
struct Product {
  int64_t m, n, k;
  int64_t work() const { return m * n * k; }
};

/// An epilogue for each finished block of C, run while the block is in the cache, on the thread
/// that computed it: run(context, first row, first column, rows, columns). It must not throw.
struct Epilogue {
  void (*run)(const void* context, int64_t r0, int64_t c0, int64_t rows, int64_t cols) = nullptr;
  const void* context = nullptr;
};
template <class F> Epilogue epilogue(const F& f) {
  return {[](const void* context, int64_t r0, int64_t c0, int64_t rows, int64_t cols) {
            (*static_cast<const F*>(context))(r0, c0, rows, cols);
          },
          &f};
}

/// C = alpha op(A) op(B) + beta C, on several threads. beta = 0 overwrites C regardless of its
/// content; k = 0 gives beta C. Throws std::bad_alloc. Not for use inside a parallel loop.
template <class T>
void gemm(Product size, T alpha, Factor<T> a, Factor<T> b, T beta, T* c, int64_t ldc,
          Epilogue after = {});

/// The same on the calling thread, for use inside parallel loops on blocks that fit its cache.
/// Does not throw.
template <class T>
void gemm_block(Product size, T alpha, Factor<T> a, Factor<T> b, T beta, T* c, int64_t ldc);

namespace detail {
extern bool test_tiles;
}

/// For tests: during its lifetime, medium products are split into tiles on any processor, not only
/// if OpenBLAS has kernels for small products.
struct TiledProducts {
  TiledProducts() : before(detail::test_tiles) { detail::test_tiles = true; }
  ~TiledProducts() { detail::test_tiles = before; }
  TiledProducts(const TiledProducts&) = delete;
  TiledProducts& operator=(const TiledProducts&) = delete;
  bool before;
};

/// One product for each element of `batch`: the batch axes, with the strides of A, B and C.
/// No two products may write to the same element of C.
template <class T>
void gemm_batch(const StridedLoop<3>& batch, Product size, T alpha, Factor<T> a, Factor<T> b,
                T beta, T* c, int64_t ldc);

}  // namespace gradus::kernels
