// SPDX-License-Identifier: MIT
// Optimisers, clipping and schedules against PyTorch's numbers (f64), and their refusals.
#include "gradus/optim/adam.h"
#include "gradus/optim/clip.h"
#include "gradus/optim/rmsprop.h"
#include "gradus/optim/schedule.h"
#include "gradus/optim/sgd.h"

#include <cmath>

#include "gradus/base/parallel.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;
using Values = std::vector<double>;

namespace optim_optim_test {

Tensor leaf(const Values& v, DType dtype = DType::f64) {
  return tensor(v, {static_cast<int64_t>(v.size())}, dtype).requires_grad_();
}

// Three steps with given gradients, as the reference ran them.
template <class O, class Options>
Values after_three_steps(const Options& options, DType dtype = DType::f64) {
  Tensor p = leaf({0.5, -1.25, 2.0, 0.0}, dtype);
  O optimizer(std::vector<NamedTensor>{{"p", p}}, options);
  for (const Values& g :
       {Values{0.1, -0.2, 0.3, -0.4}, {0.5, 0.25, -0.125, 0}, {-1, 2, 0.75, -0.3}}) {
    p.set_grad(tensor(g, {4}, dtype));
    optimizer.step();
  }
  return p.to_vector<double>();
}

void check_close(const Values& a, const Values& b, double tolerance = 1e-14) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    INFO("element " << i << ": " << a[i] << ", expected " << b[i]);
    CHECK(std::abs(a[i] - b[i]) <= tolerance * (1 + std::abs(b[i])));
  }
}

Values rates(const Schedule& schedule, int64_t count) {
  Values all;
  for (int64_t step = 0; step < count; ++step) all.push_back(schedule(step, 0.1));
  return all;
}

TEST_CASE("Adam and AdamW take PyTorch's steps", "[optim]") {
  check_close(after_three_steps<Adam>(AdamOptions{.lr = 0.1}),
              {0.34058905397529343, -1.2313396071278242, 1.79796217128304, 0.24678080177890507});
  const AdamOptions all{.lr = 0.05,
                        .beta1 = 0.8,
                        .beta2 = 0.9,
                        .eps = 1e-6,
                        .weight_decay = 0.1,
                        .amsgrad = true,
                        .maximize = true};
  check_close(after_three_steps<Adam>(all),
              {0.5716532197306281, -1.231062388838164, 2.0405303693399364, -0.1197395483939854});
  check_close(after_three_steps<AdamW>(AdamOptions{.lr = 0.1, .weight_decay = 0.2}),
              {0.31686714605567778, -1.1614641424208609, 1.6849704532019887, 0.24148068541702411});
  AdamOptions standard = AdamW::defaults;
  standard.lr = 0.1;
  check_close(after_three_steps<AdamW>(standard),
              {0.3393765580791227, -1.2277769826423808, 1.7922012833789243, 0.24651389596085854});
  check_close(after_three_steps<Adam>(AdamOptions{.lr = 0.1}, DType::f32),
              {0.34058905397529343, -1.2313396071278242, 1.79796217128304, 0.24678080177890507},
              1e-6);
}

TEST_CASE("SGD takes PyTorch's steps", "[optim]") {
  check_close(after_three_steps<Sgd>(SgdOptions{.lr = 0.1, .weight_decay = 0.1}),
              {0.5258485, -1.41802175, 1.84857, 0.069204});
  check_close(after_three_steps<Sgd>(
                  SgdOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.3, .weight_decay = 0.1}),
              {0.453367765, -1.3106016575, 1.7893893, 0.12833796});
  check_close(after_three_steps<Sgd>(
                  SgdOptions{.lr = 0.1, .momentum = 0.9, .nesterov = true, .maximize = true}),
              {0.47989, -0.87103, 2.211795, -0.19456});
}

