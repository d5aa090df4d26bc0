// SPDX-License-Identifier: MIT
// Muon: exact against tensor products in f64, close to PyTorch's, which rounds to bfloat16.
#include "gradus/optim/muon.h"

#include <cmath>

#include "gradus/base/parallel.h"
#include "gradus/nn/basic.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace optim_muon_test {

using Values = std::vector<double>;

Tensor gradient(int64_t rows, int64_t cols, int64_t step, DType dtype) {
  Values all;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j)
      all.push_back(static_cast<double>((i * 7 + j * 3 + step * 5) % 11 - 5) / 7 +
                    0.1 * static_cast<double>(i * j));
  return tensor(all, {rows, cols}, dtype);
}
Tensor start(int64_t rows, int64_t cols, DType dtype) {
  Values all;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j)
      all.push_back(0.1 * static_cast<double>(i) - 0.2 * static_cast<double>(j));
  return tensor(all, {rows, cols}, dtype).requires_grad_();
}

Tensor three_steps(int64_t rows, int64_t cols, const MuonOptions& options, DType dtype) {
  Tensor p = start(rows, cols, dtype);
  Muon muon(std::vector<NamedTensor>{{"p", p}}, options);
  for (int64_t step = 0; step < 3; ++step) {
    p.set_grad(gradient(rows, cols, step, dtype));
    muon.step();
  }
  return p.detach();
}

// The formula of the docstring in tensor ops.
Tensor orthogonalised(Tensor x, const MuonOptions& o) {
  const bool tall = x.size(0) > x.size(1);
  if (tall) x = x.t();
  x = x / std::max(x.norm().item(), o.eps);
  for (int i = 0; i < o.ns_steps; ++i) {
    const Tensor s = matmul(x, x.t());
    x = x * o.a + matmul(s * o.b + matmul(s, s) * o.c, x);
  }
  return tall ? x.t() : x;
}
Tensor three_steps_by_formula(int64_t rows, int64_t cols, const MuonOptions& o) {
  const NoGrad no_grad;
  Tensor p = start(rows, cols, DType::f64).detach().clone(), m = zeros_like(p);
  const auto r = static_cast<double>(rows / o.parts), c = static_cast<double>(cols);
  const double factor = o.adjust_lr == MuonScale::original ? std::sqrt(std::max(1.0, r / c))
                                                           : 0.2 * std::sqrt(std::max(r, c));
  for (int64_t step = 0; step < 3; ++step) {
    const Tensor g = gradient(rows, cols, step, DType::f64);
    m = m * o.momentum + g * (1 - o.momentum);
    const Tensor u = o.nesterov ? m * o.momentum + g * (1 - o.momentum) : m;
    for (int64_t k = 0; k < o.parts; ++k) {
      const int64_t begin = k * rows / o.parts, end = (k + 1) * rows / o.parts;
      Tensor part = p.slice(0, begin, end);
      part.copy_(part * (1 - o.lr * o.weight_decay) -
                 orthogonalised(u.slice(0, begin, end), o) * (o.lr * factor));
    }
  }
  return p;
}

double worst(const Tensor& a, const Tensor& b) {
  return max(abs(a.to(DType::f64) - b.to(DType::f64))).item();
}

TEST_CASE("Muon equals its formula at all sizes around its blocks", "[optim][muon]") {
  MuonOptions options{.lr = 0.1};
  const std::vector<Shape> shapes = {{1, 1},   {1, 7},    {7, 1},   {3, 5},    {5, 3},
                                     {64, 64}, {63, 130}, {65, 66}, {129, 64}, {192, 40}};
  for (const Shape& s : shapes)
    for (int64_t parts : {1, 3}) {
      if (s[0] % parts != 0) continue;
      options.parts = parts;
      options.nesterov = s[1] % 2 == 0;
      options.adjust_lr = s[0] % 2 ? MuonScale::original : MuonScale::match_rms_adamw;
      INFO(text({s, " in ", parts}));
      const Tensor expected = three_steps_by_formula(s[0], s[1], options);
      CHECK(worst(three_steps(s[0], s[1], options, DType::f64), expected) < 1e-10);
      CHECK(worst(three_steps(s[0], s[1], options, DType::f32), expected) < 2e-3);
    }
}

