// SPDX-License-Identifier: MIT
// Three kinds of errors, and how their messages are built.
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

/// One piece of a message: text unchanged, or a number in its shortest exact form.
struct Piece {
  std::string text;
  Piece(const char* s) : text(s) {}
  Piece(std::string s) : text(std::move(s)) {}
  Piece(std::string_view s) : text(s) {}
  Piece(double v);
  template <class I>
  requires std::is_integral_v<I> Piece(I v) : text(std::to_string(v)) {}
};

/// The concatenated pieces.
std::string text(std::initializer_list<Piece> pieces);

/// Reports a mistake of the caller: throws std::invalid_argument.
[[noreturn]] void argument_error(std::initializer_list<Piece> pieces);

/// Reports a bad file, a failing disk or a problem of the machine: throws std::runtime_error.
[[noreturn]] void file_error(std::initializer_list<Piece> pieces);

/// Reports a bug in gradus or in a user-defined rule: throws std::logic_error.
[[noreturn]] void internal_error(std::initializer_list<Piece> pieces);

/// Prints "gradus: warning: MESSAGE" to stderr, once for each distinct message.
void warn(std::initializer_list<Piece> pieces);

/// Makes untrusted bytes safe for a message: escapes control bytes and invalid UTF-8 as \xNN and
/// truncates with "..." after `limit` bytes.
std::string printable(std::string_view bytes, size_t limit = 40);

/// The candidate nearest to `word` by edit distance (`_` equals `-`, leading dashes are ignored),
/// or "" if even that one differs in more than a third of the word.
std::string nearest(std::string_view word, std::initializer_list<std::string_view> candidates);
template <class Range> std::string nearest_of(std::string_view word, const Range& candidates);

/// Case-insensitive edit distance that treats `_` and `-` as equal. Swapping two adjacent letters
/// is one edit. Source: Damerau 1964 ("optimal string alignment").
int edit_distance(std::string_view a, std::string_view b);

template <class Range> std::string nearest_of(std::string_view word, const Range& candidates) {
  const size_t dashes = std::min(word.find_first_not_of('-'), word.size());
  std::string best;
  int best_distance = static_cast<int>(word.size() - dashes) / 3 + 1;
  for (const auto& candidate : candidates) {
    const int d = edit_distance(word, candidate);
    if (d >= best_distance) continue;
    best_distance = d;
    best = candidate;
  }
  return best;
}

}  // namespace gradus