TEST_CASE("RMSprop and Adagrad take PyTorch's steps", "[optim]") {
  check_close(after_three_steps<RMSprop>(RMSpropOptions{}),
              {0.391105830245416, -1.32699967878167, 1.8467369192789296, 0.16038573164475128});
  check_close(after_three_steps<RMSprop>(RMSpropOptions{
                  .lr = 0.1, .alpha = 0.9, .weight_decay = 0.2, .momentum = 0.8, .centered = true}),
              {-0.6127202486386244, -0.8469751795250092, 0.7039094045254161, 0.8683148705216053});
  check_close(after_three_steps<RMSprop>(RMSpropOptions{.centered = true, .maximize = true}),
              {0.6100232301725531, -1.17298306341195, 2.1543019149344573, -0.16148403868606617});
  check_close(after_three_steps<Adagrad>(AdagradOptions{}),
              {0.48910290131796774, -1.2576829740687299, 1.984670597596327, 0.0159999999963});
  check_close(after_three_steps<Adagrad>(AdagradOptions{.lr = 0.1,
                                                        .lr_decay = 0.3,
                                                        .weight_decay = 0.2,
                                                        .initial_accumulator_value = 0.5,
                                                        .maximize = true}),
              {0.48747794811164613, -1.140403984078075, 1.964255105536042, -0.06933644168914635});
  check_close(after_three_steps<Adagrad>(AdagradOptions{}, DType::f32),
              {0.48910290131796774, -1.2576829740687299, 1.984670597596327, 0.0159999999963}, 1e-6);
  const Tensor p = leaf({1});
  CHECK(has(message_of([&] { RMSprop({{"p", p}}, {.alpha = -1}); }), "RMSprop: alpha is -1"));
  CHECK(has(message_of([&] { Adagrad({{"p", p}}, {.lr_decay = NAN}); }), "Adagrad: lr_decay"));
}

TEST_CASE("optimiser steps have the same bits for any thread count and any block cut", "[optim]") {
  const auto run = [](int threads, int64_t grain) {
    const SmallBlocks blocks(grain, 0);
    const int before = num_threads();
    set_num_threads(threads);
    Generator gen(3);
    std::vector<NamedTensor> parameters;
    for (int64_t n : {1, 100, 0, 37, 5000})
      parameters.push_back({"p" + std::to_string(n), randn({n}, gen, DType::f32).requires_grad_()});
    Adam optimizer(parameters, {.lr = 0.01});
    for (int step = 0; step < 3; ++step) {
      for (NamedTensor& p : parameters) p.tensor.set_grad(randn(p.tensor.shape(), gen, DType::f32));
      optimizer.step();
    }
    set_num_threads(before);
    return parameters;
  };
  const auto one = run(1, 16), four = run(4, 16), whole = run(2, 0);
  for (size_t i = 0; i < one.size(); ++i) {
    CHECK(identical(one[i].tensor, four[i].tensor));
    CHECK(identical(one[i].tensor, whole[i].tensor));
  }
}

TEST_CASE("groups have their own rates; a parameter without gradient does not change", "[optim]") {
  Tensor a = leaf({1}), b = leaf({1}), c = leaf({1});
  Sgd optimizer({{.parameters = {{"a", a}, {"c", c}}, .options = {.lr = 0.5}},
                 {.parameters = {{"b", b}}, .options = {.lr = 0.1}}});
  for (Tensor* x : {&a, &b}) x->set_grad(ones({1}, DType::f64));
  optimizer.step();
  CHECK(a.item() == 0.5);
  CHECK(b.item() == 0.9);
  CHECK(c.item() == 1);
  optimizer.set_lr(exponential_lr(0.5), 1);
  CHECK(optimizer.lr(0) == 0.25);
  CHECK(optimizer.lr(1) == 0.05);
  optimizer.zero_grad();
  CHECK(!a.grad().defined());
}

TEST_CASE("settings that are not finite or out of range are refused by name", "[optim]") {
  const std::vector<NamedTensor> p = {{"p", leaf({1})}};
  const double nan = std::nan("");
  CHECK(has(message_of([&] { Adam(p, {.lr = nan}); }), "Adam: lr is nan"));
  CHECK(has(message_of([&] { Adam(p, {.lr = -1}); }), "lr is -1"));
  CHECK(has(message_of([&] { Adam(p, {.beta2 = 1}); }), "beta2 is 1"));
  CHECK(
      has(message_of([&] { AdamW(p, {.weight_decay = INFINITY}); }), "AdamW: weight_decay is inf"));
  CHECK(has(message_of([&] { Sgd(p, {.lr = nan}); }), "Sgd: lr is nan"));
  CHECK(has(message_of([&] { Sgd(p, {.nesterov = true}); }), "momentum"));
  CHECK(has(message_of([&] { Adam({{"a", p[0].tensor}, {"b", p[0].tensor}}); }), "repeated"));
  CHECK(has(message_of([&] { Adam({{"ids", zeros({2}, DType::i64)}}); }), "ids"));
  CHECK(has(message_of([] { cosine_annealing_lr(0); }), "t_max"));
  CHECK(has(message_of([] { exponential_lr(NAN); }), "gamma"));
  Adam optimizer(p);
  CHECK(has(message_of([&] { optimizer.set_lr(nan); }), "lr is nan"));
}

