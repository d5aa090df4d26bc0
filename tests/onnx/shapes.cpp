// SPDX-License-Identifier: MIT
// ONNX operators on shapes, and those that create tensors.
#include <algorithm>

#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"
#include "tests/onnx/case.h"

namespace gradus::tests::onnx {
namespace {

Tensor same(const Tensor& x) { return clone(x); }

// ONNX's numbers; gradus keeps i32 as i64.
DType dtype(int64_t number) {
  switch (number) {
    case 1: return DType::f32;
    case 6: return DType::i64;
    case 7: return DType::i64;
    case 9: return DType::boolean;
    case 11: return DType::f64;
    default: skip({"gradus has no dtype ", number, " of ONNX"});
  }
}

Results cast(Case& c) {
  c.find("saturate");    // of 8-bit floats alone
  c.find("round_mode");  // likewise
  return {c.in(0).to(dtype(c.integer("to")))};
}

Results concat(Case& c) { return {cat(c.ins(), c.axis({}))}; }

Results split_into(Case& c) {
  const Tensor x = c.in(0);
  const int axis = c.axis(0);
  const auto count = c.integer("num_outputs", static_cast<int64_t>(c.outputs()));
  const int64_t size = (x.size(axis) + count - 1) / count;
  std::vector<int64_t> sizes;
  if (c.has(1)) sizes = c.list_in(1);
  for (int64_t left = x.size(axis); sizes.size() < static_cast<size_t>(count); left -= sizes.back())
    sizes.push_back(std::min(size, left));
  const Tensors parts = split(x, Dims(sizes), axis);
  return Results(parts.begin(), parts.end());
}

// 0 means the size of x at that axis.
Results reshaped(Case& c) {
  const Tensor x = c.in(0);
  std::vector<int64_t> sizes = c.list_in(1);
  if (!c.flag("allowzero", false))
    for (size_t i = 0; i < sizes.size(); ++i)
      if (sizes[i] == 0) sizes[i] = x.size(static_cast<int>(i));
  return {reshape(x, Shape(sizes))};
}

Results flattened(Case& c) {
  const Tensor x = c.in(0);
  const int axis = c.axis(1) == x.dim() ? x.dim() : checked_axis("Flatten", c.axis(1), x.shape());
  int64_t rows = 1;
  for (int i = 0; i < axis; ++i) rows *= x.size(i);
  return {reshape(x, {rows, rows == 0 ? 0 : x.numel() / rows})};
}

Results transposed(Case& c) {
  std::vector<int64_t> order;
  for (int i = c.in(0).dim(); i-- > 0;) order.push_back(i);
  return {permute(c.in(0), Axes(c.list("perm", order)))};
}

std::vector<int64_t> sorted_axes(const Tensor& axes, int rank) {
  std::vector<int64_t> all = axes.to_vector<int64_t>();
  for (int64_t& a : all)
    if (a < 0) a += rank;
  std::sort(all.begin(), all.end());
  return all;
}

Results squeezed(Case& c) {
  Tensor y = c.in(0);
  std::vector<int64_t> axes;
  if (c.has(1)) axes = sorted_axes(c.in(1), y.dim());
  else
    for (int i = 0; i < y.dim(); ++i)
      if (y.size(i) == 1) axes.push_back(i);
  while (!axes.empty()) {
    y = squeeze(y, static_cast<int>(axes.back()));
    axes.pop_back();
  }
  return {y};
}

Results unsqueezed(Case& c) {
  Tensor y = c.in(0);
  const int rank = y.dim() + static_cast<int>(c.in(1).numel());
  for (int64_t axis : sorted_axes(c.in(1), rank)) y = unsqueeze(y, static_cast<int>(axis));
  return {y};
}

Results expanded(Case& c) {
  const Tensor x = c.in(0);
  return {broadcast_to(x, broadcast_shapes("Expand", x.shape(), Shape(c.list_in(1))))};
}

Results tile(Case& c) {
  Tensor y = c.in(0);
  const std::vector<int64_t> times = c.list_in(1);
  for (size_t i = 0; i < times.size(); ++i) {
    const auto axis = static_cast<int>(i);
    if (times[i] == 0) y = narrow(y, axis, 0, 0);
    else y = cat(std::vector<Tensor>(static_cast<size_t>(times[i]), y), axis);
  }
  return {y};
}

// The index from which a position outside 0..n-1 takes its value.
int64_t source(const std::string& mode, int64_t at, int64_t n) {
  if (mode == "edge") return std::clamp(at, int64_t{0}, n - 1);
  if (mode == "wrap") return (at % n + n) % n;
  const int64_t period = std::max(2 * (n - 1), int64_t{1}), in = (at % period + period) % period;
  return in < n ? in : period - in;  // reflect
}

Tensor padded(const Tensor& x, int axis, int64_t before, int64_t after, const std::string& mode,
              double value) {
  const int64_t n = x.size(axis);
  if (mode == "constant") {
    const auto part = [&](int64_t count) {
      Shape shape = x.shape();
      shape[axis] = std::max(count, int64_t{0});
      return full(shape, value, x.dtype());
    };
    const int64_t first = std::max(-before, int64_t{0});
    const Tensor middle = narrow(x, axis, first, n - first - std::max(-after, int64_t{0}));
    return cat({part(before), middle, part(after)}, axis);
  }
  std::vector<int64_t> places;
  for (int64_t at = -before; at < n + after; ++at) places.push_back(source(mode, at, n));
  return index_select(x, axis, places);
}

Results pad(Case& c) {
  Tensor y = c.in(0);
  const std::string mode = c.word("mode", "constant");
  if (mode != "constant" && mode != "edge" && mode != "wrap" && mode != "reflect")
    skip({"mode = ", mode, " is not known"});
  const std::vector<int64_t> pads = c.list_in(1);
  const double value = mode == "constant" && c.has(2) ? c.in(2).item() : 0;
  const size_t count = pads.size() / 2;
  for (size_t i = 0; i < count; ++i) {
    const int64_t axis = c.has(3) ? c.list_in(3).at(i) : static_cast<int64_t>(i);
    y = padded(y, checked_axis("Pad", axis, y.shape()), pads[i], pads[count + i], mode, value);
  }
  return {y};
}

Results triangle(Case& c) {
  const auto k = c.has(1) ? c.whole_in(1) : 0;
  return {c.flag("upper", true) ? triu(c.in(0), k) : tril(c.in(0), k)};
}

Results eye_like(Case& c) {
  const Tensor x = c.in(0);
  const int64_t k = c.integer("k", 0);
  const DType d = c.given("dtype") ? dtype(c.integer("dtype")) : x.dtype();
  return {triu(tril(ones(x.shape(), d), k), k)};
}

Results range(Case& c) {
  return {arange(c.in(0).item(), c.in(1).item(), c.in(2).item(), c.in(0).dtype())};
}

Results constant(Case& c) {
  double value = 0;
  DType d = DType::f32;
  if (const Json* v = c.find("value")) {
    const std::string name = v->at("dtype").string();
    value = v->at("data").items().at(0).number();
    d = name == "F32" ? DType::f32 : name == "F64" ? DType::f64 : DType::i64;
  }
  return {full(Shape(c.list_in(0)), value, d)};
}

Results shape_of(Case& c) {
  const Shape shape = c.in(0).shape();
  const int64_t rank = shape.size();
  const auto place = [&](int64_t at) {
    return std::clamp(at < 0 ? at + rank : at, int64_t{0}, rank);
  };
  const int64_t start = place(c.integer("start", 0)), end = place(c.integer("end", rank));
  std::vector<double> sizes;
  for (int64_t i = start; i < end; ++i) sizes.push_back(double(shape[static_cast<int>(i)]));
  return {tensor(sizes, {static_cast<int64_t>(sizes.size())}, DType::i64)};
}

Results size_of_input(Case& c) {
  return {full({}, static_cast<double>(c.in(0).numel()), DType::i64)};
}

const Operator shape_operators[] = {
    {"Cast", 9, cast},
    {"Concat", 13, concat},
    {"ConstantOfShape", 9, constant},
    {"Expand", 13, expanded},
    {"EyeLike", 9, eye_like},
    {"Flatten", 13, flattened},
    {"Identity", 13, unary<same>},
    {"Pad", 18, pad},
    {"Range", 11, range},
    {"Reshape", 14, reshaped},
    {"Shape", 15, shape_of},
    {"Size", 13, size_of_input},
    {"Split", 13, split_into},
    {"Squeeze", 13, squeezed},
    {"Tile", 13, tile},
    {"Transpose", 13, transposed},
    {"Trilu", 14, triangle},
    {"Unsqueeze", 13, unsqueezed},
};

}  // namespace

Operators shapes() { return shape_operators; }

}  // namespace gradus::tests::onnx
