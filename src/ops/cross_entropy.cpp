// SPDX-License-Identifier: MIT
// cross_entropy, nll_loss. Kernel: kernels/cross_entropy.h. Checks: check/rows/cross_entropy.cpp.
#include <algorithm>

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "kernels/cross_entropy.h"
#include "kernels/loss.h"
#include "lines.h"
#include "loss_reduction.h"

namespace gradus {
namespace {

// Classes are axis 1, or axis 0 of [C].
int class_axis(const Shape& shape) { return shape.size() > 1 ? 1 : 0; }

Shape without_classes(Shape shape) {
  shape.erase(class_axis(shape));
  return shape;
}

// [N, C, d1, ...] -> [N, d1, ..., C]: the axis order in which the logits of a row are contiguous.
Axes classes_last(int rank) {
  Axes order;
  for (int i = 0; i < rank; ++i)
    if (i != (rank > 1 ? 1 : 0)) order.push_back(i);
  order.push_back(rank > 1 ? 1 : 0);
  return order;
}

Tensor rows_of(const Tensor& x) {
  return x.with_layout(x.layout().permuted(classes_last(x.dim()))).contiguous_data();
}

// The mean, the sum, or the losses themselves. A divisor of 0 means that no target counted.
Tensor reduced(const Tensor& losses, Reduction reduction, double divisor) {
  if (reduction == Reduction::none) return losses;
  Tensor y = Tensor::empty({}, losses.dtype());
  dispatch_float(y.dtype(), [&]<class T>() {
    const double sum =
        kernels::sum_each(losses.numel(), [x = losses.data<T>()](int64_t i) { return x[i]; });
    *y.mutable_data<T>() = static_cast<T>(divisor == 0 ? 0 : sum / divisor);
  });
  return y;
}

double scale_of(Reduction reduction, double divisor) {
  return reduction != Reduction::mean ? 1 : divisor == 0 ? 0 : 1 / divisor;
}

// loss = sum_c a_c (log(sum_j exp(x_j)) - x_c), a the weighted target
struct FusedCrossEntropy {
  static constexpr const char* name = "cross_entropy";
  double smoothing;
  int64_t ignored;
  Reduction reduction;
  bool has_weight;
  Shape shape{};                            // of x
  double divisor = 1;                       // a mean divides by it
  Tensor x{}, target{}, weight{}, stats{};  // x and probabilities as rows; stats [rows, 2]

  Tensor forward(Inputs in) {
    shape = in[0].shape();
    x = rows_of(in[0]);
    target = is_float(in[1].dtype()) ? rows_of(in[1]) : in[1].contiguous_data();
    if (has_weight) weight = in[2].contiguous_data();
    Tensor losses = Tensor::empty(without_classes(shape), x.dtype());
    stats = Tensor::empty({losses.numel(), 2}, x.dtype());
    dispatch_float(x.dtype(), [&]<class T>() {
      const auto rows = rows_as<T>();
      auto* s = reinterpret_cast<kernels::LogitStats<T>*>(stats.mutable_data<T>());
      kernels::cross_entropy(rows, s, losses.mutable_data<T>());
      if (reduction != Reduction::mean) return;
      divisor = rows.probabilities
                    ? static_cast<double>(rows.rows)
                    : kernels::counted_weight<T>(
                          {rows.rows, rows.cols, 1, rows.classes, rows.weight, ignored});
    });
    return reduced(losses, reduction, divisor);
  }

  // dx_c = softmax(x)_c sum_j a_j - a_c; of probabilities q: dq_c = w_c (1 - s) (-log softmax(x)_c)
  Grads backward(const Tensor& dy_in, Wanted wanted) const {
    const Tensor dy = dy_in.contiguous_data();
    Grads grads;
    grads.resize(2 + has_weight);
    dispatch_float(x.dtype(), [&]<class T>() {
      const auto* s = reinterpret_cast<const kernels::LogitStats<T>*>(stats.data<T>());
      const T scale = static_cast<T>(scale_of(reduction, divisor));
      const bool each = reduction == Reduction::none;
      const auto run = [&](auto kernel, Tensor& g) {
        Tensor d = Tensor::empty(x.shape(), x.dtype());
        kernel(rows_as<T>(), s, scale, dy.data<T>(), each, d.mutable_data<T>());
        g = as_given(d);
      };
      if (wanted[0]) run(kernels::cross_entropy_backward<T>, grads[0]);
      if (wanted[1]) run(kernels::cross_entropy_backward_target<T>, grads[1]);
    });
    return grads;
  }

