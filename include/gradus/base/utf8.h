// SPDX-License-Identifier: MIT
// UTF-8 as defined by Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above
// U+10FFFF.
#pragma once
#include <cstddef>
#include <string_view>

namespace gradus {

/// Length of the well-formed sequence at the front of `s`; 0 if there is none.
constexpr size_t utf8_length(std::string_view s) {
  if (s.empty()) return 0;
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char lead = byte(0);
  const size_t n = lead < 0x80                   ? 1
                   : lead >= 0xC2 && lead < 0xE0 ? 2
                   : (lead & 0xF0) == 0xE0       ? 3
                   : lead >= 0xF0 && lead < 0xF5 ? 4
                                                 : 0;
  if (n == 0 || s.size() < n) return 0;
  for (size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
  if (lead == 0xED && byte(1) > 0x9F) return 0;  // surrogate
  if (lead == 0xF0 && byte(1) < 0x90) return 0;  // overlong
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;  // above U+10FFFF
  return n;
}

/// Whether all of `s` is well-formed.
constexpr bool is_utf8(std::string_view s) {
  for (size_t i = 0; i < s.size();) {
    const bool ascii = static_cast<unsigned char>(s[i]) < 0x80;
    const size_t n = ascii ? 1 : utf8_length(s.substr(i));
    if (n == 0) return false;
    i += n;
  }
  return true;
}

}  // namespace gradus
