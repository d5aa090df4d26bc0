// SPDX-License-Identifier: MIT
// Reading .ts files.
#include "gradus/data/ts_file.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace gradus {
namespace {

std::string_view trimmed(std::string_view s) {
  const char* blanks = " \t\r";
  const size_t first = s.find_first_not_of(blanks);
  return first == s.npos ? std::string_view{}
                         : s.substr(first, s.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view s) {
  std::string out(s);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}

// Parts between separators that stand outside of brackets.
std::vector<std::string_view> parts_of(std::string_view s, char separator) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i <= s.size(); ++i) {
    if (i < s.size() && s[i] == '(') ++depth;
    if (i < s.size() && s[i] == ')') --depth;
    if (i < s.size() && (s[i] != separator || depth > 0)) continue;
    parts.push_back(trimmed(s.substr(begin, i - begin)));
    begin = i + 1;
  }
  return parts;
}

class TsFile {
 public:
  TsFile(std::string_view bytes, const std::string& name, const SeriesColumns& columns)
      : name_(printable(name, 200)), columns_(columns) {
    for (size_t begin = 0; begin < bytes.size();) {
      const size_t end = std::min(bytes.find('\n', begin), bytes.size());
      ++line_;
      take(trimmed(bytes.substr(begin, end - begin)));
      begin = end + 1;
    }
    if (!in_data_) fail({"there is no @data line; is it a .ts file?"});
    if (series_ == 0) fail({"there are no series after @data"});
  }
  std::string table() && { return std::move(table_); }

 private:
  [[noreturn]] void fail(std::initializer_list<Piece> pieces) const {
    file_error({name_, ":", line_, ": ", text(pieces)});
  }

  void take(std::string_view line) {
    if (line_ == 1 && line.substr(0, 3) == "\xEF\xBB\xBF") line = line.substr(3);
    if (line.empty() || line[0] == '#') return;
    if (line.find('\0') != line.npos) fail({"a NUL byte"});
    if (in_data_) return take_series(line);
    if (line[0] != '@') fail({"expected an @word before @data, found ", printable(line)});
    std::vector<std::string_view> words;
    for (std::string_view word : parts_of(line, ' '))
      if (!word.empty()) words.push_back(word);
    const std::string key = lower(words[0]);
    const bool on = words.size() > 1 && lower(words[1]) == "true";
    if (key == "@timestamps") timestamps_ = on;
    if (key == "@classlabel") {
      labelled_ = on;
      labels_.assign(words.begin() + (on ? 2 : 1), words.end());
    }
    if (key != "@data") return;
    in_data_ = true;
    if (!labelled_) fail({"the header has no \"@classLabel true ...\"; series need labels"});
  }

  // "(2.5, 7)" -> both numbers; "7" -> the step and the value.
  void take_value(std::string_view word, size_t step, double& time, std::string& cell) {
    time = static_cast<double>(step);
    if (timestamps_) {
      const size_t comma = word.find(',');
      if (word.size() < 2 || word[0] != '(' || word.back() != ')' || comma == word.npos)
        fail({"expected (time, value), found ", printable(word)});
      if (!parse_number(trimmed(word.substr(1, comma - 1)), time))
        fail({printable(word), ": its time is no number"});
      word = trimmed(word.substr(comma + 1, word.size() - comma - 2));
    }
    double value = 0;
    if (word != "?" && lower(word) != "nan" && !parse_number(word, value))
      fail({printable(word), " in step ", step, " is no number"});
    cell = word == "?" || lower(word) == "nan" ? "" : std::string(word);
  }

  void take_series(std::string_view line) {
    std::vector<std::string_view> dimensions = parts_of(line, ':');
    const std::string label(dimensions.back());
    dimensions.pop_back();
    if (std::find(labels_.begin(), labels_.end(), label) == labels_.end())
      fail({"the label ", printable(label), " is not one of the header's @classLabel"});
    if (series_ == 0) begin_table(dimensions.size());
    if (dimensions.size() != width_)
      fail({dimensions.size(), " dimensions; the series before have ", width_});
    std::vector<double> times;
    std::vector<std::vector<std::string>> cells;  // [step][dimension]
    for (size_t d = 0; d < width_; ++d) {
      const std::vector<std::string_view> values = parts_of(dimensions[d], ',');
      if (d == 0) times.resize(values.size()), cells.resize(values.size());
      if (values.size() != cells.size())
        fail(
            {"dimension ", d + 1, " has ", values.size(), " values, the first one ", cells.size()});
      for (size_t t = 0; t < values.size(); ++t) {
        double time = 0;
        take_value(values[t], t, time, cells[t].emplace_back());
        if (d == 0)
          times[t] = time;
        else if (times[t] != time)
          fail({"the dimensions have different times in step ", t});
      }
    }
    ++series_;
    write(times, cells, label);
  }

  void begin_table(size_t width) {
    width_ = width;
    if (width == 0) fail({"a series needs a dimension and a label, separated by \":\""});
    table_ = columns_.id + "," + columns_.time;
    for (size_t d = 1; d <= width; ++d) table_ += ",x" + std::to_string(d);
    table_ += "," + columns_.label + "\n";
  }

  void write(const std::vector<double>& times, const std::vector<std::vector<std::string>>& cells,
             const std::string& label) {
    for (size_t t = 0; t < times.size(); ++t) {
      table_ += std::to_string(series_) + "," + text({times[t]});
      for (const std::string& cell : cells[t]) table_ += "," + cell;
      table_ += ",\"";
      for (char c : label) table_ += c == '"' ? std::string("\"\"") : std::string(1, c);
      table_ += "\"\n";
    }
  }

  std::string name_;
  SeriesColumns columns_;
  int64_t line_ = 0, series_ = 0;
  bool in_data_ = false, timestamps_ = false, labelled_ = false;
  std::vector<std::string> labels_;
  size_t width_ = 0;
  std::string table_;
};

}  // namespace

CsvTable ts_table(std::string_view bytes, const std::string& name, const SeriesColumns& columns) {
  return CsvTable::parse(TsFile(bytes, name, columns).table(), name);
}

CsvTable read_series_table(const std::string& path, const SeriesColumns& columns) {
  if (!path.ends_with(".ts")) return CsvTable::read(path);
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  if (!file || !(bytes << file.rdbuf())) file_error({printable(path, 200), ": cannot be read"});
  return ts_table(bytes.str(), path, columns);
}

}  // namespace gradus