TEST_CASE("optimiser state is matched by parameter name and a mismatch changes nothing",
          "[optim]") {
  const auto parameters = [] {
    return std::vector<NamedTensor>{{"a", leaf({1, 2})}, {"b", leaf({3, 4, 5})}};
  };
  const auto steps = [](Adam& optimizer, const std::vector<NamedTensor>& all, int count) {
    for (int i = 0; i < count; ++i) {
      for (NamedTensor p : all) p.tensor.set_grad(full(p.tensor.shape(), 0.5 + i, DType::f64));
      optimizer.step();
    }
  };
  auto first = parameters();
  Adam whole(first);
  steps(whole, first, 2);
  const StateDict saved = whole.state_dict();
  CHECK(saved.size() == 6);
  auto second = std::vector<NamedTensor>{{"b", first[1].tensor.clone_data().requires_grad_()},
                                         {"a", first[0].tensor.clone_data().requires_grad_()}};
  Adam resumed(second);
  resumed.load_state_dict(saved);
  steps(whole, first, 1);
  steps(resumed, second, 1);
  CHECK(identical(first[0].tensor, second[1].tensor));
  CHECK(identical(first[1].tensor, second[0].tensor));

  StateDict broken = saved;
  broken["a.exp_avg"] = zeros({7}, DType::f64);
  broken["b.exp_avg_sq"] = zeros({3}, DType::f32);
  broken["c.exp_avg"] = zeros({1}, DType::f64);
  broken.erase("b.step");
  const StateDict before = resumed.state_dict();
  const std::string message = message_of([&] { resumed.load_state_dict(broken); });
  for (const char* part :
       {"a.exp_avg", "[7]", "b.exp_avg_sq", "f32", "c.exp_avg", "b.step is missing"})
    CHECK(has(message, part));
  for (const auto& [name, x] : resumed.state_dict()) CHECK(identical(x, before.at(name)));
}

TEST_CASE("clipping gives PyTorch's norms and gradients", "[optim]") {
  const auto clipped = [](double norm_type, double& norm) {
    std::vector<NamedTensor> p = {{"a", leaf({0, 0, 0})}, {"b", leaf({0, 0})}, {"none", leaf({1})}};
    p[0].tensor.set_grad(tensor({3, -4, 1}, DType::f64));
    p[1].tensor.set_grad(tensor({2, 0.5}, DType::f64));
    norm = clip_grad_norm(p, 1.5, norm_type);
    Values all = p[0].tensor.grad().to_vector<double>();
    for (double x : p[1].tensor.grad().to_vector<double>()) all.push_back(x);
    return all;
  };
  double norm = 0;
  check_close(clipped(2, norm), {0.81818166942151471, -1.0909088925620196, 0.2727272231405049,
                                 0.54545444628100981, 0.13636361157025245});
  CHECK(norm == 5.5);
  check_close(clipped(INFINITY, norm),
              {1.1249997187500704, -1.4999996250000938, 0.37499990625002344, 0.74999981250004688,
               0.18749995312501172});
  CHECK(norm == 4);
  check_close(clipped(3, norm), {0.96909178161587395, -1.2921223754878319, 0.32303059387195798,
                                 0.64606118774391597, 0.16151529693597899});
  check_close({norm}, {4.6435220236878614});
}

TEST_CASE("a gradient that is not finite stops clipping and names the parameter", "[optim]") {
  std::vector<NamedTensor> p = {{"first", leaf({0, 0})}, {"layers.3.weight", leaf({0, 0, 0})}};
  p[0].tensor.set_grad(tensor({1, 2}, DType::f64));
  for (double bad : {std::nan(""), static_cast<double>(INFINITY)}) {
    p[1].tensor.set_grad(tensor({5, bad, 7}, DType::f64));
    const std::string message = message_of([&] { clip_grad_norm(p, 1); });
    CHECK(has(message, "layers.3.weight"));
    CHECK(has(message, "at element 1"));
    CHECK(p[0].tensor.grad().to_vector<double>() == Values{1, 2});
  }
  clip_grad_value(p, 6);
  CHECK(p[1].tensor.grad().to_vector<double>() == Values{5, 6, 6});
}

TEST_CASE("Adagrad continues from a sum that was loaded before the first step", "[optim]") {
  Tensor p = tensor({1}, DType::f64).requires_grad_();
  p.set_grad(tensor({3}, DType::f64));
  Adagrad optimizer({{"p", p}}, {.lr = 0.1, .initial_accumulator_value = 7});
  optimizer.load_state_dict(
      {{"p.step", full({}, 0, DType::i64)}, {"p.sum", tensor({16}, DType::f64)}});
  optimizer.step();
  CHECK(std::abs(p.to_vector<double>()[0] - (1 - 0.1 * 3 / 5)) < 1e-10);
}

