// SPDX-License-Identifier: MIT
// Rows of ops/matmul.h.
#include "check/reference.h"
#include "check/rows.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/view.h"
#include "kernels/gemm_packed.h"
#include "kernels/linear.h"

namespace gradus::check {
namespace {

Sample matmul_sample(Generator& gen, const Shape& a, const Shape& b) {
  return {.label = text({a, " x ", b}),
          .inputs = {values(gen, a), values(gen, b)},
          .call = [](Inputs in) { return matmul(in[0], in[1]); },
          .reference = []<class T>(const Arrays<T>& in) { return plain_matmul(in[0], in[1]); }};
}

// a b^T, where b is a transposed view.
Sample turned_sample(Generator& gen, const Shape& a, const Shape& b) {
  return {.label = text({a, " x ", b, " transposed"}),
          .inputs = {values(gen, a), values(gen, b)},
          .call = [](Inputs in) { return matmul(in[0], transpose(in[1], 0, 1)); },
          .reference = []<class T>(const Arrays<T>& in) {
            Array<T> turned(Shape{in[1].size(1), in[1].size(0)});
            const int64_t rows = turned.size(0), cols = turned.size(1);
            for (int64_t e = 0; e < turned.count(); ++e)
              turned[e] = in[1][e % cols * rows + e / cols];
            return plain_matmul(in[0], turned);
          }};
}

std::vector<Sample> matmul_samples(Generator& gen) {
  std::vector<Sample> samples;
  const auto add = [&](const Shape& a, const Shape& b) {
    samples.push_back(matmul_sample(gen, a, b));
  };
  add({3, 4}, {4, 5}), add({4, 4}, {4, 4}), add({1, 7}, {7, 1}), add({9, 6}, {6, 9});
  add({17, 3}, {3, 2}), add({2, 19}, {19, 3}), add({5}, {5}), add({4}, {4, 3}), add({3, 4}, {4});
  add({2, 3, 4}, {4, 2}), add({2, 1, 3, 2}, {2, 3}), add({2, 3, 4}, {4}), add({3}, {2, 3, 4});
  add({2, 3, 4}, {2, 4, 3}), add({3, 4}, {2, 4, 3}), add({2, 1, 2, 3}, {3, 3, 2});
  add({1, 2, 3}, {4, 3, 2}), add({4, 2, 2}, {4, 2, 2}), add({0, 3}, {3, 2}), add({2, 0}, {0, 3});
  add({2, 3, 0}, {0, 2}), add({0, 2, 3}, {0, 3, 2}), add({2, 3}, {3, 0});
  return samples;
}

Tensor half(const Tensor& x) {
  Tensor y = x.clone_data();
  for (int64_t i = 0; i < y.numel(); ++i) y.mutable_data<double>()[i] *= 0.5;
  return y;
}

bool square_matrices(const BackwardEvent& e) {
  return e.inputs[0].dim() == 2 && e.inputs[0].shape() == e.inputs[1].shape() &&
         e.inputs[0].size(0) == e.inputs[0].size(1);
}

std::vector<Mutant> matmul_mutants() {
  return {
      wrong("b not transposed in da", 0, [](const Sample&, const BackwardEvent& e) {
        return square_matrices(e) ? matmul(e.dy[0], e.inputs[1]) : e.grads[0];
      }),
      wrong("a not transposed in db", 1, [](const Sample&, const BackwardEvent& e) {
        return square_matrices(e) ? matmul(e.inputs[0], e.dy[0]) : e.grads[1];
      }),
      wrong("db is dy^T a", 1, [](const Sample&, const BackwardEvent& e) {
        return square_matrices(e) ? matmul(transpose(e.dy[0], 0, 1), e.inputs[0]) : e.grads[1];
      }),
      wrong("db from the first matrix of the batch for all", 1,
            [](const Sample&, const BackwardEvent& e) {
        if (e.grads[1].dim() != 3 || e.grads[1].size(0) < 2) return e.grads[1];
        return expand(narrow(e.grads[1], 0, 0, 1), e.grads[1].shape()).clone_data();
      }),
      wrong("da averaged over the columns of a two-column b", 0,
            [](const Sample&, const BackwardEvent& e) {
        return e.inputs[1].size(-1) == 2 ? half(e.grads[0]) : e.grads[0];
      }),
  };
}

using MatmulSample = Sample (*)(Generator&, const Shape&, const Shape&);

// An axis of products [m, k] x [k, n] with the sizes of(n).
struct Sizes {
  int64_t m, k, n;
};
Axis product_axis(const char* name, std::vector<KernelConstant> constants, Sizes (*of)(int64_t),
                  int64_t tile = 0) {
  return {.name = name, .constants = std::move(constants),
          .sample = [of](Generator& gen, int64_t size) {
            const auto [m, k, n] = of(size);
            return matmul_sample(gen, {m, k}, {k, n});
          }, .few = false, .tile = tile};
}

std::vector<Axis> matmul_axes() {
  using namespace kernels;
  constexpr int64_t few = 16, f64_depth = gemm_depth_bytes / 8, f32_depth = gemm_depth_bytes / 4;
  const auto turned = [](const char* name, std::vector<KernelConstant> constants,
                         Sizes (*of)(int64_t)) {
    return Axis{name, std::move(constants), [of](Generator& gen, int64_t size) {
                  const auto [m, k, n] = of(size);
                  return turned_sample(gen, {m, k}, {n, k});
                }};
  };
  return {
      product_axis("rows", {{"gemm_tile", gemm_tile}, {"gemm_packed_rows", gemm_packed_rows}},
                   [](int64_t n) { return Sizes{n, 70, 66}; }),
      product_axis("columns", {{"gemm_tile", gemm_tile}},
                   [](int64_t n) { return Sizes{67, 70, n}; }),
      product_axis("terms", {{"gemm_depth_bytes", f64_depth}, {"gemm_depth_bytes", f32_depth}},
                   [](int64_t n) { return Sizes{70, n, 66}; }),
      product_axis("terms of a long sum", {{"gemm_split", 2 * gemm_split * gemm_tile}},
                   [](int64_t n) { return Sizes{6, n, 7}; }),
      product_axis("rows of a narrow product", {{"gemm_tasks", gemm_tasks * gemm_tile}},
                   [](int64_t n) { return Sizes{n, 30, 10}; }),
      product_axis("columns to pack", {{"gemm_pack_grain", gemm_pack_grain / 100}},
                   [](int64_t n) { return Sizes{33, 100, n}; }),
      product_axis("columns of one row", {{"gemm_vector_work", gemm_vector_work / 200}},
                   [](int64_t n) { return Sizes{1, 200, n}; }),
      turned("columns to transpose", {{"gemm_turned", gemm_turned / 64}},
             [](int64_t n) { return Sizes{9, 64, n}; }),
      turned("columns of few terms to transpose", {{"gemm_turned", gemm_turned / 20}},
             [](int64_t n) { return Sizes{9, 20, n}; }),
      turned("rows beside a transposed operand", {{"gemm_turn_rows", gemm_turn_rows}},
             [](int64_t n) { return Sizes{n, 40, 40}; }),
      turned("columns always transposed", {{"gemm_turn_always", gemm_turn_always / few}},
             [](int64_t n) { return Sizes{3, few, n}; })};
}

// The same with tiles of 8 (512 terms each), for constants that count tiles.
std::vector<Axis> small_tile_axes() {
  using namespace kernels;
  return {
      product_axis("rows of blocks", {{"gemm_large", gemm_large * 64 / 70},
                                      {"gemm_panel", gemm_panel * 8}},
                   [](int64_t n) { return Sizes{n, 20, 70}; }, 8),
      product_axis("columns of blocks", {{"gemm_large", gemm_large * 64 / 70},
                                         {"gemm_panel", gemm_panel * 8}},
                   [](int64_t n) { return Sizes{70, 20, n}; }, 8),
      product_axis("rows of tiles", {{"gemm_medium", gemm_medium * 512 / (64 * 64)}},
                   [](int64_t n) { return Sizes{n, 64, 64}; }, 8),
      product_axis("rows of a split sum", {{"gemm_split_result", gemm_split_result * 64 / 16}},
                   [](int64_t n) { return Sizes{n, 1030, 16}; }, 8),
      product_axis("columns to pack as a whole", {{"gemm_packed", gemm_packed * 64 / 64}},
                   [](int64_t n) { return Sizes{70, 64, n}; }, 8),
      product_axis("columns of a product whose left operand is transposed",
                   {{"gemm_packed_result", gemm_packed_result * 64 / 32}},
                   [](int64_t n) { return Sizes{300, 32, n}; }, 8),
      {.name = "rows of products of a batch",
       .constants = {{"gemm_batch_large", gemm_batch_large * 512 / (16 * 16)}},
       .sample = [](Generator& gen, int64_t n) {
         return matmul_sample(gen, {3, n, 16}, {3, 16, 16});
       }, .few = false, .tile = 8}};
}

// ---- linear

Reference linear_reference(Activation f) {
  return [f]<class T>(const Arrays<T>& in) {
    const int64_t cols = in[1].size(0), n = in[1].size(1);
    Shape shape = in[0].shape;
    shape[shape.size() - 1] = cols;
    Array<T> y(shape);
    for (int64_t e = 0; e < y.count(); ++e) {
      T z = in.size() > 2 ? in[2][e % cols] : T(0);
      for (int64_t k = 0; k < n; ++k) z += in[0][e / cols * n + k] * in[1][e % cols * n + k];
      y[e] = f == Activation::relu        ? (z > T(0) ? z : T(0))
             : f == Activation::gelu      ? plain_gelu(z)
             : f == Activation::gelu_tanh ? plain_gelu_tanh(z)
             : f == Activation::relu_squared ? (z > T(0) ? z * z : T(0))
                                             : z;
    }
    return y;
  };
}

// Whether some sum is so close to relu's kink that a difference step would cross it.
bool near_kink(const std::vector<Tensor>& in) {
  for (double z : linear(in[0], in[1], in.size() > 2 ? in[2] : Tensor{}).to_vector<double>())
    if (std::abs(z) < 1e-3) return true;
  return false;
}

Sample linear_sample(Generator& gen, const Shape& x, int64_t out, Activation f, bool biased) {
  std::vector<Tensor> inputs = {values(gen, x), values(gen, {out, x.back()})};
  if (biased) inputs.push_back(values(gen, {out}));
  return {.label = text({x, " to ", out, ", ", name(f), biased ? "" : ", no bias"}),
          .inputs = std::move(inputs),
          .call = [f](Inputs in) {
            return linear(in[0], in[1], in.size() > 2 ? in[2] : Tensor{}, f);
          },
          .reference = linear_reference(f),
          .attributes = {{"activation", static_cast<double>(f)}}};
}

// Cycles through the activations except relu: with many sums, some are on its kink in f32.
Axis linear_axis(const char* name, std::vector<KernelConstant> constants,
                 Shape (*of)(int64_t n)) {  // [rows, inputs, outputs]
  return {name, std::move(constants), [of](Generator& gen, int64_t n) {
            using enum Activation;
            const Activation smooth[] = {none, gelu, gelu_tanh, relu_squared};
            const Shape s = of(n);
            Sample sample = linear_sample(gen, {s[0], s[1]}, s[2], smooth[n % 4], n % 5 != 1);
            sample.inputs[0] = mul(sample.inputs[0], 1 / std::sqrt(static_cast<double>(s[1])));
            return sample;
          }};
}

std::vector<Axis> linear_axes() {
  using namespace kernels;
  return {linear_axis("rows", {{"linear_block", linear_block}, {"gemm_tile", gemm_tile}},
                      [](int64_t n) { return Shape{n, 70, 66}; }),
          linear_axis("rows of full blocks", {{"linear_blocks", linear_blocks * linear_block}},
                      [](int64_t n) { return Shape{n, 5, 7}; }),
          linear_axis("inputs", {{"gemm_tile", gemm_tile}},
                      [](int64_t n) { return Shape{70, n, 66}; }),
          linear_axis("outputs", {{"gemm_tile", gemm_tile}},
                      [](int64_t n) { return Shape{70, 66, n}; }),
          linear_axis("outputs of few rows", {{"gemm_tile", 2 * gemm_tile}},
                      [](int64_t n) { return Shape{20, 300, n + 1}; }),  // 263 is odd
          linear_axis("outputs of many sums", {{"sum_rows_grain", sum_rows_grain}},
                      [](int64_t n) { return Shape{70, 2, n}; })};
}

std::vector<Sample> linear_samples(Generator& gen) {
  std::vector<Sample> samples;
  const auto add = [&](const Shape& x, int64_t out, Activation f, bool biased = true) {
    Sample s = linear_sample(gen, x, out, f, biased);
    while (f == Activation::relu && near_kink(s.inputs)) s = linear_sample(gen, x, out, f, biased);
    samples.push_back(std::move(s));
  };
  using enum Activation;
  for (Activation f : {none, relu, gelu, gelu_tanh, relu_squared}) {
    add({3, 4}, 5, f), add({2, 3, 2}, 3, f), add({9, 5}, 6, f, f == none || f == gelu);
  }
  add({4}, 3, gelu), add({1, 1}, 1, none), add({2, 1, 2, 3}, 2, relu), add({19, 2}, 3, gelu);
  add({0, 3}, 2, gelu), add({2, 0}, 3, none), add({2, 0}, 3, gelu), add({3, 2}, 0, none);
  add({4, 4}, 4, none, false), add({2, 17}, 1, gelu_tanh), add({1, 6}, 9, relu, false);
  return samples;
}

// A mutant of linear: the derivative of the activation is slope(z, y); all else is correct.
Mutant wrong_activation(std::string name, Activation which, bool with_bias,
                        std::function<double(double z, double y)> slope) {
  return {std::move(name), [=](const Sample& s, BackwardEvent& e) {
            if (s["activation"] != static_cast<double>(which) || e.inputs[0].dim() != 2) return;
            const Tensor bias = with_bias && e.inputs.size() > 2 ? e.inputs[2] : Tensor{};
            const Tensor z = linear(e.inputs[0], e.inputs[1], bias);
            Tensor dz = e.dy[0].clone_data();
            const std::vector<double> sums = z.to_vector<double>();
            const std::vector<double> y = e.outputs[0].to_vector<double>();
            for (size_t i = 0; i < y.size(); ++i)
              dz.mutable_data<double>()[i] *= slope(sums[i], y[i]);
            if (e.wanted[0]) e.grads[0] = matmul(dz, e.inputs[1]);
            if (e.wanted[1]) e.grads[1] = matmul(transpose(dz, 0, 1), e.inputs[0]);
          }};
}

double gelu_slope(double z) {
  return 0.5 * (1 + std::erf(z * std::sqrt(0.5))) +
         z * std::exp(-0.5 * z * z) / std::sqrt(2 * std::acos(-1.0));
}
double gelu_tanh_slope(double z) { return plain_gelu_tanh(Dual(z, 1)).d; }

std::vector<Mutant> linear_mutants() {
  return {
      wrong_activation("slope of relu missing", Activation::relu, true,
                       [](double, double) { return 1.0; }),
      wrong_activation("slope of the squared relu halved", Activation::relu_squared, true,
                       [](double z, double) { return std::max(z, 0.0); }),
      wrong_activation("slope of the squared relu of both signs", Activation::relu_squared, true,
                       [](double z, double) { return 2 * z; }),
      wrong_activation("slope of gelu by the tanh form", Activation::gelu, true,
                       [](double z, double) { return gelu_tanh_slope(z); }),
      wrong_activation("slope of the tanh form by erf", Activation::gelu_tanh, true,
                       [](double z, double) { return gelu_slope(z); }),
      wrong_activation("slope of gelu at y instead of z", Activation::gelu, true,
                       [](double, double y) { return gelu_slope(y); }),
      wrong_activation("slope of gelu without the bias", Activation::gelu, false,
                       [](double z, double) { return gelu_slope(z); }),
      wrong_activation("slope of gelu without z phi(z)", Activation::gelu, true,
                       [](double z, double) { return 0.5 * (1 + std::erf(z * std::sqrt(0.5))); }),
      {"db of the first row for all rows", [](const Sample& s, BackwardEvent& e) {
         if (e.inputs.size() < 3 || !e.wanted[2] || s["activation"] != 0) return;
         const int64_t cols = e.grads[2].numel();
         const std::vector<double> dy = e.dy[0].to_vector<double>();
         for (int64_t c = 0; c < cols && !dy.empty(); ++c)
           e.grads[2].mutable_data<double>()[c] = dy[static_cast<size_t>(c)];
       }},
      wrong("dW without the last row", 1, [](const Sample& s, const BackwardEvent& e) {
        const int64_t rows = e.dy[0].size(0);
        if (s["activation"] != 0 || e.dy[0].dim() != 2 || rows < 2) return e.grads[1];
        return matmul(transpose(narrow(e.dy[0], 0, 0, rows - 1), 0, 1),
                      narrow(e.inputs[0], 0, 0, rows - 1));
      }),
  };
}

}  // namespace

Rows matmul_rows() {
  OpRow product{.name = "matmul", .rules = {"matmul"}, .samples = matmul_samples};
  product.mutants = matmul_mutants();
  product.axes = matmul_axes();
  for (Axis& axis : small_tile_axes()) product.axes.push_back(std::move(axis));
  product.axes.push_back({"products of a batch", {{"gemm_tile", kernels::gemm_tile}},
                          [](Generator& gen, int64_t n) {
                            return matmul_sample(gen, {n, 20, 19}, {n, 19, 21});
                          }});
  const auto multiply = [](Inputs in) { matmul(in[0], in[1]); };
  product.bad = {
      {"inner sizes", {ones({2, 3}), ones({4, 5})}, multiply, "a [2, 3] and b [4, 5] cannot"},
      {"vector too long", {ones({2, 3}), ones({4})}, multiply, "the axis of b has 4"},
      {"scalar", {ones({}), ones({2, 2})}, multiply, "at least one axis"},
      {"batches", {ones({2, 3, 4}), ones({3, 4, 5})}, multiply, "batches [2] and [3]"},
      {"dtypes", {ones({2, 2}), ones({2, 2}, DType::f64)}, multiply, "b is f64, a is f32"},
      {"integers", {ones({2, 2}, DType::i64), ones({2, 2}, DType::i64)}, multiply, "i64 [2, 2]"}};
  OpRow layer{.name = "linear", .rules = {"linear"}, .samples = linear_samples};
  layer.mutants = linear_mutants();
  layer.axes = linear_axes();
  const auto call = [](Inputs in) { linear(in[0], in[1], in.size() > 2 ? in[2] : Tensor{}); };
  layer.bad = {
      {"width", {ones({2, 3}), ones({5, 4})}, call, "x [2, 3] and weight [5, 4]"},
      {"weight is a vector", {ones({2, 3}), ones({3})}, call, "weight [3]"},
      {"bias", {ones({2, 3}), ones({5, 3}), ones({3})}, call, "bias [3] must be [5]"},
      {"dtypes", {ones({2, 3}), ones({5, 3}, DType::f64)}, call, "weight is f64, x is f32"}};
  return {product, layer};
}

}  // namespace gradus::check
