// SPDX-License-Identifier: MIT
// Products with a packed factor against the plain loop, bit by bit, for tiles of several sizes.
#include "kernels/packed_tile.h"

#include <cstring>
#include <vector>

#include "gradus/base/random.h"
#include "kernels/packed_tile.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::kernels;

namespace kernels_packed_product_test {

template <class T> std::vector<T> numbers(int64_t n, uint64_t seed) {
  Generator gen(seed);
  const Draw draw = gen.draw();
  std::vector<T> v(static_cast<size_t>(n));
  for (size_t i = 0; i < v.size(); ++i) v[i] = static_cast<T>(draw.uniform(i) - 0.5);
  return v;
}

// The tile that the library chose for this processor.
template <class T> struct NativeTile {
  static constexpr int64_t lanes = packed_tile_bytes / int64_t{sizeof(T)}, rows = packed_tile_rows;
  static Panels<T> pack(int64_t k, int64_t n, Factor<T> b, T* to) {
    return kernels::pack(k, n, b, to);
  }
  static void product(Product s, Factor<T> a, Panels<T> b, bool adds, T* c, int64_t ldc) {
    packed_product(s, a, b, adds, c, ldc);
  }
};

// Others, so that each kind of processor tests wide and narrow ones. The library has none with
// these numbers of rows, or the program would use this file's slow build of them.
template <class T, int64_t bytes, int64_t most>
struct OtherTile : kernels::detail::PackedTile<T, bytes, most> {
  static constexpr int64_t rows = most;
};

// The number of elements that differ from the plain loop, with those beside C.
template <class Tile, class T> int wrong(Product s, bool ta, bool tb, bool adds, int64_t gap = 3) {
  const int64_t lda = (ta ? s.m : s.k) + gap, ldb = (tb ? s.k : s.n) + gap, ldc = s.n + gap;
  const auto a = numbers<T>((ta ? s.k : s.m) * lda + 1, 1);
  const auto b = numbers<T>((tb ? s.n : s.k) * ldb + 1, 2), before = numbers<T>(s.m * ldc + 1, 3);
  auto wanted = before, c = before;
  const Factor<T> left{a.data(), lda, ta}, right{b.data(), ldb, tb};
  plain_product<T>(s, left, right, adds, wanted.data(), ldc);
  const int64_t width = 2 * Tile::lanes, size = s.k * ((s.n + width - 1) / width * width);
  std::vector<T> packed(static_cast<size_t>(size) + 1, T(99));
  const Panels<T> panels = Tile::pack(s.k, s.n, right, packed.data());
  CHECK(packed.back() == 99);
  Tile::product(s, left, panels, adds, c.data(), ldc);
  int different = 0;
  for (size_t i = 0; i < c.size(); ++i) different += !(c[i] == wanted[i]);
  return different;
}

// One below, at and one above each edge of the tile, and two tiles and a tail.
template <class Tile, class T> void check_tile() {
  const int64_t lanes = Tile::lanes, rows = Tile::rows, width = 2 * lanes;
  int flags = 0;
  for (int64_t m : {int64_t{1}, rows - 1, rows, rows + 1, 2 * rows + 2})
    for (int64_t n : {int64_t{1}, lanes - 1, lanes, lanes + 1, width - 1, width, width + 1,
                      2 * width + 3, 2 * width + lanes + 1})
      for (int64_t k : {1, 2, 7, 8, 9, 18}) {
        const SmallBlocks blocks(INT64_MAX, 8);  // sums in parts of 8 terms
        ++flags;
        CAPTURE(lanes, rows, m, n, k, flags % 8);
        CHECK(wrong<Tile, T>({m, n, k}, flags & 1, flags & 2, flags & 4) == 0);
      }
  for (int64_t k : {packed_depth - 1, packed_depth, packed_depth + 1, 2 * packed_depth + 6})
    CHECK(wrong<Tile, T>({rows + 1, width + 1, k}, k & 1, k & 2, true) == 0);
}

TEST_CASE("packed products equal the plain loop for the tile of this processor") {
  check_tile<NativeTile<float>, float>();
  check_tile<NativeTile<double>, double>();
}

TEST_CASE("packed products equal the plain loop for narrow and wide tiles") {
  check_tile<OtherTile<float, 16, 5>, float>();
  check_tile<OtherTile<float, 32, 7>, float>();
  check_tile<OtherTile<float, 64, 13>, float>();
  check_tile<OtherTile<double, 16, 5>, double>();
  check_tile<OtherTile<double, 32, 7>, double>();
  check_tile<OtherTile<double, 64, 13>, double>();
}

TEST_CASE("packed products without terms or rows or columns") {
  const std::vector<float> a(4, 1);
  std::vector<float> c = {1, 2, 3, 4};
  const Factor<float> left{a.data(), 1};
  const Panels<float> right = panels_in_place(left);
  packed_product<float>({2, 2, 0}, left, right, true, c.data(), 2);
  packed_product<float>({0, 2, 1}, left, right, false, c.data(), 2);
  packed_product<float>({2, 0, 1}, left, right, false, c.data(), 2);
  CHECK(c == std::vector<float>{1, 2, 3, 4});
  packed_product<float>({2, 2, 0}, left, right, false, c.data(), 2);
  CHECK(c == std::vector<float>{0, 0, 0, 0});
}

// Rows 3 .. of the second factor, and fewer columns than it has.
template <class T> void check_part(bool in_place) {
  const int64_t m = 9, k = 20, n = whole_columns<T>(3 * packed_width<T> - 2), skip = 3;
  const auto a = numbers<T>(m * k, 1), b = numbers<T>(k * n, 2);
  std::vector<T> memory(static_cast<size_t>(packed_size(k, n)));
  const Factor<T> left{a.data(), k}, right{b.data(), n};
  const Panels<T> panels = in_place ? panels_in_place(right) : pack<T>(k, n, right, memory.data());
  for (int64_t cols = 1; cols <= n; ++cols) {
    std::vector<T> c(static_cast<size_t>(m * n)), wanted = c;
    const Product s{m, cols, k - skip};
    plain_product<T>(s, left.part(0, skip), right.part(skip, 0), false, wanted.data(), n);
    packed_product<T>(s, left.part(0, skip), panels.from(skip), false, c.data(), n);
    CHECK(c == wanted);
  }
}

TEST_CASE("packed products with a part of the second factor") {
  for (bool in_place : {false, true}) {
    check_part<float>(in_place);
    check_part<double>(in_place);
  }
}

TEST_CASE("packed products in whole vectors have zeros beyond the last column") {
  const int64_t m = 3, k = 5, n = 2 * packed_width<float> + 1, all = whole_columns<float>(n);
  const auto a = numbers<float>(m * k, 1), b = numbers<float>(k * n, 2);
  std::vector<float> memory(static_cast<size_t>(packed_size(k, n))),
      c(static_cast<size_t>(m * all));
  const Panels<float> panels = pack<float>(k, n, {b.data(), n}, memory.data());
  packed_product<float>({m, all, k}, {a.data(), k}, panels, false, c.data(), all);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = n; j < all; ++j) CHECK(c[static_cast<size_t>(i * all + j)] == 0);
  CHECK(all > n);
}

TEST_CASE("a row of a packed product has the same bits at any place") {
  const int64_t k = 70, n = 37, rows = 2 * packed_tile_rows + 3;
  const auto b = numbers<float>(k * n, 5), row = numbers<float>(k, 6);
  std::vector<float> memory(static_cast<size_t>(packed_size(k, n))), one(37);
  const Panels<float> panels = pack<float>(k, n, {b.data(), n}, memory.data());
  packed_product<float>({1, n, k}, {row.data(), k}, panels, false, one.data(), n);
  for (int64_t m = 1; m <= rows; ++m) {
    std::vector<float> c(static_cast<size_t>(m * n));
    packed_product<float>({m, n, k}, {row.data(), 0}, panels, false, c.data(), n);
    for (int64_t i = 0; i < m; ++i)
      CHECK(std::memcmp(c.data() + i * n, one.data(), one.size() * sizeof(float)) == 0);
  }
}

}  // namespace kernels_packed_product_test
