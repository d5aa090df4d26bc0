// SPDX-License-Identifier: MIT
// Rows of ops/view.h: copies and triangles.
#include "check/rows/view.h"
#include "gradus/ops/view.h"
#include "kernels/copy.h"
#include "kernels/triangle.h"

namespace gradus::check {
namespace {

// x itself, transposed, or with its first two of three axes swapped.
Sample copy_sample(Generator& gen, Tensor (*copy)(const Tensor&), const Shape& shape, bool turned) {
  const bool matrix = shape.size() == 2;
  Reference reference = same_order(shape);
  if (turned && matrix)
    reference = mapped({shape[1], shape[0]}, [](const Dims& c) { return Dims{c[1], c[0]}; });
  if (turned && !matrix)
    reference = mapped({shape[1], shape[0], shape[2]},
                       [](const Dims& c) { return Dims{c[1], c[0], c[2]}; });
  return {.label = text({shape, turned ? " transposed" : ""}),
          .inputs = {values(gen, shape)},
          .call = [=](Inputs in) { return copy(turned ? transpose(in[0], 0, 1) : in[0]); },
          .reference = reference};
}

std::vector<Axis> copy_axes(Tensor (*copy)(const Tensor&)) {
  using namespace kernels;
  constexpr int64_t cols = 70, f64_edge = copy_edge_bytes / 8, f32_edge = copy_edge_bytes / 4;
  const auto axis = [=](const char* name, std::vector<KernelConstant> constants,
                        Shape (*of)(int64_t n), bool few = false) {
    return Axis{name, std::move(constants), [=](Generator& gen, int64_t n) {
                  return copy_sample(gen, copy, of(n), true);
                }, few};
  };
  return {axis("rows", {{"copy_edge_bytes", f64_edge}, {"copy_edge_bytes", f32_edge},
                        {"copy_grain", copy_grain / cols}},
               [](int64_t n) { return Shape{n, cols}; }),
          axis("columns",
               {{"copy_edge_bytes", f64_edge}, {"vector_bytes", kernels::detail::vector_bytes / 4}},
               [](int64_t n) { return Shape{cols, n}; }),
          axis("rows of neighbours", {}, [](int64_t n) { return Shape{5, 7, n}; }),
          // Whole cache lines, in f32 too.
          axis("rows larger than the cache", {{"copy_large_bytes", copy_large_bytes / 4 / 1456}},
               [](int64_t n) { return Shape{(n + 15) / 16 * 16, 1459}; }, true)};
}

// Copies of x and of views of it.
OpRow copy_row(const char* name, Tensor (*copy)(const Tensor&)) {
  OpRow row{.name = name, .rules = {"clone"}, .samples = [copy](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& shape, bool transposed) {
      samples.push_back(copy_sample(gen, copy, shape, transposed));
    };
    add({}, false), add({1}, false), add({5}, false), add({2, 3}, false), add({2, 3, 4}, false);
    add({2, 1, 3, 2}, false), add({0, 3}, false), add({2, 3}, true), add({3, 3}, true);
    add({1, 5}, true), add({0, 2}, true), add({6, 8}, true), add({17, 3}, true);
    return samples;
  }};
  row.bad = {{"undefined", {}, [copy](Inputs) { copy({}); }, "undefined"}};
  row.axes = copy_axes(copy);
  row.mutants = {
      wrong("in reverse", 0, [](const Sample&, const BackwardEvent& e) {
        return edited(e.grads[0], [](double* v, int64_t n) { std::reverse(v, v + n); });
      }),
      wrong("every second element", 0, [](const Sample&, const BackwardEvent& e) {
        return edited(e.dy[0], [](double* v, int64_t n) {
          for (int64_t i = 1; i < n; i += 2) v[i] = 0;
        });
      }),
      wrong("twice", 0, [](const Sample&, const BackwardEvent& e) {
        return edited(e.dy[0], [](double* v, int64_t n) {
          for (int64_t i = 0; i < n; ++i) v[i] *= 2;
        });
      }),
  };
  return row;
}

std::vector<Mutant> triangle_mutants(bool lower) {
  const auto op = lower ? tril : triu;
  return {
      wrong("not masked", 0, [](const Sample&, const BackwardEvent& e) { return e.dy[0]; }),
      wrong("the other triangle", 0, [=](const Sample& s, const BackwardEvent& e) {
        return (lower ? triu : tril)(e.dy[0], static_cast<int64_t>(s["diagonal"]));
      }),
      wrong("diagonal off by one", 0, [=](const Sample& s, const BackwardEvent& e) {
        return op(e.dy[0], static_cast<int64_t>(s["diagonal"]) + 1);
      }),
      wrong("diagonal dropped", 0, [=](const Sample&, const BackwardEvent& e) {
        return op(e.dy[0], 0);
      }),
  };
}

Sample triangle_sample(Generator& gen, const Shape& shape, int64_t diagonal, bool lower) {
  const auto op = lower ? tril : triu;
  const auto reference = [=]<class T>(const Arrays<T>& in) {
    Array<T> y = in[0];
    for (int64_t i = 0; i < y.count(); ++i) {
      const Dims c = coordinates(shape, i);
      const int64_t above = c[shape.size() - 1] - c[shape.size() - 2];
      if (lower ? above > diagonal : above < diagonal) y[i] = 0;
    }
    return y;
  };
  return {.label = text({shape, ", diagonal ", diagonal}),
          .inputs = {values(gen, shape)},
          .call = [=](Inputs in) { return op(in[0], diagonal); },
          .reference = reference,
          .attributes = {{"diagonal", static_cast<double>(diagonal)}}};
}

OpRow triangle_row(const char* name, bool lower) {
  const auto op = lower ? tril : triu;
  OpRow row{.name = name, .rules = {name}, .samples = [=](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& shape, int64_t diagonal) {
      samples.push_back(triangle_sample(gen, shape, diagonal, lower));
    };
    add({1, 1}, 0), add({3, 3}, 0), add({3, 3}, 1), add({3, 3}, -1), add({2, 4}, 0);
    add({4, 2}, -1);
    add({2, 3, 4}, 1), add({3, 3}, 99), add({3, 3}, -99), add({2, 2, 3, 3}, 0), add({0, 3}, 0);
    add({3, 0}, 1), add({1, 5}, 2), add({7, 8}, 0);
    return samples;
  }};
  row.bad = {{"one axis", {ones({3})}, [op](Inputs in) { op(in[0], 0); }, "two axes"},
             {"scalar", {ones({})}, [op](Inputs in) { op(in[0], 0); }, "two axes"}};
  row.mutants = triangle_mutants(lower);
  constexpr int64_t cols = 100;
  row.axes = {{"rows", {{"triangle_grain", kernels::triangle_grain / (cols + 1) + 1}},
               [=](Generator& gen, int64_t n) {
                 return triangle_sample(gen, {n, cols}, n % 9 - 60, lower);
               }},
              {"columns", {}, [=](Generator& gen, int64_t n) {
                 return triangle_sample(gen, {60, n}, n - 60, lower);
               }}};
  return row;
}

}  // namespace

Rows view_copy_rows() {
  return {copy_row("contiguous", contiguous), copy_row("clone", clone),
          triangle_row("tril", true), triangle_row("triu", false)};
}

}  // namespace gradus::check
