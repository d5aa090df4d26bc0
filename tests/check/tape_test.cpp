// SPDX-License-Identifier: MIT
// The tape of a model, and that every rule of the op table can run again.
#include "gradus/check/tape.h"

#include "check/op_table.h"
#include "gradus/autograd/autograd.h"
#include "gradus/autograd/gradcheck.h"
#include "gradus/gradus.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace check_tape_test {

// The number of ops that ran again; each must give the same results and the same gradients.
int64_t run_again(const check::Sample& sample) {
  std::vector<Tensor> inputs, leaves;
  for (size_t i = 0; i < sample.inputs.size(); ++i) {
    inputs.push_back(sample.inputs[i].detach());
    const bool constant =
        std::find(sample.constants.begin(), sample.constants.end(), i) != sample.constants.end();
    if (inputs[i].dtype() == DType::f64 && !constant) leaves.push_back(inputs[i].requires_grad_());
  }
  int64_t count = 0;
  const ObserveBackward observe([&](BackwardEvent& e) {
    if (std::string(e.node.op) == "straight_through") return;  // its result is not computed
    Outputs results;
    const Ref<Node> node = e.node.again(e.inputs, results);
    INFO(e.node.op);
    REQUIRE(results.size() == e.outputs.size());
    for (size_t k = 0; k < results.size(); ++k) CHECK(identical(results[k], e.outputs[k]));
    const Grads grads = node->run(e.dy, e.wanted);
    for (size_t i = 0; i < grads.size(); ++i)
      if (e.wanted[i]) CHECK(identical(grads[i], e.grads[i]));
    ++count;
  });
  const Tensors y = sample.call({inputs.data(), inputs.size()});
  const std::vector<Tensor> all = random_cotangents({y.data(), y.size()}, 1);
  std::vector<Tensor> outputs, cotangents;
  for (size_t k = 0; k < y.size(); ++k)
    if (y[k].requires_grad()) {
      outputs.push_back(y[k]);
      cotangents.push_back(all[k]);
    }
  if (!outputs.empty()) grad(outputs, leaves, cotangents, {.allow_unused = true});
  return count;
}

TEST_CASE("every rule of the op table runs again with the same bits", "[tape]") {
  int64_t count = 0;
  for (const check::OpRow& row : check::op_table()) {
    if (row.rules.empty()) continue;
    Generator gen(3);
    for (const check::Sample& sample : row.samples(gen)) {
      INFO(row.name << ": " << sample.label);
      count += run_again(sample);
    }
  }
  CHECK(count > 1500);
}

TEST_CASE("a tape has the ops in order with sources and places and gradients", "[tape]") {
  Generator gen(1);
  Linear first{{3, 4}, gen}, second{{4, 2}, gen};
  struct Net : Module {
    Linear &a, &b;
    Net(Linear& x, Linear& y) : a(x), b(y) {}
    void visit(Visitor& v) override {
      v("encoder.first", static_cast<Module&>(a));
      v("encoder.second", static_cast<Module&>(b));
    }
  } net(first, second);
  net.named_parameters();
  const Tensor x = randn({5, 3}, gen);
  const Tape tape = record_tape([&] { return mean(second(tanh(first(x)))); });
  REQUIRE(tape.ops.size() == 4);
  CHECK(tape.ops[0].name() == "linear");
  CHECK(tape.ops[0].place == "reads encoder.first.weight, encoder.first.bias");
  CHECK(tape.ops[0].module == "encoder.first");
  CHECK(tape.ops[0].from[0].kind == TapeSource::Kind::constant);
  CHECK(tape.ops[0].from[1].kind == TapeSource::Kind::leaf);
  CHECK(tape.ops[1].name() == "tanh");
  CHECK(tape.ops[1].place == "after encoder.first.weight, before encoder.second.weight");
  CHECK(tape.ops[1].module == "encoder");
  CHECK(tape.ops[2].from[0].kind == TapeSource::Kind::op);
  CHECK(tape.ops[2].from[0].at == 1);
  CHECK(tape.leaves.size() == 4);
  CHECK(first.weight.grad().defined() == false);
  const Tensor loss = mean(second(tanh(first(x))));
  loss.backward();
  for (const TapeLeaf& leaf : tape.leaves)
    if (leaf.name == "encoder.first.weight") CHECK(identical(leaf.grad, first.weight.grad()));
  CHECK(identical(tape.ops[3].grads[0], tape.ops[2].dy[0]));
}

TEST_CASE("a tape is refused with a way out", "[tape]") {
  const Tensor w = ones({2}).requires_grad_();
  CHECK(has(message_of([&] { tape_of(sum(w)); }), "were not recorded; compute the loss while"));
  CHECK(has(message_of([&] { record_tape([&] { return w * 2.0; }); }), "expected a scalar"));
  CHECK(has(message_of([&] { record_tape([&] { return ones({}); }); }), "requires a gradient"));
  const ObserveBackward observe([](BackwardEvent&) {});
  const Tensor loss = sum(w * w);
  loss.backward();
  CHECK(has(message_of([&] { tape_of(loss); }), "was freed by a backward"));
}

TEST_CASE("the module of several parameters is what their names share", "[tape]") {
  CHECK(common_module({"a.b.weight", "a.b.bias"}) == "a.b");
  CHECK(common_module({"a.b.weight", "a.bc.weight"}) == "a");
  CHECK(common_module({"a.b.c.weight", "a.b.weight"}) == "a.b");
  CHECK(common_module({"a.weight", "b.weight"}) == "");
  CHECK(common_module({"w"}) == "");
  CHECK(common_module({}) == "");
}

}  // namespace check_tape_test
