// SPDX-License-Identifier: MIT
// Compares one gradient of one op with differences: along directions first, since one direction
// covers every element; bisection then finds an element that is wrong.
#include "check/rule_check.h"

#include <algorithm>
#include <cmath>

#include "autograd/compare.h"
#include "gradus/base/clock.h"
#include "gradus/ops/elementwise.h"
#include "gradus/tensor/make.h"

namespace gradus::check {
namespace {

using Weights = std::vector<double>;

Tensor in_f64(const Tensor& x) {
  return is_float(x.dtype()) ? x.to(DType::f64).clone_data() : x.detach();
}

// The result of a comparison along one direction.
struct Finding {
  Verdict verdict = Verdict::pass;
  double error = 0, spread = 0;  // absolute
  double analytic = 0, numeric = 0;
  std::string reason{};
};

// The gradient of one input, ready to be compared along any direction.
class RuleComparison {
 public:
  RuleComparison(const RuleInF64& rule, size_t which, const Compared& c, double tolerance)
      : rule_(rule),
        which_(which),
        cotangents_(c.cotangents),
        gradient_(c.analytic.to_vector<double>()),
        x_(rule.inputs[which].to_vector<double>()),
        slack_(tolerance * norm_of(c.analytic) + 1e-9) {}

  // Differences with several steps: a right gradient agrees with one of them. If none does, the
  // gradient is wrong, provided that the differences agree with each other.
  Finding along(const Weights& u) const {
    const GradcheckEntry first = compared(u, 3e-5);
    if (first.verdict == Verdict::pass) return found(first, slack_);
    std::vector<GradcheckEntry> tried;
    for (double step : {3e-4, 3e-5, 3e-6, 3e-7}) {
      tried.push_back(step == 3e-5 ? first : compared(u, step));
      if (tried.back().verdict == Verdict::pass) return found(tried.back(), slack_);
    }
    size_t best = 1;
    const auto spread = [&](size_t k) { return std::abs(tried[k].numeric - tried[k - 1].numeric); };
    for (size_t k = 2; k < tried.size(); ++k)
      if (!(spread(k) >= spread(best))) best = k;
    Finding f = found(tried[best], spread(best));
    for (const GradcheckEntry& e : tried)
      if (e.verdict == Verdict::undecided && f.reason.empty()) f.reason = e.reason;
    const bool sure = std::isfinite(f.numeric) && !(f.error <= 10 * f.spread);
    if (!f.reason.empty() || !sure) f.verdict = Verdict::undecided;
    else f.verdict = Verdict::fail;
    if (f.reason.empty() && !sure) f.reason = "the differences are too coarse here";
    return f;
  }
  // The error along u with the usual step alone.
  double error(const Weights& u) const {
    const GradcheckEntry e = compared(u, 3e-5);
    const double gap = std::abs(e.analytic - e.numeric);
    return std::isnan(gap) ? INFINITY : gap;
  }
  const Weights& x() const { return x_; }
  size_t size() const { return x_.size(); }

 private:
  GradcheckEntry compared(const Weights& u, double step) const {
    const Tensor direction = tensor(u, rule_.inputs[which_].shape(), DType::f64);
    const CheckedFunction line = [&](Inputs t) {
      std::vector<Tensor> in = rule_.inputs;
      in[which_] = in[which_] + direction * t[0].item();
      return rule_.results({in.data(), in.size()});
    };
    double slope = 0;
    for (size_t i = 0; i < u.size(); ++i)
      if (u[i] != 0) slope += u[i] * gradient_[i];
    return compare_gradient(line, {tensor(0.0, DType::f64)}, 0, cotangents_,
                            tensor(slope, DType::f64),
                            {.step = step, .atol = slack_, .rtol = 1e-6});
  }
  static Finding found(const GradcheckEntry& e, double spread) {
    return {.error = std::abs(e.analytic - e.numeric),
            .spread = spread,
            .analytic = e.analytic,
            .numeric = e.numeric,
            .reason = e.reason};
  }

