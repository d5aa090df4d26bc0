// SPDX-License-Identifier: MIT
// layer_norm, rms_norm. Kernel: kernels/layer_norm.h. Checks: check/rows/layer_norm.cpp.
#include "gradus/ops/layer_norm.h"

#include <algorithm>
#include <limits>

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "kernels/layer_norm.h"

namespace gradus {
namespace {

// y_i = h_i w_i + b_i with h_i = (x_i - m) s and s = 1 / sqrt(v + eps); m = 0 unless centred
template <bool centred> struct Norm {
  static constexpr const char* name = centred ? "layer_norm" : "rms_norm";
  Shape row;
  double eps;
  bool has_weight, has_bias;  // the inputs are x, weight, bias, without the absent ones
  Tensor x{}, w{};
  Tensor stats{};  // [rows, 2]: kernels::RowStats

  int64_t cols() const { return numel(row); }
  int64_t rows() const { return stats.size(0); }

  Tensor forward(Inputs in) {
    x = in[0].contiguous_data();
    w = has_weight ? in[1].contiguous_data() : ones(row, x.dtype());
    const Tensor b = has_bias ? in.back().contiguous_data() : zeros(row, x.dtype());
    stats = Tensor::empty({cols() ? x.numel() / cols() : 0, 2}, x.dtype());
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    dispatch_float(x.dtype(), [&]<class T>() {
      kernels::norm<centred>(rows(), cols(), eps, x.data<T>(), w.data<T>(), b.data<T>(),
                             y.mutable_data<T>(),
                             reinterpret_cast<kernels::RowStats<T>*>(stats.mutable_data<T>()));
    });
    return y;
  }

  // dx_i = s (g_i - mean(g) - h_i mean(g h)), g = dy w; dw = sum dy h; db = sum dy
  Grads backward(const Tensor& dy_in, Wanted wanted) const {
    const Tensor dy = dy_in.contiguous_data();
    Grads grads;
    grads.resize(1 + has_weight + has_bias);
    const bool sums = (has_weight && wanted[1]) || (has_bias && wanted[grads.size() - 1]);
    Tensor dx, dw, db, partial;
    if (wanted[0]) dx = Tensor::empty(x.shape(), x.dtype());
    if (sums) {
      const int64_t step = kernels::norm_block(rows(), cols(), true);
      partial = Tensor::empty({(rows() + step - 1) / step, 2, cols()}, x.dtype());
      dw = Tensor::empty(row, x.dtype()), db = Tensor::empty(row, x.dtype());
    }
    dispatch_float(x.dtype(), [&]<class T>() {
      const auto to = [](Tensor& t) { return t.defined() ? t.mutable_data<T>() : nullptr; };
      kernels::norm_backward<centred>(
          rows(), cols(), x.data<T>(), w.data<T>(),
          reinterpret_cast<const kernels::RowStats<T>*>(stats.data<T>()), dy.data<T>(), to(dx),
          to(partial), to(dw), to(db));
    });
    if (wanted[0]) grads[0] = std::move(dx);
    if (has_weight && wanted[1]) grads[1] = std::move(dw);
    if (has_bias && wanted[grads.size() - 1]) grads[grads.size() - 1] = std::move(db);
    return grads;
  }

  Grads backward_graph(const Tensor& dy, Wanted wanted, const History& h) const {
    std::vector<Tensor> in = {h.input(0, x)};
    if (has_weight) in.push_back(h.input(1, w));
    if (has_bias) in.push_back(h.input(in.size(), zeros(row, x.dtype())));
    return grads_through([this](Inputs all) { return in_ops(all); }, in, dy, wanted);
  }
  Tensor in_ops(Inputs in) const {
    Axes axes;
    for (int i = 0; i < row.size(); ++i) axes.push_back(i - row.size());
    const double n = static_cast<double>(std::max<int64_t>(cols(), 1));
    const Tensor c = centred ? in[0] - sum(in[0], axes, true) / n : in[0];
    const Tensor size = sum(abs(c.detach()) / n, axes, true);
    const Tensor k = masked_fill(size, lt(size, 1e15), 1), u = c / k;  // c^2 could overflow
    Tensor y = u / sqrt(sum(u * u, axes, true) / n + eps / k / k);
    if (has_weight) y = y * in[1];
    return has_bias ? y + in.back() : y;
  }
};

void check_norm(const char* op, const Tensor& x, const Shape& row, double eps) {
  check_float(op, "x", x);
  const int lead = x.dim() - row.size();
  bool fits = !row.empty() && lead >= 0;
  for (int i = 0; fits && i < row.size(); ++i) fits = x.shape()[lead + i] == row[i];
  if (!fits)
    argument_error({op, ": normalized_shape ", row, " must be the last axes of x ", x.shape(),
                    ", at least one of them"});
  if (!(eps > 0)) argument_error({op, ": eps ", eps, " must be positive"});
}

void check_like_row(const char* op, const char* what, const Tensor& p, const Tensor& x,
                    const Shape& row) {
  if (!p.defined()) return;
  check_same_dtype(op, what, p, "x", x);
  if (p.shape() == row) return;
  argument_error({op, ": ", what, " ", p.shape(), " must be ", row, ", the last ",
                  row.size() == 1 ? "axis" : "axes", " of x ", x.shape()});
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                  const Tensor& bias, double eps) {
  check_norm("layer_norm", x, normalized_shape, eps);
  check_like_row("layer_norm", "weight", weight, x, normalized_shape);
  check_like_row("layer_norm", "bias", bias, x, normalized_shape);
  const Norm<true> rule{normalized_shape, eps, weight.defined(), bias.defined()};
  if (weight.defined() && bias.defined()) return apply(rule, x, weight, bias);
  if (weight.defined() || bias.defined()) return apply(rule, x, weight.defined() ? weight : bias);
  return apply(rule, x);
}

Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                std::optional<double> eps) {
  check_float("rms_norm", "x", x);
  const double epsilon = x.dtype() == DType::f32 ? std::numeric_limits<float>::epsilon()
                                                 : std::numeric_limits<double>::epsilon();
  check_norm("rms_norm", x, normalized_shape, eps.value_or(epsilon));
  check_like_row("rms_norm", "weight", weight, x, normalized_shape);
  const Norm<false> rule{normalized_shape, eps.value_or(epsilon), weight.defined(), false};
  return weight.defined() ? apply(rule, x, weight) : apply(rule, x);
}

}  // namespace gradus
