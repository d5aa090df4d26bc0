// SPDX-License-Identifier: MIT
// Parity targets: optimisers, schedules and clipping.
#include <memory>

#include "check/parity_call.h"
#include "gradus/ops/elementwise.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/clip.h"
#include "gradus/optim/rmsprop.h"
#include "gradus/optim/schedule.h"
#include "gradus/optim/sgd.h"

namespace gradus::check {
namespace {

using List = std::vector<Tensor>;
using Parameters = std::vector<NamedTensor>;
using Maker = std::function<std::unique_ptr<Optimizer>(const Arguments&, const Parameters&)>;

// These arguments select an implementation and change no result.
void ignore_ways(const Arguments& a) {
  a.ignore({"foreach", "fused", "capturable", "differentiable"});
}

Maker adam_maker(bool decoupled) {
  return [decoupled](const Arguments& a, const Parameters& p) -> std::unique_ptr<Optimizer> {
    AdamOptions o{.lr = a.number("lr", 1e-3),
                  .eps = a.number("eps", 1e-8),
                  .weight_decay = a.number("weight_decay", decoupled ? 1e-2 : 0),
                  .amsgrad = a.flag("amsgrad", false),
                  .maximize = a.flag("maximize", false)};
    if (!decoupled) o.decoupled_weight_decay = a.flag("decoupled_weight_decay", false);
    if (const Json* betas = a.find("betas")) {
      const auto is_number = [](const Json& b) {
        return b.is(Json::Kind::number) || b.is(Json::Kind::integer);
      };
      if (!betas->is(Json::Kind::array) || betas->items().size() != 2 ||
          !is_number(betas->items()[0]) || !is_number(betas->items()[1]))
        unknown({"betas ", printable(write_json(*betas), 100), "; expected two numbers"});
      o.beta1 = betas->items()[0].number();
      o.beta2 = betas->items()[1].number();
    }
    ignore_ways(a);
    if (decoupled) return std::make_unique<AdamW>(p, o);
    return std::make_unique<Adam>(p, o);
  };
}

std::unique_ptr<Optimizer> sgd_of(const Arguments& a, const Parameters& p) {
  ignore_ways(a);
  return std::make_unique<Sgd>(p, SgdOptions{.lr = a.number("lr", 1e-3),
                                             .momentum = a.number("momentum", 0),
                                             .dampening = a.number("dampening", 0),
                                             .weight_decay = a.number("weight_decay", 0),
                                             .nesterov = a.flag("nesterov", false),
                                             .maximize = a.flag("maximize", false)});
}

std::unique_ptr<Optimizer> rmsprop_of(const Arguments& a, const Parameters& p) {
  ignore_ways(a);
  return std::make_unique<RMSprop>(p, RMSpropOptions{.lr = a.number("lr", 1e-2),
                                                     .alpha = a.number("alpha", 0.99),
                                                     .eps = a.number("eps", 1e-8),
                                                     .weight_decay = a.number("weight_decay", 0),
                                                     .momentum = a.number("momentum", 0),
                                                     .centered = a.flag("centered", false),
                                                     .maximize = a.flag("maximize", false)});
}

std::unique_ptr<Optimizer> adagrad_of(const Arguments& a, const Parameters& p) {
  ignore_ways(a);
  return std::make_unique<Adagrad>(
      p, AdagradOptions{.lr = a.number("lr", 1e-2),
                        .lr_decay = a.number("lr_decay", 0),
                        .weight_decay = a.number("weight_decay", 0),
                        .initial_accumulator_value = a.number("initial_accumulator_value", 0),
                        .eps = a.number("eps", 1e-10),
                        .maximize = a.flag("maximize", false)});
}

const std::map<std::string, Maker>& makers() {
  static const std::map<std::string, Maker> all = {{"torch.optim.Adam", adam_maker(false)},
                                                   {"torch.optim.AdamW", adam_maker(true)},
                                                   {"torch.optim.SGD", sgd_of},
                                                   {"torch.optim.RMSprop", rmsprop_of},
                                                   {"torch.optim.Adagrad", adagrad_of}};
  return all;
}

// Steps are numbered from 0; the parameters after step S are compared with step/S/param/NAME.
Target steps_of(const Maker& maker) {
  return [maker](Call& c) -> List {
    Parameters parameters;
    for (const std::string& name : c.names("param/"))
      parameters.push_back({name, c.param(name).requires_grad_()});
    const std::unique_ptr<Optimizer> optimizer = maker(c.config, parameters);
    for (int64_t s = 0; !c.names(text({"step/", s, "/"})).empty(); ++s) {
      for (NamedTensor& p : parameters) {
        const Tensor* g = c.tensor(text({"step/", s, "/grad/", p.name}));
        p.tensor.zero_grad();
        if (g) p.tensor.set_grad(g->clone_data());
      }
      optimizer->step();
      for (const NamedTensor& p : parameters)
        c.note(text({"step/", s, "/param/", p.name}), p.tensor.detach().clone_data());
    }
    return {};
  };
}

// ---- schedules
Schedule cosine(const Arguments& a) {
  return cosine_annealing_lr(a.integer("T_max"), a.number("eta_min", 0));
}

Schedule one_cycle(const Arguments& a) {
  OneCycleOptions o{.total_steps = a.integer("total_steps", 0),
                    .pct_start = a.number("pct_start", 0.3),
                    .div_factor = a.number("div_factor", 25),
                    .final_div_factor = a.number("final_div_factor", 1e4),
                    .three_phase = a.flag("three_phase", false)};
  const int64_t epochs = a.integer("epochs", 0), each = a.integer("steps_per_epoch", 0);
  if (o.total_steps == 0) o.total_steps = epochs * each;
  const std::string anneal = a.word("anneal_strategy", "cos");
  if (anneal != "cos" && anneal != "linear") unknown({"anneal_strategy ", anneal});
  o.linear = anneal == "linear";
  a.ignore({"cycle_momentum", "base_momentum", "max_momentum"});  // these change no learning rate
  const double highest = a.number("max_lr");
  const Schedule from_top = one_cycle_lr(o);
  return [=](int64_t step, double) { return from_top(step, highest); };
}

using Rates = std::function<Schedule(const Arguments&)>;

Target rates(const Rates& make) {
  return [make](Call& c) -> List {
    std::string optimizer;
    const Arguments inner = c.config.part("optimizer", optimizer);
    if (!makers().count(optimizer)) unknown({"optimizer ", printable(optimizer)});
    const Tensor p = zeros({1}).requires_grad_();
    const double base = makers().at(optimizer)(inner, {{"p", p}})->lr();
    inner.finish();
    c.config.only("last_epoch", -1);
    c.config.ignore({"verbose"});
    const Schedule schedule = make(c.config);
    const Tensor* expected = c.tensor("out/0");
    if (!expected) unknown({"the case has no out/0"});
    std::vector<double> all;
    for (int64_t step = 0; step < expected->numel(); ++step) all.push_back(schedule(step, base));
    return {tensor(all, {expected->numel()}, expected->dtype())};
  };
}

void add_schedules(Targets& t) {
  const auto add = [&](const char* name, const Rates& make) {
    t[std::string("torch.optim.lr_scheduler.") + name] = rates(make);
  };
  add("StepLR",
      [](const Arguments& a) { return step_lr(a.integer("step_size"), a.number("gamma", 0.1)); });
  add("MultiStepLR", [](const Arguments& a) {
    return multi_step_lr(a.list("milestones"), a.number("gamma", 0.1));
  });
  add("ExponentialLR", [](const Arguments& a) { return exponential_lr(a.number("gamma")); });
  add("CosineAnnealingLR", cosine);
  add("CosineAnnealingWarmRestarts", [](const Arguments& a) {
    return cosine_annealing_warm_restarts(a.integer("T_0"), a.integer("T_mult", 1),
                                          a.number("eta_min", 0));
  });
  add("LinearLR", [](const Arguments& a) {
    return linear_lr(a.number("start_factor", 1.0 / 3), a.number("end_factor", 1),
                     a.integer("total_iters", 5));
  });
  add("ConstantLR", [](const Arguments& a) {
    return constant_lr(a.number("factor", 1.0 / 3), a.integer("total_iters", 5));
  });
  add("PolynomialLR", [](const Arguments& a) {
    return polynomial_lr(a.integer("total_iters", 5), a.number("power", 1));
  });
  add("OneCycleLR", one_cycle);
}

// ---- clipping
Parameters with_gradients(Call& c) {
  Parameters all;
  if (!c.has("grads.0")) unknown({"the case has no in/grads.0"});
  for (const Tensor& g : c.ins("grads")) {
    Tensor p = zeros(g.shape(), g.dtype()).requires_grad_();
    p.set_grad(g);
    all.push_back({text({"p", all.size()}), p});
  }
  return all;
}

List clipped_norm(Call& c) {
  const Parameters p = with_gradients(c);
  c.config.ignore({"foreach", "error_if_nonfinite"});
  const double norm =
      clip_grad_norm(p, c.config.number("max_norm"), c.config.number("norm_type", 2));
  List out{full({}, norm, p.at(0).tensor.dtype())};
  for (const NamedTensor& x : p) out.push_back(x.tensor.grad());
  return out;
}

List clipped_value(Call& c) {
  const Parameters p = with_gradients(c);
  c.config.ignore({"foreach"});
  clip_grad_value(p, c.config.number("clip_value"));
  List out;
  for (const NamedTensor& x : p) out.push_back(x.tensor.grad());
  return out;
}

}  // namespace

Targets optimizer_targets() {
  Targets t;
  for (const auto& [name, maker] : makers()) t[name] = steps_of(maker);
  add_schedules(t);
  t["torch.nn.utils.clip_grad_norm_"] = clipped_norm;
  t["torch.nn.utils.clip_grad_value_"] = clipped_value;
  return t;
}

}  // namespace gradus::check
