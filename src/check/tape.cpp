// SPDX-License-Identifier: MIT
// Collects the ops of a graph with their values, and lets a backward fill in the gradients.
#include "gradus/check/tape.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "gradus/autograd/autograd.h"
#include "gradus/ops/elementwise.h"
#include "train/op_place.h"

namespace gradus {
namespace {

// The number of an op or a leaf on the tape, by its node.
using Places = std::unordered_map<const GraphNode*, size_t>;

std::vector<Node*> reachable(const Tensor& loss) {
  std::vector<Node*> all = {static_cast<Node*>(loss.node().get())};
  std::unordered_map<const Node*, bool> seen = {{all[0], true}};
  for (size_t i = 0; i < all.size(); ++i)
    for (const Node::Edge& e : all[i]->edges)
      if (e.node && !seen[e.to()]) {
        seen[e.to()] = true;
        all.push_back(e.to());
      }
  std::sort(all.begin(), all.end(),
            [](const Node* a, const Node* b) { return a->number < b->number; });
  return all;
}

TapeOp recorded(Node* node) {
  if (node->freed)
    argument_error({"tape: the graph through ", node->op,
                    " was freed by a backward; give that one retain_graph = true"});
  const Node::Extras* extras = node->extras_if_any();
  if (!extras || extras->inputs.size() != node->edges.size())
    argument_error(
        {"tape: the values of ", node->op,
         " were not recorded; compute the loss while an ObserveBackward is alive, or call "
         "record_tape with a function that computes it"});
  TapeOp op{Ref<Node>(node), extras->inputs, extras->outputs, {}, {}, {}};
  op.dy.resize(op.outputs.size());
  op.grads.resize(op.inputs.size());
  return op;
}

void connect(Tape& tape, TapeOp& op, Places& ops, Places& leaves) {
  for (size_t i = 0; i < op.inputs.size(); ++i) {
    const Node::Edge& e = op.node->edges[i];
    if (!e.node) {
      op.from.push_back({});
    } else if (!e.to()->is_leaf()) {
      op.from.push_back(
          {TapeSource::Kind::op, ops.at(e.node.get()), static_cast<size_t>(e.output)});
    } else {
      const auto [at, fresh] = leaves.emplace(e.node.get(), tape.leaves.size());
      if (fresh) {
        const std::string name = leaf_name(e);
        TapeLeaf leaf{name.empty() ? "leaf " + std::to_string(at->second) : name, op.inputs[i], {}};
        tape.leaves.push_back(std::move(leaf));
        tape.leaves.back().value.attach(e.node, 0);
      }
      op.from.push_back({TapeSource::Kind::leaf, at->second, 0});
    }
  }
}

// Runs the backward; an exception becomes Tape::error.
void fill_gradients(Tape& tape, const Tensor& loss, const Places& ops) {
  const ObserveBackward observe([&](BackwardEvent& e) {
    const auto at = ops.find(&e.node);
    if (at == ops.end()) return;
    TapeOp& op = tape.ops[at->second];
    for (size_t k = 0; k < e.dy.size() && k < op.dy.size(); ++k)
      if (e.dy[k].defined()) op.dy[k] = e.dy[k].detach();
    for (size_t i = 0; i < e.grads.size() && i < op.grads.size(); ++i)
      if (e.grads[i].defined() && e.wanted[i]) op.grads[i] = e.grads[i].clone_data();
  });
  std::vector<Tensor> leaves;
  for (const TapeLeaf& leaf : tape.leaves) leaves.push_back(leaf.value);
  try {
    const std::vector<Tensor> grads =
        grad({&loss, 1}, leaves, {}, {.retain_graph = true, .allow_unused = true});
    for (size_t i = 0; i < grads.size(); ++i) tape.leaves[i].grad = grads[i];
  } catch (const std::exception& e) {
    tape.error = e.what();
  }
}

// ---- the places in the model

struct Nearest {
  std::vector<std::string> before{}, after{};
};

std::vector<std::string> own_parameters(const Tape& tape, const TapeOp& op) {
  std::vector<std::string> names;
  for (const TapeSource& s : op.from)
    if (s.kind == TapeSource::Kind::leaf) names.push_back(tape.leaves[s.at].name);
  return names;
}

std::vector<Nearest> nearest_parameters(const Tape& tape) {
  std::vector<Nearest> all(tape.ops.size());
  const auto passed_on = [&](size_t k, const std::vector<std::string>& inherited) {
    const std::vector<std::string> own = own_parameters(tape, tape.ops[k]);
    return own.empty() ? inherited : own;
  };
  for (size_t k = 0; k < tape.ops.size(); ++k)
    for (const TapeSource& s : tape.ops[k].from)
      if (s.kind == TapeSource::Kind::op)  // the youngest of several inputs counts
        if (auto names = passed_on(s.at, all[s.at].before); !names.empty()) all[k].before = names;
  for (size_t k = tape.ops.size(); k-- > 0;)
    for (const TapeSource& s : tape.ops[k].from)
      if (s.kind == TapeSource::Kind::op)  // the oldest of several users counts
        if (auto names = passed_on(k, all[k].after); !names.empty()) all[s.at].after = names;
  return all;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out = names[0];
  for (size_t i = 1; i < names.size() && i < 3; ++i) out += ", " + names[i];
  return names.size() > 3 ? out + ", ..." : out;
}

void find_places(Tape& tape) {
  const std::vector<Nearest> near = nearest_parameters(tape);
  for (size_t k = 0; k < tape.ops.size(); ++k) {
    TapeOp& op = tape.ops[k];
    const std::vector<std::string> own = own_parameters(tape, op);
    if (!own.empty()) {
      op.place = "reads " + listed(own);
      op.module = common_module(own);
      continue;
    }
    const auto& [before, after] = near[k];
    if (!before.empty()) op.place = "after " + before[0];
    if (!after.empty()) op.place += (before.empty() ? "before " : ", before ") + after[0];
    std::vector<std::string> both = before;
    if (both.empty() || !after.empty()) both.insert(both.end(), after.begin(), after.end());
    op.module = common_module(both);
  }
}

// ---- between the ops

bool far_apart(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = a.to_vector<double>(), y = b.to_vector<double>();
  double gap = 0, size = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    gap += (x[i] - y[i]) * (x[i] - y[i]);
    size += std::max(x[i] * x[i], y[i] * y[i]);
  }
  return std::sqrt(gap) > 1e-4 * std::sqrt(size);
}

std::string called(const TapeOp& op) {
  return op.name() + (op.place.empty() ? "" : " (" + op.place + ")");
}

// The sum of the gradients that left for each output of an op must be what arrived there.
void compare_arrivals(Tape& tape) {
  const NoGrad no_grad;
  std::map<std::pair<size_t, size_t>, Tensor> sums;
  for (size_t k = tape.ops.size(); k-- > 0;) {
    TapeOp& op = tape.ops[k];
    for (size_t o = 0; o < op.dy.size(); ++o) {
      const auto sent = sums.find({k, o});
      if (sent == sums.end() || !op.dy[o].defined() || sent->second.shape() != op.dy[o].shape())
        continue;
      if (far_apart(sent->second, op.dy[o]))
        tape.between.push_back("the gradient of the result of " + called(op) +
                               " changes on its way there: a hook replaces it");
    }
    for (size_t i = 0; i < op.from.size(); ++i) {
      if (op.from[i].kind != TapeSource::Kind::op || !op.grads[i].defined()) continue;
      Tensor& sum = sums[{op.from[i].at, op.from[i].output}];
      sum = sum.defined() ? add(sum, op.grads[i]) : op.grads[i];
    }
  }
}

// A constant input that shares its memory with a result of the tape was detached from it.
void find_detached(Tape& tape) {
  std::unordered_map<const Storage*, size_t> made;
  for (size_t k = 0; k < tape.ops.size(); ++k) {
    TapeOp& op = tape.ops[k];
    for (size_t i = 0; i < op.inputs.size(); ++i) {
      if (op.from[i].kind != TapeSource::Kind::constant) continue;
      const auto at = made.find(op.inputs[i].storage());
      if (at == made.end()) continue;
      tape.between.push_back(
          text({"input ", i, " of ", called(op), " is the result of ", called(tape.ops[at->second]),
                " outside the graph: no gradient passes between them"}));
    }
    for (const Tensor& y : op.outputs)
      if (y.defined()) made[y.storage()] = k;
  }
}

}  // namespace

