// SPDX-License-Identifier: MIT
// ONNX's optimizers: a step from a given state. Inputs: rate, number of earlier steps, then all
// parameters, all gradients and all states.
#include "gradus/optim/rmsprop.h"
#include "gradus/optim/sgd.h"
#include "tests/onnx/case.h"

namespace gradus::tests::onnx {
namespace {

constexpr const char* training = "ai.onnx.preview.training";

struct Step {
  double lr;
  int64_t before;
  std::vector<NamedTensor> parameters;
  StateDict states;

  Step(Case& c, const char* state) : lr(c.in(0).item()), before(c.whole_in(1)) {
    const std::vector<Tensor> all = c.ins(2);
    if (all.size() % 3 != 0) file_error({c.name, ": parameters without gradient or state"});
    const size_t n = all.size() / 3;
    for (size_t i = 0; i < n; ++i) {
      const std::string name = "p" + std::to_string(i);
      Tensor p = all[i].clone_data().requires_grad_();
      p.set_grad(all[n + i]);
      parameters.push_back({name, p});
      states[name + "." + state] = all[2 * n + i];
      states[name + ".step"] = full({}, static_cast<double>(before), DType::i64);
    }
  }
  Results take(Optimizer& optimizer, const std::string& state) {
    optimizer.load_state_dict(states);
    optimizer.step();
    const StateDict after = optimizer.state_dict();
    Results results;
    for (const NamedTensor& p : parameters) results.push_back(p.tensor.detach());
    for (const NamedTensor& p : parameters) results.push_back(after.at(p.name + "." + state));
    return results;
  }
};

Results adagrad(Case& c) {
  Step step(c, "sum");
  Adagrad optimizer(step.parameters, {.lr = step.lr,
                                      .lr_decay = c.number("decay_factor", 0),
                                      .weight_decay = c.number("norm_coefficient", 0),
                                      .eps = c.number("epsilon", 1e-6)});
  return step.take(optimizer, "sum");
}

// The weight of the gradient, beta, counts from the second step on. ONNX's Nesterov form has the
// whole gradient, which is gradus' where beta is 1.
Results momentum(Case& c) {
  Step step(c, "momentum_buffer");
  const std::string mode = c.word("mode", "");
  if (mode != "standard" && mode != "nesterov") skip({"mode = ", mode, " is not known"});
  const double beta = c.number("beta"), weight = step.before > 0 ? beta : 1;
  if (mode == "nesterov" && weight != 1) skip({"gradus' Nesterov form has no dampening"});
  Sgd optimizer(step.parameters, {.lr = step.lr,
                                  .momentum = c.number("alpha"),
                                  .dampening = 1 - weight,
                                  .weight_decay = c.number("norm_coefficient"),
                                  .nesterov = mode == "nesterov"});
  return step.take(optimizer, "momentum_buffer");
}

const Operator optimizer_operators[] = {
    {.name = "Adagrad", .since = 1, .run = adagrad, .domain = training},
    {.name = "Adam",
     .since = 1,
     .run = nullptr,
     .reason = "gradus' Adam follows PyTorch: bias correction from the first step on",
     .domain = training},
    {.name = "Momentum", .since = 1, .run = momentum, .domain = training},
};

}  // namespace

Operators optimizers() { return optimizer_operators; }

}  // namespace gradus::tests::onnx
