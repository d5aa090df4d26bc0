// SPDX-License-Identifier: MIT
// The flow audit on seeded faults, and the trainer that refuses them.
#include "gradus/train/flow.h"

#include "gradus/autograd/autograd.h"
#include "gradus/nn/attention.h"
#include "gradus/nn/basic.h"
#include "gradus/nn/init.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/optim/adam.h"
#include "gradus/train/trainer.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace train_flow_test {

// Two layers and a head; `forward` decides how they are connected.
struct Net : Module {
  Linear first{{3, 4}}, second{{4, 4}}, head{{4, 1}};
  std::function<Tensor(Net&, const Tensor&)> forward;
  explicit Net(std::function<Tensor(Net&, const Tensor&)> f) : forward(std::move(f)) {}
  void visit(Visitor& v) override {
    v("first", first);
    v("second", second);
    v("head", head);
  }
};

Tensor data() {
  Generator gen(4);
  return randn({5, 3}, gen);
}

FlowAudit audit_of(Net& net) {
  return flow_audit([&] { return net.forward(net, data()).mean(); }, net);
}

const ParameterFlow& found(const FlowAudit& audit, const std::string& name) {
  for (const ParameterFlow& p : audit.parameters)
    if (p.name == name) return p;
  FAIL("no parameter " << name);
  return audit.parameters[0];
}

void check_flow(const FlowAudit& audit, const std::string& name, Flow flow, const char* reason) {
  const ParameterFlow& p = found(audit, name);
  INFO(name << ": " << p.reason);
  CHECK(p.flow == flow);
  CHECK(has(p.reason, reason));
}

TEST_CASE("flow audit: a sound model", "[flow]") {
  Net net([](Net& n, const Tensor& x) { return n.head(tanh(n.second(tanh(n.first(x))))); });
  net.second.bias.requires_grad_(false);
  const FlowAudit audit = audit_of(net);
  CHECK(audit.line() == "5 parameters get a gradient, 0 are not reached, 1 is frozen");
  CHECK(audit.reasons(Flow::not_reached).empty());
  for (const NamedTensor& p : net.named_parameters()) CHECK(!p.tensor.grad().defined());
}

TEST_CASE("flow audit: it leaves the random stream and the weights as they were", "[flow]") {
  manual_seed(8);
  Net net([](Net& n, const Tensor& x) { return n.head(n.second(dropout(n.first(x), 0.5, true))); });
  const StateDict before = net.state_dict();
  const Draw place = default_generator().place();
  audit_of(net);
  CHECK(default_generator().place().number == place.number);
  for (const auto& [name, x] : net.state_dict()) CHECK(identical(x, before.at(name)));
}

TEST_CASE("flow audit: parameters that are not reached and where the chain stops", "[flow]") {
  SECTION("a part that is never called") {
    Net net([](Net& n, const Tensor& x) { return n.head(n.first(x)); });
    const FlowAudit audit = audit_of(net);
    CHECK(audit.count(Flow::not_reached) == 2);
    check_flow(audit, "second.weight", Flow::not_reached, "no op reads it");
    CHECK(has(audit.reasons(Flow::not_reached), "second.bias [4]: no op reads it"));
  }
  SECTION("a detached value") {
    Net net([](Net& n, const Tensor& x) { return n.head(relu(n.second(n.first(x))).detach()); });
    const FlowAudit audit = audit_of(net);
    CHECK(audit.count(Flow::not_reached) == 4);
    check_flow(audit, "first.weight", Flow::not_reached,
               "linear in first -> linear in second -> relu after second, whose result linear in "
               "head reads without its graph");
  }
  SECTION("a result that nothing reads") {
    Net net([](Net& n, const Tensor& x) {
      n.second(n.first(x));
      return n.head(n.first(x));
    });
    check_flow(audit_of(net), "second.weight", Flow::not_reached,
               "linear in second, whose result the loss does not depend on");
  }
}

TEST_CASE("flow audit: parameters that are read without their graph", "[flow]") {
  SECTION("a weight that is read detached") {
    Net net([](Net& n, const Tensor& x) {
      return n.head(linear(n.first(x), n.second.weight.detach(), n.second.bias));
    });
    const FlowAudit audit = audit_of(net);
    check_flow(audit, "second.weight", Flow::not_reached, "reads it without its graph");
    CHECK(found(audit, "second.bias").flow == Flow::reached);
  }
  SECTION("a part under NoGrad") {
    Net net([](Net& n, const Tensor& x) {
      const Tensor hidden = [&] {
        const NoGrad no_grad;
        return n.second(n.first(x));
      }();
      return n.head(hidden);
    });
    check_flow(audit_of(net), "first.bias", Flow::not_reached, "only under NoGrad");
  }
}

