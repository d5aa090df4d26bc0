// SPDX-License-Identifier: MIT
// The only file that uses the BLAS for products. Four methods, chosen by size:
//   small   one call; a transposed B is copied to row-major order first
//   medium  tiles of 64 x 64: where OpenBLAS has kernels for small products (which read operands
//           without packing), it is fastest on a B split into tiles that fit the L1 cache
//   packed  a B that fits the cache as a whole, in panels that all rows of A use: products of our
//           own (gemm_packed.cpp), which are faster there than blocks that OpenBLAS packs again
//   large   blocks that OpenBLAS packs itself
#include "kernels/gemm.h"

#include <cblas.h>

#include <algorithm>
#include <cstdio>

#include "kernels/gemm_blocks.h"
#include "kernels/gemm_packed.h"
#include "kernels/transpose.h"

namespace gradus::kernels {
namespace {

// Only these cores have kernels for small products.
bool small_kernels() {
  static const bool found = [] {
    const Blas b = blas();
    if (!b.better_core.empty())
      std::fprintf(stderr,
                   "gradus: OpenBLAS %s does not know this processor and computes with its \"%s\" "
                   "kernels, several times slower; set OPENBLAS_CORETYPE=%s before the program "
                   "starts\n",
                   b.version.c_str(), b.core.c_str(), b.better_core.c_str());
    return b.core == "SkylakeX" || b.core == "Cooperlake" || b.core == "SapphireRapids";
  }();
  return found;
}

int narrow(int64_t v) { return static_cast<int>(v); }

void blas_gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, float alpha,
               const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc) {
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
void blas_gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, double alpha,
               const double* a, int lda, const double* b, int ldb, double beta, double* c,
               int ldc) {
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
void blas_gemv(CBLAS_TRANSPOSE ta, int rows, int cols, float alpha, const float* a, int lda,
               const float* x, int step, float beta, float* y) {
  cblas_sgemv(CblasRowMajor, ta, rows, cols, alpha, a, lda, x, step, beta, y, 1);
}
void blas_gemv(CBLAS_TRANSPOSE ta, int rows, int cols, double alpha, const double* a, int lda,
               const double* x, int step, double beta, double* y) {
  cblas_dgemv(CblasRowMajor, ta, rows, cols, alpha, a, lda, x, step, beta, y, 1);
}

CBLAS_TRANSPOSE flag(bool transposed) { return transposed ? CblasTrans : CblasNoTrans; }

template <class T>
void call(Product s, T alpha, Factor<T> a, Factor<T> b, T beta, T* c, int64_t ldc) {
  if (s.m == 1 && s.n * s.k >= gemm_vector_work) {  // c = B^T a: a matrix call would pack all of B
    const int64_t rows = b.transposed ? s.n : s.k, cols = b.transposed ? s.k : s.n;
    return blas_gemv(flag(!b.transposed), narrow(rows), narrow(cols), alpha, b.data, narrow(b.ld),
                     a.data, a.transposed ? narrow(a.ld) : 1, beta, c);
  }
  blas_gemm(flag(a.transposed), flag(b.transposed), narrow(s.m), narrow(s.n), narrow(s.k), alpha,
            a.data, narrow(a.ld), b.data, narrow(b.ld), beta, c, narrow(ldc));
}

// C = beta C, for products with k = 0.
template <class T> void scale(int64_t m, int64_t n, T beta, T* c, int64_t ldc) {
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) c[i * ldc + j] = beta == 0 ? T(0) : beta * c[i * ldc + j];
}

// Reading B^T is slower than reading B, by a factor of two to six for the smallest products.
template <class T> bool turns(const Product& s, const Factor<T>& b) {
  return b.transposed && s.k * s.n <= gemm_turned &&
         (s.m >= gemm_turn_rows || s.k * s.n <= gemm_turn_always);
}

// Rows per task: at least the work of two tiles each, and about gemm_tasks tasks if possible.
Blocks tasks(const Product& s, int64_t edge) {
  const int64_t across = (s.n + edge - 1) / edge, tiles_down = (s.m + edge - 1) / edge;
  const int64_t wanted = std::max<int64_t>(1, gemm_tasks / across);
  const int64_t least = std::max<int64_t>(1, 2 * edge / std::max<int64_t>(s.k, 1));
  const int64_t tiles = std::max(least, (tiles_down + wanted - 1) / wanted);
  return {s, tiles * edge, edge};
}

// How a medium product is split: tiles of C, and the length of the sum in one call.
template <class T> struct Tiles {
  int64_t edge = tile_size(gemm_tile);
  int64_t depth = tile_size(gemm_depth_bytes / int64_t{sizeof(T)});
};

// Rows of C by the columns of one tile; tile(p) is B from row p.
template <class T, class TileOfB>
void sum_tiles(const Tiles<T>& cut, Product s, T alpha, Factor<T> a, TileOfB&& tile, T beta, T* c,
               int64_t ldc) {
  for (int64_t p = 0; p < s.k; p += cut.depth)
    for (int64_t r = 0; r < s.m; r += cut.edge)
      call({std::min(cut.edge, s.m - r), s.n, std::min(cut.depth, s.k - p)}, alpha, a.part(r, p),
           tile(p), p == 0 ? beta : T(1), c + r * ldc, ldc);
}

// B as consecutive tiles: tile j contains columns j * edge .. of all rows.
template <class T> void pack_tiles(const Tiles<T>& cut, const Product& s, Factor<T> b, T* packed) {
  parallel_for((s.n + cut.edge - 1) / cut.edge, gemm_pack_grain / (cut.edge * s.k) + 1,
               [&](int64_t begin, int64_t end) {
                 for (int64_t c = begin * cut.edge; c < end * cut.edge; c += cut.edge)
                   for (int64_t p = 0; p < s.k; p += gemm_tile) {
                     const Factor<T> from = b.part(p, c);
                     const int64_t cols = std::min(cut.edge, s.n - c),
                                   rows = std::min(gemm_tile, s.k - p);
                     T* to = packed + c * s.k + p * cut.edge;
                     if (b.transposed) transpose_tile(cols, rows, from.data, from.ld, to, cut.edge);
                     else copy_tile(rows, cols, from.data, from.ld, to, cut.edge);
                   }
               });
}

template <class T>
void medium(Product s, T alpha, Factor<T> a, Factor<T> b, T beta, T* c, int64_t ldc,
            Epilogue after) {
  const Tiles<T> cut;
  const bool packs = b.transposed || b.ld > cut.edge;
  const Scratch<T> packed(packs ? (s.n + cut.edge - 1) / cut.edge * cut.edge * s.k : 0);
  if (packs) pack_tiles(cut, s, b, packed.data);
  tasks(s, cut.edge).each([&](int64_t r, int64_t j, int64_t rows, int64_t cols) {
    const auto tile = [&](int64_t p) {
      return packs ? Factor<T>{packed.data + j * s.k + p * cut.edge, cut.edge} : b.part(p, j);
    };
    sum_tiles(cut, {rows, cols, s.k}, alpha, a.part(r, 0), tile, beta, c + r * ldc + j, ldc);
    if (after.run) after.run(after.context, r, j, rows, cols);
  });
}

// A long sum with a small result (the gradient of a weight over many rows): the sum is split too,
// and the partial results are added in order.
template <class T>
void split_sum(Product s, T alpha, Factor<T> a, Factor<T> b, T beta, T* c, int64_t ldc,
               int64_t length) {
  const Tiles<T> cut;
  const int64_t parts = (s.k + length - 1) / length, count = s.m * s.n;
  const Scratch<T> sums(parts * count);
  parallel_blocks(parts, [&](int64_t part) {
    const int64_t p0 = part * length, terms = std::min(length, s.k - p0);
    for (int64_t j = 0; j < s.n; j += cut.edge) {
      const auto tile = [&](int64_t p) { return b.part(p0 + p, j); };
      sum_tiles(cut, {s.m, std::min(cut.edge, s.n - j), terms}, alpha, a.part(0, p0), tile, T(0),
                sums.data + part * count + j, s.n);
    }
  });
  if (beta != 1) scale(s.m, s.n, beta, c, ldc);
  for (int64_t part = 0; part < parts; ++part)
    for (int64_t i = 0; i < s.m; ++i)
      for (int64_t j = 0; j < s.n; ++j) c[i * ldc + j] += sums.data[part * count + i * s.n + j];
}

// Blocks that OpenBLAS packs itself. It packs B again for each row of blocks and A for each column,
// so blocks should be large; but a small C must still give work to several threads.
Blocks panels(const Product& s, int64_t edge) {
  const int64_t small = edge * edge * edge;
  if (s.work() <= 4 * small) return {s, s.m, s.n};
  if (s.m * s.n <= gemm_large * edge * edge)
    return {s, s.m >= 4 * edge ? 2 * edge : edge, s.n >= 8 * edge ? 4 * edge : 2 * edge};
  const int64_t panel = gemm_panel * edge;
  const auto even = [&](int64_t n) { return (n + 2 * panel - 1) / (2 * panel) * 2; };
  const auto length = [&](int64_t n) { return (n + even(n) - 1) / even(n); };
  if (s.m >= s.n) return {s, length(s.m), s.n};
  return {s, s.m, length(s.n)};
}

template <class T>
void large(Product s, T alpha, Factor<T> a, Factor<T> b, T beta, T* c, int64_t ldc,
           Epilogue after) {
  panels(s, tile_size(gemm_tile)).each([&](int64_t r, int64_t j, int64_t rows, int64_t cols) {
    call({rows, cols, s.k}, alpha, a.part(r, 0), b.part(0, j), beta, c + r * ldc + j, ldc);
    if (after.run) after.run(after.context, r, j, rows, cols);
  });
}

}  // namespace

