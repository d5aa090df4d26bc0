// SPDX-License-Identifier: MIT
// Size classes: multiples of 64 up to 1 KiB, then eight steps for each power of two, so at
// most 12.5 % of a block is unused. Each thread keeps one list of free blocks per class.
#include "gradus/base/memory.h"

#include <sys/mman.h>

#include <atomic>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace gradus {
namespace {

constexpr size_t alignment = 64;
constexpr size_t small_limit = 1024;                       // below: a class every 64 bytes
constexpr size_t small_classes = small_limit / alignment;  // 16
constexpr size_t class_count = small_classes + 8 * 54;
constexpr size_t huge_page = size_t{2} << 20;

struct SizeClass {
  size_t index, bytes;
};

[[gnu::always_inline]] inline SizeClass size_class(size_t bytes) {
  if (bytes <= small_limit) [[likely]] {
    const size_t index = (bytes - (bytes > 0)) / alignment;
    return {index, (index + 1) * alignment};
  }
  if (bytes > (size_t{1} << 47)) throw std::bad_alloc();  // more than an address can reach
  const auto power = static_cast<size_t>(std::bit_width(bytes - 1)) - 1;  // 2^power < bytes
  const size_t step = (size_t{1} << power) / 8;
  const size_t steps = (bytes - (size_t{1} << power) + step - 1) / step;  // 1..8
  return {small_classes + (power - 10) * 8 + steps - 1, (size_t{1} << power) + steps * step};
}

struct FreeBlock {
  FreeBlock* next;
};

std::atomic<int64_t> misses{0};

// Live bytes are counted per thread and summed on request: an atomic add for every block would cost
// as much as the block.
struct Cache {
  FreeBlock* lists[class_count] = {};
  std::atomic<int64_t> live{0}, peak{0};
  Cache* next = nullptr;
  ~Cache() { clear(); }
  void clear() noexcept;
};

void Cache::clear() noexcept {
  for (FreeBlock*& list : lists)
    while (list) std::free(std::exchange(list, list->next));
}

std::atomic<Cache*> all_caches{nullptr};

struct ThreadEnd {
  Cache* cache;
  ~ThreadEnd() { cache->clear(); }
};

thread_local constinit Cache* local = nullptr;

// A cache outlives its thread, because other threads may still count or free its blocks.
[[gnu::noinline]] void start_cache() {
  auto* cache = new Cache;
  cache->next = all_caches.load();
  while (!all_caches.compare_exchange_weak(cache->next, cache)) {
  }
  local = cache;
  thread_local ThreadEnd end{local};
  (void)end;
}

[[gnu::always_inline]] inline Cache& cache() {
  if (!local) [[unlikely]]
    start_cache();
  return *local;
}

[[gnu::always_inline]] inline void count(Cache& c, int64_t change) {
  const int64_t now = c.live.load(std::memory_order_relaxed) + change;
  c.live.store(now, std::memory_order_relaxed);
  if (now > c.peak.load(std::memory_order_relaxed)) c.peak.store(now, std::memory_order_relaxed);
}

void* fresh_block(size_t bytes) {
  misses.fetch_add(1, std::memory_order_relaxed);
  const size_t align = bytes >= huge_page ? huge_page : alignment;
  void* p = std::aligned_alloc(align, (bytes + align - 1) / align * align);
  if (!p) throw std::bad_alloc();
  if (bytes >= huge_page) madvise(p, bytes, MADV_HUGEPAGE);  // fewer page faults; may be refused
  return p;
}

}  // namespace

void* allocate(size_t bytes) {
  const SizeClass size = size_class(bytes);
  Cache& c = cache();
  FreeBlock*& list = c.lists[size.index];
  void* p = list;
  if (p) [[likely]]
    list = list->next;
  else p = fresh_block(size.bytes);
  count(c, static_cast<int64_t>(size.bytes));
#ifdef GRADUS_FILL  // debug builds: uninitialised values are NaN
  std::memset(p, 0xFF, size.bytes);
#endif
  return p;
}

void deallocate(void* block, size_t bytes) noexcept {
  if (!block) return;
  const SizeClass size = size_class(bytes);
  Cache& c = cache();
  count(c, -static_cast<int64_t>(size.bytes));
#ifdef GRADUS_NO_CACHE  // sanitizer builds: use after free must be detected
  std::free(block);
#else
  auto* free_block = static_cast<FreeBlock*>(block);
  free_block->next = c.lists[size.index];
  c.lists[size.index] = free_block;
#endif
}

int64_t live_bytes() {
  int64_t sum = 0;
  for (Cache* c = all_caches; c; c = c->next) sum += c->live.load(std::memory_order_relaxed);
  return sum;
}

int64_t cache_misses() { return misses; }

int64_t peak_bytes() {
  int64_t sum = 0;
  for (Cache* c = all_caches; c; c = c->next) sum += c->peak.load(std::memory_order_relaxed);
  return sum;
}

void reset_peak_bytes() {
  for (Cache* c = all_caches; c; c = c->next) c->peak = c->live.load();
}

void empty_cache() noexcept { cache().clear(); }

}  // namespace gradus
