// SPDX-License-Identifier: MIT
// A GRU that stops at the length of each sequence, and one that runs on over the padding.
#include "gradus/nn/basic.h"
#include "gradus/nn/recurrent.h"
#include "gradus/ops/view.h"
#include "models/seq2seq.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_padding {

constexpr int64_t letters = 11, padding = 0, width = 16;

void run(Experiment& e) {
  Generator gen(e.seed());
  const Embedding embed({letters, width, padding}, gen);
  const GRU gru({.input_size = width, .hidden_size = width}, gen);
  const std::vector<Tokens> sequences = {{3, 5, 4}, {6, 3, 9, 10, 4, 7, 8}, {8, 8, 3, 4, 5}};
  const TokenBatch batch = pad(sequences, padding);
  const Tensor x = embed(batch.ids);
  const Tensor stopped = (e.broken() ? gru(x) : gru(x, batch.lengths)).h_n;
  const Tensor ran_on = gru(x).h_n;
  Table table{.columns = {{"sequence", 0},
                          {"length", 0},
                          {"pads", 0},
                          {"stops", 2, true},
                          {"runs on", 2, true}},
              .title = "Change of the last state by padding to length 7"};
  double with = 0, without = 0;
  for (size_t i = 0; i < sequences.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    const Tensor alone = gru(embed(pad({&sequences[i], 1}, padding).ids)).h_n[0][0];
    const double a = largest_difference(stopped[0][row], alone);
    const double b = largest_difference(ran_on[0][row], alone);
    const auto length = static_cast<double>(sequences[i].size());
    table.rows.push_back({static_cast<double>(i + 1), length, 7 - length, a, b});
    with = std::max(with, a);
    without = std::max(without, b);
  }
  e.table(table);
  e.below(34, "change of the state by padding, with lengths", with, 1e-12);
  e.above(34, "change of the state by padding, without lengths", without, 0.01);
}

}  // namespace lab_padding

LabPage padded_gru_page() {
  return {.name = "padded-gru",
          .chapter = "recurrence",
          .title = "A GRU that stops at the length",
          .items = {34},
          .claim =
              "Padding embeds to zeros, but a zero input still changes the state of a GRU: "
              "an encoder must stop at each sequence's own length.",
          .formula =
              "hₜ = (1 − zₜ) nₜ + zₜ hₜ₋₁          for t ≤ length\n"
              "x = 0:  n = tanh(bᵢ + r (Wₕ h + bₕ)),  which is not h",
          .breaks = "the lengths are not given to the GRU",
          .read = {{"include/gradus/nn/recurrent.h", "struct GRU"},
                   {"models/seq2seq_recurrent.cpp", "source.lengths"}},
          .next = "lab copy",
          .questions = {{"padding_idx makes the vector of a pad zero. Why is that not enough?",
                         "The gates also read the state and the biases: with x = 0 the state "
                         "moves on, seven times for seven pads."},
                        {"Which sequence of a batch hides this fault?",
                         "The longest: it has no padding. A test with equal lengths, or with one "
                         "sequence, finds nothing."}},
          .correction =
              "the encoder of text 001 has an argument src_lengths and never uses it; "
              "its GRU runs over the pads, which changes the last state by about 0.2, "
              "not 0.",
          .run = lab_padding::run};
}

}  // namespace gradus::tools
