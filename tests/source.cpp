// SPDX-License-Identifier: MIT
// Parses just enough of C++: comments, strings, braces.
#include "tests/source.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>

namespace gradus::tests {
namespace {

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Comments and the inside of strings and character constants become blanks.
std::string bare_code(const std::string& text) {
  std::string out = text;
  const auto blank = [&](size_t from, size_t to) {
    for (size_t i = from; i < to && i < out.size(); ++i)
      if (out[i] != '\n') out[i] = ' ';
  };
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    if (text.compare(i, 2, "//") == 0) {
      end = std::min(text.find('\n', i), text.size());
      blank(i, end);
    } else if (text.compare(i, 2, "/*") == 0) {
      end = std::min(text.find("*/", i), text.size() - 2) + 2;
      blank(i, end);
    } else if (text.compare(i, 3, "R\"(") == 0) {
      end = std::min(text.find(")\"", i), text.size() - 2) + 2;
      blank(i + 3, end - 2);
    } else if (text[i] == '"' || (text[i] == '\'' && (i == 0 || !isalnum(text[i - 1])))) {
      while (end < text.size() && text[end] != text[i]) end += text[end] == '\\' ? 2 : 1;
      blank(i + 1, end);
      ++end;
    }
    i = end;
  }
  return out;
}

bool starts_with_word(const std::string& text, const std::string& word) {
  if (text.compare(0, word.size(), word) != 0) return false;
  const char next = text.size() > word.size() ? text[word.size()] : ' ';
  return !isalnum(static_cast<unsigned char>(next)) && next != '_';
}

bool ends_with_word(const std::string& text, const char* word) {
  const std::string w = word;
  return text.size() >= w.size() && text.compare(text.size() - w.size(), w.size(), w) == 0;
}

// Whether the brace after `before` (the text since the last ; { or }) opens a body.
bool opens_body(std::string before) {
  while (!before.empty() && isspace(static_cast<unsigned char>(before.back()))) before.pop_back();
  const size_t start = before.find_first_not_of(" \n\t");
  if (start == before.npos) return false;
  const std::string head = before.substr(start);
  static const std::regex lambda("\\]\\s*(\\([^()]*\\))?[^()]*$");
  static const std::regex return_type("->\\s*[\\w:<>,&* ]+$");
  for (const char* word : {"if", "for", "while", "switch", "else", "do", "namespace", "struct",
                           "class", "enum", "union", "catch", "try"})
    if (starts_with_word(head, word) && !std::regex_search(head, lambda)) return false;
  if (head.find('(') == head.npos) return ends_with_word(head, "]");  // [] {
  for (const char* word : {")", "const", "noexcept", "override", "mutable", "final"})
    if (ends_with_word(head, word)) return true;
  return head.find("->") != head.npos && std::regex_search(head, return_type);
}

}  // namespace

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path + "; tests run in the checkout");
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

std::string base_name(const std::string& path) {
  return std::filesystem::path(path).stem().string();
}

size_t columns(const std::string& line) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<size_t>(std::count_if(line.begin(), line.end(), begins));
}

std::vector<std::string> text_files() {
  static const std::set<std::string> kinds = {".h",   ".cpp", ".sh",    ".md",
                                              ".txt", ".in",  ".cmake", ""};
  std::vector<std::string> paths;
  for (const char* folder : {"include", "src", "models", "tools", "tests", "docs", ".ci", "."}) {
    if (!std::filesystem::is_directory(folder)) continue;
    const bool here = std::string(folder) == ".";
    for (auto at = std::filesystem::recursive_directory_iterator(folder); at != end(at); ++at) {
      if (here) at.disable_recursion_pending();
      const std::string path = here ? at->path().filename().string() : at->path().string();
      if (at->is_regular_file() && kinds.count(at->path().extension().string()) && path != ".git")
        paths.push_back(path);
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<SourceFile> source_files() {
  std::vector<SourceFile> all;
  for (const std::string& path : text_files()) {
    const std::string kind = std::filesystem::path(path).extension().string();
    if (kind != ".h" && kind != ".cpp") continue;
    const std::string text = read_text(path);
    all.push_back({path, split_lines(text), split_lines(bare_code(text))});
  }
  return all;
}

std::vector<Block> function_bodies(const SourceFile& f) {
  struct Open {
    size_t first;
    bool body;
  };
  std::vector<Open> open;
  std::vector<Block> blocks;
  std::string before;
  size_t first = 0;  // the line where `before` begins
  for (size_t line = 0; line < f.code.size(); ++line) {
    const size_t start = f.code[line].find_first_not_of(' ');
    if (start != std::string::npos && f.code[line][start] == '#') continue;
    for (char c : f.code[line] + "\n") {
      const bool blank = isspace(static_cast<unsigned char>(c));
      if (c == '{') {
        open.push_back({first, opens_body(before)});
      } else if (c == '}' && !open.empty()) {
        if (open.back().body) blocks.push_back({open.back().first, line});
        open.pop_back();
      }
      if (c == '{' || c == '}' || c == ';') {
        before.clear();
      } else {
        if (before.empty() && blank) continue;
        if (before.empty()) first = line;
        before += c;
      }
    }
  }
  return blocks;
}

std::vector<std::string> ops_headers() {
  std::vector<std::string> headers;
  for (const std::string& path : text_files())
    if (path.rfind("include/gradus/ops/", 0) == 0 && base_name(path) != "check")
      headers.push_back(path);
  return headers;
}

std::vector<std::string> declared_ops() {
  std::set<std::string> names;
  const std::regex declaration("^(?:inline )?[A-Z]\\w* ([a-z]\\w*)\\(");
  for (const std::string& header : ops_headers())
    for (const std::string& line : split_lines(read_text(header))) {
      std::smatch m;
      if (std::regex_search(line, m, declaration)) names.insert(m[1]);
    }
  names.erase("operator");
  return {names.begin(), names.end()};
}

}  // namespace gradus::tests
