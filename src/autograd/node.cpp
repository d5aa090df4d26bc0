// SPDX-License-Identifier: MIT
// Nodes, scopes, and the two halves of apply().
#include "gradus/autograd/node.h"

#include "gradus/autograd/rule.h"

namespace gradus {
namespace {
std::atomic<uint64_t> created{0};
std::atomic<int64_t> destroyed{0};
thread_local bool grad_on = true;
thread_local Observer* observer = nullptr;
}  // namespace

Observer* detail_observer() { return observer; }

Node::Node(const char* name) : op(name), number(created.fetch_add(1, std::memory_order_relaxed)) {}
Node::~Node() { destroyed.fetch_add(1, std::memory_order_relaxed); }

int64_t live_nodes() { return static_cast<int64_t>(created) - destroyed; }

// Deleting a node drops its edges, which may leave other nodes without an owner: those queue up
// behind it here instead of being deleted from inside its destructor.
void dispose(GraphNode* node) {
  thread_local GraphNode* queue = nullptr;
  thread_local bool busy = false;
  node->next_dead = queue;
  queue = node;
  if (busy) return;
  busy = true;
  while (GraphNode* dead = queue) {
    queue = dead->next_dead;
    delete dead;
  }
  busy = false;
}

bool grad_enabled() { return grad_on; }
NoGrad::NoGrad() : before_(grad_on) { grad_on = false; }
NoGrad::~NoGrad() { grad_on = before_; }

ObserveBackward::ObserveBackward(Observer o) : observer_(std::move(o)), before_(observer) {
  observer = &observer_;
}
ObserveBackward::~ObserveBackward() { observer = before_; }

namespace detail {

Call::Call(const char* name, std::span<const Tensor* const> in) : in_(in), outer_(current_rule) {
  plain_.reserve(in.size());
  for (size_t i = 0; i < in.size(); ++i) {
    if (!in[i]->defined()) argument_error({name, ": input ", i, " is undefined"});
    tracked_ = tracked_ || in[i]->requires_grad();
    plain_.push_back(in[i]->detach());
    plain_.back().mark_saved();
  }
  tracked_ = tracked_ && grad_on && !outer_;
  current_rule = name;
}

Call::~Call() { current_rule = outer_; }

void Call::finish(std::span<Tensor> out, Ref<Node> node) {
  for (Tensor& y : out) {
    if (outer_) y.mark_saved();
    else y.unmark_saved();
  }
  if (!node) return;
  for (const Tensor* x : in_) node->edges.push_back({x->node(), x->output_index()});
  int index = 0;
  for (Tensor& y : out) {
    node->outputs.push_back({y.shape(), y.dtype()});
    if (is_float(y.dtype())) y.attach(Ref<GraphNode>(node.get()), index);
    ++index;
  }
  if (!observer) return;
  Node::Extras& extras = node->extras();
  extras.inputs = plain_;
  for (const Tensor& y : out) {
    extras.outputs.push_back(y.detach());
    extras.outputs.back().mark_saved();
  }
}

}  // namespace detail
}  // namespace gradus
