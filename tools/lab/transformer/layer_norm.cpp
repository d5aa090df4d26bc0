// SPDX-License-Identifier: MIT
// LayerNorm: what it computes, its gradients, and a deep network that needs it.
#include <algorithm>
#include <cmath>

#include "gradus/autograd/gradcheck.h"
#include "gradus/nn/basic.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/optim/sgd.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_layer_norm {

constexpr int64_t width = 16, depth = 12, classes = 4;

struct Deep : Module {
  explicit Deep(bool normalised, Generator& gen) : head({width, classes}, gen) {
    for (int64_t i = 0; i < depth; ++i) {
      layers.emplace_back(LinearOptions{width, width}, gen);
      if (normalised) norms.emplace_back(LayerNormOptions{.normalized_shape = {width}});
    }
  }
  Tensor operator()(Tensor x) const {
    for (size_t i = 0; i < layers.size(); ++i) {
      x = layers[i](x);
      x = relu(norms.empty() ? x : norms[i](x));
    }
    return head(x);
  }
  void visit(Visitor& v) override {
    v("layers", layers);
    v("norms", norms);
    v("head", head);
  }
  std::vector<Linear> layers;
  std::vector<LayerNorm> norms;
  Linear head;
};

// The accuracy of a network that learns which of four random directions is nearest.
double trained(bool normalised, const Experiment& e, LineChart::Line& line) {
  const DefaultDType narrow(DType::f32);
  Generator gen(e.seed());
  const Tensor directions = randn({width, classes}, gen);
  Deep model(normalised, gen);
  Sgd optimizer(model, {.lr = 0.01});
  double accuracy = 0;
  for (int64_t step = 0; step < 800; ++step) {
    const Tensor x = randn({64, width}, gen), y = argmax(matmul(x, directions), -1);
    const Tensor logits = model(x), loss = cross_entropy(logits, y);
    if (step >= 750) accuracy += sum(argmax(logits, -1) == y).item() / 64 / 50;
    loss.backward();
    optimizer.step();
    optimizer.zero_grad();
    if (step % 40) continue;
    line.x.push_back(static_cast<double>(step));
    line.y.push_back(loss.item());
  }
  return accuracy;
}

void run(Experiment& e) {
  Generator gen(e.seed());
  const Tensor x = randn({5, 8}, gen) * 3.0 + 2.0;
  const Tensor y = e.broken() ? x : layer_norm(x, {8});
  double mean = 0, variance = 0;
  for (int64_t row = 0; row < 5; ++row) {
    const std::vector<double> v = y[row].to_vector<double>();
    mean = std::max(mean, std::abs(mean_of(v)));
    variance = std::max(variance, std::abs(variance_of(v) - 1));
  }
  const auto report =
      gradcheck([](Inputs in) -> Tensors { return {layer_norm(in[0], {8}, in[1], in[2])}; },
                {x, randn({8}, gen), randn({8}, gen)});
  LineChart chart{.title = "loss of a 12-layer network, SGD at rate 0.01",
                  .x_axis = "step",
                  .y_axis = "loss",
                  .lines = {{"with LayerNorm"}, {"without"}}};
  const double with = trained(!e.broken(), e, chart.lines[0]);
  const double without = trained(false, e, chart.lines[1]);
  e.chart(chart);
  e.below(74, "mean of a row, distance from 0", mean, 1e-14);
  e.below(74, "variance of a row, distance from 1", variance, 1e-4);
  e.below(74, "error of the gradients in x, weight and bias", report.worst(), 1e-8);
  e.above(74, "accuracy with LayerNorm (guessing: 0.25)", with, 0.6);
  e.below(74, "accuracy without", without, 0.4);
}

}  // namespace lab_layer_norm

LabPage layer_norm_page() {
  return {.name = "layer-norm",
          .chapter = "transformer",
          .title = "LayerNorm steadies training",
          .items = {74},
          .claim =
              "LayerNorm gives each vector mean 0 and variance 1, whatever the layer before "
              "did to its size, so that the signal of a deep network neither vanishes nor explodes "
              "and a plain optimiser can train it.",
          .formula =
              "y = (x − μ) / √(σ² + ε) · weight + bias\n"
              "μ = mean(x), σ² = mean((x − μ)²), each over one vector",
          .breaks = "no LayerNorm anywhere",
          .read = {{"src/ops/layer_norm.cpp", "struct Norm"},
                   {"include/gradus/ops/layer_norm.h", "Tensor layer_norm("}},
          .next = "lab residual",
          .questions = {{"Why is the variance not exactly 1?",
                         "ε = 10⁻⁵ is added under the root, so it is σ² / (σ² + ε). A row of equal "
                         "values would otherwise divide by 0."},
                        {"BatchNorm averages over the batch. Why not here?",
                         "Its result for one sentence would depend on the others in the batch and "
                         "on their padding. LayerNorm looks at one vector alone."}},
          .correction =
              "the slide says that LayerNorm prevents overfitting; what can be measured "
              "is that it lets a deep network train.",
          .run = lab_layer_norm::run};
}

}  // namespace gradus::tools
