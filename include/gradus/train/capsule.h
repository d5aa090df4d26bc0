// SPDX-License-Identifier: MIT
// Capsules: one op that made a NaN or an infinity, alone in a file, to be run again anywhere. A
// test can keep such a file until the op is fixed.
// Next: train/leak.h
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "gradus/io/json.h"
#include "gradus/train/nan_origin.h"

namespace gradus {

struct Capsule {
  std::string op;  // the rule's name
  bool backward = false;
  std::string place;    // where it is in the model
  std::string version;  // of gradus
  Json options{};       // options of the public function: {"axis": 2}
  Tensor mask{};        // of attention and masked_softmax, boolean; undefined: none
  std::vector<Tensor> inputs{}, outputs{};
  std::vector<Tensor> dy{}, grads{};  // of a backward; undefined for inputs without a gradient
};

/// The call of the public function that repeats an origin. A rule's options are private to its
/// page, so they are found by trial: the usual values, those that the tensors suggest, and for a
/// mask by probing with Node::again(). The call is accepted only if it reproduces the recorded
/// outputs (and gradients): the same elements not finite, the others the same bits; under a mask
/// that was probed, which another loop of the kernel runs, equal to 1e-5 (f32) or 1e-12 (f64).
/// None for ops that have no such call: recurrent layers, convolution, linear_attention, rope,
/// embedding, dropout (also within attention), and rules of your own.
std::optional<Capsule> capsule_of(const NanOrigin& origin);

/// safetensors: input.0, output.0, dy.0, grad.0, mask, and the rest as JSON in "gradus.capsule".
/// Reading throws std::runtime_error, naming the file, for anything else.
void save_capsule(const std::string& path, const Capsule& capsule);
Capsule load_capsule(const std::string& path);

struct Replayed {
  bool still = false;  // it still makes values that are not finite
  std::vector<Tensor> outputs{}, grads{};
};
/// Runs the op again, and its backward if the capsule is one of a backward.
Replayed replay(const Capsule& capsule);

}  // namespace gradus
