// SPDX-License-Identifier: MIT
// Fits ridge regression.
#include "models/tasks/ridge.h"

#include <cmath>
#include <vector>

#include "gradus/autograd/node.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/train/stop.h"

namespace gradus {

Tensor solve_positive(const Tensor& a, const Tensor& b) {
  const int64_t n = a.size(0), columns = b.size(1);
  std::vector<double> l = a.to_vector<double>(), z = b.to_vector<double>();
  const auto at = [n](int64_t i, int64_t j) { return static_cast<size_t>(i * n + j); };
  StoppablePhase phase("solving for the ridge regression, row", n);
  for (int64_t i = 0; i < n; ++i) {  // a = l l^T, row by row
    phase.at(i);
    for (int64_t j = 0; j <= i; ++j) {
      double sum = l[at(i, j)];
      for (int64_t k = 0; k < j; ++k) sum -= l[at(i, k)] * l[at(j, k)];
      if (i == j && !(sum > 0))
        argument_error({"solve_positive: the matrix is not positive definite at row ", i});
      l[at(i, j)] = i == j ? std::sqrt(sum) : sum / l[at(j, j)];
    }
  }
  const auto to = [&](int64_t i, int64_t c) { return static_cast<size_t>(i * columns + c); };
  for (int64_t c = 0; c < columns; ++c) {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t k = 0; k < i; ++k) z[to(i, c)] -= l[at(i, k)] * z[to(k, c)];
      z[to(i, c)] /= l[at(i, i)];
    }
    for (int64_t i = n - 1; i >= 0; --i) {
      for (int64_t k = i + 1; k < n; ++k) z[to(i, c)] -= l[at(k, i)] * z[to(k, c)];
      z[to(i, c)] /= l[at(i, i)];
    }
  }
  return tensor(z, {n, columns}, DType::f64);
}

namespace {

// Weights [P, K] for centred x and y.
Tensor weights_for(const Tensor& x, const Tensor& y, double penalty) {
  const bool dual = x.size(1) > x.size(0);
  const Tensor xt = transpose(x, 0, 1);
  Tensor gram = contiguous(dual ? matmul(x, xt) : matmul(xt, x));
  double* diagonal = gram.mutable_data<double>();
  for (int64_t i = 0; i < gram.size(0); ++i) diagonal[i * (gram.size(0) + 1)] += penalty;
  return dual ? matmul(xt, solve_positive(gram, y)) : solve_positive(gram, matmul(xt, y));
}

struct Halves {
  std::vector<int64_t> fitted, held_out;
};
Halves halves_of(int64_t rows) {
  Halves h;
  for (int64_t i = 0; i < rows; ++i) (i % 5 == 4 ? h.held_out : h.fitted).push_back(i);
  return h;
}

double best_penalty(const Tensor& x, const Tensor& y) {
  double best = 1, least = INFINITY;
  const Halves rows = halves_of(x.size(0));
  if (rows.held_out.empty()) return best;
  const Tensor part = index_select(x, 0, rows.fitted), known = index_select(y, 0, rows.fitted);
  const Tensor xm = mean(part, {0}, true), ym = mean(known, {0}, true);
  for (double penalty = 0.1; penalty < 2e4; penalty *= 10) {
    const Tensor w = weights_for(sub(part, xm), sub(known, ym), penalty);
    const Tensor predicted = add(matmul(sub(index_select(x, 0, rows.held_out), xm), w), ym);
    const Tensor wrong = sub(predicted, index_select(y, 0, rows.held_out));
    const double error = sum(mul(wrong, wrong)).item();
    if (!(error < least)) continue;
    best = penalty;
    least = error;
  }
  return best;
}

}  // namespace

RidgeFit fit_ridge(const Tensor& x, const Tensor& y) {
  const NoGrad no_grad;
  const Tensor centre = mean(x, {0}, true);
  const Tensor spread = sqrt(add(var(x, {0}, 0, true), 1e-12));
  const Tensor z = div(sub(x, centre), spread), middle = mean(y, {0}, true);
  RidgeFit fit;
  fit.penalty = best_penalty(z, y);
  const Tensor w = weights_for(z, sub(y, middle), fit.penalty);
  fit.weight = contiguous(transpose(div(w, transpose(spread, 0, 1)), 0, 1));
  fit.bias = squeeze(sub(transpose(middle, 0, 1), matmul(fit.weight, transpose(centre, 0, 1))), 1);
  return fit;
}

}  // namespace gradus
