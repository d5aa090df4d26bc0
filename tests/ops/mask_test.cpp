// SPDX-License-Identifier: MIT
// Mask as a value: allowed keys, combinations, messages.
#include "gradus/ops/mask.h"

#include <cmath>

#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace ops_mask_test {

Tensor booleans(std::initializer_list<std::initializer_list<double>> rows) {
  return tensor(rows, DType::boolean);
}

TEST_CASE("a mask draws itself", "[mask]") {
  CHECK(Mask().picture(2, 3) == "###\n###\n");
  CHECK(Mask::causal().picture(3, 4) == "#...\n##..\n###.\n");
  CHECK(Mask::causal_offset(2).picture(2, 5) == "###..\n####.\n");
  CHECK(Mask::window(1, 1).picture(3, 4) == "##..\n###.\n.###\n");
  CHECK(Mask::window(1, 0, 2).picture(3, 4) == ".##.\n..##\n...#\n");
  CHECK((Mask::causal() & Mask::window(1, 5)).picture(3, 3) == "#..\n##.\n.##\n");
  CHECK((Mask::window(2, 2) & Mask::window(5, 0)).picture(2, 3) == "#..\n##.\n");
  CHECK(Mask::padding({1, 2}).picture(2, 3, 1) == "##.\n##.\n");
  CHECK((Mask::causal() & Mask::padding({2})).picture(3, 3) == "#..\n##.\n##.\n");
  CHECK((Mask::causal() | Mask::padding({2})).picture(3, 3) == "##.\n##.\n###\n");
  CHECK(Mask::hidden(booleans({{0, 1}, {1, 0}})).picture(2, 2) == "#.\n.#\n");
  const Tensor added = tensor({{0, -INFINITY}, {-INFINITY, 0}});
  CHECK(Mask::additive(added).picture(2, 2) == "#.\n.#\n");
}

TEST_CASE("combinations and forms of a mask agree with each single element", "[mask]") {
  Generator gen(3);
  const auto random = [&](const Shape& s) {
    Tensor m = Tensor::empty(s, DType::boolean);
    for (int64_t i = 0; i < m.numel(); ++i) m.mutable_data<bool>()[i] = gen.uniform() < 0.5;
    return Mask::allowed(m);
  };
  const std::vector<Mask> masks = {Mask(),
                                   Mask::causal(),
                                   Mask::causal_offset(1),
                                   Mask::window(1, 1),
                                   Mask::window(0, 2, 1) & Mask::causal(),
                                   Mask::padding({3, 0}),
                                   random({4, 5}),
                                   random({2, 4, 5}),
                                   random({1, 3, 1, 5}),
                                   Mask::causal() | Mask::padding({2, 5}),
                                   random({2, 3, 4, 1}) & Mask::padding({4})};
  for (const Mask& x : masks)
    for (const Mask& y : masks) {
      const std::vector<bool> both = (x & y).dense(2, 3, 4, 5).to_vector<bool>();
      const std::vector<bool> either = (x | y).dense(2, 3, 4, 5).to_vector<bool>();
      const std::vector<bool> empty = (x & y).empty_rows(2, 3, 4, 5).to_vector<bool>();
      bool right = true;
      for (int64_t e = 0; e < 120; ++e) {
        const int64_t b = e / 60, h = e / 20 % 3, i = e / 5 % 4, j = e % 5;
        const bool p = x.allows(b, h, i, j), q = y.allows(b, h, i, j);
        right = right && both[static_cast<size_t>(e)] == (p && q) &&
                either[static_cast<size_t>(e)] == (p || q) &&
                (x & y).allows(b, h, i, j) == (p && q) && (x | y).allows(b, h, i, j) == (p || q) &&
                !(p && q && empty[static_cast<size_t>(e / 5)]);
      }
      CAPTURE(x.str(), y.str());
      CHECK(right);
    }
}

