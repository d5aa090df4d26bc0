// SPDX-License-Identifier: MIT
// Settings for the format of table files.
#include "tools/tasks/table_settings.h"

#include <cctype>

#include "tools/cli/words.h"

namespace gradus::tools {
namespace {

constexpr Words<char, 6> separators = {{{"comma", ','},
                                        {"semicolon", ';'},
                                        {"tab", '\t'},
                                        {"\\t", '\t'},
                                        {"pipe", '|'},
                                        {"space", ' '}}};
constexpr Words<TextEncoding, 5> encodings = {{{"auto", TextEncoding::automatic},
                                               {"utf-8", TextEncoding::utf8},
                                               {"latin-1", TextEncoding::latin1},
                                               {"windows-1252", TextEncoding::latin1},
                                               {"utf-16", TextEncoding::utf16}}};
constexpr Words<CsvHeader, 3> headers = {
    {{"auto", CsvHeader::automatic}, {"yes", CsvHeader::yes}, {"no", CsvHeader::no}}};

char separator_of(const std::string& word) {
  if (word == "auto") return 0;
  for (const auto& [name, c] : separators)
    if (word == name) return c;
  const auto byte = static_cast<unsigned char>(word.size() == 1 ? word[0] : 'x');
  if (byte >= 0x80 || std::isalnum(byte) || std::string_view("\"\n\r#+-.").find(word) != word.npos)
    usage_error({"--separator ", printable(word),
                 ": expected auto, comma, semicolon, tab, pipe, space or one character that is not "
                 "a letter, a digit or part of a number"});
  return word[0];
}

char decimal_of(const std::string& word) {
  if (word == "auto") return 0;
  if (word == "." || word == "point") return '.';
  if (word == "," || word == "comma") return ',';
  usage_error({"--decimal ", printable(word), ": expected auto, point or comma"});
}

}  // namespace

void TableSettings::list(Settings& s) {
  s.value("separator", separator,
          "separator of the cells: comma, semicolon, tab, pipe, space (one or more) or another "
          "character; auto: detected in each file");
  s.value("decimal", decimal, "decimal mark, point or comma; auto: detected in each file");
  s.value("missing", missing,
          "words for missing values in every column, separated by commas; numeric columns always "
          "treat NA, NaN, NULL, None, ?, - and the like as missing; \"\": none");
  s.choice("encoding", encoding, words_of(encodings),
           "text encoding of the tables; auto: UTF-8, or UTF-16 with a byte order mark");
  s.choice("header", header, headers,
           "whether line 1 names the columns; no: they are named c1, c2, ...; auto: yes, but an "
           "error if the line looks like data");
}

CsvOptions TableSettings::options() const {
  CsvOptions o{.separator = separator_of(separator), .decimal = decimal_of(decimal)};
  o.usual_missing = !missing.empty();
  if (missing != "auto") o.missing = names_in(missing);
  o.encoding = value_of(encodings, encoding);
  o.header = header;
  return o;
}

std::string remarks_text(const CsvTable& table) {
  std::string all;
  for (const std::string& line : table.remarks()) all += "  " + line + "\n";
  return all;
}

}  // namespace gradus::tools
