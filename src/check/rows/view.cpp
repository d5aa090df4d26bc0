// SPDX-License-Identifier: MIT
// Rows of ops/view.h: reshaping and permuting. The others: view_part.cpp, view_copy.cpp.
#include "check/rows.h"
#include "check/rows/view.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus::check {

Reference mapped(const Shape& out, std::function<Dims(const Dims&)> where) {
  return [out, where]<class T>(const Arrays<T>& in) {
    Array<T> y(out);
    for (int64_t i = 0; i < y.count(); ++i)
      y[i] = in[0][flat_index(in[0].shape, where(coordinates(out, i)))];
    return y;
  };
}

Reference same_order(const Shape& out) {
  return [out]<class T>(const Arrays<T>& in) {
    Array<T> y(out);
    y.v = in[0].v;
    return y;
  };
}

std::vector<Axis> matrix_axes(std::function<Tensor(const Tensor& x)> f,
                              std::function<Shape(const Shape& x)> out,
                              std::function<Dims(const Dims& y)> where) {
  const auto axis = [=](const char* name, Shape (*shape)(int64_t n)) {
    return Axis{name, {}, [=](Generator& gen, int64_t n) {
                  const Shape from = shape(n), to = out(from);
                  return Sample{.label = text({from, " to ", to}),
                                .inputs = {values(gen, from)},
                                .call = [f](Inputs in) { return f(in[0]); },
                                .reference = where ? mapped(to, where) : same_order(to)};
                }};
  };
  return {axis("rows", [](int64_t n) { return Shape{n, 6}; }),
          axis("columns", [](int64_t n) { return Shape{6, n}; })};
}

std::vector<Axis> matrix_axes(std::function<Tensor(const Tensor& x)> f,
                              std::function<Shape(const Shape& x)> out) {
  return matrix_axes(std::move(f), std::move(out), {});
}

Tensor edited(const Tensor& x, const std::function<void(double* v, int64_t n)>& change) {
  Tensor y = x.clone_data();
  change(y.mutable_data<double>(), y.numel());
  return y;
}

Tensor reversed(const Tensor& x) {
  return edited(x, [](double* v, int64_t n) { std::reverse(v, v + n); });
}

namespace {

Axes backward_axes(const Tensor& x) {
  Axes order;
  for (int i = x.dim() - 1; i >= 0; --i) order.push_back(i);
  return order;
}

std::vector<Mutant> reshape_mutants() {
  return {
      wrong("column-major", 0, [](const Sample&, const BackwardEvent& e) {
        return reshape(permute(e.dy[0], backward_axes(e.dy[0])), e.inputs[0].shape());
      }),
      wrong("elements in reverse", 0, [](const Sample&, const BackwardEvent& e) {
        return reversed(e.grads[0]);
      }),
      wrong("first half only", 0, [](const Sample&, const BackwardEvent& e) {
        return edited(e.grads[0], [](double* v, int64_t n) { std::fill(v + n / 2, v + n, 0.0); });
      }),
      wrong("spread evenly", 0, [](const Sample&, const BackwardEvent& e) {
        return broadcast_to(mean(e.dy[0]), e.inputs[0].shape());
      }),
  };
}

OpRow reshape_row() {
  OpRow row{.name = "reshape", .rules = {"reshape"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& from, const Shape& to, Shape out = {}) {
      if (out.empty()) out = to;
      samples.push_back({.label = text({from, " to ", to}),
                         .inputs = {values(gen, from)},
                         .call = [to](Inputs in) { return reshape(in[0], to); },
                         .reference = same_order(out)});
    };
    add({}, {}), add({}, {1, 1}), add({1, 1}, {}), add({6}, {2, 3}), add({2, 3}, {6});
    add({2, 3}, {3, 2}), add({4, 3}, {-1}, {12}), add({2, 3, 4}, {2, -1}, {2, 12});
    add({2, 3, 4}, {6, 4}), add({3, 1, 5, 2}, {5, 6}), add({2, 20}, {2, 4, 5});
    add({0, 3}, {3, 0}), add({2, 0, 4}, {0}), add({4, 10}, {2, 2, 5, 2});
    return samples;
  }};
  row.bad = {
      {"counts differ", {ones({2, 3})}, [](Inputs in) { reshape(in[0], {4, 2}); }, "6 elements"},
      {"two open sizes", {ones({2, 3})}, [](Inputs in) { reshape(in[0], {-1, -1}); },
       "more than one -1"},
      {"no divisor", {ones({2, 3})}, [](Inputs in) { reshape(in[0], {-1, 4}); }, "6 elements"},
      {"open size beside 0", {ones({0, 3})}, [](Inputs in) { reshape(in[0], {-1, 0}); },
       "ambiguous"},
      {"negative size", {ones({2, 3})}, [](Inputs in) { reshape(in[0], {-2, -3}); }, "negative"},
  };
  row.axes = matrix_axes([](const Tensor& x) { return reshape(x, {2, 3, -1}); },
                         [](const Shape& x) { return Shape{2, 3, numel(x) / 6}; });
  row.mutants = reshape_mutants();
  return row;
}

