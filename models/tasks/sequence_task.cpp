// SPDX-License-Identifier: MIT
// Generates sequences for the toy tasks, and trains on them.
#include "models/tasks/sequence_task.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/reduce.h"
#include "gradus/train/stop.h"

namespace gradus {
namespace {

double possible(const SequenceDataOptions& o) {
  double n = 0;
  for (int64_t t = o.min_length; t <= o.max_length && n < 1e18; ++t) {
    double of_length = std::pow(static_cast<double>(o.letters), static_cast<double>(t));
    if (o.rule == SequenceRule::recall)  // orders of the keys, times the choice of the queried key
      for (int64_t k = 0; k < t; ++k)
        of_length *= static_cast<double>(o.letters - k) * (k == 0 ? static_cast<double>(t) : 1.0);
    n += of_length;
  }
  return n;
}

void check(const SequenceDataOptions& o) {
  if (o.letters < 1 || o.letters > 1000)
    argument_error({"SequenceData: letters is ", o.letters, "; expected 1 to 1000"});
  if (o.min_length < 1 || o.min_length > o.max_length)
    argument_error({"SequenceData: lengths from ", o.min_length, " to ", o.max_length,
                    "; expected 1 <= min_length <= max_length"});
  if (o.train_size < 1 || o.test_size < 1)
    argument_error({"SequenceData: train_size ", o.train_size, " and test_size ", o.test_size,
                    "; expected 1 or more"});
  if (!(o.noise >= 0 && o.noise <= 0.9))
    argument_error({"SequenceData: noise is ", o.noise, "; expected 0 to 0.9"});
  if (o.rule == SequenceRule::recall && o.max_length > o.letters)
    argument_error({"SequenceData: recall of ", o.max_length,
                    " pairs needs as many letters, since "
                    "keys differ; letters is ",
                    o.letters});
  if (static_cast<double>(o.test_size) > possible(o) / 2)
    argument_error({"SequenceData: test_size ", o.test_size, " is more than half of the ",
                    possible(o), " possible sequences"});
}

}  // namespace

const char* name(SequenceRule rule) {
  constexpr const char* names[] = {"copy", "reverse", "sort", "recall"};
  return names[static_cast<int>(rule)];
}

SequenceData::SequenceData(SequenceDataOptions options) : options_(options) {
  check(options_);
  Generator gen(options_.seed, stream::sequence_held_out);
  while (static_cast<int64_t>(held_out_.size()) < options_.test_size) {
    Tokens source = draw(gen);
    if (!forbidden_.insert(source).second) continue;
    Tokens target = noisy(answer(source), gen);
    held_out_.push_back({std::move(source), std::move(target)});
  }
}

int64_t SequenceData::source_length() const {
  return options_.rule == SequenceRule::recall ? 2 * options_.max_length + 1 : options_.max_length;
}
int64_t SequenceData::target_length() const {
  return options_.rule == SequenceRule::recall ? 1 : options_.max_length;
}

Tokens SequenceData::draw_pairs(int64_t count, Generator& gen) const {
  Tokens keys;
  for (int64_t i = 0; i < options_.letters; ++i) keys.push_back(first_letter + i);
  Tokens tokens;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    std::swap(keys[i],
              keys[i + static_cast<size_t>(gen.below(options_.letters - static_cast<int64_t>(i)))]);
    tokens.push_back(keys[i]);
    tokens.push_back(first_letter + gen.below(options_.letters));
  }
  tokens.push_back(keys[static_cast<size_t>(gen.below(count))]);
  return tokens;
}

Tokens SequenceData::draw(Generator& gen) const {
  const int64_t length =
      options_.min_length + gen.below(options_.max_length - options_.min_length + 1);
  if (options_.rule == SequenceRule::recall) return draw_pairs(length, gen);
  Tokens tokens;
  for (int64_t t = 0; t < length; ++t) tokens.push_back(first_letter + gen.below(options_.letters));
  return tokens;
}

Tokens SequenceData::answer(const Tokens& source) const {
  Tokens target = source;
  if (options_.rule == SequenceRule::reverse) std::reverse(target.begin(), target.end());
  if (options_.rule == SequenceRule::sort) std::sort(target.begin(), target.end());
  if (options_.rule == SequenceRule::recall) {
    size_t key = 0;
    while (source[key] != source.back()) key += 2;
    target = {source[key + 1]};
  }
  return target;
}

Tokens SequenceData::noisy(Tokens target, Generator& gen) const {
  if (options_.noise == 0) return target;
  for (int64_t& token : target)
    if (gen.uniform() < options_.noise) token = first_letter + gen.below(options_.letters);
  return target;
}

std::vector<SequencePair> SequenceData::epoch(int64_t number) const {
  Generator gen(options_.seed, stream::sequence_epoch + static_cast<uint64_t>(number));
  std::vector<SequencePair> all;
  while (static_cast<int64_t>(all.size()) < options_.train_size) {
    Tokens source = draw(gen);
    if (forbidden_.count(source)) continue;
    Tokens target = noisy(answer(source), gen);
    all.push_back({std::move(source), std::move(target)});
  }
  return all;
}

double SequenceData::floor(const std::vector<SequencePair>& pairs) const {
  const double other = options_.noise / static_cast<double>(options_.letters);
  double loss = 0, tokens = 0;
  for (const SequencePair& pair : pairs) {
    const Tokens right = answer(pair.source);
    for (size_t i = 0; i < right.size(); ++i)
      loss -= std::log(pair.target[i] == right[i] ? 1 - options_.noise + other : other);
    tokens += static_cast<double>(right.size()) + 1;
  }
  return tokens > 0 ? loss / tokens + 0.0 : 0;
}

