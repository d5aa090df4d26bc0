// SPDX-License-Identifier: MIT
// Nodes, scopes, and the two halves of apply().
#include "gradus/autograd/node.h"

#include "gradus/autograd/autograd.h"
#include "gradus/autograd/rule.h"
#include "tape.h"

namespace gradus {
namespace {
// One counter per thread: an atomic increment per node would cost as much as the node.
struct NodeCount {
  std::atomic<int64_t> live{0};
  NodeCount* next = nullptr;
};
std::atomic<NodeCount*> all_counts{nullptr};
thread_local constinit NodeCount* local_count = nullptr;
thread_local constinit uint64_t newest = 0;
thread_local constinit Observer* observer = nullptr;
thread_local constinit RecordTape* tape = nullptr;

void count_node(int64_t change) {
  if (!local_count) [[unlikely]] {  // never freed: nodes may outlive the thread that created them
    local_count = new NodeCount;
    local_count->next = all_counts.load();
    while (!all_counts.compare_exchange_weak(local_count->next, local_count)) {
    }
  }
  local_count->live.store(local_count->live.load(std::memory_order_relaxed) + change,
                          std::memory_order_relaxed);
}
}  // namespace

uint64_t newest_node() { return newest; }
Observer* detail_observer() { return observer; }

Node::Node(const char* name) : op(name), number(++newest) { count_node(1); }
Node::~Node() { count_node(-1); }

void Node::connect(std::span<const Tensor* const> inputs, std::span<const Tensor> results) {
  edges.reserve(inputs.size());
  const Ref<GraphNode> none;
  for (const Tensor* x : inputs) {
    const Ref<GraphNode>& node = x->requires_grad() ? x->node() : none;
    const Node* from = edges.emplace_back(node, x->output_index()).to();
    // Inputs may come from another thread, which numbers its nodes separately.
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

Ref<Node> Node::again(Inputs, Outputs&) const {
  argument_error({op, ": cannot run again: its saved values were freed by a backward"});
}
Grads Node::run_graph(const Grads&, Wanted) const {
  argument_error({"grad: ", op, " does not support create_graph: it has no backward_graph"});
}

Tensor History::input(size_t i, const Tensor& saved) const {
  const Node::Edge& e = node_.edges[i];
  return tracked(saved, e.node, e.output);
}

Tensor History::output(size_t k, const Tensor& saved) const {
  return tracked(saved, Ref<GraphNode>(const_cast<Node*>(&node_)), static_cast<int>(k));
}

Tensor History::tracked(const Tensor& saved, Ref<GraphNode> node, int output) {
  dispatch_all(saved.dtype(), [&]<class T>() { saved.data<T>(); });  // throws if it has changed
  Tensor x = saved.detach();
  if (node) x.attach(std::move(node), output);
  return x;
}

namespace {

struct Alias {  // y = x
  static constexpr const char* name = "alias";
  static constexpr bool linear = true;
  Tensor forward(Inputs in) { return in[0].detach(); }
  Grads backward(const Tensor& dy, Wanted) const { return dy; }
};

}  // namespace

Grads grads_through(const std::function<Tensor(Inputs)>& fn, Inputs inputs, const Tensor& dy,
                    Wanted w) {
  std::vector<Tensor> all, wanted;
  for (size_t i = 0; i < inputs.size(); ++i) {
    // One input may have been computed from another; an alias stops the backward pass at each.
    all.push_back(w[i] ? apply(Alias{}, inputs[i]) : inputs[i].detach());
    if (w[i]) wanted.push_back(all.back());
  }
  const Tensor y = fn({all.data(), all.size()});
  std::vector<Tensor> found =
      grad({&y, 1}, wanted, {&dy, 1}, {.create_graph = true, .allow_unused = true});
  Grads grads;
  for (size_t i = 0, next = 0; i < inputs.size(); ++i) {
    if (!w[i]) {
      grads.emplace_back();
      continue;
    }
    Tensor& g = found[next++];
    grads.push_back(g.defined() ? std::move(g) : zeros_like(inputs[i]));
  }
  return grads;
}

int64_t live_nodes() {
  int64_t sum = 0;
  for (NodeCount* c = all_counts; c; c = c->next) sum += c->live.load(std::memory_order_relaxed);
  return sum;
}

// Deleting a node drops its edges, which may leave other nodes without an owner: these are queued
// here instead of being deleted recursively by its destructor.
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
thread_local constinit std::function<void(const OpEvent&)>* detail::op_watch = nullptr;

ObserveBackward::ObserveBackward(Observer o) : observer_(std::move(o)), before_(observer) {
  observer = &observer_;
}
ObserveBackward::~ObserveBackward() { observer = before_; }

RecordTape::RecordTape() : before(tape) { tape = this; }
RecordTape::~RecordTape() { tape = before; }

WatchOps::WatchOps(std::function<void(const OpEvent&)> watch)
    : watch_(std::move(watch)), before_(detail::op_watch) {
  detail::op_watch = &watch_;
}
WatchOps::~WatchOps() { detail::op_watch = before_; }

namespace detail {

void Call::undefined_input(const char* name) const {
  size_t i = 0;
  while (in_[i]->defined()) ++i;
  argument_error({name, ": input ", i, " is undefined"});
}

void Call::connect(std::span<Tensor> out, Node* node) const {
  node->connect(in_, out);
  if (observer || tape) node->record(in_, out);
  if (tape) tape->nodes.emplace_back(node);
  for (size_t i = out.size(); i-- > 1;)
    if (is_float(out[i].dtype())) out[i].attach(Ref<GraphNode>(node), static_cast<int>(i));
  if (!out.empty() && is_float(out[0].dtype())) out[0].attach(Ref<GraphNode>::unowned(node), 0);
}

}  // namespace detail
}  // namespace gradus
