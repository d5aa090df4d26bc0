// SPDX-License-Identifier: MIT
// Tensors without a graph: creating, converting, copying, printing.
#include "tests/catch.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gradus/tensor/tensor.h"

using namespace gradus;
using namespace gradus::tests;
using Numbers = std::vector<double>;

namespace tensor_tensor_test {
Numbers numbers(const Tensor& x) { return x.to_vector<double>(); }
TEST_CASE("making tensors", "[tensor]") {
  CHECK(numbers(zeros({2, 2})) == Numbers(4, 0.0));
  CHECK(numbers(full({3}, 2.5, DType::f64)) == Numbers(3, 2.5));
  CHECK(full({}, 7, DType::i64).item() == 7);
  CHECK(ones({2}, DType::boolean).to_vector<bool>() == std::vector<bool>{true, true});
  CHECK(numbers(arange(0, 5)) == Numbers{0, 1, 2, 3, 4});
  CHECK(arange(0, 5).dtype() == DType::i64);
  CHECK(numbers(arange(1, -1, -0.5, DType::f64)) == Numbers{1, 0.5, 0, -0.5});
  CHECK(arange(3, 3).numel() == 0);
  CHECK(numbers(tensor({{1, 2, 3}, {4, 5, 6}})) == Numbers{1, 2, 3, 4, 5, 6});
  CHECK(tensor({{1, 2, 3}, {4, 5, 6}}).shape() == Shape{2, 3});
  CHECK(zeros({0, 3}).numel() == 0);
  CHECK(ones_like(zeros({2}, DType::i64)).dtype() == DType::i64);
  CHECK(zeros({2}).str() == "f32 [2]");
  CHECK(Tensor{}.str() == "undefined");
  CHECK(has(message_of([] { tensor({{1, 2}, {3}}); }), "rows of 2 and of 1"));
  CHECK(has(message_of([] { tensor(Numbers{1, 2}, {3}); }), "2 values do not fill shape [3]"));
  CHECK(has(message_of([] { arange(0, 1, 0); }), "step other than 0"));
  CHECK(has(message_of([] { arange(0, INFINITY); }), "finite"));
  CHECK(has(message_of([] { zeros({-1}); }), "negative"));
  CHECK(has(message_of([] { zeros({1 << 30, 1 << 30}); }), "more than 2^48"));
}

TEST_CASE("the default dtype", "[tensor]") {
  CHECK(default_dtype() == DType::f32);
  {
    const DefaultDType f64(DType::f64);
    CHECK(zeros({1}).dtype() == DType::f64);
  }
  CHECK(zeros({1}).dtype() == DType::f32);
  CHECK(has(message_of([] { set_default_dtype(DType::i64); }), "dtype i64"));
}

TEST_CASE("conversions report values that do not fit", "[tensor]") {
  const Tensor x = tensor({-1, 0, 2}, DType::f64);
  CHECK(x.to(DType::i64).to_vector<int64_t>() == std::vector<int64_t>{-1, 0, 2});
  CHECK(x.to(DType::f32).to(DType::f64).to_vector<double>() == Numbers{-1, 0, 2});
  CHECK(x.to(DType::f64).storage() == x.storage());
  CHECK(tensor({0, 1}).to(DType::boolean).to_vector<bool>() == std::vector<bool>{false, true});
  const auto refuses = [](double v, DType to) {
    return message_of([&] { tensor({v}, DType::f64).to(to); });
  };
  CHECK(refuses(0.5, DType::i64) == "to: 0.5 cannot be stored as i64");
  CHECK(refuses(1e300, DType::i64) == "to: 1e+300 cannot be stored as i64");
  CHECK(refuses(NAN, DType::i64) == "to: nan cannot be stored as i64");
  CHECK(refuses(0x1p63, DType::i64) == "to: 9223372036854775808 cannot be stored as i64");
  CHECK(tensor({-0x1p63}, DType::f64).to(DType::i64).to_vector<int64_t>()[0] == INT64_MIN);
  CHECK(refuses(2, DType::boolean) == "to: 2 cannot be stored as bool");
  CHECK(has(message_of([] { tensor({0, 3}, DType::i64).to(DType::boolean); }), "3 cannot be"));
  Tensor whole = zeros({2}, DType::i64);
  CHECK(message_of([&] { whole.fill_(0.5); }) == "fill_: 0.5 cannot be stored as i64");
  CHECK(message_of([&] {
          whole.copy_(tensor({1, 1e19}, DType::f64));
        }) == "copy_: 1e+19 cannot be stored as i64");
  CHECK(numbers(whole) == Numbers{0, 0});
}

TEST_CASE("views share data and copies do not", "[tensor]") {
  Tensor x = arange(0, 6, 1, DType::f64).with_layout(Layout::contiguous({2, 3}));
  Tensor t = x.with_layout(x.layout().transposed(0, 1));
  CHECK(numbers(t) == Numbers{0, 3, 1, 4, 2, 5});
  CHECK(t.contiguous_data().is_contiguous());
  CHECK(numbers(t.contiguous_data()) == numbers(t));
  const Tensor copy = t.clone_data();
  t.fill_(9);
  CHECK(numbers(x) == Numbers(6, 9.0));
  CHECK(numbers(copy) == Numbers{0, 3, 1, 4, 2, 5});
  x.with_layout(x.layout().selected(1, 1)).copy_(tensor({7, 8}));  // f32 into f64
  CHECK(numbers(x) == Numbers{9, 7, 9, 9, 8, 9});
  CHECK(message_of([&] {
          x.copy_(zeros({3, 2}));
        }) == "copy_: source [3, 2] must have the shape [2, 3]");
  CHECK(x.size(-1) == 3);
  CHECK(has(message_of([&] { (void)x.size(2); }), "axis 2"));
}

TEST_CASE("large transposed copies in blocks and threads", "[tensor]") {
  const Tensor x = arange(0, 70 * 90, 1, DType::f64).with_layout(Layout::contiguous({70, 90}));
  const Numbers y = numbers(x.with_layout(x.layout().transposed(0, 1)));
  bool right = true;
  for (size_t i = 0; i < 90; ++i)
    for (size_t j = 0; j < 70; ++j) right = right && y[i * 70 + j] == double(j * 90 + i);
  CHECK(right);
}

TEST_CASE("elements", "[tensor]") {
  CHECK(full({1, 1}, 3).item() == 3);
  CHECK(has(message_of([] { (void)zeros({2}).item(); }), "exactly one element"));
  CHECK(has(message_of([] { (void)Tensor{}.item(); }), "undefined"));
  CHECK(has(message_of<std::logic_error>([] { zeros({2}).data<double>(); }), "data<f64>"));
  CHECK(identical(zeros({2}), zeros({2})));
  CHECK_FALSE(identical(zeros({2}), zeros({2}, DType::f64)));
  CHECK_FALSE(identical(zeros({2}), zeros({1, 2})));
  CHECK_FALSE(identical(full({1}, 0.0), full({1}, -0.0)));  // bits, not values
  CHECK(identical(full({1}, NAN), full({1}, NAN)));
  CHECK(identical(Tensor{}, Tensor{}));
  CHECK_FALSE(identical(Tensor{}, zeros({})));
}

TEST_CASE("printing", "[tensor]") {
  CHECK(format(tensor({{1, 2.5}, {-3, 4}})) == "[[  1, 2.5],\n [ -3,   4]]");
  CHECK(format(full({}, 3, DType::i64)) == "3");
  CHECK(format(tensor({1, 0}, DType::boolean)) == "[ true, false]");
  CHECK(format(zeros({0})) == "[]");
  CHECK(format(Tensor{}) == "undefined");
  CHECK(format(arange(0, 100)) == "[ 0,  1,  2, ..., 97, 98, 99]");
  CHECK(format(tensor({1.0 / 3}, DType::f64), 3) == "[0.333]");
  const double huge = std::numeric_limits<double>::infinity();
  CHECK(format(tensor({huge, NAN}, DType::f64)) == "[inf, nan]");
}

}  // namespace tensor_tensor_test
