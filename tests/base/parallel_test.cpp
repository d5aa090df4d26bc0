// SPDX-License-Identifier: MIT
// Blocks, threads and denormals.
#include "tests/catch.h"

#include <xmmintrin.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "gradus/base/parallel.h"

using namespace gradus;
using namespace gradus::tests;

namespace base_parallel_test {

struct Threads {  // for a scope
  int before = num_threads();
  explicit Threads(int n) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
};

// Begin and end of each block of parallel_for.
std::set<std::pair<int64_t, int64_t>> blocks_of(int64_t n, int64_t grain) {
  std::vector<std::pair<int64_t, int64_t>> blocks(1000);
  std::atomic<size_t> count{0};
  parallel_for(n, grain, [&](int64_t begin, int64_t end) { blocks[count++] = {begin, end}; });
  return {blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(count)};
}

TEST_CASE("work is split only by its size", "[parallel]") {
  for (const int64_t n : {0, 1, 15, 16, 17, 100}) {
    const auto expected = [&] {
      const Threads one(1);
      return blocks_of(n, 16);
    }();
    int64_t covered = 0;
    for (const auto& [begin, end] : expected) {
      CHECK(begin < end);
      CHECK(end - begin <= 16);
      covered += end - begin;
    }
    CHECK(covered == n);
    for (const int threads : {2, 3, 4, 8}) {
      const Threads some(threads);
      CHECK(blocks_of(n, 16) == expected);
    }
  }
}

TEST_CASE("small blocks for tests", "[parallel]") {
  CHECK(grain_size(1000) == 1000);
  {
    const SmallBlocks small(16, 4);
    CHECK(grain_size(1000) == 16);
    CHECK(grain_size(8) == 8);
    CHECK(tile_size(64) == 4);
    CHECK(blocks_of(40, 1000).size() == 3);
  }
  CHECK(tile_size(64) == 64);
}

TEST_CASE("denormals are flushed in every thread that computes", "[parallel]") {
  const auto flushed = [] {
    volatile float tiny = 1e-38f, product = tiny;
    product = product * 1e-3f;  // a denormal
    return (_mm_getcsr() & 0x8040) == 0x8040 && product == 0;
  };
  CHECK(flushed());  // main() began with start_program()
  const Threads eight(8);
  std::atomic<int> good{0};
  parallel_blocks(64, [&](int64_t) { good += flushed(); });
  CHECK(good == 64);
  bool own = false;  // a user's own thread, for a loop that runs in it
  std::thread([&] { parallel_for(1, 10, [&](int64_t, int64_t) { own = flushed(); }); }).join();
  CHECK(own);
}

TEST_CASE("invalid thread counts", "[parallel]") {
  const int before = num_threads();
  CHECK(before >= 1);
  for (const int wrong : {0, -1, 1025}) {
    const std::string m = message_of([&] { set_num_threads(wrong); });
    CHECK(has(m, "set_num_threads: " + std::to_string(wrong)));
    CHECK(has(m, "1 to 1024"));
  }
  CHECK(num_threads() == before);
}

TEST_CASE("the BLAS reports its version and kernels", "[parallel]") {
  const Blas b = blas();
  CHECK_FALSE(b.core.empty());
  CHECK_FALSE(b.version.empty());
  CHECK((b.flavour == "serial" || b.flavour == "pthread" || b.flavour == "openmp"));
}

// The thread sanitizer must detect a race in our loops, or its silence proves nothing.
TEST_CASE("inside: race", "[.]") {
  const Threads eight(8);
  int64_t sum = 0;
  parallel_blocks(10'000, [&](int64_t block) { sum += block; });
  CHECK(sum > 0);
}
TEST_CASE("a race on purpose is found by BUILD=tsan", "[parallel]") {
  const Finished f = run(tests_program() + " 'inside: race'");
  CHECK(has(f.out, "1 passed"));
  CHECK(has(f.err, "data race") == thread_sanitizer);
  CHECK((f.status != 0) == thread_sanitizer);
}

}  // namespace base_parallel_test
