// SPDX-License-Identifier: MIT
// Sequences for the copy task, and training on them.
#include "models/copy_task.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "gradus/autograd/node.h"
#include "gradus/ops/reduce.h"
#include "gradus/train/stop.h"

namespace gradus {
namespace {

// Streams of random numbers: one for the held-out set, one for each epoch.
constexpr uint64_t held_out_stream = 0xC09ull << 32, epoch_stream = 0xC0Aull << 32;

double possible(const CopyTaskOptions& o) {
  double n = 0;
  for (int64_t t = o.min_length; t <= o.max_length && n < 1e18; ++t)
    n += std::pow(static_cast<double>(o.letters), static_cast<double>(t));
  return n;
}

void check(const CopyTaskOptions& o) {
  if (o.letters < 1 || o.letters > 1000)
    argument_error({"CopyTask: letters is ", o.letters, "; expected 1 to 1000"});
  if (o.min_length < 1 || o.min_length > o.max_length)
    argument_error({"CopyTask: lengths from ", o.min_length, " to ", o.max_length,
                    "; expected 1 or more, in this order"});
  if (o.train_size < 1 || o.test_size < 1)
    argument_error({"CopyTask: train_size ", o.train_size, " and test_size ", o.test_size,
                    "; expected 1 or more"});
  if (static_cast<double>(o.test_size) > possible(o) / 2)
    argument_error({"CopyTask: test_size ", o.test_size, " is more than half of the ", possible(o),
                    " sequences there are"});
}

}  // namespace

CopyTask::CopyTask(CopyTaskOptions options) : options_(options) {
  check(options_);
  Generator gen(options_.seed, held_out_stream);
  while (static_cast<int64_t>(held_out_.size()) < options_.test_size) {
    Tokens tokens = draw(gen);
    if (forbidden_.insert(tokens).second) held_out_.push_back(std::move(tokens));
  }
}

Tokens CopyTask::draw(Generator& gen) const {
  const int64_t length =
      options_.min_length + gen.below(options_.max_length - options_.min_length + 1);
  Tokens tokens;
  for (int64_t t = 0; t < length; ++t) tokens.push_back(first_letter + gen.below(options_.letters));
  return tokens;
}

std::vector<Tokens> CopyTask::epoch(int64_t number) const {
  Generator gen(options_.seed, epoch_stream + static_cast<uint64_t>(number));
  std::vector<Tokens> all;
  while (static_cast<int64_t>(all.size()) < options_.train_size) {
    Tokens tokens = draw(gen);
    if (!forbidden_.count(tokens)) all.push_back(std::move(tokens));
  }
  return all;
}

std::string CopyTask::word(int64_t token) {
  if (token < first_letter) return token == padding ? "<pad>" : token == start ? "<sos>" : "<eos>";
  const int64_t letter = token - first_letter;
  return letter < 26 ? std::string(1, static_cast<char>('a' + letter)) : std::to_string(letter);
}

std::string CopyTask::words(const Tokens& tokens) {
  std::string out;
  for (int64_t token : tokens) {
    if (!out.empty()) out += ' ';
    out += word(token);
  }
  return out;
}

double most_frequent_token(const std::vector<Tokens>& sequences) {
  std::map<int64_t, int64_t> counts;
  int64_t all = 0, top = 0;
  for (const Tokens& tokens : sequences) {
    all += static_cast<int64_t>(tokens.size()) + 1;
    top = std::max(top, ++counts[CopyTask::end]);
    for (int64_t token : tokens) top = std::max(top, ++counts[token]);
  }
  return all ? static_cast<double>(top) / static_cast<double>(all) : 0;
}

// ---- training
namespace {

// The pieces of a list, `size` long but for the last.
std::span<const Tokens> piece(const std::vector<Tokens>& all, int64_t size, int64_t number) {
  const auto begin = static_cast<size_t>(size * number);
  return std::span(all).subspan(begin, std::min(static_cast<size_t>(size), all.size() - begin));
}
int64_t pieces(const std::vector<Tokens>& all, int64_t size) {
  return (static_cast<int64_t>(all.size()) + size - 1) / size;
}
double tokens_in(const TokenBatch& batch) {
  int64_t n = 0;
  for (int64_t length : batch.lengths) n += length;
  return static_cast<double>(n);
}

// How many of the tokens that are no padding are the likeliest ones.
double right_tokens(const Tensor& logits, const TokenBatch& output) {
  const std::vector<int64_t> said = argmax(logits, -1).to_vector<int64_t>();
  const std::vector<int64_t> wanted = output.ids.to_vector<int64_t>();
  double right = 0;
  for (size_t i = 0; i < said.size(); ++i)
    right += wanted[i] != CopyTask::padding && said[i] == wanted[i];
  return right;
}

}  // namespace

CopyTraining::CopyTraining(const CopyTask& data, Seq2SeqModel& model, int64_t batch_size)
    : data_(data), model_(model), batch_size_(batch_size) {
  if (batch_size < 1) argument_error({"batch_size is ", batch_size, "; expected 1 or more"});
}

Seq2SeqBatch CopyTraining::batch_of(std::span<const Tokens> sequences) const {
  return seq2seq_batch(model_.special(), sequences, sequences);
}

int64_t CopyTraining::begin_epoch(int64_t epoch) {
  sequences_ = data_.epoch(epoch);
  return pieces(sequences_, batch_size_);
}

Task::Batch CopyTraining::loss(int64_t number) {
  const Seq2SeqBatch batch = batch_of(piece(sequences_, batch_size_, number));
  const double tokens = tokens_in(batch.output);
  return {model_.loss(batch), tokens, static_cast<int64_t>(tokens)};
}

Json CopyTraining::evaluate() {
  constexpr int64_t size = 128;
  const std::vector<Tokens>& held_out = data_.held_out();
  double loss = 0, tokens = 0, right = 0, exact = 0;
  for (int64_t n = 0; n < pieces(held_out, size) && !StopSignals::received(); ++n) {
    const std::span<const Tokens> part = piece(held_out, size, n);
    const Seq2SeqBatch batch = batch_of(part);
    const double count = tokens_in(batch.output);
    const Tensor logits = model_(batch);
    loss += model_.loss_of(logits, batch).item() * count;
    tokens += count;
    right += right_tokens(logits, batch.output);
    const std::vector<Tokens> said = model_.greedy(batch.source, data_.options().max_length + 1);
    for (size_t i = 0; i < part.size(); ++i) exact += said[i] == part[i];
  }
  Json figures;
  figures["valid_loss"] = loss / tokens;
  figures["token_accuracy"] = right / tokens;
  figures["exact_copy"] = exact / static_cast<double>(held_out.size());
  return figures;
}

std::vector<std::string> CopyTraining::samples() {
  std::vector<std::string> all;
  for (const Tokens& source :
       std::span(data_.held_out()).first(std::min<size_t>(3, data_.held_out().size())))
    all.push_back(CopyTask::words(source) + " -> " + CopyTask::words(answer(source)));
  return all;
}

Tokens CopyTraining::answer(const Tokens& source) const {
  return model_.greedy(batch_of({&source, 1}).source, data_.options().max_length + 1)[0];
}

}  // namespace gradus
