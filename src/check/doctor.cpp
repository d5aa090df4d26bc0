// SPDX-License-Identifier: MIT
// Walks a tape, checks op by op, and writes the report.
#include "gradus/check/doctor.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "check/rule_check.h"
#include "gradus/autograd/autograd.h"
#include "gradus/ops/elementwise.h"
#include "gradus/tensor/make.h"

namespace gradus {
namespace {

using check::norm_of;
using check::RuleInF64;

bool finite(const std::vector<Tensor>& all) {
  for (const Tensor& x : all)
    if (x.defined() && is_float(x.dtype()))
      for (double v : x.to_vector<double>())
        if (!std::isfinite(v)) return false;
  return true;
}

double distance(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = a.to_vector<double>(), y = b.to_vector<double>();
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += (x[i] - y[i]) * (x[i] - y[i]);
  return std::sqrt(sum);
}

std::string short_text(double v, const char* format = "%.1e") {
  char out[32];
  std::snprintf(out, sizeof out, format, v);
  return out;
}

// x with each element changed in its last digit.
Tensor nudged(const Tensor& x, Generator& gen) {
  if (!x.defined() || !is_float(x.dtype())) return x;
  const double last = x.dtype() == DType::f32 ? 6e-8 : 1.1e-16;
  return (x.detach().to(DType::f64) *
          (rand(x.shape(), gen, DType::f64) * (4 * last) + 1 - 2 * last))
      .to(x.dtype());
}

// The gradients of an op at these inputs.
Grads gradients_at(const TapeOp& op, const std::vector<Tensor>& in, const Tensors& dy,
                   const RuleInF64& rule) {
  SmallVector<bool, 16> flags;
  for (bool w : rule.wanted) flags.push_back(w);
  Tensors results;
  const Ref<Node> node = op.node->again({in.data(), in.size()}, results);
  return node->run(dy, Wanted{{flags.data(), flags.size()}});
}

// Compares the gradients from the real backward with those in f64. Rounding alone may change them
// by as much as a change of the inputs in their last digit does.
void check_as_run(const TapeOp& op, const RuleInF64& rule, OpCheck& c) {
  bool arrived = false;
  std::vector<Tensor> wide, near;
  Tensors near_dy;
  Generator gen(7, 0xA5);
  for (const Tensor& dy : op.dy) {
    arrived = arrived || dy.defined();
    wide.push_back(dy.defined() ? dy.to(DType::f64) : dy);
    near_dy.push_back(nudged(dy, gen));
  }
  if (!arrived || !finite(wide)) return;
  for (const Tensor& x : op.inputs) near.push_back(nudged(x, gen));
  const Grads right = rule.gradients(wide);
  const Grads nudge = gradients_at(op, near, near_dy, rule);
  for (size_t i = 0; i < op.inputs.size(); ++i) {
    const Tensor& got = op.grads[i];
    if (!rule.wanted[i] || !got.defined() || got.shape() != right[i].shape()) continue;
    const double gap = distance(got, right[i]), size = norm_of(right[i]);
    const double rounding = 100 * distance(got, nudge[i]);
    const double share = got.dtype() == DType::f32 ? 1e-2 : 1e-9;
    if (gap <= share * size + rounding) continue;
    c.verdict = Verdict::fail;
    c.input = i;
    c.index = -1;
    c.error = size > 0 ? gap / size : gap;
    c.bound = share + (size > 0 ? rounding / size : 0);
    c.analytic = norm_of(got);
    c.numeric = size;
    c.reason =
        text({"the gradient that the backward returned differs from that of the same rule in "
              "f64: its norm is ",
              short_text(c.analytic, "%.6g"), ", expected ", short_text(c.numeric, "%.6g")});
    c.diagnosis = diagnose({.analytic = got.to(DType::f64), .numeric = right[i], .which = i});
    return;
  }
}

// The checks of a rule that runs in f64. An exception of its backward is a failure of the rule if
// the backward did not work in the model either.
void check_rule(const TapeOp& op, const RuleInF64& rule, const DoctorOptions& o, OpCheck& c) {
  for (size_t i = 0; i < rule.inputs.size() && c.verdict != Verdict::fail; ++i)
    if (rule.wanted[i]) check::check_input(rule, i, o, c);
  if (c.verdict != Verdict::fail) check_as_run(op, rule, c);
}

std::string obstacle(const RuleInF64& rule) {
  if (rule.op.name() == "straight_through")
    return "its gradient is not that of its result, by design";
  for (const Tensor& y : rule.outputs) {
    if (!y.defined()) return "it cannot run again";
    if (y.dtype() == DType::f32) return "its result is f32 for inputs in f64";
  }
  if (!finite(rule.inputs)) return "an input is not finite";
  if (!finite(rule.outputs)) return "a result is not finite";
  return "";
}

OpCheck checked(const TapeOp& op, const DoctorOptions& o) {
  OpCheck c{.op = op.name(), .place = op.place, .inputs = {}, .outputs = {}};
  for (const Tensor& x : op.inputs) c.inputs.push_back(x.shape());
  for (const Tensor& y : op.outputs) c.outputs.push_back(y.shape());
  const bool ran =
      std::any_of(op.grads.begin(), op.grads.end(), [](const Tensor& g) { return g.defined(); });
  const auto undecided = [&](const std::string& reason) {
    c.verdict = Verdict::undecided;
    c.reason = reason;
  };
  bool forward_ran = false;
  try {
    const RuleInF64 rule(op);
    if (const std::string reason = obstacle(rule); !reason.empty()) {
      undecided(reason);
      return c;
    }
    forward_ran = true;
    check_rule(op, rule, o, c);
  } catch (const std::exception& e) {
    undecided(text({"it does not run in f64: ", e.what()}));
    if (forward_ran && !ran) {
      c.verdict = Verdict::fail;
      c.reason = text({"its backward throws: ", e.what()});
    }
  }
  return c;
}

void diagnose_blamed(const Tape& tape, DoctorReport& report, const DoctorOptions& o) {
  std::map<std::string, bool> seen;
  for (size_t k = 0; k < report.ops.size(); ++k) {
    OpCheck& c = report.ops[k];
    if (c.verdict != Verdict::fail || c.diagnosis.mistake != Mistake::none || seen[c.op]) continue;
    seen[c.op] = true;
    try {
      const NoGrad no_grad;
      const RuleInF64 rule(tape.ops[k]);
      OpCheck again;
      c.diagnosis = diagnosis_of(rule, c.input, check::check_input(rule, c.input, o, again), o);
    } catch (const std::exception&) {
      c.diagnosis = {Mistake::unknown, "it could not be compared with differences"};
    }
  }
}

std::string shapes(const std::vector<Shape>& all) {
  std::string out;
  for (const Shape& s : all) out += " " + s.str();
  return out;
}

// The ops of one kind.
struct Kind {
  int64_t count = 0, failed = 0, undecided = 0;
  double worst = 0;
  std::string reason{};
};

std::string row(const std::string& op, size_t width, const Kind& k) {
  std::string verdict = k.failed ? "FAIL" : k.undecided ? "undecided" : "pass";
  if (k.failed && k.failed < k.count) verdict += text({" (", k.failed, " of ", k.count, ")"});
  else if (!k.failed && k.undecided) verdict += text({" (", k.undecided, " of ", k.count, ")"});
  char line[64];
  std::snprintf(line, sizeof line, "%6lld  %11s  ", static_cast<long long>(k.count),
                short_text(k.worst).c_str());
  return "  " + op + std::string(width - op.size(), ' ') + line + verdict +
         (k.reason.empty() ? "" : ": " + k.reason) + "\n";
}

std::string table_of(const std::vector<OpCheck>& ops) {
  std::map<std::string, Kind> kinds;
  std::vector<std::string> order;
  size_t width = 2;
  for (const OpCheck& c : ops) {
    if (!kinds.count(c.op)) order.push_back(c.op);
    Kind& k = kinds[c.op];
    ++k.count;
    k.failed += c.verdict == Verdict::fail;
    k.undecided += c.verdict == Verdict::undecided;
    if (!(c.error <= k.worst)) k.worst = c.error;
    if (k.reason.empty() && c.verdict == Verdict::undecided) k.reason = c.reason;
    width = std::max(width, c.op.size());
  }
  std::string out = "  op" + std::string(width - 2, ' ') + " count  worst error  verdict\n";
  for (const std::string& op : order) out += row(op, width, kinds[op]);
  return out;
}

std::string words_on(const OpCheck& c, size_t position, size_t count) {
  std::string out = text({"The first op with a wrong gradient: ", c.signature(), ", number ",
                          position + 1, " of ", count, "\n"});
  if (!c.place.empty()) out += "  where: " + c.place + "\n";
  out += text({"  the gradient of input ", c.input});
  if (c.reason.empty()) {
    out += c.index < 0 ? std::string(" along a random direction") : text({" at element ", c.index});
    out += ": " + short_text(c.analytic, "%.6g") + ", the differences give " +
           short_text(c.numeric, "%.6g");
  } else {
    out += ": " + c.reason;
  }
  out += "\n  error " + short_text(c.error) + ", bound " + short_text(c.bound) + "\n";
  if (!c.diagnosis.words.empty())
    out += text({"  likely mistake (", name(c.diagnosis.mistake), "): ", c.diagnosis.words, "\n"});
  return out;
}

}  // namespace

std::string OpCheck::signature() const { return op + shapes(inputs) + " ->" + shapes(outputs); }

const OpCheck* DoctorReport::blamed() const {
  for (const OpCheck& c : ops)
    if (c.verdict == Verdict::fail) return &c;
  return nullptr;
}

std::string DoctorReport::str() const {
  std::string out = table_of(ops);
  for (const std::string& note : between) out += "note: " + note + "\n";
  if (const OpCheck* c = blamed())
    out += words_on(*c, static_cast<size_t>(c - ops.data()), ops.size());
  return out + "doctor: " + name(verdict) + "\n";
}

DoctorReport doctor(const Tape& tape, DoctorOptions options) {
  const NoGrad no_grad;
  DoctorReport report;
  report.between = tape.between;
  if (!tape.error.empty()) report.between.push_back("the backward ended early: " + tape.error);
  for (const TapeOp& op : tape.ops) {
    report.ops.push_back(checked(op, options));
    const Verdict v = report.ops.back().verdict;
    if (v == Verdict::fail || report.verdict == Verdict::pass) report.verdict = v;
  }
  diagnose_blamed(tape, report, options);
  return report;
}

DoctorReport doctor(const std::function<Tensor()>& loss, DoctorOptions options) {
  return doctor(record_tape(loss), options);
}

}  // namespace gradus
