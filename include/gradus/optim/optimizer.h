// SPDX-License-Identifier: MIT
// The base of all optimisers: groups of named parameters, learning rates, and state by name.
// Next: optim/adam.h
#pragma once
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "gradus/nn/module.h"

namespace gradus {

/// Computes the learning rate of optimiser step `step` (0, 1, ...) from the rate in the options.
using Schedule = std::function<double(int64_t step, double base_lr)>;

/// A learning rate given as a plain number.
template <class N>
concept RateNumber = std::is_arithmetic_v<N>;
template <class Options> Options with_rate(Options options, double lr) {
  options.lr = lr;
  return options;
}

/// Parameters that share options; `Options` is AdamOptions or SgdOptions.
template <class Options> struct Group {
  ParameterList parameters;
  Options options{};
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Updates each parameter that has a gradient, in place.
  virtual void step() = 0;
  void zero_grad();

  /// The current learning rate; a schedule or set_lr() changes it for one group or all.
  double lr(size_t group = 0) const { return rates_.at(group).now; }
  void set_lr(double lr);
  void set_lr(size_t group, double lr);
  /// Sets each group's rate to schedule(step, the group's initial rate).
  void set_lr(const Schedule& schedule, int64_t step);

  /// Copies of the state by parameter name: "NAME.step", "NAME.exp_avg", ...; parameters that were
  /// never updated have no entries.
  StateDict state_dict() const;
  /// Throws std::invalid_argument, changing nothing, with a message that lists every missing or
  /// unknown entry and every wrong shape or dtype.
  void load_state_dict(const StateDict& state);

 protected:
  struct Slot {
    std::string name;
    Tensor parameter;
    size_t group;
    std::vector<Tensor> state{};  // in the order of state_names_; empty before the first update
    int64_t steps = 0;
  };
  explicit Optimizer(const char* name) : name_(name) {}
  /// Declares the state kept for each parameter of the groups added next, besides its number of
  /// steps.
  void keep_state(std::vector<std::string> names) { state_names_ = std::move(names); }
  /// `initial` is the first value of the state. Throws std::invalid_argument for a parameter that
  /// is not a contiguous leaf or is repeated.
  void add_group(const std::vector<NamedTensor>& parameters, double lr, double initial = 0);
  /// One step of all parameters with a gradient, f32 and f64. scalars(slot) returns the numbers for
  /// a parameter's update; slot.steps already counts this step. kernel(n, scalars, g, p, state)
  /// updates n elements; state[k] are those of the k-th name of keep_state(). Groups before `first`
  /// are left out. Defined in src/optim/update.h.
  template <class Scalars, class Kernel>
  void update(const Scalars& scalars, const Kernel& kernel, size_t first = 0);
  /// The shape of the k-th state of a parameter; unless overridden, the parameter's own.
  virtual Shape state_shape(const Slot& slot, size_t k) const;
  /// The parameters of one dtype that have a gradient, with their state allocated and their step
  /// counted. Their gradients are row-major.
  struct Active {
    std::vector<Slot*> slots;
    std::vector<Tensor> grads;
    std::vector<int64_t> sizes() const;
  };
  /// Of the groups first .. end - 1.
  Active begin_step(DType dtype, size_t first = 0, size_t end = SIZE_MAX);

 private:
  static constexpr size_t most_states = 3;  // state tensors of a parameter
  template <class T, class Scalars, class Kernel>
  void update_of(DType dtype, const Scalars& scalars, const Kernel& kernel, size_t first);

  std::vector<Slot> slots_;
  struct Rate {
    double base, now, initial;
    std::vector<std::string> states;  // names
  };
  const char* name_;
  std::vector<std::string> state_names_;
  std::vector<Rate> rates_;
};

}  // namespace gradus
