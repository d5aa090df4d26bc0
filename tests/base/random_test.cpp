// SPDX-License-Identifier: MIT
// Random numbers: the authors' own test vectors, and plain statistics.
#include "tests/catch.h"

#include <cmath>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/tensor/tensor.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("Threefry4x32-20 of the test vectors of Random123", "[random]") {
  CHECK(threefry<>({0, 0, 0, 0}, {0, 0, 0, 0}) ==
        Words4{0x9c6ca96a, 0xe17eae66, 0xfc10ecd4, 0x5256a7d8});
  constexpr uint32_t f = 0xffffffff;
  CHECK(threefry<>({f, f, f, f}, {f, f, f, f}) ==
        Words4{0x2a881696, 0x57012287, 0xf6c7446e, 0xa16a6732});
  CHECK(threefry<>({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                   {0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89}) ==
        Words4{0x59cd1dbb, 0xb8879579, 0x86b5d00c, 0xac8b6d84});
}

TEST_CASE("a generator is its seed and its stream and its position", "[random]") {
  Generator a(7), b(7), other_seed(8), other_stream(7, 1);
  const double first = a.uniform();
  CHECK(b.uniform() == first);
  CHECK(other_seed.uniform() != first);
  CHECK(other_stream.uniform() != first);
  const Draw place = a.place();
  const double second = a.normal();
  CHECK(a.normal() != second);
  a.restore(place);
  CHECK(a.normal() == second);
  manual_seed(3);
  const double third = default_generator().uniform();
  manual_seed(3);
  CHECK(default_generator().uniform() == third);
}

TEST_CASE("random tensors do not depend on the threads", "[random]") {
  const int before = num_threads();
  std::vector<Tensor> made;
  for (const int threads : {1, 3, 8}) {
    set_num_threads(threads);
    Generator gen(5);
    made.push_back(randn({3, 5000}, gen));
    made.push_back(rand({20'001}, gen, DType::f64));
  }
  set_num_threads(before);
  for (size_t i = 2; i < made.size(); ++i) CHECK(identical(made[i], made[i % 2]));
}

TEST_CASE("random tensors contain the numbers of a draw", "[random]") {
  for (const int64_t n : {1, 2, 31, 32, 33, 20'001}) {
    INFO(n << " elements");
    Generator gen(13, 4);
    const Draw normal = gen.place();
    const auto f64 = randn({n}, gen, DType::f64).to_vector<double>();
    gen.restore(normal);
    const auto f32 = randn({n}, gen).to_vector<double>();
    const Draw uniform = gen.place();
    const auto unit = rand({n}, gen, DType::f64).to_vector<double>();
    int64_t different = 0;
    for (int64_t i = 0; i < n; ++i) {
      const auto at = static_cast<size_t>(i);
      const auto number = static_cast<uint64_t>(i);
      different += f64[at] != normal.normal(number);
      different += f32[at] != static_cast<double>(static_cast<float>(normal.normal(number)));
      different += unit[at] != uniform.uniform(number);
    }
    CHECK(different == 0);
  }
}

TEST_CASE("moments and bounds", "[random]") {
  Generator gen(11);
  const double n = 200'000;
  double sum = 0, square = 0, third = 0, fourth = 0;
  for (double v : randn({200'000}, gen, DType::f64).to_vector<double>()) {
    sum += v;
    square += v * v;
    third += v * v * v;
    fourth += v * v * v * v;
  }
  CHECK(std::abs(sum / n) < 5 / std::sqrt(n));
  CHECK(std::abs(square / n - 1) < 5 * std::sqrt(2 / n));
  CHECK(std::abs(third / n) < 5 * std::sqrt(15 / n));
  CHECK(std::abs(fourth / n - 3) < 5 * std::sqrt(96 / n));
  double mean = 0, low = 1, high = 0;
  for (double v : rand({200'000}, gen).to_vector<double>()) {
    mean += v / n;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  CHECK(std::abs(mean - 0.5) < 5 / std::sqrt(12 * n));
  CHECK(low >= 0);
  CHECK(high < 1);
  std::vector<int> count(7);
  for (int64_t v : randint(-3, 4, {70'000}, gen).to_vector<int64_t>()) {
    REQUIRE(v >= -3);
    REQUIRE(v < 4);
    ++count[static_cast<size_t>(v + 3)];
  }
  for (int c : count) CHECK(std::abs(c - 10'000) < 5 * std::sqrt(10'000.0));
}

TEST_CASE("random numbers: invalid settings", "[random]") {
  Generator gen(0);
  CHECK(has(message_of([&] { gen.below(0); }), "must be positive"));
  CHECK(has(message_of([&] { randint(3, 3, {2}, gen); }), "randint: no integer"));
  CHECK(has(message_of([&] { randn({2}, gen, DType::i64); }), "randn: dtype i64"));
  CHECK(has(message_of([&] { rand({2}, gen, DType::boolean); }), "rand: dtype bool"));
}
