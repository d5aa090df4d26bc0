// SPDX-License-Identifier: MIT
// Rows of ops/attention.h.
#include "check/reference_attention.h"
#include "check/rows.h"
#include "gradus/ops/attention.h"
#include "kernels/attention.h"

namespace gradus::check {
namespace {

struct AttentionCase {
  Shape q, k, v;
  Mask mask{};
  Shape bias{};  // [] for none
  double dropout = 0;
  std::optional<double> scale{};
  std::vector<double> alibi{};
  bool grouped = false;

  // The shape of the scores.
  int64_t T() const { return q[q.size() - 2]; }
  int64_t S() const { return k[k.size() - 2]; }
  int64_t H() const { return q.size() > 3 ? q[q.size() - 3] : 1; }
  // The number of heads of q per head of k.
  int64_t group() const { return grouped ? H() / k[k.size() - 3] : 1; }
  WeightRule rule() const {
    const auto keep = kernels::Keep::with_probability(dropout, Generator(5).draw());
    return {[m = mask](int64_t b, int64_t h, int64_t i, int64_t j) { return m.allows(b, h, i, j); },
            [=, *this](int64_t b, int64_t h, int64_t i, int64_t j) {
              return keep.keeps((b * H() + h) * T() + i, S(), j) ? keep.scale : 0;
            },
            scale.value_or(1 / std::sqrt(static_cast<double>(std::max<int64_t>(1, q.back())))),
            [=, *this](int64_t, int64_t h, int64_t i, int64_t j) {
              const auto apart = static_cast<double>(i + mask.parts().offset - j);
              return alibi.empty() ? 0 : -alibi[static_cast<size_t>(h)] * std::abs(apart);
            }};
  }
  Tensor operator()(Inputs in) const {
    Generator gen(5);
    return scaled_dot_product_attention(in[0], in[1], in[2],
                                        {.mask = mask,
                                         .bias = in.size() > 3 ? in[3] : Tensor{},
                                         .dropout_p = dropout,
                                         .scale = scale,
                                         .alibi = alibi,
                                         .enable_gqa = grouped,
                                         .generator = &gen});
  }
};

Tensor fixed_mask(const Shape& shape, uint64_t seed) {
  Generator gen(seed);
  return mask(gen, shape, 0.6);
}

// Windows and heads in groups.
std::vector<AttentionCase> later_cases() {
  return {
      {{10, 2}, {10, 2}, {10, 2}, Mask::window(2, 0)},
      {{2, 13, 2}, {2, 19, 2}, {2, 19, 1}, Mask::window(1, 2, 5) & Mask::padding({14, 9})},
      {{3, 2}, {3, 2}, {3, 1}, Mask::causal() & Mask::window(1, 1)},
      {{4, 2}, {12, 2}, {12, 2}, Mask::window(0, 1, -2)},
      {{2, 2}, {9, 2}, {9, 2}, Mask::window(0, 0, 30)},
      {{1, 2, 9, 1}, {1, 2, 12, 1}, {1, 2, 12, 2}, Mask::window(3, 0, 3), {2, 1, 12}, 0.2},
      {{2, 4, 3, 2}, {2, 2, 5, 2}, {2, 2, 5, 1}, {}, {}, 0, {}, {}, true},
      {{1, 6, 5, 2}, {1, 2, 5, 2}, {1, 2, 5, 2}, Mask::causal() & Mask::window(2, 0), {6, 1, 5}, 0,
       {}, {}, true},
      {{2, 3, 4, 1}, {2, 1, 6, 1}, {1, 1, 6, 2}, Mask::padding({6, 3}), {}, 0.3, 0.5,
       {0.5, 0.25, 1}, true},
  };
}

std::vector<AttentionCase> all_cases() {
  std::vector<AttentionCase> all = {
      {{3, 4}, {5, 4}, {5, 2}},
      {{4, 2}, {4, 2}, {4, 2}},
      {{2, 3, 2}, {2, 4, 2}, {2, 4, 3}},
      {{2, 2, 3, 2}, {2, 2, 3, 2}, {2, 2, 3, 2}, Mask::causal()},
      {{1, 1, 9, 3}, {1, 1, 9, 3}, {1, 1, 9, 2}, Mask::causal()},
      {{17, 1}, {6, 1}, {6, 1}, {}, {}, 0, 0.7},
      {{3, 2}, {19, 2}, {19, 1}, Mask::padding({11})},
      {{2, 1, 3, 2}, {2, 1, 4, 2}, {2, 1, 4, 2}, Mask::padding({2, 0})},
      {{2, 2, 4, 1}, {2, 2, 4, 1}, {2, 2, 4, 1}, Mask::causal() & Mask::padding({3, 1})},
      {{2, 2, 3, 2}, {2, 2, 3, 2}, {2, 2, 3, 1}, Mask::allowed(fixed_mask({2, 2, 3, 3}, 1))},
      {{2, 5, 2}, {2, 3, 2}, {2, 3, 2}, Mask::causal_offset(-2)},
      {{2, 3, 2}, {2, 5, 2}, {2, 5, 2},
       Mask::causal_offset(2) | Mask::allowed(fixed_mask({3, 5}, 2))},
      {{2, 2, 3, 2}, {2, 2, 3, 2}, {2, 2, 3, 2}, {}, {2, 1, 3}},
      {{2, 2, 3, 1}, {2, 2, 4, 1}, {2, 2, 4, 1}, Mask::padding({4, 2}), {2, 1, 3, 4}},
      {{2, 3, 2}, {2, 3, 2}, {2, 3, 2}, Mask::causal(), {3, 3}},
      {{2, 2, 5, 1}, {2, 2, 6, 1}, {2, 2, 6, 1}, {}, {1, 6}, 0, -0.5},
      {{6, 2}, {6, 2}, {6, 2}, {}, {}, 0.4},
      {{2, 1, 3, 2}, {2, 1, 10, 2}, {2, 1, 10, 1}, Mask::padding({9, 4}), {3, 10}, 0.3},
      {{3, 2}, {4, 2}, {4, 1}, Mask::causal(), {}, 1.0},
      {{2, 2, 3, 2}, {2, 1, 4, 2}, {1, 1, 4, 2}},
      {{2, 1, 1, 3, 2}, {2, 1, 1, 2, 2}, {2, 1, 1, 2, 1}, {}, {2, 1, 1, 1, 2}},
      {{0, 3, 2}, {0, 4, 2}, {0, 4, 3}},
      {{2, 2, 4, 2}, {2, 2, 4, 2}, {2, 2, 4, 2}, Mask::causal(), {}, 0, {}, {0.5, 0.1}},
      {{1, 3, 3, 2}, {1, 3, 5, 2}, {1, 3, 5, 1}, Mask::causal_offset(2), {}, 0, {}, {1, 0.3, 2}},
      {{3, 2}, {19, 2}, {19, 1}, Mask::padding({17}), {19}, 0.2, {}, {0.25}},
      {{3, 2}, {0, 2}, {0, 3}},
      {{0, 2}, {3, 2}, {3, 2}, Mask::causal(), {0, 3}},
      {{2, 0}, {3, 0}, {3, 2}},
      {{2, 3}, {3, 3}, {3, 0}},
      {{1, 3}, {1, 3}, {1, 4}},
  };
  for (const AttentionCase& c : later_cases()) all.push_back(c);
  return all;
}

const std::vector<AttentionCase>& attention_cases() {
  static const std::vector<AttentionCase> all = all_cases();
  return all;
}

Sample attention_sample(Generator& gen, const AttentionCase& c) {
  Sample s{.label = text({c.q, c.k, c.v, ", ", c.mask.str(), ", bias ", c.bias, ", dropout ",
                          c.dropout}),
           .inputs = {values(gen, c.q), values(gen, c.k), values(gen, c.v)},
           .call = [c](Inputs in) { return c(in); },
           .reference = [c](const auto& in) { return plain_attention(in, c.rule(), c.group()); }};
  if (!c.bias.empty()) s.inputs.push_back(values(gen, c.bias));
  return s;
}

std::vector<Sample> attention_samples(Generator& gen) {
  std::vector<Sample> out;
  for (size_t i = 0; i < attention_cases().size(); ++i) {
    out.push_back(attention_sample(gen, attention_cases()[i]));
    out.back().attributes = {{"case", static_cast<double>(i)}};
  }
  return out;
}

// ---- real sizes

// T queries and S keys; `turn` selects the mask, a bias, ALiBi slopes or dropout, and groups.
AttentionCase some_attention(int64_t T, int64_t S, int64_t turn) {
  AttentionCase c{{1, 2, T, 5}, {1, 2, S, 5}, {1, 2, S, 6}};
  const Mask masks[] = {{}, Mask::causal_offset(S - T), Mask::padding({S - S / 3}),
                        Mask::window(S / 2, 3, S - T), Mask::allowed(fixed_mask({T, S}, 3))};
  c.mask = masks[turn % 5];
  if (turn % 4 == 1) c.bias = {2, T, S};
  if (turn % 4 == 2) c.dropout = 0.3;
  if (turn % 4 == 3) c.alibi = {0.5, 0.03};
  c.grouped = turn % 3 == 0;
  if (c.grouped) c.k[1] = c.v[1] = 1;
  return c;
}

std::vector<Axis> attention_axes(Sample (*sample)(Generator&, const AttentionCase&)) {
  using namespace kernels;
  const auto axis = [=](const char* name, std::vector<KernelConstant> constants,
                        AttentionCase (*of)(int64_t n)) {
    return Axis{name, std::move(constants), [=](Generator& gen, int64_t n) {
                  return sample(gen, of(n));
                }};
  };
  constexpr int64_t work = (5 + 8) * (2 + 2 + 8);  // per query with 5 keys, all of width 2
  return {axis("keys", {{"attention_tile", attention_tile}, {"score_ld", score_ld},
                        {"score_step", score_step}, {"short_lanes", short_lanes}},
               [](int64_t n) { return some_attention(70, n, n); }),
          axis("keys with dropout", {{"keep_block", keep_block}, {"keep_lanes", keep_lanes},
                                     {"keep_tile_edge", keep_tile_edge}},
               [](int64_t n) { return some_attention(67, n, 2); }),
          axis("queries", {{"attention_tile", attention_tile},
                           {"attention_chunk", attention_chunk}, {"packed_rows", packed_rows}},
               [](int64_t n) { return some_attention(n, 70, n); }),
          axis("queries and keys", {{"attention_tile", attention_tile}},
               [](int64_t n) { return some_attention(n, n, 1 + n % 4); }),
          axis("width of keys", {{"packed_ld", packed_ld}},
               [](int64_t n) { return AttentionCase{{67, n}, {66, n}, {66, 3}, Mask::causal()}; }),
          axis("width of values", {{"packed_ld", packed_ld}},
               [](int64_t n) { return AttentionCase{{67, 3}, {150, 3}, {150, n}}; }),
          axis("heads", {{"attention_work", attention_work / (3 * work + 1) + 1},
                         {"attention_backward_work",
                          attention_backward_work / ((3 + 8) * work + 1) + 1}},
               [](int64_t n) { return AttentionCase{{1, n, 3, 2}, {1, n, 5, 2}, {1, n, 5, 2}}; }),
          axis("samples", {}, [](int64_t n) {
            return AttentionCase{{n, 1, 3, 2}, {n, 1, 5, 2}, {n, 1, 5, 2}, Mask::causal_offset(2)};
          })};
}

// ---- the formulas of backward again, with one mistake

enum class Mistake {
  no_delta, scale_missing, scale_twice, mask_ignored, dropout_in_forward_only,
  dropout_twice_in_delta, weights_not_turned, dq_and_dk_swapped, bias_scaled, bias_averaged,
  heads_in_turn
};

struct ByHand {
  const AttentionCase& c;
  Mistake mistake;
  std::vector<double> q, k, v, dy, bias;
  WeightRule rule = c.rule();
  int64_t T = c.T(), S = c.S(), D = c.q.back(), V = c.v.back();

