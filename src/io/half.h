// SPDX-License-Identifier: MIT
// 16-bit floats: IEEE 754 binary16 (f16) and the upper half of an f32 (bf16). Widening is exact;
// narrowing rounds once, to nearest even, and overflows to infinity. NaN stays NaN with the upper
// bits of its payload. Uses only bit operations, so flushing of denormals does not matter.
#pragma once
#include <bit>
#include <cstdint>
#include <string>

#include "gradus/io/safetensors.h"

namespace gradus {

template <int mantissa, int exponent> struct FloatBits {
  static constexpr int m = mantissa, e = exponent;
  static constexpr int64_t top = (int64_t{1} << e) - 1, bias = top / 2;  // top: inf and NaN
};
using F16Bits = FloatBits<10, 5>;
using Bf16Bits = FloatBits<7, 8>;

/// Converts the bits of a wider float to those of a narrower one.
template <class From, class To> uint16_t narrowed_bits(uint64_t bits) {
  const uint64_t one = 1;
  const auto exponent = static_cast<int64_t>(bits >> From::m) & From::top;
  const uint64_t mantissa = bits & ((one << From::m) - 1);
  const uint64_t sign = (bits >> (From::m + From::e) & 1) << (To::m + To::e);
  const uint64_t infinity = static_cast<uint64_t>(To::top) << To::m;
  if (exponent == From::top) {
    const uint64_t carried = mantissa >> (From::m - To::m);
    const uint64_t nan = carried ? carried : one << (To::m - 1);
    return static_cast<uint16_t>(sign | infinity | (mantissa ? nan : 0));
  }
  // The value is digits 2^(place - bias - m); below the smallest normal number place stays 1 and
  // digits are dropped instead.
  const uint64_t digits = exponent ? mantissa | one << From::m : mantissa;
  int64_t place = (exponent ? exponent : 1) - From::bias + To::bias;
  int64_t shift = From::m - To::m;
  if (place < 1) {
    shift += 1 - place;
    place = 1;
  }
  if (shift > 60) shift = 60;  // all of them are lost: digits < 2^53
  uint64_t kept = digits >> shift;
  const uint64_t lost = digits & ((one << shift) - 1), half = one << (shift - 1);
  kept += lost > half || (lost == half && (kept & 1));
  const uint64_t result = (static_cast<uint64_t>(place - 1) << To::m) + kept;
  return static_cast<uint16_t>(sign | (result < infinity ? result : infinity));
}
inline uint16_t to_f16(double v) {
  return narrowed_bits<FloatBits<52, 11>, F16Bits>(std::bit_cast<uint64_t>(v));
}
inline uint16_t to_f16(float v) {
  return narrowed_bits<FloatBits<23, 8>, F16Bits>(std::bit_cast<uint32_t>(v));
}
inline uint16_t to_bf16(double v) {
  return narrowed_bits<FloatBits<52, 11>, Bf16Bits>(std::bit_cast<uint64_t>(v));
}
inline uint16_t to_bf16(float v) {
  return narrowed_bits<FloatBits<23, 8>, Bf16Bits>(std::bit_cast<uint32_t>(v));
}

inline float from_bf16(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }
inline float from_f16(uint16_t bits) {
  const uint32_t sign = (uint32_t{bits} & 0x8000) << 16, exponent = bits >> 10 & 31;
  const uint32_t mantissa = bits & 1023;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000 | mantissa << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
  const float small = static_cast<float>(mantissa) * 0x1p-24f;
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(small));
}

/// The elements of an f32 or f64 tensor in f16 or bf16, two bytes each. Throws
/// std::invalid_argument for a finite number that would become infinite; `op` and `name` are for
/// its message.
std::string halves_of(const Tensor& x, FloatForm form, const char* op, const std::string& name);

}  // namespace gradus
