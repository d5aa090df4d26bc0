// SPDX-License-Identifier: MIT
// Rows of ops/join.h: gather, scatter, scatter_add, index_select.
#include "check/rows.h"
#include "check/rows/view.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "kernels/gather.h"

namespace gradus::check {
namespace {

// The shape of x, an axis, and the shape of the index.
struct IndexCase {
  Shape x;
  int axis;
  Shape index;
  std::string label() const { return text({x, ", axis ", axis, ", index ", index}); }
  int at() const { return axis < 0 ? axis + x.size() : axis; }
};

std::vector<IndexCase> index_cases() {
  return {{{5}, 0, {3}},          {{5}, -1, {8}},           {{1}, 0, {4}},
          {{3, 4}, 0, {2, 4}},    {{3, 4}, 1, {3, 6}},      {{3, 4}, -1, {2, 2}},
          {{4, 3}, -2, {5, 2}},   {{2, 3, 4}, 1, {2, 2, 4}}, {{2, 3, 4}, 2, {1, 3, 5}},
          {{2, 3, 4}, 0, {3, 3, 3}}, {{2, 2, 3, 2}, 2, {2, 1, 3, 2}}, {{0, 3}, 1, {0, 2}},
          {{3, 4}, 0, {0, 4}},    {{3, 0}, 1, {3, 0}},      {{2, 20}, 1, {2, 20}},
          {{20, 2}, 0, {20, 2}}};
}

// Calls f(position in the index, position in x) for each index, in row-major order.
template <class T, class F>
void each_place(const Array<T>& x, const Array<T>& index, int axis, F f) {
  for (int64_t i = 0; i < index.count(); ++i) {
    Dims c = coordinates(index.shape, i);
    c[axis] = index.index(i);
    f(i, flat_index(x.shape, c));
  }
}

// A copy of the index e.inputs[1] with every element changed.
Tensor changed_index(const BackwardEvent& e, int axis, int64_t (*change)(int64_t k, int64_t n)) {
  Tensor index = e.inputs[1].clone_data();
  int64_t* v = index.mutable_data<int64_t>();
  for (int64_t i = 0; i < index.numel(); ++i) v[i] = change(v[i], e.inputs[0].size(axis));
  return index;
}

int axis_of(const Sample& s) { return static_cast<int>(s["axis"]); }

std::vector<Mutant> gather_mutants() {
  const auto to = [](std::string name, int64_t (*change)(int64_t, int64_t)) {
    return wrong(std::move(name), 0, [change](const Sample& s, const BackwardEvent& e) {
      const int axis = axis_of(s);
      return scatter_add(zeros_like(e.inputs[0]), axis, changed_index(e, axis, change), e.dy[0]);
    });
  };
  return {to("index off by one", [](int64_t k, int64_t n) { return (k + 1) % n; }),
          to("index from the end", [](int64_t k, int64_t n) { return n - 1 - k; }),
          to("all to index 0", [](int64_t, int64_t) -> int64_t { return 0; }),
          wrong("stored, not added", 0, [](const Sample& s, const BackwardEvent& e) {
            return scatter(zeros_like(e.inputs[0]), axis_of(s), e.inputs[1], e.dy[0]);
          })};
}

Sample gather_sample(Generator& gen, const IndexCase& p) {
  return {.label = p.label(),
          .inputs = {values(gen, p.x), indices(gen, p.index, std::max<int64_t>(p.x[p.at()], 1))},
          .call = [p](Inputs in) { return gather(in[0], p.axis, in[1]); },
          .reference = [p]<class T>(const Arrays<T>& in) {
            Array<T> y(p.index);
            each_place(in[0], in[1], p.at(), [&](int64_t i, int64_t x) { y[i] = in[0][x]; });
            return y;
          },
          .attributes = {{"axis", p.at()}}};
}

// Indexing along and across memory.
std::vector<Axis> index_axes(std::function<Sample(Generator&, const IndexCase&)> sample) {
  using kernels::index_grain, kernels::index_lines;
  const auto axis = [=](const char* name, std::vector<KernelConstant> constants,
                        IndexCase (*of)(int64_t n)) {
    return Axis{name, std::move(constants), [=](Generator& gen, int64_t n) {
                  return sample(gen, of(n));
                }};
  };
  return {axis("indices", {}, [](int64_t n) { return IndexCase{{5, 9}, 1, {5, n}}; }),
          axis("elements that indices choose from", {},
               [](int64_t n) { return IndexCase{{n, 7}, 0, {9, 7}}; }),
          axis("adjacent lines", {{"index_lines", index_lines},
                                           {"index_grain", index_grain / (9 + 1) + 1}},
               [](int64_t n) { return IndexCase{{4, n}, 0, {9, n}}; }),
          axis("lines behind each other", {{"index_grain", index_grain / (90 + 1) + 1}},
               [](int64_t n) { return IndexCase{{n, 40}, 1, {n, 90}}; })};
}

OpRow gather_row() {
  OpRow row{.name = "gather", .rules = {"gather"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    for (const IndexCase& p : index_cases()) samples.push_back(gather_sample(gen, p));
    return samples;
  }};
  row.axes = index_axes(gather_sample);
  const Tensor good = zeros({2, 2}, DType::i64), bad = tensor({{0, 1}, {3, 0}}, DType::i64);
  row.bad = {
      {"too large", {ones({2, 3}), bad}, [](Inputs in) { gather(in[0], 1, in[1]); },
       "index 3 at [1, 0]"},
      {"negative", {ones({2, 3}), full({1, 1}, -1, DType::i64)},
       [](Inputs in) { gather(in[0], 1, in[1]); }, "index -1 at [0, 0]"},
      {"of nothing", {ones({2, 0}), good}, [](Inputs in) { gather(in[0], 1, in[1]); }, "size 0"},
      {"axis", {ones({2, 3}), good}, [](Inputs in) { gather(in[0], 2, in[1]); }, "axis 2"},
      {"dtype", {ones({2, 3}), ones({2, 2})}, [](Inputs in) { gather(in[0], 1, in[1]); }, "i64"},
      {"rank", {ones({2, 3, 4}), good}, [](Inputs in) { gather(in[0], 1, in[1]); }, "[2, 2]"},
      {"longer", {ones({1, 3}), good}, [](Inputs in) { gather(in[0], 1, in[1]); }, "longer"},
  };
  row.mutants = gather_mutants();
  return row;
}

Sample index_select_sample(Generator& gen, const IndexCase& p) {
  const int64_t m = p.index[p.at()];
  Shape out = p.x;
  out[p.at()] = m;
  return {.label = text({p.x, ", axis ", p.axis, ", ", m, " indices"}),
          .inputs = {values(gen, p.x), indices(gen, {m}, std::max<int64_t>(p.x[p.at()], 1))},
          .call = [p](Inputs in) { return index_select(in[0], p.axis, in[1]); },
          .reference = [p, out]<class T>(const Arrays<T>& in) {
            Array<T> y(out);
            for (int64_t i = 0; i < y.count(); ++i) {
              Dims c = coordinates(out, i);
              c[p.at()] = in[1].index(c[p.at()]);
              y[i] = in[0][flat_index(p.x, c)];
            }
            return y;
          },
          .attributes = {{"axis", p.at()}}};
}

OpRow index_select_row() {
  OpRow row{.name = "index_select", .rules = {"gather"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    for (const IndexCase& p : index_cases()) samples.push_back(index_select_sample(gen, p));
    return samples;
  }};
  row.axes = index_axes(index_select_sample);
  row.bad = {
      {"too large", {ones({2, 3}), tensor({0, 2}, DType::i64)},
       [](Inputs in) { index_select(in[0], 0, in[1]); }, "index 2 at [1]"},
      {"negative", {ones({2, 3}), tensor({-1}, DType::i64)},
       [](Inputs in) { index_select(in[0], 0, in[1]); }, "index -1"},
      {"axis", {ones({2}), tensor({0}, DType::i64)},
       [](Inputs in) { index_select(in[0], 1, in[1]); }, "axis 1"},
      {"rank", {ones({2}), zeros({1, 1}, DType::i64)},
       [](Inputs in) { index_select(in[0], 0, in[1]); }, "one axis"},
      {"dtype", {ones({2}), ones({1})}, [](Inputs in) { index_select(in[0], 0, in[1]); }, "i64"},
  };
  row.mutants = gather_mutants();
  return row;
}

// scatter or scatter_add: the samples differ in whether src replaces or is added to x.
Sample scatter_sample(Generator& gen, const IndexCase& p, bool adds) {
  const auto op = adds ? scatter_add : scatter;
  Shape src = p.index;
  if (src.size() == 2) src[1] += 1;  // longer than the index
  return {.label = p.label(),
          .inputs = {values(gen, p.x), indices(gen, p.index, p.x[p.at()]), values(gen, src)},
          .call = [=](Inputs in) { return op(in[0], p.axis, in[1], in[2]); },
          .reference = [=]<class T>(const Arrays<T>& in) {
            Array<T> y = in[0];
            each_place(in[0], in[1], p.at(), [&](int64_t i, int64_t x) {
              const T& v = in[2][flat_index(src, coordinates(p.index, i))];
              y[x] = adds ? y[x] + v : v;
            });
            return y;
          },
          .attributes = {{"axis", p.at()}}};
}

std::vector<Sample> scatter_samples(Generator& gen, bool adds) {
  std::vector<Sample> samples;
  for (const IndexCase& p : index_cases())
    if (p.index != Shape{3, 0} && p.x[p.at()] != 0) samples.push_back(scatter_sample(gen, p, adds));
  return samples;
}

std::vector<BadInput> bad_scatters(Tensor (*op)(const Tensor&, int, const Tensor&, const Tensor&)) {
  const auto call = [op](Inputs in) { op(in[0], 0, in[1], in[2]); };
  const Tensor x = ones({3, 2}), index = zeros({2, 2}, DType::i64), src = ones({2, 2});
  return {{"too large", {x, tensor({{0, 1}, {2, 3}}, DType::i64), src}, call, "index 3 at [1, 1]"},
          {"negative", {x, full({1, 1}, -2, DType::i64), src}, call, "index -2"},
          {"short src", {x, index, ones({1, 2})}, call, "src [1, 2]"},
          {"long index", {ones({3, 1}), index, src}, call, "x [3, 1]"},
          {"rank", {ones({3}), index, src}, call, "as many axes"},
          {"index dtype", {x, src, src}, call, "i64"},
          {"src dtype", {x, index, ones({2, 2}, DType::f64)}, call, "one dtype"},
          {"axis", {x, index, src}, [op](Inputs in) { op(in[0], 2, in[1], in[2]); }, "axis 2"}};
}

std::vector<Mutant> scatter_mutants(bool adds) {
  const auto src_gradient = [](std::string name, int64_t (*change)(int64_t, int64_t)) {
    return wrong(std::move(name), 2, [change](const Sample& s, const BackwardEvent& e) {
      const Tensor g = gather(e.dy[0], axis_of(s), changed_index(e, axis_of(s), change));
      Tensor dsrc = zeros_like(e.inputs[2]);
      Layout part = dsrc.layout();
      part.shape = g.shape();
      dsrc.with_layout(part).copy_(g);
      return dsrc;
    });
  };
  std::vector<Mutant> mutants = {
      src_gradient("index off by one", [](int64_t k, int64_t n) { return (k + 1) % n; }),
      wrong("src gets nothing", 2, [](const Sample&, const BackwardEvent& e) {
        return zeros_like(e.inputs[2]);
      }),
      wrong("dx doubled at the index", 0, [](const Sample& s, const BackwardEvent& e) {
        const Tensor more = gather(e.dy[0], axis_of(s), e.inputs[1]);
        return scatter_add(e.grads[0], axis_of(s), e.inputs[1], more);
      })};
  if (adds) return mutants;
  mutants.push_back(wrong("dx kept where overwritten", 0,
                          [](const Sample&, const BackwardEvent& e) { return e.dy[0]; }));
  mutants.push_back(src_gradient("all of several get dy", [](int64_t k, int64_t) { return k; }));
  return mutants;
}

OpRow scatter_row(bool adds) {
  const char* name = adds ? "scatter_add" : "scatter";
  OpRow row{.name = name, .rules = {name}, .samples = [adds](Generator& gen) {
    return scatter_samples(gen, adds);
  }};
  row.bad = bad_scatters(adds ? scatter_add : scatter);
  if (adds)
    row.bad.push_back({"boolean", {ones({2}, DType::boolean), zeros({1}, DType::i64),
                                   ones({1}, DType::boolean)},
                       [](Inputs in) { scatter_add(in[0], 0, in[1], in[2]); }, "bool"});
  row.mutants = scatter_mutants(adds);
  row.axes = index_axes([adds](Generator& gen, const IndexCase& p) {
    return scatter_sample(gen, p, adds);
  });
  return row;
}

}  // namespace

Rows join_index_rows() {
  return {gather_row(), scatter_row(false), scatter_row(true), index_select_row()};
}

}  // namespace gradus::check
