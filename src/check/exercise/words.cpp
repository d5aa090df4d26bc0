// SPDX-License-Identifier: MIT
// The sentences of a check.
#include "check/exercise/words.h"

#include <algorithm>
#include <cmath>

namespace gradus::exercise {
namespace {

constexpr int64_t few = 12;  // elements of an input that are shown

std::string number(double v) {
  if (std::isnan(v)) return "nan";
  char out[32];
  std::snprintf(out, sizeof out, "%.6g", v);
  return out;
}

void replace_all(std::string& words, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = words.find(from, at)) != words.npos; at += to.size())
    words.replace(at, from.size(), to);
}

// The names of inputs instead of their numbers.
std::string with_names(const Exercise& e, const Example& example, std::string words) {
  for (size_t i = 0; i < example.inputs.size(); ++i)
    replace_all(words, text({"input ", i}), input_name(e, i));
  return words;
}

std::string element(const Shape& shape, int64_t flat) {
  return shape.empty() ? std::string("the number")
                       : "element " + check::coordinates(shape, flat).str();
}

std::string of_result(size_t count, size_t k) {
  return count > 1 ? text({"result ", k, ": "}) : std::string();
}

// The elements that differ: the worst, and how many there are.
std::string element_difference(const Tensor& mine, const Tensor& right, double tolerance) {
  const std::vector<double> a = mine.to_vector<double>(), b = right.to_vector<double>();
  size_t wrong = 0, at = 0;
  double worst = -1;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    double gap = std::abs(a[i] - b[i]) / (1 + std::abs(b[i]));
    if (gap <= tolerance) continue;
    if (std::isnan(gap)) gap = INFINITY;
    ++wrong;
    if (gap > worst) {
      worst = gap;
      at = i;
    }
  }
  if (wrong == 0) return "";
  return text({element(right.shape(), static_cast<int64_t>(at)), " is ", number(a[at]),
               " and should be ", number(b[at]), "; ", wrong, " of ", a.size(),
               a.size() == 1 ? " element is wrong\n" : " elements are wrong\n"});
}

// "  x = [[1, 2],", with further rows below the first.
std::string tensor_text(const std::string& name, const Tensor& x) {
  const std::string start = "  " + name + " = ";
  std::string rows = format(x);
  replace_all(rows, "\n", "\n" + std::string(start.size(), ' '));
  return start + rows + "\n";
}

const char* const nan_next =
    "look for 0/0, inf - inf, and the logarithm or root of a negative number";

bool has_new_nan(const Tensor& mine, const Tensor& right) {
  const std::vector<double> a = mine.to_vector<double>(), b = right.to_vector<double>();
  for (size_t i = 0; i < a.size(); ++i)
    if (std::isnan(a[i]) && !std::isnan(b[i])) return true;
  return false;
}

// Some texts of diagnose() are about gradients.
std::string about_result(std::string words) {
  replace_all(words, ": backward returns no gradient for this input", "");
  replace_all(words, "the right gradient", "the right result");
  return words;
}

bool tells(Mistake m) { return m != Mistake::none && m != Mistake::unknown; }

}  // namespace

std::string input_name(const Exercise& e, size_t input) {
  if (e.inputs.empty()) return text({"input ", input});
  if (input < e.inputs.size()) return e.inputs[input];
  return e.inputs.back();
}

std::string example_text(const Exercise& e, const Example& example) {
  const bool told = example.label.starts_with("[") && !example.label.ends_with(" in f32");
  std::string out, label = told ? "" : example.label;
  for (size_t i = 0; i < example.inputs.size(); ++i)
    out += text({i ? ", " : "", input_name(e, i), " ", example.inputs[i].str()});
  for (size_t i = 0; i < e.numbers.size() && i < example.numbers.size(); ++i)
    out += text({out.empty() ? "" : i == 0 ? "; " : ", ", e.numbers[i], " = ", example.numbers[i]});
  if (label.empty()) return out;
  return out.empty() ? label : label + ": " + out;
}

bool without_elements(const Example& example) {
  return std::any_of(example.inputs.begin(), example.inputs.end(),
                     [](const Tensor& x) { return x.numel() == 0; });
}

std::string described(const Exercise& e, const Example& example) {
  std::string out = "example " + example_text(e, example) + "\n";
  int64_t shown = 0;
  for (size_t i = 0; i < example.inputs.size(); ++i) {
    const Tensor& x = example.inputs[i];
    shown += x.numel();
    if (x.numel() > 0 && shown <= few) out += tensor_text(input_name(e, i), x);
  }
  return out;
}

std::string cotangents_text(const Tensors& results) {
  const std::vector<Tensor> dy =
      random_cotangents({results.data(), results.size()}, GradcheckOptions{}.seed);
  std::string out;
  for (size_t k = 0; k < dy.size(); ++k)
    if (dy[k].defined() && dy[k].numel() > 0 && dy[k].numel() <= few)
      out += tensor_text(dy.size() > 1 ? text({"dy[", k, "]"}) : std::string("dy"), dy[k]);
  return out;
}

