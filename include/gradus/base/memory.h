// SPDX-License-Identifier: MIT
// The caching allocator: 64-byte aligned blocks, kept for reuse by size class. Training steps
// request the same sizes over and over; after the first step no request reaches the operating
// system.
// Next: base/parallel.h
#pragma once
#include <cstddef>
#include <cstdint>

namespace gradus {

/// A block of at least `bytes` bytes, aligned to 64; not zeroed. Throws std::bad_alloc.
/// Freed blocks go to a free list of the freeing thread; no lock is taken.
void* allocate(size_t bytes);

/// Returns a block to the cache of this thread. `bytes` as in allocate().
void deallocate(void* block, size_t bytes) noexcept;

/// Bytes of all blocks in use, over all threads (rounded up to size classes).
int64_t live_bytes();
/// The number of requests of this process that the cache could not serve.
int64_t cache_misses();
/// The largest value of live_bytes() since the last reset_peak_bytes().
int64_t peak_bytes();
void reset_peak_bytes();
/// Returns this thread's cached blocks to the operating system.
void empty_cache() noexcept;

/// Base of objects allocated from the cache: graph nodes, storages.
struct Pooled {
  static void* operator new(size_t bytes) { return allocate(bytes); }
  static void operator delete(void* p, size_t bytes) noexcept { deallocate(p, bytes); }
};

}  // namespace gradus
