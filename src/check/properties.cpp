// SPDX-License-Identifier: MIT
// The properties. Each takes one sample and adds its failures to the report.
#include "check/properties.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>

#include "check/edge.h"
#include "check/run.h"
#include "check/second_order.h"
#include "check/size.h"
#include "gradus/autograd/autograd.h"
#include "gradus/autograd/gradcheck.h"
#include "gradus/base/parallel.h"

namespace gradus::check {
namespace {

constexpr double atol = 1e-7, rtol = 1e-6;  // for the gradient and the five-point difference

// One sample with everything that several properties share.
struct Trial {
  const Sample& sample;
  const OpRow& row;
  RowReport& report;
  std::vector<size_t> which{};       // differentiated inputs
  std::vector<Tensor> cotangents{};  // f64
  Run right{};
  std::vector<Tensor> numeric{};

  bool differentiable() const { return !which.empty(); }
  void fail(const std::string& property, const std::string& what) const {
    report.failures.push_back(property + ", sample " + sample.label + ": " + what);
  }
};

Run run(const Trial& t, const std::vector<Tensor>& inputs, const std::vector<size_t>& tracked) {
  return check::run(t.sample.call, inputs, tracked, t.cotangents);
}

void expect_near(const Trial& t, const char* property, const Run& a, const Run& b, double outputs,
                 double grads) {
  const auto compare = [&](const char* what, auto& x, auto& y, double limit) {
    if (x.size() != y.size())
      return t.fail(property, text({x.size(), " ", what, " for ", y.size()}));
    for (size_t i = 0; i < x.size(); ++i)
      if (const double d = distance(x[i], y[i]); !(d <= limit))
        t.fail(property, text({what, " ", i, " differs by ", d, ", allowed ", limit}));
  };
  compare("output", a.outputs, b.outputs, outputs);
  compare("gradient", a.grads, b.grads, grads);
}

void expect_identical(const Trial& t, const char* property, const Run& a, const Run& b) {
  for (size_t i = 0; i < a.outputs.size(); ++i)
    if (!identical(a.outputs[i], b.outputs[i]))
      t.fail(property, text({"bits of output ", i, " differ"}));
  for (size_t i = 0; i < a.grads.size(); ++i)
    if (!identical(a.grads[i], b.grads[i]))
      t.fail(property, text({"bits of gradient ", i, " differ"}));
}

// ---- the properties

void forward_equals_reference(const Trial& t) {
  const Arrays<double> expected = t.sample.reference.on_doubles(arrays_of<double>(t.sample.inputs));
  if (expected.size() != t.right.outputs.size())
    return t.fail("forward = reference", text({expected.size(), " outputs expected"}));
  for (size_t k = 0; k < expected.size(); ++k) {
    const Tensor e = tensor(expected[k].v, expected[k].shape, DType::f64);
    const double d = distance(t.right.outputs[k], e);
    if (!(d <= 1e-11))
      t.fail("forward = reference", text({"output ", k, " ", t.right.outputs[k].shape(),
                                          " differs by ", d, " from ", e.shape()}));
  }
}

bool agrees(double analytic, double numeric) {
  return std::abs(analytic - numeric) <= atol + rtol * std::abs(numeric);
}

void gradient_equals_difference(Trial& t) {
  for (size_t j = 0; j < t.which.size(); ++j) {
    t.numeric.push_back(numeric_gradient(t.sample.call, t.sample.inputs, t.which[j], t.cotangents));
    const std::vector<double> a = t.right.grads[j].to_vector<double>();
    const double* n = t.numeric[j].data<double>();
    for (size_t i = 0; i < a.size(); ++i) {
      t.report.worst = std::max(t.report.worst, std::abs(a[i] - n[i]) / (1 + std::abs(n[i])));
      if (!agrees(a[i], n[i]))
        t.fail("gradient = difference", text({"input ", t.which[j], " element ", i, ": analytic ",
                                              a[i], ", numeric ", n[i]}));
    }
  }
}

// <c, J u> from dual numbers equals <J' c, u> from backward.
void gradient_equals_duals(const Trial& t, uint64_t seed) {
  const double gap = gap_of_modes(t.sample, t.which, t.right, t.cotangents, seed);
  t.report.identity = std::isnan(gap) ? gap : std::max(t.report.identity, gap);
  if (!(gap <= 1e-12))
    t.fail("gradient = duals", text({"forward and reverse mode differ by ", gap}));
}

FirstOrder first_order(const Trial& t) { return {t.sample, t.which, t.cotangents, t.right.grads}; }

void gradient_has_a_gradient(const Trial& t, uint64_t seed) {
  if (!t.row.once) {
    const std::string error = second_order_error(first_order(t), seed);
    if (!error.empty()) t.fail("gradient of the gradient", error);
    return;
  }
  const std::string refusal = second_order_refusal(first_order(t));
  for (const std::string& rule : t.row.rules)
    if (refusal.find(": " + rule + " does not support") != refusal.npos) return;
  t.fail("gradient of the gradient", "expected a refusal that names the op, got: " + refusal);
}

Tensor transposed_storage(const Tensor& x) {
  Axes order;
  for (int i = x.dim() - 1; i >= 0; --i) order.push_back(i);
  Tensor store = Tensor::empty(x.layout().permuted(order).shape, x.dtype());
  Tensor view = store.with_layout(store.layout().permuted(order));
  return view.copy_(x);
}

Tensor stepped_storage(const Tensor& x) {
  if (x.dim() == 0) return x;
  Shape wide = x.shape();
  wide[x.dim() - 1] = 2 * wide.back() + 1;
  Tensor store = full(wide, 1, x.dtype());
  Tensor view = store.with_layout(store.layout().sliced(x.dim() - 1, 1, x.shape().back(), 2));
  return view.copy_(x);
}

void strided_equals_contiguous(const Trial& t) {
  for (Tensor (*arranged)(const Tensor&) : {transposed_storage, stepped_storage}) {
    std::vector<Tensor> inputs;
    for (const Tensor& x : t.sample.inputs) inputs.push_back(arranged(x));
    expect_near(t, "strided = contiguous", run(t, inputs, t.which), t.right, 1e-12, 1e-12);
  }
}

void f32_is_near_f64(const Trial& t) {
  const std::vector<Tensor> inputs = converted(t.sample.inputs, DType::f32);
  const Run narrow = run(t, inputs, t.which);
  for (size_t k = 0; k < narrow.outputs.size(); ++k)
    if (is_float(t.right.outputs[k].dtype()) && narrow.outputs[k].dtype() != DType::f32)
      t.fail("f32 near f64", text({"output ", k, " is ", name(narrow.outputs[k].dtype())}));
  const Run wide = run(t, converted(inputs, DType::f64), t.which);
  expect_near(t, "f32 near f64", narrow, wide, 1e-5, 1e-4);
}

void unwanted_inputs_get_nothing(const Trial& t) {
  for (size_t j = 0; t.which.size() > 1 && j < t.which.size(); ++j) {
    const ObserveBackward observe([&](BackwardEvent& e) {
      for (size_t i = 0; i < e.grads.size(); ++i)
        if (!e.wanted[i] && e.grads[i].defined())
          t.fail("unwanted get nothing", text({e.node.op, " computed a gradient for input ", i}));
    });
    const Run alone = run(t, t.sample.inputs, {t.which[j]});
    if (!identical(alone.grads.at(0), t.right.grads[j]))
      t.fail("unwanted get nothing", text({"gradient ", j, " computed alone has other bits"}));
  }
}

void repeats_and_threads_agree(const Trial& t) {
  expect_identical(t, "two runs", run(t, t.sample.inputs, t.which), t.right);
  const int before = num_threads();
  for (int64_t tile : {4, 8}) {
    const SmallBlocks blocks(16, tile);
    set_num_threads(1);
    const Run one = run(t, t.sample.inputs, t.which);
    expect_near(t, "small blocks", one, t.right, 1e-12, 1e-12);
    for (int threads : {2, 3, 4, 8}) {
      set_num_threads(threads);
      expect_identical(t, "threads", run(t, t.sample.inputs, t.which), one);
    }
  }
  set_num_threads(before);
}

// ---- a sample, a row

std::vector<Tensor> copies(const std::vector<Tensor>& inputs) {
  std::vector<Tensor> out;
  for (const Tensor& x : inputs) out.push_back(x.clone_data());
  return out;
}

void expect_unchanged(const std::vector<Tensor>& inputs, const std::vector<Tensor>& before,
                      const std::function<void(const std::string&)>& fail) {
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!identical(inputs[i], before[i])) fail(text({"input ", i, " was changed"}));
}

void check_sample(Trial& t, uint64_t seed) {
  const std::vector<Tensor> before = copies(t.sample.inputs);
  const int64_t nodes = live_nodes();
  t.which = differentiated(t.row, t.sample);
  {
    const NoGrad no_grad;
    const Tensors y = t.sample.call({t.sample.inputs.data(), t.sample.inputs.size()});
    t.cotangents = random_cotangents({y.data(), y.size()}, seed);
  }
  t.right = run(t, t.sample.inputs, t.which);
  forward_equals_reference(t);
  strided_equals_contiguous(t);
  f32_is_near_f64(t);
  repeats_and_threads_agree(t);
  if (t.differentiable()) {
    gradient_equals_difference(t);
    gradient_equals_duals(t, seed);
    unwanted_inputs_get_nothing(t);
    if (!t.sample.kink) gradient_has_a_gradient(t, seed);
  }
  expect_unchanged(t.sample.inputs, before,
                   [&](const std::string& what) { t.fail("no side effect", what); });
  if (live_nodes() != nodes) t.fail("no leak", text({live_nodes() - nodes, " graph nodes remain"}));
}

void check_bad_input(const OpRow& row, const BadInput& bad, RowReport& report) {
  const std::vector<Tensor> before = copies(bad.inputs);
  const auto fail = [&](const std::string& what) {
    report.failures.push_back("bad input, " + bad.label + ": " + what);
  };
  try {
    bad.call({bad.inputs.data(), bad.inputs.size()});
    fail("was accepted");
  } catch (const std::invalid_argument& e) {
    const std::string message = e.what();
    if (message.find(bad.word) == message.npos) fail("\"" + bad.word + "\" is not in: " + message);
    if (message.rfind(row.name + ":", 0) != 0)
      fail("the message does not start with the op: " + message);
  } catch (const std::exception& e) {
    fail(std::string("wrong exception type: ") + e.what());
  }
  expect_unchanged(bad.inputs, before, fail);
}

// Whether the mutant's gradients differ from the correct ones in any bit (changed), and from the
// numeric ones by more than the tolerance (caught).
struct Effect {
  bool changed = false, caught = false;
};

Effect effect_of(const Mutant& mutant, const Trial& t) {
  Effect effect;
  Run wrong;
  try {
    const ObserveBackward observe([&](BackwardEvent& e) {
      if (std::find(t.row.rules.begin(), t.row.rules.end(), e.node.op) != t.row.rules.end())
        mutant.spoil(t.sample, e);
    });
    wrong = run(t, t.sample.inputs, t.which);
  } catch (const std::logic_error&) {  // the engine refused a gradient of a wrong shape
    return {true, true};
  }
  for (size_t j = 0; j < t.which.size(); ++j) {
    effect.changed = effect.changed || !identical(wrong.grads[j], t.right.grads[j]);
    const std::vector<double> a = wrong.grads[j].to_vector<double>();
    const double* n = t.numeric[j].data<double>();
    for (size_t i = 0; i < a.size(); ++i) effect.caught = effect.caught || !agrees(a[i], n[i]);
  }
  return effect;
}

// The failures at the edge of the number range, of the op or of the formula `instead`.
std::vector<std::string> failures_at_edge(const OpRow& row, const Naive* instead) {
  std::vector<std::string> failures;
  const auto add = [&](std::vector<std::string> more) {
    std::move(more.begin(), more.end(), std::back_inserter(failures));
  };
  if (row.elementwise) add(edge_failures(row, instead));
  if (row.elementwise && !instead) add(place_failures(row));
  if (row.far) add(far_failures(row, instead));
  return failures;
}

// A formula that throws is a fault of the row and does not count as caught.
void check_naive(const OpRow& row, const Naive& naive, RowReport& report) {
  ++report.mutants;
  ++report.written_by_hand;
  try {
    if (!failures_at_edge(row, &naive).empty()) ++report.caught;
    else report.survivors.push_back("naive: " + naive.name);
  } catch (const std::exception& e) {
    report.failures.push_back("naive: " + naive.name + ": " + e.what());
  }
}

void check_mutants(const OpRow& row, const std::vector<Trial>& trials, RowReport& report) {
  const auto try_all = [&](const Mutant& mutant, bool by_hand) {
    Effect total;
    for (const Trial& t : trials) {
      const Effect e = effect_of(mutant, t);
      total.changed = total.changed || e.changed;
      total.caught = total.caught || e.caught;
    }
    if (!total.changed && !by_hand) return;  // changes nothing for this op, so it does not count
    ++report.mutants;
    report.written_by_hand += by_hand;
    if (total.caught) ++report.caught;
    else report.survivors.push_back(mutant.name);
  };
  for (const Mutant& m : row.mutants) try_all(m, true);
  for (const Mutant& m : general_mutants()) try_all(m, false);
  for (const Naive& n : row.naive) check_naive(row, n, report);
  if (row.once) return;
  ++report.mutants;
  for (const Trial& t : trials)
    if (!t.sample.kink && !second_order_error_of_mutant(first_order(t), 0, row.rules).empty()) {
      ++report.caught;
      return;
    }
  report.survivors.push_back("half of the gradient held constant");
}

}  // namespace