bool detail::test_tiles = false;

template <class T>
void gemm_block(Product s, T alpha, Factor<T> a, Factor<T> b, T beta, T* c, int64_t ldc) {
  if (s.k == 0 || s.m == 0 || s.n == 0) return scale(s.m, s.n, beta, c, ldc);
  if (!turns(s, b)) return call(s, alpha, a, b, beta, c, ldc);
  alignas(64) T turned[gemm_turned];
  transpose_tile(s.n, s.k, b.data, b.ld, turned, s.n);
  call(s, alpha, a, {turned, s.n}, beta, c, ldc);
}

template <class T>
void gemm(Product s, T alpha, Factor<T> a, Factor<T> b, T beta, T* c, int64_t ldc, Epilogue after) {
  const int64_t edge = tile_size(gemm_tile), volume = edge * edge * edge;
  const int64_t length = gemm_split * edge;
  // `medium` splits B into tiles, which does not pay off for few rows.
  const bool tiles = detail::test_tiles || small_kernels();
  const bool fits = tiles && s.work() <= gemm_medium * volume && 2 * s.m >= edge;
  flush_denormals();
  if (s.work() <= volume) {
    gemm_block(s, alpha, a, b, beta, c, ldc);
    if (after.run) after.run(after.context, 0, 0, s.m, s.n);
  } else if (s.k >= 2 * length && s.m * s.n <= gemm_split_result * edge * edge && !after.run) {
    split_sum(s, alpha, a, b, beta, c, ldc, length);
  } else if (fits) {
    medium(s, alpha, a, b, beta, c, ldc, after);
  } else if (packed_gemm_pays(s, a, alpha, beta)) {
    packed_gemm(s, a, b, beta == 1, c, ldc, after);
  } else {
    large(s, alpha, a, b, beta, c, ldc, after);
  }
}