  const RuleInF64& rule_;
  size_t which_;
  const std::vector<Tensor>& cotangents_;
  Weights gradient_, x_;
  double slack_;
};

Weights only(size_t size, size_t i) {
  Weights u(size, 0);
  u[i] = 1;
  return u;
}

// The element that causes the error along u, by bisection into the worse half.
size_t worst_element(const RuleComparison& c, const Weights& u) {
  size_t first = 0, last = c.size();
  const auto part = [&](size_t from, size_t to) {
    Weights v(u.size(), 0);
    std::copy(u.begin() + static_cast<std::ptrdiff_t>(from),
              u.begin() + static_cast<std::ptrdiff_t>(to),
              v.begin() + static_cast<std::ptrdiff_t>(from));
    return c.error(v);
  };
  while (last - first > 1) {
    const size_t middle = first + (last - first) / 2;
    if (part(first, middle) >= part(middle, last)) last = middle;
    else first = middle;
  }
  return first;
}

// The worst of all findings about one input.
class Worst {
 public:
  Worst(OpCheck& check, size_t which, double scale)
      : check_(check), which_(which), scale_(scale > 0 && std::isfinite(scale) ? scale : 1) {}
  void take(const Finding& f, int64_t index) {
    const auto rank = [](Verdict v) { return v == Verdict::fail ? 2 : v == Verdict::undecided; };
    const double error = f.error / scale_;
    check_.bound = std::max(check_.bound, std::isfinite(f.spread) ? f.spread / scale_ : 0);
    const bool worse = rank(f.verdict) > rank(check_.verdict) ||
                       (rank(f.verdict) == rank(check_.verdict) && !(error <= check_.error));
    if (!worse) return;
    check_.verdict = f.verdict;
    check_.error = error;
    check_.input = which_;
    check_.index = index;
    check_.analytic = f.analytic;
    check_.numeric = f.numeric;
    check_.reason = f.reason;
  }