RowReport check_row(const OpRow& row, const CheckOptions& options) {
  RowReport report{.name = row.name, .differentiable = !row.rules.empty()};
  report.twice = report.differentiable && !row.once;
  const auto asked = static_cast<size_t>(options.samples);
  std::vector<Sample> samples;
  for (uint64_t round = 0; samples.empty() || samples.size() < asked; ++round) {
    Generator gen(options.seed, round);
    for (Sample& s : row.samples(gen)) samples.push_back(std::move(s));
  }
  if (asked > 0) samples.resize(asked);
  std::vector<Trial> trials;
  for (const Sample& s : samples) {
    Trial t{.sample = s, .row = row, .report = report};
    try {
      check_sample(t, options.seed);
      trials.push_back(std::move(t));
    } catch (const std::exception& e) {
      t.fail("runs", e.what());
    }
    ++report.samples;
  }
  for (const BadInput& bad : row.bad) check_bad_input(row, bad, report);
  if (options.large)
    for (const auto& failures : {failures_at_edge(row, nullptr), size_failures(row, options.seed)})
      report.failures.insert(report.failures.end(), failures.begin(), failures.end());
  if (options.mutants && report.differentiable && report.failures.empty())
    check_mutants(row, trials, report);
  return report;
}

}  // namespace gradus::check
