// SPDX-License-Identifier: MIT
// Errors: three kinds, one way to build their message.
// Messages read "op: what is wrong, with the values; what was expected".
// Next: base/memory.h
#pragma once
#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace gradus {

/// One piece of a message: text as it is, a number in its shortest exact form.
struct Piece {
  std::string text;
  Piece(const char* s) : text(s) {}
  Piece(std::string s) : text(std::move(s)) {}
  Piece(std::string_view s) : text(s) {}
  Piece(double v);
  template <class I>
    requires std::is_integral_v<I>
  Piece(I v) : text(std::to_string(v)) {}
};

/// The pieces, joined.
std::string text(std::initializer_list<Piece> pieces);

/// The caller is wrong: throws std::invalid_argument.
[[noreturn]] void argument_error(std::initializer_list<Piece> pieces);

/// A file, a disk or the machine is wrong: throws std::runtime_error.
[[noreturn]] void file_error(std::initializer_list<Piece> pieces);

/// gradus itself, or a user's own rule, is wrong: throws std::logic_error.
[[noreturn]] void internal_error(std::initializer_list<Piece> pieces);

/// "gradus: warning: MESSAGE" on stderr, once for each message.
void warn(std::initializer_list<Piece> pieces);

/// Bytes of unknown origin made fit for a message: control bytes and bad UTF-8 escaped as \xNN,
/// cut after `limit` bytes with "...".
std::string printable(std::string_view bytes, size_t limit = 40);

/// The candidate nearest to `word` by edit distance (`_` equals `-`, dashes in front do not count),
/// or "" where even that one differs in more than a third of the word.
std::string nearest(std::string_view word, std::initializer_list<std::string_view> candidates);
template <class Range>
std::string nearest_of(std::string_view word, const Range& candidates);

/// Edit distance, with `_` and `-` equal and letters compared without case. Two neighbours that
/// changed places are one edit. Source: Damerau 1964 ("optimal string alignment").
int edit_distance(std::string_view a, std::string_view b);

template <class Range>
std::string nearest_of(std::string_view word, const Range& candidates) {
  const size_t dashes = std::min(word.find_first_not_of('-'), word.size());
  std::string best;
  int best_distance = static_cast<int>(word.size() - dashes) / 3 + 1;
  for (const auto& candidate : candidates) {
    const int d = edit_distance(word, candidate);
    if (d < best_distance) best_distance = d, best = candidate;
  }
  return best;
}

}  // namespace gradus
