// SPDX-License-Identifier: MIT
// The op table: one row an op, and every property of ops is written once over all rows
// (properties.h). A file for each ops header, rows/<header>.cpp, all gathered by op_table().
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
  bool kink = false;  // on one: the gradient there has no derivative

  double operator[](const std::string& attribute) const { return attributes.at(attribute); }
};

/// A call that must throw std::invalid_argument with `word` in its message, and change nothing.
struct BadInput {
  std::string label;
  std::vector<Tensor> inputs;
  std::function<void(Inputs)> call;
  std::string word;
};

/// A wrong backward: called after the right one, it spoils event.grads. It must be noticed.
struct Mutant {
  std::string name;
  std::function<void(const Sample&, BackwardEvent&)> spoil;
};

/// The formula of an op, written so that it fails at the edge of the numbers: it must be noticed.
struct Naive {
  std::string name;
  std::function<Tensors(Inputs, const Sample&)> call;
};

/// A number in src/kernels at which the work of an op is cut, or takes another way.
struct KernelConstant {
  std::string name;  // as the kernel calls it
  int64_t at;        // how many of an axis reach it
};

/// A direction in which inputs grow: elements, rows, columns, keys, classes, steps. Its samples
/// have the sizes around each constant, so that whatever a loop does at the end of a tile, of a
/// strip or of a task is met, and sizes of real models besides (size.h).
struct Axis {
  std::string name;
  std::vector<KernelConstant> constants;
  std::function<Sample(Generator&, int64_t n)> sample;
  bool few = false;  // one sample a constant is enough: they cost much
  int64_t tile = 0;  // with tiles of at most that, for constants that count tiles
};

struct OpRow {
  std::string name;  // as the public function
  std::vector<std::string> rules;  // names of the rules that mutants break; {} for constant ops
  std::function<std::vector<Sample>(Generator&)> samples{};  // 12 or more
  std::vector<BadInput> bad{};
  std::vector<Mutant> mutants{};  // written by hand; the general ones are added to every row
  std::vector<Naive> naive{};
  bool elementwise = false;       // checked at the edge of the numbers on its own samples (edge.h)
  std::function<std::vector<Sample>()> far{};  // samples at the edge, of other ops
  std::vector<Axis> axes{};
  bool few_axes = false;          // it takes none with three axes or more
  bool once = false;              // no gradient of its gradient: create_graph refuses, and names it
};

/// All rows, in the order of the headers.
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

/// A mutant that differentiates another formula than the op computes, by dual numbers. The formula
/// gets the inputs of the rule.
Mutant mistaken(std::string name, std::function<Reference(const Sample&)> formula);

using Rows = std::vector<OpRow>;

}  // namespace gradus::check
