// SPDX-License-Identifier: MIT
// Steps of optimisers and clipping at the sizes of real models, whose elements are split into
// blocks that parameters share. Compares each element with the formula, computed in double.
#include <cmath>
#include <functional>

#include "gradus/base/parallel.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/clip.h"
#include "gradus/optim/lion.h"
#include "gradus/optim/rmsprop.h"
#include "gradus/optim/sgd.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace optim_sized_test {

constexpr int64_t block = 16384;  // of elements: optim/flat.h
constexpr int steps = 3;

// Around the block, and around the lengths of vectors and of real layers.
std::vector<NamedTensor> parameters(DType dtype, Generator& gen) {
  std::vector<NamedTensor> all;
  for (int64_t n : {1, 7, 64, 65, 129, 261, 513, 1031})
    all.push_back({"p" + std::to_string(n), randn({n}, gen, dtype).requires_grad_()});
  for (int64_t n : {block - 1, block, block + 1, 2 * block + 13})
    all.push_back({"p" + std::to_string(n), randn({n}, gen, dtype).requires_grad_()});
  return all;
}

// The value of one element after the given gradients.
using Formula = std::function<double(double p, const double (&g)[steps])>;

// Sets the gradients of step `step` and keeps them.
void set_gradients(std::vector<NamedTensor>& all, Generator& gen) {
  for (NamedTensor& p : all) p.tensor.set_grad(randn(p.tensor.shape(), gen, p.tensor.dtype()));
}

// The first element that differs from the formula, or "".
std::string first_wrong(const std::vector<NamedTensor>& before, const std::vector<NamedTensor>& now,
                        const std::vector<std::vector<std::vector<double>>>& gradients,
                        const Formula& formula, double limit) {
  for (size_t k = 0; k < now.size(); ++k) {
    const std::vector<double> was = before[k].tensor.to_vector<double>();
    const std::vector<double> is = now[k].tensor.to_vector<double>();
    for (size_t i = 0; i < is.size(); ++i) {
      const double expected =
          formula(was[i], {gradients[0][k][i], gradients[1][k][i], gradients[2][k][i]});
      if (!(std::abs(is[i] - expected) <= limit * (1 + std::abs(expected))))
        return text({now[k].name, " is ", is[i], " at element ", i, ", expected ", expected});
    }
  }
  return "";
}

template <class O, class Options> void check_steps(const Options& options, const Formula& formula) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    std::vector<std::vector<NamedTensor>> runs;
    for (const int threads : {1, 3}) {
      const int before = num_threads();
      set_num_threads(threads);
      Generator gen(5);
      std::vector<NamedTensor> all = parameters(dtype, gen), start;
      for (const NamedTensor& p : all) start.push_back({p.name, p.tensor.clone_data()});
      O optimizer(all, options);
      std::vector<std::vector<std::vector<double>>> gradients(steps);
      for (auto& g : gradients) {
        set_gradients(all, gen);
        for (const NamedTensor& p : all) g.push_back(p.tensor.grad().to_vector<double>());
        optimizer.step();
      }
      const double limit = dtype == DType::f32 ? 2e-5 : 1e-12;
      CHECK(first_wrong(start, all, gradients, formula, limit) == "");
      runs.push_back(all);
      set_num_threads(before);
    }
    for (size_t k = 0; k < runs[0].size(); ++k)
      CHECK(identical(runs[0][k].tensor, runs[1][k].tensor));
  }
}

TEST_CASE("each element takes the step of Adam at real sizes", "[optim][sized]") {
  const auto formula = [](AdamOptions o) {
    return [o](double p, const double(&g)[steps]) {
      double m = 0, v = 0, top = 0;
      for (int t = 1; t <= steps; ++t) {
        const double x = g[t - 1] + (o.decoupled_weight_decay ? 0 : o.weight_decay * p);
        if (o.decoupled_weight_decay) p -= o.lr * o.weight_decay * p;
        m = o.beta1 * m + (1 - o.beta1) * x;
        v = o.beta2 * v + (1 - o.beta2) * x * x;
        top = std::max(top, v);
        const double mean = m / (1 - std::pow(o.beta1, t));
        const double square = (o.amsgrad ? top : v) / (1 - std::pow(o.beta2, t));
        p -= o.lr * mean / (std::sqrt(square) + o.eps);
      }
      return p;
    };
  };
  const AdamOptions plain{.lr = 0.01};
  check_steps<Adam>(plain, formula(plain));
  const AdamOptions l2{.lr = 0.01, .beta2 = 0.5, .weight_decay = 0.3, .amsgrad = true};
  check_steps<Adam>(l2, formula(l2));
  AdamOptions decoupled{.lr = 0.01, .weight_decay = 5};
  decoupled.decoupled_weight_decay = true;
  check_steps<AdamW>(decoupled, formula(decoupled));
}

TEST_CASE("each element takes the step of SGD at real sizes", "[optim][sized]") {
  const auto formula = [](SgdOptions o) {
    return [o](double p, const double(&g)[steps]) {
      double b = 0;
      for (int t = 0; t < steps; ++t) {
        const double x = g[t] + o.weight_decay * p;
        b = t == 0 ? x : o.momentum * b + (1 - o.dampening) * x;
        p -= o.lr * (o.momentum == 0 ? x : o.nesterov ? x + o.momentum * b : b);
      }
      return p;
    };
  };
  for (const SgdOptions& o :
       {SgdOptions{.lr = 0.1, .weight_decay = 0.2},
        SgdOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.25, .weight_decay = 0.1},
        SgdOptions{.lr = 0.1, .momentum = 0.8, .nesterov = true}})
    check_steps<Sgd>(o, formula(o));
}

