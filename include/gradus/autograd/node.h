// SPDX-License-Identifier: MIT
// A graph node: one executed op, with edges to the nodes that computed its inputs.
// Only edges own other nodes; the user's handle on the result owns the final node.
#pragma once
#include <functional>
#include <memory>
#include <span>

#include "gradus/base/small_vector.h"
#include "gradus/tensor/tensor.h"

namespace gradus {

using Inputs = std::span<const Tensor>;
using Tensors = SmallVector<Tensor, 3>;
using Outputs = Tensors;
using Grads = Tensors;

/// Which inputs of a rule need a gradient. Wanted{} means all of them.
struct Wanted {
  std::span<const bool> flags{};
  bool operator[](size_t i) const { return flags.empty() || flags[i]; }
};

class Node;

/// One backward of one op, passed to observers, which may replace elements of `grads`.
struct BackwardEvent {
  const Node& node;        // node.op is the rule's name; node.run(dy, wanted) its backward
  Inputs inputs, outputs;  // as forward() saw and returned them
  const Grads& dy;
  Grads& grads;
  Wanted wanted;
};
using Observer = std::function<void(BackwardEvent&)>;

class Node : public GraphNode {
 public:
  struct Edge {
    Ref<GraphNode> node{};  // undefined: this input needs no gradient
    int output = 0;
    Edge(const Ref<GraphNode>& n, int o) : node(n), output(o) {}
    Node* to() const { return static_cast<Node*>(node.get()); }
  };
  struct Output {
    Shape shape;
    DType dtype;
    Output(const Shape& s, DType d) : shape(s), dtype(d) {}
  };
  struct Cotangents : Pooled {
    Grads dy;  // one per output
  };
  struct Extras {             // data that few nodes need
    Tensors inputs, outputs;  // for the observer
    std::vector<std::pair<int, std::function<Tensor(const Tensor&)>>> hooks;  // output, hook
    std::vector<std::pair<int, Tensor>> retained;                             // output, gradient
    std::string name;                                                         // of a leaf
  };

  explicit Node(const char* op);
  ~Node() override;
  /// The rule's backward.
  virtual Grads run(const Grads& dy, Wanted w) const = 0;
  /// The same as part of the graph. Throws std::invalid_argument, naming the op, if the rule has no
  /// backward_graph().
  virtual Grads run_graph(const Grads& dy, Wanted w) const;
  /// The same op at other inputs, which must be outside the graph: runs its forward, fills
  /// `results`, and returns a node without edges, whose run() is the backward there.
  /// Throws std::invalid_argument, naming the op, if the rule was freed.
  virtual Ref<Node> again(Inputs in, Outputs& results) const;
  /// Frees what the rule saved.
  virtual void release() = 0;
  virtual bool is_leaf() const { return false; }
  /// Adds edges to the nodes of `inputs` and records shapes and dtypes of `results`.
  void connect(std::span<const Tensor* const> inputs, std::span<const Tensor> results);
  /// Stores both for the observer.
  void record(std::span<const Tensor* const> inputs, std::span<const Tensor> results);
  Extras& extras() {
    if (!extras_) extras_ = std::make_unique<Extras>();
    return *extras_;
  }
  const Extras* extras_if_any() const { return extras_.get(); }

  const char* op;
  uint64_t number;             // creation order; an op's number exceeds those of its inputs
  SmallVector<Edge, 3> edges;  // one per input
  SmallVector<Output, 1> outputs;
  std::unique_ptr<Cotangents> pending;  // accumulated during a backward
  uint64_t mark = 0;                    // the last search that decided to visit it
  bool freed = false;

 private:
  std::unique_ptr<Extras> extras_;
};

/// The number of live graph nodes in all threads, including leaves. For leak tests.
int64_t live_nodes();

/// Passed to a WatchOps when an op begins and ends. Rules that an op uses inside do not count.
struct OpEvent {
  const char* op;
  bool backward, begins;
};

namespace detail {
extern thread_local constinit bool grad_on;
extern thread_local constinit std::function<void(const OpEvent&)>* op_watch;
}  // namespace detail

/// Whether gradients are on in this thread; initially true.
inline bool grad_enabled() { return detail::grad_on; }

/// Turns gradients on or off in this thread during its lifetime.
template <bool on> class GradMode {
 public:
  GradMode() : before_(detail::grad_on) { detail::grad_on = on; }
  ~GradMode() { detail::grad_on = before_; }
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;

 private:
  bool before_;
};
using NoGrad = GradMode<false>;     // ops build no graph
using EnableGrad = GradMode<true>;  // ops build a graph, even inside a NoGrad

/// During its lifetime, `observer` is called for each backward in this thread of ops that ran
/// during that lifetime.
class ObserveBackward {
 public:
  explicit ObserveBackward(Observer observer);
  ~ObserveBackward();
  ObserveBackward(const ObserveBackward&) = delete;
  ObserveBackward& operator=(const ObserveBackward&) = delete;

 private:
  Observer observer_, *before_;
};

/// During its lifetime, `watch` is called in this thread when each op begins and ends, forward and
/// backward. For profiles.
class WatchOps {
 public:
  explicit WatchOps(std::function<void(const OpEvent&)> watch);
  ~WatchOps();
  WatchOps(const WatchOps&) = delete;
  WatchOps& operator=(const WatchOps&) = delete;

 private:
  std::function<void(const OpEvent&)> watch_, *before_;
};

}  // namespace gradus
