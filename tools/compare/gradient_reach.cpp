// SPDX-License-Identifier: MIT
// Builds an untrained model, and measures the gradient of its last output at each input.
#include "tools/compare/gradient_reach.h"

#include "gradus/autograd/autograd.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tools/bench/bench.h"

namespace gradus::tools {
namespace {

constexpr int64_t features = 4;

SeriesEncoderOptions encoder_options(const ReachOptions& r) {
  SeriesEncoderOptions o{.features = features,
                         .model = r.model,
                         .d_model = r.width,
                         .nhead = r.width % 4 == 0 ? 4 : 1,
                         .layers = 1,
                         .dim_feedforward = 2 * r.width,
                         .dropout = 0,
                         .causal = r.model == SeriesModel::transformer};
  if (r.model == SeriesModel::tcn) o.layers = tcn_layers(r.longest + 1);
  return o;
}

// The gates of an LSTM are i, f, g, o.
void set_forget_bias(SeriesEncoder& encoder, int64_t width, double bias) {
  const NoGrad no_grad;
  for (const NamedTensor& p : encoder.named_parameters()) {
    if (p.name == "rnn.bias_ih_l0") narrow(p.tensor, 0, width, width).fill_(bias);
    if (p.name == "rnn.bias_hh_l0") narrow(p.tensor, 0, width, width).fill_(0);
  }
}

}  // namespace

std::vector<double> gradient_reach(const ReachOptions& options, uint64_t seed) {
  const DefaultDType wide(DType::f64);
  Generator gen(seed, 0x6Dull << 32);
  const int64_t steps = options.longest + 1, count = options.samples;
  SeriesEncoder encoder(encoder_options(options), gen);
  if (options.forget_bias && options.model == SeriesModel::lstm)
    set_forget_bias(encoder, options.width, *options.forget_bias);
  encoder.eval();
  Tensor x = randn({count, steps, features}, gen, DType::f64);
  x.requires_grad_();
  Tensor times = zeros({count, steps}, DType::f64);
  for (int64_t i = 0; i < count * steps; ++i)
    times.mutable_data<double>()[i] = static_cast<double>(i % steps);
  const Tensor y = encoder(x, times, std::vector<int64_t>(static_cast<size_t>(count), steps));
  const Tensor u = randn({count, options.width}, gen, DType::f64);
  const Tensor last = select(y, 1, steps - 1);
  const Tensor length = sqrt(sum(u * u, {1}, true));
  sum(last * div(u, length)).backward();
  const std::vector<double> g = sqrt(sum(x.grad() * x.grad(), {2})).to_vector<double>();
  std::vector<double> by_distance;
  for (int64_t d = 0; d < steps; ++d) {
    std::vector<double> all;
    for (int64_t b = 0; b < count; ++b)
      all.push_back(g[static_cast<size_t>(b * steps + steps - 1 - d)]);
    by_distance.push_back(median(std::move(all)));
  }
  return by_distance;
}

}  // namespace gradus::tools