TEST_CASE("each element takes the step of RMSprop and Adagrad at real sizes", "[optim][sized]") {
  const auto formula = [](RMSpropOptions o) {
    return [o](double p, const double(&g)[steps]) {
      double v = 0, m = 0, b = 0;
      for (double given : g) {
        const double x = given + o.weight_decay * p;
        v = o.alpha * v + (1 - o.alpha) * x * x;
        m = o.alpha * m + (1 - o.alpha) * x;
        const double step = x / (std::sqrt(o.centered ? v - m * m : v) + o.eps);
        b = o.momentum * b + step;
        p -= o.lr * (o.momentum == 0 ? step : b);
      }
      return p;
    };
  };
  for (const RMSpropOptions& o :
       {RMSpropOptions{},
        RMSpropOptions{.lr = 0.01, .alpha = 0.9, .eps = 1e-2, .momentum = 0.8, .centered = true}})
    check_steps<RMSprop>(o, formula(o));
  const AdagradOptions adagrad{.lr = 0.1, .lr_decay = 0.3, .weight_decay = 0.1, .eps = 1e-6};
  check_steps<Adagrad>(adagrad, [adagrad](double p, const double(&g)[steps]) {
    double sum = 0;
    for (int t = 0; t < steps; ++t) {
      const double x = g[t] + adagrad.weight_decay * p;
      sum += x * x;
      p -= adagrad.lr / (1 + t * adagrad.lr_decay) * x / (std::sqrt(sum) + adagrad.eps);
    }
    return p;
  });
}

TEST_CASE("each element takes the step of Lion at real sizes", "[optim][sized]") {
  const auto formula = [](LionOptions o) {
    return [o](double p, const double(&g)[steps]) {
      double m = 0;
      for (double given : g) {
        const double x = o.maximize ? -given : given, c = o.beta1 * m + (1 - o.beta1) * x;
        p -= o.lr * (o.weight_decay * p + static_cast<double>(c > 0) - static_cast<double>(c < 0));
        m = o.beta2 * m + (1 - o.beta2) * x;
      }
      return p;
    };
  };
  for (const LionOptions& o :
       {LionOptions{}, LionOptions{.lr = 0.01, .beta1 = 0.5, .beta2 = 0.8, .weight_decay = 2},
        LionOptions{.lr = 0.02, .maximize = true}})
    check_steps<Lion>(o, formula(o));
}

TEST_CASE("Lion leaves elements whose gradient is zero and reloads its state", "[optim]") {
  Tensor p = tensor({1, -2, 3}).requires_grad_();
  const std::vector<NamedTensor> one{{"p", p}};
  Lion lion(one, 0.25);
  p.set_grad(tensor({0, 5, -1e-3}));
  lion.step();
  CHECK(p.to_vector<float>() == std::vector<float>{1, -2.25, 3.25});
  Lion again(one, 0.25);
  again.load_state_dict(lion.state_dict());
  CHECK(identical(again.state_dict().at("p.exp_avg"), lion.state_dict().at("p.exp_avg")));
  CHECK(has(message_of([&] { Lion(one, {.beta2 = 1}); }), "Lion: beta2 is 1"));
}

TEST_CASE("clipping counts and changes each element at real sizes", "[optim][sized]") {
  for (const DType dtype : {DType::f32, DType::f64})
    for (const double type : {2.0, 3.0, static_cast<double>(INFINITY)}) {
      Generator gen(6);
      std::vector<NamedTensor> all = parameters(dtype, gen);
      set_gradients(all, gen);
      double norm = 0;
      std::vector<std::vector<double>> before;
      for (size_t k = 0; k < all.size(); ++k) {
        // The last element of each is the largest by far, so that a norm without it is wrong.
        Tensor g = all[k].tensor.grad().clone_data();
        const double last = 300 + 10 * static_cast<double>(k);
        g[-1] = tensor(last, dtype);
        all[k].tensor.set_grad(g);
        before.push_back(g.to_vector<double>());
        for (double v : before[k])
          norm =
              std::isinf(type) ? std::max(norm, std::abs(v)) : norm + std::pow(std::abs(v), type);
      }
      norm = std::isinf(type) ? norm : std::pow(norm, 1 / type);
      CHECK(std::abs(clip_grad_norm(all, 1, type) - norm) <= 1e-9 * norm);
      size_t wrong = 0;
      for (size_t k = 0; k < all.size(); ++k) {
        const std::vector<double> now = all[k].tensor.grad().to_vector<double>();
        for (size_t i = 0; i < now.size(); ++i)
          wrong += !(std::abs(now[i] * norm - before[k][i]) <= 1e-5 * std::abs(before[k][i]));
      }
      CHECK(wrong == 0);
      clip_grad_value(all, 1e-4);
      for (const NamedTensor& p : all)
        for (double v : p.tensor.grad().to_vector<double>()) wrong += !(std::abs(v) <= 1.0001e-4);
      CHECK(wrong == 0);
    }
}

}  // namespace optim_sized_test
