// SPDX-License-Identifier: MIT
// Joining and indexing: unused pieces, repeated indices, other dtypes.
#include "tests/catch.h"

#include <vector>

#include "gradus/autograd/autograd.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

using namespace gradus;
using namespace gradus::tests;
using Numbers = std::vector<double>;

namespace ops_join_test {
Numbers numbers(const Tensor& x) { return x.to_vector<double>(); }
Tensor index(std::initializer_list<double> v) { return tensor(v, DType::i64); }
Tensor leaf(std::initializer_list<double> v) { return tensor(v, DType::f64).requires_grad_(); }
TEST_CASE("unused pieces get no gradient", "[join]") {
  const Tensor x = leaf({1, 2, 3, 4, 5});
  const Tensors pieces = split(x, 2);
  REQUIRE(pieces.size() == 3);
  CHECK(pieces[2].shape() == Shape{1});
  sum(pieces[1]).backward();
  CHECK(numbers(x.grad()) == Numbers{0, 0, 1, 1, 0});
  const Tensor y = leaf({1, 2, 3});
  unbind(y)[2].backward();
  CHECK(numbers(y.grad()) == Numbers{0, 0, 1});
}

TEST_CASE("splitting and joining again gives the original", "[join]") {
  Generator gen(1);
  const Tensor x = randn({3, 7, 2}, gen);
  for (int axis = 0; axis < 3; ++axis) {
    const Tensors pieces = split(x, 3, axis), slices = unbind(x, axis);
    CHECK(identical(cat({pieces.data(), pieces.size()}, axis), x));
    CHECK(identical(stack({slices.data(), slices.size()}, axis), x));
  }
  CHECK(split(zeros({0, 2}), 4).size() == 1);
  CHECK(unbind(zeros({0, 2})).empty());
}

TEST_CASE("several values for one index", "[join]") {
  const Tensor x = leaf({10, 20, 30}), src = leaf({1, 2, 3, 4});
  const Tensor at = index({2, 0, 2, 2}), dy = tensor({1, 2, 5}, DType::f64);
  SECTION("scatter: only the last value stays and gets the gradient") {
    const Tensor y = scatter(x, 0, at, src);
    CHECK(numbers(y) == Numbers{2, 20, 4});
    y.backward(dy);
    CHECK(numbers(x.grad()) == Numbers{0, 2, 0});
    CHECK(numbers(src.grad()) == Numbers{0, 1, 0, 5});
  }
  SECTION("scatter_add: they add up") {
    const Tensor y = scatter_add(x, 0, at, src);
    CHECK(numbers(y) == Numbers{12, 20, 38});
    y.backward(dy);
    CHECK(numbers(x.grad()) == Numbers{1, 2, 5});
    CHECK(numbers(src.grad()) == Numbers{5, 1, 5, 5});
  }
  SECTION("gather: the gradients add up") {
    gather(x, 0, at).backward(tensor({1, 10, 100, 1000}, DType::f64));
    CHECK(numbers(x.grad()) == Numbers{10, 0, 1101});
  }
}

TEST_CASE("an index changed before backward is detected", "[join]") {
  const Tensor x = leaf({10, 20, 30});
  Tensor at = index({0, 1});
  const Tensor y = sum(gather(x, 0, at));
  at.fill_(2);
  CHECK(has(message_of([&] { y.backward(); }), "fill_"));
}

TEST_CASE("integers and masks are joined and indexed too", "[join]") {
  const Tensor a = index({1, 2}), b = index({3});
  CHECK(numbers(cat({a, b})) == Numbers{1, 2, 3});
  CHECK(numbers(index_select(cat({a, b}), 0, index({2, 2, 0}))) == Numbers{3, 3, 1});
  CHECK(numbers(scatter_add(zeros({3}, DType::i64), 0, index({1, 1}), a)) == Numbers{0, 3, 0});
  const Tensor m = stack({ones({2}, DType::boolean), zeros({2}, DType::boolean)}, 1);
  CHECK(numbers(m) == Numbers{1, 0, 1, 0});
  CHECK(numbers(gather(m, 1, full({2, 1}, 1, DType::i64))) == Numbers{0, 0});
  CHECK(has(message_of([&] { cat({a, ones({1})}); }), "tensor 1 is f32 [1], tensor 0 is i64 [2]"));
}

TEST_CASE("messages about bad indices name value and position and size", "[join]") {
  const Tensor x = ones({3, 5});
  const Tensor bad = tensor({{0, 1, 2}, {4, 7, 0}}, DType::i64);
  CHECK(message_of([&] { gather(x, 1, bad); }) ==
        "gather: index 7 at [1, 1] is out of range for axis 1 of x [3, 5], which has size 5");
  CHECK(message_of([&] {
          index_select(x, 0, index({0, -1}));
        }) ==
        "index_select: index -1 at [1] is out of range for axis 0 of x [3, 5], which has size 3");
  CHECK(has(message_of([&] { index_select(x, 1, index({INT64_MIN})); }), "-9223372036854775808"));
}

TEST_CASE("indexed sums have the same bits on any number of threads", "[join]") {
  Generator gen(2);
  const Tensor x = randn({50, 3000}, gen), dy = randn({700, 3000}, gen);
  const Tensor rows = randint(0, 50, {700}, gen), places = randint(0, 3000, {50, 900}, gen);
  const auto some = [&] {
    Tensor w = x.detach().requires_grad_();
    return std::vector<Tensor>{grad(index_select(w, 0, rows), w, dy),
                               scatter_add(x, 1, places, slice(x, 1, 0, 900)),
                               grad(gather(w, 1, places), w, slice(x, 1, 0, 900))};
  };
  const int before = num_threads();
  set_num_threads(1);
  const std::vector<Tensor> one = some();
  for (int threads : {2, 3, 8}) {
    set_num_threads(threads);
    const std::vector<Tensor> more = some();
    for (size_t i = 0; i < one.size(); ++i) CHECK(identical(one[i], more[i]));
  }
  set_num_threads(before);
}

}  // namespace ops_join_test
