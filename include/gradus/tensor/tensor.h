// SPDX-License-Identifier: MIT
// Tensor: a handle on a storage, with a layout and, if tracked, a node in the graph.
// Copying a handle copies no data. Ops are in ops/, and the methods among them in tensor/methods.h;
// autograd/rule.h explains the graph.
// Next: tensor/methods.h
#pragma once
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gradus/tensor/methods.h"
#include "gradus/tensor/shape.h"
#include "gradus/tensor/storage.h"

namespace gradus {

class Tensor : public TensorMethods {
 public:
  /// The undefined tensor: no storage, defined() is false.
  Tensor() {}
  /// A handle on a storage with a layout.
  Tensor(Ref<Storage> storage, const Layout& layout)
      : storage_(std::move(storage)), layout_(layout) {}
  Tensor(const Tensor&) = default;
  Tensor(Tensor&&) = default;
  Tensor& operator=(const Tensor&) & = default;
  Tensor& operator=(Tensor&&) & = default;
  /// x[0] = 5 and x[0] = y change elements of x, like fill_() and copy_().
  void operator=(double value) && { fill_(value); }
  void operator=(const Tensor& from) && { copy_(from); }
  /// New memory, not zeroed. Throws std::invalid_argument for an impossible shape.
  static Tensor empty(const Shape& shape, DType dtype = default_dtype());

  // ---- properties
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

  // ---- elements
  /// The first element, for reading. Throws std::logic_error unless T is the dtype's type, and
  /// std::invalid_argument if a rule saved this tensor and the data has changed since.
  template <class T> const T* data() const {
    if (saved_ && seen_ != storage_->version) changed_since_saved();
    return static_cast<const T*>(checked_data(dtype_of<T>())) + layout_.offset;
  }
  /// The first element, for writing: counts as a change of the data, even if nothing is written.
  template <class T> T* mutable_data(const char* writer = "mutable_data") {
    seen_ = ++storage_->version;
    storage_->writer = writer;
    return static_cast<T*>(checked_data(dtype_of<T>())) + layout_.offset;
  }
  /// The value of a one-element tensor; throws std::invalid_argument unless numel() is 1.
  double item() const;
  template <class T> T item() const;
  /// The elements in row-major order.
  template <class T> std::vector<T> to_vector() const;

  // ---- copies and views outside the graph
  /// The same data, row-major; the tensor itself if it already is. Not tracked.
  Tensor contiguous_data() const;
  /// New memory with the same values. Not tracked.
  Tensor clone_data() const;
  /// The same data in another dtype; the tensor itself if it has that dtype. Throws
  /// std::invalid_argument if the new dtype cannot represent a value, and for a tracked tensor
  /// (unless gradients are off), because its gradient would be lost.
  Tensor to(DType dtype) const;
  /// Another view of the same storage. Not tracked.
  Tensor with_layout(const Layout& layout) const;
  /// The same data, outside the graph.
  Tensor detach() const;

  // ---- in-place changes. They throw std::invalid_argument for a tracked tensor (unless gradients
  // are off) and for views with overlapping elements.
  Tensor& fill_(double value);
  Tensor& zero_() { return fill_(0); }
  /// Copies values, converting the dtype; shapes must be equal.
  Tensor& copy_(const Tensor& from);
  /// Converts the storage of a leaf or an untracked tensor to another dtype; the change is visible
  /// through every handle. For modules.
  void set_dtype(DType dtype);

  // ---- gradients (defined in src/autograd/)
  bool requires_grad() const { return node_ && !node_->frozen; }
  /// Makes it a leaf that accumulates a gradient, or freezes it; both affect every handle copied
  /// from it. Throws std::invalid_argument unless it is f32 or f64 and not the result of an op.
  Tensor& requires_grad_(bool on = true);
  bool is_leaf() const;
  /// The gradient accumulated by backward(); undefined if there is none.
  Tensor grad() const;
  void set_grad(const Tensor& g);
  void zero_grad();
  /// Keeps the gradient of a non-leaf tensor, too.
  void retain_grad();
  /// `hook` is called with each arriving gradient; a defined return value replaces it.
  void register_hook(std::function<Tensor(const Tensor&)> hook);
  /// The name of a leaf in messages.
  Tensor& set_name(const std::string& name);
  std::string name() const;
  /// Adds the gradient of this scalar to grad() of each leaf it depends on.
  void backward(bool retain_graph = false) const;
  /// The same for any shape, with the cotangent dy.
  void backward(const Tensor& dy, bool retain_graph = false) const;

  // ---- for the engine
  const Ref<GraphNode>& node() const { return node_; }
  int output_index() const { return output_; }
  // clang-format off
  void attach(Ref<GraphNode> node, int output) { node_ = std::move(node); output_ = output; }
  /// Marks a handle that a rule saves: data() then detects later changes.
  void set_saved(bool saved) { saved_ = saved; seen_ = storage_ ? storage_->version : 0; }
  // clang-format on
  /// The view of a tensor that a rule gets: no graph, marked as saved, no share in the storage. It
  /// must not outlive `lender`, and end_loan() must be called before it is destroyed.
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
    if (storage_->dtype != wanted) [[unlikely]]
      wrong_dtype(wanted);
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
  int output_ = 0;     // index of the output of its node
  uint32_t seen_ = 0;  // the storage's version when the handle was saved
  bool saved_ = false;
  Layout layout_;
};

template <std::integral... N> Tensor TensorMethods::view(int64_t first, N... more) const {
  return view(Shape{first, static_cast<int64_t>(more)...});
}
template <std::integral... N> Tensor TensorMethods::permute(int64_t first, N... more) const {
  return permute(Axes{first, static_cast<int64_t>(more)...});
}
#ifdef __cpp_multidimensional_subscript
template <class... I>
Tensor TensorMethods::operator[](const Index& a, const Index& b, const I&... more) const {
  return index({a, b, more...});
}
#endif

}  // namespace gradus

#include "gradus/tensor/make.h"
