// SPDX-License-Identifier: MIT
// ALiBi: a penalty by distance instead of positions, and what it does beyond the trained length.
#include <algorithm>
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/position.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/clip.h"
#include "gradus/optim/schedule.h"
#include "models/tasks/language_task.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_alibi {

constexpr int64_t trained_length = 64, updates = 300, heads = 4;

// A text of 60 invented words, some of which are much more frequent than others.
std::string invented_text(uint64_t seed) {
  Generator gen(seed, 77);
  constexpr int64_t count = 60;
  std::vector<std::string> words;
  for (int64_t i = 0; i < count; ++i) {
    std::string word;
    const int64_t length = 2 + gen.below(5);
    for (int64_t c = 0; c < length; ++c) word += static_cast<char>('a' + gen.below(12));
    words.push_back(word);
  }
  std::string out;
  const Draw draw = gen.draw();
  for (uint64_t i = 0; i < 12000; ++i) {
    const double u = draw.uniform(i);
    out += words[static_cast<size_t>(u * u * count)] + " ";
  }
  return out;
}

void train(const LanguageData& data, Gpt& model, uint64_t seed) {
  LanguageTask task(data, std::move(model), 8, seed);
  AdamW adam(*task.gpt, {.lr = 0.005, .weight_decay = 0.1});
  const Schedule rate = warmup_lr(15, cosine_annealing_lr(updates));
  int64_t step = 0;
  for (int64_t epoch = 0; step < updates; ++epoch) {
    const int64_t batches = task.begin_epoch(epoch);
    for (int64_t b = 0; b < batches && step < updates; ++b, ++step) {
      adam.zero_grad();
      task.loss(b).loss.backward();
      clip_grad_norm(*task.gpt, 1);
      adam.set_lr(rate, step);
      adam.step();
    }
  }
  model = std::move(*task.gpt);
  model.eval();
}

// Nats per character over 8,192 held-out characters, read in pieces of `length`.
double loss_at(const Gpt& model, const Tokens& text, int64_t length) {
  const NoGrad no_grad;
  double sum = 0;
  constexpr int64_t characters = 8192;
  for (int64_t at = 0; at < characters; at += length) {
    const Tensor piece =
        tensor(std::vector<int64_t>(text.begin() + at, text.begin() + at + length + 1))
            .unsqueeze(0);
    sum += model.loss(narrow(piece, 1, 0, length), narrow(piece, 1, 1, length)).item();
  }
  return sum * static_cast<double>(length) / characters;
}

LineChart::Line curve(const std::string& name, GptPosition position, uint64_t seed) {
  const std::string text = invented_text(seed);
  const LanguageData data = LanguageData::from_texts({&text, 1}, {.held_out = 0.2});
  manual_seed(seed);
  Gpt model({.vocab = data.tokenizer->size(),
             .block = trained_length,
             .d_model = 32,
             .nhead = heads,
             .layers = 2,
             .position = position});
  train(data, model, seed);
  LineChart::Line line{name};
  for (int64_t length : {64, 128, 256, 512}) {
    line.x.push_back(static_cast<double>(length));
    line.y.push_back(loss_at(model, data.valid, length));
  }
  return line;
}

void check_bias(Experiment& e) {
  constexpr int64_t n = 8;
  Generator gen(e.seed());
  const Tensor bias = e.broken() ? neg(alibi_bias(heads, n, n)) : alibi_bias(heads, n, n);
  HeatMap map{.title = "ALiBi, first of 4 heads: added to the scores",
              .row_axis = "query",
              .col_axis = "key",
              .value_axis = "bias",
              .values = bias[0].to_vector<double>(),
              .low = -2,
              .high = 2,
              .diverging = true};
  for (int64_t i = 0; i < n; ++i) {
    map.rows.push_back(std::to_string(i));
    map.cols.push_back(std::to_string(i));
  }
  e.chart(map);
  double diagonal = 0, disorder = 0;
  for (int64_t h = 0; h < heads; ++h)
    for (int64_t i = 0; i < n; ++i) {
      diagonal = std::max(diagonal, std::abs(bias.index({h, i, i}).item()));
      for (int64_t j = 1; j <= i; ++j)
        disorder += bias.index({h, i, j - 1}).item() >= bias.index({h, i, j}).item();
    }
  const Shape shape{1, heads, n, 16};
  const Tensor q = randn(shape, gen), k = randn(shape, gen), v = randn(shape, gen);
  const Tensor fused = scaled_dot_product_attention(q, k, v, {.alibi = alibi_slopes(heads)});
  e.equal(49, "bias of a step for itself", diagonal, 0);
  e.equal(49, "keys farther back with a bias not below", disorder, 0);
  e.below(49, "slopes in the op − bias as a matrix",
          largest_difference(fused, scaled_dot_product_attention(q, k, v, {.bias = bias})), 1e-12);
}

void check_lengths(Experiment& e) {
  const DefaultDType narrow_type(DType::f32);
  LineChart chart{.title = "loss by length; trained on 64 characters",
                  .x_axis = "length",
                  .y_axis = "nats per character",
                  .log_x = true,
                  .from_zero = false};
  const LineChart::Line rope = curve("RoPE", GptPosition::rope, e.seed());
  chart.lines.push_back(e.broken() ? rope : curve("ALiBi", GptPosition::alibi, e.seed()));
  chart.lines.push_back(rope);
  e.chart(chart);
  e.below(49, "ALiBi: loss at 512 − loss at 64", chart.lines[0].y.back() - chart.lines[0].y.front(),
          0.05);
  e.above(49, "RoPE: loss at 512 − loss at 64", rope.y.back() - rope.y.front(), 0.15);
}

void run(Experiment& e) {
  check_bias(e);
  check_lengths(e);
}

}  // namespace lab_alibi

LabPage alibi_page() {
  return {.name = "alibi",
          .chapter = "positions",
          .title = "ALiBi, and texts longer than trained on",
          .items = {49},
          .claim =
              "ALiBi lowers each score in proportion to the distance, with a slope per head. A "
              "model trained on 64 characters then reads 512 as well as 64, which a model with "
              "rotary positions does not.",
          .formula = "score = q·k / √d − m_h |i − j|        m_h = 2^(−8h/H), h = 1 … H",
          .breaks = "the bias rises with distance; RoPE in the place of ALiBi",
          .read = {{"src/nn/position.cpp", "Tensor alibi_bias("},
                   {"include/gradus/ops/attention.h", "std::vector<double> alibi{}"}},
          .next = "compare positions --help",
          .questions =
              {{"Why does ALiBi not need any training on long texts?",
                "A far key gets a low score whatever its content, so 512 characters look to the "
                "model much like the last few dozen. It reads on, but it does not use the far "
                "past."},
               {"Why do heads have different slopes?",
                "A steep head reads the nearest steps, a flat one the wide past. With one slope "
                "all heads would see the same window."}},
          .correction =
              "text 002, section 4.5 prints the bias of the keys 1 … i as m · [0, −1, …, −(i−1)], "
              "so that the oldest key has 0 and the query itself −(i−1). It is the other way "
              "round: −(i−1) for the oldest key, 0 for the query itself.",
          .run = lab_alibi::run};
}

}  // namespace gradus::tools
