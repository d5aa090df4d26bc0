// SPDX-License-Identifier: MIT
// The two masks of a decoder: no look ahead, and no look at the padding of the source.
#include "gradus/ops/view.h"
#include "models/seq2seq_transformer.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_decoder {

constexpr int64_t width = 16;

// The largest change of the first outputs when the target is cut after them.
double look_ahead(const Transformer& model, const Mask& mask, Generator& gen) {
  const Tensor memory = model.encoder(randn({2, 6, width}, gen)), tgt = randn({2, 7, width}, gen);
  const Tensor whole = model.decoder(tgt, memory, mask);
  double most = 0;
  for (int64_t n = 1; n < 7; ++n) {
    const Tensor cut = model.decoder(narrow(tgt, 1, 0, n), memory, mask);
    most = std::max(most, largest_difference(narrow(whole, 1, 0, n), cut));
  }
  return most;
}

// The largest change of the output when four pads of noise follow a source of five words.
double padding(const Transformer& model, bool memory_mask, Generator& gen) {
  const Tensor src = randn({1, 9, width}, gen), tgt = randn({1, 4, width}, gen);
  const Mask pads = Mask::padding({5});
  const Tensor alone = model(narrow(src, 1, 0, 5), tgt, {.tgt = Mask::causal()});
  TransformerMasks masks{.src = pads, .tgt = Mask::causal()};
  if (memory_mask) masks.memory = pads;
  return largest_difference(alone, model(src, tgt, masks));
}

void run(Experiment& e) {
  Generator gen(e.seed());
  Transformer model({.d_model = width,
                     .nhead = 4,
                     .num_encoder_layers = 2,
                     .num_decoder_layers = 2,
                     .dim_feedforward = 32},
                    gen);
  model.eval();
  const Mask mask = e.broken() ? Mask() : Mask::causal();
  const double ahead = look_ahead(model, mask, gen), open = look_ahead(model, Mask(), gen);
  const double quiet = padding(model, !e.broken(), gen), text_form = padding(model, false, gen);
  Table table{.columns = {{"change"}, {"with mask", 2, true}, {"without", 2, true}},
              .rows = {{std::string("target cut: earlier outputs"), ahead, open},
                       {std::string("source padded: all outputs"), quiet, text_form}},
              .title = "What an output of the decoder depends on"};
  e.table(table);
  HeatMap map{.title = "causal mask (1: may look)", .row_axis = "query", .col_axis = "key"};
  for (int64_t i = 0; i < 5; ++i) {
    map.rows.push_back("y" + std::to_string(i + 1));
    for (int64_t j = 0; j < 5; ++j) map.values.push_back(mask.allows(0, 0, i, j));
  }
  map.cols = map.rows;
  e.chart(map);
  e.below(76, "target cut, change of earlier outputs", ahead, 1e-12);
  e.above(76, "the same without a causal mask", open, 0.05);
  e.below(77, "source padded, change of the output", quiet, 1e-12);
  e.above(77, "the same without a memory mask", text_form, 0.05);
}

}  // namespace lab_decoder

LabPage decoder_page() {
  return {.name = "decoder",
          .chapter = "transformer",
          .title = "The decoder and its masks",
          .items = {76, 77},
          .claim =
              "A decoder layer is masked self-attention, attention to the memory, and a "
              "feed-forward. What comes later in the target changes no earlier output, and "
              "padding of the source changes none at all: that needs a mask of its own.",
          .formula =
              "x = x + self(norm x, causal)\n"
              "x = x + cross(norm x, memory, padding of the source)\n"
              "x = x + ffn(norm x)              (or post-norm: norm(x + …))",
          .breaks = "no causal mask, and no mask of the memory",
          .read = {{"include/gradus/nn/transformer.h", "struct TransformerDecoderLayer"},
                   {"models/seq2seq_transformer.cpp", "Mask::causal(),"}},
          .next = "train translate --help",
          .questions = {{"The encoder already hides the pads from itself. Why is that not enough?",
                         "Its outputs at the pads exist all the same, and the decoder's second "
                         "attention would read them like words."},
                        {"Is a padding mask for the target needed, too?",
                         "Not for the real words: padding is at the end, and the causal mask hides "
                         "it from them. The loss must leave out the predictions at pads."}},
          .correction =
              "the translation model of text 004 passes no memory padding mask; with "
              "four pads its output changes by about 0.3 instead of 0.",
          .run = lab_decoder::run};
}

}  // namespace gradus::tools
