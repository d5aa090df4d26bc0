// SPDX-License-Identifier: MIT
// Reads text pairs: lines, columns, and their errors. Headers: text_header.cpp.
#include "gradus/data/text_pairs.h"

#include <algorithm>
#include <map>
#include <span>

#include "data/text_header.h"
#include "gradus/base/error.h"
#include "gradus/base/utf8.h"
#include "gradus/data/encoding.h"

namespace gradus {
namespace {

using Fields = std::vector<std::string_view>;

constexpr std::string_view fast_text = "__label__";

std::string without_outer_spaces(std::string_view side) {
  while (side.starts_with(' ')) side.remove_prefix(1);
  while (side.ends_with(' ')) side.remove_suffix(1);
  return std::string(side);
}

Fields fields_of(std::string_view line) {
  Fields all;
  for (;;) {
    const size_t tab = line.find('\t');
    all.push_back(line.substr(0, tab));
    if (tab == line.npos) return all;
    line.remove_prefix(tab + 1);
  }
}

bool is_number(std::string_view field) {
  return !field.empty() &&
         std::all_of(field.begin(), field.end(), [](char c) { return c >= '0' && c <= '9'; });
}

struct Line {
  int64_t number;
  std::string_view text;
};

std::vector<Line> lines_of(std::string_view bytes) {
  std::vector<Line> all;
  for (int64_t number = 1; !bytes.empty(); ++number) {
    std::string_view line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    all.push_back({number, line});
  }
  while (!all.empty() && all.back().text.empty()) all.pop_back();
  return all;
}

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& name, const PairOptions& options)
      : name_(name), o_(options), lines_(lines_of(bytes)) {}

  TextPairs read() {
    choose_columns();
    for (const Line& line : lines_) take(line);
    if (!bad_.empty() && !o_.skip_bad) complain();
    leave_out_header();
    if (o_.skip_bad && !bad_.empty()) {
      pairs_.skipped = static_cast<int64_t>(bad_.size());
      pairs_.notes.push_back(text({bad_.size(), bad_.size() == 1 ? " line is" : " lines are",
                                   " left out: ", first_bad(3)}));
    }
    if (pairs_.size() == 0)
      file_error({name_, lines_.empty() ? ": has no lines" : ": has no readable pair",
                  bad_.empty() ? "" : ": " + first_bad(3)});
    return std::move(pairs_);
  }

 private:
  bool is_fast_text() const {
    return o_.labels && !lines_.empty() && lines_[0].text.starts_with(fast_text);
  }

  // Tatoeba downloads: sentence, translation, attribution; or both with their ids.
  void choose_columns() {
    if (o_.first_column > 0 || lines_.empty() || is_fast_text()) return;
    bool attributed = true, numbered = true;
    for (const Line& line : lines_) {
      const Fields f = fields_of(line.text);
      attributed = attributed && f.size() == 3 && f[2].starts_with("CC-BY");
      numbered = numbered && f.size() == 4 && is_number(f[0]) && is_number(f[2]);
    }
    if (!attributed && !numbered) return;
    o_.first_column = numbered ? 2 : 1;
    o_.second_column = numbered ? 4 : 2;
    pairs_.notes.push_back(numbered ? "columns 1 and 3 are Tatoeba's sentence ids: left out"
                                    : "column 3 is Tatoeba's attribution: left out");
  }

  void take(const Line& line) {
    std::string first, second;
    const std::string wrong = sides_of(line.text, first, second);
    if (!wrong.empty()) {
      bad_.push_back(text({"line ", line.number, ": ", wrong, ": \"", printable(line.text), "\""}));
      return;
    }
    pairs_.first.push_back(std::move(first));
    pairs_.second.push_back(std::move(second));
    pairs_.lines.push_back(line.number);
  }

  // Both sides of a line, or its error.
  std::string sides_of(std::string_view line, std::string& first, std::string& second) const {
    if (const BadByte bad = first_bad_byte(line); bad.line) return bad_byte_message(bad);
    if (line.find('\0') != line.npos) return "has a NUL byte";
    if (is_fast_text()) return labelled(line, first, second);
    const Fields f = fields_of(line);
    const auto count = static_cast<int64_t>(f.size());
    if (o_.first_column > 0) {
      const int64_t last = std::max(o_.first_column, o_.second_column);
      if (count < last)
        return text(
            {"has ", count, count == 1 ? " column" : " columns", "; expected ", last, " or more"});
      first = without_outer_spaces(f[static_cast<size_t>(o_.first_column - 1)]);
      second = without_outer_spaces(f[static_cast<size_t>(o_.second_column - 1)]);
    } else {
      const char* expected = "; expected two texts with a tab between";
      if (count != 2) return text({count == 1 ? "has no tab" : "has more than one tab", expected});
      first = without_outer_spaces(f[0]);
      second = without_outer_spaces(f[1]);
    }
    return first.empty() || second.empty() ? "one side is empty" : "";
  }

