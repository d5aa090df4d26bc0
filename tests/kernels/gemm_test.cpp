// SPDX-License-Identifier: MIT
// Matrix products against plain loops, for each algorithm that gemm() chooses by size.
#include "kernels/gemm.h"

#include <cmath>
#include <cstring>
#include <vector>

#include "gradus/base/random.h"
#include "kernels/gemm_packed.h"
#include "kernels/packed_product.h"
#include "kernels/transpose.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::kernels;

namespace kernels_gemm_test {

template <class T> std::vector<T> numbers(int64_t n, uint64_t seed) {
  Generator gen(seed);
  const Draw draw = gen.draw();
  std::vector<T> v(static_cast<size_t>(n));
  for (size_t i = 0; i < v.size(); ++i) v[i] = static_cast<T>(draw.uniform(i) - 0.5);
  return v;
}

// The largest error of gemm() on some elements, relative to the length of the sum.
template <class T>
double worst_error(Product s, bool ta, bool tb, T alpha, T beta, int64_t gap = 0) {
  const int64_t lda = (ta ? s.m : s.k) + gap, ldb = (tb ? s.k : s.n) + gap, ldc = s.n + gap;
  const auto a = numbers<T>((ta ? s.k : s.m) * lda + 1, 1);
  const auto b = numbers<T>((tb ? s.n : s.k) * ldb + 1, 2), before = numbers<T>(s.m * ldc + 1, 3);
  auto c = before;
  gemm<T>(s, alpha, {a.data(), lda, ta}, {b.data(), ldb, tb}, beta, c.data(), ldc);
  double worst = 0;
  const int64_t step = s.m * s.n > 4096 ? 97 : 1;
  for (int64_t e = 0; e < s.m * ldc; e += step) {
    const int64_t i = e / ldc, j = e % ldc;
    const auto at = [](const std::vector<T>& v, int64_t k) {
      return static_cast<double>(v[static_cast<size_t>(k)]);
    };
    double sum = 0;
    for (int64_t k = 0; j < s.n && k < s.k; ++k)
      sum += at(a, ta ? k * lda + i : i * lda + k) * at(b, tb ? j * ldb + k : k * ldb + j);
    const double wanted = j < s.n ? alpha * sum + beta * at(before, e) : at(before, e);
    worst = std::max(worst, std::abs(at(c, e) - wanted) / std::sqrt(static_cast<double>(s.k + 1)));
  }
  return worst;
}

TEST_CASE("gemm equals plain loops for each size and transpose and dtype") {
  const std::vector<Product> sizes = {
      {1, 1, 1},      {8, 8, 8},       {3, 5, 7},       {1, 600, 90},
      {600, 1, 90},   {64, 65, 63},    {100, 70, 130},  {97, 80, 257},
      {500, 130, 90}, {33, 200, 300},  {20, 200, 300},  {2, 3, 9000},
      {70, 60, 8200}, {130, 140, 260}, {700, 650, 520}, {300, 1500, 600}};
  for (const Product& s : sizes)
    for (int flags = 0; flags < 4; ++flags) {
      CAPTURE(s.m, s.n, s.k, flags);
      CHECK(worst_error<float>(s, flags & 1, flags & 2, 1, 0) < 2e-6);
      if (s.work() < 1e7) {
        CHECK(worst_error<float>(s, flags & 1, flags & 2, 2, -0.5f, 3) < 2e-6);
        CHECK(worst_error<double>(s, flags & 1, flags & 2, 0.5, 1, 2) < 1e-14);
      }
    }
}

TEST_CASE("gemm has the same bits for any number of threads") {
  const int before = num_threads();
  for (const Product& s : {Product{100, 70, 130}, Product{64, 64, 9000}, Product{700, 650, 520},
                           Product{250, 300, 520}}) {
    const auto a = numbers<float>(s.m * s.k, 4), b = numbers<float>(s.k * s.n, 5);
    std::vector<float> first;
    for (int threads : {1, 2, 3, 5, 8}) {
      set_num_threads(threads);
      std::vector<float> c(static_cast<size_t>(s.m * s.n));
      gemm<float>(s, 1, {a.data(), s.m, true}, {b.data(), s.n}, 0, c.data(), s.n);
      if (first.empty()) first = c;
      CHECK(std::memcmp(c.data(), first.data(), c.size() * sizeof(float)) == 0);
    }
  }
  set_num_threads(before);
}

TEST_CASE("gemm with a packed factor has the bits of the plain loop in blocks of any size") {
  for (const Product& s : {Product{97, 131, 517}, Product{500, 129, 90}, Product{64, 600, 300}})
    for (int flags = 0; flags < 8; ++flags)
      for (int64_t tile : {INT64_MAX, int64_t{40}}) {
        const SmallBlocks blocks(tile, tile);
        const bool ta = flags & 1 && s.n < 200, tb = flags & 2, adds = flags & 4;
        const int64_t lda = (ta ? s.m : s.k) + 1, ldb = (tb ? s.k : s.n) + 2, ldc = s.n + 3;
        const auto a = numbers<float>((ta ? s.k : s.m) * lda, 1);
        const auto b = numbers<float>((tb ? s.n : s.k) * ldb, 2);
        auto c = numbers<float>(s.m * ldc, 3), wanted = c;
        const Factor<float> left{a.data(), lda, ta}, right{b.data(), ldb, tb};
        CAPTURE(s.m, s.n, s.k, flags, tile);
        packed_gemm(s, left, right, adds, c.data(), ldc);
        plain_product<float>(s, left, right, adds, wanted.data(), ldc);
        CHECK(std::memcmp(c.data(), wanted.data(), c.size() * sizeof(float)) == 0);
      }
}

TEST_CASE("gemm without terms gives beta C and beta = 0 overwrites NaN") {
  std::vector<double> c = {1, 2, 3, 4};
  gemm<double>({2, 2, 0}, 1, {nullptr, 1}, {nullptr, 1}, 3, c.data(), 2);
  CHECK(c == std::vector<double>{3, 6, 9, 12});
  c[0] = std::nan("");
  gemm<double>({2, 2, 0}, 1, {nullptr, 1}, {nullptr, 1}, 0, c.data(), 2);
  CHECK(c == std::vector<double>{0, 0, 0, 0});
  const std::vector<double> one = {1};
  c[0] = std::nan("");
  gemm<double>({1, 1, 1}, 1, {one.data(), 1}, {one.data(), 1}, 0, c.data(), 1);
  CHECK(c[0] == 1);
  gemm<double>({0, 5, 3}, 1, {nullptr, 3}, {one.data(), 5}, 0, c.data(), 5);
}

TEST_CASE("gemm calls the epilogue once for each element") {
  for (const Product& s : {Product{7, 9, 5}, Product{200, 150, 40}, Product{700, 650, 520}}) {
    const auto a = numbers<float>(s.m * s.k, 4), b = numbers<float>(s.k * s.n, 5);
    std::vector<float> c(static_cast<size_t>(s.m * s.n));
    std::vector<int> seen(c.size());
    const auto count = [&](int64_t r, int64_t j, int64_t rows, int64_t cols) {
      for (int64_t i = r; i < r + rows; ++i)
        for (int64_t k = j; k < j + cols; ++k) ++seen[static_cast<size_t>(i * s.n + k)];
    };
    gemm<float>(s, 1, {a.data(), s.k}, {b.data(), s.n}, 0, c.data(), s.n, epilogue(count));
    CHECK(seen == std::vector<int>(c.size(), 1));
  }
}

TEST_CASE("transpose_tile for every size around its squares") {
  for (int64_t rows = 0; rows < 37; rows += 3)
    for (int64_t cols = 0; cols < 40; ++cols) {
      const auto x = numbers<float>(rows * (cols + 2) + 1, 7);
      std::vector<float> y(static_cast<size_t>(cols * (rows + 1) + 1), -1);
      transpose_tile(rows, cols, x.data(), cols + 2, y.data(), rows + 1);
      int wrong = 0;
      for (int64_t c = 0; c < cols; ++c)
        for (int64_t r = 0; r <= rows; ++r)
          wrong += y[static_cast<size_t>(c * (rows + 1) + r)] !=
                   (r < rows ? x[static_cast<size_t>(r * (cols + 2) + c)] : -1);
      CHECK(wrong == 0);
    }
}

}  // namespace kernels_gemm_test
