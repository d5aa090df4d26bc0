// SPDX-License-Identifier: MIT
// What handles share: the block of elements, and the place in a graph.
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
  /// Becomes a copy of `other`, in place: every handle sees it.
  void adopt_data(const Storage& other);

  void* data = nullptr;
  int64_t bytes = 0;
  uint32_t version = 0;          // counts the changes of its data
  DType dtype;
  const char* maker = nullptr;   // the op that made it, if one did
  const char* writer = nullptr;  // the op that changed it last
  uint32_t block_bytes = 0;      // of its own block, in which small data lie too

 private:
  explicit Storage(DType d) : dtype(d) {}
};
void dispose(Storage* storage);

/// What a tracked tensor hangs on: a leaf, or the op that computed it (autograd/node.h).
struct GraphNode : Pooled, Counted {
  virtual ~GraphNode() = default;
  GraphNode* next_dead = nullptr;
  bool frozen = false;  // a leaf that was switched off, for all handles on it
};
/// Frees a node and all that only it kept alive, from a list and not by recursion.
void dispose(GraphNode* node);

namespace detail {
// The rules whose forward() and whose backward() run in this thread, or null.
extern thread_local constinit const char *current_rule, *current_backward;
}

}  // namespace gradus
