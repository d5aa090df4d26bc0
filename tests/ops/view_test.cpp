// SPDX-License-Identifier: MIT
// Views: shared storage, refused changes, and when reshape copies.
#include "tests/catch.h"

#include <vector>

#include "gradus/autograd/autograd.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

using namespace gradus;
using namespace gradus::tests;
using Numbers = std::vector<double>;

namespace ops_view_test {
Numbers numbers(const Tensor& x) { return x.to_vector<double>(); }
bool share(const Tensor& a, const Tensor& b) { return a.storage() == b.storage(); }
Tensor counted(const Shape& shape) {
  return arange(0, static_cast<double>(numel(shape)), 1, DType::f64)
      .with_layout(Layout::contiguous(shape));
}
TEST_CASE("views share the storage of their base", "[view]") {
  const Tensor x = counted({2, 3, 4});
  for (const Tensor& y :
       {reshape(x, {6, -1}), permute(x, {2, 0, 1}), transpose(x, 0, 1), slice(x, 1, 1),
        narrow(x, 2, 1, 2), select(x, 0, 1), unsqueeze(x, 1), expand(x, {5, -1, -1, -1}),
        flatten(x), contiguous(x), split(x, 2, 1)[1], unbind(x, -1)[3]})
    CHECK(share(x, y));
  CHECK_FALSE(share(x, clone(x)));
  CHECK(numbers(select(slice(transpose(x, 0, 2), 0, 1, 4, 2), 0, 1)) ==
        Numbers{3, 15, 7, 19, 11, 23});
  CHECK(slice(x, 2, 1).layout().offset == 1);
  CHECK(expand(x, {5, 2, 3, 4}).strides() == Strides{0, 12, 4, 1});
}

TEST_CASE("reshape copies only if the strides require it", "[view]") {
  const Tensor x = counted({4, 6});
  const Tensor t = transpose(x, 0, 1), half = slice(x, 1, 0, 6, 2);
  CHECK(share(x, reshape(half, {2, 2, 3})));
  CHECK(share(x, reshape(half, {4, 1, 3, 1})));
  CHECK(share(x, reshape(t, {2, 3, 4})));
  CHECK_FALSE(share(x, reshape(t, {24})));
  CHECK_FALSE(share(x, reshape(slice(x, 1, 0, 3), {12})));
  CHECK(share(x, reshape(slice(x, 0, 0, 4, 3), {2, 3, 2})));
  CHECK(numbers(reshape(t, {8, 3})) == numbers(reshape(contiguous(t), {8, 3})));
  CHECK(share(x, reshape(slice(x, 0, 1, 1), {0, 5})));  // empty, with odd strides
}

TEST_CASE("changes in place are seen through views and refused if they cannot be right", "[view]") {
  Tensor x = counted({2, 3});
  Tensor column = select(x, 1, 1);
  column.fill_(9);
  CHECK(numbers(x) == Numbers{0, 9, 2, 3, 9, 5});
  transpose(x, 0, 1).copy_(counted({3, 2}));
  CHECK(numbers(x) == Numbers{0, 2, 4, 1, 3, 5});
  Tensor wide = expand(counted({1, 3}), {2, 3});
  CHECK(has(message_of([&] { wide.fill_(1); }), "fill_"));
  CHECK(has(message_of([&] { wide.copy_(x); }), "copy_"));
  const Tensor leaf = counted({2, 3}).requires_grad_();
  Tensor part = slice(leaf, 0, 1);
  CHECK(has(message_of([&] { part.fill_(1); }), "fill_"));
}

TEST_CASE("a change through a view is detected by rules that saved the data", "[view]") {
  Tensor data = counted({2, 3});
  Tensor x = data.detach().requires_grad_();
  const Tensor y = prod(x, {1});
  select(data, 0, 0).fill_(5);
  CHECK(has(message_of([&] { sum(y).backward(); }), "fill_"));
}

TEST_CASE("gradients of overlapping uses of one tensor add up", "[view]") {
  Tensor x = counted({2, 3}).requires_grad_();
  const Tensor y = cat({reshape(x, {6}), select(x, 0, 1), reshape(expand(x, {2, 2, 3}), {12})});
  sum(y).backward();
  CHECK(numbers(x.grad()) == Numbers{3, 3, 3, 4, 4, 4});
  CHECK(x.grad().is_contiguous());
  sum(transpose(x, 0, 1)).backward();
  CHECK(numbers(x.grad()) == Numbers{4, 4, 4, 5, 5, 5});
}

TEST_CASE("a view keeps its dtype and only floats are tracked", "[view]") {
  const Tensor i = arange(0, 6);
  CHECK(transpose(reshape(i, {2, 3}), 0, 1).to_vector<int64_t>() ==
        std::vector<int64_t>{0, 3, 1, 4, 2, 5});
  CHECK(tril(reshape(i, {2, 3})).to_vector<int64_t>() == std::vector<int64_t>{0, 0, 0, 3, 4, 0});
  CHECK(triu(ones({2, 2}, DType::boolean), 1).to_vector<bool>() ==
        std::vector<bool>{false, true, false, false});
  CHECK_FALSE(reshape(i, {3, 2}).requires_grad());
}

}  // namespace ops_view_test