TEST_CASE("flow audit: a layer whose weight starts at 0 is not called dead", "[flow]") {
  Net net([](Net& n, const Tensor& x) { return n.head(relu(n.second(n.first(x)))); });
  zeros_(net.head.weight);
  check_flow(audit_of(net), "first.weight", Flow::zero, "linear in head gives it a gradient of 0");
  check_flow(audit_of(net), "first.weight", Flow::zero, "its weight is 0, before the first");
  CHECK(found(audit_of(net), "head.weight").flow == Flow::reached);
}

TEST_CASE("flow audit: gradients that are exactly zero and the op that stops them", "[flow]") {
  SECTION("a dead relu") {
    Net net([](Net& n, const Tensor& x) { return n.head(relu(n.second(n.first(x)) - 1000)); });
    const FlowAudit audit = audit_of(net);
    check_flow(audit, "second.weight", Flow::zero, "relu after second gives it a gradient of 0: ");
    check_flow(audit, "first.bias", Flow::zero, "none of its inputs is above 0 (dead)");
    check_flow(audit, "head.weight", Flow::zero, "gives it a gradient of 0");
    CHECK(found(audit, "head.bias").flow == Flow::reached);
  }
  SECTION("a factor of 0") {
    Net net([](Net& n, const Tensor& x) { return n.head(n.second(n.first(x)) * zeros({5, 4})); });
    check_flow(audit_of(net), "first.weight", Flow::zero, "mul after second gives it");
    check_flow(audit_of(net), "first.weight", Flow::zero, "the other factor is 0");
  }
  SECTION("a mask that hides every key") {
    Net net([](Net& n, const Tensor& x) {
      const Tensor v = n.second(n.first(x));
      return n.head(scaled_dot_product_attention(
          v, v, v, {.mask = Mask::hidden(full({5, 5}, 1, DType::boolean))}));
    });
    check_flow(audit_of(net), "first.weight", Flow::zero, "its mask hides every key");
  }
  SECTION("dropout of everything") {
    Net net([](Net& n, const Tensor& x) { return n.head(dropout(n.first(x), 1, true)); });
    check_flow(audit_of(net), "first.weight", Flow::zero, "it dropped everything");
  }
  SECTION("contributions that cancel") {
    Net net([](Net& n, const Tensor& x) {
      const Tensor y = n.first(x);
      return n.head(n.second(y - y));
    });
    check_flow(audit_of(net), "first.weight", Flow::zero, "add up to exactly 0");
  }
}

TEST_CASE("flow audit: a loss that is no scalar is refused", "[flow]") {
  Net net([](Net& n, const Tensor& x) { return n.head(x); });
  CHECK(message_of([&] { flow_audit([] { return ones({2}); }, net); }) ==
        "flow_audit: the loss is f32 [2]; expected a scalar");
}

struct NetTask : Task {
  explicit NetTask(bool whole)
      : net([whole](Net& n, const Tensor& x) {
          return n.head(whole ? n.second(n.first(x)) : n.first(x));
        }) {}
  Module& model() override { return net; }
  int64_t begin_epoch(int64_t) override { return 2; }
  Batch loss(int64_t) override {
    const Tensor y = net.forward(net, data() + 0.01 * randn({5, 3}));
    return {.loss = mse_loss(y, ones({5, 1})), .weight = 5, .tokens = 5};
  }
  Json evaluate() override {
    Json figures;
    figures["valid_loss"] = 1.0;
    return figures;
  }
  Net net;
};

StateDict trained(NetTask& task, TrainerOptions options) {
  manual_seed(5);
  Adam adam(task.net.named_parameters());
  options.epochs = 1;
  options.quiet = true;
  Trainer(task, adam, options).run();
  return task.net.state_dict();
}

TEST_CASE("the trainer refuses parameters that are not reached unless allow_unused", "[flow]") {
  NetTask part(false);
  try {
    trained(part, {});
    FAIL("it trained");
  } catch (const std::runtime_error& e) {
    const std::string m = e.what();
    CHECK(has(m, "before the first step: 4 parameters get a gradient, 2 are not reached"));
    CHECK(has(m, "second.weight [4, 4]: no op reads it"));
    CHECK(has(m, "--allow-unused"));
  }
  NetTask allowed(false);
  const StateDict state = trained(allowed, {.allow_unused = true});
  NetTask frozen(false);
  frozen.net.second.requires_grad_(false);
  for (const auto& [name, x] : trained(frozen, {})) CHECK(state.count(name) == 1);
  NetTask whole(true);
  trained(whole, {});
}

}  // namespace train_flow_test
