// SPDX-License-Identifier: MIT
// The graph interface of tensors, and the functions that compute gradients.
#include "gradus/autograd/autograd.h"

#include "engine.h"

namespace gradus {
std::atomic<uint64_t> steps_taken{0};

namespace {

Leaf& leaf_of(const Tensor& x, const char* op) {
  if (!x.requires_grad() || !node_of(x)->is_leaf())
    argument_error({op, ": the tensor (", x.str(), ") is not a leaf that requires a gradient"});
  return *static_cast<Leaf*>(node_of(x));
}

}  // namespace

Tensor& Tensor::requires_grad_(bool on) {
  if (!defined()) argument_error({"requires_grad_: the tensor is undefined"});
  if (node_ && !node_of(*this)->is_leaf())
    argument_error({"requires_grad_: the tensor was computed by ", node_of(*this)->op,
                    "; only leaves can be switched. Use detach()"});
  if (on && !is_float(dtype()))
    argument_error({"requires_grad_: the tensor is ", str(), "; gradients need f32 or f64"});
  if (on && !node_) attach(Ref<GraphNode>(new Leaf(*this)), 0);
  if (!node_) return *this;
  node_->frozen = !on;
  if (!on) static_cast<Leaf*>(node_of(*this))->grad = {};
  return *this;
}

bool Tensor::is_leaf() const { return !node_ || node_of(*this)->is_leaf(); }

Tensor Tensor::grad() const {
  if (!node_) return {};
  if (node_of(*this)->is_leaf()) return static_cast<const Leaf*>(node_of(*this))->grad;
  if (node_of(*this)->extras_if_any())
    for (const auto& [output, kept] : node_of(*this)->extras().retained)
      if (output == output_) return kept;
  return {};
}

void Tensor::set_grad(const Tensor& g) {
  Leaf& leaf = leaf_of(*this, "set_grad");
  if (g.defined() && (g.shape() != shape() || g.dtype() != dtype()))
    argument_error({"set_grad: gradient ", g.str(), " must be ", str()});
  leaf.grad = g.detach();
}

void Tensor::zero_grad() {
  if (node_ && node_of(*this)->is_leaf()) static_cast<Leaf*>(node_of(*this))->grad = {};
}

void Tensor::retain_grad() {
  if (!requires_grad())
    argument_error({"retain_grad: the tensor (", str(), ") requires no gradient"});
  if (!node_of(*this)->is_leaf()) node_of(*this)->extras().retained.push_back({output_, {}});
}

void Tensor::register_hook(std::function<Tensor(const Tensor&)> hook) {
  if (!requires_grad())
    argument_error({"register_hook: the tensor (", str(), ") requires no gradient"});
  node_of(*this)->extras().hooks.push_back({output_, std::move(hook)});
}

Tensor& Tensor::set_name(const std::string& name) {
  leaf_of(*this, "set_name").extras().name = name;
  return *this;
}

std::string Tensor::name() const {
  const Node* node = node_of(*this);
  return node && node->extras_if_any() ? node->extras_if_any()->name : "";
}

void Tensor::check_in_place(const char* op) const {
  if (!defined()) argument_error({op, ": the tensor is undefined"});
  if (requires_grad() && grad_enabled())
    argument_error({op, ": the tensor (", str(),
                    is_leaf() ? ") is a leaf that requires a gradient" : ") is part of a graph",
                    "; change it under NoGrad, or change a detached clone"});
  if (layout_.overlaps())
    argument_error({op, ": elements of this view (", str(), ", strides ", strides(),
                    ") share memory; clone it first"});
}

void Tensor::check_conversion(DType to) const {
  if (requires_grad() && grad_enabled())
    argument_error({"to: the tensor (", str(), ") is tracked, and as ", gradus::name(to),
                    " it would lose its gradient; detach() it first, or compute under NoGrad"});
}

void Tensor::set_dtype(DType to_dtype) {
  if (to_dtype == dtype()) return;
  if (node_ && !node_of(*this)->is_leaf())
    argument_error({"set_dtype: the tensor was computed by ", node_of(*this)->op,
                    "; only leaves and untracked tensors can change their dtype"});
  const Tensor whole = with_layout(Layout::contiguous({storage_->bytes / size_of(dtype())}));
  const Tensor converted = whole.to(to_dtype);
  storage_->adopt_data(*converted.storage_);
  if (!node_) return;
  Leaf& leaf = *static_cast<Leaf*>(node_of(*this));
  leaf.outputs[0].dtype = to_dtype;
  if (leaf.grad.defined()) leaf.grad = leaf.grad.to(to_dtype);
}

void detail::mark_parameter(const Tensor& leaf, const char* of) {
  leaf_of(leaf, "parameter").parameter_of = of;
}
const char* detail::parameter_kind(const Tensor& leaf) {
  const char* kind = leaf.node() && leaf.is_leaf()
                         ? static_cast<const Leaf*>(node_of(leaf))->parameter_of
                         : nullptr;
  return kind ? kind : "";
}
void detail::mark_parameter(const Tensor& leaf, const Tensor& like) {
  if (like.node() && like.is_leaf())
    mark_parameter(leaf, static_cast<const Leaf*>(node_of(like))->parameter_of);
}
void detail::mark_listed(const Tensor& leaf) {
  if (leaf.node() && leaf.is_leaf()) static_cast<Leaf*>(node_of(leaf))->listed_at = newest_node();
}
void detail::count_step() { ++steps_taken; }
void detail::mark_held(const Tensor& leaf) {
  mark_listed(leaf);
  if (leaf.node() && leaf.is_leaf()) static_cast<Leaf*>(node_of(leaf))->held = true;
}

void Tensor::backward(bool retain_graph) const {
  run_backward({this, 1}, {}, {.retain_graph = retain_graph}, {});
}

void Tensor::backward(const Tensor& dy, bool retain_graph) const {
  run_backward({this, 1}, {&dy, 1}, {.retain_graph = retain_graph}, {});
}

std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                         std::span<const Tensor> cotangents, GradOptions options) {
  std::vector<Target> targets;
  for (const Tensor& x : inputs) {
    if (!x.requires_grad())
      argument_error({"grad: input ", targets.size(), " (", x.str(), ") requires no gradient"});
    targets.push_back({node_of(x), x.output_index()});
  }
  if (inputs.empty()) argument_error({"grad: no inputs were given"});
  options.retain_graph = options.retain_graph || options.create_graph;
  run_backward(outputs, cotangents, options, targets);
  std::vector<Tensor> grads;
  for (Target& t : targets) {
    if (!t.grad.defined() && !options.allow_unused)
      argument_error({"grad: the outputs do not depend on input ", grads.size(), " (",
                      inputs[grads.size()].str(),
                      "); allow_unused = true returns undefined for it"});
    grads.push_back(std::move(t.grad));
  }
  return grads;
}

