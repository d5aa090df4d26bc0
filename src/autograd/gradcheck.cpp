// SPDX-License-Identifier: MIT
// Numeric gradients, comparison, and the verdict.
#include "gradus/autograd/gradcheck.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "compare.h"
#include "gradus/autograd/autograd.h"

namespace gradus {
namespace {

// f(inputs) with element i of input `which` shifted by `by`.
class Probe {
 public:
  Probe(const CheckedFunction& fn, const std::vector<Tensor>& inputs, size_t which,
        const std::vector<Tensor>& cotangents)
      : fn_(fn), cotangents_(cotangents), inputs_(inputs) {
    inputs_[which] = inputs[which].clone_data();
    moved_ = inputs_[which];
  }
  double at(int64_t i, double by) {
    double* x = moved_.mutable_data<double>("gradcheck");
    const double before = x[i];
    x[i] = before + by;
    const double value = sum();
    moved_.mutable_data<double>("gradcheck")[i] = before;
    return value;
  }
  double derivative(int64_t i, double h) {
    return (at(i, -2 * h) - 8 * at(i, -h) + 8 * at(i, h) - at(i, 2 * h)) / (12 * h);
  }

 private:
  double sum() {
    const NoGrad no_grad;
    const Tensors y = fn_({inputs_.data(), inputs_.size()});
    long double total = 0;
    for (size_t k = 0; k < y.size(); ++k) {
      if (!cotangents_[k].defined()) continue;
      const Tensor values = y[k].contiguous_data();
      const double *a = values.data<double>(), *c = cotangents_[k].data<double>();
      for (int64_t j = 0; j < values.numel(); ++j) total += static_cast<long double>(a[j]) * c[j];
    }
    return static_cast<double>(total);
  }

