// SPDX-License-Identifier: MIT
// The flow audit: one recorded forward and backward, searched from the parameters upwards.
#include "gradus/train/flow.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "autograd/tape.h"
#include "gradus/autograd/autograd.h"
#include "gradus/base/random.h"
#include "op_place.h"

namespace gradus {
namespace {

// Which gradients of a node's backward were exactly 0.
struct Zeros {
  bool arriving = true;         // dy, of all outputs
  std::vector<bool> leaving{};  // by input; true if not wanted
};

using NodeList = std::vector<const Node*>;

// The recorded ops, by the values that they read.
class Chains {
 public:
  Chains(const RecordTape& tape, const std::map<const Node*, Zeros>& zeros)
      : tape_(tape), zeros_(zeros) {
    for (const Ref<Node>& node : tape.nodes)
      for (const Node::Edge& e : node->edges)
        if (e.node) readers_[e.to()].push_back(node.get());
  }
  std::string why_not_reached(const Tensor& parameter) const;
  std::string why_zero(const Tensor& parameter) const;

 private:
  // The nodes that depend on `leaf`, in the order in which they are found.
  NodeList above(const Node* leaf) const {
    NodeList found = {leaf};
    std::set<const Node*> seen = {leaf};
    for (size_t i = 0; i < found.size(); ++i)
      if (const auto readers = readers_.find(found[i]); readers != readers_.end())
        for (const Node* reader : readers->second)
          if (seen.insert(reader).second) found.push_back(reader);
    found.erase(found.begin());
    return found;
  }
  const Node* detached_reader(const Storage* values) const {
    for (const Ref<Node>& node : tape_.nodes)
      for (size_t i = 0; i < node->edges.size(); ++i)
        if (!node->edges[i].node && node->extras().inputs[i].storage() == values) return node.get();
    return nullptr;
  }
  std::string chain(const NodeList& all, const Node* leaf, const Node* last) const;