TEST_CASE("Muon takes PyTorch's steps up to its rounding to bfloat16", "[optim][muon]") {
  const auto check = [](int64_t rows, int64_t cols, const MuonOptions& o, const Values& torch) {
    const Tensor p = three_steps(rows, cols, o, DType::f32);
    CHECK(worst(p, tensor(torch, {rows, cols}, DType::f64)) < 0.01);
    // A step in the other direction, or without momentum, would be this far away.
    CHECK(worst(start(rows, cols, DType::f32).detach(), p) > 0.05);
  };
  check(3, 5, {.lr = 0.1},
        {0.056384, -0.191504, -0.313102, -0.715163, -0.697962, 0.131, -0.26329, -0.254345,
         -0.668865, -0.774161, 0.19555, 0.014519, -0.346724, -0.41064, -0.772039});
  check(5, 3, {.lr = 0.1, .weight_decay = 0.01, .adjust_lr = MuonScale::match_rms_adamw},
        {0.018976, -0.213519, -0.375287, 0.101439, -0.157374, -0.292053, 0.227384, 0.017305,
         -0.272791, 0.209397, 0.078439, -0.165586, 0.431845, 0.131827, -0.036481});
  check(4, 4, {.lr = 0.1, .momentum = 0.8, .nesterov = false, .ns_steps = 3},
        {0.193343, -0.143172, -0.32152, -0.70552, 0.119489, -0.297814, -0.185652, -0.645109,
         0.275514, 0.043269, -0.370762, -0.413937, 0.1886, 0.085893, -0.247522, -0.433434});
}

TEST_CASE("Muon: large products on all threads equal small ones on one", "[optim][muon]") {
  const auto step = [](int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    Generator gen(1);
    std::vector<NamedTensor> all;
    for (const Shape& s : {Shape{520, 520}, Shape{40, 90}, Shape{90, 40}, Shape{8, 4, 5}}) {
      Tensor p = randn(s, gen).requires_grad_();
      p.set_grad(randn(s, gen));
      all.push_back({text({"p", all.size()}), p});
    }
    Muon muon(all, 0.1);
    muon.step();
    set_num_threads(before);
    std::vector<float> values;
    for (const NamedTensor& p : all)
      for (float x : p.tensor.to_vector<float>()) values.push_back(x);
    return values;
  };
  const std::vector<float> one = step(1);
  CHECK(one == step(2));
  CHECK(one == step(3));
}

TEST_CASE("Muon: others take the steps of AdamW", "[optim][muon]") {
  const AdamOptions adam{.lr = 0.01, .beta2 = 0.95, .weight_decay = 0.1};
  const auto values = [&](auto make) {
    Tensor w = start(2, 3, DType::f64), b = tensor({1, -2}, DType::f64).requires_grad_();
    const auto optimizer = make(w, b);
    optimizer->set_lr([](int64_t, double base) { return base / 2; }, 0);
    for (int64_t step = 0; step < 3; ++step) {
      w.set_grad(gradient(2, 3, step, DType::f64));
      b.set_grad(tensor({0.5, 3}, DType::f64));
      optimizer->step();
    }
    CHECK(optimizer->state_dict().size() == (optimizer->lr() == 0.01 ? 2u + 3u : 3u));
    return b.to_vector<double>();
  };
  const Values both = values([&](const Tensor& w, const Tensor& b) {
    return std::make_unique<Muon>(
        std::vector<Group<MuonOptions>>{{std::vector<NamedTensor>{{"w", w}}, {.lr = 0.02}}},
        std::vector<Group<AdamOptions>>{{std::vector<NamedTensor>{{"b", b}}, adam}});
  });
  const Values alone = values([&](const Tensor&, const Tensor& b) {
    return std::make_unique<AdamW>(std::vector<NamedTensor>{{"b", b}}, adam);
  });
  CHECK(both == alone);
}

