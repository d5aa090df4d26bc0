// SPDX-License-Identifier: MIT
// Converts text files to UTF-8, and finds bytes that are not UTF-8.
// Next: data/text_pairs.h
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

/// The encodings that encoded_text() reads: "utf-8", "latin-1", "windows-1252" and "utf-16".
const std::vector<std::string>& text_encodings();

/// The text in UTF-8, without a byte order mark. latin-1 means windows-1252, as in browsers: bytes
/// 0x80 to 0x9F are decoded as Windows-1252. Bytes of "utf-8" are not checked.
/// Throws std::invalid_argument for another encoding.
std::string encoded_text(std::string_view bytes, const std::string& encoding);

/// The first byte that is not UTF-8: its line and column, in characters, counted from 1; line 0 if
/// all bytes are UTF-8.
struct BadByte {
  int64_t line = 0, column = 0;
  unsigned char byte = 0;
};
BadByte first_bad_byte(std::string_view bytes);
/// "is not UTF-8 at column 7 (byte 0xE9); --encoding latin-1 reads such a file".
std::string bad_byte_message(const BadByte& bad);

}  // namespace gradus
