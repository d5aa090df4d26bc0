// SPDX-License-Identifier: MIT
// An installed copy is whole: moved to another place it builds the README's first program, with
// pkg-config and with CMake where they are, and uninstalling leaves nothing behind.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "gradus/io/file.h"
#include "tests/catch.h"

using namespace gradus::tests;
using gradus::read_file;
namespace fs = std::filesystem;

namespace {

// The first block of code after the mark.
std::string first_program() {
  const std::string readme = read_file("README.md"), fence = "```cpp\n";
  const size_t mark = readme.find("<!-- first-program -->");
  REQUIRE(mark != std::string::npos);
  const size_t begin = readme.find(fence, mark) + fence.size();
  return readme.substr(begin, readme.find("```\n", begin) - begin);
}

std::string make() {
  const char* command = std::getenv("GRADUS_MAKE");
  if (sanitized || !command) skip_test("installs release builds made by make test");
  return command;
}

std::string compiler(const std::string& make_command) {
  const size_t at = make_command.find("CXX=") + 4;
  return make_command.substr(at, make_command.find(' ', at) - at);
}

void check_runs(const Finished& built, const std::string& program) {
  INFO(built.out << built.err);
  REQUIRE(built.status == 0);
  const Finished ran = run(program);
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK(has(ran.out, "step 500  loss 0.00"));
}

struct Installed {
  Installed() : command(make()) {
    done = run(command + " install PREFIX=/opt/gradus DESTDIR='" + temp.path + "/stage area'");
    INFO(done.out << done.err);
    REQUIRE(done.status == 0);
    fs::rename(temp.path + "/stage area/opt/gradus", root);
    std::ofstream(source) << first_program();
  }
  TempFolder temp{};
  std::string command, root = temp.path + "/moved", source = temp.path + "/first.cpp";
  Finished done{};
};

}  // namespace

TEST_CASE("an installed and moved copy builds the README's first program", "[install]") {
  const Installed copy;
  const std::string& root = copy.root;
  const bool has_pkg_config = run("pkg-config --version").status == 0;
  const std::string flags =
      has_pkg_config
          ? "$(PKG_CONFIG_PATH=" + root + "/lib/pkgconfig pkg-config --cflags --libs gradus)"
          : "-I" + root + "/include -L" + root + "/lib -lgradus -lopenblas -fopenmp";
  check_runs(run(compiler(copy.command) + " -std=c++20 -Wall -Wextra -Werror " + copy.source + " " +
                 flags + " -o " + root + "/first"),
             root + "/first");
  CHECK(has(run(root + "/bin/gradus --version").out, "gradus "));
}

TEST_CASE("an installed and moved copy is found by CMake", "[install]") {
  if (run("cmake --version").status != 0) skip_test("cmake is not installed");
  const Installed copy;
  std::ofstream(copy.temp.path + "/CMakeLists.txt")
      << "cmake_minimum_required(VERSION 3.18)\nproject(first CXX)\n"
         "find_package(gradus 0.1 REQUIRED)\nadd_executable(first first.cpp)\n"
         "target_link_libraries(first gradus::gradus)\n";
  check_runs(run("cd " + copy.temp.path + " && CXX=" + compiler(copy.command) +
                 " cmake -S . -B b -DCMAKE_PREFIX_PATH=" + copy.root + " && cmake --build b"),
             copy.temp.path + "/b/first");
}

TEST_CASE("uninstalling removes what was installed and nothing else", "[install]") {
  const std::string command = make();
  const TempFolder temp;
  const std::string where = " PREFIX=" + temp.path + "/usr libdir=" + temp.path + "/usr/lib/here";
  fs::create_directories(temp.path + "/usr/include/other");
  std::ofstream(temp.path + "/usr/include/other/mine.h") << "kept\n";
  REQUIRE(run(command + " install" + where).status == 0);
  const std::string pc = read_file(temp.path + "/usr/lib/here/pkgconfig/gradus.pc");
  CHECK(has(pc, "prefix=${pcfiledir}/../../.."));
  CHECK(has(pc, "libdir=${prefix}/lib/here"));
  REQUIRE(run(command + " uninstall" + where).status == 0);
  std::string left;
  for (const auto& entry : fs::recursive_directory_iterator(temp.path))
    if (entry.is_regular_file()) left += entry.path().filename().string() + " ";
  CHECK(left == "mine.h ");
  CHECK(!fs::exists(temp.path + "/usr/include/gradus"));
}
