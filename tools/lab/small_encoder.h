// SPDX-License-Identifier: MIT
// An encoder over tokens with an output for each place, for pages that train one.
#pragma once
#include "gradus/nn/position.h"
#include "gradus/nn/transformer.h"

namespace gradus::tools {

/// ids [B, T] -> head(encoder(embed(ids) + position)): [B, T, outputs].
struct SmallEncoder : Module {
  SmallEncoder(int64_t tokens, int64_t outputs, const TransformerStackOptions& o, Generator& gen)
      : embed({tokens, o.layer.d_model}, gen),
        position({.d_model = o.layer.d_model}),
        encoder(o, gen),
        head({o.layer.d_model, outputs}, gen) {}
  Tensor operator()(const Tensor& ids) const { return head(encoder(position(embed(ids)))); }
  void visit(Visitor& v) override {
    v("embed", embed);
    v("position", position);
    v("encoder", encoder);
    v("head", head);
  }
  Embedding embed;
  SinusoidalPosition position;
  TransformerEncoder encoder;
  Linear head;
};

}  // namespace gradus::tools
