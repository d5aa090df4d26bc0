// SPDX-License-Identifier: MIT
// The backward pass. Pending nodes are in a heap ordered by creation number, newest first, so all
// consumers of a node's outputs are processed before the node itself. No recursion.
#include "engine.h"

#include <algorithm>

#include "gradus/autograd/rule.h"
#include "kernels/accumulate.h"

namespace gradus {
namespace {

// The sum of two gradients as part of the graph.
struct Both {
  static constexpr const char* name = "add";
  Tensor forward(Inputs in) {
    Tensor sum = in[0].clone_data();
    add_gradient(sum, Tensor(in[1].detach()));
    return sum;
  }
  Grads backward(const Tensor& dy, Wanted) const { return {dy, dy}; }
  Grads backward_graph(const Tensor& dy, Wanted, const History&) const { return {dy, dy}; }
};

// Owns the pending nodes; on any exit, including exceptions, clears their pending cotangents.
class Heap {
 public:
  explicit Heap(bool graph) : graph_(graph) {}
  ~Heap() {
    for (Ref<GraphNode>& n : nodes_) static_cast<Node*>(n.get())->pending.reset();
  }
  bool empty() const { return nodes_.empty(); }
  void add(Ref<GraphNode> owner, int output, Tensor&& dy) {
    Node& node = *static_cast<Node*>(owner.get());
    if (!node.pending) {
      node.pending = spare_ ? std::move(spare_) : std::make_unique<Node::Cotangents>();
      node.pending->dy.resize(node.outputs.size());
      nodes_.push_back(std::move(owner));
      std::push_heap(nodes_.begin(), nodes_.end(), older);
    }
    Tensor& sum = node.pending->dy[static_cast<size_t>(output)];
    if (!sum.defined()) sum = std::move(dy);
    else if (graph_) sum = apply(Both{}, sum, dy);
    else add_gradient(sum, std::move(dy));
  }
  Ref<GraphNode> pop() {
    std::pop_heap(nodes_.begin(), nodes_.end(), older);
    Ref<GraphNode> top = std::move(nodes_.back());
    nodes_.pop_back();
    return top;
  }
  void give_back(std::unique_ptr<Node::Cotangents> used) {
    used->dy.clear();
    spare_ = std::move(used);
  }

 private:
  static bool older(const Ref<GraphNode>& a, const Ref<GraphNode>& b) {
    return static_cast<Node*>(a.get())->number < static_cast<Node*>(b.get())->number;
  }
  bool graph_;
  std::vector<Ref<GraphNode>> nodes_;
  std::unique_ptr<Node::Cotangents> spare_;
};

[[noreturn]] void freed_error(const Node& node) {
  argument_error({"backward: the graph through ", node.op,
                  " was freed by an earlier backward; give that one retain_graph = true"});
}

// Marks the nodes from which a target is reachable, so that no others are visited. Throws at a
// freed node: its edges are gone, so it is unknown whether a target was reachable through it, and
// the gradient could silently be incomplete.
uint64_t mark_paths(std::span<const Tensor> roots, std::span<const Target> targets) {
  static std::atomic<uint64_t> searches{0};
  const uint64_t seen = searches += 2, useful = seen + 1;
  uint64_t oldest = UINT64_MAX;
  for (const Target& t : targets) oldest = std::min(oldest, t.node->number);
  std::vector<Node*> reachable;
  const auto is_target = [&](const Node* n) {
    return std::any_of(targets.begin(), targets.end(),
                       [n](const Target& t) { return t.node == n; });
  };
  const auto visit = [&](Node* n) {
    if (!n || n->number < oldest || n->mark == seen) return;
    if (n->freed && !is_target(n)) freed_error(*n);
    n->mark = seen;
    reachable.push_back(n);
  };
  for (const Tensor& root : roots) visit(node_of(root));
  for (size_t i = 0; i < reachable.size(); ++i)
    for (const Node::Edge& e : reachable[i]->edges) visit(e.to());
  for (const Target& t : targets) t.node->mark = useful;
  std::sort(reachable.begin(), reachable.end(),
            [](const Node* a, const Node* b) { return a->number < b->number; });
  for (Node* n : reachable)
    for (const Node::Edge& e : n->edges)
      if (e.node && e.to()->mark == useful) n->mark = useful;
  return useful;
}

void apply_hooks(Node& node, Grads& dy) {
  if (!node.extras_if_any()) return;
  Node::Extras& extras = node.extras();
  for (auto& [output, hook] : extras.hooks) {
    Tensor& g = dy[static_cast<size_t>(output)];
    if (!g.defined()) continue;
    Tensor replaced = hook(g);
    if (!replaced.defined()) continue;
    if (replaced.shape() != g.shape() || replaced.dtype() != g.dtype())
      argument_error(
          {"hook on ", node.op, ": returned ", replaced.str(), "; the gradient is ", g.str()});
    g = std::move(replaced);
  }
  for (auto& [output, kept] : extras.retained)
    if (const Tensor& g = dy[static_cast<size_t>(output)]; g.defined()) kept = g.clone_data();
}

void check_gradient(const Node& node, size_t input, const Tensor& dx) {
  const Node::Edge& edge = node.edges[input];
  const Node::Output& x = edge.to()->outputs[static_cast<size_t>(edge.output)];
  if (dx.defined() && dx.shape() == x.shape && dx.dtype() == x.dtype) [[likely]]
    return;
  if (!dx.defined())
    internal_error(
        {node.op, ": backward returned no gradient for input ", input, ", which needs one"});
  internal_error({node.op, ": backward returned ", dx.str(), " for input ", input, ", which is ",
                  name(x.dtype), " ", x.shape});
}

// Saves and restores the name of the running backward, for a pass that starts inside another.
struct RunsBackward {
  const char* before = detail::current_backward;
  ~RunsBackward() { detail::current_backward = before; }
};

// Tells the watcher, if there is one, when the backward of an op begins and ends.
struct Watched {
  const char* op;
  explicit Watched(const char* name) : op(name) { tell(true); }
  ~Watched() { tell(false); }
  void tell(bool begins) const {
    if (detail::op_watch) (*detail::op_watch)({op, true, begins});
  }
};

class Walk {
 public:
  Walk(const GradOptions& options, std::span<Target> targets, uint64_t useful)
      : options_(options), targets_(targets), useful_(useful), heap_(options.create_graph) {}