TEST_CASE("schedules give PyTorch's rates", "[optim]") {
  check_close(rates(step_lr(3, 0.5), 7), {0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025});
  check_close(rates(exponential_lr(0.9), 3), {0.1, 0.09, 0.081});
  check_close(rates(cosine_annealing_lr(5, 0.01), 8),
              {0.1, 0.091405764746872634, 0.068905764746872628, 0.041094235253127359,
               0.018594235253127367, 0.01, 0.018594235253127367, 0.041094235253127387});
  check_close(rates(linear_lr(0.25, 1, 4), 6), {0.025, 0.04375, 0.0625, 0.08125, 0.1, 0.1});
  check_close(
      rates(one_cycle_lr({.total_steps = 9}), 8),
      {0.004, 0.065135823523459993, 0.099441543545091188, 0.089856665934644683, 0.07056447289910997,
       0.046263710266697504, 0.02287299531596481, 0.0060892969758032421});
  check_close(rates(one_cycle_lr({.total_steps = 12, .linear = true, .three_phase = true}), 6),
              {0.004, 0.040923076923076937, 0.07784615384615387, 0.085230769230769221,
               0.048307692307692295, 0.011384615384615368});
  check_close(rates(multi_step_lr({3, 7, 7}, 0.5), 9),
              {0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.0125, 0.0125});
  check_close(
      rates(cosine_annealing_warm_restarts(3, 2, 0.02), 10),
      {0.1, 0.08, 0.04, 0.1, 0.094641016151377558, 0.08, 0.06, 0.04, 0.025358983848622446, 0.1});
  check_close(rates(cosine_annealing_warm_restarts(4), 5),
              {0.1, 0.085355339059327373, 0.05, 0.014644660940672627, 0.1});
  check_close(rates(polynomial_lr(6, 2), 8),
              {0.1, 0.069444444444444454, 0.044444444444444453, 0.025, 0.011111111111111117,
               0.0027777777777777775, 0, 0});
  check_close(rates(constant_lr(0.25, 4), 6), {0.025, 0.025, 0.025, 0.025, 0.1, 0.1});
  check_close(rates(constant_lr(0.5, 0), 4), {0.05, 0.05, 0.05, 0.05});
  check_close(rates(linear_lr(0.5, 1, 0), 3), {0.05, 0.05, 0.05});
  check_close(rates(polynomial_lr(0, 2), 3), {0.1, 0.1, 0.1});
  check_close(rates(multi_step_lr({-1, 0, 2}, 0.5), 3), {0.05, 0.05, 0.025});
  const Values past_the_end = rates(one_cycle_lr({.total_steps = 4}), 8);
  for (size_t step = 4; step < 8; ++step) CHECK(past_the_end[step] == past_the_end[3]);
  check_close(rates(warmup_lr(2, constant_lr()), 4), {0.05, 0.1, 0.1, 0.1});
  check_close(rates(noam_lr(64, 4), 2), {0.1 / 8 / 8, 0.1 / 8 * 2 / 8});
}

TEST_CASE("schedules with a warm-up rise to the base and then fall", "[optim]") {
  const double half = 0.1 * (1 + std::cos(M_PI / 4)) / 2;
  check_close(rates(cosine_with_warmup_lr(2, 6), 9),
              {0.05, 0.1, 0.1, half, 0.05, 0.1 - half, 0, 0, 0});
  check_close(rates(linear_with_warmup_lr(2, 6), 7), {0.05, 0.1, 0.1, 0.075, 0.05, 0.025, 0});
  check_close(rates(linear_with_warmup_lr(0, 2), 3), {0.1, 0.05, 0});
  // n / 4 up to the peak, then 2 / sqrt(n)
  check_close(rates(inverse_sqrt_lr(4), 6),
              {0.025, 0.05, 0.075, 0.1, 0.2 / std::sqrt(5), 0.2 / std::sqrt(6)});
  for (const auto& make : {cosine_with_warmup_lr, linear_with_warmup_lr}) {
    CHECK(has(message_of([&] { make(-1, 5); }), "with_warmup_lr: warmup is -1"));
    CHECK(has(message_of([&] { make(1, -5); }), "with_warmup_lr: total_steps is -5"));
  }
  CHECK(has(message_of([] { inverse_sqrt_lr(0); }), "inverse_sqrt_lr: warmup is 0"));
}

}  // namespace optim_optim_test
