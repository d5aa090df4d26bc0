// SPDX-License-Identifier: MIT
// Matrix products on OpenBLAS, cut into blocks by the shape alone, so that their bits are the same
// for any number of threads.
#pragma once
#include <cstdint>

#include "kernels/loop.h"

namespace gradus::kernels {

inline constexpr int64_t gemm_tile = 64;            // edge of a tile of C
inline constexpr int64_t gemm_depth_bytes = 512;    // of a row of A in one call, for tiles
inline constexpr int64_t gemm_tasks = 16;           // that tiles are dealt to, about
inline constexpr int64_t gemm_pack_grain = 32768;   // elements of B that a task packs
inline constexpr int64_t gemm_medium = 512;         // cubes of tiles that tiles are good for
inline constexpr int64_t gemm_large = 64;           // tiles of C that blocks are good for
inline constexpr int64_t gemm_panel = 4;            // tiles on the edge of a panel, about
inline constexpr int64_t gemm_split = 64;           // tiles that one part of a long sum has
inline constexpr int64_t gemm_split_result = 4;     // tiles of C up to which a long sum is split
inline constexpr int64_t gemm_batch_large = 8;      // cubes of tiles: larger ones run one by one
inline constexpr int64_t gemm_turned = 4096;        // elements of B turned round on the stack
inline constexpr int64_t gemm_turn_rows = 8;        // rows of A that repay that, or a B so small:
inline constexpr int64_t gemm_turn_always = 256;
inline constexpr int64_t gemm_vector_work = 32768;  // from here on one row runs as a vector

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

namespace detail {
extern bool test_tiles;
}

/// While one of these lives, products of the medium size are cut into tiles on any processor, not
/// only where OpenBLAS has kernels for small products. For tests.
struct TiledProducts {
  TiledProducts() : before(detail::test_tiles) { detail::test_tiles = true; }
  ~TiledProducts() { detail::test_tiles = before; }
  TiledProducts(const TiledProducts&) = delete;
  TiledProducts& operator=(const TiledProducts&) = delete;
  bool before;
};

/// One product for each element of `batch`: its axes, with the strides of A, B and C along them.
/// No two products may write to one element of C.
template <class T>
void gemm_batch(const StridedLoop<3>& batch, Product size, T alpha, Factor<T> a, Factor<T> b,
                T beta, T* c, int64_t ldc);

}  // namespace gradus::kernels
