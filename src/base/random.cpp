// SPDX-License-Identifier: MIT
// Uniform, normal and integer numbers from random words.
#include "gradus/base/random.h"

#include <cmath>
#include <numbers>

#include "gradus/base/error.h"

namespace gradus {

double Draw::uniform(uint64_t i) const {
  const Words4 w = threefry<>(counter(i / 2), key());
  const uint32_t high_bits = w[i % 2 * 2] >> 5, low_bits = w[i % 2 * 2 + 1] >> 6;  // 27 and 26
  return (high_bits * 67108864.0 + low_bits) * 0x1p-53;
}

double Draw::normal(uint64_t i) const {
  const double u = 1.0 - uniform(i / 2 * 2);  // in (0, 1], so that the logarithm is finite
  const double angle = 2.0 * std::numbers::pi * uniform(i / 2 * 2 + 1);
  const double radius = std::sqrt(-2.0 * std::log(u));
  return radius * (i % 2 ? std::sin(angle) : std::cos(angle));
}

int64_t Generator::below(int64_t n) {
  if (n <= 0) argument_error({"Generator::below: ", n, " must be positive"});
  const auto range = static_cast<uint64_t>(n);
  const uint64_t unbiased = UINT64_MAX - UINT64_MAX % range;
  const Draw d = draw();
  for (uint64_t i = 0;; i += 2) {  // rejects values from the incomplete last range
    const uint64_t word = (uint64_t{d.word(i)} << 32) | d.word(i + 1);
    if (word < unbiased) return static_cast<int64_t>(word % range);
  }
}

Generator& default_generator() {
  thread_local Generator generator{0};
  return generator;
}

void manual_seed(uint64_t seed) { default_generator() = Generator{seed}; }

}  // namespace gradus
