// SPDX-License-Identifier: MIT
// Transposed copies: squares, tails, and the stores of large ones that bypass the cache.
#include "gradus/tensor/tensor.h"
#include "tests/catch.h"

using namespace gradus;

namespace tensor_transpose_test {

// x: i64 or f32 [rows, cols] of different numbers -> whether contiguous_data() transposes it.
template <class T> bool transposes(int64_t rows, int64_t cols) {
  const Tensor x = arange(0, static_cast<double>(rows * cols)).to(dtype_of<T>());
  const Layout plain = Layout::contiguous({rows, cols});
  const Tensor y = x.with_layout(plain.transposed(0, 1)).contiguous_data();
  const T *from = x.data<T>(), *to = y.data<T>();
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c)
      if (to[c * rows + r] != from[r * cols + c]) return false;
  return true;
}

TEST_CASE("transposed copies have every element in its place", "[tensor]") {
  for (int64_t rows : {1, 2, 7, 8, 15, 16, 17, 33, 64})
    for (int64_t cols : {1, 3, 8, 16, 31, 50}) {
      CHECK(transposes<float>(rows, cols));
      CHECK(transposes<double>(rows, cols));
    }
  CHECK(transposes<float>(2048, 1031));
  CHECK(transposes<float>(2044, 1031));
  CHECK(transposes<double>(1024, 1100));
  CHECK(transposes<int64_t>(1000, 1100));
}

}  // namespace tensor_transpose_test
