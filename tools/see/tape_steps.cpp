// SPDX-License-Identifier: MIT
// Describes the steps of a tape.
#include "tools/see/tape_steps.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tools/cli/cli.h"
#include "tools/draw/table.h"
#include "tools/see/rules_in_symbols.h"
#include "train/op_place.h"

namespace gradus::tools {
namespace {

std::string number(double v) {
  char out[32];
  std::snprintf(out, sizeof out, "%.4g", v);
  return out;
}

std::string extent_of(const std::vector<double>& v) {
  double low = INFINITY, high = -INFINITY;
  size_t odd = 0;
  for (double x : v)
    if (std::isfinite(x)) {
      low = std::min(low, x);
      high = std::max(high, x);
    } else {
      ++odd;
    }
  std::string out = text({v.size(), " values"});
  if (odd < v.size()) out += " from " + number(low) + " to " + number(high);
  return odd == 0 ? out : out + text({", ", odd, " not finite"});
}

StepLine line_of(const std::string& name, const std::string& where, const Tensor& x) {
  return {name, where, x.defined() ? x.str() : "none", values_text(x)};
}

std::string lines_text(const std::vector<StepLine>& lines) {
  size_t name = 0, where = 0, type = 0;
  for (const StepLine& l : lines) {
    name = std::max(name, characters(l.name));
    where = std::max(where, characters(l.where));
    type = std::max(type, characters(l.type));
  }
  const auto wide = [](const std::string& words, size_t width) {
    return words + std::string(width - characters(words) + 2, ' ');
  };
  std::string out;
  for (const StepLine& l : lines)
    out +=
        "    " + wide(l.name, name) + wide(l.where, where) + wide(l.type, type) + l.values + "\n";
  return out;
}

}  // namespace

std::string values_text(const Tensor& x, size_t most) {
  if (!x.defined()) return "";
  const std::vector<double> v = x.to_vector<double>();
  const size_t shown = v.size() <= most ? v.size() : most * 2 / 3;
  const auto row = static_cast<size_t>(x.dim() == 0 ? 1 : std::max<int64_t>(x.size(-1), 1));
  std::string out;
  for (size_t i = 0; i < shown; ++i)
    out += (i == 0 ? "" : i % row == 0 ? ", " : " ") + number(v[i]);
  return shown == v.size() ? out : out + " ... (" + extent_of(v) + ")";
}

std::string TapeSteps::label(const TapeSource& s) const {
  if (s.kind == TapeSource::Kind::constant) return "data";
  if (s.kind == TapeSource::Kind::leaf) return tape_.leaves[s.at].name;
  const std::string name = text({"#", s.at + 1, " ", tape_.ops[s.at].name()});
  return tape_.ops[s.at].outputs.size() < 2 ? name : name + text({", output ", s.output});
}

TapeStep TapeSteps::at(size_t step) const {
  const size_t count = tape_.ops.size();
  TapeStep s;
  s.backward = step >= count;
  s.op = s.backward ? 2 * count - 1 - step : step;
  const TapeOp& op = tape_.ops[s.op];
  s.title = text({s.backward ? "backward " : "forward ", s.backward ? step - count + 1 : step + 1,
                  " of ", count, ": #", s.op + 1, " ", op.name()});
  s.place = op.place;
  const RuleInSymbols* rule = rule_in_symbols(op.name());
  if (rule) s.rule = s.backward ? rule->gradient : rule->forward;
  std::vector<StepLine> inputs, outputs;
  for (size_t i = 0; i < op.inputs.size(); ++i)
    inputs.push_back(line_of(text({"input ", i}), label(op.from[i]), op.inputs[i]));
  for (size_t k = 0; k < op.outputs.size(); ++k)
    outputs.push_back(line_of(op.outputs.size() == 1 ? "y" : text({"y", k}), "", op.outputs[k]));
  if (!s.backward) {
    s.takes = inputs;
    s.gives = outputs;
    return s;
  }
  s.has = inputs;
  s.has.insert(s.has.end(), outputs.begin(), outputs.end());
  for (size_t k = 0; k < op.dy.size(); ++k)
    s.takes.push_back(line_of(op.dy.size() == 1 ? "dy" : text({"dy", k}), "", op.dy[k]));
  for (size_t i = 0; i < op.grads.size(); ++i)
    if (op.wants(i))
      s.gives.push_back(line_of(text({"d input ", i}), "to " + label(op.from[i]), op.grads[i]));
  return s;
}

bool TapeSteps::stops_at(size_t step, const std::string& kind, const std::string& name) const {
  const size_t count = tape_.ops.size();
  const TapeOp& op = tape_.ops[step < count ? step : 2 * count - 1 - step];
  if (kind == "op") return op.name() == name;
  if (kind == "nonfinite") {
    const Tensors& values = step < count ? op.outputs : op.grads;
    return !all_finite(values);
  }
  return std::any_of(op.from.begin(), op.from.end(), [&](const TapeSource& s) {
    return s.kind == TapeSource::Kind::leaf && tape_.leaves[s.at].name == name;
  });
}

std::vector<size_t> TapeSteps::stops(const std::string& at) const {
  const size_t equals = at.find('=');
  const std::string kind = at.substr(0, equals);
  const std::string name = equals == at.npos ? "" : at.substr(equals + 1);
  const bool known =
      at.empty() || at == "nonfinite" || (equals != at.npos && (kind == "op" || kind == "param"));
  if (!known)
    usage_error({"--stop-at ", printable(at, 80), ": expected op=NAME, param=NAME or nonfinite"});
  std::vector<size_t> all;
  for (size_t step = 0; step < size(); ++step)
    if (at.empty() || stops_at(step, kind, name)) all.push_back(step);
  if (!all.empty() || kind == "nonfinite") return all;
  std::vector<std::string> names;
  const auto add = [&](const std::string& one) {
    if (std::find(names.begin(), names.end(), one) == names.end()) names.push_back(one);
  };
  for (const TapeOp& op : tape_.ops)
    if (kind == "op") add(op.name());
  for (const TapeLeaf& leaf : tape_.leaves)
    if (kind == "param") add(leaf.name);
  const std::string near = suggestion(name, names);
  usage_error({"--stop-at ", printable(at, 80), ": not on the tape; ",
               near.empty() ? "there are " + printable(joined(names), 400) : near});
}

std::string text_of(const TapeStep& s) {
  std::string out = s.title + (s.place.empty() ? "" : "  (" + s.place + ")") + "\n";
  out += "  rule: " + (s.rule.empty() ? std::string("one of your own") : s.rule) + "\n";
  if (s.backward) out += "  arrives:\n" + lines_text(s.takes) + "  with:\n" + lines_text(s.has);
  else out += "  takes:\n" + lines_text(s.takes);
  return out + (s.backward ? "  leaves:\n" : "  gives:\n") + lines_text(s.gives) + "\n";
}

}  // namespace gradus::tools