TEST_CASE("Muon continues from its state with equal bits", "[optim][muon]") {
  const auto run = [](bool stop) {
    Tensor w = start(4, 3, DType::f32), b = tensor({1, -2}).requires_grad_();
    const auto make = [&] {
      return std::make_unique<Muon>(
          std::vector<Group<MuonOptions>>{{std::vector<NamedTensor>{{"w", w}}, {.lr = 0.02}}},
          std::vector<Group<AdamOptions>>{{std::vector<NamedTensor>{{"b", b}}, {}}});
    };
    std::unique_ptr<Muon> muon = make();
    for (int64_t step = 0; step < 4; ++step) {
      if (stop && step == 2) {
        const StateDict saved = muon->state_dict();
        CHECK(saved.count("w.momentum_buffer") == 1);
        CHECK(saved.count("b.exp_avg_sq") == 1);
        CHECK(saved.count("b.momentum_buffer") == 0);
        muon = make();
        muon->load_state_dict(saved);
      }
      w.set_grad(gradient(4, 3, step, DType::f32));
      b.set_grad(tensor({0.5, 3}));
      muon->step();
    }
    return std::pair(w.to_vector<float>(), b.to_vector<float>());
  };
  CHECK(run(false) == run(true));
}

TEST_CASE("Muon brings the singular values of its update near 1", "[optim][muon]") {
  const Tensor before = start(20, 30, DType::f64).detach().clone();
  Tensor p = start(20, 30, DType::f64);
  Generator gen(2);
  p.set_grad(randn({20, 30}, gen, DType::f64));
  Muon muon(std::vector<NamedTensor>{{"p", p}}, {.lr = 1, .weight_decay = 0});
  muon.step();
  const Tensor update = before - p.detach();
  // Eigenvalues of u u^T lie between 0.4 and 1.6 about: so do its quadratic forms.
  for (int i = 0; i < 50; ++i) {
    Tensor x = randn({1, 20}, gen, DType::f64);
    x = x / x.norm().item();
    const double size = matmul(x, update).norm().item();
    CHECK(size > 0.5);
    CHECK(size < 1.3);
  }
}

TEST_CASE("muon_parameters separates matrices from tables and heads", "[optim][muon]") {
  TransformerEncoder encoder(
      {.layer = {.d_model = 8, .nhead = 2, .dim_feedforward = 12}, .num_layers = 1});
  const MuonParameters split = muon_parameters(encoder, {"layers.0.linear2"});
  const auto names = [](const std::vector<NamedTensor>& all) {
    std::string joined;
    for (const NamedTensor& p : all) joined += p.name + " ";
    return joined;
  };
  CHECK(names(split.stacked) == "layers.0.self_attn.in_proj_weight ");
  CHECK(names(split.matrices) == "layers.0.self_attn.out_proj.weight layers.0.linear1.weight ");
  CHECK(has(names(split.others), "layers.0.linear2.weight"));
  CHECK(has(names(split.others), "layers.0.norm1.weight"));
  Embedding table({10, 4});
  CHECK(muon_parameters(table).matrices.empty());
}

TEST_CASE("Muon refuses settings out of range and vectors by name", "[optim][muon]") {
  Tensor w = start(4, 3, DType::f32), b = tensor({1, -2}).requires_grad_();
  const auto refused = [&](const MuonOptions& o, const Tensor& p) {
    return message_of([&] { Muon(std::vector<NamedTensor>{{"p", p}}, o); });
  };
  CHECK(has(refused({.lr = -1}, w), "Muon: lr is -1"));
  CHECK(has(refused({.momentum = 1}, w), "Muon: momentum is 1"));
  CHECK(has(refused({.ns_steps = 0}, w), "Muon: ns_steps is 0; expected 1 to 99"));
  CHECK(has(refused({.a = NAN}, w), "Muon: a is nan"));
  CHECK(has(refused({.parts = 3}, w), "p (f32 [4, 3]) cannot be cut into 3 parts"));
  CHECK(has(refused({.parts = 0}, w), "parts is 0"));
  CHECK(has(refused({}, b), "p (f32 [2]) is not a matrix; give it to AdamW"));
  CHECK(has(message_of([&] {
              Muon(std::vector<Group<MuonOptions>>{},
                   std::vector<Group<AdamOptions>>{
                       {std::vector<NamedTensor>{{"b", b}}, {.amsgrad = true}}});
            }),
            "amsgrad"));
}

}  // namespace optim_muon_test
