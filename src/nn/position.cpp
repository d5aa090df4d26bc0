// SPDX-License-Identifier: MIT
// Position encodings.
#include "gradus/nn/position.h"

#include <bit>
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/embedding.h"
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

Tensor sinusoidal_shift(double k, int64_t d_model, double base) {
  if (d_model % 2 != 0)
    argument_error({"sinusoidal_shift: d_model ", d_model, " is odd: its last sine has no cosine"});
  const std::vector<double> angles =
      sinusoidal(full({1}, k, DType::f64), d_model, base).to_vector<double>();
  const auto width = static_cast<size_t>(d_model);
  std::vector<double> rows(width * width);
  for (size_t i = 0; i < width; i += 2) {
    const double s = angles[i], c = angles[i + 1];
    rows[i * width + i] = c;  // sin(a + b) = cos(b) sin(a) + ...
    rows[i * width + i + 1] = s;
    rows[(i + 1) * width + i] = -s, rows[(i + 1) * width + i + 1] = c;
  }
  return tensor(rows, {d_model, d_model}, DType::f64);
}

Tensor sinusoidal(int64_t length, int64_t d_model, double base) {
  return sinusoidal(arange(0, static_cast<double>(length), 1, default_dtype()), d_model, base);
}

namespace {

// Checks the shape of x and returns its number of steps.
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
  weight = parameter({o.max_len, o.d_model}, "LearnedPosition.weight");
  normal_(weight, 0, 0.02, gen);
}

Tensor LearnedPosition::operator()(const Tensor& x) const {
  return add(x, narrow(weight, 0, 0, checked_length("LearnedPosition", x, options)));
}

LearnedTime::LearnedTime(int64_t width, double base) : d_model(width) {
  if (width < 1) argument_error({"LearnedTime: d_model is ", width, "; expected 1 or more"});
  const int64_t pairs = (width + 1) / 2;
  const double rate = -2 * std::log(base) / static_cast<double>(width);
  const NoGrad no_grad;
  frequency = parameter({pairs}, "LearnedTime.frequency");
  if (ShapesOnly::active()) return;
  frequency.copy_(
      exp(mul(arange(0, static_cast<double>(pairs), 1, DType::f64), rate)).to(frequency.dtype()));
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

RelativeBias::RelativeBias(const RelativeBiasOptions& o, int64_t heads) : options(o) {
  using Kind = RelativeBiasOptions::Kind;
  const int64_t near = o.num_buckets / (o.bidirectional ? 4 : 2);
  if (heads < 1 || o.max_distance < 1 || (o.kind == Kind::buckets && near < 1))
    argument_error({"RelativeBias: heads ", heads, ", max_distance ", o.max_distance,
                    ", num_buckets ", o.num_buckets, "; expected 1 or more, and 2 buckets or 4"});
  if (o.kind == Kind::buckets && o.max_distance <= near)
    argument_error({"RelativeBias: ", o.num_buckets, " buckets distinguish ", near,
                    " near distances; max_distance ", o.max_distance, " must be larger"});
  zeros_(weight = parameter({buckets(), heads}, "RelativeBias.weight"));
}

int64_t RelativeBias::buckets() const {
  if (options.kind == RelativeBiasOptions::Kind::buckets) return options.num_buckets;
  return (options.bidirectional ? 2 : 1) * options.max_distance + 1;
}

int64_t RelativeBias::bucket(int64_t distance) const {
  const auto& [kind, all, most, both] = options;
  const int64_t away = both ? std::abs(distance) : std::max<int64_t>(0, -distance);
  if (kind == RelativeBiasOptions::Kind::clipped)
    return both && distance > 0 ? most + std::min(away, most) : most - std::min(away, most);
  const int64_t side = both ? all / 2 : all, near = side / 2;
  const int64_t first = both && distance > 0 ? side : 0;
  if (away < near) return first + away;
  const double share = std::log(static_cast<double>(away) / static_cast<double>(near)) /
                       std::log(static_cast<double>(most) / static_cast<double>(near));
  const auto far = near + static_cast<int64_t>(share * static_cast<double>(side - near));
  return first + std::min(far, side - 1);
}

Tensor RelativeBias::operator()(int64_t T, int64_t S, int64_t offset) const {
  std::vector<double> by_distance, ids;  // starting with key 0 of the last query
  for (int64_t d = 1 - T - offset; d < S - offset; ++d)
    by_distance.push_back(static_cast<double>(bucket(d)));
  ids.reserve(static_cast<size_t>(T * S));
  for (int64_t i = 0; i < T; ++i) {
    const auto row = by_distance.begin() + static_cast<std::ptrdiff_t>(T - 1 - i);
    ids.insert(ids.end(), row, row + static_cast<std::ptrdiff_t>(S));
  }
  return permute(embedding(tensor(ids, {T, S}, DType::i64), weight), {2, 0, 1});
}

}  // namespace gradus
