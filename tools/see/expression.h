// SPDX-License-Identifier: MIT
// An expression as JSON, for looking at the gradients of a few ops without writing C++:
//
//   {"inputs": {"x": [[1, 2]], "w": [[0.5], [-1]]},      f64, they get a gradient
//    "constants": {"t": [[1]]},                          f64, they get none; may be missing
//    "indices": {"ids": [0, 2]},                         whole numbers; may be missing
//    "steps": [["h", "matmul", "x", "w"], ["y", "tanh", "h"], ["loss", "mse_loss", "y", "t"]],
//    "loss": "loss"}
//
// A step is a new name, an op, and its arguments in the order of the C++ function: names of values,
// numbers, and lists of numbers for axes and shapes.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "gradus/io/json.h"
#include "gradus/tensor/tensor.h"

namespace gradus::tools {

class Expression {
 public:
  /// Throws std::runtime_error that names the file and the part for anything but an expression.
  Expression(const Json& json, std::string file);
  /// Runs the steps. Errors of an op name the step.
  Tensor loss() const;

 private:
  std::string file_;
  std::map<std::string, Tensor> values_;
  Json steps_;
  std::string loss_;
};

/// The arguments of a step, read one after the other.
class StepArguments {
 public:
  StepArguments(const Json::Array& step, const std::map<std::string, Tensor>& values)
      : step_(step), values_(values) {}
  Tensor tensor();
  /// A value by name, or a number.
  bool is_number() const;
  double number();
  double number(double standard) { return more() ? number() : standard; }
  int64_t whole();
  int64_t whole(int64_t standard) { return more() ? whole() : standard; }
  bool flag(bool standard);
  std::string word();
  /// A list of whole numbers, or a single one; empty if there are no more arguments.
  std::vector<int64_t> list();
  /// The values that follow.
  std::vector<Tensor> tensors();
  bool more() const { return next_ < step_.size(); }

 private:
  const Json& take(const char* expected);
  const Json::Array& step_;
  const std::map<std::string, Tensor>& values_;
  size_t next_ = 2;
};

struct ExpressionOp {
  std::string name, arguments;  // "softmax", "x, axis = -1"
  Tensor (*run)(StepArguments&);
};
const std::vector<ExpressionOp>& expression_ops();

}  // namespace gradus::tools
