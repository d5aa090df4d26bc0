// SPDX-License-Identifier: MIT
// The caching allocator.
#include "tests/catch.h"

#include <cstring>
#include <new>
#include <thread>
#include <vector>

#include "gradus/base/memory.h"
#include "gradus/base/small_vector.h"
#include "gradus/tensor/tensor.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("blocks are aligned and large enough and counted", "[memory]") {
  const int64_t before = live_bytes();
  std::vector<std::pair<void*, size_t>> blocks;
  for (size_t bytes : {size_t{0}, size_t{1}, size_t{64}, size_t{65}, size_t{1000}, size_t{1024},
                       size_t{1025}, size_t{100'000}, size_t{3} << 20}) {
    void* p = allocate(bytes);
    REQUIRE(p != nullptr);
    CHECK(reinterpret_cast<uintptr_t>(p) % 64 == 0);
    std::memset(p, 1, bytes);
    blocks.push_back({p, bytes});
  }
  CHECK(live_bytes() - before >= 100'000 + (3 << 20));
  CHECK(live_bytes() - before <= (102'000 + (3 << 20)) / 100 * 113 + 1000);
  for (const auto& [p, bytes] : blocks) deallocate(p, bytes);
  CHECK(live_bytes() == before);
  deallocate(nullptr, 5);
  CHECK_THROWS_AS(allocate(SIZE_MAX), std::bad_alloc);
  CHECK_THROWS_AS(allocate(size_t{1} << 62), std::bad_alloc);
  CHECK(live_bytes() == before);
}

TEST_CASE("a steady loop allocates nothing from the system", "[memory]") {
  const auto step = [] {
    const Tensor a = zeros({100, 100}), b = a.clone_data(), c = zeros({3});
    return b.numel() + c.numel();
  };
  CHECK(step() == 10'003);
  const int64_t misses = cache_misses();
  for (int i = 0; i < 100; ++i) step();
  if (!sanitized) CHECK(cache_misses() == misses);  // there each block is fresh
}

TEST_CASE("blocks may be freed in another thread", "[memory]") {
  const int64_t before = live_bytes();
  Tensor x = zeros({1000});
  std::thread([moved = std::move(x)]() mutable { moved = zeros({10}); }).join();
  CHECK(live_bytes() == before);
}

TEST_CASE("the peak is remembered", "[memory]") {
  reset_peak_bytes();
  const int64_t before = live_bytes();
  { const Tensor x = zeros({1'000'000}, DType::f64); }
  CHECK(peak_bytes() - before >= 8'000'000);
  CHECK(live_bytes() == before);
  reset_peak_bytes();
  CHECK(peak_bytes() - before < 8'000'000);
  empty_cache();
  CHECK(live_bytes() == before);
}

TEST_CASE("a small vector keeps its elements", "[memory]") {
  const int64_t before = live_bytes();
  {
    SmallVector<std::string, 2> v{std::string("a"), std::string("b")};
    for (int i = 0; i < 50; ++i) v.push_back(std::to_string(i));
    SmallVector<std::string, 2> copy = v, moved = std::move(v);
    CHECK(copy.size() == 52);
    CHECK(moved.size() == 52);
    CHECK(v.empty());
    CHECK(copy[51] == "49");
    moved.resize(1);
    CHECK(moved.back() == "a");
    moved.resize(3);
    CHECK(moved[2].empty());
    copy = moved;
    CHECK(copy.size() == 3);
    copy = SmallVector<std::string, 2>{};
    CHECK(copy.empty());
  }
  CHECK(live_bytes() == before);
}
