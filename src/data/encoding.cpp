// SPDX-License-Identifier: MIT
// From Windows-1252 and UTF-16 to UTF-8.
#include "data/encoding.h"

#include <algorithm>
#include <cstdint>

#include "gradus/base/error.h"
#include "gradus/base/utf8.h"
#include "gradus/data/encoding.h"

namespace gradus {
namespace {

void append_utf8(std::string& out, uint32_t c) {
  const auto byte = [&](uint32_t b) { out += static_cast<char>(static_cast<unsigned char>(b)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xC0 | (c >> 6));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
  }
  byte(0x80 | (c & 0x3F));
}

// Windows-1252 from 0x80 on; its five undefined bytes stay as in Latin-1. (WHATWG Encoding
// Standard, index windows-1252, which browsers also use for Latin-1.)
constexpr uint16_t windows_1252[32] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

std::string from_latin1(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  for (char c : bytes) {
    const auto b = static_cast<unsigned char>(c);
    append_utf8(out, b >= 0x80 && b < 0xA0 ? windows_1252[b - 0x80] : b);
  }
  return out;
}

std::string from_utf16(std::string_view bytes, bool big_endian, const std::string& name) {
  if (bytes.size() % 2) file_error({name, ": the file is in UTF-16 and ends within a character"});
  const auto unit = [&](size_t i) -> uint32_t {
    const auto a = static_cast<unsigned char>(bytes[i]);
    const auto b = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<uint32_t>(big_endian ? a << 8 | b : b << 8 | a);
  };
  std::string out;
  out.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size(); i += 2) {
    uint32_t c = unit(i);
    if (c >= 0xD800 && c < 0xE000) {
      const uint32_t low = c < 0xDC00 && i + 2 < bytes.size() ? unit(i + 2) : 0;
      if (low < 0xDC00 || low >= 0xE000)
        file_error({name, ": incomplete character at byte ", i, " of a UTF-16 file"});
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      i += 2;
    }
    append_utf8(out, c);
  }
  return out;
}

// Whether every other byte is zero, as in UTF-16 of Latin letters: 1 if the second one is (little
// endian), 2 if the first one is, else 0.
int zeros_alternate(std::string_view bytes) {
  const size_t pairs = std::min<size_t>(bytes.size(), 2000) / 2;
  size_t first = 0, second = 0;
  for (size_t i = 0; i < pairs; ++i) {
    first += bytes[2 * i] == '\0';
    second += bytes[2 * i + 1] == '\0';
  }
  if (pairs < 2) return 0;
  return 10 * second > 7 * pairs && first == 0 ? 1 : 10 * first > 7 * pairs && second == 0 ? 2 : 0;
}

}  // namespace

std::string utf8_text(std::string_view bytes, TextEncoding encoding, const std::string& name,
                      std::string& about) {
  const bool little = bytes.starts_with("\xFF\xFE"), big = bytes.starts_with("\xFE\xFF");
  const bool automatic = encoding == TextEncoding::automatic;
  if (encoding == TextEncoding::utf16 || (automatic && (little || big))) {
    about = "encoding UTF-16";
    const bool marked = little || big;
    return from_utf16(bytes.substr(marked ? 2 : 0), marked ? big : zeros_alternate(bytes) == 2,
                      name);
  }
  if (encoding == TextEncoding::latin1) {
    about = "encoding Latin-1 (Windows-1252)";
    return from_latin1(bytes);
  }
  if (automatic && zeros_alternate(bytes))
    file_error({name, ": looks like UTF-16 without a byte order mark; --encoding utf-16 reads it"});
  return std::string(bytes.substr(bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0));
}

const std::vector<std::string>& text_encodings() {
  static const std::vector<std::string> all = {"utf-8", "latin-1", "windows-1252", "utf-16"};
  return all;
}

std::string encoded_text(std::string_view bytes, const std::string& encoding) {
  const std::vector<std::string>& known = text_encodings();
  if (std::find(known.begin(), known.end(), encoding) == known.end())
    argument_error({"encoded_text: unknown encoding ", printable(encoding),
                    "; expected utf-8, latin-1, windows-1252 or utf-16"});
  const TextEncoding kind = encoding == "utf-8"    ? TextEncoding::utf8
                            : encoding == "utf-16" ? TextEncoding::utf16
                                                   : TextEncoding::latin1;
  std::string about;
  return utf8_text(bytes, kind, "the text", about);
}

BadByte first_bad_byte(std::string_view bytes) {
  BadByte at{.line = 1, .column = 1};
  for (size_t i = 0; i < bytes.size();) {
    const size_t n = utf8_length(bytes.substr(i));
    if (n == 0) {
      at.byte = static_cast<unsigned char>(bytes[i]);
      return at;
    }
    ++at.column;
    if (bytes[i] == '\n') {
      ++at.line;
      at.column = 1;
    }
    i += n;
  }
  return {};
}

std::string bad_byte_message(const BadByte& bad) {
  constexpr const char* digits = "0123456789ABCDEF";
  const std::string hex = {digits[bad.byte >> 4], digits[bad.byte & 15]};
  return text({"is not UTF-8 at column ", bad.column, " (byte 0x", hex,
               "); --encoding latin-1 reads such a file"});
}

std::string ascii_lower(std::string_view s) {
  std::string out(s);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}

}  // namespace gradus
