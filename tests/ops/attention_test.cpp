// SPDX-License-Identifier: MIT
// Attention of long sequences: memory linear in the length, windows over many tiles; hidden keys in
// linear attention.
#include "gradus/ops/attention.h"
#include "gradus/autograd/node.h"
#include "gradus/base/memory.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/linear_attention.h"
#include "gradus/ops/view.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace ops_attention_test {

// Bytes that forward and backward take besides q, k, v and the incoming gradient.
template <class Attend> int64_t extra_bytes(int64_t H, int64_t T, int64_t D, Attend attend) {
  Generator gen(1);
  Tensor q = randn({1, H, T, D}, gen), k = randn({1, H, T, D}, gen), v = randn({1, H, T, D}, gen);
  const Tensor dy = randn({1, H, T, D}, gen);
  for (Tensor* x : {&q, &k, &v}) x->requires_grad_();
  const int64_t before = live_bytes();
  reset_peak_bytes();
  attend(q, k, v).backward(dy);
  return peak_bytes() - before;
}

Tensor full(const Tensor& q, const Tensor& k, const Tensor& v) {
  return scaled_dot_product_attention(q, k, v);
}
Tensor causal(const Tensor& q, const Tensor& k, const Tensor& v) {
  return scaled_dot_product_attention(q, k, v, {.mask = Mask::causal()});
}
Tensor window(const Tensor& q, const Tensor& k, const Tensor& v) {
  return scaled_dot_product_attention(q, k, v, {.mask = Mask::causal() & Mask::window(100, 0)});
}
Tensor linear(const Tensor& q, const Tensor& k, const Tensor& v) {
  return linear_attention(q, k, v, {.mask = Mask::causal()});
}

TEST_CASE("8 heads of 64 at length 8192: forward and backward in less than 200 MB", "[ops]") {
  CHECK(extra_bytes(8, 8192, 64, causal) < 200 * 1000 * 1000);
  CHECK(extra_bytes(8, 8192, 64, linear) < 200 * 1000 * 1000);
}

TEST_CASE("memory of attention is linear in the length", "[ops]") {
  for (const auto attend : {full, causal, window, linear}) {
    const auto one = static_cast<double>(extra_bytes(2, 1024, 16, attend));
    const auto four = static_cast<double>(extra_bytes(2, 4096, 16, attend));
    CHECK(four < 4.2 * one);
  }
}

TEST_CASE("a long window equals its mask matrix forward and backward", "[ops]") {
  Tensor q = input({2, 300, 8}), k = input({2, 310, 8}, 2), v = input({2, 310, 8}, 3);
  const Tensor dy = input({2, 300, 8}, 4);
  for (Tensor* x : {&q, &k, &v}) x->requires_grad_();
  const Mask padding = Mask::padding({310, 201});
  for (const Mask& mask : {Mask::window(70, 3, 10) & padding, Mask::window(0, 0) & padding,
                           Mask::window(5, 5, 200), Mask::causal() & Mask::window(64, 0)}) {
    const Mask dense = Mask::allowed(mask.dense(2, 1, 300, 310));
    std::vector<Tensor> grads[2];
    Tensor y[2];
    for (int i : {0, 1}) {
      for (Tensor* x : {&q, &k, &v}) x->zero_grad();
      y[i] = scaled_dot_product_attention(q, k, v, {.mask = i ? dense : mask});
      y[i].backward(dy);
      for (Tensor* x : {&q, &k, &v}) grads[i].push_back(x->grad().clone_data());
    }
    check_equal(y[0], y[1]);
    for (size_t g = 0; g < 3; ++g) check_equal(grads[0][g], grads[1][g]);
  }
}

TEST_CASE("long linear attention equals its quadratic form and continues from a state", "[ops]") {
  Tensor q = input({2, 300, 8}), k = input({2, 300, 8}, 2), v = input({2, 300, 5}, 3);
  const NoGrad no_grad;
  const Tensor whole = linear_attention(q, k, v, {.mask = Mask::causal()});
  Tensor state;
  for (const auto& [from, count] :
       std::vector<std::pair<int64_t, int64_t>>{{0, 1}, {1, 130}, {131, 64}, {195, 105}}) {
    const auto part = [&, begin = from, n = count](const Tensor& x) {
      return narrow(x, 1, begin, n);
    };
    check_equal(
        linear_attention(part(q), part(k), part(v), {.mask = Mask::causal(), .state = &state}),
        part(whole));
  }
  CHECK(state.shape() == Shape{2, 1, 8, 6});
}

