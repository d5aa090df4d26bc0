// SPDX-License-Identifier: MIT
// GPT: gradients, causality, the cache, every kind of position.
#include "models/gpt.h"

#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/base/memory.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/ops/view.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_gpt_test {

constexpr GptPosition positions[] = {GptPosition::learned, GptPosition::sinusoidal,
                                     GptPosition::rope, GptPosition::alibi, GptPosition::none};

GptOptions small(GptPosition position) {
  return {.vocab = 7, .block = 12, .d_model = 8, .nhead = 2, .layers = 2, .position = position};
}

// One of each option of a GPT.
std::vector<GptOptions> kinds() {
  std::vector<GptOptions> all;
  for (GptPosition position : positions) all.push_back(small(position));
  const auto add = [&](auto change) {
    GptOptions o = small(GptPosition::rope);
    o.nhead = 4;
    change(o);
    all.push_back(o);
  };
  add([](GptOptions& o) { o.norm = NormKind::rms_norm, o.bias = true; });
  add([](GptOptions& o) { o.swiglu = true, o.bias = true; });
  add([](GptOptions& o) { o.num_kv_heads = 2, o.bias = true; });
  add([](GptOptions& o) { o.num_kv_heads = 1, o.position = GptPosition::alibi; });
  add([](GptOptions& o) { o.linear = FeatureMap::elu; });
  add([](GptOptions& o) { o.linear = FeatureMap::relu, o.num_kv_heads = 2; });
  add([](GptOptions& o) { o.window = 4; });
  add([](GptOptions& o) { o.window = 3, o.num_kv_heads = 2, o.position = GptPosition::alibi; });
  add([](GptOptions& o) { o.num_experts = 3, o.bias = true; });
  add([](GptOptions& o) {
    o.num_experts = 4, o.top_k = 1, o.swiglu = true, o.norm = NormKind::rms_norm;
    o.num_kv_heads = 2, o.tied = false;
  });
  return all;
}

Tensor tokens(const Shape& shape, uint64_t seed = 1) {
  Generator gen(seed);
  return randint(0, 7, shape, gen);
}

TEST_CASE("parameters are counted without memory for them", "[models]") {
  const GptOptions large{
      .vocab = 50257, .block = 2048, .d_model = 16384, .nhead = 128, .layers = 90};
  const int64_t c = large.d_model, layer = 12 * c * c + 2 * c;  // without biases
  const int64_t before = live_bytes();
  CHECK(parameter_count<Gpt>(large) == 90 * layer + (50257 + 2048 + 1) * c);
  CHECK(live_bytes() == before);
  const GptOptions small{.vocab = 5, .block = 4, .d_model = 8, .nhead = 2, .layers = 1};
  const std::vector<double> values = Gpt(small).wte.weight.to_vector<double>();
  CHECK(values[0] != values[1]);  // initialised as usual again
  CHECK(!ShapesOnly::active());
}

TEST_CASE("GPT: gradients of the whole model and the number of parameters", "[models][gradcheck]") {
  manual_seed(0);
  for (GptOptions o : kinds())
    for (bool tied : {true, false}) {
      o.tied = tied;
      o.bias = o.bias || !tied;
      Gpt model(o);
      CHECK(parameter_count<Gpt>(o) == model.count());
      const Tensor ids = tokens({2, 5}), targets = tokens({2, 5}, 2);
      if (o.linear == FeatureMap::relu) continue;  // some of many small numbers is near its kink
      const CheckedFunction loss = [&](Inputs) { return Tensors{model.loss(ids, targets)}; };
      for (uint64_t seed = 0; seed < 20; ++seed) {
        const DirectionalCheck r = directional_gradcheck(model, loss, {}, seed, 1e-5);
        INFO("seed " << seed << ": " << r.analytic << " and " << r.numeric);
        CHECK(r.verdict == Verdict::pass);
      }
    }
}

TEST_CASE("GPT: a cached step equals the whole recomputed; the future changes nothing",
          "[models]") {
  for (const GptOptions& o : kinds()) {
    Gpt model(o);
    model.to(DType::f64);
    model.eval();
    const NoGrad no_grad;
    const Tensor ids = tokens({3, 12});
    const Tensor whole = model(ids);
    CHECK(worst_gap(model(narrow(ids, 1, 0, 5)), narrow(whole, 1, 0, 5)) < 1e-12);
    Gpt::Memory memory;
    CHECK(worst_gap(model.next(narrow(ids, 1, 0, 4), memory), select(whole, 1, 3)) < 1e-12);
    for (int64_t t = 4; t < 10; ++t)
      CHECK(worst_gap(model.next(narrow(ids, 1, t, 1), memory), select(whole, 1, t)) < 1e-12);
    CHECK(worst_gap(model.next(narrow(ids, 1, 10, 2), memory), select(whole, 1, 11)) < 1e-12);
    CHECK(memory.length == 12);
    const int64_t width = o.d_model / o.nhead;
    const int64_t places = o.window ? o.window - 1 : 12;
    CHECK(memory.bytes() ==  // layers, B, G, D
          2 * 3 * o.kv_heads() * width * 8 * (o.linear ? width + 1 : 2 * places));
  }
}

TEST_CASE("GPT: without positions a permutation passes through the last step's view", "[models]") {
  Gpt model(small(GptPosition::none));
  model.to(DType::f64);
  model.eval();
  const Tensor a = tensor({1, 2, 3, 4}, DType::i64), b = tensor({3, 1, 2, 4}, DType::i64);
  const auto last = [&](const Tensor& ids) { return select(model(unsqueeze(ids, 0)), 1, -1); };
  CHECK(model.layers.size() == 2);
  Gpt one({.vocab = 7, .d_model = 8, .nhead = 2, .layers = 1, .position = GptPosition::none});
  one.to(DType::f64);
  const auto last_of_one = [&](const Tensor& ids) { return select(one(unsqueeze(ids, 0)), 1, -1); };
  CHECK(worst_gap(last_of_one(a), last_of_one(b)) < 1e-12);
  CHECK(worst_gap(last(a), last(b)) > 1e-9);  // the causal mask distinguishes positions
  CHECK(has(message_of([&] { Gpt(small(GptPosition::learned))(tokens({1, 13})); }), "block = 12"));
}

TEST_CASE("GPT: the balance loss of experts counts only in training", "[models]") {
  GptOptions o = small(GptPosition::rope);
  o.num_experts = 4;
  o.aux_weight = 0.5;
  Gpt model(o);
  model.to(DType::f64);
  const Tensor ids = tokens({2, 6}), targets = tokens({2, 6}, 2);
  const double training = model.loss(ids, targets).item();
  model.eval();
  ExpertRecorder seen;
  const double plain = model.loss(ids, targets).item();
  REQUIRE(seen.records.size() == 2);
  CHECK(std::abs(training - plain - 0.5 * seen.balance_loss().item()) < 1e-12);
}

}  // namespace models_gpt_test