  const CheckedFunction& fn_;
  const std::vector<Tensor>& cotangents_;
  std::vector<Tensor> inputs_;
  Tensor moved_;
};

// The reason why the difference is unreliable at element i, or "": one-sided derivatives of a
// smooth function agree to h^2; at a kink they differ, and the analytic value equals one of them or
// lies between.
std::string doubt(Probe& f, int64_t i, double h, double analytic, double numeric) {
  if (!std::isfinite(numeric)) return "the function is not finite nearby";
  const double here = f.at(i, 0);
  const double left = (3 * here - 4 * f.at(i, -h) + f.at(i, -2 * h)) / (2 * h);
  const double right = (-3 * here + 4 * f.at(i, h) - f.at(i, 2 * h)) / (2 * h);
  const double gap = std::abs(left - right), slack = 0.01 * gap;
  const bool kink = gap > 1e-3 * (1 + std::abs(numeric));
  const bool between = analytic >= std::min(left, right) - slack - 1e-6 &&
                       analytic <= std::max(left, right) + slack + 1e-6;
  if (kink && between) return "a kink lies within reach of the step";
  return "";
}

// The reason why no check is possible, or "".
std::string obstacle(const CheckedFunction& fn, const std::vector<Tensor>& inputs) {
  bool any = false;
  for (const Tensor& x : inputs) {
    if (x.dtype() == DType::f32)
      return "an input is f32: differences of f32 values are too coarse; convert the inputs to f64";
    any = any || x.dtype() == DType::f64;
  }
  if (!any) return "no input is f64";
  const NoGrad no_grad;
  const Tensors first = fn({inputs.data(), inputs.size()});
  for (const Tensor& y : first)
    if (y.dtype() == DType::f32) return "an output is f32; compute in f64";
  for (int repeat = 0; repeat < 8; ++repeat) {  // dropout of few elements may repeat by chance
    const Tensors again = fn({inputs.data(), inputs.size()});
    for (size_t k = 0; k < first.size(); ++k)
      if (k >= again.size() || !identical(first[k], again[k]))
        return "the function returns different values on a second call (dropout?)";
  }
  return "";
}

}  // namespace

const char* name(Verdict v) {
  return v == Verdict::pass ? "pass" : v == Verdict::fail ? "fail" : "undecided";
}

GradcheckEntry compare_gradient(const CheckedFunction& fn, const std::vector<Tensor>& inputs,
                                size_t which, const std::vector<Tensor>& cotangents,
                                const Tensor& analytic, const GradcheckOptions& o) {
  GradcheckEntry e;
  Probe probe(fn, inputs, which, cotangents);
  const Tensor g = analytic.contiguous_data();
  e.shape = g.shape();
  double worst = -1;
  for (int64_t i = 0; i < g.numel(); ++i) {
    const double a = g.data<double>()[i], n = probe.derivative(i, o.step);
    const double gap = std::abs(a - n), error = gap / (1 + std::abs(n));
    const bool passes = gap <= o.atol + o.rtol * std::abs(n);
    const std::string reason = passes ? "" : doubt(probe, i, o.step, a, n);
    const Verdict verdict = passes           ? Verdict::pass
                            : reason.empty() ? Verdict::fail
                                             : Verdict::undecided;
    // fail outranks undecided, which outranks pass; for equal verdicts the larger error is shown.
    const auto rank = [](Verdict v) { return v == Verdict::fail ? 2 : v == Verdict::undecided; };
    const bool shown = rank(verdict) > rank(e.verdict) ||
                       (rank(verdict) == rank(e.verdict) && (error > worst || std::isnan(error)));
    if (!shown) continue;
    worst = error;
    e.verdict = verdict;
    e.error = error;
    e.index = i;
    e.analytic = a;
    e.numeric = n;
    e.reason = reason;
  }
  return e;
}

std::vector<Tensor> random_cotangents(Inputs outputs, uint64_t seed) {
  Generator gen(seed, 0xC0);
  std::vector<Tensor> all;
  for (const Tensor& y : outputs) {
    if (!is_float(y.dtype())) {
      all.emplace_back();
      continue;
    }
    Tensor c = rand(y.shape(), gen, DType::f64);
    double* v = c.mutable_data<double>();
    for (int64_t i = 0; i < c.numel(); ++i) v[i] = v[i] < 0.5 ? -0.5 - 2 * v[i] : v[i] * 2 - 0.5;
    all.push_back(c.to(y.dtype()));
  }
  return all;
}

Tensor numeric_gradient(const CheckedFunction& fn, const std::vector<Tensor>& inputs, size_t which,
                        const std::vector<Tensor>& cotangents, double step) {
  Probe probe(fn, inputs, which, cotangents);
  Tensor out = Tensor::empty(inputs[which].shape(), DType::f64);
  for (int64_t i = 0; i < out.numel(); ++i) {
    const double d = probe.derivative(i, step);
    out.mutable_data<double>()[i] = d;
  }
  return out;
}

GradcheckReport gradcheck(const CheckedFunction& fn, const std::vector<Tensor>& inputs,
                          GradcheckOptions options) {
  GradcheckReport report;
  if (const std::string reason = obstacle(fn, inputs); !reason.empty()) {
    report.verdict = Verdict::undecided;
    report.entries.push_back({.name = "inputs", .verdict = report.verdict, .reason = reason});
    return report;
  }
  std::vector<Tensor> leaves, checked;
  std::vector<size_t> which;
  for (size_t i = 0; i < inputs.size(); ++i) {
    leaves.push_back(inputs[i].clone_data());
    if (inputs[i].dtype() != DType::f64) continue;
    leaves.back().requires_grad_();
    checked.push_back(leaves.back());
    which.push_back(i);
  }
  const Tensors y = fn({leaves.data(), leaves.size()});
  const std::vector<Tensor> cotangents = random_cotangents({y.data(), y.size()}, options.seed);
  std::vector<Tensor> tracked, tracked_cotangents;
  for (size_t k = 0; k < y.size(); ++k) {
    if (!y[k].requires_grad()) continue;
    tracked.push_back(y[k]);
    tracked_cotangents.push_back(cotangents[k]);
  }
  std::vector<Tensor> grads(checked.size());
  if (!tracked.empty()) grads = grad(tracked, checked, tracked_cotangents, {.allow_unused = true});
  std::vector<Tensor> plain;
  for (const Tensor& x : leaves) plain.push_back(x.detach());
  for (size_t j = 0; j < checked.size(); ++j) {
    const Tensor analytic = grads[j].defined() ? grads[j] : zeros_like(checked[j]);
    GradcheckEntry e = compare_gradient(fn, plain, which[j], cotangents, analytic, options);
    const std::string given = inputs[which[j]].name();
    e.name = given.empty() ? "input " + std::to_string(which[j]) : given;
    if (e.verdict == Verdict::fail && !grads[j].defined()) e.reason = "no gradient reaches it";
    report.entries.push_back(e);
    if (e.verdict == Verdict::fail || report.verdict == Verdict::pass) report.verdict = e.verdict;
  }
  return report;
}

namespace {

// The gradients of <c, fn(x)> as part of the graph; `in` holds x, then c.
Tensors graph_of_gradients(const CheckedFunction& fn, size_t count, Inputs in) {
  const EnableGrad with_grad;
  std::vector<Tensor> x(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(count));
  std::vector<Tensor> leaves, outputs, cotangents;
  for (Tensor& v : x) {
    if (v.dtype() != DType::f64) continue;
    if (!v.requires_grad()) v = v.detach().requires_grad_();
    leaves.push_back(v);
  }
  const Tensors y = fn({x.data(), x.size()});
  for (size_t k = 0; k < y.size(); ++k) {
    if (!y[k].requires_grad()) continue;
    outputs.push_back(y[k]);
    cotangents.push_back(in[count + k]);
  }
  Tensors found;
  if (outputs.empty()) return found;
  const GradOptions graph{.create_graph = true, .allow_unused = true};
  for (Tensor& g : grad(outputs, leaves, cotangents, graph))
    if (g.defined()) found.push_back(std::move(g));
  return found;
}

}  // namespace

GradcheckReport gradgradcheck(const CheckedFunction& fn, const std::vector<Tensor>& inputs,
                              GradcheckOptions options) {
  std::vector<Tensor> all = inputs;
  {
    const NoGrad no_grad;
    const Tensors y = fn({inputs.data(), inputs.size()});
    for (Tensor& c : random_cotangents({y.data(), y.size()}, options.seed + 1))
      all.push_back(c.defined() ? std::move(c) : zeros({}, DType::i64));  // placeholder, never read
  }
  const size_t count = inputs.size();
  const auto gradients = [&](Inputs in) { return graph_of_gradients(fn, count, in); };
  GradcheckReport report = gradcheck(gradients, all, options);
  for (GradcheckEntry& e : report.entries)
    for (size_t k = count; k < all.size(); ++k)
      if (e.name == "input " + std::to_string(k)) e.name = "cotangent " + std::to_string(k - count);
  return report;
}

double GradcheckReport::worst() const {
  double w = 0;
  for (const GradcheckEntry& e : entries) w = std::isnan(e.error) ? e.error : std::max(w, e.error);
  return w;
}

std::string GradcheckReport::str() const {
  std::string out;
  size_t width = 5;
  for (const GradcheckEntry& e : entries) width = std::max(width, e.name.size());
  for (const GradcheckEntry& e : entries) {
    char line[256];
    std::snprintf(line, sizeof line, "  %-9s error %.1e at %lld: analytic %.10g, numeric %.10g",
                  gradus::name(e.verdict), e.error, static_cast<long long>(e.index), e.analytic,
                  e.numeric);
    out += e.name + std::string(width - e.name.size(), ' ') + "  " + e.shape.str() + line;
    out += (e.reason.empty() ? "" : "; " + e.reason) + "\n";
  }
  return out + "gradcheck: " + gradus::name(verdict) + "\n";
}

}  // namespace gradus
