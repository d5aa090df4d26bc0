// SPDX-License-Identifier: MIT
// Threads: every parallel loop of gradus runs through here, and the BLAS is set up here.
// Work is cut into blocks by its size alone, never by the number of threads, so that
// results carry the same bits for any thread count.
// Next: base/random.h
#pragma once
#include <cstdint>
#include <string>
#include <type_traits>

namespace gradus {

/// Threads that loops may use; at the start OMP_NUM_THREADS, or the processors of the machine.
int num_threads();
/// Throws std::invalid_argument unless 1 <= n <= 1024.
void set_num_threads(int n);

/// Sets flush-to-zero and denormals-are-zero in the calling thread. Every thread that runs a
/// parallel_blocks() body has it set; a denormal makes a matrix product up to 90 times slower.
void flush_denormals();

namespace detail {
using BlockBody = void (*)(void* context, int64_t block);
void run_blocks(int64_t blocks, BlockBody body, void* context);
extern int64_t test_grain, test_tile;
}  // namespace detail

/// Calls body(block) for each block of 0..blocks-1, on several threads. The body must not throw
/// and must not start another parallel loop.
template <class Body>
void parallel_blocks(int64_t blocks, Body&& body) {
  auto call = [](void* context, int64_t block) {
    (*static_cast<std::remove_reference_t<Body>*>(context))(block);
  };
  detail::run_blocks(blocks, call, const_cast<void*>(static_cast<const void*>(&body)));
}

/// Inside a parallel_blocks() body: which of its threads runs it, 0 to num_threads() - 1, for
/// scratch memory that is allocated before the loop. Results must not depend on it.
int worker_index();

/// The block length for a loop whose author chose `grain`; tests make it small, so that small
/// samples reach block borders too.
inline int64_t grain_size(int64_t grain) {
  return detail::test_grain > 0 && detail::test_grain < grain ? detail::test_grain : grain;
}

/// Calls body(begin, end) for the blocks of 0..n-1, each `grain` long (the last may be shorter).
template <class Body>
void parallel_for(int64_t n, int64_t grain, Body&& body) {
  const int64_t step = grain_size(grain);
  if (n <= step) {
    if (n > 0) flush_denormals(), body(int64_t{0}, n);
    return;
  }
  parallel_blocks((n + step - 1) / step, [&](int64_t block) {
    const int64_t begin = block * step;
    body(begin, begin + step < n ? begin + step : n);
  });
}

/// The same for the edge of a tile of a matrix product or of attention.
inline int64_t tile_size(int64_t tile) {
  return detail::test_tile > 0 && detail::test_tile < tile ? detail::test_tile : tile;
}

/// While one of these lives, every grain is at most `grain` and every tile at most `tile`.
/// For tests.
struct SmallBlocks {
  SmallBlocks(int64_t grain, int64_t tile)
      : grain_before(detail::test_grain), tile_before(detail::test_tile) {
    detail::test_grain = grain, detail::test_tile = tile;
  }
  ~SmallBlocks() { detail::test_grain = grain_before, detail::test_tile = tile_before; }
  SmallBlocks(const SmallBlocks&) = delete;
  SmallBlocks& operator=(const SmallBlocks&) = delete;
  int64_t grain_before, tile_before;
};

/// What computes matrix products: {"SkylakeX", "pthread", "0.3.21"}, and whether the processor
/// can do better than the kernels which OpenBLAS chose by itself.
struct Blas {
  std::string core, flavour, version, better_core;
};
Blas blas();

/// First thing in a program's main(): flushes denormals, and starts the program again, once, with
/// what OpenBLAS and OpenMP read only when they are loaded: better kernels where OpenBLAS does not
/// know the processor (OPENBLAS_CORETYPE), and a short spin before a waiting thread sleeps.
/// Variables that are set already stay, but for OPENBLAS_NUM_THREADS, which becomes 1. Programs
/// that do not call it get a warning on stderr where the kernels could be better.
void start_program(char** argv);

}  // namespace gradus
