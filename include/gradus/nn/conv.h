// SPDX-License-Identifier: MIT
// The convolution layer and the temporal convolutional network.
// Next: nn/recurrent.h
#pragma once
#include <optional>

#include "gradus/nn/basic.h"
#include "gradus/ops/conv.h"

namespace gradus {

struct Conv1dLayerOptions {
  int64_t in_channels = 0, out_channels = 0, kernel_size = 0;
  int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
  bool bias = true;
  bool causal = false;       // see ops/conv.h
  bool weight_norm = false;  // weight = g v / |v|, a norm and a direction for each output channel
};

/// x: [B, in_channels, T] -> y: [B, out_channels, L].  Keys: weight [O, I / groups, K], bias [O];
/// with weight_norm weight_g [O, 1, 1] and weight_v instead of weight, as in torch's weight_norm.
/// Initial values: uniform within 1 / sqrt(I K / groups), g the initial norms of v.
/// Source: weight normalisation: Salimans, Kingma 2016.
struct Conv1d : Module {
  explicit Conv1d(Conv1dLayerOptions options, Generator& gen = default_generator());
  template <std::integral... N>
  requires sizes_belong_in_braces<N...> Conv1d(N...);
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override;
  Conv1d clone() const { return cloned(*this); }

  Conv1dLayerOptions options;
  Tensor weight, weight_g, weight_v, bias;
};

struct TCNOptions {
  int64_t input_size = 0;
  std::vector<int64_t> num_channels{};  // channels of each block; block i has dilation 2^i
  int64_t kernel_size = 3;
  double dropout = 0.2;
};

/// relu(x + h), h = two causal dilated convolutions with weight normalisation, each followed by
/// relu and dropout; x passes through a convolution of width 1 if the number of channels changes.
struct TemporalBlock : Module {
  TemporalBlock(int64_t in, int64_t out, int64_t kernel_size, int64_t dilation, double dropout,
                Generator& gen = default_generator());
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override;

  Conv1d conv1, conv2;
  Dropout dropout;
  std::optional<Conv1d> downsample;
};

/// A stack of blocks. x: [B, T, input_size] -> y: [B, T, last of num_channels]; output t depends on
/// steps t - receptive_field() + 1 .. t, so padding at the end does not affect earlier outputs.
/// Keys: network.0.conv1.weight_g, ..., network.0.downsample.weight, ...
/// Source: Bai, Kolter, Koltun 2018.
struct TCN : Module {
  explicit TCN(TCNOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& x) const;
  /// 1 + 2 (K - 1) (1 + 2 + 4 + ...)
  int64_t receptive_field() const;
  void visit(Visitor& v) override { v("network", network); }
  TCN clone() const { return cloned(*this); }

  TCNOptions options;
  std::vector<TemporalBlock> network;
};

}  // namespace gradus
