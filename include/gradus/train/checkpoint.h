// SPDX-License-Identifier: MIT
// Checkpoints: weights alone, and all that a training needs to go on bit for bit.
// Next: train/trainer.h
#pragma once
#include <string>

#include "gradus/io/json.h"
#include "gradus/nn/module.h"
#include "gradus/optim/optimizer.h"

namespace gradus {

/// The weights and buffers of a model by their names, as PyTorch's; `about` goes into the
/// metadata. The file holds no clock, path, thread count or name of a run.
void save_weights(const std::string& path, const Module& model,
                  const std::map<std::string, std::string>& about = {});
/// From safetensors or npz; f16 and bf16 are widened, f64 rounded for an f32 model. Throws
/// std::runtime_error, naming every missing, unexpected or misshapen tensor, and changes nothing.
void load_weights(const std::string& path, Module& model);

/// A checkpoint file: "model.NAME", "optimizer.NAME.exp_avg", ..., the random numbers' place, and
/// the trainer's own state. The format has a number of its own; older ones are read for ever.
/// format 1: metadata "gradus.checkpoint" = {"format": 1, "generator": [seed, stream, number],
/// "blas": core, "state": {...}}.
inline constexpr int64_t checkpoint_format = 1;

void save_checkpoint(const std::string& path, const Module& model, const Optimizer& optimizer,
                     const Json& state);

struct Restored {
  Json state;
  std::string note;  // "" or why bits may differ from the run before: another BLAS core
};
/// Sets the model, the optimiser and default_generator() to where they were. A part that is
/// missing or does not fit throws std::runtime_error that names the file and all such parts, and
/// nothing has changed.
Restored load_checkpoint(const std::string& path, Module& model, Optimizer& optimizer);

}  // namespace gradus
