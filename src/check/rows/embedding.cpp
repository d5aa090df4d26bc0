// SPDX-License-Identifier: MIT
// Rows of ops/embedding.h.
#include "check/rows.h"
#include "gradus/ops/embedding.h"
#include "kernels/embedding.h"

namespace gradus::check {
namespace {

using Padding = std::optional<int64_t>;

Reference embedding_reference(Padding padding) {
  return [padding]<class T>(const Arrays<T>& in) {
    const int64_t v = in[1].size(0), c = in[1].size(1);
    Shape shape = in[0].shape;
    shape.push_back(c);
    Array<T> y(shape);
    for (int64_t i = 0; i < y.count(); ++i) {
      const int64_t id = in[0].index(i / c);
      if (!padding || id != (*padding + v) % v) y[i] = in[1][id * c + i % c];
    }
    return y;
  };
}

Sample embedding_sample(Generator& gen, const Shape& ids, int64_t v, int64_t c, Padding padding) {
  const int64_t row = padding ? (*padding + v) % v : -1;
  return {.label = text({ids, " of ", v, " x ", c, ", padding ", row}),
          .inputs = {indices(gen, ids, v), values(gen, {v, c})},
          .call = [=](Inputs in) { return embedding(in[0], in[1], padding); },
          .reference = embedding_reference(padding),
          .attributes = {{"padding", static_cast<double>(row)}}};
}

std::vector<Axis> embedding_axes() {
  using namespace kernels;
  constexpr int64_t cols = 9, wide = 140;
  return {{"ids", {{"embedding_grain", embedding_grain / (cols + 1) + 1}},
           [](Generator& gen, int64_t n) { return embedding_sample(gen, {n}, 30, cols, 29); }},
          {"columns", {{"embedding_part", embedding_part}},
           [](Generator& gen, int64_t n) { return embedding_sample(gen, {7, 9}, 30, n, {}); }},
          {"vocabulary", {{"embedding_few_ids", embedding_few_ids},
                          {"embedding_grain", embedding_grain / (wide + 1) + 1}},
           [](Generator& gen, int64_t n) { 
             return embedding_sample(gen, {400}, n, wide, n > 128 ? 128 : 0);
           }}};
}

std::vector<Sample> embedding_samples(Generator& gen) {
  std::vector<Sample> samples;
  const auto add = [&](const Shape& ids, int64_t v, int64_t c, Padding padding = {}) {
    samples.push_back(embedding_sample(gen, ids, v, c, padding));
  };
  add({}, 4, 3), add({5}, 4, 3), add({2, 3}, 5, 4), add({2, 3}, 5, 4, 0), add({7}, 2, 5, 1);
  add({2, 1, 3}, 3, 6), add({2, 2, 1, 3}, 6, 2, -1), add({4}, 1, 3), add({4}, 1, 3, 0);
  add({30}, 3, 2), add({3}, 20, 3), add({6}, 2, 21), add({3, 4}, 9, 1, -3), add({0}, 4, 3);
  add({2, 0}, 4, 3, 1), add({3}, 4, 0), add({40}, 7, 1);
  return samples;
}

// A mutant of dw. Correct is to add dy_i to row ids_i unless that is padding; the mutant assigns,
// shifts rows, or includes padding.
Mutant gathered(std::string name, bool assign, bool pads, int64_t shift) {
  return wrong(std::move(name), 0, [=](const Sample& s, const BackwardEvent& e) {
    const std::vector<double> ids = e.inputs[1].to_vector<double>();
    const std::vector<double> dy = e.dy[0].to_vector<double>();
    Tensor dw = zeros_like(e.inputs[0]);
    const int64_t v = dw.size(0), c = dw.size(1);
    double* to = dw.mutable_data<double>();
    for (size_t i = 0; i < dy.size(); ++i) {
      const double id = ids[i / static_cast<size_t>(c)];
      if (pads && id == s["padding"]) continue;
      const int64_t at = (static_cast<int64_t>(id) + shift) % v * c + static_cast<int64_t>(i) % c;
      to[at] = assign ? dy[i] : to[at] + dy[i];
    }
    return dw;
  });
}

}  // namespace

Rows embedding_rows() {
  OpRow row{.name = "embedding", .rules = {"embedding"}, .samples = embedding_samples};
  row.axes = embedding_axes();
  row.mutants = {
      gathered("assigned, not added", true, true, 0),
      gathered("padding not masked", false, false, 0),
      gathered("row of the next id", false, true, 1),
      wrong("divided by the number of ids", 0, [](const Sample&, const BackwardEvent& e) {
        Tensor dw = e.grads[0].clone_data();
        for (int64_t i = 0; i < dw.numel(); ++i)
          dw.mutable_data<double>()[i] /= static_cast<double>(e.inputs[1].numel());
        return dw;
      })};
  const auto call = [](Inputs in) { embedding(in[0], in[1]); };
  const auto padded = [](int64_t padding) {
    return [=](Inputs in) { embedding(in[0], in[1], padding); };
  };
  const Tensor ids = tensor({1, 0, 12}, DType::i64), pairs = tensor({{1, 0}, {-1, 2}}, DType::i64);
  row.bad = {
      {"too large", {ids, ones({10, 2})}, call,
       "id 12 at position [2] is out of range for a vocabulary of 10"},
      {"negative", {pairs, ones({3, 2})}, call, "id -1 at position [1, 0]"},
      {"no vocabulary", {zeros({1}, DType::i64), ones({0, 2})}, call, "id 0"},
      {"id as padding", {pairs, ones({3, 2})}, padded(-1), "id -1"},
      {"padding too large", {ids, ones({13, 2})}, padded(13), "padding_idx 13"},
      {"padding too small", {ids, ones({13, 2})}, padded(-14), "padding_idx -14"},
      {"weight of rank 1", {ids, ones({13})}, call, "weight [13]"},
      {"float ids", {ones({2}), ones({3, 2})}, call, "expected i64"},
      {"whole weight", {ids, ones({13, 2}, DType::i64)}, call, "i64 [13, 2]"}};
  return {row};
}

}  // namespace gradus::check
