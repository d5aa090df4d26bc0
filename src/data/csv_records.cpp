// SPDX-License-Identifier: MIT
// Splits text into records in a single pass over the bytes.
#include "data/csv_records.h"

#include <algorithm>

#include "gradus/base/phase.h"
#include "gradus/base/utf8.h"
#include "gradus/data/csv.h"

namespace gradus {

void fail_at(const std::string& name, int64_t line, size_t column,
             std::initializer_list<Piece> pieces) {
  file_error({name, ":", line, ":", column, ": ", text(pieces)});
}

namespace {

// The position of the first byte that is not UTF-8.
size_t bad_byte(std::string_view s) {
  size_t i = 0;
  while (i < s.size()) {
    const bool ascii = static_cast<unsigned char>(s[i]) < 0x80;
    const size_t n = ascii ? 1 : utf8_length(s.substr(i));
    if (n == 0) break;
    i += n;
  }
  return i;
}

class RecordReader {
 public:
  RecordReader(std::string_view in, int64_t line, char separator, const std::string& name)
      : in_(in), separator_(separator), name_(name), bad_(bad_byte(in)), line_(line) {}

  CsvRecords run() {
    Phase phase("reading " + printable(name_, 40), std::ssize(in_));
    for (size_t reported = 0; at_ < in_.size();) {
      if (in_[at_] != '#' || !comment()) record();
      constexpr size_t often = 1 << 20;
      if (at_ - reported > often) phase.at(static_cast<int64_t>(reported = at_));
    }
    return std::move(r_);
  }

 private:
  static constexpr size_t longest_record = 16 << 20;

  [[noreturn]] void fail(int64_t line, size_t column, std::initializer_list<Piece> pieces) const {
    fail_at(name_, line, column, pieces);
  }

  bool at_line_end() const { return at_ == in_.size() || in_[at_] == '\n' || in_[at_] == '\r'; }
  bool at_cell_end() const { return at_line_end() || in_[at_] == separator_; }
  bool is_blank(char c) const { return c == ' ' || (c == '\t' && separator_ != '\t'); }
  void skip_blanks() {
    while (at_ < in_.size() && is_blank(in_[at_])) ++at_;
  }
  void skip_line_end() {
    if (at_ == in_.size()) return;
    at_ += in_[at_] == '\r' && at_ + 1 < in_.size() && in_[at_ + 1] == '\n' ? 2 : 1;
    ++line_;
  }

  // A line that starts with #. After the first record it may be a row with an id like "#17": then
  // it is kept and marked, unless it contains an unclosed quote.
  bool comment() {
    const size_t end = std::min(in_.find_first_of("\r\n", at_), in_.size());
    const std::string_view whole = in_.substr(at_, end - at_);
    const bool maybe_row = std::count(whole.begin(), whole.end(), '"') % 2 == 0;
    if (!r_.lines.empty() && maybe_row) return false;
    if (r_.lines.empty()) {
      r_.last_comment = whole.substr(1);
      r_.comment_line = line_;
    }
    ++r_.comments;
    at_ = end;
    if (bad_ < end) bad_ = end + bad_byte(in_.substr(end));  // a comment may be in any encoding
    skip_line_end();
    return true;
  }

  // Reads one record, unless its line is blank.
  void record() {
    const size_t start = at_, text_before = r_.text.size(), cells_before = r_.ends.size();
    const int64_t line = line_;
    first_cell_ = cells_before;
    skip_blanks();
    const bool quoted = at_ < in_.size() && in_[at_] == '"';
    for (bool more = true; more;) {
      cell();
      r_.ends.push_back(r_.text.size());
      if (at_ - start > longest_record)
        fail(line_, cells(), {"this record is longer than 16 MiB; is a quote left open?"});
      if (at_ > bad_) fail_encoding();
      more = at_ < in_.size() && in_[at_] == separator_;
      at_ += more;
      if (more && separator_ == ' ') more = !only_blanks_follow();
    }
    const bool blank = cells() == 1 && r_.text.size() == text_before && !quoted;
    skip_line_end();
    if (blank) return r_.ends.resize(cells_before);
    r_.first.push_back(cells_before);
    r_.lines.push_back(line);
    r_.commented.push_back(in_[start] == '#' && !is_usual_missing(r_.cell(r_.count() - 1, 0)));
    r_.quoted.push_back(quoted);
  }

  // Blank separators may also be at the end of a line.
  bool only_blanks_follow() {
    skip_blanks();
    return at_line_end();
  }

  size_t cells() const { return r_.ends.size() - first_cell_; }

  void cell() {
    skip_blanks();
    if (at_ < in_.size() && in_[at_] == '"') quoted();
    else plain();
  }

  void plain() {
    const size_t start = at_;
    while (!at_cell_end()) {
      if (in_[at_] == '\0') fail(line_, cells() + 1, {"there is a NUL byte; the file is not text"});
      ++at_;
    }
    size_t end = at_;
    while (end > start && is_blank(in_[end - 1])) --end;
    r_.text.append(in_, start, end - start);
  }

  void quoted() {
    const int64_t line = line_;
    const size_t start = ++at_;
    for (;; ++at_) {
      if (at_ == in_.size() || at_ - start > longest_record)
        fail(line, cells() + 1, {"the quote that opens here is never closed"});
      const char c = in_[at_];
      if (c == '\0') fail(line_, cells() + 1, {"there is a NUL byte; the file is not text"});
      if (c == '\n' || (c == '\r' && !in_.substr(at_ + 1).starts_with('\n'))) ++line_;
      if (c == '"') {
        if (!in_.substr(at_ + 1).starts_with('"')) break;
        ++at_;
      }
      r_.text += c;
    }
    ++at_;
    skip_after_quote();
    if (at_cell_end()) return;
    const bool escaped = in_[at_ - 2] == '\\';
    fail(line_, cells() + 1,
         {"there is text after a closing quote: ",
          printable(
              in_.substr(at_, in_.find_first_of(std::string{separator_, '\r', '\n'}, at_) - at_)),
          escaped ? "; a quote inside of quotes is written twice (\"\"), not with a backslash"
                  : ""});
  }
  void skip_after_quote() {
    if (separator_ != ' ') skip_blanks();
  }

  [[noreturn]] void fail_encoding() const {
    const auto byte = static_cast<unsigned>(static_cast<unsigned char>(in_[bad_]));
    constexpr char digits[] = "0123456789ABCDEF";
    const std::string hex = {digits[byte / 16], digits[byte % 16]};
    const size_t from = bad_ - std::min<size_t>(bad_, 10);
    const std::string ends = {separator_, '\n', '\r'};
    const size_t cut = in_.substr(from, bad_ - from).find_last_of(ends);
    const size_t begin = cut == in_.npos ? from : from + cut + 1;
    const size_t end = in_.find_first_of(ends, bad_);
    fail(line_, cells(),
         {"the byte 0x", hex, " is not UTF-8 text (", printable(in_.substr(begin, end - begin)),
          "); a file in Latin-1 or Windows-1252 is read with --encoding latin-1"});
  }

  std::string_view in_;
  const char separator_;
  const std::string& name_;
  size_t bad_;
  CsvRecords r_;
  size_t at_ = 0, first_cell_ = 0;
  int64_t line_;
};

}  // namespace

CsvRecords csv_records(std::string_view text, int64_t line, char separator,
                       const std::string& name) {
  return RecordReader(text, line, separator, name).run();
}

}  // namespace gradus
