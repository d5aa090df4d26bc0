// SPDX-License-Identifier: MIT
// W9: single ops, small and large, forward and with backward; matrix products; Adam over ten
// million parameters; and the overhead of an op on eight elements. Median times in microseconds;
// for "dispatch" and "chain" in nanoseconds per op.
#include <span>
#include <string>

#include "gradus/autograd/autograd.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "tools/bench/bench.h"

namespace gradus::tools {
namespace {

using Function = std::function<Tensor(std::span<const Tensor>)>;

class W9 {
 public:
  explicit W9(int64_t steps) : watch_(3, steps) {}

  Json run() {
    line_ = bench_line("W9");
    ops(256, 64, 200);
    ops(2048, 2048, 1);
    tables();
    products();
    adam();
    dispatch();
    finish_line(line_, watch_.misses());
    return std::move(line_);
  }

 private:
  void put(const std::string& key, double seconds, double unit, int digits) {
    line_[key] = rounded(seconds * unit, digits);
  }

  // Measures forward without a graph, then forward and backward into all inputs with gradients.
  void bench(const std::string& name, std::vector<Tensor> in, const Function& f, int64_t inner) {
    {
      const NoGrad no_grad;
      put(name + "_fwd_us", watch_.seconds([&] { f(in); }, inner), 1e6, 2);
    }
    std::vector<Tensor> leaves;
    for (Tensor& x : in)
      if (is_float(x.dtype())) leaves.push_back(x.requires_grad_());
    const Tensor dy = ones_like(f(in));
    const auto both = [&] {
      const Tensor y = f(in);
      grad({&y, 1}, leaves, {&dy, 1});
    };
    put(name + "_fwdbwd_us", watch_.seconds(both, inner), 1e6, 2);
  }

  Tensor normal(const Shape& shape) { return randn(shape, gen_, DType::f32); }

  void ops(int64_t n, int64_t k, int64_t inner) {
    const std::string size = text({"_", n, "x", k});
    using In = std::span<const Tensor>;
    const auto one = [&](const char* name, const Function& f) {
      bench(name + size, {normal({n, k})}, f, inner);
    };
    bench(
        "add" + size, {normal({n, k}), normal({n, k})}, [](In in) { return add(in[0], in[1]); },
        inner);
    one("gelu", [](In in) { return gelu(in[0]); });
    one("tanh", [](In in) { return tanh(in[0]); });
    one("exp", [](In in) { return exp(in[0]); });
    one("softmax", [](In in) { return softmax(in[0], -1); });
    bench(
        "layernorm" + size, {normal({n, k}), normal({k}), normal({k})},
        [k](In in) { return layer_norm(in[0], {k}, in[1], in[2]); }, inner);
    one("sum", [](In in) { return sum(in[0]); });
    bench(
        "biasadd" + size, {normal({n, k}), normal({k})}, [](In in) { return add(in[0], in[1]); },
        inner);
    one("dropout", [](In in) { return dropout(in[0], 0.1); });
    one("transpose_copy", [](In in) { return contiguous(transpose(in[0], 0, 1)); });
  }

  void tables() {
    using In = std::span<const Tensor>;
    const Tensor target = randint(0, 8000, {2048}, gen_), ids = randint(0, 8000, {2048}, gen_);
    bench(
        "cross_entropy_2048x8000", {normal({2048, 8000})},
        [&](In in) { return cross_entropy(in[0], target); }, 1);
    bench(
        "embedding_8000x512_2048ids", {normal({8000, 512})},
        [&](In in) { return embedding(ids, in[0]); }, 1);
  }

  void products() {
    using In = std::span<const Tensor>;
    for (const auto& [n, inner] : {std::pair{8, 5000}, {64, 200}, {512, 1}, {1024, 1}})
      bench(
          text({"matmul_", n}), {normal({n, n}), normal({n, n})},
          [](In in) { return matmul(in[0], in[1]); }, inner);
    bench(
        "linear_640x128x512", {normal({640, 128}), normal({512, 128}), normal({512})},
        [](In in) { return linear(in[0], in[1], in[2]); }, 20);
  }

  void adam() {
    std::vector<NamedTensor> parameters;
    for (int i = 0; i < 100; ++i) {
      parameters.push_back({text({"p", i}), normal({100'000}).requires_grad_()});
      parameters.back().tensor.set_grad(normal({100'000}));
    }
    Adam optimizer(parameters);
    put("adam_10M_us", watch_.seconds([&] { optimizer.step(); }), 1e6, 1);
  }

  // A chain of 1,000 ops on eight elements.
  template <class F> void chain(const std::string& name, F f) {
    constexpr int length = 1000;
    const Tensor x = normal({8}), dy = ones({8}, DType::f32);
    const auto run = [&](const Tensor& start) {
      Tensor z = start;
      for (int i = 0; i < length; ++i) z = f(z);
      return z;
    };
    {
      const NoGrad no_grad;
      put("chain_" + name + "_nograd_ns", watch_.seconds([&] { run(x); }) / length, 1e9, 1);
    }
    Tensor leaf = x.clone_data().requires_grad_();
    put("chain_" + name + "_grad_fwd_ns", watch_.seconds([&] { run(leaf); }) / length, 1e9, 1);
    put("chain_" + name + "_fwdbwd_ns", watch_.seconds([&] { run(leaf).backward(dy); }) / length,
        1e9, 1);
  }

  void dispatch() {
    const Tensor x = normal({8}), y = normal({8}), w = normal({8, 8});
    {
      const NoGrad no_grad;
      put("dispatch_add8_fwd_ns", watch_.seconds([&] { add(x, y); }, 5000), 1e9, 1);
      put("dispatch_mm8_fwd_ns", watch_.seconds([&] { matmul(w, w); }, 5000), 1e9, 1);
    }
    chain("mul", [&](const Tensor& z) { return z * y; });
    chain("tanh", [&](const Tensor& z) { return tanh(z); });
    chain("add", [&](const Tensor& z) { return z + y; });
  }

  Stopwatch watch_;
  Generator gen_{0};
  Json line_{};
};

Json run(const BenchSettings& s) { return W9(s.steps ? s.steps : 31).run(); }

}  // namespace

const Workload bench_w9{"W9", "single ops, Adam, overhead of an op", run};

}  // namespace gradus::tools