  const RecordTape& tape_;
  const std::map<const Node*, Zeros>& zeros_;
  std::unordered_map<const Node*, NodeList> readers_;
};

// "linear in head -> relu -> sum", from the op that reads the leaf to `last`.
std::string Chains::chain(const NodeList& all, const Node* leaf, const Node* last) const {
  std::vector<std::string> steps;
  for (const Node* at = last; at && at != leaf;) {
    steps.push_back(steps.empty() || at->edges.size() > 1 ? op_place(*at) : at->op);
    const Node* from = nullptr;
    for (const Node::Edge& e : at->edges)
      if (e.to() == leaf || std::find(all.begin(), all.end(), e.to()) != all.end()) from = e.to();
    at = from;
  }
  std::reverse(steps.begin(), steps.end());
  std::string words;
  for (size_t i = 0; i < steps.size(); ++i)
    if (i < 2 || i + 2 >= steps.size()) words += (i ? " -> " : "") + steps[i];
    else if (i == 2) words += " -> ...";
  return words;
}

std::string Chains::why_not_reached(const Tensor& parameter) const {
  const Node* leaf = node_of(parameter);
  const NodeList all = above(leaf);
  if (all.empty()) {
    if (const Node* reader = detached_reader(parameter.storage()))
      return text({op_place(*reader), " reads it without its graph: detach() or NoGrad"});
    return "no op reads it, or only under NoGrad: its part is not called";
  }
  const Node* last = all.back();
  for (const Node* node : all) {
    if (node->number > last->number) last = node;
    for (const Tensor& y : const_cast<Node*>(node)->extras().outputs)
      if (const Node* reader = detached_reader(y.storage()))
        return text({chain(all, leaf, node), ", whose result ", op_place(*reader),
                     " reads without its graph: detach() or NoGrad"});
  }
  return text({chain(all, leaf, last), ", whose result the loss does not depend on"});
}

// Why an op gives an input the gradient 0 although its own is not 0.
std::string why_stops(const Node& node, size_t input) {
  const Node::Extras& e = *node.extras_if_any();
  const std::string op = node.op;
  const bool dead = all_zero(e.outputs[0]);
  const bool product = op == "linear" || op == "matmul" || op.starts_with("conv");
  if (product && input < 2 && all_zero(e.inputs[1 - input]))
    return input == 0 ? ": its weight is 0, before the first update"
                      : ": what it is multiplied by is 0";
  if (op == "relu" && dead) return ": none of its inputs is above 0 (dead)";
  if (op == "linear" && dead) return ": its activation gives 0 everywhere (dead)";
  if (op.find("attention") != op.npos && dead) return ": its mask hides every key";
  if (op == "masked_softmax" && dead) return ": its mask hides every key";
  if (op == "dropout" && dead) return ": it dropped everything";
  if (op == "mul" && e.inputs.size() == 2 && all_zero(e.inputs[1 - input]))
    return ": the other factor is 0";
  if (op == "mul" && e.inputs.size() == 1 && dead) return ": it multiplies by 0";
  return "";
}

std::string Chains::why_zero(const Tensor& parameter) const {
  const Node* leaf = node_of(parameter);
  NodeList open = {leaf};
  std::set<const Node*> seen = {leaf};
  for (size_t i = 0; i < open.size(); ++i) {
    const auto readers = readers_.find(open[i]);
    if (readers == readers_.end()) continue;
    for (const Node* reader : readers->second) {
      const auto known = zeros_.find(reader);
      if (known == zeros_.end()) continue;  // not on a path to the loss
      for (size_t k = 0; k < reader->edges.size(); ++k) {
        if (reader->edges[k].to() != open[i] || !known->second.leaving[k]) continue;
        if (!known->second.arriving)
          return text({op_place(*reader), " gives it a gradient of 0", why_stops(*reader, k)});
        if (seen.insert(reader).second) open.push_back(reader);
      }
    }
  }
  return "its contributions add up to exactly 0";
}

// The gradients of a scalar; undefined for tensors it does not depend on.
std::vector<Tensor> gradients_of(const Tensor& loss, const std::vector<Tensor>& wanted) {
  if (!loss.defined() || loss.numel() != 1)
    argument_error({"flow_audit: the loss is ", loss.defined() ? loss.str() : "undefined",
                    "; expected a scalar"});
  if (!loss.requires_grad() || wanted.empty()) return std::vector<Tensor>(wanted.size());
  return grad({&loss, 1}, wanted, {}, {.retain_graph = true, .allow_unused = true});
}

std::string verb(int64_t n, const char* one, const char* many) {
  return text({n, " ", n == 1 ? one : many});
}

}  // namespace

int64_t FlowAudit::count(Flow flow) const {
  return std::count_if(parameters.begin(), parameters.end(),
                       [flow](const ParameterFlow& p) { return p.flow == flow; });
}

std::string FlowAudit::line() const {
  std::string words =
      verb(count(Flow::reached), "parameter gets a gradient", "parameters get a gradient");
  if (const int64_t n = count(Flow::zero)) words += ", " + verb(n, "gets", "get") + " exactly 0";
  words += ", " + verb(count(Flow::not_reached), "is", "are") + " not reached";
  if (const int64_t n = count(Flow::frozen)) words += ", " + verb(n, "is", "are") + " frozen";
  return words;
}

std::string FlowAudit::reasons(Flow flow, size_t limit) const {
  std::string words;
  size_t shown = 0;
  for (const ParameterFlow& p : parameters)
    if (p.flow == flow && shown++ < limit)
      words += text({"  ", p.name, " ", p.shape, ": ", p.reason, "\n"});
  if (shown > limit) words += text({"  and ", shown - limit, " more\n"});
  return words;
}

FlowAudit flow_audit(const std::function<Tensor()>& loss, Module& model) {
  const EnableGrad with_grad;
  const std::vector<NamedTensor> named = model.named_parameters();
  std::vector<Tensor> wanted;
  for (const NamedTensor& p : named)
    if (p.tensor.requires_grad()) wanted.push_back(p.tensor);
  std::map<const Node*, Zeros> zeros;
  const ObserveBackward observe([&](BackwardEvent& e) {
    Zeros& z = zeros[&e.node];
    for (const Tensor& dy : e.dy) z.arriving = z.arriving && (!dy.defined() || all_zero(dy));
    for (size_t i = 0; i < e.grads.size(); ++i)
      z.leaving.push_back(!e.wanted[i] || !e.grads[i].defined() || all_zero(e.grads[i]));
  });
  RecordTape tape;
  const Draw place = default_generator().place();
  const Tensor y = loss();
  default_generator().restore(place);
  const std::vector<Tensor> grads = gradients_of(y, wanted);
  const Chains chains(tape, zeros);
  FlowAudit audit;
  size_t next = 0;
  for (const NamedTensor& p : named) {
    ParameterFlow& f =
        audit.parameters.emplace_back(ParameterFlow{p.name, p.tensor.shape(), Flow::frozen});
    if (!p.tensor.requires_grad()) continue;
    const Tensor& g = grads[next++];
    f.flow = !g.defined() ? Flow::not_reached : all_zero(g) ? Flow::zero : Flow::reached;
    if (f.flow == Flow::not_reached) f.reason = chains.why_not_reached(p.tensor);
    if (f.flow == Flow::zero) f.reason = chains.why_zero(p.tensor);
  }
  return audit;
}

}  // namespace gradus
