// SPDX-License-Identifier: MIT
// Building messages and throwing them.
#include "gradus/base/error.h"

#include <algorithm>
#include <charconv>
#include <cctype>
#include <cstdio>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

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

std::string printable(std::string_view bytes, size_t limit) {
  static const char* hex = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < bytes.size();) {
    const size_t n = utf8_length(bytes.substr(i));
    if (i + std::max<size_t>(n, 1) > limit) return out + "...";
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (n == 0 || byte < 0x20 || byte == 0x7F) {
      out += {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
      ++i;
    } else {
      out += bytes.substr(i, n);
      i += n;
    }
  }
  return out;
}

int edit_distance(std::string_view a, std::string_view b) {
  const auto plain = [](char c) {
    return c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  };
  std::vector<int> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int change = diagonal + (plain(a[i - 1]) != plain(b[j - 1]));
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string nearest(std::string_view word, std::initializer_list<std::string_view> candidates) {
  return nearest_of(word, candidates);
}

}  // namespace gradus
