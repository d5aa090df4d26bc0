// SPDX-License-Identifier: MIT
// One encoder block classifies sequences, and cannot when attention sees nothing but itself.
#include "gradus/autograd/node.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tools/lab/fit.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_encoder_block {

constexpr int64_t letters = 8, length = 8, width = 32;

struct Classifier : Module {
  explicit Classifier(Generator& gen)
      : embed({letters, width}, gen),
        position({.d_model = width}),
        block({.d_model = width, .nhead = 4, .dim_feedforward = 64, .dropout = 0}, gen),
        head({width, 2}, gen) {}
  Tensor operator()(const Tensor& ids, const Mask& mask) const {
    return head(select(block(position(embed(ids)), mask), 1, 0));
  }
  void visit(Visitor& v) override {
    v("embed", embed);
    v("position", position);
    v("block", block);
    v("head", head);
  }
  Embedding embed;
  SinusoidalPosition position;
  TransformerEncoderLayer block;
  Linear head;
};

struct Sample {
  Tensor ids, labels;
};
// Does the first letter occur again? The classes are balanced.
Sample sample(int64_t rows, Generator& gen) {
  Sample s{zeros({rows, length}, DType::i64), zeros({rows}, DType::i64)};
  int64_t* ids = s.ids.mutable_data<int64_t>();
  for (int64_t r = 0; r < rows; ++r, ids += length) {
    ids[0] = gen.below(letters);
    for (int64_t t = 1; t < length; ++t) ids[t] = (ids[0] + 1 + gen.below(letters - 1)) % letters;
    const int64_t again = gen.below(2);
    s.labels.mutable_data<int64_t>()[r] = again;
    if (again) ids[1 + gen.below(length - 1)] = ids[0];
  }
  return s;
}

double accuracy(const Experiment& e, const Mask& mask) {
  Generator gen(e.seed());
  Classifier model(gen);
  fit(model, {.steps = e.reduced() ? 400 : 800, .lr = 5e-3}, [&](int64_t) {
    const Sample s = sample(64, gen);
    return cross_entropy(model(s.ids, mask), s.labels);
  });
  const NoGrad no_grad;
  const Sample s = sample(1000, gen);
  return sum(argmax(model(s.ids, mask), -1) == s.labels).item() / 1000;
}

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  const Mask itself = Mask::window(0, 0);
  const double alone = accuracy(e, itself);
  const double whole = e.broken() ? alone : accuracy(e, {});
  Table table{
      .columns = {{"attention"}, {"accuracy", 3}},
      .rows = {{std::string("to all places"), whole}, {std::string("to itself only"), alone}},
      .title = "Does the first of 8 letters occur again? (guessing: 0.5)"};
  e.table(table);
  e.above(62, "accuracy, attention to all places", whole, 0.95);
  e.below(62, "accuracy, attention to itself only", alone, 0.6);
}

}  // namespace lab_encoder_block

LabPage encoder_block_page() {
  return {.name = "encoder-block",
          .chapter = "transformer",
          .title = "One encoder block classifies",
          .items = {62},
          .claim =
              "Self-attention, feed-forward, two residual connections and two LayerNorms "
              "solve a task that needs two places at once; without attention to other "
              "places the same block guesses.",
          .formula =
              "x = norm₁(x + attention(x))\n"
              "y = norm₂(x + W₂ relu(W₁ x + b₁) + b₂),   class = head(y at place 1)",
          .breaks = "each place may attend to itself only",
          .read = {{"include/gradus/nn/transformer.h", "struct TransformerEncoderLayer"},
                   {"src/nn/transformer.cpp", "norm1"}},
          .next = "lab residual",
          .questions = {{"Would the block still learn this without positions?",
                         "Yes: whether the letter occurs again does not depend on the order. For "
                         "this task positions are no control; the reach of attention is."},
                        {"Which part compares the letters, and which decides?",
                         "A head whose queries and keys are alike for equal letters finds the "
                         "match; the feed-forward turns what it brought into a yes or no."}},
          .reduced = "400 steps instead of 800",
          .run = lab_encoder_block::run};
}

}  // namespace gradus::tools
