// SPDX-License-Identifier: MIT
// Trains language models on text, and generates from them.
#include "models/tasks/language_task.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/view.h"
#include "gradus/train/stop.h"

namespace gradus {
namespace {

constexpr int64_t ignored = -100;

}  // namespace

LanguageTask::LanguageTask(LanguageData d, Gpt model, int64_t samples, uint64_t order)
    : data(std::move(d)), gpt(std::move(model)), batch_size(samples), seed(order) {}

int64_t LanguageTask::begin_epoch(int64_t epoch) {
  if (batch_size < 1) argument_error({"batch_size is ", batch_size, "; expected 1 or more"});
  epoch_ = epoch;
  const int64_t size = data.epoch_size(gpt->options.block);
  if (!data.by_lines) return (size + batch_size - 1) / batch_size;
  Generator gen(seed, stream::language_window + static_cast<uint64_t>(epoch));
  batches_ = shuffled(size, batch_size, gen);
  return static_cast<int64_t>(batches_.size());
}

LanguageTask::Window LanguageTask::window(const Tokens& text, const std::vector<int64_t>& starts,
                                          int64_t length) const {
  const auto rows = static_cast<int64_t>(starts.size());
  Window w{Tensor::empty({rows, length}, DType::i64), Tensor::empty({rows, length}, DType::i64),
           rows * length};
  int64_t *ids = w.ids.mutable_data<int64_t>(), *targets = w.targets.mutable_data<int64_t>();
  for (int64_t b = 0; b < rows; ++b) {
    const int64_t* from = text.data() + starts[static_cast<size_t>(b)];
    std::copy_n(from, length, ids + b * length);
    std::copy_n(from + 1, length, targets + b * length);
  }
  return w;
}

LanguageTask::Window LanguageTask::window(const std::vector<Tokens>& lines,
                                          const std::vector<int64_t>& numbers) const {
  size_t longest = 0;
  for (int64_t n : numbers) longest = std::max(longest, lines[static_cast<size_t>(n)].size());
  const auto rows = static_cast<int64_t>(numbers.size()), T = static_cast<int64_t>(longest) + 1;
  Window w{full({rows, T}, static_cast<double>(data.newline()), DType::i64),
           full({rows, T}, static_cast<double>(ignored), DType::i64), 0};
  int64_t *ids = w.ids.mutable_data<int64_t>(), *targets = w.targets.mutable_data<int64_t>();
  for (int64_t b = 0; b < rows; ++b) {
    const Tokens& line = lines[static_cast<size_t>(numbers[static_cast<size_t>(b)])];
    std::copy(line.begin(), line.end(), ids + b * T + 1);
    std::copy(line.begin(), line.end(), targets + b * T);
    targets[b * T + static_cast<int64_t>(line.size())] = data.newline();
    w.tokens += static_cast<int64_t>(line.size()) + 1;
  }
  return w;
}

Task::Batch LanguageTask::loss(int64_t number) {
  Window w;
  if (data.by_lines) {
    w = window(data.train_lines, batches_[static_cast<size_t>(number)]);
  } else {
    const int64_t length = std::min(gpt->options.block, data.tokens(true) - 1);
    Generator gen(seed + static_cast<uint64_t>(number) * 0x9E3779B97F4A7C15u,
                  stream::language_window + static_cast<uint64_t>(epoch_));
    std::vector<int64_t> starts;
    for (int64_t b = 0; b < batch_size; ++b)
      starts.push_back(gen.below(data.tokens(true) - length));
    w = window(data.train, starts, length);
  }
  return {gpt->loss(w.ids, w.targets, ignored), static_cast<double>(w.tokens), w.tokens};
}

int64_t LanguageTask::evaluated_at_once() const {
  constexpr int64_t logits = 1 << 26;
  const GptOptions& o = gpt->options;
  return std::clamp<int64_t>(logits / (o.block * o.vocab), 1, 64);
}

int64_t LanguageTask::evaluated_windows(int64_t windows) const {
  const int64_t all = data.held_out_size(gpt->options.block);
  return windows > 0 ? std::min(windows, all) : all;
}

// The numbers of the windows or lines to evaluate: each is the middle of an equal part of all.
std::vector<int64_t> LanguageTask::spread(int64_t windows) const {
  const int64_t all = evaluated_windows(0), n = evaluated_windows(windows);
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < n; ++i) numbers.push_back((2 * i + 1) * all / (2 * n));
  return numbers;
}

