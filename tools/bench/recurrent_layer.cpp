// SPDX-License-Identifier: MIT
// W10: one GRU or LSTM layer, forward and backward: 32 sequences of 50 steps, width 128.
#include "gradus/autograd/autograd.h"
#include "gradus/nn/recurrent.h"
#include "tools/bench/bench.h"

namespace gradus::tools {
namespace {

constexpr int64_t B = 32, T = 50, H = 128;

template <class M> Json run(const char* name, int gates, const BenchSettings& settings) {
  manual_seed(0);
  Generator gen(0);
  M layer(RecurrentLayerOptions{.input_size = H, .hidden_size = H, .batch_first = false});
  Tensor x = randn({T, B, H}, gen);
  const Tensor dy = randn({T, B, H}, gen);
  x.requires_grad_();
  // Two products of [T B, H] by [H, gates H], each once forward and twice backward.
  const StepFacts facts{.tokens = T * B,
                        .gflop = 3 * 2 * 2.0 * T * B * H * gates * H / 1e9,
                        .parameters = layer.count(),
                        .warmup = 4,
                        .steps = 40};
  return time_steps(name, settings, facts, [&] {
    layer.zero_grad();
    x.set_grad({});
    layer(x).output.backward(dy);
  });
}

}  // namespace

const Workload bench_w10_gru{"W10-gru", "a GRU layer",
                             [](const BenchSettings& s) { return run<GRU>("W10-gru", 3, s); }};
const Workload bench_w10_lstm{"W10-lstm", "an LSTM layer",
                              [](const BenchSettings& s) { return run<LSTM>("W10-lstm", 4, s); }};

}  // namespace gradus::tools
