// SPDX-License-Identifier: MIT
// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected), the checksum of data in gradus's files.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

namespace gradus {

/// Byte by byte, for processors without the CRC instruction.
inline uint32_t crc32c_plain(uint32_t crc, const void* data, size_t bytes) {
  static constexpr auto table = [] {
    std::array<uint32_t, 256> t{};
    for (uint32_t i = 0; i < 256; ++i) {
      t[i] = i;
      for (int bit = 0; bit < 8; ++bit) t[i] = t[i] >> 1 ^ (t[i] & 1 ? 0x82F63B78u : 0);
    }
    return t;
  }();
  const auto* p = static_cast<const unsigned char*>(data);
  crc = ~crc;
  for (size_t i = 0; i < bytes; ++i) crc = crc >> 8 ^ table[(crc ^ p[i]) & 255];
  return ~crc;
}

/// Extends the checksum `crc`, initially 0, by `bytes` bytes.
inline uint32_t crc32c(uint32_t crc, const void* data, size_t bytes) {
#ifdef __SSE4_2__
  const auto* p = static_cast<const unsigned char*>(data);
  uint64_t state = ~crc;
  for (; bytes >= 8; p += 8, bytes -= 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    state = _mm_crc32_u64(state, word);
  }
  auto last = static_cast<uint32_t>(state);
  for (; bytes > 0; ++p, --bytes) last = _mm_crc32_u8(last, *p);
  return ~last;
#else
  return crc32c_plain(crc, data, bytes);
#endif
}

}  // namespace gradus