template <class T>
void gemm_batch(const StridedLoop<3>& batch, Product s, T alpha, Factor<T> a, Factor<T> b, T beta,
                T* c, int64_t ldc) {
  const int64_t edge = tile_size(gemm_tile), volume = edge * edge * edge, count = batch.numel();
  const auto each = [&](int64_t begin, int64_t end, auto&& product) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t at[3] = {}, rest = i;
      for (int axis = batch.rank - 1; axis >= 0; rest /= batch.shape[axis--])
        for (int f = 0; f < 3; ++f) at[f] += rest % batch.shape[axis] * batch.stride[f][axis];
      product(a.at(at[0]), b.at(at[1]), c + at[2]);
    }
  };
  if (s.work() > gemm_batch_large * volume || count == 1)
    return each(0, count,
                [&](Factor<T> x, Factor<T> y, T* z) { gemm(s, alpha, x, y, beta, z, ldc); });
  small_kernels();
  parallel_for(count, volume / (s.work() + 1) + 1, [&](int64_t begin, int64_t end) {
    each(begin, end,
         [&](Factor<T> x, Factor<T> y, T* z) { gemm_block(s, alpha, x, y, beta, z, ldc); });
  });
}

template void gemm(Product, float, Factor<float>, Factor<float>, float, float*, int64_t, Epilogue);
template void gemm(Product, double, Factor<double>, Factor<double>, double, double*, int64_t,
                   Epilogue);
template void gemm_block(Product, float, Factor<float>, Factor<float>, float, float*, int64_t);
template void gemm_block(Product, double, Factor<double>, Factor<double>, double, double*, int64_t);
template void gemm_batch(const StridedLoop<3>&, Product, float, Factor<float>, Factor<float>, float,
                         float*, int64_t);
template void gemm_batch(const StridedLoop<3>&, Product, double, Factor<double>, Factor<double>,
                         double, double*, int64_t);

}  // namespace gradus::kernels
