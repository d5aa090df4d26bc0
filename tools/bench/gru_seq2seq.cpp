// SPDX-License-Identifier: MIT
// W2: one training step of a GRU encoder-decoder with additive attention on copying: 32 sequences
// of 3 to 7 letters, embeddings of 32, states of 64, Adam.
#include "gradus/optim/adam.h"
#include "models/seq2seq_recurrent.h"
#include "tools/bench/bench.h"

namespace gradus::tools {
namespace {

constexpr int64_t V = 11, E = 32, H = 64, B = 32, S = 7;

// Multiplications and additions of all matrix products, forward and backward, in 1e9.
double gflop() {
  const double encoder = 2.0 * B * S * (3 * H * (E + H) + H * H);  // and the keys' projection
  const double step = 2.0 * B * (3 * H * (E + 2 * H) + H * H + 2 * S * H + H * V);
  return 3 * (encoder + (S + 1) * step) / 1e9;
}

Json run(const BenchSettings& settings) {
  manual_seed(0);
  Generator gen(0);
  RecurrentSeq2Seq model({.source_vocab = V, .target_vocab = V, .embed_dim = E, .hidden_size = H});
  Adam optimizer(model.named_parameters(), {.lr = 1e-3});
  StepFacts facts{.gflop = gflop(), .parameters = model.count(), .warmup = 30, .steps = 300};
  std::vector<Seq2SeqBatch> batches;
  for (int n = 0; n < 8; ++n) {
    std::vector<Tokens> sequences;
    for (int64_t b = 0; b < B; ++b) {
      sequences.emplace_back(static_cast<size_t>(b == 0 ? S : 3 + gen.below(5)));
      for (int64_t& token : sequences.back()) token = 3 + gen.below(V - 3);
      facts.tokens += static_cast<double>(sequences.back().size() + 1) / 8;
    }
    batches.push_back(seq2seq_batch(model.special(), sequences, sequences));
  }
  size_t next = 0;
  return time_steps("W2", settings, facts, [&] {
    const Tensor loss = model.loss(batches[next++ % 8]);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    loss.item();
  });
}

}  // namespace

const Workload bench_w2{"W2", "training a GRU encoder-decoder", run};

}  // namespace gradus::tools
