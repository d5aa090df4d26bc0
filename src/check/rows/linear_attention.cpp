// SPDX-License-Identifier: MIT
// Row of ops/linear_attention.h.
#include "check/reference_attention.h"
#include "check/rows.h"
#include "gradus/ops/linear_attention.h"
#include "kernels/linear_attention.h"

namespace gradus::check {
namespace {

struct LinearCase {
  Shape q, k, v;
  Mask mask{};
  FeatureMap map = FeatureMap::elu;
  bool grouped = false;
  bool goes_on = false;  // continues from a state

  LinearForm form() const {
    LinearForm f{.map = map};
    f.sees = [m = mask](int64_t b, int64_t i, int64_t j) { return m.allows(b, 0, i, j); };
    f.group = grouped ? q[q.size() - 3] / k[k.size() - 3] : 1;
    if (goes_on) f.state = state().to_vector<double>();
    return f;
  }
  Tensor state() const {
    Generator gen(3);
    const bool heads = k.size() > 3;
    return values(gen,
                  {k.size() > 2 ? k[0] : 1, heads ? k[1] : 1, k.back(), v.back() + 1}, 0.5, 1.5);
  }
  Tensors operator()(Inputs in) const {
    Tensor s = goes_on ? state().to(in[0].dtype()) : Tensor{};
    return {linear_attention(in[0], in[1], in[2],
                             {.feature_map = map,
                              .mask = mask,
                              .enable_gqa = grouped,
                              .state = goes_on ? &s : nullptr})};
  }
};

const std::vector<LinearCase>& linear_attention_cases() {
  constexpr FeatureMap relu = FeatureMap::relu, identity = FeatureMap::identity;
  static const std::vector<LinearCase> all = {
      {{3, 4}, {5, 4}, {5, 2}},
      {{4, 2}, {4, 2}, {4, 2}, Mask::causal()},
      {{2, 3, 2}, {2, 4, 2}, {2, 4, 3}, {}, relu},
      {{2, 2, 3, 2}, {2, 2, 3, 2}, {2, 2, 3, 1}, Mask::causal(), relu},
      {{1, 1, 19, 2}, {1, 1, 19, 2}, {1, 1, 19, 2}, Mask::causal()},
      {{17, 1}, {6, 1}, {6, 1}, Mask::padding({4})},
      {{3, 5, 2}, {3, 9, 2}, {3, 9, 2}, Mask::padding({9, 0, 5})},
      {{2, 2, 9, 1}, {2, 2, 9, 1}, {2, 2, 9, 2}, Mask::causal() & Mask::padding({3, 9})},
      {{2, 11, 2}, {2, 5, 2}, {2, 5, 2}, Mask::causal_offset(-3), relu},
      {{7, 2}, {17, 2}, {17, 1}, Mask::causal_offset(6)},
      {{2, 4, 3, 2}, {2, 2, 5, 2}, {2, 2, 5, 1}, {}, {}, true},
      {{1, 6, 9, 2}, {1, 2, 9, 2}, {1, 2, 9, 2}, Mask::causal() & Mask::padding({7}), relu, true},
      {{2, 3, 4, 2}, {2, 1, 4, 2}, {1, 1, 4, 2}, Mask::causal(), {}, true},
      {{2, 2, 3, 2}, {2, 1, 4, 2}, {1, 1, 4, 2}},
      {{2, 2, 6, 2}, {2, 2, 6, 2}, {2, 2, 6, 1}, Mask::causal(), {}, false, true},
      {{2, 4, 3, 2}, {2, 2, 7, 2}, {2, 2, 7, 1}, Mask::padding({7, 0}), relu, true, true},
      {{2, 2, 9, 3}, {2, 2, 9, 3}, {2, 2, 9, 2}, Mask::causal(), identity},
      {{2, 4, 3, 2}, {2, 2, 7, 2}, {2, 2, 7, 1}, Mask::padding({7, 0}), identity, true},
      {{0, 3, 2}, {0, 4, 2}, {0, 4, 3}},
      {{3, 2}, {0, 2}, {0, 3}},
      {{0, 2}, {3, 2}, {3, 2}, Mask::causal()},
      {{2, 0}, {3, 0}, {3, 2}},
      {{2, 3}, {3, 3}, {3, 0}},
  };
  return all;
}

Sample linear_attention_sample(Generator& gen, const LinearCase& c) {
  const auto feature = [&](Generator& from, const Shape& shape) {  // positive, if they are given
    return c.map == FeatureMap::identity ? values(from, shape, 0.2, 1.5) : values(from, shape);
  };
  return {.label = text({c.q, c.k, c.v, ", ", c.mask.str(),
                         c.map == FeatureMap::relu       ? ", relu"
                         : c.map == FeatureMap::identity ? ", identity"
                                                         : "",
                         c.grouped ? ", grouped" : "",
                         c.goes_on ? ", state" : ""}),
          .inputs = {feature(gen, c.q), feature(gen, c.k), values(gen, c.v)},
          .call = [c](Inputs in) { return c(in); },
          .reference = [c](const auto& in) { return plain_linear_attention(in, c.form()); }};
}

std::vector<Sample> linear_attention_samples(Generator& gen) {
  std::vector<Sample> out;
  for (size_t i = 0; i < linear_attention_cases().size(); ++i) {
    out.push_back(linear_attention_sample(gen, linear_attention_cases()[i]));
    out.back().attributes = {{"case", static_cast<double>(i)}};
  }
  return out;
}

// T queries and S keys; `turn` selects mask, feature map, groups and state.
LinearCase some_linear_attention(int64_t T, int64_t S, int64_t turn) {
  LinearCase c{{1, 2, T, 3}, {1, 2, S, 3}, {1, 2, S, 2}};
  const Mask masks[] = {{}, Mask::causal_offset(S - T), Mask::padding({S - S / 3}),
                        Mask::causal_offset(S - T) & Mask::padding({S - 1})};
  c.mask = masks[turn % 4];
  if (turn % 3 == 0) c.map = FeatureMap::relu;
  if (turn % 11 == 1) c.map = FeatureMap::identity;
  c.grouped = turn % 5 == 0;
  if (c.grouped) c.k[1] = c.v[1] = 1;
  c.goes_on = turn % 7 == 0;
  return c;
}

std::vector<Axis> linear_attention_axes() {
  using namespace kernels;
  const auto axis = [](const char* name, std::vector<KernelConstant> constants,
                       LinearCase (*of)(int64_t n)) {
    return Axis{name, std::move(constants), [of](Generator& gen, int64_t n) {
                  return linear_attention_sample(gen, of(n));
                }};
  };
  constexpr int64_t work = 6 * (2 + 8) * (2 + 8);  // for 3 queries and 3 keys, all of width 2
  return {axis("queries and keys", {{"linear_tile", linear_tile}},
               [](int64_t n) { return some_linear_attention(n, n, n % 2 ? 1 : n); }),
          axis("keys", {{"linear_tile", linear_tile}},
               [](int64_t n) { return some_linear_attention(70, n, n); }),
          axis("queries", {{"linear_tile", linear_tile}},
               [](int64_t n) { return some_linear_attention(n, 70, n + 1); }),
          axis("keys of shared heads", {{"linear_tile", linear_tile}},
               [](int64_t n) {
                 LinearCase c = some_linear_attention(9, n, 0);
                 c.goes_on = false;
                 return c;
               }),
          axis("width of values", {{"linear_step", linear_step}},
               [](int64_t n) { return LinearCase{{9, 3}, {9, 3}, {9, n}, Mask::causal()}; }),
          axis("width of keys", {},
               [](int64_t n) { return LinearCase{{9, n}, {9, n}, {9, 2}, Mask::causal()}; }),
          axis("heads", {{"linear_work", linear_work / (work + 1) + 1},
                         {"linear_backward_work", linear_backward_work / (work + 1) + 1}},
               [](int64_t n) { return LinearCase{{1, n, 3, 2}, {1, n, 3, 2}, {1, n, 3, 2}}; })};
}

Mutant with_mistake(const char* what, void (*spoil)(LinearForm&)) {
  return mistaken(what, [=](const Sample& s) -> Reference {
    LinearForm form = linear_attention_cases()[static_cast<size_t>(s["case"])].form();
    spoil(form);
    return [form](const auto& in) { return plain_linear_attention(in, form); };
  });
}

std::vector<BadInput> bad_linear_attentions() {
  const auto with = [](const LinearAttentionOptions& o) {
    return [o](Inputs in) { linear_attention(in[0], in[1], in[2], o); };
  };
  const std::vector<Tensor> good = {ones({2, 3}), ones({4, 3}), ones({4, 2})};
  return {
      {"widths", {ones({2, 3}), ones({4, 2}), ones({4, 2})}, with({}),
       "q and k have different widths"},
      {"window", good, with({.mask = Mask::window(1, 1)}), "window from -1 to 1"},
      {"matrix", good, with({.mask = Mask::allowed(ones({2, 4}, DType::boolean))}), "single keys"},
      {"alternatives", good, with({.mask = Mask::causal() | Mask::padding({2})}), "single keys"},
      {"lengths", good, with({.mask = Mask::padding({5})}), "sample 0 5 keys"},
      {"dtypes", {ones({2, 3}), ones({4, 3}, DType::f64), ones({4, 3})}, with({}), "k is f64"},
      {"state", good,
       [](Inputs in) {
         Tensor state = ones({1, 1, 3, 2});
         linear_attention(in[0], in[1], in[2], {.state = &state});
       },
       "[1, 1, 3, 3]"}};
}

}  // namespace

Rows linear_attention_rows() {
  OpRow row{.name = "linear_attention", .rules = {"linear_attention"},
            .samples = linear_attention_samples, .once = true};
  row.axes = linear_attention_axes();
  row.mutants = {
      with_mistake("the other feature map",
                   [](LinearForm& f) {
                     f.map = f.map == FeatureMap::elu ? FeatureMap::relu : FeatureMap::elu;
                   }),
      with_mistake("denominator taken as constant", [](LinearForm& f) { f.constant_total = true; }),
      with_mistake("numerator not divided", [](LinearForm& f) { f.divided = false; }),
      with_mistake("mask ignored in backward",
             [](LinearForm& f) { f.sees = [](int64_t, int64_t, int64_t) { return true; }; }),
      with_mistake("each query sees one key less",
             [](LinearForm& f) {
               f.sees = [sees = f.sees](int64_t b, int64_t i, int64_t j) {
                 return sees(b, i, j) && (j == 0 || sees(b, i, j + 1));
               };
             }),
      with_mistake("state forgotten", [](LinearForm& f) { f.state.clear(); }),
      with_mistake("grouped heads interleaved", [](LinearForm& f) { f.in_turn = true; })};
  row.bad = bad_linear_attentions();
  return {row};
}

}  // namespace gradus::check
