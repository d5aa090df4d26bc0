// SPDX-License-Identifier: MIT
// Files of pairs of texts, or of texts and their classes: one pair a line, a tab between the two.
// Next: data/batch.h
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

/// What the first line of a file is: a header, a pair like all others, or what it looks like.
enum class HeaderLine { automatic, yes, no };

struct PairOptions {
  HeaderLine header = HeaderLine::automatic;
  bool labels = false;  // the second column is a class; "__label__x words" of fastText is read, too
  bool skip_bad = false;  // lines that are no pairs are left out and counted; else errors
  // Which columns to read, counted from 1; 0: the two that are there.
  int64_t first_column = 0, second_column = 0;
};

struct TextPairs {
  std::vector<std::string> first{}, second{};
  std::vector<int64_t> lines{};      // where each pair stands in the file, counted from 1
  std::vector<std::string> notes{};  // what was left out or chosen, for the reader
  bool had_header = false;
  int64_t skipped = 0;

  size_t size() const { return first.size(); }
};

/// Reads "first TAB second" lines, UTF-8; a byte order mark at the front, CR before a line's end,
/// empty lines at the end of the file and blanks around a side are left out. Quotation marks are
/// part of a text. Of a download from Tatoeba the numbers of sentences and the attribution are left
/// out. `name` is the file's, for messages.
/// Throws std::runtime_error, with all bad lines in one message (the first ten, and how many more):
/// no tab or more than one, an empty side, what is no UTF-8, a NUL, two classes; and for a file
/// without pairs.
TextPairs parse_pairs(std::string_view bytes, const std::string& name,
                      const PairOptions& options = {});

/// Throws std::runtime_error for classes that are none: where most of them have one text, and the
/// hint that the columns may stand the other way round where the texts repeat.
void check_classes(const TextPairs& pairs, const std::string& name);

}  // namespace gradus
