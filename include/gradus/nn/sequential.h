// SPDX-License-Identifier: MIT
// Sequential: a chain of modules.
//
//   Sequential net{Linear({4, 16}), GELU(), Dropout(0.1), Linear({16, 2})};
//   Tensor y = net(x);
//
// Next: nn/position.h
#pragma once
#include <concepts>
#include <memory>

#include "gradus/nn/module.h"

namespace gradus {

/// A module that a Sequential can contain: maps one tensor to one tensor, and can be cloned.
template <class M>
concept Step = std::derived_from<M, Module> && requires(const M& m, const Tensor& x) {
  { m(x) } -> std::same_as<Tensor>;
  { m.clone() } -> std::same_as<M>;
};

/// Applies the modules to x in order; without modules returns x.
/// Keys: 0.*, 1.*, ...; modules without parameters are numbered too, as in PyTorch.
class Sequential : public Module {
 public:
  /// Takes ownership of the modules. A single Sequential is moved rather than nested; to nest one,
  /// use add().
  template <Step... M>
  requires(sizeof...(M) != 1 ||
           !(std::same_as<M, Sequential> && ...)) explicit Sequential(M... steps) {
    (add(std::move(steps)), ...);
  }
  /// Appends a module and returns a reference that is valid as long as the Sequential.
  template <Step M> M& add(M step) {
    auto held = std::make_unique<Held<M>>(std::move(step));
    M& kept = held->step;
    steps_.push_back(std::move(held));
    return kept;
  }
  template <Step M> M& push_back(M step) { return add(std::move(step)); }
  size_t size() const { return steps_.size(); }
  /// Module i; throws like at().
  Module& operator[](size_t i) { return i < size() ? steps_[i]->module() : not_there(i); }
  /// Module i as type M; throws std::invalid_argument if it has another type or does not exist.
  template <Step M> M& at(size_t i) {
    if (auto* held = i < size() ? dynamic_cast<Held<M>*>(steps_[i].get()) : nullptr)
      return held->step;
    not_there(i);
  }

  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override;
  Sequential clone() const;

 private:
  struct AnyStep {
    virtual ~AnyStep() = default;
    virtual Tensor call(const Tensor& x) const = 0;
    virtual Module& module() = 0;
    virtual std::unique_ptr<AnyStep> clone() const = 0;
  };
  template <class M> struct Held : AnyStep {
    explicit Held(M m) : step(std::move(m)) {}
    Tensor call(const Tensor& x) const override { return step(x); }
    Module& module() override { return step; }
    std::unique_ptr<AnyStep> clone() const override { return std::make_unique<Held>(step.clone()); }
    M step;
  };
  [[noreturn]] Module& not_there(size_t i) const;

  std::vector<std::unique_ptr<AnyStep>> steps_;
};

}  // namespace gradus
