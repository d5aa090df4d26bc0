// SPDX-License-Identifier: MIT
// Cross-entropy over rows of logits, forward and backward, for class or probability targets.
#pragma once
#include <algorithm>

#include "gradus/base/parallel.h"
#include "kernels/exp_row.h"

namespace gradus::kernels {

inline constexpr int64_t cross_entropy_grain = 8192;  // logits of a task

/// Saved for backward: log(softmax(x)_c) = x_c - max - log_sum.
template <class T> struct LogitStats { T max, log_sum; };

/// Rows of logits and their targets; pointers may be null where noted.
template <class T> struct CrossEntropyRows {
  int64_t rows, cols;
  const T* x;              // [rows, cols]
  const int64_t* classes;  // [rows], or null:
  const T* probabilities;  // [rows, cols]
  const T* weight;         // [cols], or null for 1
  int64_t ignored;         // the class of ignored rows
  T keep, spread;          // 1 - s and s / cols, s = label_smoothing

  bool counts(int64_t r) const { return !classes || classes[r] != ignored; }
  T weight_of(int64_t c) const { return weight ? weight[c] : 1; }
  /// The part of class c in the target of row r, excluding that of a target class itself.
  T part(int64_t r, int64_t c) const {
    const T q = probabilities ? keep * probabilities[r * cols + c] : 0;
    return weight_of(c) * (q + spread);
  }
  /// Whether every class has a part, not only the target class.
  bool parts() const { return probabilities || spread != 0; }
};

template <class T>
void cross_entropy_row(const CrossEntropyRows<T>& a, int64_t r, LogitStats<T>& stats, T& loss) {
  const T* x = a.x + r * a.cols;
  const auto [m, l] =
      scale_row<SumOrder::lanes>(a.cols, x, T(-INFINITY), [](int64_t, T e) { return e; });
  const T log_sum = log(l);
  stats = {m, log_sum};
  loss = 0;
  if (a.classes) {
    const int64_t t = a.classes[r];
    loss = a.keep * a.weight_of(t) * (log_sum - (x[t] - m));
  }
  if (a.parts())  // a class without a part contributes nothing, even if its logit is infinite
    loss += lane_sum<T>(a.cols, [=](int64_t c) {
      const T part = a.part(r, c);
      return part == 0 ? 0 : part * (log_sum - (x[c] - m));
    });
}

/// The loss and the statistics of each row; the loss of ignored rows is 0.
template <class T> void cross_entropy(const CrossEntropyRows<T>& a, LogitStats<T>* stats, T* loss) {
  parallel_for(a.rows, cross_entropy_grain / (a.cols + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      if (a.counts(r)) cross_entropy_row(a, r, stats[r], loss[r]);
      else loss[r] = 0;
    }
  });
}

template <class T>
void cross_entropy_row_backward(const CrossEntropyRows<T>& a, int64_t r, LogitStats<T> stats, T g,
                                T* dx) {
  const T* x = a.x + r * a.cols;
  const T m = stats.max, log_sum = stats.log_sum;
  const T own = a.classes ? a.keep * a.weight_of(a.classes[r]) : 0;
  const T others = a.parts() ? lane_sum<T>(a.cols, [=](int64_t c) { return a.part(r, c); }) : 0;
  const T scale = g * (own + others);
#pragma omp simd
  for (int64_t c = 0; c < a.cols; ++c) dx[c] = scale * exp(x[c] - m - log_sum);
  if (a.parts())
#pragma omp simd
    for (int64_t c = 0; c < a.cols; ++c) dx[c] -= g * a.part(r, c);
  if (a.classes) dx[a.classes[r]] -= g * own;
}

/// dx_c = g (p_c sum(parts) - part_c) with p = softmax(x), g = scale dy of the row; dy holds
/// one element per row if `each`, else a single one.
template <class T>
void cross_entropy_backward(const CrossEntropyRows<T>& a, const LogitStats<T>* stats, T scale,
                            const T* dy, bool each, T* dx) {
  parallel_for(a.rows, cross_entropy_grain / (a.cols + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      T* out = dx + r * a.cols;
      if (a.counts(r)) cross_entropy_row_backward(a, r, stats[r], scale * dy[each ? r : 0], out);
      else std::fill_n(out, a.cols, T(0));
    }
  });
}

/// dq_c = g w_c (1 - s) (log_sum - (x_c - max)): the gradient of target probabilities.
template <class T>
void cross_entropy_backward_target(const CrossEntropyRows<T>& a, const LogitStats<T>* stats,
                                   T scale, const T* dy, bool each, T* dq) {
  parallel_for(a.rows, cross_entropy_grain / (a.cols + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* x = a.x + r * a.cols;
      T* out = dq + r * a.cols;
      const T m = stats[r].max, log_sum = stats[r].log_sum;
      const T g = scale * dy[each ? r : 0] * a.keep;
#pragma omp simd
      for (int64_t c = 0; c < a.cols; ++c) out[c] = g * a.weight_of(c) * (log_sum - (x[c] - m));
    }
  });
}

/// Class targets t of an [outer, cols, inner] array, with rows numbered o * inner + i.
template <class T> struct ClassRows {
  int64_t rows, cols, inner;
  const int64_t* classes;
  const T* weight;  // or null
  int64_t ignored;

  /// The weight of row r, 0 if it is ignored.
  T weight_of(int64_t r) const {
    if (classes[r] == ignored) return 0;
    return weight ? weight[classes[r]] : 1;
  }
  int64_t at(int64_t r) const { return (r / inner * cols + classes[r]) * inner + r % inner; }
};

/// The sum of the weights of rows that are not ignored, in order.
template <class T> double counted_weight(const ClassRows<T>& a) {
  double sum = 0;
  for (int64_t r = 0; r < a.rows; ++r) sum += static_cast<double>(a.weight_of(r));
  return sum;
}

template <class T> void nll(const ClassRows<T>& a, const T* x, T* loss) {
  parallel_for(a.rows, cross_entropy_grain, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      loss[r] = a.classes[r] == a.ignored ? 0 : -a.weight_of(r) * x[a.at(r)];
  });
}

/// Adds to dx, which must contain zeros.
template <class T>
void nll_backward(const ClassRows<T>& a, T scale, const T* dy, bool each, T* dx) {
  parallel_for(a.rows, cross_entropy_grain, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      if (a.classes[r] != a.ignored) dx[a.at(r)] = -a.weight_of(r) * scale * dy[each ? r : 0];
  });
}

}  // namespace gradus::kernels
