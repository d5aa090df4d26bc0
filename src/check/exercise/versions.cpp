// SPDX-License-Identifier: MIT
// Right and wrong versions of a function: how they are made, run and told apart.
#include <algorithm>
#include <cmath>

#include "check/exercise/exercise.h"
#include "check/exercise/words.h"
#include "check/run.h"
#include "gradus/autograd/autograd.h"
#include "gradus/autograd/gradcheck.h"
#include "gradus/autograd/rule.h"
#include "gradus/ops/elementwise.h"

namespace gradus::exercise {
namespace {

// The right forward with a backward of its own.
struct Spoilt {
  static constexpr const char* name = "wrong version";
  Call right;
  Numbers numbers;
  Backward of;
  std::vector<Tensor> in{};
  Outputs forward(Inputs inputs) {
    in.assign(inputs.begin(), inputs.end());
    return right(inputs, numbers);
  }
  Grads backward(const Grads& dy, Wanted) const { return of({in.data(), in.size()}, numbers, dy); }
};

// The right gradients; undefined for inputs that have none.
Grads right_grads(const Call& right, Inputs in, const Numbers& numbers, const Grads& dy) {
  const EnableGrad enable;
  std::vector<Tensor> leaves, tracked, outputs, arriving;
  for (const Tensor& x : in) {
    leaves.push_back(x.detach());
    if (is_float(x.dtype())) tracked.push_back(leaves.back().requires_grad_());
  }
  const Tensors y = right({leaves.data(), leaves.size()}, numbers);
  for (size_t k = 0; k < y.size(); ++k) {
    if (!y[k].requires_grad() || !dy[k].defined()) continue;
    outputs.push_back(y[k]);
    arriving.push_back(dy[k]);
  }
  std::vector<Tensor> found(tracked.size());
  if (!outputs.empty()) found = grad(outputs, tracked, arriving, {.allow_unused = true});
  Grads all;
  size_t next = 0;
  for (const Tensor& x : in) {
    Tensor g;
    if (is_float(x.dtype())) {
      g = found[next].defined() ? found[next] : zeros_like(x);
      ++next;
    }
    all.push_back(g);
  }
  return all;
}

Impostor changed_gradient(const Call& right, const std::string& name,
                          std::function<void(Grads&)> change) {
  return wrong_gradient(right, name, [=](Inputs in, const Numbers& numbers, const Grads& dy) {
    Grads g = right_grads(right, in, numbers, dy);
    change(g);
    return g;
  });
}

Impostor scaled_gradient(const Call& right, const std::string& name, double factor) {
  return changed_gradient(right, name, [factor](Grads& grads) {
    for (Tensor& g : grads)
      if (g.defined()) g = g * factor;
  });
}

void drop_last(Grads& grads) {
  for (Tensor& g : grads) {
    if (!g.defined() || g.numel() == 0) continue;
    g = g.clone_data();
    const NoGrad no_grad;
    g.view({-1})[-1] = 0;
  }
}

// Adds 0.1 to the last element of the first result that is a float, changes it in others.
Tensors with_last_changed(Tensors y) {
  Tensor& first = y[0];
  if (first.numel() == 0) return y;
  if (is_float(first.dtype())) {
    Tensor more = zeros_like(first);
    more.view({-1})[-1] = 0.1;
    first = first + more;
  } else if (first.dtype() == DType::boolean) {
    first = first.clone_data();
    bool* last = first.mutable_data<bool>() + first.numel() - 1;
    *last = !*last;
  } else {
    first = first.clone_data();
    first.mutable_data<int64_t>()[first.numel() - 1] += 1;
  }
  return y;
}

std::vector<Impostor> general_impostors(const Exercise& e) {
  const Call right = e.right;
  std::vector<Impostor> all = {
      wrong_result(
          "the last element of the result is wrong",
          [right](Inputs in, const Numbers& n) { return with_last_changed(right(in, n)); }),
      wrong_result("the result is 1 % too large", [right](Inputs in, const Numbers& n) {
        Tensors y = right(in, n);
        for (Tensor& one : y)
          if (is_float(one.dtype())) one = one * 1.01;
        return y;
      })};
  if (!e.gradient) return all;
  all.push_back(scaled_gradient(right, "the gradient is zero", 0));
  all.push_back(scaled_gradient(right, "the gradient is negated", -1));
  all.push_back(scaled_gradient(right, "the gradient is 1 % too large", 1.01));
  all.push_back(changed_gradient(right, "the last element of the gradient is dropped", drop_last));
  all.push_back(wrong_gradient(right, "the backward ignores dy",
                               [right](Inputs in, const Numbers& numbers, const Grads& dy) {
                                 Grads ones;
                                 for (const Tensor& d : dy)
                                   ones.push_back(d.defined() ? ones_like(d) : d);
                                 return right_grads(right, in, numbers, ones);
                               }));
  return all;
}

std::vector<Tensor> as_tensors(const check::Arrays<double>& arrays) {
  std::vector<Tensor> all;
  for (const auto& a : arrays) all.push_back(tensor(a.v, a.shape, DType::f64));
  return all;
}

// Whether broadcasting makes `to` of `from`.
bool was_repeated(const Shape& from, const Shape& to) {
  const int more = to.size() - from.size();
  if (more < 0) return false;
  for (int axis = 0; axis < from.size(); ++axis)
    if (from[axis] != 1 && from[axis] != to[axis + more]) return false;
  return true;
}

// Checks what a backward returned, with clearer messages than the engine's.
void check_shapes(const Exercise& e, const std::vector<Tensor>& inputs,
                  const BackwardEvent& event) {
  const auto name_of = [&](size_t i) {
    for (size_t j = 0; j < inputs.size(); ++j)
      if (inputs[j].storage() == event.inputs[i].storage()) return input_name(e, j);
    return text({"input ", i, " of ", event.node.op});
  };
  const size_t n = event.inputs.size();
  if (event.grads.size() != n)
    throw Fault(text({"backward returns ", event.grads.size(),
                      event.grads.size() == 1 ? " gradient for " : " gradients for ", n,
                      n == 1 ? " input" : " inputs"}),
                "return a list with one gradient for each input, in the order of the inputs; "
                "Tensor{} for those without a gradient");
  for (size_t i = 0; i < n; ++i) {
    if (!is_float(event.inputs[i].dtype()) || !event.wanted[static_cast<int>(i)]) continue;
    const Tensor& g = event.grads[i];
    const std::string name = name_of(i);
    if (!g.defined())
      throw Fault("backward returns an undefined gradient for " + name,
                  "compute d" + name + " and return it at its place in the list");
    const Shape& have = g.shape();
    const Shape& want = event.inputs[i].shape();
    if (have == want) continue;
    const bool repeated = was_repeated(want, have);
    throw Fault(text({"the gradient of ", name, " is ", have, ", but ", name, " is ", want}) +
                    (repeated ? ": sum over the axes along which " + name +
                                    " was repeated: sum_to(..., " + name + ".shape())"
                              : ""),
                repeated ? "an input that takes part in several results collects the gradients of "
                           "all of them"
                         : "a gradient has the shape of its input: look for swapped gradients, a "
                           "missing transpose, or a sum too many");
  }
}

void check_unchanged(const Exercise& e, const Example& example, const std::vector<Tensor>& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!identical(inputs[i].detach(), example.inputs[i]))
      throw Fault("your function changes its input " + input_name(e, i),
                  "compute with new tensors: x.clone_data() is a copy that may be changed");
}

Example example_of(const check::Sample& s, Numbers numbers) {
  Example e{s.label, s.inputs, std::move(numbers), Tensors{}, !s.kink};
  for (Tensor& y : as_tensors(s.reference.on_doubles(check::arrays_of<double>(s.inputs))))
    e.expected->push_back(y);
  return e;
}

const check::OpRow& row_named(const std::string& op) {
  static const check::Rows table = check::op_table();
  for (const check::OpRow& row : table)
    if (row.name == op) return row;
  internal_error({"exercise: no row of the op table is named ", op});
}

bool same(double a, double b, double tolerance) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  if (!std::isfinite(a) || !std::isfinite(b)) return false;
  return std::abs(a - b) <= tolerance * (1 + std::abs(b));
}

}  // namespace

