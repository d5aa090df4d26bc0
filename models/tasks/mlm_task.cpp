// SPDX-License-Identifier: MIT
// Masks tokens, and trains a BERT to predict them.
#include "models/tasks/mlm_task.h"

#include <algorithm>
#include <cmath>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/train/stop.h"

namespace gradus {
namespace {

size_t as_index(int64_t i) { return static_cast<size_t>(i); }

}  // namespace

MaskedBatch mask_tokens(const Tokenizer& t, std::span<const Tokens> sequences, const Masking& m,
                        Generator& gen) {
  const BertWords words = BertWords::of(t);
  const auto special = static_cast<int64_t>(t.specials().size()), V = t.size();
  std::vector<int64_t> ordinary;  // random tokens are drawn from these
  ordinary.reserve(as_index(V - special));
  std::vector<bool> is_special(as_index(V));
  for (int64_t id : t.specials()) is_special[as_index(id)] = true;
  for (int64_t id = 0; id < V; ++id)
    if (!is_special[as_index(id)]) ordinary.push_back(id);
  MaskedBatch b{.tokens = bert_batch(words, sequences)};
  const int64_t T = b.tokens.ids.size(1);
  std::vector<double> targets;
  int64_t* ids = b.tokens.ids.mutable_data<int64_t>();
  const auto hide = [&](int64_t at) {
    b.places.push_back(at);
    targets.push_back(static_cast<double>(ids[at]));
    const double how = gen.uniform();
    if (how < m.masked) ids[at] = words.mask;
    else if (how < m.masked + m.random && !ordinary.empty())
      ids[at] = ordinary[as_index(gen.below(static_cast<int64_t>(ordinary.size())))];
  };
  for (size_t row = 0; row < sequences.size(); ++row) {
    const auto length = static_cast<int64_t>(sequences[row].size());
    const int64_t first = static_cast<int64_t>(row) * T + 1;
    const size_t before = b.places.size();
    for (int64_t i = 0; i < length; ++i)
      if (gen.uniform() < m.share) hide(first + i);
    if (b.places.size() == before && length > 0) hide(first + gen.below(length));
  }
  b.targets = tensor(targets, {static_cast<int64_t>(targets.size())}, DType::i64);
  return b;
}

// ---- training

MaskedTask::MaskedTask(LanguageData d, BertForMaskedLM model, const Masking& m, int64_t samples,
                       uint64_t order)
    : data(std::move(d)), bert(std::move(model)), masking(m), batch_size(samples), seed(order) {}

int64_t MaskedTask::begin_epoch(int64_t epoch) {
  if (batch_size < 1) argument_error({"batch_size is ", batch_size, "; expected 1 or more"});
  epoch_ = epoch;
  if (!data.by_lines) return (data.epoch_size(window()) + batch_size - 1) / batch_size;
  Generator gen(seed, stream::masked_window + static_cast<uint64_t>(epoch));
  std::vector<int64_t> lengths;
  for (const Tokens& line : data.train_lines) lengths.push_back(static_cast<int64_t>(line.size()));
  batches_ = shuffled_by_length(lengths, batch_size, gen);
  return static_cast<int64_t>(batches_.size());
}

std::vector<Tokens> MaskedTask::training_batch(int64_t number) const {
  std::vector<Tokens> rows;
  if (data.by_lines) {
    for (int64_t line : batches_[as_index(number)])
      rows.push_back(data.train_lines[as_index(line)]);
    return rows;
  }
  Generator gen(seed + static_cast<uint64_t>(number) * 0x9E3779B97F4A7C15u,
                stream::masked_window + static_cast<uint64_t>(epoch_));
  const auto count = static_cast<int64_t>(data.train.size()), length = std::min(window(), count);
  for (int64_t b = 0; b < batch_size; ++b) {
    const auto from = data.train.begin() + gen.below(count - length + 1);
    rows.emplace_back(from, from + length);
  }
  return rows;
}

Task::Batch MaskedTask::loss(int64_t number) {
  Generator gen(seed + static_cast<uint64_t>(number) * 0x9E3779B97F4A7C15u,
                stream::masked_place + static_cast<uint64_t>(epoch_));
  const MaskedBatch b = mask_tokens(*data.tokenizer, training_batch(number), masking, gen);
  int64_t tokens = 0;
  for (int64_t n : b.tokens.lengths) tokens += n - 2;
  const Tensor logits = bert->at_places(b.tokens.ids, b.tokens.lengths, b.places);
  return {cross_entropy(logits, b.targets), static_cast<double>(b.places.size()), tokens};
}

// Calls f(sequences, masked batch) for all held-out data.
template <class F> void MaskedTask::each_held_out(F f) const {
  constexpr size_t rows = 64;
  Generator gen(0, stream::masked_held_out);
  std::vector<Tokens> some;
  const int64_t pieces = (static_cast<int64_t>(data.valid.size()) + window() - 1) / window();
  StoppablePhase phase("held-out texts evaluated",
                       static_cast<int64_t>(data.valid_lines.size()) + pieces);
  const auto flush = [&](size_t enough) {
    if (some.size() < enough || some.empty()) return;
    f(some, mask_tokens(*data.tokenizer, some, masking, gen));
    phase.at(phase.done() + static_cast<int64_t>(some.size()));
    some.clear();
  };
  for (const Tokens& line : data.valid_lines) {
    some.push_back(line);
    flush(rows);
  }
  const auto count = static_cast<int64_t>(data.valid.size());
  for (int64_t at = 0; at < count; at += window()) {
    const auto from = data.valid.begin() + at;
    some.emplace_back(from, from + std::min(window(), count - at));
    flush(rows);
  }
  flush(1);
}

Json MaskedTask::evaluate() {
  double sum = 0, right = 0, count = 0;
  each_held_out([&](const std::vector<Tokens>&, const MaskedBatch& b) {
    const Tensor logits = bert->at_places(b.tokens.ids, b.tokens.lengths, b.places);
    sum += cross_entropy(logits, b.targets, {.reduction = Reduction::sum}).item();
    const std::vector<int64_t> predicted = argmax(logits, -1).to_vector<int64_t>();
    const std::vector<int64_t> truth = b.targets.to_vector<int64_t>();
    for (size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == truth[i];
    count += static_cast<double>(predicted.size());
  });
  Json f;
  f["valid_loss"] = sum / std::max(count, 1.0);
  f["masked_accuracy"] = right / std::max(count, 1.0);
  return f;
}

Json MaskedTask::unigram() const {
  std::vector<double> counts(as_index(data.tokenizer->size()), 1);
  double total = static_cast<double>(counts.size());
  const auto add = [&](const Tokens& text) {
    for (int64_t id : text) ++counts[as_index(id)];
    total += static_cast<double>(text.size());
  };
  add(data.train);
  for (const Tokens& line : data.train_lines) add(line);
  const auto top = std::max_element(counts.begin(), counts.end()) - counts.begin();
  double sum = 0, right = 0, count = 0;
  each_held_out([&](const std::vector<Tokens>&, const MaskedBatch& b) {
    for (int64_t target : b.targets.to_vector<int64_t>()) {
      sum -= std::log(counts[as_index(target)] / total);
      right += target == top;
      ++count;
    }
  });
  Json f;
  f["unigram_accuracy"] = right / std::max(count, 1.0);
  f["unigram_loss"] = sum / std::max(count, 1.0);
  f["masked_places"] = static_cast<int64_t>(count);
  return f;
}

namespace {

// Escapes newlines.
std::string in_one_line(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out;
}

// The text with the predictions at the masked positions of `row`; `next` indexes the predictions.
std::string with_predictions(const Tokenizer& t, const Tokens& text, const MaskedBatch& b,
                             int64_t row, const std::vector<int64_t>& predicted, size_t& next) {
  std::string line;
  TextStream stream(t);
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string shown = stream.next(text[i]);
    const int64_t here = row * b.tokens.ids.size(1) + static_cast<int64_t>(i) + 1;
    if (next == b.places.size() || b.places[next] != here) {
      line += in_one_line(shown);
      continue;
    }
    const int64_t guess = predicted[next++];
    line += gradus::text({shown.starts_with(' ') ? " [" : "[", in_one_line(t.word(guess)),
                          guess == text[i] ? "" : "|",
                          guess == text[i] ? std::string() : in_one_line(t.word(text[i])), "]"});
  }
  return line;
}

}  // namespace

std::vector<std::string> MaskedTask::samples() {
  const NoGrad no_grad;
  const size_t longest = std::min<size_t>(as_index(window()), 60);
  std::vector<Tokens> some;
  for (size_t i = 0; i < 3; ++i) {
    const Tokens& from = data.by_lines ? data.valid_lines[i % data.valid_lines.size()] : data.valid;
    const size_t at = data.by_lines ? 0 : std::min(i * longest, from.size() - 1);
    const auto first = from.begin() + static_cast<std::ptrdiff_t>(at);
    some.emplace_back(first,
                      first + static_cast<std::ptrdiff_t>(std::min(longest, from.size() - at)));
  }
  Generator gen(1, stream::masked_held_out);
  const MaskedBatch b = mask_tokens(*data.tokenizer, some, masking, gen);
  const std::vector<int64_t> predicted =
      argmax(bert->at_places(b.tokens.ids, b.tokens.lengths, b.places), -1).to_vector<int64_t>();
  std::vector<std::string> all;
  size_t next = 0;
  for (size_t row = 0; row < some.size(); ++row)
    all.push_back(with_predictions(*data.tokenizer, some[row], b, static_cast<int64_t>(row),
                                   predicted, next));
  return all;
}

}  // namespace gradus
