// SPDX-License-Identifier: MIT
// ONNX operators that choose elements by index. gradus refuses negative indices, as PyTorch does;
// here they are counted from the end first.
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"
#include "tests/onnx/case.h"

namespace gradus::tests::onnx {
namespace {

using Indices = std::vector<int64_t>;

Tensor whole(const Indices& values, const Shape& shape) {
  Tensor t = Tensor::empty(shape, DType::i64);
  std::copy(values.begin(), values.end(), t.mutable_data<int64_t>());
  return t;
}

Tensor from_start(const Tensor& index, int64_t size) {
  Indices values = index.to_vector<int64_t>();
  for (int64_t& v : values)
    if (v < 0) v += size;
  return whole(values, index.shape());
}

Results gather_axis(Case& c) {
  const Tensor x = c.in(0);
  const int axis = checked_axis("Gather", c.axis(0), x.shape());
  const Tensor index = from_start(c.in(1), x.size(axis));
  Shape shape;
  for (int i = 0; i < axis; ++i) shape.push_back(x.size(i));
  for (int64_t n : index.shape()) shape.push_back(n);
  for (int i = axis + 1; i < x.dim(); ++i) shape.push_back(x.size(i));
  return {reshape(index_select(x, axis, reshape(index, {-1})), shape)};
}

Results gather_elements(Case& c) {
  const int axis = c.axis(0);
  return {gather(c.in(0), axis, from_start(c.in(1), c.in(0).size(axis)))};
}

// Each row of the index is a position in the axes after the first `batch`. Flattens these axes and
// those before them to one axis of rows, and gives the row numbers.
struct Rows {
  Tensor rows;   // x: [count, ..]
  Tensor index;  // [n]
  Shape shape;   // of what is found
  Rows(const Tensor& x, const Tensor& places, int batch) {
    const auto depth = static_cast<int>(places.size(-1));
    int64_t batches = 1, count = 1;
    for (int i = 0; i < batch; ++i) batches *= x.size(i);
    for (int i = batch; i < batch + depth; ++i) count *= x.size(i);
    Shape rest = {batches * count};
    for (int i = 0; i + 1 < places.dim(); ++i) shape.push_back(places.size(i));
    for (int i = batch + depth; i < x.dim(); ++i) {
      rest.push_back(x.size(i));
      shape.push_back(x.size(i));
    }
    rows = reshape(x, rest);
    const Indices values = places.to_vector<int64_t>();
    const int64_t n = places.numel() / depth, each = n / batches;
    Indices flat;
    for (int64_t i = 0; i < n; ++i) {
      int64_t at = i / each;
      for (int d = 0; d < depth; ++d) {
        const int64_t size = x.size(batch + d), v = values[static_cast<size_t>(i * depth + d)];
        at = at * size + (v < 0 ? v + size : v);
      }
      flat.push_back(at);
    }
    index = whole(flat, {n});
  }
};

Results gather_nd(Case& c) {
  const Rows r(c.in(0), c.in(1), static_cast<int>(c.integer("batch_dims", 0)));
  return {reshape(index_select(r.rows, 0, r.index), r.shape)};
}

Tensor scattered(Case& c, const Tensor& x, int axis, const Tensor& index, const Tensor& src) {
  const std::string how = c.opset >= 16 ? c.word("reduction", "none") : "none";
  if (how == "add") return scatter_add(x, axis, index, src);
  if (how != "none") skip({"gradus scatters only by replacing and adding"});
  return scatter(x, axis, index, src);
}

Results scatter_elements(Case& c) {
  const int axis = c.axis(0);
  return {scattered(c, c.in(0), axis, from_start(c.in(1), c.in(0).size(axis)), c.in(2))};
}

Results scatter_nd(Case& c) {
  const Tensor x = c.in(0);
  const Rows r(x, c.in(1), 0);
  Shape wide = r.rows.shape();
  wide[0] = r.index.numel();
  Shape tall = Shape::filled(wide.size(), 1);
  tall[0] = wide[0];
  const Tensor index = contiguous(expand(reshape(r.index, tall), wide));
  return {reshape(scattered(c, r.rows, 0, index, reshape(c.in(2), wide)), x.shape())};
}

// update is written from write_indices[b] on, along the last axis but one.
Results tensor_scatter(Case& c) {
  const Tensor cache = c.in(0), update = c.in(1);
  const std::string mode = c.word("mode", "linear");
  if (mode != "linear" && mode != "circular") skip({"mode = ", mode, " is not known"});
  const int axis = checked_axis("TensorScatter", c.axis(-2), cache.shape());
  const Indices begins = c.has(2) ? c.list_in(2) : Indices(static_cast<size_t>(cache.size(0)), 0);
  const int64_t size = cache.size(axis), count = update.size(axis);
  std::vector<Tensor> samples;
  for (int64_t b = 0; b < cache.size(0); ++b) {
    Indices places;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t at = begins.at(static_cast<size_t>(b)) + i;
      places.push_back(mode == "circular" ? at % size : at);
    }
    const Tensor src = narrow(update, 0, b, 1);
    Shape shape = Shape::filled(cache.dim(), 1);
    shape[axis] = count;
    const Tensor index = contiguous(expand(whole(places, shape), src.shape()));
    samples.push_back(scatter(narrow(cache, 0, b, 1), axis, index, src));
  }
  return {cat(samples, 0)};
}

Results compress(Case& c) {
  const std::vector<bool> condition = c.in(1).to_vector<bool>();
  Indices chosen;
  for (size_t i = 0; i < condition.size(); ++i)
    if (condition[i]) chosen.push_back(static_cast<int64_t>(i));
  if (!c.given("axis")) return {index_select(reshape(c.in(0), {-1}), 0, chosen)};
  return {index_select(c.in(0), c.axis({}), chosen)};
}

Results one_hot(Case& c) {
  const auto depth = static_cast<int64_t>(c.in(1).item());
  const Tensor index = from_start(c.in(0).to(DType::i64), depth), values = c.in(2);
  Shape shape = Shape::filled(index.dim() + 1, 1);
  const int axis = checked_axis("OneHot", c.axis(-1), shape);
  shape[axis] = depth;
  const Tensor hot = eq(unsqueeze(index, axis), reshape(arange(0, double(depth)), shape));
  return {where(hot, select(values, 0, 1), select(values, 0, 0))};
}

// Negative steps, which views cannot have, by index.
Results slices(Case& c) {
  Tensor y = c.in(0);
  const Indices starts = c.list_in(1), ends = c.list_in(2);
  for (size_t i = 0; i < starts.size(); ++i) {
    const auto axis = static_cast<int>(c.has(3) ? c.list_in(3).at(i) : static_cast<int64_t>(i));
    const int64_t step = c.has(4) ? c.list_in(4).at(i) : 1, n = y.size(axis);
    if (step > 0) {
      y = slice(y, axis, starts[i], ends[i], step);
      continue;
    }
    const int64_t first = starts[i] < 0 ? starts[i] + n : std::min(starts[i], n - 1);
    const int64_t end = ends[i] < 0 ? std::max(ends[i] + n, int64_t{-1}) : ends[i];
    Indices places;
    for (int64_t at = first; at > end && at >= 0; at += step) places.push_back(at);
    y = index_select(y, axis, places);
  }
  return {y};
}

const Operator indexing_operators[] = {
    {"Compress", 11, compress},
    {"Gather", 13, gather_axis},
    {"GatherElements", 13, gather_elements},
    {"GatherND", 13, gather_nd},
    missing("NonZero", "gradus has no op whose shape depends on values"),
    {"OneHot", 11, one_hot},
    {"Scatter", 9, scatter_elements},
    {"ScatterElements", 11, scatter_elements},
    {"ScatterND", 11, scatter_nd},
    {"Slice", 13, slices},
    {"TensorScatter", 24, tensor_scatter},
    missing("Unique", "gradus has no op whose shape depends on values"),
};

}  // namespace

Operators indexing() { return indexing_operators; }

}  // namespace gradus::tests::onnx
