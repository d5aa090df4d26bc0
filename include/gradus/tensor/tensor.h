// SPDX-License-Identifier: MIT
// Tensor: a handle on a storage, with a layout and, when it is tracked, a place in a graph.
// Copying a handle copies no data. Ops stand in ops/; the graph is explained in autograd/rule.h.
// Next: tensor/make.h
#pragma once
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gradus/tensor/index.h"
#include "gradus/tensor/shape.h"
#include "gradus/tensor/storage.h"

namespace gradus {

class Tensor {
 public:
  /// The undefined tensor: no storage, defined() is false.
  Tensor() {}
  /// A handle on a storage, by a layout.
  Tensor(Ref<Storage> storage, const Layout& layout)
      : storage_(std::move(storage)), layout_(layout) {}
  Tensor(const Tensor&) = default;
  Tensor(Tensor&&) = default;
  Tensor& operator=(const Tensor&) & = default;
  Tensor& operator=(Tensor&&) & = default;
  /// x[0] = 5 and x[0] = y change elements of x, as fill_() and copy_().
  void operator=(double value) && { fill_(value); }
  void operator=(const Tensor& from) && { copy_(from); }
  /// New memory, not zeroed. Throws std::invalid_argument for an impossible shape.
  static Tensor empty(const Shape& shape, DType dtype = default_dtype());

  // ---- what it is
  bool defined() const { return static_cast<bool>(storage_); }
  const Shape& shape() const { return layout_.shape; }
  const Strides& strides() const { return layout_.strides; }
  const Layout& layout() const { return layout_; }
  int dim() const { return layout_.shape.size(); }
  /// The size of an axis; negative axes count from the right.
  int64_t size(int axis) const { return shape()[checked_axis("size", axis, shape())]; }
  int64_t numel() const { return gradus::numel(layout_.shape); }
  DType dtype() const { return storage_->dtype; }
  bool is_contiguous() const { return layout_.is_contiguous(); }
  /// "f32 [2, 3]", for messages.
  std::string str() const;

  // ---- its elements
  /// The first element, for reading. T must be the dtype's type, or std::logic_error is thrown.
  /// A value that a rule saved and that was changed since throws std::invalid_argument.
  template <class T>
  const T* data() const {
    if (saved_ && seen_ != storage_->version) changed_since_saved();
    return static_cast<const T*>(checked_data(dtype_of<T>())) + layout_.offset;
  }
  /// The first element, for writing: counts as a change of the data, whether or not it is used.
  template <class T>
  T* mutable_data(const char* writer = "mutable_data") {
    seen_ = ++storage_->version;
    storage_->writer = writer;
    return static_cast<T*>(checked_data(dtype_of<T>())) + layout_.offset;
  }
  /// The only element as a number; throws std::invalid_argument unless numel() is 1.
  double item() const;
  /// The elements in row-major order.
  template <class T>
  std::vector<T> to_vector() const;

  // ---- copies and views outside the graph
  /// The same data, row-major; itself when it is so already. Not tracked.
  Tensor contiguous_data() const;
  /// New memory with the same values. Not tracked.
  Tensor clone_data() const;
  /// The same data in another dtype. Integers that do not fit, and narrowing to i64 or boolean of
  /// values they cannot hold, throw std::invalid_argument; so does a tensor that the graph tracks
  /// (unless gradients are off), because its gradient would be lost. Itself if nothing changes.
  Tensor to(DType dtype) const;
  /// Another view of the same storage. Not tracked.
  Tensor with_layout(const Layout& layout) const;
  /// The same data, outside the graph.
  Tensor detach() const;

  // ---- changes in place. They throw std::invalid_argument for a tensor that the graph tracks
  // (unless gradients are off) and for views in which elements overlap.
  Tensor& fill_(double value);
  /// Copies values, converting the dtype; shapes must be equal.
  Tensor& copy_(const Tensor& from);
  /// Gives the storage of a leaf or an untracked tensor another dtype, values converted: every
  /// handle on it sees the change. For modules.
  void set_dtype(DType dtype);

