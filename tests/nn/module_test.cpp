// SPDX-License-Identifier: MIT
// Modules: everything that follows from visit(). The layers here consist only of tensors.
#include "gradus/nn/module.h"

#include <memory>
#include <optional>
#include <sstream>
#include <type_traits>

#include "gradus/autograd/node.h"
#include "gradus/nn/basic.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace nn_module_test {

struct Part : Module {
  explicit Part(int64_t n, bool with_bias = true) {
    const NoGrad no_grad;
    weight = parameter({n, 2});
    weight.fill_(static_cast<double>(n));
    if (with_bias) bias = parameter({n}).fill_(0.5);
    if (with_bias) bias.requires_grad_();
  }
  void visit(Visitor& v) override { v("weight", weight), v("bias", bias); }
  Part clone() const { return cloned(Part(weight.size(0), bias.defined()), *this); }
  Tensor weight, bias;
};

struct Whole : Module {
  Part first{3};
  std::vector<Part> layers;
  Part inner{1, false};
  Tensor tied, mean = zeros({2});
  Whole() {
    layers.emplace_back(2);
    layers.emplace_back(4);
    tied = first.weight;
  }
  void visit(Visitor& v) override {
    v("first", first);
    v("layers", layers);
    v("", inner);
    v("tied", tied);
    v.buffer("mean", mean);
  }
  Whole clone() const { return cloned(Whole(), *this); }
};

std::vector<std::string> names(const std::vector<NamedTensor>& all) {
  std::vector<std::string> out;
  for (const NamedTensor& p : all) out.push_back(p.name);
  return out;
}

TEST_CASE("names and parameters and printing of a module follow from visit", "[nn]") {
  static_assert(!std::is_copy_constructible_v<Part> && std::is_move_constructible_v<Part>);
  Whole m;
  CHECK(names(m.named_parameters()) ==
        std::vector<std::string>{"first.weight", "first.bias", "layers.0.weight", "layers.0.bias",
                                 "layers.1.weight", "layers.1.bias", "weight"});
  CHECK(names(m.named_buffers()) == std::vector<std::string>{"mean"});
  CHECK(m.count() == 6 + 3 + 4 + 2 + 8 + 4 + 2);
  CHECK(m.layers[1].bias.name() == "layers.1.bias");
  CHECK(m.layers[1].name() == "layers.1");
  CHECK(m.name().empty());
  CHECK(m.layers[1].count() == 12);  // reading a part renames nothing
  CHECK(m.layers[1].bias.name() == "layers.1.bias");
  CHECK(m.state_dict().size() == 9);  // including the second name of first.weight and the buffer
  CHECK(has(m.str(), "layers.1.weight  [4, 2]"));
  CHECK(has(m.str(), "total"));
}

TEST_CASE("parts may be in pointers and containers and optionals", "[nn]") {
  struct Holder : Module {
    std::unique_ptr<Linear> alone = std::make_unique<Linear>(LinearOptions{1, 1, false});
    std::shared_ptr<Module> shared = std::make_shared<Linear>(LinearOptions{1, 2, false});
    std::optional<Linear> head{}, none{};
    std::array<Linear, 2> pair{Linear({1, 3, false}), Linear({1, 4, false})};
    std::map<std::string, Linear> by_name{};
    std::vector<std::unique_ptr<Module>> list{};
    std::vector<Tensor> weights{parameter({2}), parameter({3})};
    Linear* elsewhere = nullptr;
    void visit(Visitor& v) override {
      v("alone", alone);
      v("shared", shared);
      v("head", head);
      v("none", none);
      v("pair", pair);
      v("by_name", by_name);
      v("list", list);
      v("weights", weights);
      v("elsewhere", elsewhere);
    }
  };
  Holder holder;
  holder.head.emplace(LinearOptions{1, 5, false});
  holder.by_name.emplace("b", Linear({1, 6, false}));
  holder.list.push_back(std::make_unique<Linear>(LinearOptions{1, 7, false}));
  std::string names;
  for (const NamedTensor& p : holder.named_parameters()) names += p.name + " ";
  CHECK(names ==
        "alone.weight shared.weight head.weight pair.0.weight pair.1.weight "
        "by_name.b.weight list.0.weight weights.0 weights.1 ");
  CHECK(holder.count() == 1 + 2 + 5 + 3 + 4 + 6 + 7 + 2 + 3);
  holder.eval();
  CHECK(!holder.list[0]->training());
  std::ostringstream printed;
  printed << holder;
  CHECK(printed.str() == holder.str());
}

