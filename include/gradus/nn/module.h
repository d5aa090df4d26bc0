// SPDX-License-Identifier: MIT
// Module: the base of layers and models. It lists its parts once, in visit(); names, state dict,
// loading, modes, dtype, printing and the count are all derived from that list.
//
//   struct Net : Module {
//     Linear hidden{{4, 16}}, out{{16, 2}};
//     void visit(Visitor& v) override { v("hidden", hidden); v("out", out); }
//     Tensor operator()(const Tensor& x) const { return out(relu(hidden(x))); }
//   };
//
// Next: nn/gradcheck.h
#pragma once
#include <array>
#include <concepts>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

class Module;

/// Never true: the note that a compiler gives for Linear(2, 16), which is written Linear({2, 16}).
template <class... N>
concept sizes_belong_in_braces = false;

/// Types that can hold a part: std::unique_ptr, std::shared_ptr, a pointer, std::optional.
template <class P>
concept PartHolder = requires(P& part) {
  static_cast<bool>(part);
  requires std::derived_from<std::remove_reference_t<decltype(*part)>, Module>;
};

/// Visits the parts of a module recursively, with full names: "layers.0.norm1.weight".
class Visitor {
 public:
  using OnTensor = std::function<void(const std::string& name, Tensor&, bool is_buffer)>;
  using OnModule = std::function<void(const std::string& name, Module&)>;
  explicit Visitor(OnTensor on_tensor, OnModule on_module = {})
      : on_tensor_(std::move(on_tensor)), on_module_(std::move(on_module)) {}

  /// A parameter. An undefined one (a disabled bias) is skipped.
  void operator()(const std::string& name, Tensor& parameter);
  /// A tensor that belongs to the state but is not trained.
  void buffer(const std::string& name, Tensor& tensor);
  /// A part: its own parts become "name.…"; with an empty name they are listed without a prefix.
  void operator()(const std::string& name, Module& part);
  /// A part in a pointer or an optional; skipped if empty.
  template <PartHolder P> void operator()(const std::string& name, P& part) {
    if (part) (*this)(name, static_cast<Module&>(*part));
  }
  /// A list of parts, or of parameters: "name.0.…", "name.1.…".
  template <class M> void operator()(const std::string& name, std::vector<M>& parts) {
    for (size_t i = 0; i < parts.size(); ++i) (*this)(name + "." + std::to_string(i), parts[i]);
  }
  template <class M, size_t n> void operator()(const std::string& name, std::array<M, n>& parts) {
    for (size_t i = 0; i < n; ++i) (*this)(name + "." + std::to_string(i), parts[i]);
  }
  /// Parts by name: "name.key.…".
  template <class M> void operator()(const std::string& name, std::map<std::string, M>& parts) {
    for (auto& [key, part] : parts) (*this)(name + "." + key, part);
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

/// The argument of an optimiser: a module, its named_parameters() or parameters(), or tensors.
/// Tensors without a name get "parameters.0" and so on, by position.
struct ParameterList : std::vector<NamedTensor> {
  ParameterList(std::vector<NamedTensor> named) : std::vector<NamedTensor>(std::move(named)) {}
  ParameterList(std::initializer_list<NamedTensor> named) : std::vector<NamedTensor>(named) {}
  ParameterList(const std::vector<Tensor>& tensors);
  ParameterList(std::initializer_list<Tensor> tensors)
      : ParameterList(std::vector<Tensor>(tensors)) {}
  ParameterList(Module& module);
};
using StateDict = std::map<std::string, Tensor>;

struct LoadOptions {
  bool strict = true;   // every tensor of the module must be given, and no other
  bool narrow = false;  // f64 values may be rounded to an f32 parameter; overflow is still an error
};

/// Base of all layers and models. Holds its parts by value and can be moved but not copied, because
/// a copied handle would silently share its weights. Layers offer clone().
class Module {
 public:
  Module() = default;
  Module(const Module&) = delete;             // b = a.clone() has weights of its own
  Module& operator=(const Module&) = delete;  // b = a.clone() has weights of its own
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;
  virtual ~Module() = default;
  /// Lists the parts; the only function a module must define.
  virtual void visit(Visitor& v) = 0;

  /// Gives each parameter and part its full name, for messages and records.
  void set_names();
  /// Handles on the parameters, after set_names(); one with two names is listed once, under the
  /// first name.
  std::vector<NamedTensor> named_parameters();
  std::vector<Tensor> parameters();  // the same, without the names
  std::vector<NamedTensor> named_buffers() const;
  /// Copies of all parameters and buffers, unaffected by further training.
  StateDict state_dict() const;
  /// Sets all values, in place. Throws std::invalid_argument, changing nothing, with a message that
  /// lists every missing or unexpected tensor and every wrong shape or dtype.
  void load_state_dict(const StateDict& state, LoadOptions options = {});

  /// Its name, "layers.0.self_attn", within the module whose set_names() was called last;
  /// "" for that module itself.
  const std::string& name() const { return name_; }

  /// Train mode (the initial one) or eval mode; they differ only in dropout.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }
  /// Converts all parameters, their gradients and float buffers in place; handles stay valid.
  void to(DType dtype);
  /// The dtype of the first parameter; default_dtype() if there is none.
  DType dtype() const;
  void zero_grad();
  /// Whether the parameters accumulate gradients; false freezes them, for optimisers, too.
  void requires_grad_(bool on);
  /// The number of scalars in all parameters.
  int64_t count() const;
  /// A table: name, shape and count of each parameter, and the total.
  std::string str() const;

 protected:
  /// For clone(): copies the values, dtypes, frozen parameters, modes and shared tensors of `from`
  /// to `fresh`, which was built with the same options.
  template <class M> static M cloned(M fresh, const M& from) {
    fresh.become_copy_of(from);
    return fresh;
  }
  /// The same for a module that keeps its `options`, the first argument of its constructor.
  template <class M> static M cloned(const M& from) {
    if constexpr (std::constructible_from<M, decltype(from.options), Generator&>) {
      Generator unused;
      return cloned(M(from.options, unused), from);
    } else {
      return cloned(M(from.options), from);
    }
  }

 private:
  void each(const Visitor::OnTensor& on_tensor, const Visitor::OnModule& on_module = {}) const;
  void become_copy_of(const Module& from);
  std::vector<NamedTensor> distinct_parameters() const;

  bool training_ = true;
  std::string name_;
};

/// Prints module.str().
std::ostream& operator<<(std::ostream& out, const Module& module);

}  // namespace gradus
