// SPDX-License-Identifier: MIT
// The leak check: gradients, changed values, and the op where a leak enters.
#include "gradus/train/leak.h"

#include <algorithm>
#include <cmath>

#include "autograd/tape.h"
#include "gradus/autograd/autograd.h"
#include "gradus/base/random.h"
#include "gradus/tensor/make.h"
#include "op_place.h"

namespace gradus {
namespace {

using Numbers = std::vector<double>;

// The input positions on which an output position depends but must not.
class Pairs {
 public:
  explicit Pairs(const LeakProbe& probe, const Tensor& y)
      : probe_(probe),
        B(probe.input.size(0)),
        T(probe.input.size(1)),
        O(probe.stepwise ? y.size(1) : 1) {}
  bool hidden(int64_t b, int64_t o, int64_t other, int64_t t) const {
    return b != other || probe_.hidden(b, o, t);
  }

  const LeakProbe& probe_;
  int64_t B, T, O;
};

std::string pair_text(const LeakProbe& p, int64_t b, int64_t o, int64_t other, int64_t t) {
  return text({"the output", p.stepwise ? text({" at step ", o}) : "", " of sample ", b,
               " depends on step ", t, other == b ? "" : text({" of sample ", other})});
}

// ---- by gradient

bool same_ids(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         a.to_vector<int64_t>() == b.to_vector<int64_t>();
}

// The tensor that is differentiated by: the input itself, or the embedded ids; undefined if the
// graph has neither.
Tensor differentiable(const Tensor& input, const RecordTape& tape) {
  if (is_float(input.dtype())) return input;
  for (const Ref<Node>& node : tape.nodes) {
    const Node::Extras& e = node->extras();
    if (std::string(node->op) != "embedding" || !same_ids(e.inputs[1], input)) continue;
    Tensor x = e.outputs[0].detach();
    x.attach(Ref<GraphNode>(node.get()), 0);
    return x;
  }
  return {};
}

// Ones of either sign at output position (b, o), zeros elsewhere.
Tensor cotangent(const Tensor& y, int64_t b, int64_t o, int64_t steps, Generator& gen) {
  Tensor dy = zeros(y.shape(), y.dtype());
  const int64_t width = y.numel() / (y.size(0) * steps), first = (b * steps + o) * width;
  const Numbers noise = randn({width}, gen, DType::f64).to_vector<double>();
  dispatch_float(y.dtype(), [&]<class T>() {
    T* to = dy.mutable_data<T>() + first;
    for (int64_t i = 0; i < width; ++i)
      to[i] = static_cast<T>(std::copysign(0.5, noise[static_cast<size_t>(i)]) +
                             noise[static_cast<size_t>(i)]);
  });
  return dy;
}

void check_gradients(const LeakProbe& p, LeakFinding& found) {
  const EnableGrad with_grad;
  RecordTape tape;
  Tensor input = p.input.clone_data();
  if (is_float(input.dtype())) input.requires_grad_();
  const Tensor y = p.run(input), x = differentiable(input, tape);
  if (!x.defined() || !y.requires_grad()) return;
  const Pairs at(p, y);
  Generator gen(11);
  for (int64_t b = 0; b < at.B; ++b)
    for (int64_t o = 0; o < at.O; ++o) {
      const Tensor g = grad({&y, 1}, {&x, 1}, std::vector{cotangent(y, b, o, at.O, gen)},
                            {.retain_graph = true, .allow_unused = true})[0];
      if (!g.defined()) continue;
      found.by_gradient = true;
      const Numbers v = g.to_vector<double>();
      const size_t width = v.size() / static_cast<size_t>(at.B * at.T);
      for (int64_t other = 0; other < at.B; ++other)
        for (int64_t t = 0; t < at.T; ++t) {
          if (!at.hidden(b, o, other, t)) continue;
          const auto from = v.begin() + (other * at.T + t) * static_cast<int64_t>(width);
          if (std::all_of(from, from + static_cast<int64_t>(width),
                          [](double e) { return e == 0; }))
            continue;
          ++found.gradients;
          if (found.first.empty()) found.first = pair_text(p, b, o, other, t);
        }
    }
}

// ---- by value

bool differs(double a, double b, double tolerance) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return false;
  return tolerance == 0 || !(std::abs(a - b) <= tolerance * (1 + std::abs(b)));
}

Tensor changed(const LeakProbe& p, int64_t b, int64_t t) {
  Tensor input = p.input.clone_data();
  p.change(input, b, t);
  return input;
}

// ---- where it enters

// Which elements of a result belong to which sample and step, if its shape shows that.
struct Positions {
  int batch = -1, step = -1;
  int64_t steps = 0;
  bool merged = false;  // one axis of B times steps
};

Positions positions(const Shape& shape, int64_t B, std::initializer_list<int64_t> sizes) {
  for (int64_t steps : sizes) {
    Positions at{.steps = steps};
    int found = 0;
    for (int axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] == B && at.batch < 0) at.batch = axis;
      else if (shape[axis] == steps) {
        ++found;
        at.step = axis;
      }
      if (shape[axis] == B * steps && axis == 0)
        return {.batch = 0, .step = 0, .steps = steps, .merged = true};
    }
    if (found == 1 && at.batch >= 0) return at;
  }
  Positions at;
  for (int axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] == B && at.batch < 0) at.batch = axis;
  return at;
}

