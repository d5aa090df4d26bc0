// SPDX-License-Identifier: MIT
// From settings to an optimiser.
#include "tools/app/optimizer.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "gradus/optim/adafactor.h"
#include "gradus/optim/lion.h"
#include "gradus/optim/muon.h"
#include "gradus/optim/rmsprop.h"
#include "gradus/optim/sgd.h"

namespace gradus::tools {
namespace {

// Output layers of our models, by name: with Muon, AdamW trains them.
const std::vector<std::string> output_layers = {
    "head", "skip", "summary", "lm_head", "classifier", "decoder.fc_out", "generator"};

// One group for each factor on the rate, with the options of `base`.
template <class Options>
std::vector<Group<Options>> groups_of(const std::vector<RateGroup>& rates, const Options& base) {
  std::vector<Group<Options>> groups;
  for (const RateGroup& r : rates)
    groups.push_back({r.parameters, with_rate(base, base.lr * r.factor)});
  return groups;
}

// The parameters of `rates` that are also in `chosen`.
std::vector<RateGroup> among(const std::vector<RateGroup>& rates,
                             const std::vector<NamedTensor>& chosen) {
  std::set<std::string> names;
  for (const NamedTensor& p : chosen) names.insert(p.name);
  std::vector<RateGroup> left;
  for (const RateGroup& r : rates) {
    left.push_back({.factor = r.factor});
    for (const NamedTensor& p : r.parameters)
      if (names.count(p.name)) left.back().parameters.push_back(p);
  }
  return left;
}

std::unique_ptr<Optimizer> muon_of(const TrainSettings& s, Module& model,
                                   const std::vector<RateGroup>& rates) {
  const MuonOptions muon{.lr = s.matrix_lr, .weight_decay = s.weight_decay};
  MuonOptions stacked = muon;
  stacked.parts = 3;
  const MuonParameters parameters = muon_parameters(model, output_layers);
  const AdamOptions adam{.lr = s.lr, .beta2 = s.beta2};
  std::vector<Group<MuonOptions>> matrices = groups_of(among(rates, parameters.matrices), muon);
  for (Group<MuonOptions>& g : groups_of(among(rates, parameters.stacked), stacked))
    matrices.push_back(std::move(g));
  return std::make_unique<Muon>(matrices, groups_of(among(rates, parameters.others), adam));
}

}  // namespace

std::vector<RateGroup> choose_parameters(const TrainSettings& s, Module& model) {
  try {
    freeze(model, names_in(s.freeze));
    return layer_rates(model, s.layer_decay);
  } catch (const std::invalid_argument& e) {  // "freeze: ..." or "layer_rates: ..."
    const std::string what = e.what();
    usage_error({what.starts_with("freeze") ? "--freeze" : "--layer-decay",
                 what.substr(std::min(what.find(": "), what.size()))});
  }
}

std::unique_ptr<Optimizer> optimizer_of(const TrainSettings& s, Module& model) {
  const std::vector<RateGroup> rates = choose_parameters(s, model);
  const double decay = s.weight_decay;
  const AdamOptions adam{.lr = s.lr, .beta2 = s.beta2, .weight_decay = decay};
  const auto made = [&]<class O, class Options>(const Options& o) -> std::unique_ptr<Optimizer> {
    return std::make_unique<O>(groups_of(rates, o));
  };
  switch (s.optimizer) {
    case OptimizerKind::adamw: break;
    case OptimizerKind::adam: return made.operator()<Adam>(adam);
    case OptimizerKind::sgd:
      return made.operator()<Sgd>(SgdOptions{.lr = s.lr, .momentum = 0.9, .weight_decay = decay});
    case OptimizerKind::rmsprop:
      return made.operator()<RMSprop>(RMSpropOptions{.lr = s.lr, .weight_decay = decay});
    case OptimizerKind::adagrad:
      return made.operator()<Adagrad>(AdagradOptions{.lr = s.lr, .weight_decay = decay});
    case OptimizerKind::lion:
      return made.operator()<Lion>(LionOptions{.lr = s.lr, .weight_decay = decay});
    case OptimizerKind::adafactor:
      return made.operator()<Adafactor>(AdafactorOptions{.lr = s.lr, .weight_decay = decay});
    case OptimizerKind::muon: return muon_of(s, model, rates);
  }
  return made.operator()<AdamW>(adam);
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
