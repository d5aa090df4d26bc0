// SPDX-License-Identifier: MIT
// Exercises on normalisation: rms_norm, layer_norm.
#include "check/exercise/exercise.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/reduce.h"

namespace gradus::exercise {
namespace {

// x, weight, [bias] and eps, as the row's samples of one last axis have them.
void use_norm_row(Exercise& e, const char* op, bool centred) {
  use_row(
      e, op,
      [=](const check::Sample& s) -> std::optional<Numbers> {
        const bool whole = s["weight"] != 0 && (s["bias"] != 0 || !centred);
        const Tensor& x = s.inputs[0];
        if (x.size(-1) == 0) return {};  // the mean of nothing
        if (!whole || static_cast<double>(x.size(-1)) != s["cols"] || s.inputs[1].dim() != 1)
          return {};
        return Numbers{s["eps"]};
      },
      [=](Inputs in, const Numbers& n) {
        return std::map<std::string, double>{{"centred", centred},
                                             {"weight", 1},
                                             {"bias", centred},
                                             {"cols", static_cast<double>(in[0].size(-1))},
                                             {"eps", n[0]}};
      });
  for (Edge& edge : e.edges) edge.hint = "eps is added to the variance, inside the root";
}

Shape last(Inputs in) { return {in[0].size(-1)}; }

Tensor mean_of(const Tensor& x) { return mean(x, {-1}, true); }

Tensor rows_summed(const Tensor& x, const Tensor& like) { return sum_to(x, like.shape()); }

}  // namespace

Exercise rms_norm_exercise() {
  Exercise e{
      .name = "rms_norm",
      .right = [](Inputs in,
                  const Numbers& n) { return Tensors{rms_norm(in[0], last(in), in[1], n[0])}; },
      .inputs = {"x", "weight"},
      .numbers = {"eps"}};
  use_norm_row(e, "rms_norm", false);
  e.impostors.push_back(
      wrong_result("the mean is subtracted, as in layer_norm", [](Inputs in, const Numbers& n) {
        return Tensors{layer_norm(in[0], last(in), in[1], {}, n[0])};
      }));
  e.impostors.push_back(
      wrong_result("a sum of squares instead of their mean", [](Inputs in, const Numbers& n) {
        const Tensor s = sum(in[0] * in[0], {-1}, true);
        return Tensors{in[0] / sqrt(s + n[0]) * in[1]};
      }));
  e.impostors.push_back(
      wrong_result("eps is added after the root", [](Inputs in, const Numbers& n) {
        const Tensor s = mean_of(in[0] * in[0]);
        return Tensors{in[0] / (sqrt(s) + n[0]) * in[1]};
      }));
  e.impostors.push_back(wrong_gradient(e.right, "the weight is missing in the gradient of x",
                                       [](Inputs in, const Numbers& n, const Grads& dy) {
                                         const Tensor& x = in[0];
                                         const Tensor r = 1 / sqrt(mean_of(x * x) + n[0]);
                                         const Tensor dx =
                                             r * (dy[0] - x * r * r * mean_of(dy[0] * x));
                                         return Grads{dx, rows_summed(dy[0] * x * r, in[1])};
                                       }));
  e.solution = {"src/ops/layer_norm.cpp", "struct Norm"};
  e.result_hint = "y = x / sqrt(mean(x^2) + eps) weight, the mean over the last axis";
  e.gradient_hint =
      "with r = 1 / sqrt(mean(x^2) + eps) and g = dy weight: "
      "dx = r (g - x r^2 mean(g x)); dweight = the sum over rows of dy x r";
  return e;
}

namespace {

// The right formula along `axes`, optionally with sums instead of means.
Tensor normalised(Inputs in, const Numbers& n, const Axes& axes, bool sums) {
  const auto middle = [&](const Tensor& x) {
    return sums ? sum(x, axes, true) : mean(x, axes, true);
  };
  const Tensor c = in[0] - middle(in[0]);
  return c / sqrt(middle(c * c) + n[0]) * in[1] + in[2];
}

void add_wrong_layers(Exercise& e) {
  e.impostors.push_back(wrong_result("the bias is forgotten", [](Inputs in, const Numbers& n) {
    return Tensors{layer_norm(in[0], last(in), in[1], {}, n[0]) + 0 * in[2]};
  }));
  e.impostors.push_back(wrong_result("sums are taken for means", [](Inputs in, const Numbers& n) {
    return Tensors{normalised(in, n, {-1}, true)};
  }));
  e.impostors.push_back(wrong_result(
      "the mean goes over the first axis, not over the last",
      [](Inputs in, const Numbers& n) { return Tensors{normalised(in, n, {0}, false)}; }));
}

void add_layer_norm_mistakes(Exercise& e) {
  e.impostors.push_back(
      wrong_result("the mean is not subtracted, as in rms_norm", [](Inputs in, const Numbers& n) {
        return Tensors{rms_norm(in[0], last(in), in[1], n[0]) + in[2]};
      }));
  e.impostors.push_back(
      wrong_result("the variance is divided by n - 1", [](Inputs in, const Numbers& n) {
        const auto cols = static_cast<double>(in[0].size(-1));
        const Tensor c = in[0] - mean_of(in[0]);
        const Tensor v = sum(c * c, {-1}, true) / std::max(cols - 1, 1.0);
        return Tensors{c / sqrt(v + n[0]) * in[1] + in[2]};
      }));
  e.impostors.push_back(
      wrong_result("eps is added after the root", [](Inputs in, const Numbers& n) {
        const Tensor c = in[0] - mean_of(in[0]);
        return Tensors{c / (sqrt(mean_of(c * c)) + n[0]) * in[1] + in[2]};
      }));
  const auto of_x = [&](const char* name, bool first, bool second, bool weighted,
                        bool scaled = true) {
    e.impostors.push_back(
        wrong_gradient(e.right, name, [=](Inputs in, const Numbers& n, const Grads& dy) {
          const Tensor c = in[0] - mean_of(in[0]), r = 1 / sqrt(mean_of(c * c) + n[0]);
          const Tensor xhat = c * r, g = weighted ? dy[0] * in[1] : dy[0] * 1;
          Tensor inner = g;
          if (first) inner = inner - mean_of(g);
          if (second) inner = inner - xhat * mean_of(g * xhat);
          return Grads{scaled ? r * inner : inner, rows_summed(dy[0] * xhat, in[1]),
                       rows_summed(dy[0], in[2])};
        }));
  };
  of_x("the term - mean(g) is missing in the gradient of x", false, true, true);
  of_x("the term - xhat mean(g xhat) is missing in the gradient of x", true, false, true);
  of_x("both means are missing in the gradient of x", false, false, true);
  of_x("the weight is missing in the gradient of x", true, true, false);
  of_x("r is missing in the gradient of x", true, true, true, false);
}

}  // namespace

Exercise layer_norm_exercise() {
  Exercise e{.name = "layer_norm",
             .right =
                 [](Inputs in, const Numbers& n) {
                   return Tensors{layer_norm(in[0], last(in), in[1], in[2], n[0])};
                 },
             .inputs = {"x", "weight", "bias"},
             .numbers = {"eps"}};
  use_norm_row(e, "layer_norm", true);
  add_layer_norm_mistakes(e);
  add_wrong_layers(e);
  e.solution = {"src/ops/layer_norm.cpp", "struct Norm"};
  e.result_hint = "y = (x - mean) / sqrt(variance + eps) weight + bias; the variance divides by n";
  e.gradient_hint =
      "with g = dy weight and r = 1 / sqrt(variance + eps): "
      "dx = r (g - mean(g) - xhat mean(g xhat)), all means over the last axis; "
      "dweight = sum_to(dy xhat, weight.shape()); dbias = sum_to(dy, bias.shape())";
  return e;
}

}  // namespace gradus::exercise
