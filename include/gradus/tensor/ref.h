// SPDX-License-Identifier: MIT
// Shared ownership with the count inside the object: a handle is one pointer wide.
#pragma once
#include <atomic>
#include <utility>

namespace gradus {

/// Base of what Ref owns.
struct Counted {
  std::atomic<int> owners{0};
};

/// What happens when the last owner is gone; another overload may do it otherwise (graph nodes
/// are freed from a list, never by recursion).
template <class T>
void dispose(T* object) {
  delete object;
}

template <class T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* p) : p_(p) { keep(); }
  Ref(const Ref& o) : p_(o.p_) { keep(); }
  Ref(Ref&& o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
  Ref& operator=(Ref o) noexcept {
    std::swap(p_, o.p_);
    return *this;
  }
  ~Ref() { drop(); }

  T* get() const { return p_; }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }
  explicit operator bool() const { return p_ != nullptr; }
  /// Nobody else holds the object.
  bool unique() const { return p_ && p_->owners.load(std::memory_order_acquire) == 1; }

 private:
  void keep() {
    if (p_) p_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  void drop() {
    if (p_ && p_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) dispose(p_);
  }
  T* p_ = nullptr;
};

}  // namespace gradus