OpRow squeeze_row() {
  OpRow row{.name = "squeeze", .rules = {"reshape"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& from, int axis, const Shape& to) {
      samples.push_back({.label = text({from, ", axis ", axis}),
                         .inputs = {values(gen, from)},
                         .call = [axis](Inputs in) { return squeeze(in[0], axis); },
                         .reference = same_order(to)});
    };
    add({1}, 0, {}), add({1, 3}, 0, {3}), add({3, 1}, -1, {3}), add({2, 1, 3}, 1, {2, 3});
    add({2, 1, 3}, -2, {2, 3}), add({2, 3}, 0, {2, 3}), add({1, 1, 1, 5}, 2, {1, 1, 5});
    add({0, 1}, 1, {0}), add({1, 0, 2}, 0, {0, 2}), add({4, 1, 9}, 1, {4, 9});
    add({2, 3, 1, 6}, -2, {2, 3, 6}), add({5, 3}, -1, {5, 3});
    return samples;
  }};
  row.bad = {{"axis", {ones({2, 1})}, [](Inputs in) { squeeze(in[0], 2); }, "axis 2"}};
  row.axes = matrix_axes([](const Tensor& x) { return squeeze(unsqueeze(x, 1), 1); },
                         [](const Shape& x) { return x; });
  row.mutants = reshape_mutants();
  return row;
}

OpRow unsqueeze_row() {
  OpRow row{.name = "unsqueeze", .rules = {"reshape"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& from, int axis, const Shape& to) {
      samples.push_back({.label = text({from, ", axis ", axis}),
                         .inputs = {values(gen, from)},
                         .call = [axis](Inputs in) { return unsqueeze(in[0], axis); },
                         .reference = same_order(to)});
    };
    add({}, 0, {1}), add({}, -1, {1}), add({3}, 0, {1, 3}), add({3}, 1, {3, 1});
    add({2, 3}, 1, {2, 1, 3}), add({2, 3}, -1, {2, 3, 1}), add({2, 3}, -3, {1, 2, 3});
    add({1, 4}, 2, {1, 4, 1}), add({0, 2}, 1, {0, 1, 2}), add({2, 3, 4}, 3, {2, 3, 4, 1});
    add({2, 3, 4}, 1, {2, 1, 3, 4}), add({5, 7}, 0, {1, 5, 7});
    return samples;
  }};
  row.bad = {
      {"axis", {ones({2})}, [](Inputs in) { unsqueeze(in[0], 2); }, "axis 2"},
      {"too many axes", {ones({1, 1, 1, 1, 1, 1, 1, 1})},
       [](Inputs in) { unsqueeze(in[0], 0); }, "8 axes"},
  };
  row.axes = matrix_axes([](const Tensor& x) { return unsqueeze(x, 1); },
                         [](const Shape& x) { return Shape{x[0], 1, x[1]}; });
  row.mutants = reshape_mutants();
  return row;
}

OpRow flatten_row() {
  OpRow row{.name = "flatten", .rules = {"reshape"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& from, int start, int end, const Shape& to) {
      samples.push_back({.label = text({from, ", ", start, " to ", end}),
                         .inputs = {values(gen, from)},
                         .call = [=](Inputs in) { return flatten(in[0], start, end); },
                         .reference = same_order(to)});
    };
    add({}, 0, -1, {1}), add({5}, 0, -1, {5}), add({2, 3}, 0, -1, {6}), add({2, 3}, 1, 1, {2, 3});
    add({2, 3, 4}, 0, 1, {6, 4}), add({2, 3, 4}, 1, -1, {2, 12}), add({2, 3, 4}, -3, -2, {6, 4});
    add({2, 1, 3, 2}, 1, 2, {2, 3, 2}), add({0, 3}, 0, -1, {0}), add({2, 0, 3}, 1, 2, {2, 0});
    add({4, 3, 3}, 0, -1, {36}), add({2, 2, 2, 3}, 0, 2, {8, 3});
    return samples;
  }};
  row.bad = {
      {"axis", {ones({2, 3})}, [](Inputs in) { flatten(in[0], 0, 2); }, "axis 2"},
      {"start behind end", {ones({2, 3})}, [](Inputs in) { flatten(in[0], 1, 0); }, "after"},
  };
  row.axes = matrix_axes([](const Tensor& x) { return flatten(x); },
                         [](const Shape& x) { return Shape{numel(x)}; });
  row.mutants = reshape_mutants();
  return row;
}

