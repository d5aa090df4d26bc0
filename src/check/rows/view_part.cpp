// SPDX-License-Identifier: MIT
// Rows of ops/view.h: slices and repeats.
#include "check/rows/view.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus::check {
namespace {

// The reference of x[.., start::step, ..] with `length` elements.
Reference sliced(Shape shape, int axis, int64_t start, int64_t length, int64_t step) {
  if (axis < 0) axis += shape.size();
  shape[axis] = length;
  return mapped(shape, [=](Dims c) {
    c[axis] = start + c[axis] * step;
    return c;
  });
}

std::vector<Mutant> slice_mutants() {
  // Puts dy at `start` with step 1, or as far back as it fits.
  const auto misplaced = [](std::string name, int64_t start) {
    return wrong(std::move(name), 0, [start](const Sample& s, const BackwardEvent& e) {
      const int axis = static_cast<int>(s["axis"]);
      Tensor dx = zeros_like(e.inputs[0]);
      const int64_t length = e.dy[0].size(axis), first = std::min(start, dx.size(axis) - length);
      dx.with_layout(dx.layout().sliced(axis, first, length, 1)).copy_(e.dy[0]);
      return dx;
    });
  };
  return {misplaced("offset dropped", 0), misplaced("offset too large", INT64_MAX),
          wrong("ones elsewhere", 0, [](const Sample& s, const BackwardEvent& e) {
            Tensor dx = ones_like(e.inputs[0]);
            const int axis = static_cast<int>(s["axis"]);
            dx.with_layout(dx.layout().sliced(axis, static_cast<int64_t>(s["start"]),
                                              e.dy[0].size(axis), static_cast<int64_t>(s["step"])))
                .copy_(e.dy[0]);
            return dx;
          })};
}

OpRow slice_row() {
  OpRow row{.name = "slice", .rules = {"slice"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& from, int axis, int64_t start, int64_t end, int64_t step,
                         int64_t first, int64_t length) {
      samples.push_back({.label = text({from, ", axis ", axis, ", ", start, ":", end, ":", step}),
                         .inputs = {values(gen, from)},
                         .call = [=](Inputs in) { return slice(in[0], axis, start, end, step); },
                         .reference = sliced(from, axis, first, length, step),
                         .attributes = {{"axis", axis < 0 ? axis + from.size() : axis},
                                        {"start", first}, {"step", step}}});
    };
    add({5}, 0, 1, 4, 1, 1, 3), add({5}, 0, 0, INT64_MAX, 1, 0, 5), add({5}, 0, 0, 5, 2, 0, 3);
    add({5}, 0, -2, INT64_MAX, 1, 3, 2), add({5}, 0, 1, -1, 2, 1, 2), add({5}, 0, 3, 2, 1, 3, 0);
    add({5}, 0, -9, 99, 3, 0, 2), add({2, 3}, 1, 1, 2, 1, 1, 1), add({4, 3}, 0, 1, 4, 2, 1, 2);
    add({2, 3, 4}, -1, 1, 4, 2, 1, 2), add({3, 2, 1, 4}, 0, 2, 3, 1, 2, 1);
    add({1, 5}, 0, 0, 1, 4, 0, 1), add({0, 3}, 1, 1, 3, 1, 1, 2), add({0, 3}, 0, 0, 2, 1, 0, 0);
    add({7, 6}, 0, 1, 7, 1, 1, 6);
    return samples;
  }};
  row.bad = {
      {"axis", {ones({2, 3})}, [](Inputs in) { slice(in[0], 2, 0, 1); }, "axis 2"},
      {"step 0", {ones({2, 3})}, [](Inputs in) { slice(in[0], 0, 0, 2, 0); }, "step 0"},
      {"negative step", {ones({2, 3})}, [](Inputs in) { slice(in[0], 0, 0, 2, -1); }, "step -1"},
  };
  row.axes = matrix_axes([](const Tensor& x) {
                           return slice(slice(x, 0, 1, INT64_MAX, 2), 1, 2, 6);
                         },
                         [](const Shape& x) { return Shape{x[0] / 2, 4}; },
                         [](const Dims& c) { return Dims{1 + 2 * c[0], 2 + c[1]}; });
  row.mutants = slice_mutants();
  return row;
}

