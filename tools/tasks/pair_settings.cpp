// SPDX-License-Identifier: MIT
// Settings and reading of files of pairs.
#include "tools/tasks/pair_settings.h"

#include <charconv>
#include <cstdio>

#include "gradus/data/encoding.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/cli/words.h"

namespace gradus::tools {
namespace {

constexpr Words<HeaderLine, 3> header_lines = {
    {{"auto", HeaderLine::automatic}, {"yes", HeaderLine::yes}, {"no", HeaderLine::no}}};

std::string shown(const std::string& path) {
  return path == "-" ? "standard input" : printable(path, 200);
}

// The number of a column, or 0.
int64_t column_in(const std::string& word) {
  int64_t n = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), n);
  return error == std::errc{} && end == word.data() + word.size() && n > 0 && n < 10000 ? n : 0;
}

}  // namespace

void PairSettings::list(Settings& s) {
  s.choice("header", header, header_lines,
           "whether line 1 is a header; auto: detected, and reported if it is");
  s.value("columns", columns,
          labels ? "columns of the text and its class, as in 2,1; auto: the file has two"
                 : "columns of the two texts, as in 1,3; auto: the file has two");
  s.flag("skip_bad", skip_bad, "skip lines that cannot be read, and report how many");
  s.choice("encoding", encoding, text_encodings(), "text encoding of the files");
}

void PairSettings::check() const { options(); }

PairOptions PairSettings::options() const {
  PairOptions o{.header = header, .labels = labels, .skip_bad = skip_bad};
  if (columns == "auto") return o;
  const std::vector<std::string> both = names_in(columns);
  if (both.size() == 2) {
    o.first_column = column_in(both[0]);
    o.second_column = column_in(both[1]);
  }
  if (!o.first_column || !o.second_column || o.first_column == o.second_column)
    usage_error({"--columns ", printable(columns),
                 ": expected auto, or the numbers of two columns, as in 2,1"});
  return o;
}

std::string PairSettings::content(const std::string& path, const std::string& role,
                                  const Json& recorded, Json& seen) const {
  try {
    return encoded_text(read_bytes(path, role, recorded, seen), encoding);
  } catch (const std::invalid_argument& e) {
    file_error({shown(path), ": ", e.what()});
  }
}

TextPairs PairSettings::read(const std::string& path, const std::string& role, const Json& recorded,
                             Json& seen) const {
  const std::string header_key = role + "_header";
  PairOptions o = options();
  if (recorded.is(Json::Kind::object) && recorded.find(role))
    o.header = recorded.find(header_key) ? HeaderLine::yes : HeaderLine::no;
  TextPairs pairs = parse_pairs(content(path, role, recorded, seen), shown(path), o);
  if (pairs.had_header) seen[header_key] = true;
  if (pairs.skipped) seen[role + "_skipped"] = pairs.skipped;
  return pairs;
}

namespace {

// The text of a line, without its class if it has one.
std::string_view text_of(std::string_view line, const PairOptions& o) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (o.labels && line.starts_with("__label__")) {
    const size_t blank = line.find_first_of(" \t");
    return blank == line.npos ? "" : line.substr(blank + 1);
  }
  for (int64_t c = 1; c < o.first_column && line.find('\t') != line.npos; ++c)
    line.remove_prefix(line.find('\t') + 1);
  return line.substr(0, line.find('\t'));
}

// Whether line 1 is a header.
bool is_header(const std::string& bytes, const PairOptions& o) {
  if (o.header != HeaderLine::automatic) return o.header == HeaderLine::yes;
  const size_t end = bytes.find('\n');
  if (end == bytes.npos || bytes.substr(0, end).find('\t') == bytes.npos) return false;
  PairOptions two = o;
  two.skip_bad = true;
  try {
    return parse_pairs(bytes, "", two).had_header;
  } catch (const std::runtime_error&) {
    return false;  // no pairs
  }
}

}  // namespace

TextPairs PairSettings::read_texts(const std::string& path, Json& seen) const {
  const PairOptions o = options();
  const std::string bytes = content(path, "test", {}, seen);
  if (const BadByte bad = first_bad_byte(bytes); bad.line)
    file_error({shown(path), ": line ", bad.line, ": ", bad_byte_message(bad)});
  TextPairs texts;
  texts.had_header = is_header(bytes, o);
  int64_t number = 0;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (++number == 1 && texts.had_header) {
      texts.notes.push_back(text({"line 1 is skipped as a header: ", printable(line, 100)}));
      continue;
    }
    texts.first.emplace_back(text_of(line, o));
    texts.lines.push_back(number);
  }
  if (texts.size() == 0) file_error({shown(path), ": the file has no lines"});
  return texts;
}

void tell_notes(const std::string& path, const std::vector<std::string>& notes) {
  for (const std::string& note : notes) print_text(stderr, shown(path) + ": " + note + "\n");
}

}  // namespace gradus::tools
