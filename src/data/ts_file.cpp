// SPDX-License-Identifier: MIT
// Reads .ts files.
#include "gradus/data/ts_file.h"

#include <algorithm>
#include <optional>

#include "data/date_cell.h"
#include "data/encoding.h"
#include "gradus/base/utf8.h"

namespace gradus {
namespace {

using Words = std::vector<std::string_view>;

std::string_view trimmed(std::string_view s) {
  const char* blanks = " \t\r";
  const size_t first = s.find_first_not_of(blanks);
  return first == s.npos ? std::string_view{}
                         : s.substr(first, s.find_last_not_of(blanks) - first + 1);
}

bool is_comment(std::string_view line) { return line.starts_with('#') || line.starts_with('%'); }

Words words_of(std::string_view s) {
  Words words;
  while (!(s = trimmed(s)).empty()) {
    const size_t end = std::min(s.find_first_of(" \t"), s.size());
    words.push_back(s.substr(0, end));
    s.remove_prefix(end);
  }
  return words;
}

// Parts between separators that are outside brackets.
Words parts_of(std::string_view s, char separator) {
  Words parts;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i <= s.size(); ++i) {
    if (i < s.size() && s[i] == '(') ++depth;
    if (i < s.size() && s[i] == ')' && depth > 0) --depth;
    if (i < s.size() && (s[i] != separator || depth > 0)) continue;
    parts.push_back(trimmed(s.substr(begin, i - begin)));
    begin = i + 1;
  }
  return parts;
}

// The labels of the header. If a label has several words, the list is ambiguous: then any sequence
// of its words is accepted.
class Labels {
 public:
  void take(const Words& words) {
    for (std::string_view word : words) {
      listed_.emplace_back(word);
      lower_.push_back(ascii_lower(word));
    }
  }

  /// As written in the header, or nothing if it is not in the header.
  std::optional<std::string> find(std::string_view label) const {
    if (listed_.empty()) return std::string(label);
    const Words words = words_of(label);
    for (bool exact : {true, false})
      for (size_t at = 0; at + words.size() <= listed_.size(); ++at)
        if (begins_at(at, words, exact)) return joined(at, words.size());
    return {};
  }

 private:
  bool begins_at(size_t at, const Words& words, bool exact) const {
    for (size_t i = 0; i < words.size(); ++i)
      if (exact ? listed_[at + i] != words[i] : lower_[at + i] != ascii_lower(words[i]))
        return false;
    return true;
  }
  std::string joined(size_t at, size_t count) const {
    std::string all = listed_[at];
    for (size_t i = 1; i < count; ++i) all += " " + listed_[at + i];
    return all;
  }

  std::vector<std::string> listed_, lower_;
};

class TsFile {
 public:
  TsFile(std::string_view text, const std::string& name, const SeriesColumns& columns,
         const CsvOptions& options)
      : name_(printable(name, 200)), columns_(columns), options_(options) {
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      ++line_;
      take(trimmed(text.substr(begin, end - begin)));
      begin = end + 1;
    }
    if (!in_data_) fail({"there is no @data line; is it a .ts file?"});
    if (series_ == 0) fail({"there are no series after @data"});
  }
  CsvTable table() && { return std::move(*table_); }

 private:
  [[noreturn]] void fail(std::initializer_list<Piece> pieces) const {
    file_error({name_, ":", line_, ": ", text(pieces)});
  }

  void take(std::string_view line) {
    if (line.empty() || is_comment(line)) return;
    if (line.find('\0') != line.npos) fail({"there is a NUL byte; the file is not text"});
    if (!is_utf8(line))
      fail({"not UTF-8 text; a file in Latin-1 or Windows-1252 is read with --encoding latin-1"});
    if (in_data_) return take_series(line);
    if (line[0] != '@') fail({"expected an @word before @data, found ", printable(line)});
    take_header(words_of(line));
  }

  void take_header(const Words& words) {
    const std::string key = ascii_lower(words[0]);
    const bool on = words.size() > 1 && ascii_lower(words[1]) == "true";
    if (key == "@timestamps" && on) paired_ = true;
    if (key == "@targetlabel" && on) {
      labelled_ = true;
      label_name_ = "target";
    }
    if (key == "@classlabel") {
      labelled_ = on;
      if (on) labels_.take(Words(words.begin() + 2, words.end()));
    }
    if (key == "@data") in_data_ = true;
  }

  bool is_missing(std::string_view word) const {
    if (is_usual_missing(word)) return true;
    return std::find(options_.missing.begin(), options_.missing.end(), word) !=
           options_.missing.end();
  }

  // "(2.5, 7)": stores the time and leaves the value.
  std::string_view take_time(std::string_view& word) {
    const size_t comma = word.rfind(',');
    if (word.size() < 2 || word[0] != '(' || word.back() != ')' || comma == word.npos)
      fail({"expected (time, value), found ", printable(word)});
    std::string_view time = trimmed(word.substr(1, comma - 1));
    if (time.size() > 1 && (time[0] == '"' || time[0] == '\'') && time.back() == time[0])
      time = time.substr(1, time.size() - 2);
    double unused = 0;
    if (!parse_number(time, unused) && dates::read_cell(time, false).layout == dates::Layout::none)
      fail({printable(word), ": its time is neither a number nor a date"});
    word = trimmed(word.substr(comma + 1, word.size() - comma - 2));
    return time;
  }

