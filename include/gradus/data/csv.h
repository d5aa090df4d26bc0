// SPDX-License-Identifier: MIT
// CSV files as found in practice: separators, decimal commas, missing-value markers, quotes,
// comments, encodings; messages give the position.
// Next: data/series.h
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/base/error.h"

namespace gradus {

enum class TextEncoding { automatic, utf8, latin1, utf16 };
enum class CsvHeader { automatic, yes, no };

/// The format of a table as set by the user; automatic settings are detected for each file.
struct CsvOptions {
  char separator = 0;                  // 0: detected among , ; tab and |. ' ' is any run of blanks
  char decimal = 0;                    // '.' or ','; 0: detected
  bool usual_missing = true;           // NA, NaN, NULL, ?, - ... are missing in number columns
  std::vector<std::string> missing{};  // words that mean missing in every column
  TextEncoding encoding = TextEncoding::automatic;  // UTF-8, or UTF-16 with a byte order mark
  CsvHeader header = CsvHeader::automatic;
};

/// A table of text with a header line and rows of the same number of cells.
///   layout    a cell in double quotes may contain separators, line ends and doubled quotes; blanks
///             around other cells are removed; lines end with LF, CRLF or CR; blank lines, a byte
///             order mark, a first line "sep=;" and comment lines (#) are skipped
///   columns   a column without name is dropped if it is empty, or if it is the first and numbers
///             the rows; another first column without name is called "index"
///   numbers   in a file with decimal commas, cell() returns "1.5" for "1,5"
///   missing   cells with a missing-value marker read as empty: the usual markers in columns whose
///             other cells are mostly numbers or dates, the user's markers everywhere
/// remarks() reports what was detected. Errors throw std::runtime_error "FILE:LINE:COLUMN: ...": a
/// row with a different number of cells, a quote left open or followed by text, a NUL byte, bytes
/// that are not UTF-8, a record over 16 MiB, a first line that looks like data, a missing or
/// duplicate column name, a comma that may be a decimal or a thousands separator.
class CsvTable {
 public:
  /// Reads a file, or standard input for "-".
  static CsvTable read(const std::string& path, const CsvOptions& options = {});
  /// The same from bytes in memory; `name` is the file's name in messages.
  static CsvTable parse(std::string_view bytes, const std::string& name,
                        const CsvOptions& options = {});

  /// A table built in memory: columns, and rows added by append(), each with the line number used
  /// in messages. Cells are not interpreted; an empty one is missing.
  CsvTable(std::string name, std::vector<std::string> columns);
  void append(std::span<const std::string_view> cells, int64_t line);

  const std::string& name() const { return name_; }
  const std::vector<std::string>& columns() const { return columns_; }
  /// The index of a column, or -1.
  int column(std::string_view name) const;
  int64_t rows() const { return static_cast<int64_t>(lines_.size()); }
  /// A cell; empty if its value is missing.
  std::string_view cell(int64_t row, int column) const;
  /// The cell as written in the file, including missing-value markers.
  std::string_view written(int64_t row, int column) const;
  /// Whether a cell is empty or a missing-value marker, even if cell() keeps the marker because no
  /// other cell shows that the column contains numbers.
  bool missing(int64_t row, int column) const;
  /// The line of the file where a row starts, counted from 1.
  int64_t line(int64_t row) const { return lines_[static_cast<size_t>(row)]; }

  /// A cell as a number: decimal, with an optional sign and exponent, independent of the locale,
  /// finite as f32; underflow gives 0. Anything else, including a missing cell, throws with
  /// position and text.
  double number(int64_t row, int column) const;
  /// Throws std::runtime_error "FILE:LINE:COLUMN: ...".
  [[noreturn]] void fail(int64_t row, int column, std::initializer_list<Piece> pieces) const;

  /// Unusual properties of the file, one per line: "separator ;, decimal comma".
  const std::vector<std::string>& remarks() const { return remarks_; }
  /// Why the file has no labels, if it says so itself; else "".
  const std::string& without_labels() const { return without_labels_; }
  void set_without_labels(std::string why) { without_labels_ = std::move(why); }

 private:
  friend class CsvReader;
  CsvTable() = default;
  std::string name_;
  std::vector<std::string> columns_;
  std::map<std::string, int, std::less<>> index_;  // index of each name in columns_
  std::vector<int> places_;                        // position of each column within its row
  std::string text_;                               // all cells, one after another
  std::vector<size_t> ends_;                       // end of each cell in text_
  std::vector<size_t> first_;                      // index of the first cell of each row
  std::vector<int64_t> lines_;                     // line number of each row
  std::vector<bool> usual_missing_;                // columns where the usual markers apply
  CsvOptions options_;
  std::vector<std::string> remarks_;
  std::string without_labels_;
};

/// Parses the whole field as a finite number; false if it is not one. A '+' is allowed; underflow
/// gives 0.
bool parse_number(std::string_view field, double& value);
/// Explains why a field that resembles a number is not read as one, and what to write instead:
/// percent signs, currency, thousands separators, decimal commas. "" for other fields.
std::string number_hint(std::string_view field);
/// Whether a word is a usual missing-value marker: NA, NaN, NULL, None, ?, -, #N/A, ...
bool is_usual_missing(std::string_view word);

}  // namespace gradus
