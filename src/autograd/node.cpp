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

void Node::connect(std::span<const Tensor* const> inputs, std::span<const Tensor> results) {
  edges.reserve(inputs.size());
  for (const Tensor* x : inputs) {
    const Node* from = edges.emplace_back(x->node(), x->output_index()).to();
    // Inputs may come from another thread, whose numbers run by themselves.
    if (from && from->number >= number) newest = number = from->number + 1;
  }
  outputs.reserve(results.size());
  for (const Tensor& y : results) outputs.emplace_back(y.shape(), y.dtype());
}

void Node::record(std::span<const Tensor* const> inputs, std::span<const Tensor> results) {
  const auto keep = [](Tensors& list, const Tensor& x) {
    list.push_back(x.detach());
    list.back().set_saved(true);
  };
  for (const Tensor* x : inputs) keep(extras().inputs, *x);
  for (const Tensor& y : results) keep(extras().outputs, y);
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

thread_local constinit bool detail::grad_on = true;
NoGrad::NoGrad() : before_(detail::grad_on) { detail::grad_on = false; }
NoGrad::~NoGrad() { detail::grad_on = before_; }

ObserveBackward::ObserveBackward(Observer o) : observer_(std::move(o)), before_(observer) {
  observer = &observer_;
}
ObserveBackward::~ObserveBackward() { observer = before_; }

namespace detail {

void Call::undefined_input(const char* name) const {
  size_t i = 0;
  while (in_[i]->defined()) ++i;
  argument_error({name, ": input ", i, " is undefined"});
}

void Call::connect(std::span<Tensor> out, Node* node) const {
  node->connect(in_, out);
  if (observer) node->record(in_, out);
  for (size_t i = out.size(); i-- > 1;)
    if (is_float(out[i].dtype())) out[i].attach(Ref<GraphNode>(node), static_cast<int>(i));
  if (!out.empty() && is_float(out[0].dtype())) out[0].attach(Ref<GraphNode>::unowned(node), 0);
}

}  // namespace detail
}  // namespace gradus
