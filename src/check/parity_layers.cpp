// SPDX-License-Identifier: MIT
// Parity targets: layers with parameters, except attention and recurrent layers.
#include "check/parity_call.h"
#include "gradus/nn/basic.h"
#include "gradus/nn/conv.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/view.h"

namespace gradus::check {
namespace {

using List = std::vector<Tensor>;

List linear_layer(Call& c) {
  c.config.ignore({"device", "dtype"});
  Linear layer({c.config.integer("in_features"), c.config.integer("out_features"),
                c.config.flag("bias", true)});
  c.load(layer);
  return {layer(c.in("input"))};
}

// In PyTorch the row of padding_idx may be nonzero: its layer only stops the gradient there.
List embedding_layer(Call& c) {
  c.config.only("max_norm", {});
  c.config.ignore({"norm_type", "sparse"});
  c.config.only("scale_grad_by_freq", false);
  EmbeddingOptions o{.num_embeddings = c.config.integer("num_embeddings"),
                     .embedding_dim = c.config.integer("embedding_dim")};
  if (c.config.has("padding_idx")) o.padding_idx = c.config.integer("padding_idx");
  if (o.padding_idx && *o.padding_idx < 0) *o.padding_idx += o.num_embeddings;
  Embedding layer(o);
  c.load(layer);
  const Tensor ids = c.in("input");
  if (!o.padding_idx) return {layer(ids)};
  double largest = 0;
  for (double v : select(layer.weight.detach(), 0, *o.padding_idx).to_vector<double>())
    largest = std::max(largest, std::abs(v));
  if (largest == 0) return {layer(ids)};
  return {embedding(ids, stopped_row(layer.weight, *o.padding_idx))};
}

List layer_norm_layer(Call& c) {
  LayerNorm layer({.normalized_shape = c.config.shape("normalized_shape"),
                   .eps = c.config.number("eps", 1e-5),
                   .elementwise_affine = c.config.flag("elementwise_affine", true),
                   .bias = c.config.flag("bias", true)});
  c.load(layer);
  return {layer(c.in("input"))};
}

List rms_norm_layer(Call& c) {
  RMSNormOptions o{.normalized_shape = c.config.shape("normalized_shape")};
  o.elementwise_affine = c.config.flag("elementwise_affine", true);
  if (c.config.has("eps")) o.eps = c.config.number("eps");
  RMSNorm layer(o);
  c.load(layer);
  return {layer(c.in(c.has("x") ? "x" : "input"))};
}

List conv_layer(Call& c) {
  c.config.only("padding_mode", "zeros");
  Conv1dLayerOptions o{.in_channels = c.config.integer("in_channels"),
                       .out_channels = c.config.integer("out_channels"),
                       .kernel_size = c.config.single("kernel_size", 1),
                       .stride = c.config.single("stride", 1),
                       .dilation = c.config.single("dilation", 1),
                       .groups = c.config.integer("groups", 1),
                       .bias = c.config.flag("bias", true)};
  o.padding = c.config.padding(o.kernel_size, o.dilation);
  Conv1d layer(o);
  c.load(layer);
  const Tensor x = c.in("input");
  return {x.dim() == 2 ? squeeze(layer(unsqueeze(x, 0)), 0) : layer(x)};
}

}  // namespace

Targets layer_targets() {
  return {{"torch.nn.Linear", linear_layer},
          {"torch.nn.Embedding", embedding_layer},
          {"torch.nn.LayerNorm", layer_norm_layer},
          {"torch.nn.RMSNorm", rms_norm_layer},
          {"torch.nn.Conv1d", conv_layer}};
}

}  // namespace gradus::check