TEST_CASE("modes and frozen parameters reach all parts", "[nn]") {
  Whole m;
  CHECK(m.layers[1].training());
  m.eval();
  CHECK(!m.training());
  CHECK(!m.first.training());
  CHECK(!m.layers[1].training());
  CHECK(!m.inner.training());
  m.train();
  CHECK(m.layers[0].training());
  m.requires_grad_(false);
  CHECK(!m.first.weight.requires_grad());
  m.requires_grad_(true);
  CHECK(m.first.weight.node().get() == m.tied.node().get());
}

TEST_CASE("a module changes its dtype in place and keeps handles and gradients and names", "[nn]") {
  Whole m;
  const std::vector<NamedTensor> before = m.named_parameters();
  m.first.weight.set_grad(full({3, 2}, 0.25));
  m.to(DType::f64);
  CHECK(m.dtype() == DType::f64);
  CHECK(before[0].tensor.dtype() == DType::f64);
  CHECK(before[0].tensor.grad().dtype() == DType::f64);
  CHECK(m.mean.dtype() == DType::f64);
  CHECK(m.tied.dtype() == DType::f64);
  CHECK(before[0].tensor.to_vector<double>()[0] == 3);
  CHECK(m.first.weight.name() == "first.weight");
  m.zero_grad();
  CHECK(!before[0].tensor.grad().defined());
  CHECK(has(message_of([&] { m.to(DType::i64); }), "Module::to"));
}

TEST_CASE("a state dict is a copy and loads in place", "[nn]") {
  Whole m, other;
  const Tensor handle = other.first.weight;
  StateDict state = m.state_dict();
  {
    const NoGrad no_grad;
    m.first.weight.fill_(9);
  }
  CHECK(state.at("first.weight").to_vector<double>()[0] == 3);
  state["first.weight"] = state["tied"] = full({3, 2}, 7);
  other.load_state_dict(state);
  CHECK(handle.to_vector<double>()[5] == 7);
  other.to(DType::f64);
  other.load_state_dict(m.state_dict());  // f32 into f64 loses nothing
  CHECK(handle.to_vector<double>()[5] == 9);
}

TEST_CASE("a state dict that does not fit lists every mismatch and changes nothing", "[nn]") {
  Whole m;
  StateDict state = m.state_dict();
  const StateDict before = m.state_dict();
  state["first.weight"] = full({2, 3}, 1);
  state["layers.0.bias"] = full({2}, 1, DType::f64);
  state["layers.1.bias"] = zeros({4}, DType::i64);
  state["first.bias"] = full({3}, 5);
  state["layer.1.weight"] = state["layers.1.weight"];
  state.erase("layers.1.weight");
  const std::string message = message_of([&] { m.load_state_dict(state); });
  for (const char* part :
       {"first.weight has shape [2, 3], expected [3, 2]", "layers.0.bias is f64, expected f32",
        "layers.1.bias is i64", "layers.1.weight is missing",
        "layer.1.weight is not a part of the module; the nearest name is layers.1.weight"})
    CHECK(has(message, part));
  for (const auto& [name, x] : m.state_dict()) CHECK(identical(x, before.at(name)));

  StateDict wide = before;
  wide["first.bias"] = full({3}, 0.1, DType::f64);
  m.load_state_dict(wide, {.narrow = true});
  CHECK(m.first.bias.to_vector<float>()[0] == 0.1f);
  wide["first.bias"] = full({3}, 1e300, DType::f64);
  CHECK(has(message_of([&] { m.load_state_dict(wide, {.narrow = true}); }), "too large for f32"));
  m.load_state_dict({{"first.bias", full({3}, 2)}, {"other", zeros({1})}}, {.strict = false});
  CHECK(m.first.bias.to_vector<float>()[0] == 2);
}

TEST_CASE("a clone shares nothing and keeps values and ties and modes and dtypes", "[nn]") {
  Whole m;
  m.eval();
  m.inner.train();
  m.to(DType::f64);
  m.layers[0].requires_grad_(false);
  Whole copy = m.clone();
  CHECK(identical(copy.layers[1].weight, m.layers[1].weight));
  CHECK(copy.dtype() == DType::f64);
  CHECK(copy.tied.storage() == copy.first.weight.storage());
  CHECK(copy.tied.storage() != m.tied.storage());
  CHECK(copy.tied.node().get() == copy.first.weight.node().get());
  CHECK(!copy.training());
  CHECK(copy.inner.training());
  CHECK(!copy.layers[0].weight.requires_grad());
  CHECK(copy.layers[1].weight.requires_grad());
  {
    const NoGrad no_grad;
    copy.layers[1].weight.fill_(0);
  }
  CHECK(m.layers[1].weight.to_vector<double>()[0] == 4);
  const Whole moved = std::move(copy);
  CHECK(moved.layers[1].weight.to_vector<double>()[0] == 0);
}

}  // namespace nn_module_test
