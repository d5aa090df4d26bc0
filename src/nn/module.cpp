// SPDX-License-Identifier: MIT
// Everything derived from a module's list of parts. Next: nn/init.cpp
#include "gradus/nn/module.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>
#include <set>

#include "gradus/autograd/autograd.h"

namespace gradus {

void Visitor::operator()(const std::string& name, Tensor& parameter) {
  if (parameter.defined() && on_tensor_) on_tensor_(prefix_ + name, parameter, false);
}
void Visitor::buffer(const std::string& name, Tensor& tensor) {
  if (tensor.defined() && on_tensor_) on_tensor_(prefix_ + name, tensor, true);
}
void Visitor::operator()(const std::string& name, Module& part) {
  if (on_module_) on_module_(prefix_ + name, part);
  const std::string before = prefix_;
  if (!name.empty()) prefix_ += name + ".";
  part.visit(*this);
  prefix_ = before;
}

ParameterList::ParameterList(const std::vector<Tensor>& tensors) {
  for (const Tensor& t : tensors) {
    const std::string name = t.defined() ? t.name() : "";
    push_back({name.empty() ? "parameters." + std::to_string(size()) : name, t});
  }
}
ParameterList::ParameterList(Module& module) : ParameterList(module.named_parameters()) {}

// Const functions use the same visit() as functions that change the module.
void Module::each(const Visitor::OnTensor& on_tensor, const Visitor::OnModule& on_module) const {
  Visitor v(on_tensor, on_module);
  v("", const_cast<Module&>(*this));
}

std::vector<NamedTensor> Module::distinct_parameters() const {
  std::vector<NamedTensor> all;
  std::set<const Storage*> seen;
  each([&](const std::string& name, Tensor& x, bool is_buffer) {
    if (is_buffer || !seen.insert(x.storage()).second) return;
    all.push_back({name, x});
  });
  return all;
}

void Module::set_names() {
  for (NamedTensor& p : distinct_parameters()) {
    detail::mark_listed(p.tensor);
    if (p.tensor.requires_grad() && p.tensor.is_leaf()) p.tensor.set_name(p.name);
  }
  each({}, [](const std::string& name, Module& m) {
    m.name_ = name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
  });
}

std::vector<NamedTensor> Module::named_parameters() {
  set_names();
  return distinct_parameters();
}

std::vector<Tensor> Module::parameters() {
  std::vector<Tensor> all;
  for (NamedTensor& p : named_parameters()) all.push_back(std::move(p.tensor));
  return all;
}

std::vector<NamedTensor> Module::named_buffers() const {
  std::vector<NamedTensor> all;
  each([&](const std::string& name, Tensor& x, bool is_buffer) {
    if (is_buffer) all.push_back({name, x});
  });
  return all;
}

StateDict Module::state_dict() const {
  StateDict state;
  each([&](const std::string& name, Tensor& x, bool) { state[name] = x.clone_data(); });
  return state;
}

namespace {

// The reason why `x` cannot be loaded into `slot`, or "".
std::string misfit(const Tensor& slot, const Tensor& x, bool narrow) {
  if (!x.defined()) return "is undefined";
  if (x.shape() != slot.shape())
    return text({"has shape ", x.shape(), ", expected ", slot.shape()});
  if (x.dtype() == slot.dtype() || (x.dtype() == DType::f32 && slot.dtype() == DType::f64))
    return "";
  if (x.dtype() != DType::f64 || slot.dtype() != DType::f32)
    return text({"is ", name(x.dtype()), ", expected ", name(slot.dtype())});
  if (!narrow) return "is f64, expected f32 (LoadOptions.narrow rounds)";
  for (double v : x.to_vector<double>())
    if (std::isfinite(v) && std::isinf(static_cast<float>(v)))
      return text({"has ", v, ", which is too large for f32"});
  return "";
}

}  // namespace

void Module::load_state_dict(const StateDict& state, LoadOptions options) {
  std::vector<std::pair<Tensor, Tensor>> work;
  std::set<std::string> known;
  std::string problems;
  each([&](const std::string& name, Tensor& slot, bool) {
    known.insert(name);
    const auto at = state.find(name);
    if (at == state.end()) {
      if (options.strict) problems += "\n  " + name + " is missing";
      return;
    }
    const std::string problem = misfit(slot, at->second, options.narrow);
    if (!problem.empty()) problems += "\n  " + name + " " + problem;
    else work.push_back({slot, at->second});
  });
  for (const auto& [name, x] : state)
    if (options.strict && !known.count(name)) {
      const std::string near = nearest_of(name, known);
      problems += "\n  " + printable(name, 200) + " is not a part of the module" +
                  (near.empty() ? "" : "; the nearest name is " + near);
    }
  if (!problems.empty()) argument_error({"load_state_dict: nothing was loaded, because", problems});
  const NoGrad no_grad;
  for (auto& [slot, x] : work) slot.copy_(x);
}

void Module::train(bool on) {
  each({}, [&](const std::string&, Module& m) { m.training_ = on; });
}

void Module::to(DType dtype) {
  if (!is_float(dtype))
    argument_error({"Module::to: ", gradus::name(dtype), "; expected f32 or f64"});
  each([&](const std::string&, Tensor& x, bool) {
    if (is_float(x.dtype())) x.set_dtype(dtype);
  });
}

DType Module::dtype() const {
  const std::vector<NamedTensor> all = distinct_parameters();
  return all.empty() ? default_dtype() : all[0].tensor.dtype();
}

void Module::zero_grad() {
  each([](const std::string&, Tensor& x, bool) { x.zero_grad(); });
}

void Module::requires_grad_(bool on) {
  std::map<const Storage*, Tensor> seen;  // a tensor with two names stays one leaf
  each([&](const std::string&, Tensor& x, bool is_buffer) {
    if (is_buffer) return;
    Tensor& first = seen[x.storage()];
    if (!first.defined()) first = x.requires_grad_(on);
    x = first;
  });
}

int64_t Module::count() const {
  int64_t n = 0;
  for (const NamedTensor& p : distinct_parameters()) n += p.tensor.numel();
  return n;
}

std::ostream& operator<<(std::ostream& out, const Module& module) { return out << module.str(); }

std::string Module::str() const {
  std::vector<std::array<std::string, 3>> rows = {{"name", "shape", "count"}};
  for (const NamedTensor& p : distinct_parameters())
    rows.push_back({p.name, p.tensor.shape().str(), std::to_string(p.tensor.numel())});
  rows.push_back({"total", "", std::to_string(count())});
  size_t width[3] = {};
  for (const auto& row : rows)
    for (size_t i = 0; i < 3; ++i) width[i] = std::max(width[i], row[i].size());
  std::string out;
  for (const auto& row : rows) {
    out += row[0] + std::string(width[0] - row[0].size() + 2, ' ');
    out += row[1] + std::string(width[1] - row[1].size() + 2, ' ');
    out += std::string(width[2] - row[2].size(), ' ') + row[2] + "\n";
  }
  return out;
}

namespace {

Tensor copy_of(const Tensor& original) {
  Tensor copy = original.clone_data();
  if (!original.node()) return copy;
  copy.requires_grad_();
  detail::mark_parameter(copy, original);
  return copy.requires_grad_(original.requires_grad());
}

}  // namespace

void Module::become_copy_of(const Module& from) {
  std::vector<Tensor*> theirs;
  std::vector<bool> modes;
  from.each([&](const std::string&, Tensor& x, bool) { theirs.push_back(&x); },
            [&](const std::string&, Module& m) { modes.push_back(m.training_); });
  std::map<const Storage*, Tensor> copies;
  size_t next = 0, next_mode = 0;
  each(
      [&](const std::string& name, Tensor& x, bool) {
        if (next == theirs.size() || theirs[next]->shape() != x.shape())
          internal_error({"clone: the new module's ", name, " is not a part of the old one"});
        const Tensor& original = *theirs[next++];
        Tensor& copy = copies[original.storage()];
        if (!copy.defined()) copy = copy_of(original);
        x = copy;
      },
      [&](const std::string&, Module& m) { m.training_ = modes.at(next_mode++); });
}

}  // namespace gradus