  // ---- ops that are methods, too, as in PyTorch (defined in src/ops/): view is reshape, t() of a
  // matrix its transpose, mm is matmul; of the others the function of that name tells more.
  /// x[i] is select(x, 0, i), x[Slice(1, 3)] is slice(x, 0, 1, 3), x[ids] is index_select(x, 0,
  /// ids) for a vector of whole numbers. They carry gradient; all but the last are views.
  Tensor operator[](int64_t i) const;
  Tensor operator[](const Slice& slice) const;
  Tensor operator[](const Tensor& ids) const;
  /// One number or slice an axis, from the first on: x.index({0, Slice(1, 3)}).
  Tensor index(std::initializer_list<Index> at) const;
  Tensor slice(int axis, int64_t start, int64_t end = INT64_MAX, int64_t step = 1) const;
  Tensor select(int axis, int64_t index) const;
  Tensor view(const Shape& shape) const;
  Tensor reshape(const Shape& shape) const { return view(shape); }
  template <std::integral... N> Tensor view(int64_t first, N... more) const {
    return view(Shape{first, static_cast<int64_t>(more)...});
  }
  Tensor t() const;
  Tensor transpose(int a, int b) const;
  Tensor permute(const Axes& order) const;
  Tensor flatten(int start = 0, int end = -1) const;
  Tensor squeeze(int axis) const;
  Tensor unsqueeze(int axis) const;
  Tensor expand(const Shape& shape) const;
  Tensor contiguous() const;
  Tensor clone() const;
  Tensor sum(const Axes& axes = {}, bool keepdim = false) const;
  Tensor mean(const Axes& axes = {}, bool keepdim = false) const;
  Tensor max() const;
  Tensor min() const;
  Tensor argmax(std::optional<int> axis = {}, bool keepdim = false) const;
  Tensor softmax(int axis) const;
  Tensor matmul(const Tensor& b) const;
  Tensor mm(const Tensor& b) const { return matmul(b); }
  Tensor exp() const;
  Tensor log() const;
  Tensor sqrt() const;
  Tensor abs() const;
  Tensor pow(double p) const;
  Tensor relu() const;
  Tensor tanh() const;
  Tensor sigmoid() const;

  // ---- its place in the graph (defined in src/autograd/)
  bool requires_grad() const { return node_ && !node_->frozen; }
  /// Makes it a leaf that gathers a gradient, or freezes it, for every handle that was copied from
  /// it. Only f32 and f64 that no op computed, or it throws std::invalid_argument.
  Tensor& requires_grad_(bool on = true);
  bool is_leaf() const;
  /// The gradient that backward() gathered; undefined when there is none.
  Tensor grad() const;
  void set_grad(const Tensor& g);
  void zero_grad();
  /// Keep the gradient of a tensor that is not a leaf, too.
  void retain_grad();
  /// Called with each gradient that arrives; a defined return value replaces it.
  void register_hook(std::function<Tensor(const Tensor&)> hook);
  /// The name of a leaf in messages.
  Tensor& set_name(const std::string& name);
  std::string name() const;
  /// Gradients of this scalar, added to grad() of each leaf it depends on.
  void backward(bool retain_graph = false) const;
  /// The same for any shape, with the cotangent dy.
  void backward(const Tensor& dy, bool retain_graph = false) const;

  // ---- for the engine
  const Ref<GraphNode>& node() const { return node_; }
  int output_index() const { return output_; }
  void attach(Ref<GraphNode> node, int output) { node_ = std::move(node), output_ = output; }
  /// Whether a rule keeps the handle: then data() notices later changes.
  void set_saved(bool saved) { saved_ = saved, seen_ = storage_ ? storage_->version : 0; }
  /// What a rule sees of a tensor: no graph, marked as saved, and no share in the storage: it must
  /// not outlive `lender`, and end by end_loan() if it is destroyed at all.
  struct Loan {};
  Tensor(Loan, const Tensor& lender)
      : storage_(Ref<Storage>::unowned(lender.storage_.get())),
        seen_(lender.storage_ ? lender.storage_->version : 0),
        saved_(true),
        layout_(lender.layout_) {}
  void end_loan() { storage_.release(); }
  Storage* storage() const { return storage_.get(); }

 private:
  const void* checked_data(DType wanted) const {
    if (storage_->dtype != wanted) [[unlikely]] wrong_dtype(wanted);
    return storage_->data;
  }
  void* checked_data(DType wanted) {
    return const_cast<void*>(std::as_const(*this).checked_data(wanted));
  }
  Tensor(Ref<Storage> storage, const Shape& shape);
  [[noreturn]] void wrong_dtype(DType wanted) const;
  [[noreturn]] void changed_since_saved() const;
  void check_in_place(const char* op) const;
  void check_conversion(DType to) const;

  Ref<Storage> storage_;
  Ref<GraphNode> node_;
  int output_ = 0;      // which output of its node
  uint32_t seen_ = 0;   // the storage's version when the handle was saved
  bool saved_ = false;
  Layout layout_;
};

}  // namespace gradus

#include "gradus/tensor/make.h"