 private:
  OpCheck& check_;
  size_t which_;
  double scale_;
};

// For a direction along which the gradient disagrees: finds an element that is wrong. Elements at a
// kink are left out, with all that have the same value (zeros of a padding), and the rest is
// compared again.
Finding searched(const RuleComparison& c, Weights u, int64_t& index) {
  const auto all = static_cast<int64_t>(c.size());
  int64_t left_out = 0;
  Finding f;
  for (int round = 0; round < 8; ++round) {
    const size_t at = worst_element(c, u);
    index = static_cast<int64_t>(at);
    f = c.along(only(u.size(), at));
    if (f.verdict == Verdict::fail) return f;
    for (size_t i = 0; i < u.size(); ++i)
      if (u[i] != 0 && (i == at || (f.verdict == Verdict::undecided && c.x()[i] == c.x()[at]))) {
        u[i] = 0;
        ++left_out;
      }
    const std::string why = f.reason.empty() ? "several kinks lie close together" : f.reason;
    index = -1;
    f = c.along(u);
    if (f.verdict == Verdict::pass) {
      f.verdict = Verdict::undecided;
      f.reason =
          text({left_out, " of ", all, " elements cannot be decided (", why, "); the others pass"});
      return f;
    }
  }
  f.verdict = Verdict::undecided;
  f.reason = "many elements lie at a kink";
  return f;
}

// A random cotangent that scales the gradient to about 1, where kinks can be told from noise.
Compared chosen(const RuleInF64& rule, size_t which, uint64_t seed) {
  Compared c;
  c.cotangents = random_cotangents({rule.outputs.data(), rule.outputs.size()}, seed);
  c.analytic = rule.gradients(c.cotangents)[which];
  if (!c.analytic.defined() || c.analytic.numel() == 0) return c;
  const double size = norm_of(c.analytic) / std::sqrt(static_cast<double>(c.analytic.numel()));
  if (!(size > 1e-12 && size < 0.5)) return c;
  for (Tensor& dy : c.cotangents)
    if (dy.defined()) dy = dy * std::min(1 / size, 1e6);
  c.analytic = rule.gradients(c.cotangents)[which];
  return c;
}

bool usable(const Tensor& gradient, const Tensor& input, OpCheck& check, size_t which) {
  if (gradient.defined() && gradient.shape() == input.shape() && gradient.dtype() == input.dtype())
    return true;
  check.verdict = Verdict::fail;
  check.input = which;
  check.error = 1;
  check.reason = gradient.defined() ? text({"backward returns ", gradient.str(), " for input ",
                                            which, ", which is ", input.str()})
                                    : text({"backward returns no gradient for input ", which});
  return false;
}

// Picks some elements of a pair of large gradients, and of all tensors of their shape.
Suspect sampled(const RuleInF64& rule, size_t which, const Compared& wrong, size_t count) {
  const Tensor& x = rule.inputs[which];
  const Weights gradient = wrong.analytic.to_vector<double>();
  std::vector<size_t> at;
  for (size_t k = 0; k < count; ++k) at.push_back(k * gradient.size() / count);
  const auto part = [&](const Tensor& of) {
    if (!of.defined() || of.shape() != x.shape() || of.dtype() != DType::f64) return Tensor();
    const Weights all = of.to_vector<double>();
    Weights some;
    for (size_t i : at) some.push_back(all[i]);
    return tensor(some);
  };
  const RuleComparison c(rule, which, wrong, 0);
  Weights numeric;
  for (size_t i : at) numeric.push_back(c.along(only(gradient.size(), i)).numeric);
  Suspect s{.analytic = part(wrong.analytic), .numeric = tensor(numeric), .which = which};
  const auto add = [&](std::vector<Tensor>& to, const std::vector<Tensor>& from) {
    for (const Tensor& t : from)
      if (const Tensor p = part(t); p.defined()) to.push_back(p);
  };
  add(s.inputs, rule.inputs);
  add(s.outputs, rule.outputs);
  add(s.cotangents, wrong.cotangents);
  return s;
}

}  // namespace

double norm_of(const Tensor& x) {
  double sum = 0;
  for (double v : x.to_vector<double>()) sum += v * v;
  return std::sqrt(sum);
}

RuleInF64::RuleInF64(const TapeOp& o) : op(o) {
  const NoGrad no_grad;
  for (size_t i = 0; i < op.inputs.size(); ++i) {
    inputs.push_back(in_f64(op.inputs[i]));
    wanted.push_back(op.wants(i) && is_float(op.inputs[i].dtype()));
  }
  const Tensors y = run({inputs.data(), inputs.size()}, node);
  outputs.assign(y.begin(), y.end());
}

Tensors RuleInF64::run(Inputs in, Ref<Node>& made) const {
  Tensors y;
  made = op.node->again(in, y);
  return y;
}

Tensors RuleInF64::results(Inputs in) const {
  Ref<Node> unused;
  return run(in, unused);
}

Grads RuleInF64::gradients(const std::vector<Tensor>& dy) const {
  const NoGrad no_grad;
  SmallVector<bool, 16> flags;
  for (bool w : wanted) flags.push_back(w);
  Grads all;
  for (const Tensor& d : dy) all.push_back(d);
  return node->run(all, Wanted{{flags.data(), flags.size()}});
}

Compared check_input(const RuleInF64& rule, size_t which, const DoctorOptions& o, OpCheck& check) {
  const Compared c = chosen(rule, which, o.seed);
  if (!usable(c.analytic, rule.inputs[which], check, which)) return c;
  const size_t size = static_cast<size_t>(c.analytic.numel());
  if (size == 0) return c;
  const RuleComparison comparison(rule, which, c, o.tolerance);
  Worst worst(check, which, norm_of(c.analytic));
  for (int64_t d = 0; d < o.directions; ++d) {
    const Tensor at[] = {rule.inputs[which]};
    const uint64_t seed = o.seed + 101 + static_cast<uint64_t>(d);
    const Weights u = random_cotangents(at, seed)[0].to_vector<double>();
    Finding f = comparison.along(u);
    int64_t index = -1;
    if (f.verdict != Verdict::pass) f = searched(comparison, u, index);
    worst.take(f, index);
    if (f.verdict != Verdict::pass) return c;
  }
  Generator gen(o.seed, 0xD0C);
  for (int64_t e = 0; e < o.elements; ++e) {
    const auto i = static_cast<size_t>(gen.below(static_cast<int64_t>(size)));
    worst.take(comparison.along(only(size, i)), static_cast<int64_t>(i));
  }
  return c;
}

Diagnosis diagnosis_of(const RuleInF64& rule, size_t which, const Compared& wrong,
                       const DoctorOptions& options) {
  if (!wrong.analytic.defined() || wrong.analytic.shape() != rule.inputs[which].shape())
    return diagnose({.analytic = wrong.analytic, .numeric = rule.inputs[which]});
  const double start = clock_seconds();
  rule.results({rule.inputs.data(), rule.inputs.size()});
  const double once = clock_seconds() - start;
  const auto size = static_cast<double>(rule.inputs[which].numel());
  // diagnose() may ask for about ten numeric gradients, of four values each.
  const auto fit = static_cast<int64_t>(options.seconds / (40 * std::max(once, 1e-7)));
  if (size > static_cast<double>(fit))
    return diagnose(sampled(rule, which, wrong, std::min<size_t>(static_cast<size_t>(size), 48)));
  const CheckedFunction fn = [&](Inputs in) { return rule.results(in); };
  Suspect s{.analytic = wrong.analytic,
            .numeric = numeric_gradient(fn, rule.inputs, which, wrong.cotangents),
            .inputs = rule.inputs,
            .outputs = rule.outputs,
            .cotangents = wrong.cotangents,
            .which = which,
            .right = [&](size_t i, const std::vector<Tensor>& dy) {
              return numeric_gradient(fn, rule.inputs, i, dy);
            }};
  return diagnose(s);
}

}  // namespace gradus::check
