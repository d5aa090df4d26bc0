// SPDX-License-Identifier: MIT
// What the trainer does about a fault of the model: parameters without a gradient, and values that
// are not finite.
#include <algorithm>
#include <stdexcept>

#include "gradus/train/capsule.h"
#include "gradus/train/flow.h"
#include "gradus/train/trainer.h"

namespace gradus {

// After the first backward. Only if a parameter has no gradient, runs the batch again with a
// recorder.
void Trainer::check_flow(int64_t batch) {
  flow_checked_ = true;
  const bool all = std::all_of(parameters_.begin(), parameters_.end(), [](const NamedTensor& p) {
    return !p.tensor.requires_grad() || p.tensor.grad().defined();
  });
  if (all || options_.allow_unused) return;
  default_generator().restore(place_);
  const FlowAudit audit = flow_audit([&] { return task_.loss(batch).loss; }, task_.model());
  throw std::runtime_error(
      text({"before the first step: ", audit.line(), "\n", audit.reasons(Flow::not_reached),
            "These parameters would never be trained. Freeze them with requires_grad_(false), or ",
            "allow it: --allow-unused (TrainerOptions::allow_unused)"}));
}

// Runs the batch again with a recorder, to find the op at which values stop being finite.
void Trainer::stop_at_nan(int64_t batch, const std::string& message) {
  default_generator().restore(place_);
  const std::optional<NanOrigin> origin = nan_origin([&] { return task_.loss(batch).loss; });
  if (!origin)
    throw std::runtime_error(message + "\nThe same batch, run again, gives only finite values");
  std::string words = message + "\n" + origin->str();
  if (const std::optional<Capsule> capsule = run_ ? capsule_of(*origin) : std::nullopt) {
    const std::string file = run_->file("nan-capsule.safetensors");
    save_capsule(file, *capsule);
    words += text({"saved in ", file, "; gradus replay runs this op alone"});
  } else {
    words += run_ && !origin->op.empty()
                 ? text({"no capsule was saved: it cannot store ", origin->op, " as it ran here"})
                 : "";
  }
  while (words.back() == '\n') words.pop_back();
  throw std::runtime_error(words);
}

}  // namespace gradus
