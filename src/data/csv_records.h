// SPDX-License-Identifier: MIT
// The raw records of a CSV file, before they are classified as header or rows.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gradus/base/error.h"

namespace gradus {

struct CsvRecords {
  std::string text{};               // all cells, one after another
  std::vector<size_t> ends{};       // end of each cell in text
  std::vector<size_t> first{};      // index of the first cell of each record
  std::vector<int64_t> lines{};     // line number of each record
  std::vector<bool> commented{};    // records that start with # and may be comments or rows
  std::vector<bool> quoted{};       // records whose first cell is in quotes
  int64_t comments = 0;             // comment lines that were skipped
  std::string_view last_comment{};  // the last one before the first record, without its #
  int64_t comment_line = 0;

  size_t count() const { return lines.size(); }
  size_t width(size_t record) const {
    return (record + 1 < first.size() ? first[record + 1] : ends.size()) - first[record];
  }
  std::string_view cell(size_t record, size_t place) const {
    const size_t i = first[record] + place, begin = i ? ends[i - 1] : 0;
    return std::string_view(text).substr(begin, ends[i] - begin);
  }
};

/// A position in a file for messages.
[[noreturn]] void fail_at(const std::string& name, int64_t line, size_t column,
                          std::initializer_list<Piece> pieces);

/// All records of UTF-8 text whose first line is number `line`.
CsvRecords csv_records(std::string_view text, int64_t line, char separator,
                       const std::string& name);

}  // namespace gradus