  void start(const Tensor& root, const Tensor& dy) {
    if (worth(node_of(root)))
      heap_.add(root.node(), root.output_index(), options_.create_graph ? Tensor(dy) : dy.detach());
  }
  void run() {
    while (!heap_.empty()) {
      const Ref<GraphNode> owner = heap_.pop();
      step(*static_cast<Node*>(owner.get()));
    }
    for (const Ref<GraphNode>& owner : doubtful_) warn_of(static_cast<Leaf&>(*owner));
  }

 private:
  bool worth(const Node* n) const { return n && (useful_ == 0 || n->mark == useful_); }

  void step(Node& node) {
    std::unique_ptr<Node::Cotangents> arrived = std::move(node.pending);
    Grads& dy = arrived->dy;
    apply_hooks(node, dy);
    bool is_target = false;
    for (Target& t : targets_)
      if (t.node == &node && dy[static_cast<size_t>(t.output)].defined()) {
        t.grad = dy[static_cast<size_t>(t.output)];
        is_target = true;
      }
    if (node.is_leaf()) {
      if (targets_.empty()) gather(static_cast<Leaf&>(node), std::move(dy[0]));
      return;
    }
    flags_.clear();
    bool any = false;
    for (const Node::Edge& e : node.edges) {
      flags_.push_back(worth(e.to()));
      any = any || flags_.back();
    }
    if (is_target && !any) return;  // nothing wanted is reachable through it
    const Wanted wanted{{flags_.data(), flags_.size()}};
    Grads grads = backward_of(node, dy, wanted);
    heap_.give_back(std::move(arrived));  // grads are now the only owners of memory shared with it
    if (!options_.retain_graph) {
      node.freed = true;
      node.release();
      if (node.extras_if_any()) node.extras().inputs.clear(), node.extras().outputs.clear();
    }
    for (size_t i = 0; i < grads.size(); ++i) {
      if (!flags_[i]) continue;
      Node::Edge& e = node.edges[i];
      heap_.add(options_.retain_graph ? Ref<GraphNode>(e.node) : std::move(e.node), e.output,
                std::move(grads[i]));
    }
    if (!options_.retain_graph) node.edges.clear();
  }

  void gather(Leaf& leaf, Tensor&& dy) {
    if (leaf.frozen) return;  // frozen after the graph was built
    leaf.accumulate(std::move(dy));
    listed_up_to_ = std::max(listed_up_to_, leaf.listed_at);
    any_held_ = any_held_ || leaf.held;
    if (leaf.parameter_of && !leaf.held) doubtful_.emplace_back(Ref<GraphNode>(&leaf));
  }

