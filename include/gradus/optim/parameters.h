// SPDX-License-Identifier: MIT
// Which parameters of a model are trained, and how fast each layer is.
// Next: optim/clip.h
#pragma once
#include <string>
#include <vector>

#include "gradus/nn/module.h"

namespace gradus {

/// Whether `name` fits `pattern`, in which * stands for any characters, dots included, and ? for
/// one.
bool name_fits(const std::string& pattern, const std::string& name);

/// Freezes the parameters whose names fit one of the patterns, so that they get no gradient and no
/// optimiser changes them. Returns how many. Throws std::invalid_argument, changing nothing, with
/// the names of the parameters, for a pattern that fits none, and if nothing is left to train.
size_t freeze(Module& model, const std::vector<std::string>& patterns);

/// The parameters that share a factor on the learning rate.
struct RateGroup {
  double factor = 1;
  std::vector<NamedTensor> parameters{};
};

/// Rates for fine-tuning: parameters of layer k of L, k = 1 .. L, get decay^(L - k). The layer is
/// the number in a name like "encoder.layers.3.linear1.weight" (counted from 0; also "layer.3."),
/// and each stack of layers has an L of its own. Tables of embeddings and positions, and what the
/// model lists before its first layer, count as layer 0 of its deepest stack; all else, such as
/// heads and last norms, keeps the full rate. The largest factor comes first.
/// Throws std::invalid_argument for a decay that is not above 0 and at most 1, and, unless it is 1,
/// for a model without such names.
/// Source: Howard, Ruder 2018, "Universal Language Model Fine-tuning for Text Classification", 3.2;
/// Clark et al. 2020, "ELECTRA".
std::vector<RateGroup> layer_rates(Module& model, double decay);

}  // namespace gradus