// The sum of the losses of all tokens; `count` gets their number.
double LanguageTask::held_out_sum(const std::vector<int64_t>& numbers, int64_t& count) const {
  const auto rows = static_cast<size_t>(evaluated_at_once());
  const int64_t block = gpt->options.block, last = data.by_lines ? 0 : data.tokens(false) - 1;
  const auto length = [&](int64_t n) {
    if (!data.by_lines) return std::min(block, last - n * block);
    return static_cast<int64_t>(data.valid_lines[static_cast<size_t>(n)].size()) + 1;
  };
  int64_t all = 0;
  for (int64_t n : numbers) all += length(n);
  StoppablePhase phase("held-out tokens evaluated", all);
  double sum = 0;
  std::vector<int64_t> some;  // lines, or starts of windows of the same length
  const auto add = [&](int64_t tokens) {
    if (some.empty()) return;
    const Window w =
        data.by_lines ? window(data.valid_lines, some) : window(data.valid, some, tokens);
    sum += gpt->loss(w.ids, w.targets, ignored).item() * static_cast<double>(w.tokens);
    count += w.tokens;
    phase.at(count);
    some.clear();
  };
  for (int64_t n : numbers) {
    const bool shorter = !data.by_lines && length(n) < block;  // the last one
    if (some.size() == rows || shorter) add(block);
    some.push_back(data.by_lines ? n : n * block);
    if (shorter) add(length(n));
  }
  add(block);
  return sum;
}

Json LanguageTask::evaluate_on(int64_t windows) const {
  int64_t count = 0;
  const double sum = held_out_sum(spread(windows), count);
  const auto tokens = static_cast<double>(std::max<int64_t>(count, 1));
  // Some windows are assumed to have as many characters per token as the whole held-out part.
  const int64_t all = data.tokens(false) - (data.by_lines ? 0 : 1);
  const double whole = count > 0 ? sum * (static_cast<double>(all) / tokens) : sum;
  Json figures;
  figures["valid_loss"] = sum / tokens;
  figures["valid_nats_per_char"] = whole / static_cast<double>(data.predicted_characters());
  return figures;
}

std::vector<std::string> LanguageTask::samples_of(int64_t count, uint64_t draws) const {
  std::vector<std::string> all;
  const int64_t newline = std::max<int64_t>(data.newline(), 0);
  for (int64_t n = 0; n < count; ++n) {
    Generator gen(draws, stream::language_sample + static_cast<uint64_t>(n));
    Tokens predicted;
    generate(*gpt, {newline}, 80, {.temperature = 0.8}, gen, [&](int64_t token) {
      if (token == newline && !predicted.empty()) return false;
      if (token != newline) predicted.push_back(token);
      return true;
    });
    all.push_back(decode_text(*data.tokenizer, predicted));
  }
  return all;
}

// ---- generation

int64_t sample_token(const std::vector<double>& logits, const SamplingOptions& o, Generator& gen) {
  if (!(o.temperature >= 0) || o.top_k < 0 || !(o.top_p > 0 && o.top_p <= 1))
    argument_error({"sample_token: temperature ", o.temperature, ", top_k ", o.top_k, ", top_p ",
                    o.top_p, "; expected 0 or more, 0 or more, 0 to 1"});
  for (size_t i = 0; i < logits.size(); ++i)
    if (std::isnan(logits[i]) || logits[i] == INFINITY)
      argument_error({"sample_token: the logit of token ", i, " is ",
                      std::isnan(logits[i]) ? NAN : logits[i],
                      "; expected finite logits: are the model's weights finite?"});
  std::vector<size_t> order(logits.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return logits[a] > logits[b]; });
  if (o.temperature == 0 || o.top_k == 1) return static_cast<int64_t>(order[0]);
  if (o.top_k > 0) order.resize(std::min(order.size(), static_cast<size_t>(o.top_k)));
  std::vector<double> weights;
  double sum = 0;
  for (size_t i : order)
    sum += weights.emplace_back(std::exp((logits[i] - logits[order[0]]) / o.temperature));
  double kept = 0;
  size_t n = 0;
  while (n < order.size() && kept < o.top_p * sum) kept += weights[n++];
  double at = gen.uniform() * kept;
  for (size_t i = 0; i + 1 < n; ++i)
    if ((at -= weights[i]) < 0) return static_cast<int64_t>(order[i]);
  return static_cast<int64_t>(order[n - 1]);
}

void generate(const Gpt& model, const Tokens& prompt, int64_t count, const SamplingOptions& options,
              Generator& gen, const std::function<bool(int64_t token)>& emit) {
  if (prompt.empty()) argument_error({"generate: the prompt is empty; expected one token or more"});
  const NoGrad no_grad;
  const int64_t block = model.options.block;
  Tokens all = prompt;
  Gpt::Memory memory;
  Tokens fresh = prompt;
  for (int64_t n = 0; n < count; ++n) {
    StopSignals::poll();
    if (memory.length + static_cast<int64_t>(fresh.size()) > block) {
      const auto keep = static_cast<std::ptrdiff_t>(
          std::min<int64_t>(static_cast<int64_t>(all.size()), std::max<int64_t>(1, block / 2)));
      fresh.assign(all.end() - keep, all.end());
      memory = {};
    }
    const std::vector<double> ids(fresh.begin(), fresh.end());
    const Tensor logits =
        model.next(tensor(ids, {1, static_cast<int64_t>(ids.size())}, DType::i64), memory);
    const int64_t token = sample_token(logits.to_vector<double>(), options, gen);
    all.push_back(token);
    fresh = {token};
    if (!emit(token)) return;
  }
}

}  // namespace gradus
