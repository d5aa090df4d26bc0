// SPDX-License-Identifier: MIT
// Rows of ops/join.h: cat, stack, split, unbind. By index: join_index.cpp.
#include "gradus/ops/join.h"

#include "check/rows.h"
#include "check/rows/view.h"
#include "gradus/ops/view.h"

namespace gradus::check {
namespace {

// The part that element k of the joined axis comes from, and its index in that part.
std::pair<size_t, int64_t> part_of(const std::vector<int64_t>& sizes, int64_t k) {
  size_t part = 0;
  while (k >= sizes[part]) k -= sizes[part++];
  return {part, k};
}

std::vector<Mutant> join_mutants() {
  const auto size_of_first = [](const BackwardEvent& e) { return e.inputs[0].shape(); };
  return {
      {"parts in reverse", [=](const Sample&, BackwardEvent& e) {
         Grads reversed = e.grads;
         for (size_t k = 0; k < reversed.size(); ++k) {
           const Tensor& other = e.grads[e.grads.size() - 1 - k];
           if (e.wanted[k] && other.shape() == e.grads[k].shape()) reversed[k] = other;
         }
         e.grads = reversed;
       }},
      {"all parts equal to the first", [=](const Sample&, BackwardEvent& e) {
         for (size_t k = 1; k < e.grads.size(); ++k)
           if (e.grads[k].shape() == size_of_first(e)) e.grads[k] = e.grads[0];
       }},
      {"only the first part", [](const Sample&, BackwardEvent& e) {
         for (size_t k = 1; k < e.grads.size(); ++k) e.grads[k] = zeros_like(e.grads[k]);
       }},
      {"the elements of dy in memory order", [](const Sample&, BackwardEvent& e) {
         int64_t at = 0;
         for (size_t k = 0; k < e.grads.size(); ++k) {
           const int64_t n = e.inputs[k].numel();
           e.grads[k] = reshape(narrow(reshape(e.dy[0], {-1}), 0, at, n), e.inputs[k].shape());
           at += n;
         }
       }},
  };
}

Reference joined(const Shape& whole, int axis, const std::vector<int64_t>& sizes) {
  return [=]<class T>(const Arrays<T>& in) {
    Array<T> y(whole);
    for (int64_t i = 0; i < y.count(); ++i) {
      Dims c = coordinates(whole, i);
      const auto [part, k] = part_of(sizes, c[axis]);
      c[axis] = k;
      y[i] = in[part][flat_index(in[part].shape, c)];
    }
    return y;
  };
}

Sample cat_sample(Generator& gen, const Shape& shape, int axis, const std::vector<int64_t>& sizes) {
  const int at = axis < 0 ? axis + shape.size() : axis;
  Shape whole = shape;
  whole[at] = 0;
  Sample s{.label = text({shape, ", axis ", axis, ", ", sizes.size(), " parts"}), .inputs = {},
           .call = [axis](Inputs in) { return cat(in, axis); }, .reference = {}};
  for (int64_t n : sizes) {
    Shape part = shape;
    part[at] = n;
    whole[at] += n;
    s.inputs.push_back(values(gen, part));
  }
  s.label += text({" to ", whole});
  s.reference = joined(whole, at, sizes);
  return s;
}

OpRow cat_row() {
  OpRow row{.name = "cat", .rules = {"cat"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& shape, int axis, const std::vector<int64_t>& sizes) {
      samples.push_back(cat_sample(gen, shape, axis, sizes));
    };
    add({3}, 0, {3}), add({3}, 0, {3, 2}), add({3}, -1, {2, 2}), add({2, 3}, 0, {2, 1, 3});
    add({2, 3}, 1, {3, 3}), add({2, 3}, 1, {1, 4}), add({2, 3}, -2, {2, 2}), add({2, 3}, 1, {0, 3});
    add({2, 3, 4}, 1, {3, 2}), add({2, 3, 4}, -1, {4, 4}), add({2, 1, 2, 2}, 1, {1, 2, 1});
    add({0, 3}, 1, {3, 2}), add({1, 20}, 1, {20, 5}), add({3, 2}, 0, {1, 1, 1, 1, 1});
    return samples;
  }};
  row.bad = {
      {"nothing", {}, [](Inputs in) { cat(in, 0); }, "no tensors"},
      {"sizes", {ones({2, 3}), ones({2, 4})}, [](Inputs in) { cat(in, 0); }, "[2, 4]"},
      {"rank", {ones({2, 3}), ones({2})}, [](Inputs in) { cat(in, 0); }, "tensor 1"},
      {"scalars", {ones({}), ones({})}, [](Inputs in) { cat(in, 0); }, "axis 0"},
      {"axis", {ones({2}), ones({2})}, [](Inputs in) { cat(in, 1); }, "axis 1"},
      {"dtypes", {ones({2}, DType::f32), ones({2}, DType::f64)},
       [](Inputs in) { cat(in, 0); }, "f64"},
  };
  row.axes = {{"elements of a part", {}, [](Generator& gen, int64_t n) {
                 return cat_sample(gen, {3, 9}, 1, {n, 5, n / 2});
               }},
              {"columns", {}, [](Generator& gen, int64_t n) {
                 return cat_sample(gen, {9, n}, 0, {2, 7, 5});
               }},
              {"parts", {}, [](Generator& gen, int64_t n) {
                 return cat_sample(gen, {2, 1}, 1, std::vector<int64_t>(static_cast<size_t>(n), 1));
               }}};
  row.mutants = join_mutants();
  return row;
}

Sample stack_sample(Generator& gen, const Shape& shape, int axis, int64_t count) {
  const int at = axis < 0 ? axis + shape.size() + 1 : axis;
  Shape whole = shape;
  whole.insert(at, count);
  Sample s{.label = text({count, " times ", shape, ", axis ", axis}), .inputs = {},
           .call = [axis](Inputs in) { return stack(in, axis); },
           .reference = [=]<class T>(const Arrays<T>& in) {
             Array<T> y(whole);
             for (int64_t i = 0; i < y.count(); ++i) {
               Dims c = coordinates(whole, i);
               const auto part = static_cast<size_t>(c[at]);
               c.erase(at);
               y[i] = in[part][flat_index(shape, c)];
             }
             return y;
           }};
  for (int64_t k = 0; k < count; ++k) s.inputs.push_back(values(gen, shape));
  return s;
}

OpRow stack_row() {
  OpRow row{.name = "stack", .rules = {"stack"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& shape, int axis, int count) {
      samples.push_back(stack_sample(gen, shape, axis, count));
    };
    add({}, 0, 1), add({}, 0, 3), add({3}, 0, 2), add({3}, 1, 2), add({3}, -1, 3);
    add({2, 3}, 0, 2), add({2, 3}, 1, 3), add({2, 3}, 2, 2), add({2, 3}, -3, 2);
    add({2, 2, 3}, 1, 2), add({1, 2, 2, 3}, -1, 2), add({0, 3}, 1, 2), add({20}, 0, 2);
    add({1, 3}, 1, 4);
    return samples;
  }};
  row.bad = {
      {"nothing", {}, [](Inputs in) { stack(in, 0); }, "no tensors"},
      {"shapes", {ones({2, 3}), ones({3, 2})}, [](Inputs in) { stack(in, 0); }, "[3, 2]"},
      {"axis", {ones({2}), ones({2})}, [](Inputs in) { stack(in, 2); }, "axis 2"},
  };
  row.axes = {{"columns", {}, [](Generator& gen, int64_t n) {
                 return stack_sample(gen, {3, n}, 1, 4);
               }},
              {"parts", {}, [](Generator& gen, int64_t n) {
                 return stack_sample(gen, {3}, -1, n);
               }}};
  row.mutants = join_mutants();
  return row;
}

