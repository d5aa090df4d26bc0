// SPDX-License-Identifier: MIT
// Checks the rules of the source code: which folder may include which, where threads and the BLAS
// may appear, limits on length. The tests run in the folder of the checkout.
#include "tests/catch.h"
#include "tests/source.h"

#include <algorithm>
#include <cctype>
#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace gradus::tests;

namespace house_test {

// Folders from left to right; those with the same number do not include each other.
const std::map<std::string, int> rooms = {
    {"base", 0},   {"kernels", 1}, {"tensor", 2}, {"autograd", 3}, {"ops", 4},
    {"nn", 5},     {"optim", 6},   {"io", 6},     {"data", 6},     {"train", 7},
    {"models", 8}, {"check", 9},   {"tools", 10}, {"tests", 11}};

// "src/ops/softmax.cpp" -> "ops"; "gradus/ops/softmax.h", "ops/x.h", "models/gpt.h" too.
std::string room_of(std::string path) {
  for (const std::string before : {"include/", "src/", "gradus/"})
    if (path.rfind(before, 0) == 0) path = path.substr(before.size());
  const size_t slash = path.find('/');
  return slash == path.npos ? "" : path.substr(0, slash);
}

const std::vector<SourceFile>& sources() {
  static const std::vector<SourceFile> all = source_files();
  return all;
}

// Checks every file, and reports all violations of a rule in one message.
template <class Rule> void check_each(Rule rule) {
  size_t looked_at = 0;
  std::string broken;
  for (const SourceFile& f : sources())
    looked_at += rule(f, [&](size_t line, const std::string& what) {
      broken += f.path + ":" + std::to_string(line) + ": " + what + "\n";
    });
  INFO(broken);
  CHECK(broken.empty());
  CHECK(looked_at > 40);  // a test that sees no files proves nothing
}

// A regular expression takes microseconds even if it cannot match, so only lines that contain
// `needle` are tried.
bool matches(const std::string& text, const char* needle, const std::regex& pattern) {
  return has(text, needle) && std::regex_search(text, pattern);
}

bool is_blank_or_comment(const std::string& line) {
  const size_t start = line.find_first_not_of(" \t");
  return start == line.npos || line.compare(start, 2, "//") == 0;
}

// The first absolute path into one of these folders, or "".
std::string machine_path(const std::string& text) {
  for (const char* folder : {"home", "root", "work", "Users", "mnt"}) {
    const std::string path = "/" + std::string(folder) + "/";
    for (size_t at = text.find(path); at != text.npos; at = text.find(path, at + 1)) {
      const char before = at == 0 ? ' ' : text[at - 1];
      const bool relative =
          std::isalnum(static_cast<unsigned char>(before)) || has("_.$})*", std::string(1, before));
      if (!relative) return text.substr(at, text.find_first_of(" \n\"'", at) - at);
    }
  }
  return "";
}

TEST_CASE("files include only from their own folder or folders to the left", "[house]") {
  const std::regex include("^ *# *include *\"([^\"]+)\"");
  check_each([&](const SourceFile& f, auto broken) {
    const std::string mine = room_of(f.path);
    if (f.path == "include/gradus/gradus.h") return 1;
    if (!rooms.count(mine)) broken(1, "is in no room");
    for (size_t i = 0; i < f.lines.size(); ++i) {
      std::smatch m;
      if (!has(f.lines[i], "include") || !std::regex_search(f.lines[i], m, include)) continue;
      const std::string target = m[1], theirs = room_of(target);
      if (theirs.empty()) continue;  // beside this file
      if (target == "gradus/gradus.h" && rooms.at(mine) > rooms.at("train")) continue;
      if (!rooms.count(theirs)) broken(i + 1, target + " is in no room");
      else if (mine != theirs && rooms.at(theirs) >= rooms.at(mine))
        broken(i + 1, mine + " must not include " + target);
    }
    return 1;
  });
}

TEST_CASE("folders of tools and models include each other in one direction", "[house]") {
  const std::regex include("^#include \"((?:tools|models)/[^\"]+)/[^/\"]+\"");
  std::map<std::string, std::set<std::string>> to;
  for (const SourceFile& f : sources()) {
    const std::string folder = f.path.substr(0, f.path.rfind('/'));
    if (folder.rfind("tools", 0) != 0 && folder.rfind("models", 0) != 0) continue;
    for (const std::string& line : f.lines)
      if (std::smatch m; matches(line, "#include", include) && std::regex_search(line, m, include))
        if (m[1] != folder) to[folder].insert(m[1]);
  }
  CHECK(to.size() > 10);
  // Removes folders that include no remaining folder; what is left is a cycle.
  for (bool found = true; found;) {
    found = false;
    for (auto i = to.begin(); i != to.end(); ++i) {
      const bool free = std::none_of(i->second.begin(), i->second.end(),
                                     [&](const std::string& other) { return to.count(other); });
      if (!free) continue;
      to.erase(i);
      found = true;
      break;
    }
  }
  std::string circle;
  for (const auto& [folder, others] : to) circle += folder + " ";
  INFO("these include each other: " << circle);
  CHECK(to.empty());
}

TEST_CASE("helpers of a test are in a namespace that no other file has", "[house]") {
  // Files of a folder are compiled together, and two files with the same name are linked.
  const std::regex end("^\\}  // namespace ([a-z_0-9]+)$");
  check_each([&](const SourceFile& f, auto broken) {
    if (room_of(f.path) != "tests") return 0;
    std::string expected = f.path.substr(6, f.path.rfind('.') - 6);
    std::replace(expected.begin(), expected.end(), '/', '_');
    std::smatch m;
    if (!std::regex_search(f.lines.back(), m, end)) return 0;
    if (m[1] != expected) broken(f.lines.size(), "the namespace must be called " + expected);
    return 1;
  });
}

TEST_CASE("threads start only in base/parallel and products only in kernels/gemm.cpp", "[house]") {
  const std::regex simd_pragma("# *pragma omp (declare )?simd");
  const std::regex openmp("pragma *omp|include *<omp.h>|\\bomp_\\w+ *\\(");
  const std::regex blas_name("include *<cblas|\\bcblas_\\w+|\\bopenblas_\\w+");
  const std::regex thread("std::(thread|async|jthread)\\b");
  check_each([&](const SourceFile& f, auto broken) {
    const std::string room = room_of(f.path);
    if (room == "tests") return 0;
    const bool parallel = room == "base" && base_name(f.path) == "parallel";
    const bool blas = f.path == "src/kernels/gemm.cpp" || f.path == "src/base/parallel.cpp";
    for (size_t i = 0; i < f.code.size(); ++i) {
      const std::string& line = f.code[i];
      const bool simd = room == "kernels" && matches(line, "omp", simd_pragma);
      if (!parallel && !simd && (matches(line, "omp", openmp) || has(line, "_Pragma")))
        broken(i + 1, "OpenMP");
      if (!blas && matches(line, "blas", blas_name)) broken(i + 1, "BLAS");
      const bool command_line = f.path == "tools/cli/cli.cpp" || f.path == "tools/cli/options.cpp";
      if (!command_line && has(line, "<CLI/")) broken(i + 1, "CLI11");
      if (has(line, "<catch2/")) broken(i + 1, "Catch2");
      if (matches(line, "std::", thread)) broken(i + 1, "threads of its own");
    }
    return 1;
  });
}

TEST_CASE("headers and sources and functions and lines are short", "[house]") {
  check_each([](const SourceFile& f, auto broken) {
    const bool test = room_of(f.path) == "tests";
    const size_t limit = test ? 600 : f.is_header() ? 200 : 400;
    if (f.lines.size() > limit)
      broken(limit, std::to_string(f.lines.size()) + " lines; at most " + std::to_string(limit));
    for (size_t i = 0; i < f.lines.size(); ++i)
      if (const size_t n = columns(f.lines[i]); n > 100)
        broken(i + 1, std::to_string(n) + " columns");
    for (const Block& b : function_bodies(f))
      if (b.last - b.first + 1 > 40)
        broken(b.first + 1, "a function of " + std::to_string(b.last - b.first + 1) + " lines");
    return 1;
  });
}

TEST_CASE("every file states its licence and its contents", "[house]") {
  check_each([](const SourceFile& f, auto broken) {
    if (f.lines.size() < 2 || !has(f.lines[0], "SPDX-License-Identifier: MIT"))
      broken(1, "the SPDX line is missing");
    else if (f.lines[1].rfind("//", 0) != 0) broken(2, "a line on what lives here is missing");
    if (f.is_header() && std::find(f.lines.begin(), f.lines.end(), "#pragma once") == f.lines.end())
      broken(1, "#pragma once is missing");
    return 1;
  });
  for (const char* script : {"Makefile", "tools/setup.sh", ".ci/run", "tests/distributions.sh",
                             "tests/debian_mirror.sh", "tests/catch2_v3.sh"}) {
    INFO(script);
    CHECK(has(read_text(script).substr(0, 80), "SPDX-License-Identifier: MIT"));
  }
}

TEST_CASE("the reading thread follows gradus.h", "[house]") {
  const std::regex include("#include \"gradus/([^\"]+)\"");
  const std::string all = read_text("include/gradus/gradus.h");
  std::vector<std::string> headers;
  for (std::sregex_iterator m(all.begin(), all.end(), include), end; m != end; ++m)
    headers.push_back((*m)[1]);
  REQUIRE(headers.size() > 60);
  const std::string mark = "// Next: ";
  for (size_t i = 0; i < headers.size(); ++i) {
    std::istringstream text(read_text("include/gradus/" + headers[i]));
    std::string line, last, named;
    size_t marks = 0;
    while (std::getline(text, line) && line.rfind("//", 0) == 0) {
      if (line.rfind(mark, 0) == 0) ++marks;
      last = line;
    }
    if (last.rfind(mark, 0) == 0) named = last.substr(mark.size());
    const bool is_last = i + 1 == headers.size();
    INFO("include/gradus/" << headers[i] << ": the last line of its head comment");
    CHECK(named == (is_last ? "" : headers[i + 1]));
    CHECK(marks == (is_last ? 0u : 1u));
  }
}

TEST_CASE("no file contains an absolute path of some machine", "[house]") {
  size_t looked_at = 0;
  for (const std::string& path : text_files()) {
    const std::string text = read_text(path);
    ++looked_at;
    const std::string found = machine_path(text);
    INFO(path << ": " << found);
    CHECK(found.empty());
  }
  CHECK(looked_at > 60);
}

TEST_CASE("base to nn stays readable: at most 14200 lines of code", "[house]") {
  // Without blank lines and comments. The aim is 6,000: lower the limit whenever a page shrinks.
  std::map<std::string, size_t> lines;
  size_t total = 0;
  for (const SourceFile& f : sources()) {
    const std::string room = room_of(f.path);
    if (!rooms.count(room) || rooms.at(room) > rooms.at("nn")) continue;
    for (const std::string& line : f.lines) {
      if (is_blank_or_comment(line)) continue;
      ++lines[room];
      ++total;
    }
  }
  std::cout << "lines of code from base to nn: " << total << " (";
  for (const auto& [room, n] : lines) std::cout << " " << room << " " << n;
  std::cout << " )\n";
  CHECK(total > 2000);
  CHECK(total <= 14200);
}

TEST_CASE("an afternoon: the files of docs/reading.md have at most 6000 lines of code", "[house]") {
  const std::string page = read_text("docs/reading.md");
  const std::regex row("\\| `([\\w/]+)` \\| ([^|]*) \\|\n"), name("`(\\w+\\.(?:h|cpp))`");
  std::set<std::string> listed;
  for (std::sregex_iterator i(page.begin(), page.end(), row), end; i != end; ++i) {
    const std::string files = (*i)[2];
    for (std::sregex_iterator f(files.begin(), files.end(), name); f != end; ++f)
      listed.insert(std::string((*i)[1]) + "/" + std::string((*f)[1]));
  }
  CHECK(listed.size() > 40);
  for (const char* part : {"src/autograd/engine.cpp", "src/ops/softmax.cpp", "src/optim/adam.cpp"})
    CHECK(listed.count(part));
  size_t total = 0, seen = 0;
  for (const SourceFile& f : sources()) {
    if (!listed.count(f.path)) continue;
    ++seen;
    for (const std::string& line : f.lines) total += !is_blank_or_comment(line);
  }
  CHECK(seen == listed.size());  // each of them exists
  INFO(total << " lines of code");
  CHECK(total <= 6000);
}

TEST_CASE("declaration and page and row of an op share one base name", "[house]") {
  std::set<std::string> families, known;
  for (const std::string& header : ops_headers()) families.insert(base_name(header));
  REQUIRE(families.size() >= 2);
  known = families;
  for (const std::string& op : declared_ops()) known.insert(op);
  const auto belongs = [&](const std::string& base) {  // softmax, or softmax_backward
    if (known.count(base)) return true;
    for (const std::string& k : known)
      if (base.rfind(k + "_", 0) == 0) return true;
    return false;
  };
  std::set<std::string> pages, rows, shared = {"check"};
  for (const SourceFile& f : sources())  // what several pages share has a private header
    if (f.path.rfind("src/ops/", 0) == 0 && f.is_header()) shared.insert(base_name(f.path));
  for (const SourceFile& f : sources()) {
    const std::string base = base_name(f.path);
    if (f.path.rfind("src/ops/", 0) == 0 && !shared.count(base)) {
      INFO(f.path);
      CHECK(belongs(base));
      pages.insert(base);
    }
    if (f.path.rfind("src/check/rows/", 0) == 0) {
      INFO(f.path);
      CHECK(belongs(base));
      rows.insert(base);
    }
  }
  const auto some_of = [](const std::set<std::string>& bases, const std::string& family) {
    return std::any_of(bases.begin(), bases.end(), [&](const std::string& base) {
      return base == family || base.rfind(family + "_", 0) == 0;
    });
  };
  for (const std::string& family : families) {
    INFO("include/gradus/ops/" << family << ".h");
    CHECK(some_of(pages, family));
    CHECK(some_of(rows, family));
  }
}

TEST_CASE("the search for files in docs/design.md finds the files it lists", "[house]") {
  const std::string page = read_text("docs/design.md");
  std::smatch m;
  REQUIRE(std::regex_search(page, m, std::regex("git ls-files '\\*(\\w+)\\*'")));
  std::set<std::string> folders;
  for (const SourceFile& f : sources())
    if (base_name(f.path).rfind(m[1], 0) == 0) folders.insert(f.path.substr(0, f.path.rfind('/')));
  for (const char* folder : {"include/gradus/ops", "src/ops", "src/kernels", "src/check/rows"}) {
    INFO(m.str() << " finds nothing in " << folder);
    CHECK(folders.count(folder));
  }
}

}  // namespace house_test
