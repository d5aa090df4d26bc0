// SPDX-License-Identifier: MIT
// The tiled attention kernels against the plain ones of kernels/attention_plain.h.
#include <cmath>
#include <string>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/base/random.h"
#include "kernels/attention_backward.h"
#include "tests/catch.h"

#pragma GCC diagnostic ignored "-Wpsabi"  // a note on vectors of 64 bytes, without optimisation

using namespace gradus;
using namespace gradus::kernels;

namespace kernels_attention_test {

template <class T> std::vector<T> numbers(int64_t n, uint64_t seed) {
  Generator gen(seed);
  const Draw draw = gen.draw();
  std::vector<T> v(static_cast<size_t>(n));
  for (size_t i = 0; i < v.size(); ++i) v[i] = static_cast<T>(2 * draw.uniform(i) - 1);
  return v;
}

template <class T> Heads<T> heads(T* data, int64_t count, int64_t rows, int64_t width) {
  return {data, count * rows * width, rows * width, width};
}

// The largest difference; infinite for two infinities of unlike sign, or one that is NaN.
template <class T> double worst(const std::vector<T>& a, const std::vector<T>& b) {
  double gap = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    gap = d > gap || std::isnan(d) ? d : gap;
  }
  return gap;
}

// The gradients by their formulas: dw_j = dy_i . v_j, ds_j = w_j (dw_j - sum_k w_k dw_k),
// dq_i = scale sum_j ds_j k_j, dk_j = scale sum_i ds_j q_i, dv_j = sum_i w_j dy_i.
template <class T>
void plain_attention_backward(const AttentionSizes& z, const Scoring<T>& rule,
                              const Heads<const T>& q, const Heads<const T>& k,
                              const Heads<const T>& v, const Heads<const T>& dy, const Heads<T>& dq,
                              const Heads<T>& dk, const Heads<T>& dv) {
  std::vector<T> w(size_t(z.S)), dw(size_t(z.S));
  for (int64_t row = 0; row < z.B * z.H * z.T; ++row) {
    const int64_t b = row / (z.H * z.T), h = row / z.T % z.H, i = row % z.T, g = h / z.group;
    plain_weights(z, rule, b, h, i, q, k, w.data());
    T mean = 0;
    for (int64_t j = 0; j < z.S; ++j) {
      dw[size_t(j)] = 0;
      for (int64_t c = 0; c < z.V; ++c)
        dw[size_t(j)] += dy.at(b, h)[i * dy.row + c] * v.at(b, g)[j * v.row + c];
      mean += w[size_t(j)] * dw[size_t(j)];
    }
    for (int64_t j = 0; j < z.S; ++j) {
      const T weight = w[size_t(j)], ds = rule.scale * weight * (dw[size_t(j)] - mean);
      for (int64_t c = 0; c < z.D; ++c) {
        dq.at(b, h)[i * dq.row + c] += ds * k.at(b, g)[j * k.row + c];
        dk.at(b, g)[j * dk.row + c] += ds * q.at(b, h)[i * q.row + c];
      }
      for (int64_t c = 0; c < z.V; ++c)
        dv.at(b, g)[j * dv.row + c] += weight * dy.at(b, h)[i * dy.row + c];
    }
  }
}

struct Case {
  std::string name;
  AttentionSizes z;
  MaskView mask{};
  bool bias = false, slopes = false;
};

template <class T> struct Result {
  std::vector<T> y, lse, dq, dk, dv;
  explicit Result(const AttentionSizes& z)
      : y(size_t(z.B * z.H * z.T * z.V)),
        lse(size_t(z.B * z.H * z.T)),
        dq(size_t(z.B * z.H * z.T * z.D)),
        dk(size_t(z.B * z.H / z.group * z.S * z.D)),
        dv(size_t(z.B * z.H / z.group * z.S * z.V)) {}
};

