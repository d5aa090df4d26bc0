// SPDX-License-Identifier: MIT
// The patterns of wrong gradients, tried one after the other.
#include "gradus/check/diagnosis.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "check/pattern.h"
#include "gradus/autograd/autograd.h"

namespace gradus {
namespace {

using check::close;
using check::Values;
using Finding = std::optional<Diagnosis>;

std::string number(double v) {
  if (std::isnan(v)) return "nan";
  char out[32];
  std::snprintf(out, sizeof out, "%.4g", v);
  return out;
}

std::string place(const Values& v, size_t flat) {
  return "element " + check::coordinates(v.shape, static_cast<int64_t>(flat)).str();
}

// The sizes that a constant factor may come from, each with its description.
std::vector<std::pair<int64_t, std::string>> sizes_of(const Suspect& s) {
  std::vector<std::pair<int64_t, std::string>> all;
  const auto add = [&](const Tensor& x, const std::string& of) {
    // The last axis first: it is the width, which a scale most often comes from.
    for (int axis = x.shape().size() - 1; axis >= 0; --axis)
      all.push_back({x.shape()[axis], text({"the size of axis ", axis, " of ", of})});
    all.push_back({x.numel(), "the number of elements of " + of});
  };
  for (size_t i = 0; i < s.inputs.size(); ++i) add(s.inputs[i], "input " + std::to_string(i));
  for (const Tensor& y : s.outputs) add(y, "the output");
  return all;
}

// Where a factor c may come from: 2, a size n, 1/n, √n or 1/√n.
std::string origin(double c, const Suspect& s) {
  const double size = std::abs(c);
  if (close(size, 1)) return "";
  if (close(size, 2)) return ": is a contribution added twice?";
  if (close(size, 0.5)) return ": is the 2 of a square missing?";
  for (const auto& [n, what] : sizes_of(s)) {
    const double d = static_cast<double>(n);
    if (n < 2) continue;
    if (close(size, std::sqrt(d)) || close(size, 1 / std::sqrt(d)))
      return text({", √", n, size > 1 ? "" : " in the denominator", ", where ", n, " is ", what,
                   size > 1 ? ": is a division by √d missing?" : ": is it divided twice?"});
    if (close(size, d))
      return text({", which is ", what, ": is a mean summed, or a division missing?"});
    if (close(size, 1 / d))
      return text({", 1/", n, ", where ", n, " is ", what, ": is a sum taken for a mean?"});
  }
  return "";
}

Finding not_finite(const Suspect&, const Values& a, const Values& n) {
  for (size_t i = 0; i < a.v.size(); ++i)
    if (!std::isfinite(a.v[i]) && std::isfinite(n.v[i]))
      return Diagnosis{
          Mistake::not_finite,
          text({"it is ", number(a.v[i]), " at ", place(a, i), " where the right value is ",
                number(n.v[i]), ": look for 0/0, inf - inf, or a logarithm of 0"})};
  return {};
}

Finding missing(const Suspect&, const Values& a, const Values&) {
  if (a.largest() > 0) return {};
  return Diagnosis{Mistake::missing,
                   "it is zero everywhere: backward returns no gradient for this input"};
}

Finding few_elements(const Suspect&, const Values& a, const Values& n) {
  const std::vector<size_t> wrong = a.differing(n);
  if (a.v.size() < 6 || wrong.size() > std::max<size_t>(1, a.v.size() / 10)) return {};
  const bool last = wrong.back() + 1 == a.v.size(), first = wrong.front() == 0;
  return Diagnosis{
      Mistake::few_elements,
      text({"only ", wrong.size(), " of ", a.v.size(), " elements ",
            wrong.size() == 1 ? "is" : "are", " wrong, ",
            last    ? "the last one among them: look at the end of the loop"
            : first ? "the first one among them: look at the start of the loop"
                    : text({place(a, wrong.front()), " among them: look for a special case"})})};
}

Finding factor(const Suspect& s, const Values& a, const Values& n) {
  const std::optional<double> c = a.ratio_to(n);
  if (!c) return {};
  if (close(*c, -1))
    return Diagnosis{Mistake::sign, "it is the right gradient with the opposite sign"};
  return Diagnosis{Mistake::factor, "it is the right gradient times " + number(*c) + origin(*c, s)};
}

Finding transposed(const Suspect&, const Values& a, const Values& n) {
  const int rank = a.shape.size();
  if (rank < 2) return {};
  const auto rows = static_cast<size_t>(a.shape[rank - 2]);
  const auto cols = static_cast<size_t>(a.shape[rank - 1]);
  if (rows < 2 || cols < 2) return {};
  Values t = n;  // the right gradient, transposed, in the memory of the wrong one
  for (size_t m = 0; m < n.v.size(); m += rows * cols)
    for (size_t r = 0; r < rows; ++r)
      for (size_t c = 0; c < cols; ++c) t.v[m + c * rows + r] = n.v[m + r * cols + c];
  if (!a.ratio_to(t)) return {};
  return Diagnosis{Mistake::transposed,
                   "it is the right gradient transposed: swap the factors of "
                   "the product, or transpose one of them"};
}

Finding ignores_dy(const Suspect& s, const Values& a, const Values&) {
  if (!s.right || s.cotangents.empty()) return {};
  std::vector<Tensor> ones;
  for (const Tensor& c : s.cotangents) ones.push_back(c.defined() ? ones_like(c) : c);
  if (!a.equals(Values(s.right(s.which, ones)))) return {};
  return Diagnosis{Mistake::ignores_dy,
                   "it does not depend on dy, the gradient of the output: "
                   "multiply the derivative by dy"};
}

Finding other_input(const Suspect& s, const Values& a, const Values&) {
  for (size_t i = 0; s.right && i < s.inputs.size(); ++i) {
    if (i == s.which || s.inputs[i].shape() != a.shape || s.inputs[i].dtype() != DType::f64)
      continue;
    if (a.equals(Values(s.right(i, s.cotangents))))
      return Diagnosis{Mistake::other_input,
                       text({"it is the gradient of input ", i, ": are two gradients swapped?"})};
  }
  return {};
}

// The cotangent of output `k`, zero but for one slice.
Tensor slice_of(const Tensor& c, int axis, int64_t index) {
  Tensor part = zeros_like(c);
  const check::AxisView lines(c.shape(), axis);
  const double* from = c.data<double>();
  double* to = part.mutable_data<double>();
  for (int64_t o = 0; o < lines.outer; ++o)
    for (int64_t i = 0; i < lines.inner; ++i)
      to[lines.at(o, index, i)] = from[lines.at(o, index, i)];
  return part;
}

Finding partial_sum(const Suspect& s, const Values& a, const Values&) {
  if (!s.right || s.cotangents.size() != 1 || !s.cotangents[0].defined()) return {};
  const Tensor c = s.cotangents[0].contiguous_data();
  for (int axis = 0; axis < c.shape().size(); ++axis)
    for (int64_t index : {int64_t{0}, c.shape()[axis] - 1}) {
      if (c.shape()[axis] < 2 || !a.equals(Values(s.right(s.which, {slice_of(c, axis, index)}))))
        continue;
      return Diagnosis{Mistake::partial_sum,
                       text({"only slice ", index, " of axis ", axis,
                             " of dy counts: the input "
                             "takes part in every slice, so its gradient is the sum over "
                             "that axis"})};
    }
  return {};
}

Finding line_factor(const Suspect&, const Values& a, const Values& n) {
  for (int axis = 0; axis < a.shape.size(); ++axis)
    if (check::proportional_along(a, n, axis))
      return Diagnosis{Mistake::line_factor,
                       text({"each line along axis ", axis,
                             " is right but for a factor of its "
                             "own: is it divided or multiplied by a sum, norm or maximum of the "
                             "wrong axis?"})};
  return {};
}

// Quantities of the shape of the gradient that a factor or a term may consist of.
std::vector<std::pair<std::string, Values>> candidates(const Suspect& s) {
  std::vector<std::pair<std::string, Values>> all;
  const Shape& shape = s.numeric.shape();
  const auto add = [&](const std::string& name, const Tensor& x) {
    if (!x.defined() || x.shape() != shape || x.dtype() != DType::f64) return;
    const Values v(x);
    all.push_back({name, v});
    all.push_back({"1 - " + name, v.mapped([](double t) { return 1 - t; })});
    all.push_back({"1 + " + name, v.mapped([](double t) { return 1 + t; })});
    all.push_back({name + "²", v.mapped([](double t) { return t * t; })});
    all.push_back({"1 - " + name + "²", v.mapped([](double t) { return 1 - t * t; })});
    all.push_back({"1 + " + name + "²", v.mapped([](double t) { return 1 + t * t; })});
    all.push_back(
        {"√(1 + " + name + "²)", v.mapped([](double t) { return std::sqrt(1 + t * t); })});
    all.push_back({"exp(" + name + ")", v.mapped([](double t) { return std::exp(t); })});
  };
  for (const Tensor& y : s.outputs) add("y", y);  // before x: exp(x) resembles a softmax's y
  for (size_t i = 0; i < s.inputs.size(); ++i)
    add(s.inputs.size() == 1 ? "x" : "input " + std::to_string(i), s.inputs[i]);
  for (const Tensor& dy : s.cotangents) add("dy", dy);
  return all;
}

Finding element_factor(const Suspect& s, const Values& a, const Values& n) {
  if (a.v.size() < 3) return {};
  for (const auto& [name, v] : candidates(s)) {
    if (v.constant()) continue;
    if (const auto c = a.ratio_to(n.times(v)))
      return Diagnosis{Mistake::element_factor, text({"it is the right gradient times ", name,
                                                      close(*c, 1) ? "" : " and a constant",
                                                      ": a factor too many, or a "
                                                      "division by ",
                                                      name, " is missing"})};
    if (const auto c = a.times(v).ratio_to(n))
      return Diagnosis{Mistake::element_factor,
                       text({"the factor ", name, close(*c, 1) ? "" : ", and a constant,",
                             " is missing at each element"})};
  }
  return {};
}

Finding missing_term(const Suspect& s, const Values& a, const Values& n) {
  const Values rest = n.minus(a);
  std::vector<std::pair<std::string, Values>> terms = candidates(s);
  terms.insert(terms.begin(), {"a constant", rest.mapped([](double) { return 1; })});
  for (int axis = rest.shape.size() - 1; axis >= 0; --axis)
    for (const auto& [name, v] : terms) {
      if (!check::proportional_along(rest, v, axis)) continue;
      return Diagnosis{
          Mistake::missing_term,
          text({"a term is missing, superfluous or has a wrong factor: the error is ",
                name == "a constant" ? std::string("constant") : "proportional to " + name,
                " along axis ", axis, ", as is the term with a sum over that axis (",
                name == "y" ? "- y Σ dy y of a softmax" : "Σ dy or Σ dy x of a normalisation",
                ")"})};
    }
  for (const auto& [name, v] : terms)
    if (rest.ratio_to(v))
      return Diagnosis{Mistake::missing_term,
                       (name == "a constant" ? name : "a term proportional to " + name) +
                           " is missing, superfluous or has a wrong factor"};
  return {};
}

Finding moved(const Suspect&, const Values& a, const Values& n) {
  Values x = a, y = n;
  std::sort(x.v.begin(), x.v.end());
  std::sort(y.v.begin(), y.v.end());
  if (!x.equals(y)) return {};
  return Diagnosis{Mistake::moved,
                   "its values are right but at the wrong elements: is an index "
                   "off by one, or an axis taken for another?"};
}

}  // namespace

const char* name(Mistake m) {
  static constexpr const char* names[] = {
      "none",        "not finite",     "missing",      "few elements", "sign",
      "factor",      "transposed",     "other input",  "ignores dy",   "partial sum",
      "line factor", "element factor", "missing term", "moved",        "unknown"};
  return names[static_cast<size_t>(m)];
}

Diagnosis diagnose(const Suspect& s) {
  if (!s.analytic.defined()) return {Mistake::missing, "backward gives no gradient for this input"};
  const Values a(s.analytic), n(s.numeric);
  if (a.shape != n.shape)
    return {Mistake::unknown, text({"its shape is ", a.shape, ", the input's is ", n.shape})};
  if (a.equals(n)) return {};
  for (auto* pattern : {not_finite, missing, few_elements, factor, transposed, ignores_dy,
                        other_input, partial_sum, line_factor, moved, element_factor, missing_term})
    if (const Finding found = pattern(s, a, n)) return *found;
  return {Mistake::unknown, "the error follows no known pattern; check the formula term by term"};
}

DiagnosedReport diagnose_gradients(const CheckedFunction& fn, const std::vector<Tensor>& inputs,
                                   GradcheckOptions options) {
  DiagnosedReport d{gradcheck(fn, inputs, options), {}};
  std::vector<Tensor> leaves, checked;
  std::vector<size_t> which;
  for (size_t i = 0; i < inputs.size(); ++i) {
    leaves.push_back(inputs[i].clone_data());
    if (inputs[i].dtype() != DType::f64) continue;
    checked.push_back(leaves.back().requires_grad_());
    which.push_back(i);
  }
  d.diagnoses.resize(d.report.entries.size());
  if (d.report.verdict != Verdict::fail || which.size() != d.report.entries.size()) return d;
  const Tensors y = fn({leaves.data(), leaves.size()});
  Suspect s;
  s.inputs = inputs;
  s.cotangents = random_cotangents({y.data(), y.size()}, options.seed);
  std::vector<Tensor> tracked, cotangents;
  for (size_t k = 0; k < y.size(); ++k) {
    s.outputs.push_back(y[k].detach());
    if (!y[k].requires_grad()) continue;
    tracked.push_back(y[k]);
    cotangents.push_back(s.cotangents[k]);
  }
  s.right = [&](size_t i, const std::vector<Tensor>& c) {
    return numeric_gradient(fn, inputs, i, c, options.step);
  };
  std::vector<Tensor> grads(checked.size());
  if (!tracked.empty()) grads = grad(tracked, checked, cotangents, {.allow_unused = true});
  for (size_t j = 0; j < which.size(); ++j) {
    if (d.report.entries[j].verdict != Verdict::fail) continue;
    s.which = which[j];
    s.analytic = grads[j].defined() ? grads[j] : zeros_like(checked[j]);
    s.numeric = s.right(which[j], s.cotangents);
    d.diagnoses[j] = diagnose(s);
  }
  return d;
}

std::string DiagnosedReport::str() const {
  std::string out = report.str();
  for (size_t i = 0; i < diagnoses.size(); ++i)
    if (diagnoses[i].mistake != Mistake::none)
      out += "the gradient of " + report.entries[i].name + ": " + diagnoses[i].words + "\n";
  return out;
}

}  // namespace gradus
