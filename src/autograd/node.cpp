// SPDX-License-Identifier: MIT
// Nodes, scopes, and the two halves of apply().
#include "gradus/autograd/node.h"

#include "gradus/autograd/rule.h"

namespace gradus {
namespace {
// Counted a thread at a time: an atomic step for each node would cost as much as the node.
struct NodeCount {
  std::atomic<int64_t> live{0};
  NodeCount* next = nullptr;
};
std::atomic<NodeCount*> all_counts{nullptr};
thread_local constinit NodeCount* local_count = nullptr;
thread_local constinit uint64_t newest = 0;
thread_local constinit bool grad_on = true;
thread_local constinit Observer* observer = nullptr;

void count_node(int64_t change) {
  if (!local_count) [[unlikely]] {  // never freed: nodes may outlive the thread that made them
    local_count = new NodeCount;
    local_count->next = all_counts.load();
    while (!all_counts.compare_exchange_weak(local_count->next, local_count)) {}
  }
  local_count->live.store(local_count->live.load(std::memory_order_relaxed) + change,
                          std::memory_order_relaxed);
}
}  // namespace

Observer* detail_observer() { return observer; }

Node::Node(const char* name) : op(name), number(++newest) { count_node(1); }
Node::~Node() { count_node(-1); }

void Node::add_edge(const Ref<GraphNode>& node, int output) {
  edges.emplace_back(node, output);
  // Inputs may come from another thread, whose numbers run by themselves.
  if (node && edges.back().to()->number >= number) newest = number = edges.back().to()->number + 1;
}

int64_t live_nodes() {
  int64_t sum = 0;
  for (NodeCount* c = all_counts; c; c = c->next) sum += c->live.load(std::memory_order_relaxed);
  return sum;
}

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
  for (size_t i = 0; i < in.size(); ++i)  // before the first loan: a throw here ends none
    if (!in[i]->defined()) argument_error({name, ": input ", i, " is undefined"});
  for (size_t i = 0; i < in.size(); ++i) {
    tracked_ = tracked_ || in[i]->requires_grad();
    plain_.emplace_back(Tensor::Loan{}, *in[i]);
  }
  tracked_ = tracked_ && grad_on && !outer_;
  current_rule = name;
}

Call::~Call() {
  current_rule = outer_;
  for (Tensor& x : plain_) x.end_loan();
}

void Call::finish(std::span<Tensor> out, Ref<Node> node) {
  for (Tensor& y : out) {
    if (outer_) y.mark_saved();
    else y.unmark_saved();
  }
  if (!node) return;
  for (const Tensor* x : in_) node->add_edge(x->node(), x->output_index());
  for (const Tensor& y : out) node->outputs.emplace_back(Node::Output{y.shape(), y.dtype()});
  if (observer) record(*node, out);
  for (size_t i = out.size(); i-- > 1;)
    if (is_float(out[i].dtype())) out[i].attach(Ref<GraphNode>(node.get()), static_cast<int>(i));
  if (!out.empty() && is_float(out[0].dtype()))
    out[0].attach(Ref<GraphNode>::unowned(node.release()), 0);
}

void Call::record(Node& node, std::span<const Tensor> out) const {
  Node::Extras& extras = node.extras();
  extras.inputs = plain_;
  for (const Tensor& y : out) {
    extras.outputs.push_back(y.detach());
    extras.outputs.back().mark_saved();
  }
}

}  // namespace detail
}  // namespace gradus
