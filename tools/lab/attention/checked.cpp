// SPDX-License-Identifier: MIT
// The gradients of multi-head attention, masked and between two sequences, against differences.
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/attention.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/ops/elementwise.h"
#include "gradus/tensor/make.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_checked {

constexpr int64_t model = 8, heads = 2, target = 3, source = 6;

// The counter-experiment: the backward of attention forgets the factor 1 / √D in dq.
void forget_scale(BackwardEvent& event) {
  if (std::string(event.node.op) != "scaled_dot_product_attention") return;
  const NoGrad no_grad;
  event.grads[0] = event.grads[0] * std::sqrt(static_cast<double>(model / heads));
}

Table table_of(const GradcheckReport& report, const std::string& title) {
  Table table{.columns = {{"gradient of"}, {"shape"}, {"largest error", 1, true}, {"verdict"}},
              .title = title};
  for (const GradcheckEntry& entry : report.entries)
    table.rows.push_back(
        {entry.name, entry.shape.str(), entry.error, std::string(name(entry.verdict))});
  return table;
}

void run(Experiment& e) {
  Generator gen(e.seed());
  std::optional<ObserveBackward> spoiler;
  if (e.broken()) spoiler.emplace(forget_scale);
  MultiheadAttention m({.embed_dim = model, .num_heads = heads}, gen);
  const Tensor x = randn({1, source, model}, gen);
  const CheckedFunction causal = [&](Inputs in) -> Tensors { return {m(in[0], Mask::causal())}; };
  const GradcheckReport self = gradcheck(m, causal, {x});
  e.table(table_of(self, "Causal self-attention of 6 steps"));

  const Tensor decoder = randn({1, target, model}, gen), memory = randn({1, source, model}, gen);
  const CheckedFunction look = [&](Inputs in) -> Tensors { return {m(in[0], in[1], in[1])}; };
  GradcheckReport cross = gradcheck(m, look, {decoder, memory});
  cross.entries.resize(2);
  cross.entries[0].name = "decoder states";
  cross.entries[1].name = "encoder states";
  e.table(table_of(cross, "Cross-attention: 3 decoder steps look at 6 encoder steps"));

  e.below(59, "causal: largest error of any gradient", self.worst(), 1e-6);
  e.below(56, "cross: largest error on both sides", cross.worst(), 1e-6);
  e.equal(56, "steps that come out − decoder steps",
          static_cast<double>(m(decoder, memory, memory).size(1) - target), 0);
}

}  // namespace lab_checked

LabPage checked_page() {
  return {.name = "checked",
          .chapter = "attention",
          .title = "Gradients of attention, checked",
          .items = {56, 59},
          .claim =
              "Every gradient of multi-head attention, with a causal mask and between sequences "
              "of different lengths, agrees with a difference quotient to about ten digits.",
          .formula =
              "f′(x) ≈ (f(x − 2h) − 8 f(x − h) + 8 f(x + h) − f(x + 2h)) / 12 h\n"
              "cross-attention: Q from the decoder, K and V from the encoder",
          .breaks = "the gradient of the queries lacks the factor 1 / √D",
          .read = {{"src/autograd/gradcheck.cpp", "Tensor numeric_gradient("},
                   {"include/gradus/nn/gradcheck.h", "GradcheckReport gradcheck("}},
          .next = "gradcheck scaled_dot_product_attention --mutants",
          .questions =
              {{"Why is the gradient checked in f64 although models train in f32?",
                "A difference of two nearly equal numbers loses digits. With 16 digits and h = "
                "3e-5 about ten remain; with f32's 7 digits almost none."},
               {"In cross-attention, which side decides the length of the output?",
                "The queries: each gives one row. The encoder's length only decides over how many "
                "keys the weights are spread."}},
          .run = lab_checked::run};
}

}  // namespace gradus::tools
