// SPDX-License-Identifier: MIT
// Batches, loss and greedy decoding of sequence-to-sequence models.
#include "models/seq2seq.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "gradus/autograd/node.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/view.h"
#include "gradus/train/stop.h"

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

void reorder_rows(Tensor& t, const std::vector<int64_t>& rows) {
  const int64_t before = t.size(0), after = std::ssize(rows);
  if (after > before || grad_enabled()) {
    t = index_select(t, 0, rows);
    return;
  }
  std::vector<int64_t> readers(static_cast<size_t>(before));  // that have not read a row yet
  for (int64_t from : rows) ++readers.at(static_cast<size_t>(from));
  std::map<int64_t, Tensor> saved;  // rows that are replaced before their last reader
  for (int64_t i = 0; i < after; ++i) {
    const int64_t from = rows[static_cast<size_t>(i)];
    --readers[static_cast<size_t>(from)];
    if (from == i) continue;
    Tensor to = select(t, 0, i);
    if (readers[static_cast<size_t>(i)] > 0) saved[i] = to.clone_data();
    const auto found = saved.find(from);
    to.copy_(found == saved.end() ? select(t, 0, from) : found->second);
  }
  if (after < before) t = narrow(t, 0, 0, after);
}

int64_t likeliest_token(std::span<const double> row, const SpecialTokens& special) {
  int64_t best = -1;
  for (int64_t token = 0; token < static_cast<int64_t>(row.size()); ++token) {
    if (token == special.padding || token == special.start) continue;
    const double value = row[static_cast<size_t>(token)];
    if (std::isnan(value))
      argument_error({"likeliest_token: the logit of token ", token,
                      " is NaN; expected numbers: are the model's weights finite?"});
    if (best < 0 || value > row[static_cast<size_t>(best)]) best = token;
  }
  if (best < 0)
    argument_error({"likeliest_token: a vocabulary of ", row.size(),
                    " tokens; expected more than padding and start"});
  return best;
}

Tensor Seq2SeqModel::loss_of(const Tensor& logits, const Seq2SeqBatch& batch,
                             double label_smoothing) const {
  return cross_entropy(reshape(logits, {-1, target_vocab()}), reshape(batch.output.ids, {-1}),
                       {.ignore_index = special().padding, .label_smoothing = label_smoothing});
}

std::vector<Tokens> Seq2SeqModel::greedy(const TokenBatch& source, int64_t max_steps) const {
  const NoGrad no_grad;
  const std::unique_ptr<Decoder> speaker = decoder(source);
  std::vector<Tokens> predicted(static_cast<size_t>(source.ids.size(0)));
  std::vector<bool> done(predicted.size());
  Tokens tokens(predicted.size(), special().start);
  for (int64_t step = 0; step < max_steps; ++step) {
    StopSignals::poll();
    const Tensor logits = speaker->next(id_tensor(tokens));
    const std::vector<double> values = logits.to_vector<double>();
    const auto vocabulary = static_cast<size_t>(logits.size(1));
    bool all_done = true;
    for (size_t b = 0; b < predicted.size(); ++b) {
      tokens[b] = likeliest_token({values.data() + b * vocabulary, vocabulary}, special());
      done[b] = done[b] || tokens[b] == special().end;
      if (!done[b]) predicted[b].push_back(tokens[b]);
      all_done = all_done && done[b];
    }
    if (all_done) break;
  }
  return predicted;
}

}  // namespace gradus
