// SPDX-License-Identifier: MIT
// Files of pairs of texts: one a line, a tab between the two.
// Next: data/batch.h
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

struct TextPairs {
  std::vector<std::string> first{}, second{};
  size_t size() const { return first.size(); }
};

/// Reads "first TAB second" lines, UTF-8; a byte order mark at the front and CR before the line's
/// end are left out, blanks around a side too. `name` is the file's, for messages.
/// Throws std::runtime_error, with the line: no tab or more than one, an empty side, what is no
/// UTF-8, a NUL; and for a file without lines.
TextPairs parse_pairs(std::string_view bytes, const std::string& name);

}  // namespace gradus
