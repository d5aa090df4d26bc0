// SPDX-License-Identifier: MIT
// The encoder-decoder of the paper by its shapes and parameter counts.
#include <cmath>

#include "gradus/nn/transformer.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_stack {

constexpr double d = 512, f = 2048, layers = 6;

// Shapes on the way through a toy stack, to keep the page fast; the counts are the paper's.
void show_shapes(Experiment& e) {
  Generator gen(e.seed());
  const TransformerOptions o{.d_model = 32,
                             .nhead = 4,
                             .num_encoder_layers = 2,
                             .num_decoder_layers = 2,
                             .dim_feedforward = 64};
  Transformer model(o, gen);
  model.eval();
  const Tensor src = randn({3, 7, 32}, gen), tgt = randn({3, 5, 32}, gen);
  const Tensor memory = model.encoder(src);
  Table table{.columns = {{"tensor"}, {"batch", 0}, {"words", 0}, {"width", 0}},
              .title = "A toy: d_model 32, 4 heads of 8, two encoder and two decoder layers"};
  const auto row = [&](const std::string& name, const Tensor& x) {
    table.rows.push_back({name, static_cast<double>(x.size(0)), static_cast<double>(x.size(1)),
                          static_cast<double>(x.size(2))});
  };
  row("source", src);
  row("memory", memory);
  row("target", tgt);
  row("output", model.decoder(tgt, memory, Mask::causal()));
  e.table(table);
}

void run(Experiment& e) {
  show_shapes(e);
  const DefaultDType narrow(DType::f32);
  const TransformerLayerOptions o{.d_model = 512, .nhead = 8, .dim_feedforward = 2048};
  const TransformerEncoderLayer encoder(o);
  const TransformerDecoderLayer decoder(o);
  const auto in_encoder = static_cast<double>(encoder.count());
  const auto in_decoder = static_cast<double>(decoder.count());
  const double attention = 4 * (d * d + d), forward = 2 * d * f + f + d, norm = 2 * d;
  const double stacked = e.broken() ? 1 : layers;  // one set of weights for all layers
  const double total = stacked * (in_encoder + in_decoder) + 2 * norm;
  Table table{.columns = {{"part"}, {"formula"}, {"parameters"}},
              .title = "The base model of the paper: d = 512, f = 2048, N = 6, 8 heads"};
  const auto row = [&](const char* part, const char* formula, double count) {
    table.rows.push_back(
        {std::string(part), std::string(formula), grouped(static_cast<int64_t>(count))});
  };
  row("attention", "4 (d² + d)", attention);
  row("feed-forward", "2 d f + f + d", forward);
  row("LayerNorm", "2 d", norm);
  row("encoder layer", "1 attention, 1 feed-forward, 2 norms", in_encoder);
  row("decoder layer", "2 attentions, 1 feed-forward, 3 norms", in_decoder);
  row("both stacks", "6 of each, and a last norm of each", total);
  e.table(table);
  e.equal(68, "width of a head", d / static_cast<double>(o.nhead), 64);
  e.equal(68, "encoder layer, counted", in_encoder, attention + forward + 2 * norm);
  e.equal(68, "decoder layer, counted", in_decoder, 2 * attention + forward + 3 * norm);
  e.equal(68, "both stacks", total, 44140544);
}

}  // namespace lab_stack

LabPage stack_page() {
  return {
      .name = "stack",
      .chapter = "transformer",
      .title = "Six encoders and six decoders",
      .items = {68},
      .claim =
          "A transformer is a stack of equal layers, which keep the shape [batch, words, "
          "d_model]; each layer has weights of its own. The paper's base model has 44 "
          "million parameters without its embeddings.",
      .formula =
          "encoder layer: self-attention, feed-forward\n"
          "decoder layer: masked self-attention, attention to the memory, feed-forward\n"
          "each with a residual connection and a LayerNorm;  head width = d / heads",
      .breaks = "all layers of a stack share one set of weights",
      .read = {{"include/gradus/nn/transformer.h", "struct TransformerEncoderLayer"},
               {"include/gradus/nn/transformer.h", "struct TransformerDecoderLayer"}},
      .next = "lab decoder",
      .questions = {{"The paper says 65 million. Where are the other 21?",
                     "Nearly all in the embedding of 37,000 word pieces, which source, target and "
                     "output share: 37,000 · 512 = 19 million."},
                    {"Does the number of heads change the number of parameters?",
                     "No: 8 heads of 64 or 1 of 512 have the same four d × d matrices."}},
      .run = lab_stack::run};
}

}  // namespace gradus::tools
