// SPDX-License-Identifier: MIT
// Counter-based random numbers: number i of a draw depends on (seed, stream, draw, i) alone.
// Hence dropout saves no mask, results do not depend on the thread count, and a generator's state
// in a checkpoint is three integers.
// Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
// Next: tensor/dtype.h
#pragma once
#include <array>
#include <cstdint>

namespace gradus {

using Words4 = std::array<uint32_t, 4>;

/// Threefry4x32: four random words from a counter and a key. The authors recommend 20 rounds; 12
/// is the minimum that passes BigCrush and is used for bulk draws. W is uint32_t, or a vector of
/// them (the compilers' vector_size), for many counters at once.
template <int rounds = 20, class W = uint32_t>
constexpr std::array<W, 4> threefry(const std::array<W, 4>& counter, Words4 key) {
  std::array<W, 4> x = counter;  // by value, g++ would print a note about the ABI of wide vectors
  constexpr int rotation[8][2] = {{10, 26}, {11, 21}, {13, 27}, {23, 5},
                                  {6, 20},  {17, 11}, {25, 10}, {18, 20}};
  const uint32_t k[5] = {key[0], key[1], key[2], key[3],
                         0x1BD11BDA ^ key[0] ^ key[1] ^ key[2] ^ key[3]};
  for (int i = 0; i < 4; ++i) x[i] += k[i];
#pragma GCC unroll 20
  for (int r = 0; r < rounds; ++r) {
    const int a = r % 2 ? 3 : 1, b = r % 2 ? 1 : 3;  // which word mixes into 0, and into 2
    const int left = rotation[r % 8][0], right = rotation[r % 8][1];
    x[0] += x[a];
    x[a] = (x[a] << left | x[a] >> (32 - left)) ^ x[0];
    x[2] += x[b];
    x[b] = (x[b] << right | x[b] >> (32 - right)) ^ x[2];
    if (r % 4 == 3) {
      const int s = r / 4 + 1;
      for (int i = 0; i < 4; ++i) x[i] += k[(i + s) % 5];
      x[3] += static_cast<uint32_t>(s);
    }
  }
  return x;
}

/// The position of one draw in the sequence of all draws. Rules save it instead of the numbers.
struct Draw {
  uint64_t seed = 0, stream = 0, number = 0;

  Words4 key() const { return {low(seed), high(seed), low(stream), high(stream)}; }
  Words4 counter(uint64_t block) const {
    return {low(block), high(block), low(number), high(number)};
  }
  /// Word i of the draw.
  uint32_t word(uint64_t i) const { return threefry<>(counter(i / 4), key())[i % 4]; }
  /// Number i of the draw, uniform in [0, 1) with 53 random bits.
  double uniform(uint64_t i) const;
  /// Number i of the draw, standard normal (Box and Muller 1958).
  double normal(uint64_t i) const;

 private:
  static uint32_t low(uint64_t v) { return static_cast<uint32_t>(v); }
  static uint32_t high(uint64_t v) { return static_cast<uint32_t>(v >> 32); }
};

/// A sequence of draws. A copy continues from the same position and gives the same numbers.
class Generator {
 public:
  explicit Generator(uint64_t seed = 0, uint64_t stream = 0) : place_{seed, stream, 0} {}
  /// The next draw, which supplies any number of random numbers.
  Draw draw() {
    Draw d = place_;
    ++place_.number;
    return d;
  }
  /// An integer in [0, n), uniformly distributed. Throws std::invalid_argument unless n > 0.
  int64_t below(int64_t n);
  /// One number in [0, 1).
  double uniform() { return draw().uniform(0); }
  /// One standard normal number.
  double normal() { return draw().normal(0); }
  /// The state: seed, stream, number of draws so far.
  const Draw& place() const { return place_; }
  void restore(const Draw& place) { place_ = place; }

 private:
  Draw place_;
};

/// The generator that dropout and initialisation use by default; each thread has its own.
Generator& default_generator();
/// Reseeds the default generator of this thread.
void manual_seed(uint64_t seed);

}  // namespace gradus
