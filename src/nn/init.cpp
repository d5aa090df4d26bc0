// SPDX-License-Identifier: MIT
// Parameters and their initialisation.
#include "gradus/nn/init.h"

#include <cmath>
#include <utility>

#include "gradus/autograd/autograd.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/fill.h"

namespace gradus {
namespace {

enum class FirstValues { drawn, zeros, none };
thread_local FirstValues first_values = FirstValues::drawn;

void check_range(const char* op, double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high) || low > high)
    argument_error({op, ": ", low, " to ", high, " is not a range of finite numbers"});
}

}  // namespace

NoFirstValues::NoFirstValues() : before_(first_values == FirstValues::drawn) {
  if (before_) first_values = FirstValues::zeros;
}
NoFirstValues::~NoFirstValues() {
  if (before_) first_values = FirstValues::drawn;
}

ShapesOnly::ShapesOnly() : before_(static_cast<int>(first_values)) {
  first_values = FirstValues::none;
}
ShapesOnly::~ShapesOnly() { first_values = static_cast<FirstValues>(before_); }
bool ShapesOnly::active() { return first_values == FirstValues::none; }

Tensor parameter(const Shape& shape, const char* of) {
  Tensor p = ShapesOnly::active() ? expand(Tensor::empty({}), shape) : Tensor::empty(shape);
  p.requires_grad_();
  detail::mark_parameter(p, of);
  return p;
}

void zeros_(Tensor w) { fill_(std::move(w), 0); }
void ones_(Tensor w) { fill_(std::move(w), 1); }
void fill_(Tensor w, double value) {
  if (ShapesOnly::active()) return;
  const NoGrad no_grad;
  w.fill_(value);
}
void uniform_(Tensor w, double low, double high, Generator& gen) {
  check_range("uniform_", low, high);
  if (first_values != FirstValues::drawn) return zeros_(w);
  const NoGrad no_grad;
  fill_uniform(w, gen, low, high - low);
}
void normal_(Tensor w, double mean, double deviation, Generator& gen) {
  check_range("normal_", 0, deviation);
  check_range("normal_", mean, mean);
  if (first_values != FirstValues::drawn) return zeros_(w);
  const NoGrad no_grad;
  fill_normal(w, gen, mean, deviation);
}

Fans fans(const Tensor& w) {
  if (w.dim() < 2)
    argument_error({"fans: weight is ", w.str(), "; expected two axes or more, [out, in, ...]"});
  int64_t field = 1;
  for (int i = 2; i < w.dim(); ++i) field *= w.size(i);
  return {w.size(1) * field, w.size(0) * field};
}

namespace {
double spread(double numerator, double fan) { return fan > 0 ? std::sqrt(numerator / fan) : 0; }
double both(const Tensor& w) { return static_cast<double>(fans(w).in + fans(w).out); }
double in(const Tensor& w, double slope) {
  return (1 + slope * slope) * static_cast<double>(fans(w).in);
}
}  // namespace

void xavier_uniform_(Tensor w, Generator& gen, double gain) {
  const double bound = gain * spread(6, both(w));
  uniform_(w, -bound, bound, gen);
}
void xavier_normal_(Tensor w, Generator& gen, double gain) {
  normal_(w, 0, gain * spread(2, both(w)), gen);
}
void kaiming_uniform_(Tensor w, Generator& gen, double slope) {
  const double bound = spread(6, in(w, slope));
  uniform_(w, -bound, bound, gen);
}
void kaiming_normal_(Tensor w, Generator& gen, double slope) {
  normal_(w, 0, spread(2, in(w, slope)), gen);
}

}  // namespace gradus
