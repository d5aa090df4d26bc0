// SPDX-License-Identifier: MIT
// Freezing by name, and rates by layer.
#include "gradus/optim/parameters.h"

#include <map>

#include "gradus/nn/basic.h"
#include "gradus/nn/transformer.h"
#include "models/gpt.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace optim_parameters_test {

TEST_CASE("name_fits: stars and question marks", "[optim]") {
  CHECK(name_fits("*", ""));
  CHECK(name_fits("layers.0.*", "layers.0.norm1.weight"));
  CHECK(name_fits("*.bias", "layers.0.norm1.bias"));
  CHECK(name_fits("*norm?.w*t", "layers.0.norm1.weight"));
  CHECK(name_fits("a*b*c", "a-b-b-c"));
  CHECK(!name_fits("layers.0.*", "layers.10.norm1.weight"));
  CHECK(!name_fits("layers", "layers.0.weight"));
  CHECK(!name_fits("a?", "a"));
  CHECK(!name_fits("", "a"));
}

Gpt small() {
  return Gpt({.vocab = 9, .block = 4, .d_model = 8, .nhead = 2, .layers = 3, .tied = false});
}

TEST_CASE("freeze names the parameters if a pattern fits none", "[optim]") {
  Gpt model = small();
  CHECK(freeze(model, {}) == 0);
  const std::string none = message_of([&] { freeze(model, {"wte.*", "layer.0.*"}); });
  CHECK(has(none, "\"layer.0.*\""));
  CHECK(has(none, "layers.0.linear1.weight"));
  CHECK(has(message_of([&] { freeze(model, {"*"}); }), "nothing would be trained"));
  for (const NamedTensor& p : model.named_parameters()) CHECK(p.tensor.requires_grad());
  CHECK(freeze(model, {"wte.weight", "*.weight"}) > 3);
  for (const NamedTensor& p : model.named_parameters()) {
    INFO(p.name);
    CHECK(p.tensor.requires_grad() == !p.name.ends_with(".weight"));
  }
}

TEST_CASE("layer_rates falls from the last layer to the embeddings", "[optim]") {
  Gpt model = small();
  std::map<std::string, double> factor;
  double last = 2;
  size_t count = 0;
  for (const RateGroup& g : layer_rates(model, 0.5)) {
    CHECK(g.factor < last);
    last = g.factor;
    count += g.parameters.size();
    for (const NamedTensor& p : g.parameters) factor[p.name] = g.factor;
  }
  CHECK(count == model.named_parameters().size());
  CHECK(factor.at("lm_head.weight") == 1);
  CHECK(factor.at("layers.2.linear1.weight") == 1);
  CHECK(factor.at("layers.1.linear1.weight") == 0.5);
  CHECK(factor.at("layers.0.norm1.weight") == 0.25);
  CHECK(factor.at("wte.weight") == 0.125);
  CHECK(layer_rates(model, 1).size() == 1);
}

TEST_CASE("layer_rates refuses models without numbered layers", "[optim]") {
  Linear plain({2, 3});
  CHECK(has(message_of([&] { layer_rates(plain, 0.5); }), "no parameter belongs to a numbered"));
  CHECK(layer_rates(plain, 1).size() == 1);
  Gpt model = small();
  for (const double wrong : {0.0, -1.0, 1.5})
    CHECK(has(message_of([&] { layer_rates(model, wrong); }), "expected above 0 and at most 1"));
}

}  // namespace optim_parameters_test
