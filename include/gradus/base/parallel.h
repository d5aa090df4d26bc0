// SPDX-License-Identifier: MIT
// Threads: every parallel loop of gradus runs through here, and the BLAS is set up here.
// Work is split into blocks by its size alone, never by the number of threads, so results are
// bitwise identical for any thread count.
// Next: base/phase.h
#pragma once
#include <cstdint>
#include <string>
#include <type_traits>

namespace gradus {

/// The number of threads that loops may use; initially OMP_NUM_THREADS, or the number of
/// processors.
int num_threads();
/// Throws std::invalid_argument unless 1 <= n <= 1024.
void set_num_threads(int n);

/// Sets flush-to-zero and denormals-are-zero in the calling thread. Every thread that runs a
/// parallel_blocks() body has them set; denormals make a matrix product up to 90 times slower.
void flush_denormals();

namespace detail {
using BlockBody = void (*)(void* context, int64_t block);
void run_blocks(int64_t blocks, BlockBody body, void* context);
extern int64_t test_grain, test_tile;
}  // namespace detail

/// Calls body(block) for each block of 0..blocks-1, on several threads. The body must not throw
/// and must not start another parallel loop.
template <class Body> void parallel_blocks(int64_t blocks, Body&& body) {
  auto call = [](void* context, int64_t block) {
    (*static_cast<std::remove_reference_t<Body>*>(context))(block);
  };
  detail::run_blocks(blocks, call, const_cast<void*>(static_cast<const void*>(&body)));
}

/// Inside a parallel_blocks() body: the index of the running thread, 0 to num_threads() - 1, for
/// scratch memory allocated before the loop. Results must not depend on it.
int worker_index();

/// The block length of a loop written for `grain`; tests make it smaller, so that small inputs
/// cross block boundaries too.
inline int64_t grain_size(int64_t grain) {
  return detail::test_grain > 0 && detail::test_grain < grain ? detail::test_grain : grain;
}

/// Calls body(begin, end) for the blocks of 0..n-1, each `grain` long (the last may be shorter).
template <class Body> void parallel_for(int64_t n, int64_t grain, Body&& body) {
  const int64_t step = grain_size(grain);
  if (n <= step) {
    if (n <= 0) return;
    flush_denormals();
    body(int64_t{0}, n);
    return;
  }
  parallel_blocks((n + step - 1) / step, [&](int64_t block) {
    const int64_t begin = block * step;
    body(begin, begin + step < n ? begin + step : n);
  });
}

/// The same for the edge length of a tile of a matrix product or of attention.
inline int64_t tile_size(int64_t tile) {
  return detail::test_tile > 0 && detail::test_tile < tile ? detail::test_tile : tile;
}

/// For tests: limits every grain to `grain` and every tile to `tile` during its lifetime.
struct SmallBlocks {
  SmallBlocks(int64_t grain, int64_t tile)
      : grain_before(detail::test_grain), tile_before(detail::test_tile) {
    detail::test_grain = grain;
    detail::test_tile = tile;
  }
  ~SmallBlocks() {
    detail::test_grain = grain_before;
    detail::test_tile = tile_before;
  }
  SmallBlocks(const SmallBlocks&) = delete;
  SmallBlocks& operator=(const SmallBlocks&) = delete;
  int64_t grain_before, tile_before;
};

/// The BLAS in use, e.g. {"SkylakeX", "pthread", "0.3.21"}; `better_core` names faster kernels if
/// the processor supports better ones than OpenBLAS chose by itself.
struct Blas {
  std::string core, flavour, version, better_core;
};
Blas blas();

/// Call it first in main(). It flushes denormals and re-executes the program once with the
/// environment variables that OpenBLAS and OpenMP read only at load time: better kernels if
/// OpenBLAS does not know the processor (OPENBLAS_CORETYPE), and a short spin before a waiting
/// thread sleeps. Variables that are already set are kept, except OPENBLAS_NUM_THREADS, which is
/// set to 1. Programs that do not call it get a warning on stderr if better kernels exist.
void start_program(char** argv);
/// The message if OpenBLAS finds no work memory under a limit.
extern const char no_work_memory[];

}  // namespace gradus
