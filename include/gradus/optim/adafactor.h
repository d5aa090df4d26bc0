// SPDX-License-Identifier: MIT
// Adafactor, with PyTorch's arguments, defaults and numbers: the variances of a matrix are kept as
// one number a row and one a column.
// Next: optim/parameters.h
#pragma once
#include <optional>

#include "gradus/optim/optimizer.h"

namespace gradus {

struct AdafactorOptions {
  double lr = 1e-2, beta2_decay = -0.8;
  std::optional<double> eps1{};  // absent: the spacing of numbers at 1 in the parameter's dtype
  double eps2 = 1e-3, d = 1, weight_decay = 0;
  bool maximize = false;
};

/// For each parameter p with gradient g, at its step t = 1, 2, ..., with w = t^beta2_decay:
///   rate = max(eps2, rms(p)) min(lr, 1 / sqrt(t)),  p = p - lr weight_decay p
///   matrix: r = r + w (mean of g^2 in the row - r),  c = c + w (mean of g^2 in the column - c),
///           v = r c / max(mean of r, eps1);          vector: v = v + w (g^2 - v)
///   u = g / sqrt(max(v, eps1^2)),  p = p - rate u / max(1, rms(u) / d)
/// rms(x) = sqrt(mean of x^2). Rows and columns are the last two axes; matrices along the axes
/// before them have variances of their own. maximize: -g instead of g. Where eps1^2 is smaller than
/// a normal number of the dtype, that number takes its place.
/// State: row_var (r) [.., rows, 1] and col_var (c) [.., 1, columns], or variance (v) of vectors.
/// Groups: two for each given one, its matrices and then its vectors.
/// Throws std::invalid_argument for a setting that is not finite or out of range.
/// Source: Shazeer, Stern 2018, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost",
/// algorithms 4 and 5.
class Adafactor : public Optimizer {
 public:
  explicit Adafactor(const ParameterList& parameters, AdafactorOptions options = {});
  /// Adafactor(parameters, 0.02): default values for the other settings.
  template <RateNumber N>
  Adafactor(const ParameterList& parameters, N lr)
      : Adafactor(parameters, with_rate<AdafactorOptions>({}, static_cast<double>(lr))) {}
  explicit Adafactor(const std::vector<Group<AdafactorOptions>>& groups);
  void step() override;

 protected:
  Shape state_shape(const Slot& slot, size_t k) const override;

 private:
  template <class T> void step_of(DType dtype);
  std::vector<AdafactorOptions> options_;
};

}  // namespace gradus
