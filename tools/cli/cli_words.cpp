// SPDX-License-Identifier: MIT
// Text for messages of the command line: ranges, lists, suggestions, shell commands.
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include "gradus/data/csv.h"
#include "tools/cli/cli.h"
#include "tools/cli/words.h"

namespace gradus::tools {
namespace {

template <class T> std::string bounds_text(T low, T high) {
  const bool any_low = static_cast<double>(low) < -1e18;
  const bool any_high = static_cast<double>(high) > 1e18;
  if (any_low && any_high) return "";
  if (any_high) return text({"at least ", low});
  return any_low ? text({"at most ", high}) : text({low, " to ", high});
}

// $'a\x1bb': the quoting of arbitrary bytes in bash, ksh and zsh.
std::string ansi_quoted(const std::string& word) {
  std::string out = "$'";
  for (char c : word) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || std::strchr("/._- ", c);
    out += plain && c ? std::string(1, c) : std::string(hex);
  }
  return out + "'";
}

std::string quoted(const std::string& word) {
  const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=+@%";
  if (!word.empty() && word.find_first_not_of(plain) == word.npos) return word;
  const bool controls = printable(word, word.npos) != word;
  if (controls) return ansi_quoted(word);  // a terminal must not interpret it
  std::string out = "'";
  for (char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

void usage_error(std::initializer_list<Piece> pieces) { throw UsageError(text(pieces)); }

std::string bounds(int64_t low, int64_t high) { return bounds_text(low, high); }
std::string bounds(double low, double high) { return bounds_text(low, high); }

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (size_t i = 0; i < words.size(); ++i)
    all += text({i == 0 ? "" : i + 1 < words.size() ? ", " : " or ", words[i]});
  return all;
}

std::string shell_line(const std::string& program, const std::vector<std::string>& words) {
  std::string line = quoted(program);
  for (const std::string& word : words) line += text({" ", quoted(word)});
  return line;
}

std::string command_line(const std::vector<std::string>& words) {
  return shell_line(program_invocation_name, words);
}

std::string suggestion(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string best = nearest_of(word, candidates);
  return best.empty() ? "" : text({"did you mean ", best, "?"});
}

std::vector<std::string> names_in(const std::string& list) {
  std::vector<std::string> all;
  std::string name;
  const auto end = [&] {
    while (name.ends_with(' ')) name.pop_back();
    if (!name.empty()) all.push_back(name);
    name.clear();
  };
  for (size_t i = 0; i < list.size(); ++i) {
    const bool escaped = list[i] == '\\' && i + 1 < list.size() && list[i + 1] == ',';
    if (list[i] == ',') end();
    else if (escaped) name += list[++i];
    else if (list[i] != ' ' || !name.empty()) name += list[i];
  }
  end();
  return all;
}

std::vector<int64_t> number_list(const std::string& option, const std::string& words, int64_t low,
                                 int64_t high) {
  std::vector<int64_t> all;
  for (size_t begin = 0; begin <= words.size();) {
    const size_t end = std::min(words.find(',', begin), words.size());
    double v = 0;
    const std::string word = words.substr(begin, end - begin);
    if (!parse_number(word, v) || v != std::floor(v) || v < static_cast<double>(low) ||
        v > static_cast<double>(high))
      usage_error({option, " ", printable(words), " is invalid; expected whole numbers ",
                   bounds(low, high), ", separated by commas"});
    all.push_back(static_cast<int64_t>(v));
    begin = end + 1;
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace gradus::tools
