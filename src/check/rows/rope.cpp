// SPDX-License-Identifier: MIT
// Row of ops/rope.h.
#include "check/rows.h"
#include "gradus/ops/rope.h"
#include "kernels/rope.h"

namespace gradus::check {
namespace {

struct RopeForm {
  RopeOptions options{};
  // Mistakes.
  bool back = false, other_pairs = false, from_one = false, same_angle = false;
};

Reference rope_reference(const RopeForm& f) {
  return [f]<class T>(const Arrays<T>& in) {
    const Array<T>& x = in[0];
    const int64_t D = x.size(-1), steps = x.size(-2);
    const bool interleaved = (f.options.pairs == RopePairs::interleaved) != f.other_pairs;
    Array<T> y(x.shape);
    for (int64_t e = 0; e < x.count(); e += D)
      for (int64_t i = 0; i < D / 2; ++i) {
        const auto t = static_cast<double>(f.options.first + e / D % steps + f.from_one);
        const double step = f.same_angle ? 0 : -2 * static_cast<double>(i) / static_cast<double>(D);
        const double angle = (f.back ? -t : t) * std::pow(f.options.base, step);
        const int64_t p = e + (interleaved ? 2 * i : i), q = interleaved ? p + 1 : p + D / 2;
        y[p] = x[p] * std::cos(angle) - x[q] * std::sin(angle);
        y[q] = x[p] * std::sin(angle) + x[q] * std::cos(angle);
      }
    return y;
  };
}

RopeForm rope_form(const Sample& s) {
  return {{.base = s["base"],
           .pairs = s["half"] != 0 ? RopePairs::half : RopePairs::interleaved,
           .first = static_cast<int64_t>(s["first"])}};
}

Sample rope_sample(Generator& gen, const Shape& x, const RopeOptions& o) {
  const bool half = o.pairs == RopePairs::half;
  return {.label = text({x, half ? ", half" : "", ", base ", o.base, ", first ", o.first}),
          .inputs = {values(gen, x)},
          .call = [o](Inputs in) { return Tensors{rope(in[0], o)}; },
          .reference = rope_reference({o}),
          .attributes = {{"base", o.base}, {"half", half},
                         {"first", static_cast<double>(o.first)}}};
}

std::vector<Axis> rope_axes() {
  using kernels::rope_grain;
  constexpr int64_t D = 100;
  const auto some = [](Generator& gen, const Shape& x, int64_t turn) {
    return rope_sample(gen, x, {.pairs = turn % 2 ? RopePairs::half : RopePairs::interleaved,
                                .first = turn % 3});
  };
  return {{"steps", {{"rope_grain", rope_grain / (D + 1) + 1},
                     {"rope_grain", rope_grain / (8 * D + 1) + 1}},
           [=](Generator& gen, int64_t n) { return some(gen, {2, n, D}, n); }},
          {"pairs", {}, [=](Generator& gen, int64_t n) { return some(gen, {3, 5, 2 * n}, n); }}};
}

std::vector<Sample> rope_samples(Generator& gen) {
  std::vector<Sample> all;
  const auto add = [&](const Shape& x, RopeOptions o = {}) {
    all.push_back(rope_sample(gen, x, o));
  };
  for (RopePairs pairs : {RopePairs::interleaved, RopePairs::half}) {
    add({3, 2}, {.pairs = pairs}), add({1, 4}, {.pairs = pairs});
    add({2, 3, 6}, {.pairs = pairs}), add({2, 2, 3, 4}, {.base = 100, .pairs = pairs});
    add({5, 8}, {.pairs = pairs, .first = 7}), add({0, 4}, {.pairs = pairs});
    add({2, 0, 4}, {.pairs = pairs}), add({1, 3, 1, 2}, {.base = 3, .pairs = pairs, .first = 1});
    add({9, 4}, {.base = 50, .pairs = pairs});
  }
  return all;
}

}  // namespace

Rows rope_rows() {
  OpRow row{.name = "rope", .rules = {"rope"}, .samples = rope_samples};
  row.axes = rope_axes();
  const auto formula = [](const char* what, void (*spoil)(RopeForm&)) {
    return mistaken(what, [=](const Sample& s) {
      RopeForm f = rope_form(s);
      spoil(f);
      return rope_reference(f);
    });
  };
  row.mutants = {formula("rotated the other way", [](RopeForm& f) { f.back = true; }),
                 formula("the other pairs", [](RopeForm& f) { f.other_pairs = true; }),
                 formula("positions from 1", [](RopeForm& f) { f.from_one = true; }),
                 formula("one angle for all pairs", [](RopeForm& f) { f.same_angle = true; })};
  const auto with = [](RopeOptions o) { return [=](Inputs in) { rope(in[0], o); }; };
  row.bad = {{"one axis", {ones({4})}, with({}), "[4] must be [.., T, D]"},
             {"odd", {ones({2, 3})}, with({}), "even D"},
             {"base", {ones({2, 4})}, with({.base = 0}), "base 0"},
             {"first", {ones({2, 4})}, with({.first = -1}), "first -1"},
             {"whole numbers", {ones({2, 4}, DType::i64)}, with({}), "i64"}};
  return {row};
}

}  // namespace gradus::check
