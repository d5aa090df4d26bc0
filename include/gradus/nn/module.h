// SPDX-License-Identifier: MIT
// Module: a thing with parameters. It lists its parts once, in visit(); names, state dict, loading,
// modes, dtype, printing and the count all come from that one list.
//
//   struct Net : Module {
//     Linear hidden{{4, 16}}, out{{16, 2}};
//     void visit(Visitor& v) override { v("hidden", hidden), v("out", out); }
//     Tensor operator()(const Tensor& x) const { return out(relu(hidden(x))); }
//   };
//
// Next: nn/init.h
#pragma once
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

class Module;

/// Walks through the parts of a module and of its parts, with full names: "layers.0.norm1.weight".
class Visitor {
 public:
  using OnTensor = std::function<void(const std::string& name, Tensor&, bool is_buffer)>;
  using OnModule = std::function<void(const std::string& name, Module&)>;
  explicit Visitor(OnTensor on_tensor, OnModule on_module = {})
      : on_tensor_(std::move(on_tensor)), on_module_(std::move(on_module)) {}

  /// A parameter. An undefined one (a bias that was turned off) is not there.
  void operator()(const std::string& name, Tensor& parameter);
  /// A tensor that belongs to the state but is not trained.
  void buffer(const std::string& name, Tensor& tensor);
  /// A part: its own parts become "name.…"; with an empty name they join those of the whole.
  void operator()(const std::string& name, Module& part);
  /// A list of parts: "name.0.…", "name.1.…".
  template <class M> void operator()(const std::string& name, std::vector<M>& parts) {
    for (size_t i = 0; i < parts.size(); ++i) (*this)(name + "." + std::to_string(i), parts[i]);
  }

 private:
  OnTensor on_tensor_;
  OnModule on_module_;
  std::string prefix_;
};

struct NamedTensor {
  std::string name;
  Tensor tensor;
};
using StateDict = std::map<std::string, Tensor>;

struct LoadOptions {
  bool strict = true;   // every tensor of the module must be given, and no other
  bool narrow = false;  // f64 values may be rounded to an f32 parameter; overflow is an error still
};

/// Base of all layers and models. Holds its parts by value and can be moved but not copied: a
/// copied handle would share its weights in silence. Layers offer clone().
class Module {
 public:
  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;
  virtual ~Module() = default;
  /// The list of parts; the only thing a module must say.
  virtual void visit(Visitor& v) = 0;

  /// Handles on the parameters; one that stands under two names is listed once, under its first.
  /// Asking for the names also gives them to the parameters and parts, for messages and records.
  std::vector<NamedTensor> named_parameters() const;
  std::vector<Tensor> parameters() const;
  std::vector<NamedTensor> named_buffers() const;
  /// Copies of all parameters and buffers: training goes on without changing them.
  StateDict state_dict() const;
  /// Sets all values, in place. Throws std::invalid_argument with every missing, unexpected,
  /// misshapen or unfit tensor in one message, and then nothing has changed.
  void load_state_dict(const StateDict& state, LoadOptions options = {});

  /// Its own name, "layers.0.self_attn", within the whole whose named_parameters() were asked for
  /// last; "" for the whole itself.
  const std::string& name() const { return name_; }

  /// Train mode (as new) or eval mode; they differ by dropout alone.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }
  /// Converts all parameters, their gradients and float buffers in place; handles stay right.
  void to(DType dtype);
  /// The dtype of the first parameter; default_dtype() if there is none.
  DType dtype() const;
  void zero_grad();
  /// Whether the parameters gather gradients; false freezes them. Parameters that were frozen and
  /// are so no more need a new optimiser.
  void requires_grad_(bool on);
  /// The number of scalars in all parameters.
  int64_t count() const;
  /// A table: name, shape and count of each parameter, and the sum.
  std::string str() const;

 protected:
  /// For clone(): `fresh`, built with the options of `from`, gets its values, dtypes, frozen
  /// parameters, modes, and tensors that are shared between names.
  template <class M> static M cloned(M fresh, const M& from) {
    fresh.become_copy_of(from);
    return fresh;
  }

 private:
  void each(const Visitor::OnTensor& on_tensor, const Visitor::OnModule& on_module = {}) const;
  void become_copy_of(const Module& from);
  std::vector<NamedTensor> distinct_parameters() const;

  bool training_ = true;
  std::string name_;
};

/// A new parameter: not initialised, of the default dtype, gathering a gradient.
Tensor parameter(const Shape& shape);

}  // namespace gradus
