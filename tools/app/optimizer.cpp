// SPDX-License-Identifier: MIT
// From settings to an optimiser.
#include "tools/app/optimizer.h"

#include "gradus/optim/muon.h"
#include "gradus/optim/rmsprop.h"
#include "gradus/optim/sgd.h"

namespace gradus::tools {
namespace {

// Output layers of our models, by name: with Muon, AdamW trains them.
const std::vector<std::string> output_layers = {
    "head", "skip", "summary", "lm_head", "classifier", "decoder.fc_out", "generator"};

std::unique_ptr<Optimizer> muon_of(const TrainSettings& s, Module& model) {
  const MuonOptions muon{.lr = s.matrix_lr, .weight_decay = s.weight_decay};
  MuonOptions stacked = muon;
  stacked.parts = 3;
  const MuonParameters parameters = muon_parameters(model, output_layers);
  const AdamOptions adam{.lr = s.lr, .beta2 = s.beta2};
  return std::make_unique<Muon>(
      std::vector<Group<MuonOptions>>{{parameters.matrices, muon}, {parameters.stacked, stacked}},
      std::vector<Group<AdamOptions>>{{parameters.others, adam}});
}

}  // namespace

std::unique_ptr<Optimizer> optimizer_of(const TrainSettings& s, Module& model) {
  const std::vector<NamedTensor> all = model.named_parameters();
  const AdamOptions adam{.lr = s.lr, .beta2 = s.beta2, .weight_decay = s.weight_decay};
  switch (s.optimizer) {
    case OptimizerKind::adamw: break;
    case OptimizerKind::adam: return std::make_unique<Adam>(all, adam);
    case OptimizerKind::sgd:
      return std::make_unique<Sgd>(
          all, SgdOptions{.lr = s.lr, .momentum = 0.9, .weight_decay = s.weight_decay});
    case OptimizerKind::rmsprop:
      return std::make_unique<RMSprop>(all,
                                       RMSpropOptions{.lr = s.lr, .weight_decay = s.weight_decay});
    case OptimizerKind::adagrad:
      return std::make_unique<Adagrad>(all,
                                       AdagradOptions{.lr = s.lr, .weight_decay = s.weight_decay});
    case OptimizerKind::muon: return muon_of(s, model);
  }
  return std::make_unique<AdamW>(all, adam);
}

void check_optimizer(const TaskRun& t) {
  const OptimizerKind kind = t.common.optimizer;
  const auto only = [&](const char* key, bool used, const char* by) {
    const Setting& s = t.settings.at(key);
    if (!used && s.origin == Origin::flag)
      usage_error({s.option(), " is for --optimizer ", by, ", not for ",
                   std::get<NamedValue>(t.settings.at("optimizer").value).word()});
  };
  const bool adam = kind == OptimizerKind::adamw || kind == OptimizerKind::adam;
  only("matrix_lr", kind == OptimizerKind::muon, "muon");
  only("beta2", adam || kind == OptimizerKind::muon, "adamw, adam or muon");
}

}  // namespace gradus::tools
