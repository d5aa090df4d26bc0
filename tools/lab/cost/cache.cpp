// SPDX-License-Identifier: MIT
// Decoding with a cache of keys and values: the same numbers, without computing them again.
#include <algorithm>
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/ops/view.h"
#include "models/gpt.h"
#include "tools/bench/bench.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_cache {

constexpr int64_t vocabulary = 20, model = 64, layers = 2, steps = 40;

Gpt small_model() {
  Gpt gpt({.vocab = vocabulary, .block = 512, .d_model = model, .nhead = 4, .layers = layers});
  gpt.eval();
  return gpt;
}

// The counter-experiment starts with an empty cache at each step.
void decode(Experiment& e, const Gpt& gpt, const Tensor& ids) {
  Gpt::Memory memory;
  double difference = 0, bytes_off = 0;
  Table table{.columns = {{"steps t", 0}, {"bytes of the cache", 0}, {"2 t d layers × 8", 0}}};
  const Tensor all = gpt(narrow(ids, 1, 0, steps));
  for (int64_t t = 0; t < steps; ++t) {
    if (e.broken()) memory = {};
    const Tensor next = gpt.next(narrow(ids, 1, t, 1), memory);
    difference = std::max(difference, largest_difference(next, select(all, 1, t)));
    const auto bytes = static_cast<double>(memory.bytes());
    const auto formula = static_cast<double>(2 * (t + 1) * model * layers * 8);
    bytes_off += std::abs(bytes - formula);
    if ((t + 1) % 10 == 0) table.rows.push_back({static_cast<double>(t + 1), bytes, formula});
  }
  e.table(table);
  e.below(53, "logits with the cache − all at once, 40 steps", difference, 1e-12);
  e.equal(53, "bytes of the cache − 2 t d layers × 8", bytes_off, 0);
}

// Milliseconds for one more token after `length` tokens.
void time_steps(Experiment& e, const Gpt& gpt, const Tensor& ids) {
  const OneThread alone;
  LineChart chart{.title = "time for one more token",
                  .x_axis = "tokens so far",
                  .y_axis = "milliseconds",
                  .lines = {{"with the cache"}, {"all computed again"}}};
  Stopwatch watch(1, 5);
  double with = 0, without = 0;
  for (int64_t length : {32, 128, 256, 400}) {
    Gpt::Memory filled;
    gpt.next(narrow(ids, 1, 0, length), filled);
    const Tensor one = narrow(ids, 1, length, 1), whole = narrow(ids, 1, 0, length + 1);
    with = 1e3 * watch.seconds([&] {
      Gpt::Memory copy = filled;
      gpt.next(one, copy);
    });
    without = 1e3 * watch.seconds([&] { gpt(whole); });
    for (auto& line : chart.lines) line.x.push_back(static_cast<double>(length));
    chart.lines[0].y.push_back(with);
    chart.lines[1].y.push_back(without);
  }
  e.chart(chart);
  e.above(53, "400 tokens: time without / with the cache", without / with, 5);
}

void run(Experiment& e) {
  const NoGrad no_grad;
  const Gpt gpt = small_model();
  Generator gen(e.seed(), 1);
  const Tensor ids = randint(0, vocabulary, {1, 512}, gen);
  decode(e, gpt, ids);
  time_steps(e, gpt, ids);
}

}  // namespace lab_cache

LabPage cache_page() {
  return {.name = "cache",
          .chapter = "cost",
          .title = "The cache of keys and values",
          .items = {53},
          .claim =
              "A causal model never changes the keys and values of earlier steps. Kept in a cache, "
              "each new token costs one row of attention instead of the whole matrix, and the "
              "numbers are the same.",
          .formula =
              "K ← [K; k_t]        V ← [V; v_t]        y_t = softmax(q_t Kᵀ / √d) V\n"
              "memory: 2 t d layers numbers        time of a step: t d, instead of t² d",
          .breaks = "the cache is emptied before each step",
          .read = {{"include/gradus/nn/attention.h", "struct KeyValueCache"},
                   {"models/gpt.cpp", "Tensor Gpt::next("}},
          .next = "lab tiles",
          .questions =
              {{"Could an encoder without a causal mask use such a cache?",
                "No. Each new token would change the outputs of all earlier ones, and with them "
                "the keys and values of the next layer."},
               {"A model of 32 layers is 4,096 wide. How large is its cache at 8,192 tokens, in "
                "16-bit numbers?",
                "2 × 8,192 × 4,096 × 32 numbers of 2 bytes: 4 GiB, for each text. Therefore models "
                "share keys and values among several query heads."}},
          .run = lab_cache::run};
}

}  // namespace gradus::tools