  ByHand(const AttentionCase& a_case, Mistake m, const BackwardEvent& e)
      : c(a_case), mistake(m), q(e.inputs[0].to_vector<double>()),
        k(e.inputs[1].to_vector<double>()), v(e.inputs[2].to_vector<double>()),
        dy(e.dy[0].to_vector<double>()) {
    if (e.inputs.size() > 3) bias = e.inputs[3].to_vector<double>();
  }

  static double dot(const std::vector<double>& a, int64_t i, const std::vector<double>& b,
                    int64_t j, int64_t n) {
    double sum = 0;
    for (int64_t c = 0; c < n; ++c)
      sum += a[static_cast<size_t>(i * n + c)] * b[static_cast<size_t>(j * n + c)];
    return sum;
  }

  int64_t key_head(int64_t head) const {
    return mistake == Mistake::heads_in_turn && c.group() > 1
               ? head / c.H() * (c.H() / c.group()) + head % (c.H() / c.group())
               : head / c.group();
  }

  // Adds the gradients of query i of head `head` to the arrays of `to`.
  void query(int64_t head, int64_t i, std::vector<std::vector<double>>& to) {
    const int64_t b = head / c.H(), h = head % c.H(), keys = key_head(head);
    const auto size = static_cast<size_t>(S);
    std::vector<double> w(size), dw(size);
    double sum = 0, delta = 0;
    for (int64_t j = 0; j < S; ++j) {
      const double s = rule.scale * dot(q, head * T + i, k, keys * S + j, D) +
                       rule.added(b, h, i, j) + (bias.empty() ? 0 : bias[bias_at(b, h, i, j)]);
      const bool sees = mistake == Mistake::mask_ignored || rule.sees(b, h, i, j);
      sum += w[static_cast<size_t>(j)] = sees ? std::exp(s) : 0;
    }
    for (int64_t j = 0; j < S; ++j) {
      const auto at = static_cast<size_t>(j);
      const double keep = mistake == Mistake::dropout_in_forward_only ? 1 : rule.factor(b, h, i, j);
      w[at] = sum == 0 ? 0 : w[at] / sum;
      dw[at] = keep * dot(dy, head * T + i, v, keys * S + j, V);
      delta += w[at] * dw[at] * (mistake == Mistake::dropout_twice_in_delta ? keep : 1);
      const int64_t row = mistake == Mistake::weights_not_turned && T == S ? i : j;
      const int64_t from = mistake == Mistake::weights_not_turned && T == S ? j : i;
      for (int64_t d = 0; d < V; ++d)
        to[2][static_cast<size_t>((keys * S + row) * V + d)] +=
            keep * w[at] * dy[static_cast<size_t>((head * T + from) * V + d)];
    }
    from_scores(head, i, w, dw, mistake == Mistake::no_delta ? 0 : delta, to);
  }