void use_row(Exercise& e, const std::string& op, NumbersOf numbers_of, AttributesOf attributes_of) {
  const check::OpRow& row = row_named(op);
  e.rules = row.rules;
  e.sample = [attributes_of](Inputs in, const Numbers& numbers) {
    check::Sample s;
    s.inputs.assign(in.begin(), in.end());
    s.attributes = attributes_of(in, numbers);
    return s;
  };
  for (const check::Mutant& m : row.mutants) e.impostors.push_back({m.name, {}, m.spoil});
  e.examples = [&row, numbers_of](Generator& gen) {
    std::vector<Example> all;
    for (const check::Sample& s : row.samples(gen))
      if (std::optional<Numbers> numbers = numbers_of(s)) all.push_back(example_of(s, *numbers));
    return all;
  };
  if (!row.far) return;
  for (const check::Sample& s : row.far())
    if (std::optional<Numbers> numbers = numbers_of(s))
      e.edges.push_back({{text({"numbers ", s.label}), s.inputs, *numbers}, ""});
}

Impostor wrong_result(std::string name, Call call) { return {std::move(name), std::move(call)}; }

Impostor wrong_gradient(const Call& right, std::string name, Backward backward) {
  return {std::move(name), [right, backward](Inputs in, const Numbers& numbers) {
            return apply(Spoilt{right, numbers, backward}, in);
          }};
}

