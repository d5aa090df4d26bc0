// SPDX-License-Identifier: MIT
// Tensor: a handle on a storage, with a layout and, when it is tracked, a place in a graph.
// Copying a handle copies no data. Ops stand in ops/; the graph is explained in autograd/rule.h.
// Next: autograd/rule.h
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "gradus/base/random.h"
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

  // ---- its place in the graph (defined in src/autograd/)
  bool requires_grad() const { return static_cast<bool>(node_); }
  /// Makes it a leaf that gathers a gradient (or no leaf any more). Only f32 and f64, and only
  /// tensors that no op computed, or it throws std::invalid_argument.
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

// ---- making tensors
Tensor zeros(const Shape& shape, DType dtype = default_dtype());
Tensor ones(const Shape& shape, DType dtype = default_dtype());
Tensor full(const Shape& shape, double value, DType dtype = default_dtype());
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
/// start, start + step, ... below (above, for a negative step) end.
Tensor arange(double start, double end, double step = 1, DType dtype = DType::i64);
/// Standard normal, uniform in [0, 1), whole numbers in [low, high).
Tensor randn(const Shape& shape, Generator& gen, DType dtype = default_dtype());
Tensor rand(const Shape& shape, Generator& gen, DType dtype = default_dtype());
Tensor randint(int64_t low, int64_t high, const Shape& shape, Generator& gen);
/// From values in row-major order; throws std::invalid_argument unless their count fits the shape.
Tensor tensor(std::span<const double> values, const Shape& shape, DType dtype = default_dtype());
Tensor tensor(std::initializer_list<double> values, DType dtype = default_dtype());
Tensor tensor(std::initializer_list<std::initializer_list<double>> rows,
              DType dtype = default_dtype());

/// Equal shape, dtype and bits.
bool identical(const Tensor& a, const Tensor& b);
/// A printout as NumPy's: rows in brackets, long axes shortened in the middle.
std::string format(const Tensor& x, int digits = 4);

}  // namespace gradus
