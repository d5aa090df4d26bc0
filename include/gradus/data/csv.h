// SPDX-License-Identifier: MIT
// CSV as files really are: separators, decimal commas, marks of missing values, quotes, comments,
// encodings; and messages that say where.
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

/// How a table is written, where the user insists; what is automatic is found for each file.
struct CsvOptions {
  char separator = 0;                   // 0: found among , ; tab and |. ' ' is any run of blanks
  char decimal = 0;                     // '.' or ','; 0: found
  bool usual_missing = true;            // NA, NaN, NULL, ?, - ... are missing in number columns
  std::vector<std::string> missing{};   // words that are missing in every column
  TextEncoding encoding = TextEncoding::automatic;  // UTF-8, or UTF-16 by its mark
  CsvHeader header = CsvHeader::automatic;
};

/// A table of text, one header line and rows of as many cells.
///   layout    a cell in double quotes may hold separators, line ends and doubled quotes; blanks
///             around other cells are dropped; lines end with LF, CRLF or CR; blank lines, a byte
///             order mark, a first line "sep=;" and comment lines (#) are skipped
///   columns   a column without name is left out where it is empty, or comes first and numbers the
///             rows; another first column without name is called "index"
///   numbers   where a file has decimal commas, cells read as "1.5" for "1,5"
///   missing   cells that mark a missing value read as empty: the usual words in columns whose
///             other cells are mostly numbers or dates, the user's words everywhere
/// remarks() says what was found. Every fault throws std::runtime_error "FILE:LINE:COLUMN: ...": a
/// row of another number of cells, a quote left open or followed by text, a NUL byte, bytes that
/// are not UTF-8, a record over 16 MiB, a first line that looks like data, a column without a name
/// or with the name of another, a comma that may be decimal or part thousands.
class CsvTable {
 public:
  /// Reads a file, or standard input for "-".
  static CsvTable read(const std::string& path, const CsvOptions& options = {});
  /// The same from bytes in memory; `name` stands for the file in messages.
  static CsvTable parse(std::string_view bytes, const std::string& name,
                        const CsvOptions& options = {});

  /// A table without a file of its own: columns, and rows that append() adds, each with the line
  /// that messages name. Cells are taken as they are; an empty one is missing.
  CsvTable(std::string name, std::vector<std::string> columns);
  void append(std::span<const std::string_view> cells, int64_t line);

  const std::string& name() const { return name_; }
  const std::vector<std::string>& columns() const { return columns_; }
  /// The number of a column, or -1.
  int column(std::string_view name) const;
  int64_t rows() const { return static_cast<int64_t>(lines_.size()); }
  /// A cell; empty where its value is missing.
  std::string_view cell(int64_t row, int column) const;
  /// The same as it stands in the file, marks of missing values included.
  std::string_view written(int64_t row, int column) const;
  /// Whether a cell holds nothing or a word for a missing value, even where cell() keeps the word
  /// because no other cell of the column shows that it holds numbers.
  bool missing(int64_t row, int column) const;
  /// The line of the file where a row begins, from 1.
  int64_t line(int64_t row) const { return lines_[static_cast<size_t>(row)]; }

  /// A cell as a number: decimal, with an optional sign and exponent, in any locale, finite as
  /// f32; too small a number is 0. Anything else, a missing cell too, throws with place and text.
  double number(int64_t row, int column) const;
  /// Throws std::runtime_error "FILE:LINE:COLUMN: ...".
  [[noreturn]] void fail(int64_t row, int column, std::initializer_list<Piece> pieces) const;

  /// What is unusual about the file, one line each: "separator ;, decimal comma".
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  friend class CsvReader;
  CsvTable() = default;
  std::string name_;
  std::vector<std::string> columns_;
  std::map<std::string, int, std::less<>> index_;  // of columns_
  std::vector<int> places_;                        // of each column within its row
  std::string text_;                               // all cells, one after another
  std::vector<size_t> ends_;                       // of each cell in text_
  std::vector<size_t> first_;                      // of each row: the number of its first cell
  std::vector<int64_t> lines_;                     // of each row
  std::vector<bool> usual_missing_;                // columns where the usual words count
  CsvOptions options_;
  std::vector<std::string> remarks_;
};

/// The whole field as a finite number; false if it is not one. One '+' is allowed; underflow is 0.
bool parse_number(std::string_view field, double& value);
/// Why a field that people take for a number is not read as one, and what to write instead; ""
/// where nobody would: percent signs, currency, separators of thousands, decimal commas.
std::string number_hint(std::string_view field);
/// Whether a word usually means that a value is missing: NA, NaN, NULL, None, ?, -, #N/A, ...
bool is_usual_missing(std::string_view word);

}  // namespace gradus