  Grads backward_graph(const Tensor& dy, Wanted wanted, const History& h) const {
    const bool classes = target.dtype() == DType::i64;
    std::vector<Tensor> in = {h.input(0, as_given(x)),
                              classes ? target.detach() : h.input(1, as_given(target))};
    if (has_weight) in.push_back(weight.detach());
    return grads_through([this](Inputs all) { return in_ops(all); }, in, dy, wanted);
  }
  Tensor in_ops(Inputs in) const {
    const int axis = class_axis(shape);
    const bool classes = target.dtype() == DType::i64;
    const Tensor none =
        classes ? unsqueeze(eq(in[1], static_cast<double>(ignored)), axis) : Tensor();
    Tensor q = in[1];
    if (classes) {
      const Tensor chosen = masked_fill(unsqueeze(in[1], axis), none, 0);
      q = scatter(zeros(shape, x.dtype()), axis, chosen, ones(chosen.shape(), x.dtype()));
    }
    Tensor a = (1 - smoothing) * q + smoothing / static_cast<double>(shape[axis]);
    Shape each_class = Dims::filled(shape.size(), 1);
    each_class[axis] = shape[axis];
    if (has_weight) a = a * reshape(in[2], each_class);
    if (classes) a = masked_fill(a, none, 0);
    const Tensor losses = -sum(a * log_softmax(in[0], axis), {axis});
    if (reduction == Reduction::none) return losses;
    return sum(losses) * scale_of(reduction, divisor);
  }

  template <class T> kernels::CrossEntropyRows<T> rows_as() const {
    const bool classes = target.dtype() == DType::i64;
    return {.rows = stats.size(0),
            .cols = x.shape().back(),
            .x = x.data<T>(),
            .classes = classes ? target.data<int64_t>() : nullptr,
            .probabilities = classes ? nullptr : target.data<T>(),
            .weight = has_weight ? weight.data<T>() : nullptr,
            .ignored = ignored,
            .keep = static_cast<T>(1 - smoothing),
            .spread = static_cast<T>(smoothing / static_cast<double>(x.shape().back()))};
  }

  // A gradient of rows, back in the axis order of x.
  Tensor as_given(const Tensor& rows) const {
    return rows.with_layout(rows.layout().permuted(inverse_of(classes_last(shape.size()))));
  }
};

struct Nll {  // loss = -w_t x_t
  static constexpr const char* name = "nll_loss";
  int64_t ignored;
  Reduction reduction;
  bool has_weight;
  Shape shape{};
  double divisor = 1;
  Tensor target{}, weight{};

  Tensor forward(Inputs in) {
    const Tensor x = in[0].contiguous_data();
    shape = x.shape(), target = in[1].contiguous_data();
    if (has_weight) weight = in[2].contiguous_data();
    Tensor losses = Tensor::empty(target.shape(), x.dtype());
    dispatch_float(x.dtype(), [&]<class T>() {
      kernels::nll(rows_as<T>(), x.data<T>(), losses.mutable_data<T>());
      if (reduction == Reduction::mean) divisor = kernels::counted_weight(rows_as<T>());
    });
    return reduced(losses, reduction, divisor);
  }