// Mutants of ops with several outputs: wrong or misplaced cotangents.
std::vector<Mutant> cut_mutants() {
  const auto with = [](std::string name, auto change) {
    return Mutant{std::move(name), [change](const Sample&, BackwardEvent& e) {
                    Grads dy = e.dy;
                    change(dy);
                    e.grads = e.node.run(dy, e.wanted);
                  }};
  };
  return {
      with("pieces in reverse", [](Grads& dy) {
        for (size_t k = 0; k < dy.size() / 2; ++k) {
          Tensor& other = dy[dy.size() - 1 - k];
          if (dy[k].defined() && other.defined() && dy[k].shape() == other.shape())
            std::swap(dy[k], other);
        }
      }),
      with("only the first piece", [](Grads& dy) {
        for (size_t k = 1; k < dy.size(); ++k) dy[k] = {};
      }),
      with("last piece dropped", [](Grads& dy) { dy.back() = {}; }),
      {"ones for an unused piece", [](const Sample&, BackwardEvent& e) {
         Grads dy = e.dy;
         for (size_t k = 0; k < dy.size(); ++k)
           if (!dy[k].defined()) dy[k] = ones_like(e.outputs[k]);
         e.grads = e.node.run(dy, e.wanted);
       }},
  };
}

// The reference of splitting an axis; with `only` >= 0, that piece alone.
Reference pieces(int axis, const std::vector<int64_t>& sizes, bool keep_axis, int only) {
  return [=]<class T>(const Arrays<T>& in) {
    Arrays<T> out;
    for (size_t p = 0; p < sizes.size(); ++p) {
      Shape shape = in[0].shape;
      if (keep_axis) shape[axis] = sizes[p];
      else shape.erase(axis);
      out.emplace_back(shape);
    }
    std::vector<int64_t> filled(sizes.size());
    for (int64_t i = 0; i < in[0].count(); ++i) {
      const auto [p, k] = part_of(sizes, coordinates(in[0].shape, i)[axis]);
      out[p][filled[p]++] = in[0][i];
    }
    if (only >= 0) return Arrays<T>{out[static_cast<size_t>(only)]};
    return out;
  };
}

Tensors chosen_parts(Tensors all, int only) {
  return only < 0 ? all : Tensors{all[static_cast<size_t>(only)]};
}