std::string SequenceData::word(int64_t token) {
  if (token < first_letter) return token == padding ? "<pad>" : token == start ? "<sos>" : "<eos>";
  const int64_t letter = token - first_letter;
  return letter < 26 ? std::string(1, static_cast<char>('a' + letter)) : std::to_string(letter);
}

std::string SequenceData::words(const Tokens& tokens) {
  std::string out;
  for (int64_t token : tokens) {
    if (!out.empty()) out += ' ';
    out += word(token);
  }
  return out;
}

double most_frequent_token(const std::vector<SequencePair>& pairs) {
  std::map<int64_t, int64_t> counts;
  int64_t all = 0, top = 0;
  for (const SequencePair& pair : pairs) {
    all += static_cast<int64_t>(pair.target.size()) + 1;
    top = std::max(top, ++counts[SequenceData::end]);
    for (int64_t token : pair.target) top = std::max(top, ++counts[token]);
  }
  return all ? static_cast<double>(top) / static_cast<double>(all) : 0;
}

const char* verdict(double loss, double floor) {
  if (loss < 0.98 * floor - 1e-3) return "suspicious";
  return loss <= floor + 0.05 ? "learned" : "not learned";
}

// ---- training
namespace {

// Piece `number` of a list, in pieces of `size`.
std::span<const SequencePair> piece(const std::vector<SequencePair>& all, int64_t size,
                                    int64_t number) {
  const auto begin = static_cast<size_t>(size * number);
  return std::span(all).subspan(begin, std::min(static_cast<size_t>(size), all.size() - begin));
}
int64_t pieces(const std::vector<SequencePair>& all, int64_t size) {
  return (static_cast<int64_t>(all.size()) + size - 1) / size;
}

Seq2SeqBatch batch_of(const SpecialTokens& special, std::span<const SequencePair> pairs) {
  std::vector<Tokens> sources, targets;
  for (const SequencePair& pair : pairs) {
    sources.push_back(pair.source);
    targets.push_back(pair.target);
  }
  return seq2seq_batch(special, sources, targets);
}

double tokens_in(const TokenBatch& batch) {
  int64_t n = 0;
  for (int64_t length : batch.lengths) n += length;
  return static_cast<double>(n);
}

// The number of correct argmax tokens, without padding.
double right_tokens(const Tensor& logits, const TokenBatch& output) {
  const std::vector<int64_t> predicted = argmax(logits, -1).to_vector<int64_t>();
  const std::vector<int64_t> wanted = output.ids.to_vector<int64_t>();
  double right = 0;
  for (size_t i = 0; i < predicted.size(); ++i)
    right += wanted[i] != SequenceData::padding && predicted[i] == wanted[i];
  return right;
}

}  // namespace

SequenceTask::SequenceTask(SequenceData d, std::unique_ptr<Seq2SeqModel> model, int64_t samples)
    : data(std::move(d)), seq2seq(std::move(model)), batch_size(samples) {}

int64_t SequenceTask::begin_epoch(int64_t epoch) {
  if (batch_size < 1) argument_error({"batch_size is ", batch_size, "; expected 1 or more"});
  pairs_ = data.epoch(epoch);
  return pieces(pairs_, batch_size);
}

Task::Batch SequenceTask::loss(int64_t number) {
  const Seq2SeqBatch batch = batch_of(seq2seq->special(), piece(pairs_, batch_size, number));
  const double tokens = tokens_in(batch.output);
  return {seq2seq->loss(batch), tokens, static_cast<int64_t>(tokens)};
}

Json SequenceTask::evaluate() {
  constexpr int64_t size = 128;
  const std::vector<SequencePair>& held_out = data.held_out();
  double loss = 0, tokens = 0, right = 0, exact = 0;
  StoppablePhase phase("sequences evaluated", static_cast<int64_t>(held_out.size()));
  for (int64_t n = 0; n < pieces(held_out, size); ++n) {
    const std::span<const SequencePair> part = piece(held_out, size, n);
    const Seq2SeqBatch batch = batch_of(seq2seq->special(), part);
    const double count = tokens_in(batch.output);
    const Tensor logits = (*seq2seq)(batch);
    loss += seq2seq->loss_of(logits, batch).item() * count;
    tokens += count;
    right += right_tokens(logits, batch.output);
    const std::vector<Tokens> predicted = seq2seq->greedy(batch.source, data.target_length() + 1);
    for (size_t i = 0; i < part.size(); ++i) exact += predicted[i] == part[i].target;
    phase.at(std::min((n + 1) * size, phase.total()));
  }
  Json figures;
  figures["valid_loss"] = loss / tokens;
  figures["token_accuracy"] = right / tokens;
  figures["exact_copy"] = exact / static_cast<double>(held_out.size());
  return figures;
}

std::vector<std::string> SequenceTask::samples() {
  std::vector<std::string> all;
  const std::vector<SequencePair>& held_out = data.held_out();
  for (const SequencePair& pair : std::span(held_out).first(std::min<size_t>(3, held_out.size())))
    all.push_back(SequenceData::words(pair.source) + " -> " +
                  SequenceData::words(answer(pair.source)));
  return all;
}

Tokens SequenceTask::answer(const Tokens& source) const {
  return seq2seq->greedy(pad({&source, 1}, SequenceData::padding), data.target_length() + 1)[0];
}

}  // namespace gradus
