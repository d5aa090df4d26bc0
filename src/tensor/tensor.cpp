// SPDX-License-Identifier: MIT
// Storage, handles, copies and in-place changes.
#include "gradus/tensor/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/copy.h"

namespace gradus {

// A small tensor's elements follow its storage, in the same block.
constexpr int64_t inside_limit = 4096;
static_assert(sizeof(Storage) == 64);  // keeps the elements aligned

Storage* Storage::make(int64_t count, DType dtype) {
  const int64_t bytes = count * size_of(dtype);
  const bool inside = bytes <= inside_limit;
  const size_t block_bytes = sizeof(Storage) + (inside ? static_cast<size_t>(bytes) : 0);
  void* block = allocate(block_bytes);
  Storage* s = new (block) Storage(dtype);
  s->bytes = bytes;
  s->block_bytes = static_cast<uint32_t>(block_bytes);
  if (inside) {
    s->data = s + 1;
    return s;
  }
  try {
    s->data = allocate(static_cast<size_t>(bytes));
  } catch (...) {
    deallocate(block, sizeof(Storage));
    throw;
  }
  return s;
}

void Storage::adopt_data(const Storage& other) {
  void* fresh = allocate(static_cast<size_t>(other.bytes));
  std::memcpy(fresh, other.data, static_cast<size_t>(other.bytes));
  if (data != this + 1) deallocate(data, static_cast<size_t>(bytes));
  data = fresh;
  bytes = other.bytes;
  dtype = other.dtype;
  ++version;
  writer = "set_dtype";
}

void dispose(Storage* s) {
  if (s->data != s + 1) deallocate(s->data, static_cast<size_t>(s->bytes));
  deallocate(s, s->block_bytes);
}

namespace detail {
thread_local constinit const char *current_rule = nullptr, *current_backward = nullptr;
}

Tensor::Tensor(Ref<Storage> storage, const Shape& shape)
    : storage_(std::move(storage)), saved_(detail::current_rule != nullptr), layout_(shape) {
  // A rule may save it: later changes are detected.
  if (saved_) storage_->maker = detail::current_rule;
}

Tensor Tensor::empty(const Shape& shape, DType dtype) {
  return Tensor(Ref<Storage>::adopt(Storage::make(gradus::numel(shape, "empty"), dtype)), shape);
}

std::string Tensor::str() const {
  return defined() ? text({gradus::name(dtype()), " ", shape()}) : "undefined";
}

void Tensor::wrong_dtype(DType wanted) const {
  internal_error({"data<", gradus::name(wanted), ">: the tensor is ", str()});
}

void Tensor::changed_since_saved() const {
  const char* op = detail::current_backward ? detail::current_backward : detail::current_rule;
  const char* maker = storage_->maker;
  argument_error({op ? op : "data", ": a value that it saved (", str(), maker ? ", made by " : "",
                  maker ? maker : "", ") was changed by ", storage_->writer,
                  "; clone it before changing it"});
}

template <class T> T Tensor::item() const {
  if (!defined() || numel() != 1)
    argument_error({"item: expected exactly one element, the tensor is ", str()});
  return dispatch_all(dtype(), [&]<class From>() { return static_cast<T>(*data<From>()); });
}
template float Tensor::item<float>() const;
template double Tensor::item<double>() const;
template int64_t Tensor::item<int64_t>() const;
template int Tensor::item<int>() const;
template bool Tensor::item<bool>() const;
double Tensor::item() const { return item<double>(); }

template <class T> std::vector<T> Tensor::to_vector() const {
  const Tensor x = detach().to(dtype_of<T>()).contiguous_data();
  return std::vector<T>(x.data<T>(), x.data<T>() + x.numel());
}
template std::vector<float> Tensor::to_vector<float>() const;
template std::vector<double> Tensor::to_vector<double>() const;
template std::vector<int64_t> Tensor::to_vector<int64_t>() const;
template std::vector<bool> Tensor::to_vector<bool>() const;

Tensor Tensor::with_layout(const Layout& layout) const {
  Tensor t(storage_, layout);
  t.seen_ = seen_;
  t.saved_ = saved_;
  return t;
}

Tensor Tensor::detach() const {
  Tensor t = with_layout(layout_);
  t.saved_ = false;
  return t;
}

namespace {

template <class From, class To>
void copy_elements(const Layout& from, const From* x, const Layout& to, To* y) {
  const int rank = from.shape.size();
  // A transposed matrix without batch axes takes the blocked path.
  if constexpr (std::is_same_v<From, To> && !std::is_same_v<From, bool>)
    if (rank == 2 && from.strides[0] == 1 && to.strides[1] == 1 && from.shape[0] > 1)
      return kernels::transpose(from.shape[1], from.shape[0], x, from.strides[1], y, to.strides[0]);
  kernels::StridedLoop<2> loop;
  for (int i = 0; i < rank; ++i) loop.add_axis(from.shape[i], {from.strides[i], to.strides[i]});
  kernels::copy(loop, x, y);
}

// Throws unless i64 or boolean can represent v exactly.
void check_fits(const char* op, double v, DType to) {
  const bool fits = to == DType::boolean ? v == 0 || v == 1
                    : to == DType::i64   ? v == std::trunc(v) && v >= -0x1p63 && v < 0x1p63
                                         : true;
  if (!fits) argument_error({op, ": ", v, " cannot be stored as ", name(to)});
}

void check_narrowing(const char* op, const Tensor& x, DType to) {
  if (is_float(to) || to == x.dtype() || x.dtype() == DType::boolean) return;
  for (double v : x.to_vector<double>()) check_fits(op, v, to);
}

}  // namespace

Tensor& Tensor::copy_(const Tensor& from) {
  check_in_place("copy_");
  if (from.shape() != shape())
    argument_error({"copy_: source ", from.shape(), " must have the shape ", shape()});
  check_narrowing("copy_", from, dtype());
  dispatch_all(dtype(), [&]<class To>() {
    dispatch_all(from.dtype(), [&]<class From>() {
      const From* x = from.data<From>();
      copy_elements(from.layout(), x, layout_, mutable_data<To>("copy_"));
    });
  });
  return *this;
}

Tensor Tensor::clone_data() const {
  Tensor y = empty(shape(), dtype());
  y.copy_(*this);
  return y;
}

Tensor Tensor::contiguous_data() const {
  return is_contiguous() ? with_layout(layout_) : clone_data();
}

Tensor Tensor::to(DType to_dtype) const {
  if (to_dtype == dtype()) return *this;
  check_conversion(to_dtype);
  check_narrowing("to", *this, to_dtype);
  Tensor y = empty(shape(), to_dtype);
  y.copy_(*this);
  return y;
}

Tensor& Tensor::fill_(double value) {
  check_in_place("fill_");
  check_fits("fill_", value, dtype());
  Tensor one = empty({}, dtype());
  dispatch_all(dtype(), [&]<class T>() { *one.mutable_data<T>() = static_cast<T>(value); });
  const Tensor source = one.with_layout(one.layout().broadcast(shape()));
  dispatch_all(dtype(), [&]<class T>() {
    copy_elements(source.layout(), source.data<T>(), layout_, mutable_data<T>("fill_"));
  });
  return *this;
}

}  // namespace gradus
