// SPDX-License-Identifier: MIT
// Adafactor: steps of PyTorch 2.13, its formula around the block sizes, and its state.
#include "gradus/optim/adafactor.h"

#include <cmath>
#include <memory>

#include "gradus/base/parallel.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace optim_adafactor_test {

using Values = std::vector<double>;

Tensor gradient(const Shape& shape, int64_t step, DType dtype) {
  const Tensor x = zeros(shape, dtype);
  Values all;
  for (int64_t i = 0; i < x.numel(); ++i)
    all.push_back(static_cast<double>((i * 7 + step * 5) % 11 - 5) / 7 +
                  0.01 * static_cast<double>(i));
  return tensor(all, shape, dtype);
}
Tensor start(const Shape& shape, DType dtype) {
  const Tensor x = zeros(shape, dtype);
  Values all;
  for (int64_t i = 0; i < x.numel(); ++i)
    all.push_back(0.1 * static_cast<double>(i % 5) - 0.2 * static_cast<double>(i % 3));
  return tensor(all, shape, dtype).requires_grad_();
}

Tensor three_steps(const Shape& shape, const AdafactorOptions& o, DType dtype) {
  Tensor p = start(shape, dtype);
  Adafactor adafactor(std::vector<NamedTensor>{{"p", p}}, o);
  for (int64_t step = 0; step < 3; ++step) {
    p.set_grad(gradient(shape, step, dtype));
    adafactor.step();
  }
  return p.detach();
}

TEST_CASE("Adafactor takes PyTorch's steps", "[optim][adafactor]") {
  const auto check = [](const Shape& shape, const AdafactorOptions& o, const Values& torch) {
    const Tensor expected = tensor(torch, shape, DType::f64);
    CHECK(worst_gap(three_steps(shape, o, DType::f64), expected) < 1e-11);
    CHECK(worst_gap(start(shape, DType::f64).detach(), expected) > 1e-3);
    // eps1 follows from the dtype, but no variance here is small enough to show it.
    CHECK(worst_gap(three_steps(shape, o, DType::f32).to(DType::f64), expected) < 1e-6);
  };
  check({3, 5}, {.lr = 0.1},
        {0.000636581193235, -0.0928536853557, -0.177613078837, 0.248346130527, 0.218267783922,
         -0.37326779861, 0.0617840385416, -0.0361557262044, -0.0600294528869, 0.376871102245,
         -0.220059259635, -0.314781163634, 0.175908799867, 0.0931837451232, -0.0594274438923});
  check({2, 3, 2},
        {.lr = 0.5, .beta2_decay = -0.5, .eps1 = 1e-3, .eps2 = 0.01, .d = 1.5, .weight_decay = 0.1},
        {0.0107048975023, -0.0747651478255, -0.113925812606, 0.0226445754788, 0.191704187709,
         -0.149021137968, -0.140629518513, -0.100683211084, 0.107083991809, 0.225302296026,
         -0.236668256687, -0.261386709647});
  check({7}, {.lr = 0.1, .weight_decay = 0.01},
        {-0.00459588543133, -0.106058307589, -0.17874363973, 0.257152447084, 0.201638858359,
         -0.369698289701, 0.0648289322413});
  check({2, 3}, {.lr = 0.05, .maximize = true},
        {0.00333988805566, -0.0949093329732, -0.206362660447, 0.321781089861, 0.19359687218,
         -0.417554282049});
}

// One step from zero variances, which is w = 1: plain sums over rows and columns.
Values first_step(const Shape& s, const Values& g, const Values& p, double lr) {
  const auto rows = static_cast<size_t>(s[0]), cols = static_cast<size_t>(s[1]);
  Values r(rows), c(cols), u = g, next = p;
  double mean = 0, size = 0, norm = 0;
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < cols; ++j) {
      const double x = g[i * cols + j] * g[i * cols + j];
      r[i] += x / static_cast<double>(cols);
      c[j] += x / static_cast<double>(rows);
    }
  for (double x : r) mean += x / static_cast<double>(rows);
  for (size_t i = 0; i < u.size(); ++i) {
    u[i] /= std::sqrt(r[i / cols] * c[i % cols] / mean);
    norm += u[i] * u[i] / static_cast<double>(u.size());
    size += p[i] * p[i] / static_cast<double>(u.size());
  }
  const double rate = std::max(1e-3, std::sqrt(size)) * lr / std::max(1.0, std::sqrt(norm));
  for (size_t i = 0; i < u.size(); ++i) next[i] -= rate * u[i];
  return next;
}

