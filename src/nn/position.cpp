// SPDX-License-Identifier: MIT
// Position codes.
#include "gradus/nn/position.h"

#include <bit>
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"

namespace gradus {

Tensor sinusoidal(const Tensor& times, int64_t d_model, double base) {
  if (d_model < 1) argument_error({"sinusoidal: d_model is ", d_model, "; expected 1 or more"});
  if (!(base > 0)) argument_error({"sinusoidal: base is ", base, "; expected more than 0"});
  const NoGrad no_grad;
  const int64_t pairs = (d_model + 1) / 2;
  const double rate = -2 * std::log(base) / static_cast<double>(d_model);
  const Tensor frequency = exp(mul(arange(0, static_cast<double>(pairs), 1, DType::f64), rate));
  const Tensor angle = mul(unsqueeze(times.detach().to(DType::f64), -1), frequency);
  const Tensor both = stack({sin(angle), cos(angle)}, -1);  // [..., pairs, 2]
  Shape shape = times.shape();
  shape.push_back(2 * pairs);
  const DType dtype = is_float(times.dtype()) ? times.dtype() : default_dtype();
  return narrow(reshape(both, shape), -1, 0, d_model).to(dtype);
}

Tensor sinusoidal(int64_t length, int64_t d_model, double base) {
  return sinusoidal(arange(0, static_cast<double>(length), 1, default_dtype()), d_model, base);
}

namespace {

// The number of steps in x, once its shape is known to fit.
int64_t checked_length(const char* layer, const Tensor& x, const PositionOptions& o,
                       int64_t first = 0) {
  if (x.dim() < 2 || x.size(-1) != o.d_model)
    argument_error({layer, ": x is ", x.str(), "; expected [..., T, ", o.d_model, "]"});
  if (first < 0 || first + x.size(-2) > o.max_len)
    argument_error({layer, ": x ", x.shape(), " has ", first + x.size(-2), " steps",
                    first ? " with those before it" : "", "; max_len is ", o.max_len});
  return x.size(-2);
}

}  // namespace

SinusoidalPosition::SinusoidalPosition(PositionOptions o) : options(o) {
  const Tensor steps = arange(0, static_cast<double>(o.max_len), 1, DType::f64);
  table_ = sinusoidal(steps, o.d_model);
}

Tensor SinusoidalPosition::operator()(const Tensor& x, int64_t first) const {
  const int64_t length = checked_length("SinusoidalPosition", x, options, first);
  return add(x, narrow(table_, 0, first, length).to(x.dtype()));
}

LearnedPosition::LearnedPosition(PositionOptions o, Generator& gen) : options(o) {
  weight = parameter({o.max_len, o.d_model});
  normal_(weight, 0, 0.02, gen);
}

Tensor LearnedPosition::operator()(const Tensor& x) const {
  return add(x, narrow(weight, 0, 0, checked_length("LearnedPosition", x, options)));
}

LearnedPosition LearnedPosition::clone() const {
  Generator unused;
  return cloned(LearnedPosition(options, unused), *this);
}

LearnedTime::LearnedTime(int64_t width, double base) : d_model(width) {
  if (width < 1) argument_error({"LearnedTime: d_model is ", width, "; expected 1 or more"});
  const int64_t pairs = (width + 1) / 2;
  const double rate = -2 * std::log(base) / static_cast<double>(width);
  const NoGrad no_grad;
  frequency = parameter({pairs});
  frequency.copy_(exp(mul(arange(0, static_cast<double>(pairs), 1, DType::f64), rate))
                      .to(frequency.dtype()));
}

Tensor LearnedTime::operator()(const Tensor& times) const {
  const Tensor angle = mul(unsqueeze(times.to(frequency.dtype()), -1), frequency);
  return narrow(cat({sin(angle), cos(angle)}, -1), -1, 0, d_model);
}

std::vector<double> alibi_slopes(int64_t heads) {
  if (heads < 1) argument_error({"alibi_slopes: heads is ", heads, "; expected 1 or more"});
  const auto power = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(heads)));
  std::vector<double> slopes;
  for (int64_t h = 1; h <= power; ++h)
    slopes.push_back(std::exp2(-8.0 * static_cast<double>(h) / static_cast<double>(power)));
  for (int64_t h = 1; power + (h + 1) / 2 <= heads; h += 2)
    slopes.push_back(std::exp2(-8.0 * static_cast<double>(h) / static_cast<double>(2 * power)));
  return slopes;
}

Tensor alibi_bias(int64_t heads, int64_t T, int64_t S, int64_t offset) {
  const std::vector<double> slopes = alibi_slopes(heads);
  if (T < 0 || S < 0) argument_error({"alibi_bias: T ", T, " and S ", S, "; expected 0 or more"});
  std::vector<double> all;
  for (double slope : slopes)
    for (int64_t i = 0; i < T; ++i)
      for (int64_t j = 0; j < S; ++j)
        all.push_back(-slope * std::abs(static_cast<double>(i + offset - j)) + 0.0);
  return tensor(all, {heads, T, S});
}

}  // namespace gradus