  Grads backward(const Tensor& dy_in, Wanted) const {  // dx_t = -w_t, 0 for the other classes
    const Tensor dy = dy_in.contiguous_data();
    Tensor dx = zeros(shape, dy.dtype());
    dispatch_float(dy.dtype(), [&]<class T>() {
      kernels::nll_backward(rows_as<T>(), static_cast<T>(scale_of(reduction, divisor)),
                            dy.data<T>(), reduction == Reduction::none, dx.mutable_data<T>());
    });
    Grads grads{dx};
    grads.resize(2 + has_weight);
    return grads;
  }
  Grads backward_graph(const Tensor& dy, Wanted w, const History&) const {
    Grads grads = backward(ones_like(dy), w);  // the coefficients of dy, which do not depend on x
    const bool each = reduction == Reduction::none;
    grads[0] = grads[0] * (each ? unsqueeze(dy, class_axis(shape)) : dy);
    return grads;
  }

  template <class T> kernels::ClassRows<T> rows_as() const {
    int64_t inner = 1;
    for (int i = 2; i < shape.size(); ++i) inner *= shape[i];
    return {target.numel(),
            shape[class_axis(shape)],
            inner,
            target.data<int64_t>(),
            has_weight ? weight.data<T>() : nullptr,
            ignored};
  }
};

// Returns the number of classes.
int64_t check_classes(const char* op, const Tensor& x, const Tensor& weight, Reduction reduction) {
  check_float(op, "x", x);
  check_reduction(op, reduction);
  if (x.dim() == 0)
    argument_error({op, ": x is a scalar; expected [C], [N, C] or [N, C, d1, ...]"});
  const int64_t classes = x.shape()[class_axis(x.shape())];
  if (classes == 0) argument_error({op, ": x ", x.shape(), " has no classes"});
  if (!weight.defined()) return classes;
  check_same_dtype(op, "weight", weight, "x", x);
  check_constant(op, "weight", weight);
  if (weight.shape() != Shape{classes})
    argument_error({op, ": weight ", weight.shape(), " must be [", classes,
                    "], one for each class of x ", x.shape()});
  return classes;
}

void check_class_target(const char* op, const Tensor& x, const Tensor& target, int64_t ignored) {
  const Shape expected = without_classes(x.shape());
  if (target.shape() != expected)
    argument_error({op, ": target ", target.shape(), " must be ", expected,
                    ": a class for each row of x ", x.shape()});
  const int64_t classes = x.shape()[class_axis(x.shape())];
  check_indices(op, "target", target, classes, "a class count of", ignored);
}

}  // namespace

Tensor cross_entropy(const Tensor& x, const Tensor& target, const CrossEntropy& options) {
  constexpr const char* op = FusedCrossEntropy::name;
  const auto& [weight, ignored, smoothing, reduction] = options;
  check_classes(op, x, weight, reduction);
  if (!(smoothing >= 0 && smoothing <= 1))
    argument_error({op, ": label_smoothing ", smoothing, " must be in 0..1"});
  if (!target.defined()) argument_error({op, ": target is undefined"});
  if (is_float(target.dtype())) {
    check_same_dtype(op, "target", target, "x", x);
    if (target.shape() != x.shape())
      argument_error({op, ": target probabilities ", target.shape(), " must have the shape of x ",
                      x.shape(), "; classes are i64"});
  } else {
    check_dtype(op, "target", target, DType::i64);
    check_class_target(op, x, target, ignored);
  }
  const FusedCrossEntropy rule{smoothing, ignored, reduction, weight.defined()};
  return weight.defined() ? apply(rule, x, target, weight) : apply(rule, x, target);
}

Tensor nll_loss(const Tensor& x, const Tensor& target, const Tensor& weight, int64_t ignore_index,
                Reduction reduction) {
  check_classes(Nll::name, x, weight, reduction);
  check_dtype(Nll::name, "target", target, DType::i64);
  check_class_target(Nll::name, x, target, ignore_index);
  const Nll rule{ignore_index, reduction, weight.defined()};
  return weight.defined() ? apply(rule, x, target, weight) : apply(rule, x, target);
}

int64_t count_targets(const Tensor& target, int64_t ignore_index) {
  check_dtype("count_targets", "target", target, DType::i64);
  const Tensor t = target.contiguous_data();
  return t.numel() - std::count(t.data<int64_t>(), t.data<int64_t>() + t.numel(), ignore_index);
}

}  // namespace gradus
