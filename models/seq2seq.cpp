// SPDX-License-Identifier: MIT
// Batches, loss and greedy decoding of models from tokens to tokens.
#include "models/seq2seq.h"

#include <algorithm>

#include "gradus/autograd/node.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus {

Seq2SeqBatch seq2seq_batch(const SpecialTokens& special, std::span<const Tokens> sources,
                           std::span<const Tokens> targets) {
  std::vector<Tokens> inputs, outputs;
  for (const Tokens& target : targets) {
    inputs.push_back(target);
    inputs.back().insert(inputs.back().begin(), special.start);
    outputs.push_back(target);
    outputs.back().push_back(special.end);
  }
  return {pad(sources, special.padding), pad(inputs, special.padding),
          pad(outputs, special.padding)};
}

Tensor id_tensor(const Tokens& ids) {
  Tensor t = Tensor::empty({static_cast<int64_t>(ids.size())}, DType::i64);
  std::copy(ids.begin(), ids.end(), t.mutable_data<int64_t>());
  return t;
}

Tensor Seq2SeqModel::loss_of(const Tensor& logits, const Seq2SeqBatch& batch,
                             double label_smoothing) const {
  return cross_entropy(reshape(logits, {-1, target_vocab()}), reshape(batch.output.ids, {-1}),
                       {.ignore_index = special().padding, .label_smoothing = label_smoothing});
}

std::vector<Tokens> Seq2SeqModel::greedy(const TokenBatch& source, int64_t max_steps) const {
  const NoGrad no_grad;
  const std::unique_ptr<Decoder> speaker = decoder(source);
  const int64_t count = source.ids.size(0);
  std::vector<Tokens> said(static_cast<size_t>(count));
  std::vector<bool> done(said.size());
  Tensor last = full({count}, static_cast<double>(special().start), DType::i64);
  for (int64_t step = 0; step < max_steps; ++step) {
    last = argmax(speaker->next(last), -1);
    bool all_done = true;
    const Tokens tokens = last.to_vector<int64_t>();
    for (size_t b = 0; b < said.size(); ++b) {
      done[b] = done[b] || tokens[b] == special().end;
      if (!done[b]) said[b].push_back(tokens[b]);
      all_done = all_done && done[b];
    }
    if (all_done) break;
  }
  return said;
}

}  // namespace gradus
