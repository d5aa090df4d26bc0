// SPDX-License-Identifier: MIT
// The files of an exercise's folder.
#include <filesystem>

#include "gradus/base/error.h"
#include "gradus/check/exercise.h"
#include "gradus/io/file.h"
#include "tools/exercise/pages.h"
#include "tools/lab/page.h"

namespace gradus::tools {
namespace {

namespace fs = std::filesystem;

std::string section(const std::string& title, const std::string& text) {
  return "\n## " + title + "\n" + text;
}

std::string hints_text(const ExercisePage& p) {
  std::string out = "\nRead one only when you are stuck.\n\n";
  for (size_t i = 0; i < p.hints.size(); ++i) out += text({i + 1, ". ", p.hints[i], "\n"});
  return out;
}

std::string work_text(const std::string& name) {
  return "\n1. Write the code in `" + name + ".h` where it says `exercise::hole(...)`.\n" +
         "2. Run `make check`. It compares your code with the library's, element by element, and " +
         "says which mistake a wrong\n   number looks like. Repeat.\n" +
         "3. Then strengthen `my_test.h`. It gets a function that may be right or wrong, and "
         "must " +
         "find out which. The check calls it with\n   many wrong versions and names those "
         "that " +
         "it lets through.\n\n" + "`make check` ends with exit status 0 when all is right.\n";
}

std::string readme(const ExercisePage& p) {
  const exercise::Solution place = exercise::solution(p.name);
  return "# " + p.name + ": " + p.title + "\n" + p.what + section("Formula", p.formula) +
         section("Shapes and edge cases", p.shapes) +
         section("An example with numbers", p.example) + section("How to work", work_text(p.name)) +
         section("Functions to use", functions_text(p)) +
         section("A strong test", strong_test_text(p)) + section("Hints", hints_text(p)) +
         section("The library's own solution", "\n" + place_text({place.file, place.words}) +
                                                   " in gradus's source. Look there when yours "
                                                   "passes: it does more and is faster.\n");
}

// The code, with an assertion after each rule: without it, a misspelt backward would give a page
// of messages about concepts.
std::string asserted(const std::string& code) {
  std::string out = code;
  const std::string begin = "\nstruct ", end = "\n};\n";
  for (size_t at = 0; (at = out.find(begin, at)) != out.npos;) {
    const size_t word = at + begin.size();
    const std::string name = out.substr(word, out.find(' ', word) - word);
    at = out.find(end, at) + end.size();
    const std::string line =
        "static_assert(Rule<" + name + ">, \"forward or backward is missing or misspelt\");\n";
    out.insert(at, line);
  }
  return out;
}

std::string header(const ExercisePage& p) {
  return "// " + p.name + ": " + p.title + ". README.md explains it; `make check` marks it.\n" +
         "#pragma once\n" + "#include <gradus/check/exercise.h>\n#include <gradus/gradus.h>\n" +
         (p.includes.empty() ? "" : "\n" + p.includes) + "\nnamespace mine {\n\n" +
         "using namespace gradus;\n" + asserted(p.code) + "\n}  // namespace mine\n";
}

std::string test_header(const ExercisePage& p) {
  return "// Your test: whether `" + p.name + "`, which may be right or wrong, looks right.\n" +
         "// Make it strong enough to notice every wrong version.\n#pragma once\n" +
         "#include <gradus/gradus.h>\n\n#include <cmath>\n#include <functional>\n\n" +
         "namespace mine {\n\nusing namespace gradus;\n" + p.test + "\n}  // namespace mine\n";
}

std::string check_program(const std::string& name) {
  return "// Marks " + name + ".h and my_test.h. There is nothing to change here.\n#include \"" +
         name + ".h\"\n#include \"my_test.h\"\n\nint main() {\n  return gradus::exercise::run(\"" +
         name + "\", mine::" + name + ", mine::my_test);\n}\n";
}

// ---- where gradus is

struct Place {
  std::string root;  // root of a checkout or of an installed copy, or ""
  std::string library{};
};

Place place_of_program() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (fs::path at = program.parent_path(); !at.empty(); at = at.parent_path()) {
    if (fs::exists(at / "include/gradus/gradus.h", error)) {
      for (const fs::path& library :
           {program.parent_path() / "libgradus.a", at / "lib/libgradus.a"})
        if (fs::exists(library, error)) return {at.string(), library.string()};
      return {at.string()};
    }
    if (at == at.root_path()) break;
  }
  return {};
}

// For a recipe: quoted for the shell, with make's $ doubled.
std::string quoted(const std::string& path) {
  std::string out = "'";
  for (char c : path) out += c == '$' ? "$$" : c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

// For a list of prerequisites, where make splits at spaces.
std::string as_prerequisite(const std::string& path) {
  std::string out;
  for (char c : path) {
    if (c == ' ' || c == '#' || c == ':') out += '\\';
    out += c == '$' ? "$$" : std::string(1, c);
  }
  return out;
}

std::string makefile(const std::string& name) {
  const Place place = place_of_program();
  std::string found;
  if (place.library.empty()) {
    const std::string where =
        place.root.empty()
            ? ""
            : "PKG_CONFIG_PATH=" + quoted(place.root + "/lib/pkgconfig") + ":$$PKG_CONFIG_PATH ";
    found = "FLAGS = $(shell " + where + "pkg-config --cflags gradus)\n" + "LIBS  = $(shell " +
            where + "pkg-config --libs gradus)\n";
  } else {
    found = "FLAGS = -I" + quoted(place.root + "/include") + "\n" +
            "LIBS  = " + quoted(place.library) + " -lopenblas -lz\n";
  }
  return "# make check   compiles your code with its check, and runs it\n"
         "# The next lines say where gradus is. Change them if it has moved, for example to\n"
         "#   FLAGS = $(shell pkg-config --cflags gradus)\n"
         "#   LIBS  = $(shell pkg-config --libs gradus)\n" +
         found +
         "\n.PHONY: check clean\ncheck: marks\n\t@./marks\n"
         "marks: check.cpp " +
         name + ".h my_test.h " + as_prerequisite(place.library) +
         "\n\t@echo 'Compiling takes a few seconds.'\n"
         "\t@$(CXX) -std=c++20 -O1 -g -Wall -Werror=return-type "
         "-Wfatal-errors -fopenmp -D_GLIBCXX_ASSERTIONS $(FLAGS) check.cpp "
         "$(LIBS) -o $@\nclean:\n\trm -f marks\n";
}

}  // namespace

void write_exercise(const ExercisePage& page, const std::string& folder) {
  const fs::path at(folder);
  std::error_code error;
  if (fs::symlink_status(at, error).type() != fs::file_type::not_found)
    argument_error({printable(folder, 200),
                    " exists already, and nothing was changed; "
                    "choose another folder with --to"});
  if (at.has_parent_path()) fs::create_directories(at.parent_path(), error);
  if (!fs::create_directory(at, error))
    file_error({printable(folder, 200), ": the folder cannot be made: ",
                error ? error.message() : std::string("it exists")});
  try {
    write_file((at / "README.md").string(), readme(page));
    write_file((at / (page.name + ".h")).string(), header(page));
    write_file((at / "my_test.h").string(), test_header(page));
    write_file((at / "check.cpp").string(), check_program(page.name));
    write_file((at / "Makefile").string(), makefile(page.name));
  } catch (...) {
    fs::remove_all(at, error);  // nothing but what was just written
    throw;
  }
}

}  // namespace gradus::tools