struct Change {
  int64_t sample, step;
};

// Whether a position of a result must not depend on the changed input.
bool clean(const Pairs& at, const LeakProbe& p, const Positions& where, int64_t b, int64_t step,
           const Change& c) {
  if (b != c.sample) return true;
  if (where.step < 0) return !p.stepwise && p.hidden(b, 0, c.step);
  if (p.stepwise && where.steps == at.O) return p.hidden(b, step, c.step);
  return p.hidden(b, 0, c.step) && !p.hidden(b, 0, step);
}

bool changes_a_clean_position(const Pairs& at, const LeakProbe& p, const Tensor& before,
                              const Tensor& after, const Change& c) {
  const Positions where = positions(before.shape(), at.B, {at.O > 1 ? at.O : at.T, at.T});
  if (where.batch < 0) return false;
  const Numbers x = before.to_vector<double>(), y = after.to_vector<double>();
  const Strides steps = Layout::contiguous(before.shape()).strides;
  const auto index = [&](size_t i, int axis) {
    return axis < 0 ? 0 : static_cast<int64_t>(i) / steps[axis] % before.size(axis);
  };
  for (size_t i = 0; i < x.size(); ++i) {
    if (!differs(x[i], y[i], p.tolerance)) continue;
    const int64_t row = index(i, where.batch);
    const int64_t b = where.merged ? row / where.steps : row;
    const int64_t step = where.merged ? row % where.steps : index(i, where.step);
    if (clean(at, p, where, b, step, c)) return true;
  }
  return false;
}

// The op behind views, which only show its result.
const Node& behind_views(const Node& node) {
  const Node* at = &node;
  const auto shows = [](const std::string& op) {
    return op == "broadcast_to" || op == "reshape" || op == "permute" || op == "slice";
  };
  while (shows(at->op) && at->edges[0].node && !at->edges[0].to()->is_leaf())
    at = at->edges[0].to();
  return *at;
}

// The first op whose result changes at a position that must not depend on the changed input.
std::string entrance(const LeakProbe& p, const Change& c) {
  const EnableGrad with_grad;
  RecordTape before;
  const Tensor y = p.run(p.input);
  const Pairs at(p, y);
  RecordTape after;
  p.run(changed(p, c.sample, c.step));
  const size_t n = std::min(before.nodes.size(), after.nodes.size());
  for (size_t i = 0; i < n; ++i) {
    const Node &a = *before.nodes[i], &b = *after.nodes[i];
    const Tensor &u = a.extras_if_any()->outputs[0], &v = b.extras_if_any()->outputs[0];
    if (std::string(a.op) != b.op || u.shape() != v.shape()) return "";
    if (is_float(u.dtype()) && changes_a_clean_position(at, p, u, v, c))
      return op_place(behind_views(a));
  }
  return "";
}

void check_values(const LeakProbe& p, LeakFinding& found) {
  const NoGrad no_grad;
  const Tensor y = p.run(p.input);
  const Pairs at(p, y);
  const Numbers before = y.to_vector<double>();
  const auto width = static_cast<int64_t>(before.size()) / (at.B * at.O);
  for (int64_t other = 0; other < at.B; ++other)
    for (int64_t t = 0; t < at.T; ++t) {
      const Numbers after = p.run(changed(p, other, t)).to_vector<double>();
      for (int64_t b = 0; b < at.B; ++b)
        for (int64_t o = 0; o < at.O; ++o) {
          if (!at.hidden(b, o, other, t)) continue;
          ++found.pairs;
          bool same = true;
          for (int64_t i = (b * at.O + o) * width; i < (b * at.O + o + 1) * width; ++i)
            same = same && !differs(after[static_cast<size_t>(i)], before[static_cast<size_t>(i)],
                                    p.tolerance);
          if (same) continue;
          ++found.values;
          if (found.first.empty()) found.first = pair_text(p, b, o, other, t);
          if (found.place.empty()) found.place = entrance(p, {other, t});
        }
    }
}

}  // namespace

LeakFinding leak_check(const LeakProbe& probe) {
  if (!probe.input.defined() || probe.input.dim() < 2 || !probe.run || !probe.hidden ||
      !probe.change)
    argument_error({"leak_check: \"", probe.what,
                    "\" needs an input [B, T, ...] and the functions ", "run, hidden and change"});
  LeakFinding found{.what = probe.what};
  check_gradients(probe, found);
  check_values(probe, found);
  return found;
}

}  // namespace gradus
