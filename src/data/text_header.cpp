// SPDX-License-Identifier: MIT
// Common names of text columns.
#include "data/text_header.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace gradus {
namespace {

const std::set<std::string, std::less<>>& column_names() {
  static const std::set<std::string, std::less<>> all = {
      // texts and classes
      "text", "texts", "sentence", "sentences", "review", "reviews", "comment", "comments",
      "content", "message", "messages", "title", "headline", "document", "phrase", "utterance",
      "question", "query", "tweet", "description", "input", "email", "sms", "label", "labels",
      "class", "classes", "category", "categories", "sentiment", "tag", "topic", "polarity",
      "intent", "emotion", "output", "answer", "rating", "stars", "lang", "language",
      // both sides of a translation
      "source", "target", "src", "tgt", "trg", "translation", "original", "reference", "from", "to",
      "english", "german", "french", "spanish", "italian", "portuguese", "dutch", "russian",
      "polish", "czech", "korean", "chinese", "japanese", "arabic", "turkish", "swedish", "deutsch",
      "francais", "espanol", "italiano", "englisch", "anglais", "ingles", "inglese", "allemand",
      "aleman", "tedesco", "spanisch", "italienisch", "russisch", "en", "eng", "de", "deu", "ger",
      "fr", "fra", "fre", "es", "spa", "it", "ita", "pt", "por", "nl", "nld", "ru", "rus", "pl",
      "pol", "cs", "ces", "ko", "kor", "zh", "cmn", "ja", "jpn", "ar", "ara", "tr", "tur", "sv",
      "swe"};
  return all;
}

// A name without surrounding punctuation: "text", #text, label:, spam?
std::string without_marks(const std::string& field) {
  std::string_view name = field;
  while (!name.empty() && std::string_view("\"'`#*[<").find(name.front()) != name.npos)
    name.remove_prefix(1);
  while (!name.empty() && std::string_view("\"'`*]>:?").find(name.back()) != name.npos)
    name.remove_suffix(1);
  return std::string(name);
}

// The parts of a name such as "review_text", in lower case; empty if it is not a name.
std::vector<std::string> parts_of(const std::string& field) {
  std::vector<std::string> parts{""};
  for (char c : field) {
    if (c == '_' || c == '-' || c == ' ' || c == '.') {
      parts.emplace_back();
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      parts.back() += c;
    } else if (c >= 'A' && c <= 'Z') {
      parts.back() += static_cast<char>(c - 'A' + 'a');
    } else {
      return {};
    }
  }
  const bool holes = std::any_of(parts.begin(), parts.end(), [](auto& p) { return p.empty(); });
  return holes || parts.size() > 3 ? std::vector<std::string>{} : parts;
}

// "label", "review_text", "Source Text"; of words separated by blanks each must match.
bool names_a_column(const std::string& cell) {
  const std::string field = without_marks(cell);
  const std::vector<std::string> parts = parts_of(field);
  const auto known = [](const std::string& p) { return column_names().contains(p); };
  if (field.find(' ') != field.npos)
    return !parts.empty() && std::all_of(parts.begin(), parts.end(), known);
  return std::any_of(parts.begin(), parts.end(), known);
}
bool names_columns(const TextPairs& pairs, size_t i) {
  return names_a_column(pairs.first[i]) && names_a_column(pairs.second[i]);
}

// A single word that starts with a letter.
bool is_name(const std::string& cell) {
  const std::string field = without_marks(cell);
  return !parts_of(field).empty() && field.find(' ') == field.npos &&
         !(field[0] >= '0' && field[0] <= '9') && field.size() <= 40;
}

bool stands_alone(const TextPairs& pairs) {
  std::map<std::string, size_t> counts;
  for (const std::string& label : pairs.second) ++counts[label];
  const size_t single = static_cast<size_t>(
      std::count_if(counts.begin(), counts.end(), [](const auto& c) { return c.second == 1; }));
  return pairs.size() >= 5 && single == 1 && counts.at(pairs.second[0]) == 1;
}

}  // namespace

HeaderGuess guess_header(const TextPairs& pairs, bool labels) {
  const std::string &first = pairs.first[0], &second = pairs.second[0];
  const auto again = [&](const std::vector<std::string>& side) {
    return std::find(side.begin() + 1, side.end(), side[0]) != side.end();
  };
  const bool repeated = labels ? again(pairs.second) : again(pairs.first) || again(pairs.second);
  if (pairs.size() < 2 || first == second || repeated) return HeaderGuess::pair;
  if (names_columns(pairs, 0))
    return names_columns(pairs, 1) ? HeaderGuess::pair : HeaderGuess::header;
  if (!labels || !is_name(first) || !is_name(second) || !stands_alone(pairs))
    return HeaderGuess::pair;
  const auto sentences = std::count_if(pairs.first.begin(), pairs.first.end(),
                                       [](auto& s) { return s.find(' ') != s.npos; });
  const bool mostly = 2 * sentences > static_cast<int64_t>(pairs.size());
  return mostly ? HeaderGuess::header : HeaderGuess::maybe;
}

}  // namespace gradus
