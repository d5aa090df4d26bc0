// SPDX-License-Identifier: MIT
// Model, data and training of the reversal task.
#include "tools/lab/transformer/reversal.h"

#include <vector>

#include "gradus/autograd/node.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tools/lab/fit.h"
#include "tools/lab/small_encoder.h"

namespace gradus::tools {
namespace {

constexpr int64_t letters = 10, length = 8, width = 32;

Tensor reversed(const Tensor& ids) {
  std::vector<int64_t> order;
  for (int64_t i = length; i-- > 0;) order.push_back(i);
  return index_select(ids, 1, order);
}

}  // namespace

double reversal_accuracy(const ReversalOptions& options, uint64_t seed) {
  const DefaultDType narrow(DType::f32);
  Generator gen(seed);
  SmallEncoder model(letters, letters,
                     {.layer = {.d_model = width,
                                .nhead = 4,
                                .dim_feedforward = 2 * width,
                                .dropout = 0,
                                .norm_first = options.norm_first,
                                .residual = options.residual},
                      .num_layers = options.layers,
                      .norm = options.norm_first},
                     gen);
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
