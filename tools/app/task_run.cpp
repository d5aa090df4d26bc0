// SPDX-License-Identifier: MIT
// The settings shared by all tasks.
#include "tools/app/task_run.h"

#include <cmath>

#include "gradus/optim/schedule.h"
#include "tools/app/optimizer.h"

namespace gradus::tools {
namespace {

constexpr Words<OptimizerKind, 8> optimizers = {{{"adamw", OptimizerKind::adamw},
                                                 {"adam", OptimizerKind::adam},
                                                 {"sgd", OptimizerKind::sgd},
                                                 {"rmsprop", OptimizerKind::rmsprop},
                                                 {"adagrad", OptimizerKind::adagrad},
                                                 {"lion", OptimizerKind::lion},
                                                 {"muon", OptimizerKind::muon},
                                                 {"adafactor", OptimizerKind::adafactor}}};
constexpr Words<RateCurve, 4> rate_curves = {{{"cosine", RateCurve::cosine},
                                              {"linear", RateCurve::linear},
                                              {"constant", RateCurve::constant},
                                              {"noam", RateCurve::noam}}};

void list_optimizer(Settings& s, TrainSettings& t) {
  s.choice("optimizer", t.optimizer, optimizers,
           "muon: matrices of hidden layers by Muon, all else by AdamW");
  s.value("lr", t.lr, "peak learning rate", 0, 1000);
  s.value("matrix_lr", t.matrix_lr, "peak learning rate of the matrices with --optimizer muon", 0,
          1000);
  s.value("beta2", t.beta2,
          "decay of the mean square of gradients with adamw, adam, and muon for all but matrices",
          0, 1);
  s.value("freeze", t.freeze,
          "do not train parameters whose names fit these patterns, with commas between: "
          "'encoder.layers.0.*,*.bias'")
      .former = Json("");
  s.value("layer_decay", t.layer_decay,
          "factor on the learning rate for each layer below the last one; embeddings count as the "
          "layer below the first",
          1e-6, 1)
      .former = Json(1.0);
  s.choice(
      "schedule", t.schedule, rate_curves,
      "learning rate after the warm-up: cosine and linear fall to 0, noam falls as 1 / sqrt(step)");
  s.value("warmup", t.warmup, "share of the steps with a rising learning rate", 0, 1);
  s.value("weight_decay", t.weight_decay,
          "weight decay; added to the gradient with adam, sgd, rmsprop and adagrad, else decoupled "
          "from it; with muon for the matrices only",
          0, 1000);
}

}  // namespace

void TrainSettings::list(Settings& s) {
  constexpr int64_t many = 1000000;
  s.value("epochs", epochs,
          by_data ? "passes over the training data; 0: chosen for the data"
                  : "passes over the training data",
          by_data ? 0 : 1, many);
  s.value("steps", steps, "stop after this many steps; 0: no limit", 0, many * many);
  s.value("batch_size", batch_size, "samples per step", 1, many);
  list_optimizer(s, *this);
  s.value("clip_norm", clip_norm, "clip gradients to this norm; 0: never", 0, 1e30);
  s.value("patience", patience,
          by_data ? "stop after this many epochs without improvement; 0: never; -1: a third of all "
                    "epochs if there is validation"
                  : "stop after this many epochs without improvement; 0: never",
          by_data ? -1 : 0, many);
  s.value("seed", seed, "seed of initial weights, sample order and dropout", 0);
  s.value("d_model", d_model, "width of the model", 1, 65536);
  s.value("nhead", nhead, "attention heads; must divide the width", 1, 1024);
  s.value("layers", layers, "transformer layers (in each stack)", 0, 1024);
  s.value("dim_feedforward", dim_feedforward,
          "hidden width of feed-forward layers; 0: four times d_model", 0, 1 << 20);
  s.value("dropout", dropout, "share of activations set to zero in training", 0, 1);
  s.flag("norm_first", norm_first, "normalise before each part of a layer instead of after");
  s.choice("activation", activation, activations, "activation of feed-forward layers");
  s.value("save_every", save_every, "also save a checkpoint every N steps; 0: no", 0).may_change =
      true;
  s.value("threads", threads, "number of threads; 0: all processors", 0, 1024).may_change = true;
  s.flag("quiet", quiet, "no progress on stderr").may_change = true;
  s.flag("verbose", verbose, "list all parameters with their shapes").may_change = true;
}

Schedule TrainSettings::rates(int64_t total) const {
  const auto rise = static_cast<int64_t>(std::floor(static_cast<double>(total) * warmup + 1e-9));
  switch (schedule) {
    case RateCurve::noam: return inverse_sqrt_lr(std::max<int64_t>(rise, 1));
    case RateCurve::cosine: return cosine_with_warmup_lr(rise, total);
    case RateCurve::linear: return linear_with_warmup_lr(rise, total);
    case RateCurve::constant: break;
  }
  return warmup_lr(rise, constant_lr());
}

void TaskRun::check() {
  check_optimizer(*this);
  const Origin by_epochs = settings.at("epochs").origin, by_steps = settings.at("steps").origin;
  if (common.steps > 0 && by_epochs == Origin::flag && by_steps == Origin::flag)
    usage_error({"--epochs and --steps both set the length; give one of them"});
  if (by_epochs > by_steps) common.steps = 0;
  if (common.d_model % common.nhead != 0)
    usage_error(
        {"--d-model ", common.d_model, " does not divide into ", common.nhead, " heads (--nhead)"});
}

}  // namespace gradus::tools