  void warn_of(Leaf& leaf) const {
    const Shape& shape = leaf.outputs[0].shape;
    // A part created after the listing, such as a new head on an imported model, may still be
    // listed with the whole model, but not after the first step.
    leaf.seen_at_step = std::min<uint64_t>(leaf.seen_at_step, steps_taken);
    if (!leaf.listed_at && leaf.number <= listed_up_to_)
      warn({leaf.parameter_of, " ", shape, " gets a gradient, but no module lists it: it will not ",
            "be trained or saved. Name its module in visit()"});
    else if (any_held_ && (leaf.listed_at || leaf.seen_at_step < steps_taken))
      warn({leaf.parameter_of, " ", shape, " gets a gradient, but no optimiser holds it: it will ",
            "not be trained. Give it to an optimiser, or freeze it with requires_grad_(false)"});
  }

  Grads backward_of(Node& node, const Grads& dy, Wanted wanted) {
    if (node.freed) freed_error(node);
    detail::current_backward = node.op;
    const Watched watched(node.op);
    Grads grads = options_.create_graph ? node.run_graph(dy, wanted) : node.run(dy, wanted);
    if (Observer* observer = detail_observer(); observer && node.extras_if_any()) {
      const Node::Extras& e = node.extras();
      BackwardEvent event{node,
                          {e.inputs.data(), e.inputs.size()},
                          {e.outputs.data(), e.outputs.size()},
                          dy,
                          grads,
                          wanted};
      (*observer)(event);
    }
    if (grads.size() != node.edges.size())
      internal_error({node.op, ": backward returned ", grads.size(), " gradients for ",
                      node.edges.size(), " inputs"});
    for (size_t i = 0; i < grads.size(); ++i)
      if (flags_[i]) check_gradient(node, i, grads[i]);
    return grads;
  }

  const GradOptions& options_;
  std::span<Target> targets_;
  uint64_t useful_;
  Heap heap_;
  SmallVector<bool, 16> flags_;
  // Parameters that no optimiser holds, and whether this pass met listed or held ones.
  std::vector<Ref<GraphNode>> doubtful_;
  uint64_t listed_up_to_ = 0;
  bool any_held_ = false;
};

}  // namespace

void add_gradient(Tensor& sum, Tensor&& dy) {
  if (!sum.defined()) {
    sum = std::move(dy);
    return;
  }
  const auto owned = [](const Tensor& t) {
    return t.storage()->owners.load(std::memory_order_acquire) == 1 && !t.layout().overlaps();
  };
  if (!owned(sum)) {
    if (owned(dy)) std::swap(sum, dy);
    else sum = sum.clone_data();
  }
  kernels::StridedLoop<2> loop;
  for (int i = 0; i < sum.dim(); ++i)
    loop.add_axis(sum.size(i), {dy.strides()[i], sum.strides()[i]});
  dispatch_float(sum.dtype(), [&]<class T>() {
    const T* x = dy.data<T>();
    kernels::accumulate(loop, x, sum.mutable_data<T>("add_gradient"));
  });
}

void Leaf::accumulate(Tensor&& dy) {
  if (grad.defined()) return add_gradient(grad, std::move(dy));
  const bool mine = dy.storage()->owners == 1 && dy.is_contiguous();
  grad = mine ? std::move(dy) : dy.clone_data();
}

void run_backward(std::span<const Tensor> roots, std::span<const Tensor> cotangents,
                  const GradOptions& options, std::span<Target> targets) {
  for (size_t i = 0; i < roots.size(); ++i) {
    if (!roots[i].requires_grad())
      argument_error({"backward: the result (", roots[i].str(),
                      ") does not depend on any tensor that requires a gradient"});
    if (node_of(roots[i])->freed)
      argument_error({"backward: the graph of this result of ", node_of(roots[i])->op,
                      " was freed by an earlier backward; give that one retain_graph = true"});
    if (cotangents.empty() && roots[i].numel() != 1)
      argument_error({"backward: the result ", roots[i].str(),
                      " is not a scalar; give a cotangent of its shape"});
    if (!cotangents.empty() &&
        (cotangents[i].shape() != roots[i].shape() || cotangents[i].dtype() != roots[i].dtype()))
      argument_error({"backward: cotangent ", cotangents[i].str(), " must be ", roots[i].str()});
  }
  std::optional<NoGrad> no_grad;
  std::optional<EnableGrad> with_grad;
  if (options.create_graph) with_grad.emplace();
  else no_grad.emplace();
  const RunsBackward runs;
  Walk walk(options, targets, targets.empty() ? 0 : mark_paths(roots, targets));
  for (size_t i = 0; i < roots.size(); ++i)
    walk.start(roots[i], cotangents.empty() ? ones_like(roots[i]) : cotangents[i]);
  walk.run();
}

}  // namespace gradus
