// SPDX-License-Identifier: MIT
// Model, data and training of the reversal task.
#include "tools/lab/transformer/reversal.h"

#include <vector>

#include "gradus/autograd/node.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tools/lab/fit.h"

namespace gradus::tools {
namespace {

constexpr int64_t letters = 10, length = 8, width = 32;

struct Reverser : Module {
  Reverser(const ReversalOptions& o, Generator& gen)
      : embed({letters, width}, gen),
        position({.d_model = width}),
        encoder({.layer = {.d_model = width,
                           .nhead = 4,
                           .dim_feedforward = 2 * width,
                           .dropout = 0,
                           .norm_first = o.norm_first,
                           .residual = o.residual},
                 .num_layers = o.layers,
                 .norm = o.norm_first},
                gen),
        head({width, letters}, gen) {}
  Tensor operator()(const Tensor& ids) const { return head(encoder(position(embed(ids)))); }
  void visit(Visitor& v) override {
    v("embed", embed);
    v("position", position);
    v("encoder", encoder);
    v("head", head);
  }
  Embedding embed;
  SinusoidalPosition position;
  TransformerEncoder encoder;
  Linear head;
};

Tensor reversed(const Tensor& ids) {
  std::vector<int64_t> order;
  for (int64_t i = length; i-- > 0;) order.push_back(i);
  return index_select(ids, 1, order);
}

}  // namespace

double reversal_accuracy(const ReversalOptions& options, uint64_t seed) {
  const DefaultDType narrow(DType::f32);
  Generator gen(seed);
  Reverser model(options, gen);
  fit(model, {.steps = options.steps, .lr = options.lr, .warmup = options.warmup}, [&](int64_t) {
    const Tensor ids = randint(0, letters, {16, length}, gen);
    return cross_entropy(flatten(model(ids), 0, 1), flatten(reversed(ids)));
  });
  const NoGrad no_grad;
  const Tensor ids = randint(0, letters, {100, length}, gen);
  const Tensor right = argmax(model(ids), -1) == reversed(ids);
  return sum(right).item() / static_cast<double>(ids.numel());
}

}  // namespace gradus::tools
