// SPDX-License-Identifier: MIT
// A vector with inline storage for N elements; larger ones use the caching allocator.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "gradus/base/memory.h"

namespace gradus {

template <class T, size_t N> class SmallVector {
 public:
  SmallVector() = default;
  /// From the elements themselves, moved where they can be: SmallVector<Tensor, 3>{dx, dw}.
  template <class... A>
  requires(sizeof...(A) > 0 && (std::is_convertible_v<A, T> && ...)) SmallVector(A&&... elements) {
    reserve(sizeof...(A));
    (emplace_back(std::forward<A>(elements)), ...);
  }
  SmallVector(const SmallVector& o) {
    reserve(o.size_);
    for (const T& e : o) emplace_back(e);
  }
  SmallVector(SmallVector&& o) noexcept { take(o); }
  SmallVector& operator=(SmallVector o) noexcept {
    destroy();
    take(o);
    return *this;
  }
  ~SmallVector() { destroy(); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return heap_ ? heap_ : inline_data(); }
  const T* data() const { return heap_ ? heap_ : const_cast<SmallVector*>(this)->inline_data(); }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  T& operator[](size_t i) { return data()[i]; }
  const T& operator[](size_t i) const { return data()[i]; }
  T& back() { return data()[size_ - 1]; }
  const T& back() const { return data()[size_ - 1]; }

  template <class... A> T& emplace_back(A&&... args) {
    if (size_ == capacity_) [[unlikely]]
      reserve(2 * size_t{capacity_} + 1);
    T* place = data() + size_;
    std::construct_at(place, std::forward<A>(args)...);
    ++size_;
    return *place;
  }
  void push_back(T element) { emplace_back(std::move(element)); }
  void clear() {
    std::destroy_n(data(), size_);
    size_ = 0;
  }
  /// Changes the size to `count`; new elements are T().
  void resize(size_t count) {
    reserve(count);
    while (size_ < count) emplace_back();
    while (size_ > count) std::destroy_at(data() + --size_);
  }
  void reserve(size_t count) {
    if (count <= capacity_) return;
    T* block = static_cast<T*>(allocate(count * sizeof(T)));
    T* old = data();
    for (size_t i = 0; i < size_; ++i) {
      std::construct_at(block + i, std::move(old[i]));
      std::destroy_at(old + i);
    }
    deallocate(heap_, capacity_ * sizeof(T));
    heap_ = block;
    capacity_ = static_cast<uint32_t>(count);
  }

 private:
  T* inline_data() { return reinterpret_cast<T*>(bytes_); }
  void destroy() noexcept {
    clear();
    if (!heap_) return;
    deallocate(heap_, capacity_ * sizeof(T));
    heap_ = nullptr;
    capacity_ = N;
  }
  void take(SmallVector& o) noexcept {  // this one is empty and owns nothing
    if (o.heap_) {
      heap_ = std::exchange(o.heap_, nullptr);
      capacity_ = std::exchange(o.capacity_, uint32_t{N});
      size_ = std::exchange(o.size_, 0u);
      return;
    }
    for (T& e : o) emplace_back(std::move(e));
    o.clear();
  }

  T* heap_ = nullptr;
  uint32_t size_ = 0, capacity_ = N;
  alignas(T) unsigned char bytes_[N ? N * sizeof(T) : 1];
};

}  // namespace gradus
