// SPDX-License-Identifier: MIT
// ONNX's two losses.
#include "gradus/ops/loss.h"
#include "gradus/ops/softmax.h"
#include "tests/onnx/case.h"

namespace gradus::tests::onnx {
namespace {

Reduction reduction(Case& c) {
  const std::string word = c.word("reduction", "mean");
  if (word == "none") return Reduction::none;
  if (word == "mean") return Reduction::mean;
  if (word == "sum") return Reduction::sum;
  skip({"reduction = ", word, " is not known"});
}

// Without ignore_index every target must be a class.
int64_t ignored(Case& c) { return c.integer("ignore_index", INT64_MIN); }

Results nll(Case& c) {
  return {nll_loss(c.in(0), c.in(1), c.optional(2), ignored(c), reduction(c))};
}

Results softmax_cross_entropy(Case& c) {
  Results y = {cross_entropy(
      c.in(0), c.in(1),
      {.weight = c.optional(2), .ignore_index = ignored(c), .reduction = reduction(c)})};
  if (c.outputs() > 1) y.push_back(log_softmax(c.in(0), 1));
  return y;
}

const Operator losse_operators[] = {
    {"NegativeLogLikelihoodLoss", 13, nll},
    {"SoftmaxCrossEntropyLoss", 13, softmax_cross_entropy},
};

}  // namespace

Operators losses() { return losse_operators; }

}  // namespace gradus::tests::onnx
