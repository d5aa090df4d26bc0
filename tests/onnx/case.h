// SPDX-License-Identifier: MIT
// A node test of the ONNX standard, and the calls of gradus that run an operator. An attribute or
// input that was never read makes the case a skip, so nothing is silently ignored.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "gradus/io/json.h"
#include "gradus/io/safetensors.h"

namespace gradus::tests::onnx {

/// The reason why a case is not run.
struct Skip : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] void skip(std::initializer_list<Piece> pieces);

class Case {
 public:
  /// Throws std::runtime_error if the file is not such a case.
  Case(const TensorFile& file, const std::string& name);

  std::string name, op, domain;
  int64_t opset = 0;

  // ---- inputs, by position
  bool has(size_t k);
  Tensor in(size_t k);
  Tensor optional(size_t k) { return has(k) ? in(k) : Tensor(); }
  /// All inputs from k on.
  std::vector<Tensor> ins(size_t k = 0);
  /// The elements of an integer input, or its only element.
  std::vector<int64_t> list_in(size_t k);
  int64_t whole_in(size_t k);

  // ---- attributes. Without a default, an absent one throws.
  const Json* find(const std::string& key);
  bool given(const std::string& key) { return find(key); }
  int64_t integer(const std::string& key, std::optional<int64_t> standard = {});
  int axis(std::optional<int> standard) { return static_cast<int>(integer("axis", standard)); }
  double number(const std::string& key, std::optional<double> standard = {});
  /// 0 or 1; anything else makes the case a skip.
  bool flag(const std::string& key, bool standard);
  std::string word(const std::string& key, const std::string& standard);
  std::vector<int64_t> list(const std::string& key, const std::vector<int64_t>& standard = {});
  /// Skips the case if the attribute has another value than this one.
  void only(const std::string& key, const Json& value, const char* reason);

  // ---- outputs
  size_t outputs() const { return outputs_.size(); }
  bool wants(size_t k) const { return k < outputs_.size() && outputs_[k].defined(); }
  const Tensor& expected(size_t k) const { return outputs_[k]; }

  /// Throws Skip for an attribute or input that was not read.
  void finish() const;

 private:
  std::vector<Tensor> inputs_, outputs_;  // undefined where omitted
  Json attributes_;
  std::set<size_t> inputs_seen_{};
  std::set<std::string> attributes_seen_{};
};

/// The outputs of an operator; undefined if the case does not use one.
using Results = std::vector<Tensor>;

/// An operator: the first operator set with these semantics, and how to run it or why to skip it.
struct Operator {
  const char* name;
  int64_t since;
  Results (*run)(Case&);
  const char* reason = nullptr;
  const char* domain = "";
};
constexpr Operator missing(const char* name, const char* reason) {
  return {name, 1, nullptr, reason};
}

/// An operator that is one function of gradus.
template <Tensor (*f)(const Tensor&)> Results unary(Case& c) { return {f(c.in(0))}; }
template <Tensor (*f)(const Tensor&, const Tensor&)> Results binary(Case& c) {
  return {f(c.in(0), c.in(1))};
}

using Operators = std::span<const Operator>;
Operators activations();
Operators attentions();
Operators convolutions();
Operators elementwise();
Operators indexing();
Operators losses();
Operators normalisations();
Operators optimizers();
Operators products();
Operators recurrences();
Operators reductions();
Operators shapes();

/// By name.
const std::map<std::string, const Operator*>& operators();

struct Outcome {
  enum Verdict { passed, skipped, failed } verdict;
  std::string reason;  // why not passed
};
Outcome run(const TensorFile& file, const std::string& name);

/// The difference of two tensors in dtype, shape or an element, or "". Elements may differ by
/// 1e-6 + 1e-5 |expected|, integers not at all. NaN equals NaN.
std::string difference(const Tensor& got, const Tensor& expected);

}  // namespace gradus::tests::onnx
