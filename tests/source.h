// SPDX-License-Identifier: MIT
// The project's files as text, for tests of the rules of the source code.
#pragma once
#include <string>
#include <vector>

namespace gradus::tests {

struct SourceFile {
  std::string path;  // relative to the checkout
  std::vector<std::string> lines;
  std::vector<std::string> code;  // the same without comments and the inside of strings
  bool is_header() const { return path.size() > 2 && path.substr(path.size() - 2) == ".h"; }
};

/// All .h and .cpp files of the checkout.
std::vector<SourceFile> source_files();
/// Paths of all hand-written files: sources, scripts, pages.
std::vector<std::string> text_files();
std::string read_text(const std::string& path);
/// "src/ops/softmax.cpp" -> "softmax".
std::string base_name(const std::string& path);
/// UTF-8 characters.
size_t columns(const std::string& line);

/// Lines first..last, counted from 0.
struct Block {
  size_t first, last;
};
/// Every function and lambda with a body, from the line of its name to its closing brace.
std::vector<Block> function_bodies(const SourceFile& f);

/// The headers of include/gradus/ops that declare ops.
std::vector<std::string> ops_headers();
/// The names of all ops that they declare: functions that return a Tensor or several.
std::vector<std::string> declared_ops();

}  // namespace gradus::tests
