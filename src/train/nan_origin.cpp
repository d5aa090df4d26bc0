// SPDX-License-Identifier: MIT
// The search for the origin: backwards along the values that are not finite, then, if the forward
// is finite, through the events of the backward.
#include "gradus/train/nan_origin.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "autograd/tape.h"
#include "gradus/autograd/autograd.h"
#include "gradus/base/random.h"
#include "op_place.h"

namespace gradus {
namespace {

bool has_nan(const Tensor& x) {
  if (!is_float(x.dtype())) return false;
  const std::vector<double> v = x.to_vector<double>();
  return std::any_of(v.begin(), v.end(), [](double e) { return std::isnan(e); });
}

int64_t first_bad(const Tensor& x) {
  const std::vector<double> v = x.to_vector<double>();
  return std::find_if(v.begin(), v.end(), [](double e) { return !std::isfinite(e); }) - v.begin();
}

std::vector<Tensor> listed(const Tensors& list) {
  std::vector<Tensor> all;
  for (const Tensor& x : list) all.push_back(x.defined() ? x.detach() : Tensor());
  return all;
}

std::string name_of(const Node::Edge& e, size_t i) {
  if (!e.node) return text({"input ", i});
  if (!e.to()->is_leaf()) return text({"result of ", e.to()->op});
  const std::string name = leaf_name(e);
  return name.empty() ? text({"leaf ", i}) : name;
}

// Infinities that the user wrote, to hide scores.
bool fills(const Node::Edge& e) {
  const std::string op = e.node ? e.to()->op : "";
  return op == "masked_fill" || op == "where";
}

// "row [0, 2, :] of its input is -inf throughout", if that is why a softmax has no value there.
std::string hidden_row(const Tensor& x, const Tensor& y, int64_t element) {
  if (x.shape() != y.shape()) return "";
  const std::vector<double> v = x.to_vector<double>();
  for (int axis = x.dim() - 1; axis >= 0; --axis) {
    const Strides steps = Layout::contiguous(x.shape()).strides;
    const int64_t at = element / steps[axis] % x.size(axis), begin = element - at * steps[axis];
    bool all = true;
    for (int64_t i = 0; i < x.size(axis); ++i)
      all = all && v[static_cast<size_t>(begin + i * steps[axis])] == -INFINITY;
    if (!all) continue;
    std::string row = index_text(x.shape(), element);
    size_t begin_of = 1;
    for (int skip = 0; skip < axis; ++skip) begin_of = row.find(", ", begin_of) + 2;
    const size_t end = std::min(row.find(", ", begin_of), row.size() - 1);
    row.replace(begin_of, end - begin_of, ":");
    return text({"row ", row, " of its input is -inf throughout: a mask hides every key from that ",
                 "query. masked_softmax() and attention with a Mask give 0 there"});
  }
  return "";
}

NanOrigin origin_at(const Node& node) {
  const Node::Extras& e = *node.extras_if_any();
  NanOrigin o{.op = node.op, .place = op_place(node)};
  o.inputs = listed(e.inputs);
  o.outputs = listed(e.outputs);
  Outputs ignored;
  o.rule = node.again({e.inputs.data(), e.inputs.size()}, ignored);
  for (size_t i = 0; i < node.edges.size(); ++i) o.names.push_back(name_of(node.edges[i], i));
  return o;
}

NanOrigin forward_origin(const Node& node) {
  NanOrigin o = origin_at(node);
  while (o.bad + 1 < o.outputs.size() && all_finite(o.outputs[o.bad])) ++o.bad;
  o.element = first_bad(o.bad_tensor());
  if (o.op.find("softmax") != o.op.npos) o.note = hidden_row(o.inputs[0], o.outputs[0], o.element);
  return o;
}

// A parameter, or data that no op computed, with a value that is not finite.
NanOrigin data_origin(const Node& reader, size_t input) {
  NanOrigin o;
  o.place = op_place(reader);
  o.names = {name_of(reader.edges[input], input)};
  o.outputs = {reader.extras_if_any()->inputs[input].detach()};
  o.element = first_bad(o.outputs[0]);
  o.note = text({"it was not finite before ", reader.op, " read it"});
  return o;
}

// Follows values that are not finite from an op to the first one that made them.
NanOrigin origin_below(const Node* node) {
  for (;;) {
    const Node::Extras& e = *node->extras_if_any();
    size_t next = e.inputs.size();
    for (size_t i = 0; i < e.inputs.size(); ++i) {
      const Tensor& x = e.inputs[i];
      if (all_finite(x) || (fills(node->edges[i]) && !has_nan(x))) continue;
      if (next == e.inputs.size() || (has_nan(x) && !has_nan(e.inputs[next]))) next = i;
    }
    if (next == e.inputs.size()) return forward_origin(*node);
    const Node* from = node->edges[next].to();
    if (!from || from->is_leaf()) return data_origin(*node, next);
    node = from;
  }
}

bool faulty(const NanOrigin& o) { return !o.op.empty() || !o.outputs.empty(); }

// The origin of a gradient that is not finite, at the first such event.
NanOrigin backward_origin(const BackwardEvent& e) {
  const Node::Extras& values = *e.node.extras_if_any();
  if (!all_finite(values.inputs) || !all_finite(values.outputs)) {
    NanOrigin below = origin_below(&e.node);
    if (faulty(below) && !all_finite(below.bad_tensor())) return below;
  }
  NanOrigin o = origin_at(e.node);
  o.backward = true;
  o.dy = listed(e.dy);
  for (size_t i = 0; i < e.grads.size(); ++i)
    o.grads.push_back(e.wanted[i] && e.grads[i].defined() ? e.grads[i].clone_data() : Tensor());
  while (!o.grads[o.bad].defined() || all_finite(o.grads[o.bad])) ++o.bad;
  o.element = first_bad(o.grads[o.bad]);
  if (!all_finite(e.dy)) o.note = "the sum of the gradients that arrive at it is too large";
  return o;
}

// With six digits, as many as f32 has.
std::string value_text(double v) {
  char words[32];
  std::snprintf(words, sizeof words, "%.6g", v);
  return std::isnan(v) ? "NaN" : words;
}

struct Found {
  NanOrigin origin;
};

// Handles on all leaves that the tape reads.
std::vector<Tensor> leaves_of(const RecordTape& tape) {
  std::vector<Tensor> leaves;
  std::vector<const Node*> seen;
  for (const Ref<Node>& node : tape.nodes)
    for (size_t i = 0; i < node->edges.size(); ++i) {
      const Node::Edge& e = node->edges[i];
      if (!e.node || !e.to()->is_leaf() || e.to()->frozen) continue;
      if (std::find(seen.begin(), seen.end(), e.to()) != seen.end()) continue;
      seen.push_back(e.to());
      leaves.push_back(node->extras().inputs[i].detach());
      leaves.back().attach(e.node, e.output);
    }
  return leaves;
}

std::string at_index(const Tensor& x, const NanOrigin& o) {
  if (x.shape() != o.bad_tensor().shape() || !is_float(x.dtype())) return "";
  return ", there " + value_text(x.to_vector<double>()[static_cast<size_t>(o.element)]);
}

}  // namespace

std::string index_text(const Shape& shape, int64_t element) {
  Dims index = shape;
  for (int axis = shape.size() - 1; axis >= 0; --axis) {
    index[axis] = element % shape[axis];
    element /= shape[axis];
  }
  return index.str();
}

std::string range_text(const Tensor& x) {
  if (!is_float(x.dtype())) return x.str();
  double low = INFINITY, high = -INFINITY;
  int64_t nan = 0, inf = 0;
  for (double v : x.to_vector<double>()) {
    nan += std::isnan(v);
    inf += std::isinf(v);
    if (!std::isfinite(v)) continue;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  std::string words = x.str();
  if (low < high) words += " from " + value_text(low) + " to " + value_text(high);
  if (low == high) words += " all " + value_text(low);
  if (nan) words += text({", ", nan, " NaN"});
  if (inf) words += text({", ", inf, " infinite"});
  return words;
}

std::string NanOrigin::str() const {
  const Tensor& x = bad_tensor();
  const std::string value = value_text(x.to_vector<double>()[static_cast<size_t>(element)]);
  const std::string index = index_text(x.shape(), element);
  if (op.empty())
    return text({"first value that is not finite: ", names[0], index, " is ", value, "; ", note,
                 "\n  ", range_text(x), "\n"});
  std::string words =
      text({"first value that is not finite: ", backward ? "the backward of " : "", place, ": ",
            backward ? text({"gradient of ", names[bad]}) : "output ", index, " is ", value, "\n"});
  for (size_t i = 0; i < inputs.size(); ++i)
    words += text({"  ", names[i], ": ", range_text(inputs[i]), at_index(inputs[i], *this), "\n"});
  for (const Tensor& d : dy)
    if (d.defined()) words += text({"  dy: ", range_text(d), at_index(d, *this), "\n"});
  if (!note.empty()) words += text({"  ", note, "\n"});
  return words;
}

std::optional<NanOrigin> nan_origin(const std::function<Tensor()>& loss) {
  const EnableGrad with_grad;
  RecordTape tape;
  const Draw place = default_generator().place();
  const Tensor y = loss();
  default_generator().restore(place);
  if (!y.requires_grad()) return {};
  if (!all_finite(y)) return origin_below(node_of(y));
  const ObserveBackward observe([](BackwardEvent& e) {
    for (size_t i = 0; i < e.grads.size(); ++i)
      if (e.wanted[i] && e.grads[i].defined() && !all_finite(e.grads[i]))
        throw Found{backward_origin(e)};
  });
  const std::vector<Tensor> leaves = leaves_of(tape);
  try {
    grad({&y, 1}, leaves, {}, {.retain_graph = true, .allow_unused = true});
  } catch (Found& found) {
    return std::move(found.origin);
  }
  return {};
}

}  // namespace gradus