  size_t bias_at(int64_t b, int64_t h, int64_t i, int64_t j) const {
    return static_cast<size_t>(
        flat_index(c.bias, c.q.size() > 3 ? Dims{b, h, i, j} : Dims{b, i, j}));
  }

  void from_scores(int64_t head, int64_t i, const std::vector<double>& w,
                   const std::vector<double>& dw, double delta,
                   std::vector<std::vector<double>>& to) {
    const double scale = mistake == Mistake::scale_missing ? 1
                         : mistake == Mistake::scale_twice ? rule.scale * rule.scale
                                                           : rule.scale;
    for (int64_t j = 0; j < S; ++j) {
      const auto at = static_cast<size_t>(j);
      const double ds = w[at] * (dw[at] - delta);
      if (!bias.empty())
        to[3][bias_at(head / c.H(), head % c.H(), i, j)] +=
            mistake == Mistake::bias_scaled     ? scale * ds
            : mistake == Mistake::bias_averaged ? ds / static_cast<double>(T)
                                                : ds;
      for (int64_t d = 0; d < D; ++d) {
        const auto in_q = static_cast<size_t>((head * T + i) * D + d);
        const auto in_k = static_cast<size_t>((key_head(head) * S + j) * D + d);
        to[0][in_q] += scale * ds * k[in_k];
        to[1][in_k] += scale * ds * q[in_q];
      }
    }
  }
};

Mutant attention_mutant(std::string name, Mistake m) {
  return {std::move(name), [m](const Sample& s, BackwardEvent& e) {
            const AttentionCase& c = attention_cases()[static_cast<size_t>(s["case"])];
            if (c.q.size() > 4 || (!c.bias.empty() && c.bias.size() > c.q.size())) return;
            std::vector<std::vector<double>> grads;
            for (const Tensor& x : e.inputs) grads.emplace_back(static_cast<size_t>(x.numel()));
            ByHand by_hand(c, m, e);
            int64_t heads = 1;
            for (int i = 0; i + 2 < c.q.size(); ++i) heads *= c.q[i];
            for (int64_t head = 0; head < heads; ++head)
              for (int64_t i = 0; i < c.T(); ++i) by_hand.query(head, i, grads);
            if (m == Mistake::dq_and_dk_swapped && c.q == c.k) std::swap(grads[0], grads[1]);
            for (size_t i = 0; i < grads.size(); ++i)
              if (e.wanted[i]) e.grads[i] = tensor(grads[i], e.inputs[i].shape(), DType::f64);
          }};
}

std::vector<Mutant> attention_mutants() {
  return {attention_mutant("- sum term missing", Mistake::no_delta),
          attention_mutant("scale missing", Mistake::scale_missing),
          attention_mutant("scale applied twice", Mistake::scale_twice),
          attention_mutant("mask ignored in backward", Mistake::mask_ignored),
          attention_mutant("dropout not replayed", Mistake::dropout_in_forward_only),
          attention_mutant("dropout twice in the sum term", Mistake::dropout_twice_in_delta),
          attention_mutant("weights not transposed for dv", Mistake::weights_not_turned),
          attention_mutant("dq and dk swapped", Mistake::dq_and_dk_swapped),
          attention_mutant("bias gradient scaled", Mistake::bias_scaled),
          attention_mutant("bias gradient averaged", Mistake::bias_averaged),
          attention_mutant("grouped heads interleaved", Mistake::heads_in_turn)};
}

// ---- attention_weights: attention with the identity matrix as values

Sample weights_sample(Generator& gen, const AttentionCase& c) {
  Sample s{.label = text({c.q, c.k, ", ", c.mask.str(), ", bias ", c.bias}),
           .inputs = {values(gen, c.q), values(gen, c.k)},
           .call = [c](Inputs in) -> Tensors {
             AttentionOptions o{.mask = c.mask, .scale = c.scale, .alibi = c.alibi,
                                .enable_gqa = c.grouped};
             if (in.size() > 2) o.bias = in[2];
             Tensor logsumexp;
             o.logsumexp = &logsumexp;
             scaled_dot_product_attention(in[0], in[1], in[1], o);
             return attention_weights(in[0], in[1], logsumexp, o);
           },
           .reference = [c]<class T>(const Arrays<T>& in) {
             Array<T> identity(Shape{c.S(), c.S()});
             for (int64_t j = 0; j < c.S(); ++j) identity[j * c.S() + j] = 1;
             Arrays<T> all{in[0], in[1], identity};
             if (in.size() > 2) all.push_back(in[2]);
             return plain_attention(all, c.rule(), c.group());
           }};
  if (!c.bias.empty()) s.inputs.push_back(values(gen, c.bias));
  return s;
}

// Weights before dropout.
Sample weights_without_dropout(Generator& gen, const AttentionCase& c) {
  AttentionCase all = c;
  all.dropout = 0;
  return weights_sample(gen, all);
}

std::vector<Sample> weights_samples(Generator& gen) {
  std::vector<Sample> out;
  for (const AttentionCase& c : attention_cases()) {
    const bool one_lead = std::equal(c.q.begin(), c.q.end() - 2, c.k.begin(), c.k.end() - 2);
    if (c.dropout == 0 && (one_lead || c.grouped)) out.push_back(weights_sample(gen, c));
  }
  return out;
}

OpRow weights_row() {
  OpRow row{.name = "attention_weights", .rules = {}, .samples = weights_samples};
  row.axes = attention_axes(weights_without_dropout);
  row.bad = {{"logsumexp", {ones({2, 3}), ones({4, 3}), ones({3})},
              [](Inputs in) { attention_weights(in[0], in[1], in[2]); }, "[3]"}};
  return row;
}

}  // namespace

Rows attention_rows() {
  const std::string op = "scaled_dot_product_attention";
  OpRow row{.name = op, .rules = {op}, .samples = attention_samples, .once = true};
  row.mutants = attention_mutants();
  row.axes = attention_axes(attention_sample);
  const auto with = [](AttentionOptions o) {
    return [o](Inputs in) {
      AttentionOptions options = o;
      if (in.size() > 3) options.bias = in[3];
      scaled_dot_product_attention(in[0], in[1], in[2], options);
    };
  };
  row.bad = {
      {"widths", {ones({2, 3}), ones({4, 2}), ones({4, 2})}, with({}),
       "q and k have different widths"},
      {"lengths", {ones({2, 3}), ones({4, 3}), ones({5, 3})}, with({}), "v [5, 3]"},
      {"batches", {ones({2, 2, 3}), ones({3, 4, 3}), ones({3, 4, 3})}, with({}), "[2] and [3]"},
      {"vector", {ones({3}), ones({4, 3}), ones({4, 3})}, with({}), "two axes"},
      {"dtypes", {ones({2, 3}), ones({4, 3}, DType::f64), ones({4, 3})}, with({}), "k is f64"},
      {"mask", {ones({2, 3}), ones({4, 3}), ones({4, 3})},
       with({.mask = Mask::allowed(ones({2, 3}, DType::boolean))}), "mask [1, 1, 2, 3]"},
      {"bias", {ones({2, 3}), ones({4, 3}), ones({4, 3}), ones({3, 4})}, with({}), "bias [3, 4]"},
      {"dropout", {ones({2, 3}), ones({4, 3}), ones({4, 3})}, with({.dropout_p = 1.5}), "1.5"},
      {"scale", {ones({2, 3}), ones({4, 3}), ones({4, 3})}, with({.scale = NAN}), "scale nan"},
      {"slopes", {ones({2, 3, 2, 4}), ones({2, 3, 2, 4}), ones({2, 3, 2, 4})},
       with({.alibi = {1, 2}}), "2 slopes of alibi for 3 heads"},
      {"groups", {ones({1, 3, 2, 4}), ones({1, 2, 2, 4}), ones({1, 2, 2, 4})},
       with({.enable_gqa = true}), "2, which does not divide"},
      {"groups of values", {ones({1, 4, 2, 4}), ones({1, 2, 2, 4}), ones({1, 1, 2, 4})},
       with({.enable_gqa = true}), "numbers of heads"},
      {"heads without groups", {ones({1, 4, 2, 4}), ones({1, 2, 2, 4}), ones({1, 2, 2, 4})},
       with({}), "[1, 4] and [1, 2]"}};
  return {row, weights_row()};
}

}  // namespace gradus::check
