// SPDX-License-Identifier: MIT
// Exercises on training: clip_grad_norm, adam.
#include <cmath>

#include "check/exercise/exercise.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/clip.h"

namespace gradus::exercise {
namespace {

using check::values;

std::vector<Tensor> parameters_with(Inputs grads) {
  std::vector<Tensor> all;
  for (const Tensor& g : grads) {
    Tensor p = zeros_like(g);
    p.requires_grad_();
    p.set_grad(g.clone_data());
    all.push_back(p);
  }
  return all;
}

Tensors right_clipping(Inputs in, const Numbers& n) {
  const std::vector<Tensor> parameters = parameters_with(in);
  clip_grad_norm(parameters, n[0]);
  Tensors out;
  for (const Tensor& p : parameters) out.push_back(p.grad());
  return out;
}

double squares(Inputs in) {
  double total = 0;
  for (const Tensor& g : in) total += sum(g * g).item();
  return total;
}

// Each gradient times a factor that depends on all of them.
Impostor clipped(const char* name, double (*factor)(double squares, double most)) {
  return wrong_result(name, [factor](Inputs in, const Numbers& n) {
    Tensors out;
    for (const Tensor& g : in) out.push_back(g * factor(squares(in), n[0]));
    return out;
  });
}

std::vector<Example> clip_examples(Generator& gen) {
  std::vector<Example> all;
  const auto add = [&](const std::vector<Shape>& shapes, double most) {
    Example e{text({shapes.size(), " gradients, max_norm ", most}), {}, {most}};
    for (const Shape& shape : shapes) e.inputs.push_back(values(gen, shape));
    all.push_back(e);
  };
  add({{2}}, 0.5), add({{3}, {2, 2}}, 1), add({{3}, {2, 2}}, 100), add({{4, 3}, {1}, {5}}, 0.1);
  add({{2}, {2}, {2}}, 3), add({{6}, {6}}, 1e-3);
  return all;
}

}  // namespace

Exercise clip_grad_norm_exercise() {
  Exercise e{.name = "clip_grad_norm",
             .right = right_clipping,
             .inputs = {"gradient"},
             .examples = clip_examples,
             .gradient = false};
  e.edges = {{{"all gradients are 0", {zeros({3}, DType::f64), zeros({2}, DType::f64)}, {1}},
              "max_norm / 0 is infinite: the 1e-6 keeps 0 at 0"},
             {{"an empty gradient", {zeros({0}, DType::f64), ones({2}, DType::f64)}, {1}},
              "a gradient without elements adds nothing to the norm"}};
  e.impostors = {
      wrong_result("each gradient is clipped on its own: the norm is that of all together",
                   [](Inputs in, const Numbers& n) {
                     Tensors out;
                     for (const Tensor& g : in) out.push_back(right_clipping({&g, 1}, n)[0]);
                     return out;
                   }),
      wrong_result("each element is clamped instead of the norm",
                   [](Inputs in, const Numbers& n) {
                     Tensors out;
                     for (const Tensor& g : in) out.push_back(clamp(g, -n[0], n[0]));
                     return out;
                   }),
      clipped("gradients below max_norm are scaled up",
              [](double s, double most) { return most / (std::sqrt(s) + 1e-6); }),
      clipped("the root of the sum of squares is missing",
              [](double s, double most) { return std::min(1.0, most / (s + 1e-6)); }),
      clipped("gradients are normalised to 1, not to max_norm",
              [](double s, double most) {
                return std::sqrt(s) + 1e-6 > most ? 1 / (std::sqrt(s) + 1e-6) : 1;
              }),
      clipped("nothing is clipped", [](double, double) { return 1.0; })};
  e.solution = {"src/optim/clip.cpp", "double clip_grad_norm("};
  e.result_hint =
      "norm = sqrt(sum of the squares of all elements of all gradients); "
      "multiply all by min(1, max_norm / (norm + 1e-6))";
  return e;
}

namespace {

// p, the gradients [steps, n]; lr, beta1, beta2, eps.
Tensors right_adam(Inputs in, const Numbers& n) {
  Tensor p = in[0].clone_data();
  p.requires_grad_();
  Adam adam({{"p", p}}, {.lr = n[0], .beta1 = n[1], .beta2 = n[2], .eps = n[3]});
  for (int64_t t = 0; t < in[1].size(0); ++t) {
    p.set_grad(in[1][t].clone_data());
    adam.step();
  }
  return {p.detach()};
}

struct AdamForm {
  bool correct_m = true, correct_v = true, eps_inside = false, squared = true, root = true;
  bool swapped = false, upward = false;
  int64_t from = 1;
};

Impostor adam(const char* name, AdamForm f) {
  return wrong_result(name, [f](Inputs in, const Numbers& n) {
    const double b1 = f.swapped ? n[2] : n[1], b2 = f.swapped ? n[1] : n[2];
    Tensor p = in[0] * 1, m = zeros_like(p), v = zeros_like(p);
    for (int64_t t = 0; t < in[1].size(0); ++t) {
      const Tensor g = in[1][t];
      const auto step = static_cast<double>(t + f.from);
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * (f.squared ? g * g : g);
      const Tensor mhat = f.correct_m ? m / (1 - std::pow(b1, step)) : m;
      const Tensor vhat = f.correct_v ? v / (1 - std::pow(b2, step)) : v;
      const Tensor below = !f.root        ? vhat + n[3]
                           : f.eps_inside ? sqrt(vhat + n[3])
                                          : sqrt(vhat) + n[3];
      p = p - (f.upward ? -n[0] : n[0]) * mhat / below;
    }
    return Tensors{p};
  });
}

std::vector<Example> adam_examples(Generator& gen) {
  std::vector<Example> all;
  const auto add = [&](int64_t size, int64_t steps, const Numbers& n) {
    all.push_back({text({size, " elements, ", steps, " steps"}),
                   {values(gen, {size}), values(gen, {steps, size})},
                   n});
  };
  add(3, 1, {0.1, 0.9, 0.999, 1e-8}), add(3, 2, {0.1, 0.9, 0.999, 1e-8});
  add(4, 5, {0.01, 0.9, 0.99, 1e-8}), add(2, 10, {0.1, 0.5, 0.9, 1e-2});
  add(6, 3, {0.001, 0.8, 0.95, 0.1});
  return all;
}

}  // namespace

Exercise adam_exercise() {
  Exercise e{.name = "adam",
             .right = right_adam,
             .inputs = {"p", "gradients"},
             .numbers = {"lr", "beta1", "beta2", "eps"},
             .examples = adam_examples,
             .gradient = false};
  const Numbers usual{0.1, 0.9, 0.999, 1e-8};
  e.edges = {{{"gradients of 0", {ones({2}, DType::f64), zeros({3, 2}, DType::f64)}, usual},
              "0 / 0: eps keeps the step at 0"},
             {{"tiny gradients", {ones({2}, DType::f64), full({4, 2}, 1e-6, DType::f64)}, usual},
              "Adam divides by the size of the gradient: even tiny ones give steps of lr"},
             {{"no steps", {ones({2}, DType::f64), zeros({0, 2}, DType::f64)}, usual},
              "without steps p stays"}};
  e.impostors = {adam("no bias correction", {.correct_m = false, .correct_v = false}),
                 adam("the bias correction of m is missing", {.correct_m = false}),
                 adam("the bias correction of v is missing", {.correct_v = false}),
                 adam("the steps count from 2: the bias correction is one step late", {.from = 2}),
                 adam("eps is added inside the root", {.eps_inside = true}),
                 adam("the root of v is missing", {.root = false}),
                 adam("v averages g instead of g^2", {.squared = false}),
                 adam("beta1 and beta2 are swapped", {.swapped = true}),
                 adam("the step goes up, along the gradient", {.upward = true})};
  e.solution = {"src/kernels/adam.h", "struct AdamStep"};
  e.result_hint =
      "update m and v, divide them by 1 - beta^t with t from 1, then "
      "p = p - lr mhat / (sqrt(vhat) + eps)";
  return e;
}

}  // namespace gradus::exercise
