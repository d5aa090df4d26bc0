// SPDX-License-Identifier: MIT
// The base of all optimisers.
#include "gradus/optim/optimizer.h"

#include <cmath>
#include <set>

#include "gradus/autograd/autograd.h"
#include "optim/check.h"

namespace gradus {

void check_setting(const char* op, const char* what, double value, double low, double below) {
  if (std::isfinite(value) && value >= low && value < below) return;
  if (std::isinf(below))
    argument_error(
        {op, ": ", what, " is ", value, "; expected a finite number of ", low, " or more"});
  argument_error(
      {op, ": ", what, " is ", value, "; expected at least ", low, " and below ", below});
}

void Optimizer::add_group(const std::vector<NamedTensor>& parameters, double lr, double initial) {
  for (const NamedTensor& p : parameters) {
    if (!p.tensor.defined() || !is_float(p.tensor.dtype()) || !p.tensor.is_leaf() ||
        !p.tensor.is_contiguous())
      argument_error(
          {name_, ": ", p.name, " (", p.tensor.str(), ") is not a contiguous f32 or f64 leaf"});
    for (const Slot& slot : slots_)
      if (slot.name == p.name || slot.parameter.storage() == p.tensor.storage())
        argument_error({name_, ": ", p.name, " is repeated (it is also ", slot.name, ")"});
    slots_.push_back({p.name, p.tensor, rates_.size()});
    detail::mark_held(p.tensor);
  }
  rates_.push_back({lr, lr, initial, state_names_});
}

void Optimizer::zero_grad() {
  for (Slot& slot : slots_) slot.parameter.zero_grad();
}

void Optimizer::set_lr(size_t group, double lr) {
  check_setting(name_, "lr", lr);
  rates_.at(group).now = lr;
}
void Optimizer::set_lr(double lr) {
  for (size_t g = 0; g < rates_.size(); ++g) set_lr(g, lr);
}
void Optimizer::set_lr(const Schedule& schedule, int64_t step) {
  for (size_t g = 0; g < rates_.size(); ++g) set_lr(g, schedule(step, rates_[g].base));
}

std::vector<int64_t> Optimizer::Active::sizes() const {
  std::vector<int64_t> all;
  for (const Slot* slot : slots) all.push_back(slot->parameter.numel());
  return all;
}

Shape Optimizer::state_shape(const Slot& slot, size_t) const { return slot.parameter.shape(); }

Optimizer::Active Optimizer::begin_step(DType dtype, size_t first, size_t end) {
  Active active;
  detail::count_step();
  for (Slot& slot : slots_) {
    if (slot.parameter.dtype() != dtype || slot.group < first || slot.group >= end) continue;
    const Tensor g = slot.parameter.grad();
    if (!g.defined()) continue;
    while (slot.state.size() < rates_[slot.group].states.size())
      slot.state.push_back(
          full(state_shape(slot, slot.state.size()), rates_[slot.group].initial, dtype));
    for (Tensor& s : slot.state) s.set_dtype(dtype);  // the model's dtype may have changed
    ++slot.steps;
    active.slots.push_back(&slot);
    active.grads.push_back(g.contiguous_data());
  }
  return active;
}

StateDict Optimizer::state_dict() const {
  StateDict all;
  for (const Slot& slot : slots_) {
    if (slot.steps == 0) continue;
    all[slot.name + ".step"] = full({}, static_cast<double>(slot.steps), DType::i64);
    for (size_t i = 0; i < slot.state.size(); ++i)
      all[slot.name + "." + rates_[slot.group].states[i]] = slot.state[i].clone_data();
  }
  return all;
}

void Optimizer::load_state_dict(const StateDict& state) {
  std::vector<Slot> loaded = slots_;
  std::set<std::string> known;
  std::string problems;
  // The tensor of that name; undefined, with the problem recorded, unless it matches `like`.
  const auto part = [&](const std::string& name, const Shape& shape, DType dtype) -> Tensor {
    const auto at = state.find(name);
    if (at == state.end()) problems += "\n  " + name + " is missing";
    else if (at->second.shape() != shape || at->second.dtype() != dtype)
      problems += text(
          {"\n  ", name, " is ", at->second.str(), ", expected ", gradus::name(dtype), " ", shape});
    else return at->second.clone_data();
    return {};
  };
  for (Slot& slot : loaded) {
    slot.state.clear();
    slot.steps = 0;
    bool any = state.count(slot.name + ".step") > 0;
    const std::vector<std::string>& names = rates_[slot.group].states;
    for (const std::string& n : names) any = any || state.count(slot.name + "." + n) > 0;
    if (!any) continue;  // this parameter was never updated
    known.insert(slot.name + ".step");
    if (const Tensor step = part(slot.name + ".step", {}, DType::i64); step.defined())
      slot.steps = static_cast<int64_t>(step.item());
    for (const std::string& n : names) {
      known.insert(slot.name + "." + n);
      slot.state.push_back(
          part(slot.name + "." + n, state_shape(slot, slot.state.size()), slot.parameter.dtype()));
    }
  }
  for (const auto& [name, x] : state)
    if (!known.count(name)) problems += "\n  " + printable(name, 200) + " belongs to no parameter";
  if (!problems.empty())
    argument_error({name_, "::load_state_dict: nothing was loaded, because", problems});
  slots_ = std::move(loaded);
}

}  // namespace gradus
