// SPDX-License-Identifier: MIT
// The arguments of a parity case. Targets read each argument by name; an argument or tensor that
// was never read makes the case unknown, so that nothing is silently ignored.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

#include "gradus/io/json.h"
#include "gradus/io/safetensors.h"
#include "gradus/nn/module.h"
#include "gradus/ops/loss.h"

namespace gradus::check {

/// The reason why a case is unknown.
struct Unknown : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] void unknown(std::initializer_list<Piece> pieces);

/// Arguments other than tensors. null counts as absent.
class Arguments {
 public:
  Arguments(Json values, std::string place) : values_(std::move(values)), place_(place) {}

  const Json* find(const std::string& key) const;
  bool has(const std::string& key) const { return find(key); }
  /// Without a default, an absent argument makes the case unknown.
  double number(const std::string& key, std::optional<double> standard = {}) const;
  int64_t integer(const std::string& key, std::optional<int64_t> standard = {}) const;
  int axis(const std::string& key, std::optional<int> standard = {}) const {
    return static_cast<int>(integer(key, standard));
  }
  bool flag(const std::string& key, bool standard) const;
  std::string word(const std::string& key, const std::string& standard) const;
  /// A list of integers, or a single one.
  std::vector<int64_t> list(const std::string& key) const;
  Shape shape(const std::string& key) const;
  /// An integer, or a list of one.
  int64_t single(const std::string& key, int64_t standard) const;
  /// Padding of a convolution with stride 1: a number, "valid" or "same".
  int64_t padding(int64_t taps, int64_t dilation) const;
  Reduction reduction() const;
  /// Accepts arguments that never change a result: "inplace", "foreach".
  void ignore(std::initializer_list<const char*> keys) const;
  /// Makes the case unknown if the argument is present with another value.
  void only(const std::string& key, const Json& value) const;
  /// The arguments of a nested module or optimiser; `target` is set to its name.
  Arguments part(const std::string& key, std::string& target) const;
  /// Throws Unknown for an argument that was not read.
  void finish() const;

 private:
  [[noreturn]] void wrong(const std::string& key, const char* expected) const;
  Json values_;
  std::string place_;
  mutable std::set<std::string> seen_;
};

class Call {
 public:
  explicit Call(const TensorFile& file, const std::string& name);

  Arguments config, forward;
  bool training = false;

  /// Input tensors by PyTorch's names; those whose gradient is compared require a gradient.
  /// "input" also finds the receiver of a method, "self".
  bool has(const std::string& name) const { return file_.tensors.count("in/" + known(name)); }
  Tensor in(const std::string& name);
  Tensor optional_in(const std::string& name) { return has(name) ? in(name) : Tensor(); }
  /// name.0, name.1, ...
  std::vector<Tensor> ins(const std::string& name);
  /// A parameter without a module: the weights of a loss.
  Tensor param(const std::string& name);
  /// Gives a module its parameters and mode.
  void load(Module& m);
  /// Any tensor of the file, such as "step/0/grad/weight", or null.
  const Tensor* tensor(const std::string& name) const;
  /// The tensor names that start with a prefix, without it.
  std::vector<std::string> names(const std::string& prefix) const;

  /// Records a result other than an output, by its name in the file.
  void note(const std::string& name, const Tensor& x) { noted_[name] = x; }
  const std::map<std::string, Tensor>& noted() const { return noted_; }

  /// The tensors that require a gradient, by name: "in/input", "param/weight".
  const std::map<std::string, Tensor>& leaves() const { return leaves_; }
  /// Throws Unknown for arguments and tensors that were not read.
  void finish() const;

 private:
  Tensor leaf(const std::string& name);
  std::string known(const std::string& name) const {
    return name == "input" && file_.tensors.count("in/self") ? "self" : name;
  }
  const TensorFile& file_;
  std::map<std::string, Tensor> leaves_, noted_;
  std::set<std::string> seen_;
};

using Target = std::function<std::vector<Tensor>(Call&)>;
using Targets = std::map<std::string, Target>;

Targets arithmetic_targets();
Targets shape_targets();
Targets function_targets();
Targets layer_targets();
Targets attention_targets();
Targets recurrent_targets();
Targets optimizer_targets();

/// The weights of an embedding without gradient for row `row`, which is the only effect of
/// padding_idx in PyTorch. A negative row counts from the end.
Tensor stopped_row(const Tensor& weight, int64_t row);

/// A float mask in two parts: `allowed` is false at -inf; `bias` is the rest, undefined if zero.
struct FloatMask {
  Tensor allowed, bias;
};
FloatMask float_mask(const Tensor& mask);

}  // namespace gradus::check