TEST_CASE("linear attention: hidden keys are never read and get gradient 0", "[ops]") {
  Tensor q = input({3, 70, 4}), k = input({3, 70, 4}, 2), v = input({3, 70, 4}, 3);
  const std::vector<int64_t> lengths = {70, 5, 0};
  for (const bool causal : {false, true}) {
    const Mask mask = causal ? Mask::causal() & Mask::padding(lengths) : Mask::padding(lengths);
    Tensor nk = k.clone_data(), nv = v.clone_data();
    for (int64_t b = 0; b < 3; ++b)
      for (int64_t e = lengths[static_cast<size_t>(b)] * 4; e < 280; ++e)
        nk.mutable_data<double>()[b * 280 + e] = nv.mutable_data<double>()[b * 280 + e] = NAN;
    for (Tensor* x : {&q, &nk, &nv}) {
      x->zero_grad();
      x->requires_grad_();
    }
    const Tensor y = linear_attention(q, nk, nv, {.mask = mask});
    check_equal(y, linear_attention(q.detach(), k, v, {.mask = mask}), 0);
    y.backward(input({3, 70, 4}, 4));
    const std::vector<double> out = y.to_vector<double>(), dq = q.grad().to_vector<double>();
    const std::vector<double> dk = nk.grad().to_vector<double>();
    const std::vector<double> dv = nv.grad().to_vector<double>();
    for (int64_t b = 0; b < 3; ++b)
      for (int64_t e = 0; e < 280; ++e) {
        const auto at = static_cast<size_t>(b * 280 + e);
        const bool hidden = e >= lengths[static_cast<size_t>(b)] * 4;
        if (hidden) CHECK((dk[at] == 0 && dv[at] == 0));
        if (b == 2) CHECK((out[at] == 0 && dq[at] == 0));
        CHECK(std::isfinite(dq[at] + dk[at] + dv[at]));
      }
  }
}

TEST_CASE("linear attention has no positions: reordered keys give the same", "[ops]") {
  const Tensor q = input({2, 90, 4}), k = input({2, 130, 4}, 2), v = input({2, 130, 3}, 3);
  std::vector<int64_t> order;
  for (int64_t i = 0; i < 130; ++i) order.push_back(i * 37 % 130);
  const Tensor turned = linear_attention(q, index_select(k, 1, order), index_select(v, 1, order));
  check_equal(linear_attention(q, k, v), turned);
}

TEST_CASE("linear attention in f32 is accurate up to its limit and gives NaN beyond it", "[ops]") {
  const auto run = [](double size, DType dtype) {
    Generator gen(5);
    Tensor q = randn({1, 2, 70, 16}, gen, DType::f64), k = randn({1, 2, 90, 16}, gen, DType::f64);
    Tensor v = randn({1, 2, 90, 16}, gen, DType::f64);
    const Tensor dy = randn({1, 2, 70, 16}, gen, DType::f64).to(DType::f32).to(dtype);
    q = mul(q, size).to(DType::f32).to(dtype).clone_data().requires_grad_();
    k = mul(k, size).to(DType::f32).to(dtype).clone_data().requires_grad_();
    v = v.to(DType::f32).to(dtype).clone_data().requires_grad_();
    const Tensor y = linear_attention(q, k, v);
    y.backward(dy);
    return std::vector<Tensor>{y.detach(), q.grad(), k.grad(), v.grad()};
  };
  for (const double size : {1.0, 1e10, 1e18, 1e20, 1e25}) {
    const std::vector<Tensor> narrow = run(size, DType::f32), wide = run(size, DType::f64);
    for (size_t i = 0; i < wide.size(); ++i) {
      INFO("size " << size << ", result " << i);
      double largest = 0;
      for (double x : wide[i].to_vector<double>()) largest = std::max(largest, std::abs(x));
      CHECK(worst_gap(narrow[i].to(DType::f64), wide[i]) <= 1e-5 * largest);
    }
  }
  for (double x : run(2e37, DType::f32)[0].to_vector<double>()) CHECK(std::isnan(x));
}

}  // namespace ops_attention_test
