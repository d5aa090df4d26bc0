// SPDX-License-Identifier: MIT
// Adafactor. Kernels: kernels/adafactor.h.
#include "gradus/optim/adafactor.h"

#include <cmath>
#include <limits>

#include "gradus/base/parallel.h"
#include "kernels/adafactor.h"
#include "optim/check.h"

namespace gradus {
namespace {

constexpr int64_t adafactor_piece = 16384;  // elements that one thread takes at once

void check_adafactor(const AdafactorOptions& o) {
  constexpr const char* op = "Adafactor";
  check_setting(op, "lr", o.lr);
  if (!std::isfinite(o.beta2_decay) || o.beta2_decay > 0)
    argument_error({op, ": beta2_decay is ", o.beta2_decay, "; expected a number of at most 0"});
  if (o.eps1) check_setting(op, "eps1", *o.eps1);
  check_setting(op, "eps2", o.eps2);
  check_setting(op, "d", o.d, 1);
  check_setting(op, "weight_decay", o.weight_decay);
}

// The sum of part(begin, end) over pieces of 0..n-1, in order.
template <class Part> double sum_of(int64_t n, int64_t length, const Part& part) {
  const int64_t step = grain_size(length), pieces = (n + step - 1) / step;
  std::vector<double> parts(static_cast<size_t>(pieces));
  parallel_for(pieces, 1, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k)
      parts[static_cast<size_t>(k)] = part(k * step, std::min(n, (k + 1) * step));
  });
  double sum = 0;
  for (double x : parts) sum += x;
  return sum;
}

// The step of one parameter: `count` matrices [rows, cols], or a vector, which has rows = 0.
template <class T> struct AdafactorWork {
  AdafactorOptions o;
  double lr, t;
  int64_t count, rows, cols;
  const T* g;
  T *p, *r, *c;  // a vector's variances are r
  double rest = std::pow(t, o.beta2_decay), size = 0, decay = 0, rate = 0, eps1 = 0, least = 0;
  std::vector<double> row_means{};

  int64_t numel() const { return rows ? count * rows * cols : cols; }
  int64_t rows_at_once() const { return std::max<int64_t>(1, adafactor_piece / cols); }

  void settle() {
    const auto n = static_cast<double>(numel());
    const double squares = sum_of(numel(), adafactor_piece, [&](int64_t begin, int64_t end) {
      return kernels::square_sum(end - begin, p + begin);
    });
    size = std::sqrt(squares / n);
    rate = std::max(o.eps2, size) * std::min(lr, 1 / std::sqrt(t));
    decay = 1 - lr * o.weight_decay;
    eps1 = o.eps1.value_or(static_cast<double>(std::numeric_limits<T>::epsilon()));
    least = std::max(eps1 * eps1, static_cast<double>(std::numeric_limits<T>::min()));
  }

  void take_variances() {
    if (rows == 0)
      return parallel_for(cols, adafactor_piece, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const auto x = static_cast<double>(g[i]);
          kernels::adafactor_blend(rest, x * x, r[i]);
        }
      });
    parallel_for(count * rows, rows_at_once(), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        kernels::adafactor_blend(
            rest, kernels::square_sum(cols, g + i * cols) / static_cast<double>(cols), r[i]);
    });
    const int64_t width = kernels::adafactor_columns, blocks = (cols + width - 1) / width;
    parallel_for(count * blocks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t m = i / blocks, at = i % blocks * width;
        kernels::adafactor_column_means(rows, cols, std::min(width, cols - at), rest,
                                        g + m * rows * cols + at, c + m * cols + at);
      }
    });
    for (int64_t m = 0; m < count; ++m) {
      double sum = 0;
      for (int64_t i = 0; i < rows; ++i) sum += static_cast<double>(r[m * rows + i]);
      row_means.push_back(std::max(sum / static_cast<double>(rows), eps1));
    }
  }

  // The variances of row i: the line's factor times the returned values.
  const T* line(int64_t i, kernels::AdafactorLine& line) const {
    const int64_t m = i / rows;
    line = {static_cast<double>(r[i]) / row_means[static_cast<size_t>(m)], least};
    return c + m * cols;
  }

  double update_size() const {
    if (rows == 0)
      return sum_of(cols, adafactor_piece, [&](int64_t begin, int64_t end) {
        return kernels::adafactor_size(end - begin, {1, least}, g + begin, r + begin);
      });
    return sum_of(count * rows, rows_at_once(), [&](int64_t begin, int64_t end) {
      double sum = 0;
      for (int64_t i = begin; i < end; ++i) {
        kernels::AdafactorLine factor{};
        const T* v = line(i, factor);
        sum += kernels::adafactor_size(cols, factor, g + i * cols, v);
      }
      return sum;
    });
  }

  void apply(double step) const {
    if (rows == 0)
      return parallel_for(cols, adafactor_piece, [&](int64_t begin, int64_t end) {
        kernels::adafactor_apply(end - begin, {1, least}, decay, step, g + begin, r + begin,
                                 p + begin);
      });
    parallel_for(count * rows, rows_at_once(), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        kernels::AdafactorLine factor{};
        const T* v = line(i, factor);
        kernels::adafactor_apply(cols, factor, decay, step, g + i * cols, v, p + i * cols);
      }
    });
  }

  void run() {
    settle();
    take_variances();
    const double rms = std::sqrt(update_size() / static_cast<double>(numel()));
    apply((o.maximize ? -rate : rate) / std::max(1.0, rms / o.d));
  }
};

}  // namespace

