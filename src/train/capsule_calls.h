// SPDX-License-Identifier: MIT
// The ops that a capsule can store: their public functions by name, with options as JSON.
#pragma once
#include <string>
#include <vector>

#include "gradus/io/json.h"
#include "gradus/train/nan_origin.h"

namespace gradus {

/// Options of a call; the mask of attention is a tensor.
struct CallOptions {
  Json values = Json::object();
  Tensor mask{};
};

/// The options to try for an op that ran; empty if no capsule can store it.
std::vector<CallOptions> options_to_try(const NanOrigin& origin);

/// Calls the op. Throws std::runtime_error for an op that no capsule can store, and what the public
/// function throws.
Tensor call_op(const std::string& op, const CallOptions& options, const std::vector<Tensor>& in);

/// The mask under which an attention ran, as allowed [B, H, T, S], found by running the rule with
/// equal scores and single values; undefined if the shapes are not those of heads.
Tensor probed_mask(const NanOrigin& origin);

}  // namespace gradus
