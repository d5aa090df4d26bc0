// SPDX-License-Identifier: MIT
// Row of ops/conv.h.
#include "check/rows.h"
#include "gradus/ops/conv.h"
#include "kernels/conv.h"

namespace gradus::check {
namespace {

struct ConvForm {
  int64_t K = 3;
  bool bias = true;
  Conv1dOptions options{};
  // Mistakes.
  bool reversed = false;    // taps in reverse order
  bool one_off = false;     // each tap one step late
  bool no_dilation = false;
  bool first_group = false; // all groups read the first
};

// The definition as plain loops.
Reference conv_reference(const ConvForm& f) {
  return [f]<class T>(const Arrays<T>& in) {
    const Array<T>&x = in[0], &w = in[1];
    const Conv1dOptions& o = f.options;
    const int64_t C = x.size(1), S = x.size(2), O = w.size(0), per = C / o.groups;
    const int64_t span = o.dilation * (f.K - 1), left = o.causal ? span : o.padding;
    const int64_t L = (S + (o.causal ? span : 2 * o.padding) - span - 1) / o.stride + 1;
    Array<T> y(Shape{x.size(0), O, L});
    for (int64_t i = 0; i < y.count(); ++i) {
      const int64_t l = i % L, out = i / L % O, b = i / L / O;
      const int64_t group = f.first_group ? 0 : out / (O / o.groups);
      if (f.bias) y[i] = in[2][out];
      for (int64_t c = 0; c < per; ++c)
        for (int64_t k = 0; k < f.K; ++k) {
          const int64_t tap = f.reversed ? f.K - 1 - k : k;
          const int64_t t =
              l * o.stride - left + tap * (f.no_dilation ? 1 : o.dilation) + f.one_off;
          if (t < 0 || t >= S) continue;
          y[i] += w[(out * per + c) * f.K + k] * x[(b * C + group * per + c) * S + t];
        }
    }
    return y;
  };
}

Sample conv_sample(Generator& gen, const Shape& x, int64_t O, const ConvForm& f) {
  const Conv1dOptions& o = f.options;
  Sample s{.label = text({x, " to ", O, ", K ", f.K, ", stride ", o.stride, ", padding ",
                          o.padding, ", dilation ", o.dilation, ", groups ", o.groups,
                          o.causal ? ", causal" : "", f.bias ? "" : ", no bias"}),
           .inputs = {values(gen, x), values(gen, {O, x[1] / o.groups, f.K})}};
  if (f.bias) s.inputs.push_back(values(gen, {O}));
  s.call = [f](Inputs in) {
    return Tensors{conv1d(in[0], in[1], f.bias ? in[2] : Tensor{}, f.options)};
  };
  s.reference = conv_reference(f);
  s.attributes = {{"K", static_cast<double>(f.K)},
                  {"bias", f.bias},
                  {"stride", static_cast<double>(o.stride)},
                  {"padding", static_cast<double>(o.padding)},
                  {"dilation", static_cast<double>(o.dilation)},
                  {"groups", static_cast<double>(o.groups)},
                  {"causal", o.causal}};
  return s;
}

std::vector<Axis> conv_axes() {
  const auto axis = [](const char* name, std::vector<KernelConstant> constants,
                       Dims (*of)(int64_t n)) {  // B, C, steps, O, K
    return Axis{name, std::move(constants), [of](Generator& gen, int64_t n) {
                  const Dims d = of(n);
                  ConvForm f{.K = d[4], .bias = n % 2 == 0};
                  if (n % 3 == 0) f.options = {.stride = 2, .padding = 2};
                  if (n % 3 == 1) f.options = {.dilation = 2, .causal = true};
                  if (n % 2 && d[1] % 3 == 0 && d[3] % 3 == 0) f.options.groups = 3;
                  return conv_sample(gen, {d[0], d[1], d[2]}, d[3], f);
                }};
  };
  return {axis("samples", {{"conv_tasks", kernels::conv_tasks}},
               [](int64_t n) { return Dims{n, 3, 7, 3, 2}; }),
          axis("channels", {}, [](int64_t n) { return Dims{2, n, 6, 3, 2}; }),
          axis("channels out", {}, [](int64_t n) { return Dims{2, 3, 6, n, 2}; }),
          axis("steps", {}, [](int64_t n) { return Dims{2, 3, n, 3, 3}; }),
          axis("taps", {}, [](int64_t n) { return Dims{1, 2, 2 * n + 5, 2, n}; })};
}

ConvForm conv_form(const Sample& s) {
  const auto whole = [&](const char* key) { return static_cast<int64_t>(s[key]); };
  return {whole("K"), s["bias"] != 0,
          {.stride = whole("stride"), .padding = whole("padding"), .dilation = whole("dilation"),
           .groups = whole("groups"), .causal = s["causal"] != 0}};
}

std::vector<Sample> conv_samples(Generator& gen) {
  std::vector<Sample> all;
  const auto add = [&](const Shape& x, int64_t O, const ConvForm& f) {
    all.push_back(conv_sample(gen, x, O, f));
  };
  add({1, 1, 1}, 1, {1, true, {}});
  add({2, 3, 5}, 2, {3, true, {}});
  add({2, 3, 5}, 2, {3, false, {}});
  add({3, 2, 7}, 4, {2, true, {.stride = 2}});
  add({2, 2, 6}, 3, {3, true, {.padding = 1}});
  add({1, 2, 3}, 2, {3, true, {.padding = 4}});
  add({2, 2, 9}, 2, {3, true, {.dilation = 2}});
  add({2, 1, 4}, 2, {3, false, {.padding = 3, .dilation = 3}});
  add({2, 4, 5}, 6, {2, true, {.groups = 2}});
  add({2, 4, 6}, 4, {3, false, {.padding = 1, .groups = 4}});
  add({3, 2, 6}, 3, {3, true, {.causal = true}});
  add({2, 2, 5}, 2, {2, true, {.dilation = 4, .causal = true}});
  add({2, 2, 8}, 2, {4, true, {.stride = 3, .padding = 2, .dilation = 2, .groups = 2}});
  add({2, 3, 7}, 2, {3, true, {.stride = 2, .causal = true}});
  add({0, 2, 5}, 3, {2, true, {}});
  add({33, 1, 4}, 2, {2, true, {}});
  return all;
}

}  // namespace

Rows conv_rows() {
  OpRow row{.name = "conv1d", .rules = {"conv1d"}, .samples = conv_samples, .once = true};
  row.axes = conv_axes();
  const auto formula = [](const char* what, void (*spoil)(ConvForm&)) {
    return mistaken(what, [=](const Sample& s) {
      ConvForm f = conv_form(s);
      spoil(f);
      return conv_reference(f);
    });
  };
  row.mutants = {formula("taps reversed", [](ConvForm& f) { f.reversed = true; }),
                 formula("taps one step late", [](ConvForm& f) { f.one_off = true; }),
                 formula("dilation forgotten", [](ConvForm& f) { f.no_dilation = true; }),
                 formula("all groups read the first", [](ConvForm& f) { f.first_group = true; })};
  const auto with = [](Conv1dOptions o) {
    return [=](Inputs in) { conv1d(in[0], in[1], in.size() > 2 ? in[2] : Tensor{}, o); };
  };
  const Tensor x = ones({2, 4, 5}), w = ones({6, 4, 3});
  row.bad = {{"two axes", {ones({4, 5}), w}, with({}), "x [4, 5] must be [B, C, T]"},
             {"weight of two axes", {x, ones({6, 4})}, with({}), "weight [6, 4] must be"},
             {"no taps", {x, ones({6, 4, 0})}, with({}), "K of 1 or more"},
             {"channels", {x, ones({6, 3, 3})}, with({}), "do not fit 1 groups"},
             {"groups", {x, ones({6, 2, 3})}, with({.groups = 4}), "do not fit 4 groups"},
             {"bias", {x, w, ones({5})}, with({}), "bias [5] must be [6]"},
             {"stride", {x, w}, with({.stride = 0}), "stride 0"},
             {"padding", {x, w}, with({.padding = -1}), "padding -1"},
             {"causal and padded", {x, w}, with({.padding = 1, .causal = true}), "must be 0"},
             {"too short", {ones({2, 4, 2}), w}, with({}), "the taps span 3"},
             {"dtype", {x, ones({6, 4, 3}, DType::f64)}, with({}), "weight is f64, x is f32"},
             {"whole numbers", {ones({2, 4, 5}, DType::i64), w}, with({}), "i64"}};
  return {row};
}

}  // namespace gradus::check