Sample split_sample(Generator& gen, const Shape& shape, int axis, int64_t size, const Dims& sizes,
                    int only) {
  Sample s{.label = text({shape, ", axis ", axis, ", ", size ? Piece(size) : sizes}),
           .inputs = {values(gen, shape)},
           .call = [=](Inputs in) {
             if (size) return chosen_parts(split(in[0], size, axis), only);
             return chosen_parts(split(in[0], sizes, axis), only);
           },
           .reference = pieces(axis < 0 ? axis + shape.size() : axis, {sizes.begin(), sizes.end()},
                               true, only)};
  if (only >= 0) s.label += text({", piece ", only});
  return s;
}

OpRow split_row() {
  OpRow row{.name = "split", .rules = {"split"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& shape, int axis, int64_t size, const Dims& sizes,
                         int only = -1) {
      samples.push_back(split_sample(gen, shape, axis, size, sizes, only));
    };
    add({6}, 0, 2, {2, 2, 2}), add({5}, 0, 2, {2, 2, 1}), add({5}, 0, 9, {5});
    add({5}, -1, 0, {1, 4}), add({5}, 0, 0, {2, 0, 3}), add({4, 3}, 0, 2, {2, 2});
    add({3, 4}, 1, 3, {3, 1}), add({3, 4}, -1, 0, {1, 2, 1}), add({4, 3}, 0, 2, {2, 2}, 1);
    add({6}, 0, 2, {2, 2, 2}, 0);
    add({2, 4, 3}, 1, 2, {2, 2}), add({2, 1, 2, 6}, 3, 3, {3, 3}), add({0, 3}, 0, 2, {0});
    add({3, 0}, 0, 2, {2, 1}), add({2, 20}, 1, 8, {8, 8, 4}, 2);
    return samples;
  }};
  row.bad = {
      {"axis", {ones({2, 3})}, [](Inputs in) { split(in[0], 1, 2); }, "axis 2"},
      {"size 0", {ones({2, 3})}, [](Inputs in) { split(in[0], 0, 0); }, "size 0"},
      {"too little", {ones({5})}, [](Inputs in) { split(in[0], Dims{2, 2}); }, "add up to 5"},
      {"too much", {ones({5})}, [](Inputs in) { split(in[0], Dims{2, 4}); }, "[2, 4]"},
      {"negative", {ones({5})}, [](Inputs in) { split(in[0], Dims{6, -1}); }, "[6, -1]"},
      {"no sizes", {ones({0})}, [](Inputs in) { split(in[0], Dims{}); }, "add up"},
  };
  row.mutants = cut_mutants();
  row.axes = {{"elements", {}, [](Generator& gen, int64_t n) {
                 return split_sample(gen, {3, n}, 1, 0, {n - 100, 37, 63}, -1);
               }},
              {"columns", {}, [](Generator& gen, int64_t n) {
                 return split_sample(gen, {9, n}, 0, 4, {4, 4, 1}, -1);
               }}};
  return row;
}

Sample unbind_sample(Generator& gen, const Shape& shape, int axis, int only) {
  const int at = axis < 0 ? axis + shape.size() : axis;
  const std::vector<int64_t> sizes(static_cast<size_t>(shape[at]), 1);
  Sample s{.label = text({shape, ", axis ", axis}),
           .inputs = {values(gen, shape)},
           .call = [=](Inputs in) { return chosen_parts(unbind(in[0], axis), only); },
           .reference = pieces(at, sizes, false, only)};
  if (only >= 0) s.label += text({", piece ", only});
  return s;
}

OpRow unbind_row() {
  OpRow row{.name = "unbind", .rules = {"unbind"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& shape, int axis, int only = -1) {
      samples.push_back(unbind_sample(gen, shape, axis, only));
    };
    add({1}, 0), add({3}, 0), add({2, 3}, 0), add({2, 3}, 1), add({3, 2}, -1), add({3, 3}, 0, 1);
    add({3, 3}, 1, 2), add({2, 3, 4}, 1), add({2, 3, 4}, -1), add({2, 2, 1, 3}, 2), add({1, 4}, 0);
    add({3, 0}, 0), add({4, 9}, 0), add({2, 3, 2}, 1, 0);
    return samples;
  }};
  row.bad = {{"axis", {ones({2, 3})}, [](Inputs in) { unbind(in[0], 2); }, "axis 2"},
             {"scalar", {ones({})}, [](Inputs in) { unbind(in[0], 0); }, "axis 0"}};
  row.axes = {{"pieces", {}, [](Generator& gen, int64_t n) {
                 return unbind_sample(gen, {n, 3}, 0, -1);
               }},
              {"columns", {}, [](Generator& gen, int64_t n) {
                 return unbind_sample(gen, {5, n}, 0, -1);
               }}};
  row.mutants = cut_mutants();
  return row;
}

}  // namespace

Rows join_rows() {
  Rows rows = {cat_row(), stack_row(), split_row(), unbind_row()};
  for (OpRow& row : join_index_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace gradus::check
