// SPDX-License-Identifier: MIT
// Checkpoints: weights alone, or everything needed to resume a training run with identical bits.
// Next: train/trainer.h
#pragma once
#include <string>

#include "gradus/io/json.h"
#include "gradus/nn/module.h"
#include "gradus/optim/optimizer.h"

namespace gradus {

/// Saves the weights and buffers of a model by name, as in PyTorch; `about` goes into the metadata.
/// The file contains no time, path, thread count or run name.
void save_weights(const std::string& path, const Module& model,
                  const std::map<std::string, std::string>& about = {});
/// Loads safetensors or npz; widens f16 and bf16, rounds f64 for an f32 model. Throws
/// std::runtime_error, changing nothing, that names every tensor missing, unexpected or of a wrong
/// shape.
void load_weights(const std::string& path, Module& model);

/// A checkpoint file: "model.NAME", "optimizer.NAME.exp_avg", ..., the state of the random
/// generator and of the trainer. The format is versioned; older versions stay readable.
/// format 1: metadata "gradus.checkpoint" = {"format": 1, "generator": [seed, stream, number],
/// "blas": core, "state": {...}}.
inline constexpr int64_t checkpoint_format = 1;

void save_checkpoint(const std::string& path, const Module& model, const Optimizer& optimizer,
                     const Json& state);

struct Restored {
  Json state;
  std::string note;  // "" or why bits may differ from the earlier run: another BLAS core
};
/// Restores the model, the optimiser and default_generator(). If parts are missing or do not match,
/// throws std::runtime_error, changing nothing, that names the file and all such parts.
Restored load_checkpoint(const std::string& path, Module& model, Optimizer& optimizer);

}  // namespace gradus