TEST_CASE("a mask describes itself and explains hidden keys", "[mask]") {
  const Mask m = Mask::causal() & Mask::padding({3, 1});
  CHECK(Mask().str() == "nothing hidden");
  CHECK(m.str() == "causal & padding of lengths [3, 1]");
  CHECK((m | Mask::hidden(booleans({{0, 1}}))).str() ==
        "(causal & padding of lengths [3, 1] | matrix [1, 1, 1, 2])");
  CHECK(m.why(0, 0, 1, 1) == "query 1 sees key 1");
  CHECK(m.why(0, 0, 1, 2) == "query 1 cannot see key 2: causal, which allows keys up to 1");
  CHECK(m.why(1, 0, 4, 2) == "query 4 cannot see key 2: padding, sample 1 has 1 key");
  const Mask window = Mask::causal() & Mask::window(2, 1, 1);
  CHECK(window.str() == "causal & window from -1 to 2");
  CHECK(window.why(0, 0, 4, 2) == "query 4 cannot see key 2: window, which allows keys 3 to 6");
  CHECK(Mask::window(0, 0, -3).why(0, 0, 1, 0) ==
        "query 1 cannot see key 0: window, which allows no key");
  CHECK(has((m | Mask::causal_offset(-5)).why(1, 0, 2, 2), "neither allows it"));
}

TEST_CASE("bad masks are refused", "[mask]") {
  CHECK(has(message_of([] { Mask::additive(tensor({{0, -1e9}})); }), "-1e+09 is neither 0 nor"));
  CHECK(has(message_of([] { Mask::allowed(ones({3}, DType::boolean)); }), "[3] must be [T, S]"));
  CHECK(has(message_of([] { Mask::allowed(ones({3, 3})); }), "f32 [3, 3]; expected bool"));
  CHECK(has(message_of([] { Mask::padding({2, -1}); }), "length -1 is negative"));
  CHECK(has(message_of([] { Mask::window(-1, 0); }), "before -1 and after 0 must be 0 or more"));
  CHECK(has(message_of([] { Mask::padding({2, 1}) & Mask::padding({2, 1, 1}); }), "2 and of 3"));
  CHECK(has(message_of([] { Mask::padding({2}).dense(1, 1, 1, 1); }), "sample 0 2 keys"));
  CHECK(has(message_of([] { Mask::padding({2, 1}).allows(2, 0, 0, 0); }), "outside of padding"));
}

TEST_CASE("a hidden score has no influence even if it is NaN or infinite", "[mask]") {
  Tensor x = tensor({{1, NAN, 2}, {INFINITY, 3, 4}, {NAN, NAN, NAN}, {-INFINITY, 0, 0}});
  x.requires_grad_();
  const Mask m = Mask::allowed(booleans({{1, 0, 1}, {0, 1, 1}, {0, 0, 0}, {1, 0, 0}}));
  const Tensor y = masked_softmax(x, m);
  y.backward(tensor({{1, INFINITY, 2}, {NAN, 3, 4}, {NAN, 1, 1}, {2, NAN, 1}}));
  const float p = 1 / (1 + std::exp(1.0f));
  const std::vector<float> values = y.to_vector<float>(), grads = x.grad().to_vector<float>();
  const float expected[] = {p, 0, 1 - p, 0, p, 1 - p, 0, 0, 0, 0, 0, 0};
  const float slope = p * (1 - p), dx[] = {-slope, 0, slope, 0, -slope, slope, 0, 0, 0, 0, 0, 0};
  for (size_t i = 0; i < 12; ++i) {
    CHECK(std::abs(values[i] - expected[i]) < 1e-6f);
    CHECK((expected[i] == 0) == (values[i] == 0));
    CHECK(std::abs(grads[i] - dx[i]) < 1e-6f);
    CHECK((dx[i] == 0) == (grads[i] == 0));
  }
}

}  // namespace ops_mask_test
