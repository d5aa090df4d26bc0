// SPDX-License-Identifier: MIT
// Decompression with zlib: of an entry of a zip archive (RFC 1951), and of gzip files (RFC 1952).
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace gradus {

/// The largest expansion of deflate: a match of 258 bytes takes at least two bits.
inline constexpr size_t inflate_limit = 1032;

/// Unpacks `from` to exactly `size` bytes. Throws std::runtime_error, with only the reason, if the
/// bytes are not a deflate stream, or one that is truncated, longer or shorter.
void inflate(std::string_view from, char* to, size_t size);

}  // namespace gradus