Adafactor::Adafactor(const std::vector<Group<AdafactorOptions>>& groups) : Optimizer("Adafactor") {
  for (const auto& [parameters, o] : groups) {
    check_adafactor(o);
    std::vector<NamedTensor> matrices, vectors;
    for (const NamedTensor& p : parameters)
      (p.tensor.defined() && p.tensor.dim() > 1 ? matrices : vectors).push_back(p);
    keep_state({"row_var", "col_var"});
    add_group(matrices, o.lr);
    keep_state({"variance"});
    add_group(vectors, o.lr);
    options_.push_back(o);
  }
}
Adafactor::Adafactor(const ParameterList& parameters, AdafactorOptions options)
    : Adafactor(std::vector<Group<AdafactorOptions>>{{parameters, options}}) {}

Shape Adafactor::state_shape(const Slot& slot, size_t k) const {
  Shape shape = slot.parameter.shape();
  if (slot.group % 2 == 0) shape[shape.size() - (k == 0 ? 1 : 2)] = 1;
  return shape;
}

template <class T> void Adafactor::step_of(DType dtype) {
  const Active active = begin_step(dtype);
  for (size_t i = 0; i < active.slots.size(); ++i) {
    Slot& s = *active.slots[i];
    if (s.parameter.numel() == 0) continue;
    const bool matrix = s.group % 2 == 0;
    const int64_t rows = matrix ? s.parameter.size(-2) : 0;
    const int64_t cols = matrix ? s.parameter.size(-1) : s.parameter.numel();
    AdafactorWork<T>{.o = options_[s.group / 2],
                     .lr = lr(s.group),
                     .t = static_cast<double>(s.steps),
                     .count = matrix ? s.parameter.numel() / (rows * cols) : 1,
                     .rows = rows,
                     .cols = cols,
                     .g = active.grads[i].template data<T>(),
                     .p = s.parameter.template mutable_data<T>("Adafactor"),
                     .r = s.state[0].template mutable_data<T>(),
                     .c = matrix ? s.state[1].template mutable_data<T>() : nullptr}
        .run();
  }
}

void Adafactor::step() {
  step_of<float>(DType::f32);
  step_of<double>(DType::f64);
}

}  // namespace gradus