Tensor grad(const Tensor& output, const Tensor& input, const Tensor& cotangent,
            GradOptions options) {
  const size_t count = cotangent.defined() ? 1 : 0;
  return grad({&output, 1}, {&input, 1}, {&cotangent, count}, options)[0];
}

Tensor jacobian(const std::function<Tensor(const Tensor&)>& fn, const Tensor& x) {
  Tensor leaf = x.clone_data();
  leaf.requires_grad_();
  const Tensor y = fn(leaf);
  const int64_t rows = y.numel(), cols = x.numel();
  Tensor out = zeros({rows, cols}, x.dtype());
  if (!y.requires_grad()) return out;
  for (int64_t i = 0; i < rows; ++i) {
    Tensor dy = zeros(y.shape(), y.dtype());
    Tensor flat = dy.with_layout(Layout::contiguous({rows}));
    flat.with_layout(flat.layout().sliced(0, i, 1, 1)).fill_(1);
    const Tensor row = grad(y, leaf, dy, {.retain_graph = true, .allow_unused = true});
    if (row.defined())
      out.with_layout(out.layout().selected(0, i))
          .copy_(row.contiguous_data().with_layout(Layout::contiguous({cols})));
  }
  return out;
}

Tensor hessian(const std::function<Tensor(const Tensor&)>& fn, const Tensor& x) {
  const auto gradient = [&](const Tensor& at) {
    const Tensor y = fn(at);
    if (y.numel() != 1)
      argument_error({"hessian: the function returned ", y.str(), "; expected one element"});
    const Tensor g = grad(y, at, ones_like(y), {.create_graph = true, .allow_unused = true});
    return g.defined() ? g : zeros_like(at);
  };
  return jacobian(gradient, x);
}

}  // namespace gradus
