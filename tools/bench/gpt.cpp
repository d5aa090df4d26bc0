// SPDX-License-Identifier: MIT
// W5 and W6: one training step of a GPT with AdamW and clipping. W5 has nanoGPT's settings for a
// CPU: 4 layers, width 128, 12 sequences of 64 characters; W6 is GPT-2 small, 4 sequences of 64.
// W8: tokens per second of greedy decoding, 256 tokens with the model of W5 at block 320, and the
// final size of its caches.
#include "models/gpt.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/clip.h"
#include "tools/bench/bench.h"

namespace gradus::tools {
namespace {

struct Size {
  const char* name;
  GptOptions model;
  int64_t B;
  StepFacts facts;
};
constexpr Size small{"W5", {.vocab = 65}, 12, {.warmup = 4, .steps = 40}};
constexpr Size gpt2{"W6",
                    {.vocab = 50257, .d_model = 768, .nhead = 12, .layers = 12, .bias = true},
                    4,
                    {.warmup = 1, .steps = 3}};

// Multiplications and additions of all matrix products, forward and backward, in 1e9.
double gflop(const Size& s) {
  const double C = static_cast<double>(s.model.d_model), T = static_cast<double>(s.model.block);
  const double rows = static_cast<double>(s.B) * T;
  const double layer = 2 * rows * 12 * C * C + 2 * 2 * rows * T * C;
  return 3 *
         (static_cast<double>(s.model.layers) * layer +
          2 * rows * C * static_cast<double>(s.model.vocab)) /
         1e9;
}

Json train(const Size& s, const BenchSettings& settings) {
  manual_seed(0);
  Generator gen(0);
  Gpt model(s.model);
  const std::vector<NamedTensor> parameters = model.named_parameters();
  AdamW optimizer(parameters, {.lr = 1e-3, .beta2 = 0.99, .weight_decay = 0.1});
  const Tensor x = randint(0, s.model.vocab, {s.B, s.model.block}, gen);
  const Tensor y = randint(0, s.model.vocab, {s.B, s.model.block}, gen);
  StepFacts facts = s.facts;
  facts.tokens = static_cast<double>(x.numel());
  facts.gflop = gflop(s);
  facts.parameters = model.count();
  return time_steps(s.name, settings, facts, [&] {
    optimizer.zero_grad();
    const Tensor loss = model.loss(x, y);
    loss.backward();
    clip_grad_norm(parameters, 1);
    optimizer.step();
    loss.item();
  });
}

constexpr int64_t tokens = 256;

// Recomputes the logits of the last `block` tokens for each new token.
void without_cache(const Gpt& model) {
  Tensor ids = zeros({1, 1}, DType::i64);
  for (int64_t i = 0; i < tokens; ++i) {
    const int64_t from = std::max<int64_t>(0, ids.size(1) - model.options.block);
    const Tensor logits = model(narrow(ids, 1, from, ids.size(1) - from));
    ids = cat({ids, unsqueeze(argmax(select(logits, 1, -1), -1), 1)}, 1);
  }
}
Gpt::Memory with_cache(const Gpt& model) {
  Gpt::Memory memory;
  Tensor last = zeros({1, 1}, DType::i64);
  for (int64_t i = 0; i < tokens; ++i) last = unsqueeze(argmax(model.next(last, memory), -1), 1);
  return memory;
}

Json decode(const BenchSettings& settings) {
  const NoGrad no_grad;
  manual_seed(0);
  Gpt short_model({.vocab = 65}), long_model({.vocab = 65, .block = 320});
  short_model.eval();
  long_model.eval();
  Stopwatch watch(1, settings.steps ? settings.steps : 5);
  const auto rate = [&](auto f, const Gpt& model) {
    return rounded(tokens / watch.seconds([&] { f(model); }), 1);
  };
  Json rates;
  rates["nocache_crop64"] = rate(without_cache, short_model);
  rates["nocache"] = rate(without_cache, long_model);
  rates["kvcache"] = rate(with_cache, long_model);
  Json bytes;
  bytes["kvcache"] = with_cache(long_model).bytes();
  const auto more = [&](const char* name, GptOptions o) {  // smaller caches of newer models
    o.vocab = 65;
    o.block = 320;
    Gpt model(o);
    model.eval();
    rates[name] = rate(with_cache, model);
    bytes[name] = with_cache(model).bytes();
  };
  more("one_kv_head", {.num_kv_heads = 1});
  more("linear", {.linear = FeatureMap::elu});
  Json line = bench_line("W8");
  line["tokens_per_s"] = rates;
  line["cache_bytes"] = bytes;
  line["step_ms"] = rounded(1e3 / rates.at("kvcache").number(), 4);
  finish_line(line, watch.misses());
  return line;
}

}  // namespace

const Workload bench_w5{"W5", "training a small GPT",
                        [](const BenchSettings& s) { return train(small, s); }};
const Workload bench_w6{"W6", "training GPT-2 small",
                        [](const BenchSettings& s) { return train(gpt2, s); }};
const Workload bench_w8{"W8", "decoding with it", decode};

}  // namespace gradus::tools
