// SPDX-License-Identifier: MIT
// W7: attention alone, forward and backward, one sample of 8 heads of 64, by length: full, causal,
// causal with a window of 256 keys, and linear.
#include "gradus/ops/attention.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/linear_attention.h"
#include "tools/bench/bench.h"

namespace gradus::tools {
namespace {

constexpr int64_t H = 8, D = 64;
constexpr int64_t lengths[] = {128, 512, 1024, 2048, 4096, 8192};

using Attend = Tensor (*)(const Tensor& q, const Tensor& k, const Tensor& v);
struct Kind {
  const char* name;
  Attend attend;
};
const Kind kinds[] = {
    {"full", [](const Tensor& q, const Tensor& k,
                const Tensor& v) { return scaled_dot_product_attention(q, k, v); }},
    {"causal",
     [](const Tensor& q, const Tensor& k, const Tensor& v) {
       return scaled_dot_product_attention(q, k, v, {.mask = Mask::causal()});
     }},
    {"window",
     [](const Tensor& q, const Tensor& k, const Tensor& v) {
       return scaled_dot_product_attention(q, k, v,
                                           {.mask = Mask::causal() & Mask::window(255, 0)});
     }},
    {"linear_causal", [](const Tensor& q, const Tensor& k, const Tensor& v) {
       return linear_attention(q, k, v, {.mask = Mask::causal()});
     }}};

struct Cost {
  double milliseconds, extra_mb;
};

// The cost of a step; memory is in addition to queries, keys, values and the incoming gradient.
Cost measure(Attend attend, int64_t T, const BenchSettings& settings, Stopwatch& watch) {
  Generator gen(0);
  Tensor q = randn({1, H, T, D}, gen), k = randn({1, H, T, D}, gen), v = randn({1, H, T, D}, gen);
  const Tensor g = randn({1, H, T, D}, gen);
  for (Tensor* x : {&q, &k, &v}) x->requires_grad_();
  const auto step = [&] {
    q.zero_grad();
    k.zero_grad();
    v.zero_grad();
    attend(q, k, v).backward(g);
  };
  const int64_t before = live_bytes();
  reset_peak_bytes();
  step();
  const double extra = static_cast<double>(peak_bytes() - before) / 1048576;
  const int64_t inner = settings.steps ? 1 : std::max<int64_t>(1, 512 / T);
  return {1e3 * watch.seconds(step, inner), extra};
}

Json attention(const BenchSettings& settings) {
  Json line = bench_line("W7"), milliseconds, extra;
  int64_t misses = 0;
  for (const int64_t T : lengths) {
    const std::string length = std::to_string(T);
    const int64_t steps = settings.steps ? settings.steps : T > 2048 ? 3 : 10;
    for (const Kind& kind : kinds) {
      Stopwatch watch(1, steps);
      const Cost c = measure(kind.attend, T, settings, watch);
      milliseconds[kind.name][length] = rounded(c.milliseconds, 3);
      extra[kind.name][length] = rounded(c.extra_mb, 1);
      misses += watch.misses();
    }
  }
  line["step_ms"] = milliseconds.at("full").at("4096");
  line["milliseconds"] = milliseconds;
  line["extra_mb"] = extra;
  finish_line(line, misses);
  return line;
}

}  // namespace

const Workload bench_w7{"W7", "attention alone, by length", attention};

}  // namespace gradus::tools
