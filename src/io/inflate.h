// SPDX-License-Identifier: MIT
// Unpacking of deflated bytes (RFC 1951).
#pragma once
#include <cstddef>
#include <string_view>

namespace gradus {

/// Deflate makes no more of a byte than this: a match of 258 bytes takes two bits at least.
inline constexpr size_t inflate_limit = 1032;

/// Unpacks `from` to exactly `size` bytes. Throws std::runtime_error with the reason alone for
/// anything else: bytes that are no deflate stream, or one that is cut off, longer or shorter.
void inflate(std::string_view from, char* to, size_t size);

}  // namespace gradus
