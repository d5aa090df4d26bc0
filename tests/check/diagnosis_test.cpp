// SPDX-License-Identifier: MIT
// Thirty typical wrong gradients: each must be found, and its kind named.
#include "gradus/check/diagnosis.h"

#include "gradus/ops/softmax.h"
#include "gradus/tensor/make.h"
#include "tests/catch.h"
#include "tests/check/spoilt_rules.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("of thirty wrong gradients all are found and nearly all are named", "[diagnosis]") {
  int count = 0, named = 0;
  for (const SpoiltCase& c : spoilt_cases()) {
    Generator gen(17);
    std::vector<Tensor> inputs;
    for (const Shape& shape : c.shapes) inputs.push_back(randn(shape, gen, DType::f64));
    const auto fn = [&](Inputs in) -> Tensors { return {apply(Spoilt{c.f, c.b}, in)}; };
    const DiagnosedReport d = diagnose_gradients(fn, inputs);
    INFO(c.label << "\n" << d.str());
    CHECK(d.report.verdict == Verdict::fail);
    Mistake found = Mistake::none;
    std::string words;
    for (const Diagnosis& one : d.diagnoses)
      if (found == Mistake::none) {
        found = one.mistake;
        words = one.words;
      }
    CHECK(found == c.expected);
    CHECK(!words.empty());
    ++count;
    named += found != Mistake::unknown;
  }
  CHECK(count == 30);
  CHECK(named >= 28);
}

TEST_CASE("the words of a diagnosis lead to the mistake", "[diagnosis]") {
  const auto words_of = [](const std::string& label) {
    for (const SpoiltCase& c : spoilt_cases())
      if (c.label == label) {
        Generator gen(17);
        std::vector<Tensor> inputs;
        for (const Shape& shape : c.shapes) inputs.push_back(randn(shape, gen, DType::f64));
        const auto fn = [&](Inputs in) -> Tensors { return {apply(Spoilt{c.f, c.b}, in)}; };
        return diagnose_gradients(fn, inputs).str();
      }
    return std::string("no such case");
  };
  CHECK(has(words_of("scores without 1 / √d"), "√7, where 7 is the size of axis 1 of input 0"));
  CHECK(has(words_of("square without its 2"), "times 0.5: is the 2 of a square missing?"));
  CHECK(has(words_of("mean without 1 / n"), "times 5, which is the size of axis 1"));
  CHECK(has(words_of("bias without the sum over rows"), "only slice 0 of axis 0 of dy counts"));
  CHECK(has(words_of("tanh without its slope"), "the factor 1 - y² is missing"));
  CHECK(has(words_of("softmax without its sum"), "proportional to y along axis 1"));
  CHECK(has(words_of("a loop that ends early"), "only 1 of 20 elements is wrong, the last one"));
}

TEST_CASE("right gradients get no diagnosis", "[diagnosis]") {
  Generator gen(3);
  const Tensor x = randn({3, 4}, gen, DType::f64);
  const DiagnosedReport d =
      diagnose_gradients([](Inputs in) -> Tensors { return {softmax(in[0], -1)}; }, {x});
  CHECK(d.report.verdict == Verdict::pass);
  CHECK(d.diagnoses[0].mistake == Mistake::none);
  CHECK(d.str() == d.report.str());
}
