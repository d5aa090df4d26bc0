// SPDX-License-Identifier: MIT
// Builds and throws error messages.
#include "gradus/base/error.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

#include "gradus/base/printable_text.h"
#include "gradus/base/utf8.h"

namespace gradus {

Piece::Piece(double v) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
  text.assign(buffer, end);
}

std::string text(std::initializer_list<Piece> pieces) {
  std::string all;
  for (const Piece& p : pieces) all += p.text;
  return all;
}

void argument_error(std::initializer_list<Piece> pieces) {
  throw std::invalid_argument(text(pieces));
}
void file_error(std::initializer_list<Piece> pieces) { throw std::runtime_error(text(pieces)); }
void internal_error(std::initializer_list<Piece> pieces) { throw std::logic_error(text(pieces)); }

void warn(std::initializer_list<Piece> pieces) {
  static std::mutex one_at_a_time;
  static std::set<std::string> said;
  const std::string message = text(pieces);
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  if (said.insert(message).second)
    std::fprintf(stderr, "gradus: warning: %s\n", printable(message, message.size()).c_str());
}

namespace {

// Whether the first character of `rest`, of n bytes (0: invalid UTF-8), could control a terminal.
bool is_control(std::string_view rest, size_t n) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(rest[i]); };
  return n == 0 || byte(0) < 0x20 || byte(0) == 0x7F || (byte(0) == 0xC2 && byte(1) < 0xA0);
}

std::string escaped(std::string_view bytes, size_t limit, std::string_view kept) {
  static const char* hex = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < bytes.size();) {
    const std::string_view rest = bytes.substr(i);
    const size_t n = utf8_length(rest), taken = std::max<size_t>(n, 1);
    if (taken > limit - i) return out + "...";
    const bool shown = !is_control(rest, n) || kept.find(rest[0]) != kept.npos;
    for (size_t k = 0; k < taken; ++k) {
      const auto byte = static_cast<unsigned char>(rest[k]);
      if (shown) out += rest[k];
      else out += {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
    }
    i += taken;
  }
  return out;
}

}  // namespace

std::string printable(std::string_view bytes, size_t limit) { return escaped(bytes, limit, ""); }

std::string printable_text(std::string_view bytes) { return escaped(bytes, bytes.npos, "\n\t"); }

int edit_distance(std::string_view a, std::string_view b) {
  const auto plain = [](char c) {
    return c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  };
  std::vector<int> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(last), last.swap(row);
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const char x = plain(a[i - 1]), y = plain(b[j - 1]);
      row[j] = std::min({last[j - 1] + (x != y), last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && x == plain(b[j - 2]) && plain(a[i - 2]) == y;
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string nearest(std::string_view word, std::initializer_list<std::string_view> candidates) {
  return nearest_of(word, candidates);
}

}  // namespace gradus