OpRow narrow_row() {
  OpRow row{.name = "narrow", .rules = {"slice"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& from, int axis, int64_t start, int64_t length) {
      const int64_t n = from[axis < 0 ? axis + from.size() : axis];
      const int64_t first = start < 0 ? start + n : start;
      samples.push_back({.label = text({from, ", axis ", axis, ", ", start, " + ", length}),
                         .inputs = {values(gen, from)},
                         .call = [=](Inputs in) { return narrow(in[0], axis, start, length); },
                         .reference = sliced(from, axis, first, length, 1),
                         .attributes = {{"axis", axis < 0 ? axis + from.size() : axis},
                                        {"start", first}, {"step", 1}}});
    };
    add({5}, 0, 0, 5), add({5}, 0, 2, 2), add({5}, 0, -2, 2), add({5}, 0, 5, 0);
    add({2, 3}, 1, 1, 2), add({4, 3}, 0, 1, 2), add({2, 3, 4}, -1, 1, 3);
    add({2, 3, 4}, 1, 0, 2), add({3, 2, 1, 4}, 0, 2, 1);
    add({1, 4}, 0, 0, 1), add({0, 3}, 1, 1, 2), add({6, 7}, -2, 2, 4);
    return samples;
  }};
  row.bad = {
      {"axis", {ones({2, 3})}, [](Inputs in) { narrow(in[0], -3, 0, 1); }, "axis -3"},
      {"too long", {ones({2, 3})}, [](Inputs in) { narrow(in[0], 1, 2, 2); }, "length 2"},
      {"start", {ones({2, 3})}, [](Inputs in) { narrow(in[0], 1, 4, 0); }, "start 4"},
      {"negative length", {ones({2, 3})}, [](Inputs in) { narrow(in[0], 1, 0, -1); },
       "length -1"},
      {"overflow", {ones({2, 3})}, [](Inputs in) { narrow(in[0], 1, 1, INT64_MAX); },
       "do not fit"},
  };
  row.axes = matrix_axes([](const Tensor& x) { return narrow(x, 1, 1, x.size(1) - 2); },
                         [](const Shape& x) { return Shape{x[0], x[1] - 2}; },
                         [](const Dims& c) { return Dims{c[0], 1 + c[1]}; });
  row.mutants = slice_mutants();
  return row;
}

std::vector<Mutant> select_mutants() {
  const auto at = [](std::string name, auto index) {
    return wrong(std::move(name), 0, [index](const Sample& s, const BackwardEvent& e) {
      const int axis = static_cast<int>(s["axis"]);
      Tensor dx = zeros_like(e.inputs[0]);
      const int64_t k = index(static_cast<int64_t>(s["index"]), dx.size(axis));
      dx.with_layout(dx.layout().selected(axis, k)).copy_(e.dy[0]);
      return dx;
    });
  };
  return {
      at("index dropped", [](int64_t, int64_t) { return 0; }),
      at("one too far", [](int64_t k, int64_t n) { return (k + 1) % n; }),
      wrong("at every index", 0, [](const Sample& s, const BackwardEvent& e) {
        return broadcast_to(unsqueeze(e.dy[0], static_cast<int>(s["axis"])), e.inputs[0].shape());
      }),
  };
}

Sample select_sample(Generator& gen, const Shape& from, int axis, int64_t index) {
  const int at = axis < 0 ? axis + from.size() : axis;
  const int64_t k = index < 0 ? index + from[at] : index;
  Shape to = from;
  to.erase(at);
  return {.label = text({from, ", axis ", axis, ", index ", index}),
          .inputs = {values(gen, from)},
          .call = [=](Inputs in) { return select(in[0], axis, index); },
          .reference = mapped(to, [at, k](Dims c) {
            c.insert(at, k);
            return c;
          }),
          .attributes = {{"axis", at}, {"index", static_cast<double>(k)}}};
}

OpRow select_row() {
  OpRow row{.name = "select", .rules = {"select"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& from, int axis, int64_t index) {
      samples.push_back(select_sample(gen, from, axis, index));
    };
    add({1}, 0, 0), add({5}, 0, 3), add({5}, 0, -1), add({2, 3}, 0, 1), add({2, 3}, 1, 2);
    add({2, 3}, -1, -3), add({2, 3, 4}, 1, 1), add({2, 3, 4}, 2, 3), add({2, 1, 3, 2}, 0, 1);
    add({1, 4}, 0, 0), add({0, 3}, 1, 1), add({6, 3, 2}, -3, 4), add({2, 40}, 0, 1);
    return samples;
  }};
  row.bad = {
      {"axis", {ones({2, 3})}, [](Inputs in) { select(in[0], 2, 0); }, "axis 2"},
      {"scalar", {ones({})}, [](Inputs in) { select(in[0], 0, 0); }, "axis 0"},
      {"index", {ones({2, 3})}, [](Inputs in) { select(in[0], 1, 3); }, "index 3"},
      {"negative index", {ones({2, 3})}, [](Inputs in) { select(in[0], 0, -3); }, "index -3"},
  };
  row.axes = {{"rows", {}, [](Generator& gen, int64_t n) {
                 return select_sample(gen, {n, 6}, 0, n - 2);
               }},
              {"columns", {}, [](Generator& gen, int64_t n) {
                 return select_sample(gen, {n, 6}, 1, 4);
               }}};
  row.mutants = select_mutants();
  return row;
}