std::vector<Mutant> permute_mutants() {
  return {
      wrong("permutation not inverted", 0, [](const Sample& s, const BackwardEvent& e) {
        Axes order;
        for (int i = 0; i < e.dy[0].dim(); ++i) order.push_back(static_cast<int64_t>(s[text({i})]));
        return reshape(permute(e.dy[0], order), e.inputs[0].shape());
      }),
      wrong("not permuted", 0, [](const Sample&, const BackwardEvent& e) {
        return reshape(e.dy[0], e.inputs[0].shape());
      }),
      wrong("all axes reversed", 0, [](const Sample&, const BackwardEvent& e) {
        return reshape(permute(e.dy[0], backward_axes(e.dy[0])), e.inputs[0].shape());
      }),
  };
}

OpRow permute_row() {
  OpRow row{.name = "permute", .rules = {"permute"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& from, const Axes& order) {
      Shape to;
      Sample s{.label = text({from, ", order ", order}), .inputs = {values(gen, from)},
               .call = [order](Inputs in) { return permute(in[0], order); }, .reference = {}};
      for (int i = 0; i < order.size(); ++i) {
        const int64_t axis = order[i] < 0 ? order[i] + from.size() : order[i];
        to.push_back(from[static_cast<int>(axis)]);
        s.attributes[text({i})] = static_cast<double>(axis);
      }
      s.reference = mapped(to, [order](const Dims& c) {
        Dims x = c;
        for (int i = 0; i < c.size(); ++i)
          x[static_cast<int>(order[i] < 0 ? order[i] + c.size() : order[i])] = c[i];
        return x;
      });
      samples.push_back(std::move(s));
    };
    add({}, {}), add({4}, {0}), add({2, 3}, {1, 0}), add({2, 3}, {0, 1}), add({3, 3}, {-1, -2});
    add({2, 3, 4}, {2, 0, 1}), add({3, 3, 3}, {1, 2, 0}), add({2, 3, 4}, {0, -1, 1});
    add({2, 1, 3}, {2, 1, 0}), add({2, 3, 2, 3}, {0, 2, 1, 3}), add({2, 2, 3, 3}, {3, 1, 0, 2});
    add({0, 2}, {1, 0}), add({5, 8}, {1, 0});
    return samples;
  }};
  row.bad = {
      {"too few", {ones({2, 3})}, [](Inputs in) { permute(in[0], {0}); }, "each axis"},
      {"named twice", {ones({2, 3})}, [](Inputs in) { permute(in[0], {1, -1}); }, "twice"},
      {"axis", {ones({2, 3})}, [](Inputs in) { permute(in[0], {0, 2}); }, "axis 2"},
  };
  row.axes = matrix_axes([](const Tensor& x) { return permute(x, {1, 0}); },
                         [](const Shape& x) { return Shape{x[1], x[0]}; },
                         [](const Dims& c) { return Dims{c[1], c[0]}; });
  row.mutants = permute_mutants();
  return row;
}

OpRow transpose_row() {
  OpRow row{.name = "transpose", .rules = {"permute"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& from, int a, int b) {
      const int i = a < 0 ? a + from.size() : a, j = b < 0 ? b + from.size() : b;
      const auto swapped = [i, j](Dims d) {
        std::swap(d[i], d[j]);
        return d;
      };
      samples.push_back({.label = text({from, ", axes ", a, " and ", b}),
                         .inputs = {values(gen, from)},
                         .call = [a, b](Inputs in) { return transpose(in[0], a, b); },
                         .reference = mapped(swapped(from), swapped)});
    };
    add({4}, 0, 0), add({2, 3}, 0, 1), add({2, 3}, 1, 1), add({4, 4}, -1, -2), add({2, 3, 4}, 0, 2);
    add({2, 3, 4}, 1, -1), add({3, 3, 3}, 0, 1), add({2, 1, 3}, 1, 2), add({2, 3, 2, 2}, 1, 2);
    add({2, 2, 3, 2}, -4, -1), add({0, 3}, 0, 1), add({5, 7}, 0, 1);
    return samples;
  }};
  row.bad = {{"axis", {ones({2, 3})}, [](Inputs in) { transpose(in[0], 0, 2); }, "axis 2"}};
  row.axes = matrix_axes([](const Tensor& x) { return transpose(x, 0, 1); },
                         [](const Shape& x) { return Shape{x[1], x[0]}; },
                         [](const Dims& c) { return Dims{c[1], c[0]}; });
  row.mutants = {
      wrong("not transposed", 0, [](const Sample&, const BackwardEvent& e) {
        return reshape(e.dy[0], e.inputs[0].shape());
      }),
      wrong("transposed and in reverse", 0, [](const Sample&, const BackwardEvent& e) {
        return reversed(e.grads[0]);
      }),
      wrong("only the diagonal of the last two axes", 0, [](const Sample&, const BackwardEvent& e) {
        return e.grads[0].dim() < 2 ? e.grads[0] : tril(triu(e.grads[0]));
      }),
  };
  return row;
}

}  // namespace

Rows view_rows() {
  Rows rows = {reshape_row(), squeeze_row(), unsqueeze_row(), flatten_row(), permute_row(),
               transpose_row()};
  for (Rows (*more)() : {view_part_rows, view_copy_rows})
    for (OpRow& row : more()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace gradus::check
