// SPDX-License-Identifier: MIT
// Reads held-out texts and records what each token costs.
#include "tools/tasks/language/answers.h"

#include <algorithm>
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/base/error.h"
#include "gradus/ops/softmax.h"
#include "gradus/train/stop.h"
#include "tools/tasks/text_settings.h"

namespace gradus::tools {
namespace {

constexpr int64_t most_texts = 96, most_shown = 4, most_tokens = 240;

// What the model reads and predicts: lines after a newline, or windows of the block.
std::vector<Tokens> held_out(const LanguageTask& task) {
  const LanguageData& data = task.data;
  std::vector<Tokens> texts;
  if (data.by_lines) {
    for (const Tokens& line : data.valid_lines) {
      if (std::ssize(texts) == most_texts) break;
      texts.push_back({data.newline()});
      texts.back().insert(texts.back().end(), line.begin(), line.end());
      texts.back().push_back(data.newline());
    }
    return texts;
  }
  const int64_t block = task.gpt->options.block, last = data.tokens(false) - 1;
  const int64_t every = std::max<int64_t>(last / block / most_texts, 1) * block;
  for (int64_t at = 0; at + 1 <= last && std::ssize(texts) < most_texts; at += every) {
    const auto from = data.valid.begin() + at;
    texts.emplace_back(from, from + std::min(block, last - at) + 1);
  }
  return texts;
}

// The bits of each token but the first.
std::vector<double> bits_of(const Gpt& gpt, const Tokens& text) {
  const Tokens read(text.begin(), text.end() - 1);
  const Tensor logits = gpt(pad({&read, 1}, 0).ids);
  const std::vector<double> log_p = log_softmax(logits, -1).to_vector<double>();
  const auto width = static_cast<size_t>(logits.size(2));
  std::vector<double> bits;
  for (size_t i = 0; i < read.size(); ++i)
    bits.push_back(-log_p[i * width + static_cast<size_t>(text[i + 1])] / std::log(2.0));
  return bits;
}

TokenBits shown(const Tokens& text, const std::vector<double>& bits, const Tokenizer& tokenizer,
                const std::string& name) {
  TokenBits t{.name = name, .tokens = {token_label(tokenizer, text[0])}, .bits = {NAN}};
  for (int64_t i = 0; i < std::min(std::ssize(bits), most_tokens); ++i) {
    t.tokens.push_back(token_label(tokenizer, text[static_cast<size_t>(i) + 1]));
    t.bits.push_back(bits[static_cast<size_t>(i)]);
  }
  return t;
}

// Groups of positions of equal width, at most 64, so that the curve is readable.
LineChart by_position(const std::vector<double>& sums, const std::vector<double>& counts) {
  LineChart c{.title = "cost by position in the context",
              .x_axis = "tokens read before",
              .y_axis = "bits per token",
              .from_zero = false};
  c.lines.push_back({.name = "held-out text"});
  const size_t width = (sums.size() + 63) / 64;
  for (size_t first = 0; first < sums.size(); first += width) {
    double sum = 0, count = 0, place = 0;
    for (size_t i = first; i < std::min(first + width, sums.size()); ++i) {
      sum += sums[i];
      count += counts[i];
      place += counts[i] * static_cast<double>(i + 1);
    }
    if (count == 0) continue;
    c.lines[0].x.push_back(place / count);
    c.lines[0].y.push_back(sum / count);
  }
  return c;
}

}  // namespace

Answers language_answers(const LanguageTask& task) {
  const NoGrad no_grad;
  Answers a{.on = "valid"};
  std::vector<double> sums, counts;
  const std::vector<Tokens> texts = held_out(task);
  StoppablePhase phase("held-out texts read", std::ssize(texts));
  for (size_t n = 0; n < texts.size(); ++n) {
    phase.at(static_cast<int64_t>(n));
    const std::vector<double> bits = bits_of(*task.gpt, texts[n]);
    sums.resize(std::max(sums.size(), bits.size()));
    counts.resize(sums.size());
    for (size_t i = 0; i < bits.size(); ++i) {
      sums[i] += bits[i];
      ++counts[i];
    }
    if (std::ssize(a.texts) < most_shown)
      a.texts.push_back(shown(texts[n], bits, *task.data.tokenizer, text({"text ", n})));
  }
  if (sums.size() > 1) a.charts.push_back(by_position(sums, counts));
  return a;
}

}  // namespace gradus::tools