  // The values of one dimension; sets `times` if they have any.
  Words take_dimension(std::string_view part, Words& times) {
    Words values = parts_of(part, ',');
    if (!paired_) paired_ = values[0].starts_with('(');
    for (size_t t = 0; t < values.size(); ++t) {
      std::string_view& word = values[t];
      if (*paired_) times.push_back(take_time(word));
      double unused = 0;
      if (is_missing(word)) word = {};
      else if (!parse_number(word, unused))
        fail({"\"", printable(word), "\" in step ", t, " is not a number",
              word.find_first_of(" \t") != word.npos ? "; values are separated by commas" : ""});
    }
    return values;
  }

  static bool same_time(std::string_view a, std::string_view b) {
    double x = 0, y = 0;
    return a == b || (parse_number(a, x) && parse_number(b, y) && x == y);
  }

  void take_series(std::string_view line) {
    Words parts = parts_of(line, ':');
    if (!labelled_) labelled_ = !parts.back().empty();
    std::string label;
    if (*labelled_ || parts.back().empty()) {
      if (*labelled_) label = label_of(parts.back());
      parts.pop_back();
    }
    if (parts.empty()) fail({"a series needs a dimension and a label, separated by \":\""});
    if (!table_) begin_table(parts.size());
    if (parts.size() != width_)
      fail({parts.size(), " dimensions; the previous series have ", width_});
    std::vector<Words> dimensions;
    Words times;
    for (size_t d = 0; d < width_; ++d) {
      Words other;
      dimensions.push_back(take_dimension(parts[d], d ? other : times));
      const size_t length = dimensions.back().size(), first = dimensions[0].size();
      if (length != first)
        fail({"dimension ", d + 1, " has ", length, " values, the first has ", first});
      for (size_t t = 0; t < other.size(); ++t)
        if (!same_time(times[t], other[t]))
          fail({"the dimensions have different times in step ", t});
    }
    ++series_;
    write(times, dimensions, label);
  }

  std::string label_of(std::string_view word) const {
    if (word.empty()) fail({"the series has no label at its end"});
    const std::optional<std::string> label = labels_.find(word);
    if (!label) fail({"the label ", printable(word), " is not listed in the header's @classLabel"});
    return *label;
  }

  void begin_table(size_t width) {
    width_ = width;
    std::vector<std::string> names = {columns_.id, columns_.time};
    for (size_t d = 1; d <= width; ++d) names.push_back(text({"x", d}));
    if (*labelled_) names.push_back(label_name_);
    table_.emplace(name_, names);
    if (!*labelled_)
      table_->set_without_labels(
          "the header has \"@classLabel false\", so the series have no labels; expected "
          "\"@classLabel true CLASS CLASS ...\" and :CLASS at the end of each series. Forecasts "
          "and predictions need no labels");
  }

  void write(const Words& times, const std::vector<Words>& dimensions, const std::string& label) {
    const std::string id = std::to_string(series_);
    Words row(width_ + 2);
    row[0] = id;
    if (*labelled_) row.push_back(label);
    for (size_t t = 0; t < dimensions[0].size(); ++t) {
      const std::string step = std::to_string(t);
      row[1] = times.empty() ? std::string_view(step) : times[t];
      for (size_t d = 0; d < width_; ++d) row[d + 2] = dimensions[d][t];
      table_->append(row, line_);
    }
  }

  std::string name_;
  const SeriesColumns& columns_;
  const CsvOptions& options_;
  int64_t line_ = 0, series_ = 0;
  bool in_data_ = false;
  std::optional<bool> labelled_;  // from the header, else from the first series
  std::string label_name_ = columns_.label;
  std::optional<bool> paired_;  // values are "(time, value)"
  Labels labels_;
  size_t width_ = 0;
  std::optional<CsvTable> table_;
};

bool begins_like_ts(std::string_view text) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = trimmed(text.substr(begin, end - begin));
    if (!line.empty() && !is_comment(line)) {
      const std::string key = ascii_lower(line.substr(0, line.find_first_of(" \t")));
      for (const char* word :
           {"@problemname", "@timestamps", "@classlabel", "@targetlabel", "@univariate", "@missing",
            "@dimensions", "@equallength", "@serieslength", "@data"})
        if (key == word) return true;
      return false;
    }
    begin = end + 1;
  }
  return false;
}

}  // namespace

CsvTable ts_table(std::string_view bytes, const std::string& name, const SeriesColumns& columns,
                  const CsvOptions& options) {
  std::string encoding;
  const std::string text = utf8_text(bytes, options.encoding, printable(name, 200), encoding);
  return TsFile(text, name, columns, options).table();
}

CsvTable series_table(std::string_view bytes, const std::string& name, const CsvOptions& options,
                      const SeriesColumns& columns) {
  const std::string_view start = bytes.substr(bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0, 65536);
  if (ascii_lower(name).ends_with(".ts") || ascii_lower(name).ends_with(".ts.gz") ||
      begins_like_ts(start))
    return ts_table(bytes, name, columns, options);
  return CsvTable::parse(bytes, name, options);
}

CsvTable read_series_table(const std::string& path, const SeriesColumns& columns,
                           const CsvOptions& options) {
  const std::string name = path == "-" ? "standard input" : printable(path, 200);
  return series_table(text_bytes(path), name, options, columns);
}

}  // namespace gradus
