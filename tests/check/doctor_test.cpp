// SPDX-License-Identifier: MIT
// The doctor on a small transformer in f32: right rules pass, and for thirty wrong ones it finds
// the op and names the mistake.
#include "gradus/check/doctor.h"

#include <cmath>
#include <iostream>

#include "gradus/gradus.h"
#include "tests/catch.h"
#include "tests/check/spoilt_rules.h"

using namespace gradus;
using namespace gradus::tests;

namespace check_doctor_test {

// x [2, 6, 8] -> a layer of attention -> a part of its output goes through an op under test, whose
// result is added to the features -> logits of 5 classes.
struct SmallModel : Module {
  Generator gen{5};
  Linear in{{8, 16}, gen};
  TransformerEncoderLayer layer{{.d_model = 16, .nhead = 2, .dim_feedforward = 24, .dropout = 0.2},
                                gen};
  Linear between{{16, 16}, gen}, head{{16, 5}, gen};
  void visit(Visitor& v) override {
    v("in", in);
    v("layer", layer);
    v("between", between);
    v("head", head);
  }
};

using Op = std::function<Tensor(Inputs)>;

// The loss of the model with `op` in its middle; the inputs of `op` are parts of the features.
Tensor loss_with(SmallModel& m, const std::vector<Shape>& shapes, const Op& op) {
  manual_seed(3);
  Generator gen(9);
  const Tensor x = randn({2, 6, 8}, gen);
  const Tensor h = m.layer(m.in(x));
  const Tensor flat = m.between(h).reshape({2 * 6 * 16});
  std::vector<Tensor> parts;
  int64_t used = 0;
  for (const Shape& shape : shapes) {
    parts.push_back(narrow(flat, 0, used, numel(shape)).reshape(shape));
    used += numel(shape);
  }
  const Tensor y = op({parts.data(), parts.size()});
  const Tensor pooled = mean(h, {1}) + mean(y * y) * 0.3 + sum(y) * 0.01;
  return cross_entropy(m.head(pooled), tensor({1, 3}, DType::i64));
}

std::vector<Shape> one_matrix() { return {{3, 4}}; }

TEST_CASE("the doctor blames thirty wrong rules inside a model and names most", "[doctor]") {
  int blamed = 0, named = 0, alone = 0;
  for (const SpoiltCase& c : spoilt_cases()) {
    SmallModel m;
    m.named_parameters();
    const DoctorReport r = doctor([&] {
      return loss_with(m, c.shapes, [&](Inputs in) { return apply(Spoilt{c.f, c.b}, in); });
    });
    INFO(c.label << "\n" << r.str());
    const OpCheck* found = r.blamed();
    CHECK(r.verdict == Verdict::fail);
    REQUIRE(found);
    CHECK(found->op == "spoilt");
    CHECK(has(found->place, "after between."));
    CHECK(has(r.str(), "The first op with a wrong gradient: spoilt"));
    int failed = 0;
    for (const OpCheck& one : r.ops) failed += one.verdict == Verdict::fail;
    blamed += found->op == "spoilt";
    alone += failed == 1;
    named += found->diagnosis.mistake == c.expected;
    if (found->diagnosis.mistake != c.expected)
      std::cout << "doctor: " << c.label << " looks like " << name(found->diagnosis.mistake)
                << ", not " << name(c.expected) << "\n";
  }
  std::cout << "doctor: of 30 wrong rules " << blamed << " blamed, " << alone << " alone, " << named
            << " named\n";
  CHECK(blamed == 30);
  CHECK(alone == 30);
  CHECK(named >= 25);
}

TEST_CASE("the doctor passes right rules in train mode and eval mode", "[doctor]") {
  for (const bool training : {true, false}) {
    SmallModel m;
    m.train(training);
    m.named_parameters();
    const DoctorReport r = doctor([&] {
      return loss_with(m, one_matrix(), [](Inputs in) { return softmax(tanh(in[0]), -1); });
    });
    INFO(r.str());
    CHECK(r.verdict == Verdict::pass);
    CHECK(r.ops.size() > 20);
    CHECK(r.between.empty());
    CHECK(r.blamed() == nullptr);
    for (const OpCheck& c : r.ops) CHECK(c.error < 1e-5);
  }
}

TEST_CASE("kinks are undecided and the elements next to them still checked", "[doctor]") {
  SmallModel m;
  const auto half_zero = [](Inputs in) {
    const Tensor mask = tensor({1, 0, 1, 1}).reshape({1, 4});
    return in[0] * expand(mask, in[0].shape());
  };
  const DoctorReport right = doctor(
      [&] { return loss_with(m, one_matrix(), [&](Inputs in) { return relu(half_zero(in)); }); });
  INFO(right.str());
  CHECK(right.verdict == Verdict::undecided);
  CHECK(has(right.str(), "3 of 12 elements cannot be decided (a kink"));
  const Spoilt wrong{[](Inputs in) { return relu(in[0]); },
                     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{dy * 1.0}; }};
  const DoctorReport spoilt = doctor([&] {
    return loss_with(m, one_matrix(), [&](Inputs in) { return apply(wrong, half_zero(in)); });
  });
  INFO(spoilt.str());
  CHECK(spoilt.verdict == Verdict::fail);
  REQUIRE(spoilt.blamed());
  CHECK(spoilt.blamed()->op == "spoilt");
}