Outcomes outcomes_of(const Exercise& e, const Impostor* impostor, const Call& call,
                     const Example& example, bool gradients) {
  std::optional<ObserveBackward> observe;
  if (impostor && impostor->spoil)
    observe.emplace([&](BackwardEvent& event) {
      const Inputs in = {example.inputs.data(), example.inputs.size()};
      if (std::find(e.rules.begin(), e.rules.end(), event.node.op) != e.rules.end())
        impostor->spoil(e.sample(in, example.numbers), event);
    });
  std::vector<Tensor> inputs, leaves, arriving;
  if (!impostor && gradients)
    observe.emplace([&](BackwardEvent& event) { check_shapes(e, inputs, event); });
  running_backward(false);
  for (const Tensor& x : example.inputs) {
    inputs.push_back(x.clone_data());
    if (gradients && x.dtype() == DType::f64) leaves.push_back(inputs.back().requires_grad_());
  }
  Outcomes out{(impostor && impostor->call ? impostor->call : call)({inputs.data(), inputs.size()},
                                                                    example.numbers)};
  check_unchanged(e, example, inputs);
  if (!gradients) return out;
  for (const Tensor& y : out.results)
    if (!y.defined()) throw Fault("it returns an undefined tensor", "return the result of forward");
  const std::vector<Tensor> cotangents =
      random_cotangents({out.results.data(), out.results.size()}, 0);
  std::vector<Tensor> from;
  for (size_t k = 0; k < out.results.size(); ++k) {
    if (!out.results[k].requires_grad()) continue;
    from.push_back(out.results[k]);
    arriving.push_back(cotangents[k]);
  }
  out.grads.resize(leaves.size());
  running_backward(true);
  if (!from.empty()) out.grads = grad(from, leaves, arriving, {.allow_unused = true});
  for (size_t i = 0; i < leaves.size(); ++i)
    if (!out.grads[i].defined()) out.grads[i] = zeros_like(leaves[i]);
  running_backward(false);
  for (Tensor& y : out.results) y = y.detach();
  return out;
}

bool agree(std::span<const Tensor> a, std::span<const Tensor> b, double tolerance) {
  if (a.size() != b.size()) return false;
  for (size_t k = 0; k < a.size(); ++k) {
    if (!a[k].defined() || a[k].shape() != b[k].shape()) return false;
    const std::vector<double> x = a[k].to_vector<double>(), y = b[k].to_vector<double>();
    for (size_t i = 0; i < x.size(); ++i)
      if (!same(x[i], y[i], tolerance)) return false;
  }
  return true;
}

std::vector<Impostor> effective_impostors(const Exercise& e, const std::vector<Example>& examples) {
  std::vector<Impostor> all = e.impostors, effective;
  // Those written for the exercise come first: if several do the same, their names are kept.
  std::stable_partition(all.begin(), all.end(), [](const Impostor& i) { return !i.spoil; });
  for (Impostor& more : general_impostors(e)) all.push_back(std::move(more));
  using Done = std::optional<Outcomes>;  // nullopt: the engine refuses it
  const auto on_examples = [&](const Impostor* impostor) {
    std::vector<Done> done;
    for (const Example& example : examples) try {
        done.push_back(outcomes_of(e, impostor, e.right, example, e.gradient && example.gradient));
      } catch (const std::exception&) {
        done.push_back({});
      }
    return done;
  };
  const auto alike = [](const Done& a, const Done& b) {
    if (!a || !b) return !a && !b;
    return agree(a->results, b->results, 1e-6) && agree(a->grads, b->grads, 1e-5);
  };
  std::vector<std::vector<Done>> seen = {on_examples(nullptr)};
  for (const Impostor& i : all) {
    std::vector<Done> done = on_examples(&i);
    const bool known = std::any_of(seen.begin(), seen.end(), [&](const std::vector<Done>& other) {
      return std::equal(done.begin(), done.end(), other.begin(), alike);
    });
    if (known) continue;
    effective.push_back(i);
    seen.push_back(std::move(done));
  }
  return effective;
}

bool notices(const Exercise& e, const Impostor& impostor, const Test& test) {
  check::Sample last;
  std::optional<ObserveBackward> observe;
  if (impostor.spoil)
    observe.emplace([&](BackwardEvent& event) {
      if (std::find(e.rules.begin(), e.rules.end(), event.node.op) != e.rules.end())
        impostor.spoil(last, event);
    });
  const Call& call = impostor.call ? impostor.call : e.right;
  try {
    return !test([&](Inputs in, const Numbers& numbers) {
      if (e.sample) last = e.sample(in, numbers);
      return call(in, numbers);
    });
  } catch (...) {
    return true;
  }
}

}  // namespace gradus::exercise
