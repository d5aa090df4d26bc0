// SPDX-License-Identifier: MIT
// Files of text pairs, or of texts and their classes: one pair per line, separated by a tab.
// Next: data/batch.h
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

/// Whether the first line of a file is a header (yes), a pair (no), or is detected (automatic).
enum class HeaderLine { automatic, yes, no };

struct PairOptions {
  HeaderLine header = HeaderLine::automatic;
  bool labels = false;    // the second column is a class; also reads fastText's "__label__x words"
  bool skip_bad = false;  // skip and count lines that are not pairs instead of throwing
  // The columns to read, counted from 1; 0: the file has exactly two.
  int64_t first_column = 0, second_column = 0;
};

struct TextPairs {
  std::vector<std::string> first{}, second{};
  std::vector<int64_t> lines{};      // the line of each pair in the file, counted from 1
  std::vector<std::string> notes{};  // what was skipped or chosen, for the user
  bool had_header = false;
  int64_t skipped = 0;

  size_t size() const { return first.size(); }
};

/// Reads "first TAB second" lines, UTF-8. Ignores a byte order mark, CR before a line end, empty
/// lines at the end of the file, blanks around either side, and the sentence ids and attribution of
/// Tatoeba downloads. Quotation marks are part of a text. `name` is the file's name for messages.
/// Throws std::runtime_error for a file without pairs, and, with all bad lines in one message (the
/// first ten, and how many more), for lines with no tab or more than one, an empty side, invalid
/// UTF-8, a NUL, or two classes.
TextPairs parse_pairs(std::string_view bytes, const std::string& name,
                      const PairOptions& options = {});

/// Throws std::runtime_error if the classes are implausible because most of them have only one
/// text; if the texts repeat, the message suggests that the columns are swapped.
void check_classes(const TextPairs& pairs, const std::string& name);

}  // namespace gradus