std::string common_module(const std::vector<std::string>& parameters) {
  if (parameters.empty()) return "";
  std::string common = part_of(parameters[0]);
  for (const std::string& p : parameters) {
    const std::string other = part_of(p) + ".";
    while (!common.empty() && other.rfind(common + ".", 0) != 0) common = part_of(common);
  }
  return common;
}

Tape tape_of(const Tensor& loss) {
  if (!loss.defined() || !loss.requires_grad() || loss.is_leaf())
    argument_error({"tape: the loss was not computed from any tensor that requires a gradient"});
  if (loss.numel() != 1) argument_error({"tape: the loss is ", loss.str(), "; expected a scalar"});
  Tape tape;
  tape.loss = loss;
  Places ops, leaves;
  for (Node* node : reachable(loss)) {
    if (node->is_leaf()) continue;
    ops[node] = tape.ops.size();
    tape.ops.push_back(recorded(node));
    connect(tape, tape.ops.back(), ops, leaves);
  }
  find_places(tape);
  fill_gradients(tape, loss, ops);
  compare_arrivals(tape);
  find_detached(tape);
  return tape;
}

Tape record_tape(const std::function<Tensor()>& loss) {
  const EnableGrad with_grad;
  Tensor y;
  {
    const ObserveBackward observe([](BackwardEvent&) {});
    y = loss();
  }
  return tape_of(y);
}

}  // namespace gradus
