// SPDX-License-Identifier: MIT
// Dropout: the fraction kept, its independence, and that only position and draw decide.
#include "tests/catch.h"

#include <cmath>
#include <vector>

#include "gradus/autograd/autograd.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/view.h"
#include "kernels/dropout.h"

using namespace gradus;
using namespace gradus::tests;

namespace ops_dropout_test {

std::vector<bool> kept(double p, uint64_t seed, int64_t n) {
  Generator gen(seed);
  std::vector<bool> stays;
  for (double v : dropout(ones({n}), p, true, gen).to_vector<double>()) stays.push_back(v != 0);
  return stays;
}

TEST_CASE("dropout keeps the share 1 - p and the mean", "[dropout]") {
  constexpr int64_t n = 1'000'000;
  for (double p : {0.1, 0.5, 0.3, 0.9, 0.999, 1e-3, 1e-6}) {
    Generator gen(3);
    double sum = 0;
    for (double v : dropout(ones({n}, DType::f64), p, true, gen).to_vector<double>()) {
      if (v != 0 && v != 1 / (1 - p)) FAIL("a factor of " << v);
      sum += v;
    }
    INFO("p = " << p);
    CHECK(std::abs(sum / n - 1) < 4 * std::sqrt(p / (1 - p) / n));  // four standard deviations
  }
}

TEST_CASE("elements are kept independently of neighbours and lanes and draws", "[dropout]") {
  constexpr int64_t n = 1 << 20;
  constexpr double p = 0.3, limit = 4.5 / 1024;  // of a correlation over n pairs
  const std::vector<bool> stays = kept(p, 1, n), other = kept(p, 2, n);
  const auto correlation = [&](const auto& a, const auto& b, size_t lag) {
    double both = 0;
    for (size_t i = 0; i + lag < a.size(); ++i) both += (a[i] - (1 - p)) * (b[i + lag] - (1 - p));
    return both / (p * (1 - p) * static_cast<double>(a.size() - lag));
  };
  for (size_t lag : {1, 2, 3, 8, 15, 16, 17, 32, 64, 127, 128, 129, 256, 2048, 4096}) {
    INFO("lag " << lag);
    CHECK(std::abs(correlation(stays, stays, lag)) < limit);
  }
  CHECK(std::abs(correlation(stays, other, 0)) < limit);
  // Sums over runs of 64 have the variance of a binomial.
  double square = 0;
  for (int64_t i = 0; i < n; i += 64) {
    double run = 0;
    for (int64_t k = 0; k < 64; ++k) run += stays[static_cast<size_t>(i + k)];
    square += (run - 64 * (1 - p)) * (run - 64 * (1 - p));
  }
  CHECK(std::abs(square / (n / 64) / (64 * p * (1 - p)) - 1) < 4.5 * std::sqrt(2.0 / (n / 64)));
}

TEST_CASE("the whole array and one element ask for the same bits", "[dropout]") {
  for (double p : {0.25, 0.1}) {
    Generator gen(9), again(9);
    const std::vector<double> y = dropout(ones({1000}), p, true, gen).to_vector<double>();
    const kernels::Dropout one(p, again.draw());
    for (size_t i = 0; i < y.size(); ++i) CHECK((y[i] != 0) == one.keeps(static_cast<int64_t>(i)));
  }
}

TEST_CASE("dropout does not depend on threads or blocks or strides or dtype", "[dropout]") {
  const auto all = [](DType d) {
    Generator gen(4);
    return dropout(ones({211, 333}, d), 0.4, true, gen);
  };
  const Tensor expected = all(DType::f32);
  const int before = num_threads();
  for (int threads : {1, 2, 3, 8}) {
    set_num_threads(threads);
    CHECK(identical(all(DType::f32), expected));
    const SmallBlocks blocks(16, 4);
    CHECK(identical(all(DType::f32), expected));
  }
  set_num_threads(before);
  const std::vector<double> a = expected.to_vector<double>(),
                            b = all(DType::f64).to_vector<double>();
  for (size_t i = 0; i < a.size(); ++i)
    if ((a[i] != 0) != (b[i] != 0)) FAIL("f64 drops others at " << i);
  Generator gen(4);
  CHECK(identical(dropout(transpose(ones({333, 211}), 0, 1), 0.4, true, gen), expected));
}

TEST_CASE("dropout at its ends", "[dropout]") {
  Generator gen(1);
  const Tensor x = tensor({1, -2, NAN});
  CHECK(dropout(x, 0.5, false, gen).storage() == x.storage());
  CHECK(dropout(x, 0, true, gen).storage() == x.storage());
  CHECK(gen.place().number == 0);  // nothing was drawn
  Tensor leaf = tensor({1, 2, 3}).requires_grad_();
  const Tensor none = dropout(leaf, 1, true, gen);
  CHECK(identical(none.detach(), zeros({3})));
  CHECK(identical(grad(none, leaf, ones({3})), zeros({3})));
  manual_seed(6);
  const Tensor first = dropout(ones({50})), second = dropout(ones({50}));
  manual_seed(6);
  CHECK(identical(dropout(ones({50})), first));
  CHECK(!identical(first, second));
}

}  // namespace ops_dropout_test
