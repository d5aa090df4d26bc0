// SPDX-License-Identifier: MIT
// What an exercise consists of: the right function, examples, edge cases, and wrong versions that
// name a learner's mistake and measure a learner's test.
#pragma once
#include <optional>

#include "check/op_table.h"
#include "gradus/check/exercise.h"

namespace gradus::exercise {

struct Example {
  std::string label;
  std::vector<Tensor> inputs;
  Numbers numbers{};
  std::optional<Tensors> expected{};  // by default what the right function returns
  bool gradient = true;               // also check it where the exercise has one
};

/// An edge case: an input with a result to compare, or one that must be refused by an exception.
struct Edge {
  Example example;
  std::string hint;  // "subtract the maximum first"
  bool refused = false;
};

/// A wrong version of the function.
struct Impostor {
  std::string name;  // "the sum goes over all elements"
  Call call{};       // empty: the right function, with a backward that `spoil` spoils
  std::function<void(const check::Sample&, BackwardEvent&)> spoil{};
};

struct Exercise {
  std::string name;
  Call right;
  std::vector<std::string> inputs{};  // names, for messages; the last one also names further inputs
  std::vector<std::string> numbers{};  // names, for messages
  std::function<std::vector<Example>(Generator&)> examples{};
  bool gradient = true;  // whether the learner writes a backward
  std::vector<Edge> edges{};
  std::vector<Impostor> impostors{};
  Solution solution{};
  std::string result_hint{}, gradient_hint{};  // what to look at when a part fails
  // For exercises with a row in the op table: the rules whose backward its mutants change, and a
  // sample with the attributes that they read.
  std::vector<std::string> rules{};
  std::function<check::Sample(Inputs, const Numbers&)> sample{};
};

/// What is wrong with a function before its numbers can be compared, and what to do about it.
struct Fault : std::runtime_error {
  Fault(const std::string& what, std::string advice)
      : std::runtime_error(what), next(std::move(advice)) {}
  std::string next;
};

/// check_call() with a callback that also gets the report of the steps before.
using Entering = std::function<void(const std::string& step, const Report& before)>;
Report check_watched(const std::string& name, const Call& yours, const Test& test,
                     const Entering& entering);
/// Records which example runs, forward or backward, for the message after a crash.
void running(const std::string& example);
void running_backward(bool backward);

/// All exercises, from easy to hard, and one of them.
const std::vector<Exercise>& exercises();
const Exercise& exercise_named(const std::string& name);

// The functions that make them, in one file per subject.
Exercise square_exercise();
Exercise gelu_exercise();
Exercise matmul_exercise();
Exercise linear_exercise();
Exercise embedding_exercise();
Exercise dropout_exercise();
Exercise causal_mask_exercise();
Exercise softmax_exercise();
Exercise log_softmax_exercise();
Exercise cross_entropy_exercise();
Exercise rms_norm_exercise();
Exercise layer_norm_exercise();
Exercise attention_exercise();
Exercise rope_exercise();
Exercise gru_cell_exercise();
Exercise lstm_cell_exercise();
Exercise clip_grad_norm_exercise();
Exercise adam_exercise();
Exercise bpe_merge_exercise();
Exercise beam_search_exercise();

// ---- for writing them

/// Adds the samples, references and mutants of the op's row. `numbers_of` gives the numbers of a
/// call that the exercise covers; `attributes_of` the attributes of the row's samples.
using NumbersOf = std::function<std::optional<Numbers>(const check::Sample&)>;
using AttributesOf = std::function<std::map<std::string, double>(Inputs, const Numbers&)>;
void use_row(Exercise& e, const std::string& op, NumbersOf numbers_of, AttributesOf attributes_of);

/// A wrong forward in public ops; its gradient is that of the wrong result.
Impostor wrong_result(std::string name, Call call);
/// The right result with another backward: the gradients of the inputs, given dy.
using Backward = std::function<Grads(Inputs in, const Numbers& numbers, const Grads& dy)>;
Impostor wrong_gradient(const Call& right, std::string name, Backward backward);

// ---- one version of the function on one example

struct Outcomes {
  Tensors results;
  std::vector<Tensor> grads{};  // gradients of the f64 inputs; zeros where nothing arrives
};
/// Runs the function, with gradients under random cotangents if requested.
Outcomes outcomes_of(const Exercise& e, const Impostor* impostor, const Call& call,
                     const Example& example, bool gradients);
/// Whether two lists of tensors agree within `tolerance` (1 + |b|).
bool agree(std::span<const Tensor> a, std::span<const Tensor> b, double tolerance);
/// The wrong versions that the examples can tell from the right one, including the general ones.
std::vector<Impostor> effective_impostors(const Exercise& e, const std::vector<Example>& examples);
/// Calls `test` with a wrong version; returns whether it notices that something is wrong.
bool notices(const Exercise& e, const Impostor& impostor, const Test& test);

}  // namespace gradus::exercise