  // fastText's form: "__label__x words".
  static std::string labelled(std::string_view line, std::string& words, std::string& label) {
    if (!line.starts_with(fast_text)) return "does not start with __label__, as line 1 does";
    line.remove_prefix(fast_text.size());
    label = line.substr(0, line.find_first_of(" \t"));
    words = without_outer_spaces(line.substr(std::min(line.size(), label.size() + 1)));
    if (words.starts_with(fast_text)) return "has two labels; expected one class per text";
    return label.empty() || words.empty() ? "one side is empty" : "";
  }

  std::string first_bad(size_t most) const {
    std::string all;
    for (size_t i = 0; i < bad_.size() && i < most; ++i) all += (i ? "; " : "") + bad_[i];
    if (bad_.size() > most) all += text({"; and ", bad_.size() - most, " more"});
    return all;
  }

  // , or ; if each of the first lines has it and none a tab, else 0.
  char separator_of_csv() const {
    const auto first = std::span(lines_).first(std::min<size_t>(lines_.size(), 20));
    for (const char c : {';', ','})
      if (std::all_of(first.begin(), first.end(), [&](const Line& line) {
            return line.text.find(c) != line.text.npos && line.text.find('\t') == line.text.npos;
          }))
        return lines_.empty() ? char{0} : c;
    return 0;
  }

  [[noreturn]] void complain() const {
    constexpr size_t most = 10;
    std::string all;
    for (size_t i = 0; i < bad_.size() && i < most; ++i)
      all += text({i ? "\n" : "", name_, ": ", bad_[i]});
    if (bad_.size() > most) all += text({"\nand ", bad_.size() - most, " more such lines"});
    all += "\n--skip-bad leaves such lines out";
    if (const char separator = separator_of_csv())
      all += text({"; these lines look like a CSV file with \"", std::string(1, separator),
                   "\" between its cells: a file of texts has tabs there and no quotes"});
    if (lines_.size() > 0 && fields_of(lines_[0].text).size() > 2)
      all += "; --columns 1,2 reads two of several columns";
    file_error({all});
  }

  void leave_out_header() {
    if (pairs_.size() == 0 || is_fast_text() || o_.header == HeaderLine::no) return;
    const HeaderGuess guess = guess_header(pairs_, o_.labels);
    const std::string line = text({"line ", pairs_.lines[0], " (", printable(pairs_.first[0]), ", ",
                                   printable(pairs_.second[0]), ")"});
    if (o_.header == HeaderLine::automatic && guess == HeaderGuess::maybe)
      pairs_.notes.push_back(line +
                             " may be a header: no other text has its class; --header yes "
                             "leaves it out, --header no keeps it");
    if (o_.header == HeaderLine::automatic && guess != HeaderGuess::header) return;
    pairs_.had_header = true;
    if (o_.header == HeaderLine::automatic)
      pairs_.notes.push_back(line + " is a header: left out; --header no reads it as a " +
                             (o_.labels ? "text" : "pair"));
    for (auto* side : {&pairs_.first, &pairs_.second}) side->erase(side->begin());
    pairs_.lines.erase(pairs_.lines.begin());
  }

  const std::string& name_;
  PairOptions o_;
  std::vector<Line> lines_;
  TextPairs pairs_{};
  std::vector<std::string> bad_{};
};

}  // namespace

TextPairs parse_pairs(std::string_view bytes, const std::string& name, const PairOptions& o) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    file_error({name, ": is UTF-16; expected UTF-8, or --encoding utf-16"});
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  return Reader(bytes, name, o).read();
}

void check_classes(const TextPairs& pairs, const std::string& name) {
  std::map<std::string, size_t> texts, classes;
  for (const std::string& s : pairs.first) ++texts[s];
  for (const std::string& s : pairs.second) ++classes[s];
  const auto single = static_cast<size_t>(
      std::count_if(classes.begin(), classes.end(), [](const auto& c) { return c.second == 1; }));
  const size_t n = pairs.size();
  if (n < 8 || 2 * single <= n) return;
  std::string hint = "; --as-classes trains on them";
  if (4 * texts.size() <= n)
    hint = text({"; column 1 has ", texts.size(),
                 " different entries: --columns 2,1 reads the class first, then the text"});
  file_error({name, ": column 2 has ", classes.size(), " different classes in ", n, " lines, and ",
              single, " of them have one text; expected classes of several texts", hint});
}

}  // namespace gradus
