// SPDX-License-Identifier: MIT
// A tile of C in vector registers, for one size of tile. Read kernels/packed_product.h first.
#pragma once
#include <array>
#include <cstring>
#include <utility>

#include "kernels/packed_product.h"
#include "kernels/transpose.h"

namespace gradus::kernels::detail {

// One size of tile. The product of one panel: c[i][v] is vector v of row i of the tile.
template <class T, int64_t vector_size, int64_t most_rows> struct PackedTile {
  typedef T Lanes __attribute__((vector_size(vector_size)));
  static constexpr int64_t lanes = vector_size / int64_t{sizeof(T)}, width = 2 * lanes;

  // Missing columns are 0. If all fit a vector, the only panel is one vector wide.
  static Panels<T> pack(int64_t k, int64_t n, Factor<T> b, T* packed) {
    const int64_t ld = n <= lanes ? lanes : width;
    for (int64_t j = 0; j < n; j += width) {
      const int64_t cols = std::min(width, n - j);
      T* to = packed + j * k;
      if (cols < ld) std::fill_n(to, k * ld, T(0));
      if (b.transposed) transpose_tile(cols, k, b.part(0, j).data, b.ld, to, ld);
      else copy_tile(k, cols, b.part(0, j).data, b.ld, to, ld);
    }
    return {packed, ld, k * width};
  }

  // A tile of C, and what it is the product of.
  struct Place {
    int64_t k;
    const T* a;
    int64_t lda;
    const T* b;
    int64_t ldb;
    T* c;
    int64_t ldc;
    bool adds;
  };

  // sum += a b in each lane: one vector instruction.
  [[gnu::always_inline]] static void add_product(const Lanes& a, const Lanes& b, Lanes& sum) {
    Lanes result;
    for (int64_t l = 0; l < lanes; ++l) result[l] = multiply_add(a[l], b[l], sum[l]);
    sum = result;
  }

  template <int64_t rows, int64_t vectors, bool transposed>
  [[gnu::noinline]] static void run(const Place& at) {
    Lanes c[rows][vectors] = {};
    const T *a = at.a, *from = at.b;
    const int64_t row = transposed ? 1 : at.lda, step = transposed ? at.lda : 1;
    for (int64_t p = 0; p < at.k; ++p, a += step, from += at.ldb) {
      Lanes b[vectors];
#pragma GCC unroll 2
      for (int64_t v = 0; v < vectors; ++v) std::memcpy(&b[v], from + v * lanes, sizeof b[v]);
#pragma GCC unroll 16
      for (int64_t i = 0; i < rows; ++i) {
        const Lanes factor = a[i * row] - Lanes{};
#pragma GCC unroll 2
        for (int64_t v = 0; v < vectors; ++v) add_product(factor, b[v], c[i][v]);
      }
    }
#pragma GCC unroll 16
    for (int64_t i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int64_t v = 0; v < vectors; ++v) {
        T* to = at.c + i * at.ldc + v * lanes;
        Lanes before;
        if (at.adds) std::memcpy(&before, to, sizeof before);
        before = at.adds ? before + c[i][v] : c[i][v];
        std::memcpy(to, &before, sizeof before);
      }
  }

  using Run = void (*)(const Place&);
  template <int64_t vectors, bool transposed, size_t... i>
  static constexpr std::array<Run, most_rows> for_rows(std::index_sequence<i...>) {
    return {run<i + 1, vectors, transposed>...};
  }
  template <int64_t vectors, bool transposed>
  static constexpr auto by_rows =
      for_rows<vectors, transposed>(std::make_index_sequence<most_rows>());

  // A tile at the right edge, where a whole vector would not fit C.
  static void run_edge(Run run, Place at, int64_t rows, int64_t cols) {
    T tile[most_rows * width];
    T* const c = std::exchange(at.c, tile);
    const int64_t ldc = std::exchange(at.ldc, width);
    if (at.adds) copy_tile(rows, cols, c, ldc, tile, width);
    run(at);
    copy_tile(rows, cols, tile, width, c, ldc);
  }

  // Rows are divided evenly, since tiles of few rows are slow.
  template <bool transposed>
  static void product(Product s, Factor<T> a, Panels<T> b, bool adds, T* c, int64_t ldc) {
    const int64_t depth = tile_size(packed_depth), tiles = (s.m + most_rows - 1) / most_rows;
    for (int64_t p = 0; p < s.k; p += depth)
      for (int64_t j = 0; j < s.n; j += width) {
        const int64_t cols = std::min(width, s.n - j);
        const bool one = cols <= lanes, edge = cols != (one ? lanes : width);
        const auto& runs = one ? by_rows<1, transposed> : by_rows<2, transposed>;
        for (int64_t tile = 0, r = 0; tile < tiles; ++tile) {
          const int64_t rows = s.m / tiles + (tile < s.m % tiles);
          const Run run = runs[static_cast<size_t>(rows - 1)];
          const Place at{std::min(depth, s.k - p),
                         a.part(r, p).data,
                         a.ld,
                         b.from(p).data + j / width * b.panel,
                         b.ld,
                         c + r * ldc + j,
                         ldc,
                         adds || p > 0};
          edge ? run_edge(run, at, rows, cols) : run(at);
          r += rows;
        }
      }
  }
  static void product(Product s, Factor<T> a, Panels<T> b, bool adds, T* c, int64_t ldc) {
    if (s.k == 0 && !adds)
      for (int64_t i = 0; i < s.m; ++i) std::fill_n(c + i * ldc, s.n, T(0));
    a.transposed ? product<true>(s, a, b, adds, c, ldc) : product<false>(s, a, b, adds, c, ldc);
  }
};

}  // namespace gradus::kernels::detail
