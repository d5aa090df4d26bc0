// SPDX-License-Identifier: MIT
// Shared ownership with an intrusive reference count: a handle is one pointer wide.
#pragma once
#include <sys/single_threaded.h>

#include <atomic>
#include <utility>

namespace gradus {

/// Base of what Ref owns.
struct Counted {
  std::atomic<int> owners{0};

  /// Adds `change` and returns the previous count. A locked instruction costs as much as a dozen
  /// others and is skipped while the process has only one thread.
  int count(int change, std::memory_order order) {
    if (!__libc_single_threaded) return owners.fetch_add(change, order);
    const int before = owners.load(std::memory_order_relaxed);
    owners.store(before + change, std::memory_order_relaxed);
    return before;
  }
};

/// When the last owner is gone, calls dispose(object), which each owned type overloads.
template <class T> class Ref {
 public:
  Ref() = default;
  explicit Ref(T* p) : p_(p) { keep(); }
  /// Takes ownership of a new object without an atomic operation: no other thread has it yet.
  static Ref adopt(T* fresh) {
    fresh->owners.store(1, std::memory_order_relaxed);
    Ref r;
    r.p_ = fresh;
    return r;
  }
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
  /// Gives up the pointer without dropping its share of the ownership.
  T* release() { return std::exchange(p_, nullptr); }
  /// Takes over the share given up by release(), or refers to an object whose owner outlives it.
  static Ref unowned(T* p) {
    Ref r;
    r.p_ = p;
    return r;
  }
  /// Whether this is the only owner.
  bool unique() const { return p_ && p_->owners.load(std::memory_order_acquire) == 1; }

 private:
  void keep() {
    if (p_) p_->count(1, std::memory_order_relaxed);
  }
  void drop() {
    if (!p_) return;
    // A sole owner needs no atomic operation: no other handle exists to be copied.
    if (unique() || p_->count(-1, std::memory_order_acq_rel) == 1) dispose(p_);
  }
  T* p_ = nullptr;
};

}  // namespace gradus
