// SPDX-License-Identifier: MIT
// ONNX's reductions, running sums, and the indices of extremes.
#include "gradus/ops/reduce.h"

#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"
#include "tests/onnx/case.h"

namespace gradus::tests::onnx {
namespace {

using Reduce = Tensor (*)(const Tensor&, const Axes&, bool);

Tensor l1(const Tensor& x, const Axes& axes, bool keep) { return sum(abs(x), axes, keep); }
Tensor squares(const Tensor& x, const Axes& axes, bool keep) { return sum(x * x, axes, keep); }
Tensor l2(const Tensor& x, const Axes& axes, bool keep) { return sqrt(squares(x, axes, keep)); }
Tensor log_sum(const Tensor& x, const Axes& axes, bool keep) { return log(sum(x, axes, keep)); }

// Booleans are reduced as integers.
template <Reduce f> Tensor extreme(const Tensor& x, const Axes& axes, bool keep) {
  if (x.numel() == 0) skip({"gradus and PyTorch refuse maxima and minima of empty tensors"});
  if (x.dtype() != DType::boolean) return f(x, axes, keep);
  return f(x.to(DType::i64), axes, keep).to(DType::boolean);
}

// No axes means all axes, or none if noop_with_empty_axes is set.
template <Reduce f> Results reduce(Case& c) {
  const Tensor x = c.in(0);
  const bool keep = c.flag("keepdims", true), noop = c.flag("noop_with_empty_axes", false);
  const Axes axes = c.has(1) ? Axes(c.list_in(1)) : Axes();
  if (axes.empty() && noop) {
    if (f != Reduce(sum)) skip({"noop_with_empty_axes of another reduction than ReduceSum"});
    return {x};
  }
  return {f(x, axes, keep)};
}

Tensor flipped(const Tensor& x, int axis) {
  std::vector<int64_t> order;
  for (int64_t i = x.size(axis); i-- > 0;) order.push_back(i);
  return index_select(x, axis, order);
}

// The last of several ties is the first from the end.
template <Tensor (*f)(const Tensor&, std::optional<int>, bool)> Results place(Case& c) {
  const Tensor x = c.in(0);
  const int axis = c.axis(0);
  const bool keep = c.flag("keepdims", true);
  if (!c.flag("select_last_index", false)) return {f(x, axis, keep)};
  const Tensor from_end = f(flipped(x, axis), axis, keep).to(DType::f64);
  return {(static_cast<double>(x.size(axis) - 1) - from_end).to(DType::i64)};
}

Results running_sum(Case& c) {
  const Tensor x = c.in(0);
  const auto axis = static_cast<int>(c.whole_in(1));
  const bool reverse = c.flag("reverse", false);
  Tensor y = cumsum(reverse ? flipped(x, axis) : x, axis);
  if (c.flag("exclusive", false)) {
    const Tensor first = narrow(y, axis, 0, 1), rest = narrow(y, axis, 0, x.size(axis) - 1);
    y = cat({zeros_like(first), rest}, axis);
  }
  return {reverse ? flipped(y, axis) : y};
}

const Operator reduction_operators[] = {
    {"ArgMax", 13, place<argmax>},
    {"ArgMin", 13, place<argmin>},
    missing("CumProd", "gradus has no cumulative products"),
    {"CumSum", 14, running_sum},
    {"ReduceL1", 18, reduce<l1>},
    {"ReduceL2", 18, reduce<l2>},
    {"ReduceLogSum", 18, reduce<log_sum>},
    {"ReduceLogSumExp", 18, reduce<logsumexp>},
    {"ReduceMax", 18, reduce<extreme<amax>>},
    {"ReduceMean", 18, reduce<mean>},
    {"ReduceMin", 18, reduce<extreme<amin>>},
    {"ReduceProd", 18, reduce<prod>},
    {"ReduceSum", 13, reduce<sum>},
    {"ReduceSumSquare", 18, reduce<squares>},
    missing("TopK", "gradus has no sorting"),
};

}  // namespace

Operators reductions() { return reduction_operators; }

}  // namespace gradus::tests::onnx
