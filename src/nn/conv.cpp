// SPDX-License-Identifier: MIT
// One-dimensional convolutional layers.
#include "gradus/nn/conv.h"

#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus {
namespace {

// The norm of each output channel's direction, [O, 1, 1].
Tensor lengths_of(const Tensor& v) { return sqrt(sum(mul(v, v), {1, 2}, true)); }

}  // namespace

Conv1d::Conv1d(Conv1dLayerOptions o, Generator& gen) : options(o) {
  if (o.in_channels < 1 || o.out_channels < 1 || o.kernel_size < 1 || o.groups < 1 ||
      o.in_channels % o.groups != 0 || o.out_channels % o.groups != 0)
    argument_error({"Conv1d: in_channels ", o.in_channels, ", out_channels ", o.out_channels,
                    ", kernel_size ", o.kernel_size, ", groups ", o.groups,
                    "; expected 1 or more, and groups that divide the channels"});
  const int64_t in = o.in_channels / o.groups;
  const double bound = 1 / std::sqrt(static_cast<double>(in * o.kernel_size));
  Tensor& w = o.weight_norm ? weight_v : weight;
  uniform_(w = parameter({o.out_channels, in, o.kernel_size}, "Conv1d.weight"), -bound, bound, gen);
  if (o.weight_norm) {
    const NoGrad no_grad;
    weight_g = parameter({o.out_channels, 1, 1}, "Conv1d.weight_g");
    if (!ShapesOnly::active()) weight_g.copy_(lengths_of(weight_v));
  }
  if (o.bias) uniform_(bias = parameter({o.out_channels}, "Conv1d.bias"), -bound, bound, gen);
}

Tensor Conv1d::operator()(const Tensor& x) const {
  const Conv1dOptions o{options.stride, options.padding, options.dilation, options.groups,
                        options.causal};
  if (!options.weight_norm) return conv1d(x, weight, bias, o);
  return conv1d(x, mul(weight_v, div(weight_g, lengths_of(weight_v))), bias, o);
}

void Conv1d::visit(Visitor& v) {
  v("weight", weight);
  v("weight_g", weight_g);
  v("weight_v", weight_v);
  v("bias", bias);
}

namespace {

Conv1dLayerOptions causal_layer(int64_t in, int64_t out, int64_t width, int64_t dilation) {
  return {.in_channels = in,
          .out_channels = out,
          .kernel_size = width,
          .dilation = dilation,
          .causal = true,
          .weight_norm = true};
}

}  // namespace

TemporalBlock::TemporalBlock(int64_t in, int64_t out, int64_t kernel_size, int64_t dilation,
                             double p, Generator& gen)
    : conv1(causal_layer(in, out, kernel_size, dilation), gen),
      conv2(causal_layer(out, out, kernel_size, dilation), gen),
      dropout(p) {
  if (in != out)
    downsample.emplace(Conv1dLayerOptions{.in_channels = in, .out_channels = out, .kernel_size = 1},
                       gen);
}

Tensor TemporalBlock::operator()(const Tensor& x) const {
  const Tensor h = dropout(relu(conv2(dropout(relu(conv1(x))))));
  return relu(add(h, downsample ? (*downsample)(x) : x));
}

void TemporalBlock::visit(Visitor& v) {
  v("conv1", conv1);
  v("conv2", conv2);
  v("dropout", dropout);
  if (downsample) v("downsample", *downsample);
}

TCN::TCN(TCNOptions o, Generator& gen) : options(o) {
  if (o.num_channels.empty())
    argument_error({"TCN: num_channels is empty; expected the channels of each block"});
  if (o.num_channels.size() > 40)
    argument_error({"TCN: ", o.num_channels.size(), " blocks; expected at most 40"});
  int64_t in = o.input_size;
  for (size_t i = 0; i < o.num_channels.size(); ++i) {
    network.emplace_back(in, o.num_channels[i], o.kernel_size, int64_t{1} << i, o.dropout, gen);
    in = o.num_channels[i];
  }
}

Tensor TCN::operator()(const Tensor& x) const {
  if (!x.defined() || x.dim() != 3 || x.size(2) != options.input_size)
    argument_error({"TCN: x is ", x.str(), "; expected [B, T, ", options.input_size, "]"});
  Tensor y = transpose(x, 1, 2);
  for (const TemporalBlock& block : network) y = block(y);
  return transpose(y, 1, 2);
}

int64_t TCN::receptive_field() const {
  return 1 + 2 * (options.kernel_size - 1) * ((int64_t{1} << network.size()) - 1);
}

}  // namespace gradus