TEST_CASE("Adafactor equals its formula around its blocks", "[optim][adafactor]") {
  const std::vector<Shape> shapes = {{1, 1},   {1, 63},    {64, 65},   {65, 64},
                                     {3, 129}, {200, 130}, {2, 16385}, {16385, 2}};
  for (const Shape& s : shapes)
    for (const int threads : {1, 3}) {
      INFO(text({s}));
      const int before = num_threads();
      set_num_threads(threads);
      Generator gen(3);
      Tensor p = randn(s, gen, DType::f64).requires_grad_();
      p.set_grad(randn(s, gen, DType::f64));
      const Values was = p.detach().to_vector<double>();
      Adafactor(std::vector<NamedTensor>{{"p", p}}, 0.1).step();
      set_num_threads(before);
      const Values expected = first_step(s, p.grad().to_vector<double>(), was, 0.1);
      CHECK(worst_gap(p.detach(), tensor(expected, s, DType::f64)) < 1e-11);
    }
}

TEST_CASE("Adafactor gives the same bits for any number of threads", "[optim][adafactor]") {
  const auto run = [](int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    Generator gen(4);
    std::vector<NamedTensor> all;
    for (const Shape& s : {Shape{300, 200}, Shape{40000}, Shape{3, 50, 70}, Shape{}, Shape{0, 4}}) {
      all.push_back({text({"p", all.size()}), randn(s, gen).requires_grad_()});
      all.back().tensor.set_grad(randn(s, gen));
    }
    Adafactor adafactor(all, 0.1);
    for (int i = 0; i < 2; ++i) adafactor.step();
    set_num_threads(before);
    std::vector<float> values;
    for (const NamedTensor& p : all)
      for (float x : p.tensor.to_vector<float>()) values.push_back(x);
    return values;
  };
  const std::vector<float> one = run(1);
  CHECK(one == run(2));
  CHECK(one == run(3));
}

TEST_CASE("Adafactor continues from its state with equal bits", "[optim][adafactor]") {
  const auto run = [](bool stop) {
    Tensor w = start({2, 4, 3}, DType::f32), b = start({5}, DType::f32);
    const std::vector<NamedTensor> both{{"w", w}, {"b", b}};
    auto adafactor = std::make_unique<Adafactor>(both, 0.1);
    for (int64_t step = 0; step < 4; ++step) {
      if (stop && step == 2) {
        const StateDict saved = adafactor->state_dict();
        CHECK(saved.at("w.row_var").shape() == Shape{2, 4, 1});
        CHECK(saved.at("w.col_var").shape() == Shape{2, 1, 3});
        CHECK(saved.at("b.variance").shape() == Shape{5});
        CHECK(saved.size() == 5);
        adafactor = std::make_unique<Adafactor>(both, 0.1);
        adafactor->load_state_dict(saved);
      }
      w.set_grad(gradient({2, 4, 3}, step, DType::f32));
      b.set_grad(gradient({5}, step, DType::f32));
      adafactor->step();
    }
    return std::pair(w.to_vector<float>(), b.to_vector<float>());
  };
  CHECK(run(false) == run(true));
}

TEST_CASE("Adafactor refuses a state of wrong shape and settings out of range",
          "[optim][adafactor]") {
  Tensor w = start({4, 3}, DType::f32);
  const std::vector<NamedTensor> one{{"w", w}};
  Adafactor adafactor(one);
  w.set_grad(gradient({4, 3}, 0, DType::f32));
  adafactor.step();
  StateDict state = adafactor.state_dict();
  state["w.row_var"] = zeros({4, 3});
  const std::string shape = message_of([&] { adafactor.load_state_dict(state); });
  CHECK(has(shape, "w.row_var is f32 [4, 3], expected f32 [4, 1]"));
  const auto refused = [&](const AdafactorOptions& o) {
    return message_of([&] { Adafactor(one, o); });
  };
  CHECK(has(refused({.beta2_decay = 0.8}), "beta2_decay is 0.8"));
  CHECK(has(refused({.eps1 = -1}), "eps1 is -1"));
  CHECK(has(refused({.d = 0.5}), "d is 0.5"));
}

}  // namespace optim_adafactor_test
