// SPDX-License-Identifier: MIT
// What tensor handles share: the block of elements and the graph node.
// Next: tensor/tensor.h
#pragma once
#include "gradus/base/memory.h"
#include "gradus/tensor/dtype.h"
#include "gradus/tensor/ref.h"

namespace gradus {

/// A block of elements of one dtype, shared by the tensors that view it.
struct alignas(64) Storage : Counted {
  static Storage* make(int64_t count, DType dtype);
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  /// Becomes a copy of `other` in place; the change is visible through every handle.
  void adopt_data(const Storage& other);

  void* data = nullptr;
  int64_t bytes = 0;
  uint32_t version = 0;  // counts the changes of its data
  DType dtype;
  const char* maker = nullptr;   // the op that created it, if any
  const char* writer = nullptr;  // the op that changed it last
  uint32_t block_bytes = 0;      // size of this object's block, which also contains small data

 private:
  explicit Storage(DType d) : dtype(d) {}
};
void dispose(Storage* storage);

/// The graph node of a tracked tensor: a leaf, or the op that computed it (autograd/node.h).
struct GraphNode : Pooled, Counted {
  virtual ~GraphNode() = default;
  GraphNode* next_dead = nullptr;
  bool frozen = false;  // a leaf with requires_grad_(false), for all handles on it
};
/// Frees a node and everything that only it kept alive, iteratively rather than by recursion.
void dispose(GraphNode* node);

namespace detail {
// The names of the rules whose forward() and backward() are running in this thread, or null.
extern thread_local constinit const char *current_rule, *current_backward;
}  // namespace detail

}  // namespace gradus
