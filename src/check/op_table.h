// SPDX-License-Identifier: MIT
// The op table: one row per op. Every property of ops is written once for all rows (properties.h).
// Each header of ops/ has a file rows/<header>.cpp; op_table() collects them.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "check/array.h"
#include "gradus/autograd/node.h"

namespace gradus::check {

/// One call of an op on one set of inputs. Floats are f64; all of them are differentiated,
/// except those listed in `constants`.
struct Sample {
  std::string label;  // "[3, 4], axis -1"
  std::vector<Tensor> inputs;
  std::function<Tensors(Inputs)> call{};
  Reference reference{};
  std::map<std::string, double> attributes{};  // what mutants need to know: {"axis", -1}
  std::vector<size_t> constants{};
  bool kink = false;  // at a kink, where the gradient has no derivative

  double operator[](const std::string& attribute) const { return attributes.at(attribute); }
};

/// A call that must throw std::invalid_argument with `word` in its message, and change nothing.
struct BadInput {
  std::string label;
  std::vector<Tensor> inputs;
  std::function<void(Inputs)> call;
  std::string word;
};

/// A wrong backward: called after the correct one, it corrupts event.grads. The checks must catch
/// it.
struct Mutant {
  std::string name;
  std::function<void(const Sample&, BackwardEvent&)> spoil;
};

/// A formula of an op that fails at the edge of the number range. The checks must catch it.
struct Naive {
  std::string name;
  std::function<Tensors(Inputs, const Sample&)> call;
};

/// A constant in src/kernels at which an op splits its work or changes its algorithm.
struct KernelConstant {
  std::string name;  // its name in the kernel
  int64_t at;        // the length of the axis that reaches it
};

/// A direction in which inputs grow: elements, rows, columns, keys, classes, steps. Its samples
/// have sizes around each constant, to cover the end of every tile, strip and task of a loop, and
/// sizes of real models (size.h).
struct Axis {
  std::string name;
  std::vector<KernelConstant> constants;
  std::function<Sample(Generator&, int64_t n)> sample;
  bool few = false;  // only one sample per constant, since they are expensive
  int64_t tile = 0;  // the largest tile, for constants that count tiles; 0: no limit
};

struct OpRow {
  std::string name;                // that of the public function
  std::vector<std::string> rules;  // the rules that mutants break; {} for constant ops
  std::function<std::vector<Sample>(Generator&)> samples{};  // 12 or more
  std::vector<BadInput> bad{};
  std::vector<Mutant> mutants{};  // written by hand; the general ones are added to every row
  std::vector<Naive> naive{};
  bool elementwise = false;                    // checked at the edge of the number range (edge.h)
  std::function<std::vector<Sample>()> far{};  // for other ops: samples at the edge
  std::vector<Axis> axes{};
  bool few_axes = false;  // rejects three axes or more
  bool once = false;      // no second derivative: create_graph refuses and names the op
};

/// All rows, in the order of the headers of ops/.
std::vector<OpRow> op_table();

// ---- for writing rows

/// f64, uniform in [low, high); uniform in +-[0.1, 1.1) without bounds, away from kinks at 0.
Tensor values(Generator& gen, const Shape& shape);
Tensor values(Generator& gen, const Shape& shape, double low, double high);
/// Whole numbers in [0, n).
Tensor indices(Generator& gen, const Shape& shape, int64_t n);
/// A mask that is true with probability p.
Tensor mask(Generator& gen, const Shape& shape, double p = 0.5);

/// A mutant that replaces gradient i by f(sample, event).
Mutant wrong(std::string name, size_t i,
             std::function<Tensor(const Sample&, const BackwardEvent&)> f);

/// A mutant that differentiates a formula other than the op's, by dual numbers. The formula gets
/// the inputs of the rule.
Mutant mistaken(std::string name, std::function<Reference(const Sample&)> formula);

using Rows = std::vector<OpRow>;

}  // namespace gradus::check