TEST_CASE("the doctor finds a backward that is wrong in f32 alone", "[doctor]") {
  SmallModel m;
  const Spoilt wrong{[](Inputs in) { return exp(in[0]); },
                     [](Inputs, const Tensor& y, const Tensor& dy) {
                       return Grads{y.dtype() == DType::f32 ? dy * y * 1.1 : dy * y};
                     }};
  const DoctorReport r = doctor(
      [&] { return loss_with(m, one_matrix(), [&](Inputs in) { return apply(wrong, in); }); });
  INFO(r.str());
  REQUIRE(r.blamed());
  CHECK(r.blamed()->op == "spoilt");
  CHECK(has(r.blamed()->reason, "differs from that of the same rule in f64"));
  CHECK(r.blamed()->diagnosis.mistake == Mistake::factor);
}

TEST_CASE("the doctor blames a backward that throws or returns another shape", "[doctor]") {
  SmallModel m;
  const Spoilt throws{[](Inputs in) { return exp(in[0]); },
                      [](Inputs, const Tensor&, const Tensor&) -> Grads {
                        throw std::invalid_argument("out of luck");
                      }};
  const Spoilt shape{
      [](Inputs in) { return exp(in[0]); },
      [](Inputs, const Tensor& y, const Tensor& dy) { return Grads{sum(y * dy, {0}, true)}; }};
  for (const auto& [rule, word] :
       {std::pair{throws, "its backward throws: out of luck"},
        std::pair{shape, "backward returns f64 [1, 4] for input 0, which is f64 [3, 4]"}}) {
    const DoctorReport r = doctor(
        [&] { return loss_with(m, one_matrix(), [&](Inputs in) { return apply(rule, in); }); });
    INFO(r.str());
    REQUIRE(r.blamed());
    CHECK(r.blamed()->op == "spoilt");
    CHECK(has(r.blamed()->reason, word));
    CHECK(has(r.str(), "the backward ended early"));
  }
}

TEST_CASE("hooks and detached results are noted between the ops", "[doctor]") {
  SmallModel m;
  m.named_parameters();
  const DoctorReport hooked = doctor([&] {
    return loss_with(m, one_matrix(), [](Inputs in) {
      Tensor y = tanh(in[0]);
      y.register_hook([](const Tensor& g) { return g * 0.5; });
      return y;
    });
  });
  INFO(hooked.str());
  CHECK(hooked.verdict == Verdict::pass);
  REQUIRE(hooked.between.size() == 1);
  CHECK(has(hooked.between[0], "the gradient of the result of tanh (after between."));
  const DoctorReport cut = doctor([&] {
    return loss_with(m, one_matrix(), [](Inputs in) {
      const Tensor y = tanh(in[0]);
      return y * y.detach();
    });
  });
  INFO(cut.str());
  REQUIRE(cut.between.size() == 1);
  CHECK(has(cut.between[0], "input 1 of mul"));
  CHECK(has(cut.between[0], "is the result of tanh"));
}

TEST_CASE("a straight-through gradient and values that are not finite are undecided", "[doctor]") {
  SmallModel m;
  const DoctorReport through = doctor([&] {
    return loss_with(m, one_matrix(),
                     [](Inputs in) { return straight_through(in[0].detach() * 2.0, in[0]); });
  });
  INFO(through.str());
  CHECK(through.verdict == Verdict::undecided);
  CHECK(has(through.str(), "not that of its result, by design"));
  const DoctorReport infinite = doctor(
      [&] { return loss_with(m, one_matrix(), [](Inputs in) { return exp(in[0] * 1000.0); }); });
  INFO(infinite.str());
  CHECK(infinite.verdict == Verdict::undecided);
  CHECK(has(infinite.str(), "not finite"));
}

}  // namespace check_doctor_test