std::string error_words(const std::exception& error) {
  if (dynamic_cast<const Fault*>(&error)) return error.what();
  return text({"it ends with an error: ", error.what()});
}

std::string error_next(const std::exception& error, bool without_elements) {
  if (const auto* fault = dynamic_cast<const Fault*>(&error)) return fault->next;
  const std::string words = error.what();
  if (words.find("undefined") != words.npos)
    return "a tensor is used before it has a value: does forward save what backward needs, as in "
           "x = in[0]?";
  if (without_elements)
    return "treat inputs without elements first, if (x.numel() == 0); README.md says what to "
           "return for them";
  return "the message names the call that failed: do the shapes there fit, and the axes?";
}

std::string result_next(const Tensors& mine, const Tensors& right) {
  for (size_t k = 0; k < mine.size() && k < right.size(); ++k) {
    if (!mine[k].defined()) return "return the result: Tensor{} has no value";
    if (mine[k].shape() != right[k].shape())
      return "look for a sum that drops an axis (true as its last argument keeps it with size 1), "
             "or a missing transpose or view";
    if (mine[k].dtype() != right[k].dtype()) return "make new tensors with x.dtype()";
    if (has_new_nan(mine[k], right[k])) return nan_next;
  }
  return "";
}

std::string gradient_next(const Exercise& e, const Example& example, const DiagnosedReport& d) {
  for (const GradcheckEntry& g : d.report.entries) {
    if (g.verdict != Verdict::fail) continue;
    if (std::isnan(g.analytic)) return nan_next;
    // The part of the hint that is about this gradient: "dweight = ...", and what it builds on.
    const std::string wanted = "d" + with_names(e, example, g.name) + " = ";
    const std::string& hint = e.gradient_hint;
    const size_t colon = hint.find(": "), first = hint.find("; ");
    const size_t at = hint.find(wanted);
    if (at == hint.npos || first == hint.npos) return "";
    const size_t end = std::min(hint.find("; ", at), hint.size());
    return (colon < at ? hint.substr(0, colon + 2) : "") + hint.substr(at, end - at);
  }
  return "";
}

std::string difference(std::span<const Tensor> mine, std::span<const Tensor> right,
                       double tolerance) {
  if (mine.size() != right.size())
    return text({"it returns ", mine.size(), " tensors and should return ", right.size(), "\n"});
  for (size_t k = 0; k < mine.size(); ++k) {
    const std::string which = of_result(mine.size(), k);
    if (!mine[k].defined()) return which + "it returns an undefined tensor\n";
    if (mine[k].shape() != right[k].shape() || mine[k].dtype() != right[k].dtype())
      return text(
          {which, "it returns ", mine[k].str(), " and should return ", right[k].str(), "\n"});
    const std::string wrong = element_difference(mine[k], right[k], tolerance);
    if (!wrong.empty()) return which + wrong;
  }
  return "";
}

std::string gradient_difference(const Exercise& e, const Example& example,
                                const DiagnosedReport& d) {
  for (const GradcheckEntry& g : d.report.entries) {
    const std::string which = "the gradient of " + with_names(e, example, g.name);
    if (g.verdict == Verdict::undecided) return which + " cannot be checked: " + g.reason + "\n";
    if (g.verdict == Verdict::fail)
      return text({which, ": ", element(g.shape, g.index), " is ", number(g.analytic),
                   " and should be ", number(g.numeric), "\n"});
  }
  return "";
}

std::string result_pattern(const Tensors& mine, const Tensors& right, const Example& example) {
  for (size_t k = 0; k < mine.size() && k < right.size(); ++k) {
    if (!mine[k].defined() || mine[k].shape() != right[k].shape()) return "";
    if (mine[k].dtype() != DType::f64 || right[k].numel() < 3) continue;
    Suspect s{.analytic = mine[k], .numeric = right[k], .inputs = example.inputs};
    const Diagnosis d = diagnose(s);
    if (tells(d.mistake) && d.mistake != Mistake::missing_term) return about_result(d.words);
  }
  return "";
}

std::string gradient_pattern(const Exercise& e, const Example& example, const DiagnosedReport& d) {
  for (size_t i = 0; i < d.diagnoses.size(); ++i)
    if (tells(d.diagnoses[i].mistake) && numel(d.report.entries[i].shape) >= 3)
      return with_names(
          e, example, "the gradient of " + d.report.entries[i].name + ": " + d.diagnoses[i].words);
  return "";
}

std::string looks_like(const std::string& known, const std::string& pattern) {
  std::string out;
  if (!known.empty()) out += "this is a known mistake: " + known + "\n";
  if (!pattern.empty()) out += "what it looks like: " + pattern + "\n";
  return out;
}

}  // namespace gradus::exercise