std::vector<Mutant> broadcast_mutants() {
  return {
      wrong("mean instead of sum", 0, [](const Sample&, const BackwardEvent& e) {
        const Tensor ones_sum = sum_to(ones_like(e.dy[0]), e.inputs[0].shape());
        const double repeats = ones_sum.numel() ? ones_sum.to_vector<double>()[0] : 1;
        return edited(e.grads[0], [=](double* v, int64_t n) {
          for (int64_t i = 0; i < n; ++i) v[i] /= repeats;
        });
      }),
      wrong("only the first repeat", 0, [](const Sample&, const BackwardEvent& e) {
        Tensor part = e.dy[0];
        const Shape& to = e.inputs[0].shape();
        while (part.dim() > to.size()) part = select(part, 0, 0);
        for (int i = 0; i < to.size(); ++i) part = slice(part, i, 0, to[i]);
        return part;
      }),
      wrong("sums in reverse", 0, [](const Sample&, const BackwardEvent& e) {
        return reversed(e.grads[0]);
      }),
  };
}

void add_broadcasts(std::vector<Sample>& samples, Generator& gen,
                    Tensor (*op)(const Tensor&, const Shape&)) {
  const auto add = [&](const Shape& from, const Shape& to) {
    samples.push_back({.label = text({from, " to ", to}),
                       .inputs = {values(gen, from)},
                       .call = [op, to](Inputs in) { return op(in[0], to); },
                       .reference = mapped(to, [](const Dims& c) { return c; })});
  };
  add({}, {}), add({}, {3}), add({}, {2, 3}), add({1}, {4}), add({3}, {3}), add({3}, {2, 3});
  add({2, 1}, {2, 5}), add({1, 3}, {4, 3}), add({2, 1, 3}, {2, 4, 3}), add({1, 4, 1}, {3, 4, 2});
  add({3, 1}, {2, 3, 4}), add({2, 3, 1, 1}, {2, 3, 2, 2}), add({1}, {0}), add({0, 1}, {0, 3});
  add({5, 1}, {5, 9}), add({1, 20}, {2, 20});
}

OpRow expand_row() {
  OpRow row{.name = "expand", .rules = {"broadcast_to"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    add_broadcasts(samples, gen, expand);
    for (const Shape& to : {Shape{-1, 4}, Shape{2, -1, -1}, Shape{2, 3, 4}}) {
      Shape full = to;
      if (full.back() == -1) full[full.size() - 1] = 1;
      if (full[full.size() - 2] == -1) full[full.size() - 2] = 3;
      samples.push_back({.label = text({"[3, 1] to ", to}),
                         .inputs = {values(gen, {3, 1})},
                         .call = [to](Inputs in) { return expand(in[0], to); },
                         .reference = mapped(full, [](const Dims& c) { return c; })});
    }
    return samples;
  }};
  row.bad = {
      {"size", {ones({2, 3})}, [](Inputs in) { expand(in[0], {4, 3}); }, "[4, 3]"},
      {"fewer axes", {ones({2, 3})}, [](Inputs in) { expand(in[0], {3}); }, "broadcast"},
      {"-1 in front", {ones({3})}, [](Inputs in) { expand(in[0], {-1, 3}); }, "-1"},
      {"too large", {ones({1})}, [](Inputs in) { expand(in[0], {int64_t{1} << 50}); }, "2^48"},
      {"negative", {ones({1})}, [](Inputs in) { expand(in[0], {-2}); }, "negative"},
  };
  row.axes = matrix_axes([](const Tensor& x) { return expand(x, {3, x.size(0), x.size(1)}); },
                         [](const Shape& x) { return Shape{3, x[0], x[1]}; },
                         [](const Dims& c) { return c; });
  row.mutants = broadcast_mutants();
  return row;
}

OpRow broadcast_row() {
  OpRow row{.name = "broadcast_to", .rules = {"broadcast_to"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    add_broadcasts(samples, gen, broadcast_to);
    return samples;
  }};
  row.bad = {
      {"size", {ones({2, 3})}, [](Inputs in) { broadcast_to(in[0], {2, 4}); }, "[2, 4]"},
      {"fewer axes", {ones({1, 3})}, [](Inputs in) { broadcast_to(in[0], {3}); }, "[1, 3]"},
  };
  row.axes = matrix_axes([](const Tensor& x) { return broadcast_to(x, {3, x.size(0), x.size(1)}); },
                         [](const Shape& x) { return Shape{3, x[0], x[1]}; },
                         [](const Dims& c) { return c; });
  row.mutants = broadcast_mutants();
  return row;
}

}  // namespace

Rows view_part_rows() {
  return {slice_row(), narrow_row(), select_row(), expand_row(), broadcast_row()};
}

}  // namespace gradus::check