template <class T> void check_case(const Case& c, const Scoring<T>& rule, double limit) {
  const AttentionSizes& z = c.z;
  const int64_t G = z.H / z.group;
  Result<T> plain(z), tiled(z);
  const auto q = numbers<T>(int64_t(plain.dq.size()), 1),
             k = numbers<T>(int64_t(plain.dk.size()), 2);
  const auto v = numbers<T>(int64_t(plain.dv.size()), 3),
             dy = numbers<T>(int64_t(plain.y.size()), 4);
  const Heads<const T> qh = heads(q.data(), z.H, z.T, z.D), kh = heads(k.data(), G, z.S, z.D);
  const Heads<const T> vh = heads(v.data(), G, z.S, z.V), dyh = heads(dy.data(), z.H, z.T, z.V);
  std::vector<T> w(size_t(z.S));
  plain_attention(z, rule, qh, kh, vh, heads(plain.y.data(), z.H, z.T, z.V), plain.lse.data(),
                  w.data());
  plain_attention_backward(z, rule, qh, kh, vh, dyh, heads(plain.dq.data(), z.H, z.T, z.D),
                           heads(plain.dk.data(), G, z.S, z.D),
                           heads(plain.dv.data(), G, z.S, z.V));
  const auto workers = size_t(num_threads());
  std::vector<T> scratch(workers * size_t(attention_scratch(z)));
  attention(z, rule, qh, kh, vh, heads(tiled.y.data(), z.H, z.T, z.V), tiled.lse.data(),
            scratch.data());
  scratch.resize(workers * size_t(attention_backward_scratch(z)));
  const AttentionBackward<T> tensors{qh,
                                     kh,
                                     vh,
                                     heads<const T>(tiled.y.data(), z.H, z.T, z.V),
                                     dyh,
                                     tiled.lse.data(),
                                     heads(tiled.dq.data(), z.H, z.T, z.D),
                                     heads(tiled.dk.data(), G, z.S, z.D),
                                     heads(tiled.dv.data(), G, z.S, z.V),
                                     nullptr};
  attention_backward(z, rule, tensors, scratch.data());
  CHECK(worst(plain.y, tiled.y) <= limit);
  CHECK(worst(plain.lse, tiled.lse) <= limit);
  CHECK(worst(plain.dq, tiled.dq) <= limit);
  CHECK(worst(plain.dk, tiled.dk) <= limit);
  CHECK(worst(plain.dv, tiled.dv) <= limit);
}

template <class T> void check_case(const Case& c, double limit) {
  const std::vector<int64_t> lengths = {c.z.S / 2, c.z.S};
  const auto bias = numbers<T>(c.z.T * c.z.S, 9);
  const std::vector<double> slopes = {0.5, 0.25, 0.125, 0.0625};
  Scoring<T> rule{.scale = T(0.4), .mask = c.mask};
  rule.mask.keys = c.z.S;
  if (rule.mask.length_stride) rule.mask.lengths = lengths.data();
  if (c.bias) {
    rule.bias = bias.data();
    rule.bias_strides[2] = c.z.S;
    rule.bias_strides[3] = 1;
  }
  if (c.slopes) rule.slopes = slopes.data();
  check_case<T>(c, rule, limit);
}

TEST_CASE("tiled attention equals plain attention", "[attention]") {
  const std::vector<Case> cases = {
      {"one of each", {1, 1, 1, 1, 1, 1}},
      {"one tile", {2, 2, 5, 7, 4, 3}},
      {"a tile and one more", {1, 2, 65, 65, 8, 8}, {.causal = true}},
      {"several tiles", {1, 1, 300, 200, 16, 16}},
      {"shared heads", {2, 4, 20, 70, 8, 8, 2}},
      {"no key for the first queries", {1, 1, 9, 6, 4, 4}, {.causal = true, .offset = -3}},
      {"a window", {1, 2, 150, 150, 8, 8}, {.window = true, .low = -20, .high = 10}},
      {"lengths", {2, 2, 70, 130, 8, 8}, {.length_stride = 1}},
      {"a bias and slopes", {1, 4, 30, 90, 8, 8}, {.causal = true, .offset = 60}, true, true}};
  for (const Case& c : cases) {
    INFO(c.name);
    check_case<double>(c, 1e-12);
    check_case<float>(c, 2e-5);
  }
}

}  // namespace kernels_attention_test
