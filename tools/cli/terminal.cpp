// SPDX-License-Identifier: MIT
// Folds lines and escapes control characters.
#include "tools/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "data/unicode.h"
#include "gradus/base/printable_text.h"

namespace gradus::tools {

std::string folded(const std::string& lines, size_t width, size_t hanging) {
  std::istringstream in(lines);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    const size_t indent = std::min(line.find_first_not_of(' '), line.size());
    std::string rest = line;
    while (static_cast<size_t>(unicode::columns(rest)) > width) {
      const size_t fits = unicode::fitting(rest, static_cast<int64_t>(width)).size();
      const size_t text = std::min(rest.find_first_not_of(' '), rest.size());
      size_t cut = rest.rfind(' ', fits);
      if (cut == rest.npos || cut <= text) cut = std::min(rest.find(' ', text), rest.size());
      out += rest.substr(0, cut) + "\n";
      if (cut == rest.size()) break;
      rest = std::string(indent + hanging, ' ') + rest.substr(cut + 1);
    }
    if (static_cast<size_t>(unicode::columns(rest)) <= width) out += rest + "\n";
  }
  return out;
}

namespace {

size_t width_of(int terminal) {
  winsize size{};
  return ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : 80;
}

}  // namespace

void tell(const std::string& lines) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  print_text(stderr, terminal ? folded(lines, width_of(STDERR_FILENO)) : lines);
}

void print_help(const std::string& text, size_t column) {
  if (isatty(STDOUT_FILENO) == 0) return print_text(stdout, text);
  const size_t width = width_of(STDOUT_FILENO);
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const bool described =
        line.size() > column && line[column - 1] == ' ' && line[column] != ' ' && indent <= column;
    print_text(stdout, folded(line + "\n", width, described ? column - indent : 4));
  }
}

std::string counted(int64_t n, const std::string& thing) {
  return std::to_string(n) + " " + thing + (n == 1 ? "" : "s");
}

void print_text(std::FILE* to, const std::string& text) {
  const std::string safe = printable_text(text);
  std::fwrite(safe.data(), 1, safe.size(), to);
}

void print_data(const std::string& text) {
  if (isatty(STDOUT_FILENO)) return print_text(stdout, text);
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace gradus::tools
