// SPDX-License-Identifier: MIT
// An installed copy is complete: moved elsewhere it builds the README's first program, with
// pkg-config and CMake if they are installed, and uninstalling removes all of it. Also tests the
// messages for programs that do not compile or end with an error, and for missing packages.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "gradus/io/file.h"
#include "tests/catch.h"

using namespace gradus::tests;
using gradus::read_file;
namespace fs = std::filesystem;

namespace install_test {

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
  // Flags of a program that uses the copy; the compiler follows in the caller's command.
  std::string flags() const {
    return run("pkg-config --version").status == 0
               ? "$(PKG_CONFIG_PATH=" + root + "/lib/pkgconfig pkg-config --cflags --libs gradus)"
               : "-I" + root + "/include -L" + root + "/lib -lgradus -lopenblas -lz -fopenmp";
  }
  /// Compiles `text` as a program of a user.
  Finished compiled(const std::string& text, const std::string& program) const {
    std::ofstream(source) << text;
    return run(compiler(command) + " -std=c++20 -Wall -Wextra -Werror " + source + " " + flags() +
               " -o " + program);
  }
  TempFolder temp{};
  std::string command, root = temp.path + "/moved", source = temp.path + "/first.cpp";
  Finished done{};
};

TEST_CASE("an installed and moved copy builds the README's first program", "[install]") {
  const Installed copy;
  const std::string& root = copy.root;
  check_runs(copy.compiled(first_program(), root + "/first"), root + "/first");
  for (const char* file : {"man/man1/gradus.1", "bash-completion/completions/gradus",
                           "zsh/site-functions/_gradus", "fish/vendor_completions.d/gradus.fish"})
    CHECK(fs::file_size(root + "/share/" + file) > 1000);
  CHECK(has(run(root + "/bin/gradus --version").out, "gradus "));
}

TEST_CASE("an installed copy has the headers of the models", "[install]") {
  const Installed copy;
  const std::string program = copy.root + "/models";
  std::string text = "#include <cstdio>\n";
  for (const auto& header : fs::directory_iterator("models"))
    if (header.path().extension() == ".h")
      text += "#include <gradus/models/" + header.path().filename().string() + ">\n";
  const Finished built = copy.compiled(text + R"(int main() {
        const gradus::Gpt model({.vocab = 11, .block = 8, .d_model = 16, .nhead = 2, .layers = 1});
        std::printf("%s\n", model(gradus::zeros({1, 3}, gradus::DType::i64)).str().c_str());
      })",
                                       program);
  INFO(built.err);
  REQUIRE(built.status == 0);
  CHECK(has(run(program).out, "f32 [1, 3, 11]"));
}

TEST_CASE("an uncaught error ends a program with its message", "[install]") {
  const Installed copy;
  const std::string program = copy.root + "/throws";
  const Finished built = copy.compiled(R"(#include <gradus/gradus.h>
      int main(int, char** argv) {
        gradus::start_program(argv);
        gradus::matmul(gradus::zeros(2, 3), gradus::zeros(2, 3));
      })",
                                       program);
  INFO(built.err);
  REQUIRE(built.status == 0);
  const Finished ran = run(program);
  CHECK(ran.status != 0);
  CHECK(has(ran.err, "matmul: "));
  CHECK(has(ran.err, "[2, 3]"));
}

TEST_CASE("copying a layer does not compile and the compiler names clone", "[install]") {
  const Installed copy;
  const Finished built = copy.compiled(
      "#include <gradus/gradus.h>\n"
      "int main() { gradus::Linear a({2, 3}); gradus::Linear b = a; }\n",
      copy.root + "/copies");
  CHECK(built.status != 0);
  CHECK(has(built.err, "b = a.clone() has weights of its own"));
}

TEST_CASE("make install asks at once whether it may write", "[install]") {
  const std::string command = make();
  const TempFolder temp;
  std::ofstream(temp.path + "/file") << "not a folder\n";
  const Finished done = run(command + " install PREFIX=" + temp.path + "/file");
  CHECK(done.status != 0);
  CHECK(has(done.err, "make install: cannot write to " + temp.path + "/file"));
  CHECK(has(done.err, "make install PREFIX="));
  CHECK(has(done.err, "sudo make install"));
}

TEST_CASE("the set-up names exactly the missing packages", "[install]") {
  const std::string setup = "sh " + fs::current_path().string() + "/tools/setup.sh";
  const TempFolder temp;
  // A compiler without CLI11, and one without CLI11 and Catch2.
  const auto without = [&](const std::string& name, const std::string& words) {
    std::ofstream(temp.path + "/" + name) << "#!/bin/sh\nfor a; do case $a in *.cpp) grep -qE '"
                                          << words << "' $a && exit 1;; esac; done\n"
                                          << "exec " << compiler(make()) << " \"$@\"\n";
    fs::permissions(temp.path + "/" + name, fs::perms::owner_all);
    return "cd " + temp.path + " && DEPS=no CXX=" + temp.path + "/" + name + " " + setup;
  };
  const Finished one = run(without("some-c++", "CLI/"));
  CHECK(one.status == 1);
  CHECK(has(one.err, "that are missing: cli11. Run"));
  CHECK(has(one.err, "recommends libcli11-dev\n"));
  const Finished two = run(without("other-c++", "CLI/|catch2/"));
  CHECK(has(two.err, "recommends libcli11-dev catch2\n"));
  const Finished none = run(without("third-c++", "catch2/"));  // a build without tests
  CHECK(none.status == 0);
  CHECK(run(without("third-c++", "catch2/") + " test").status == 1);
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

// The sources in a compile_commands.json, below the checkout.
std::set<std::string> compiled_files(const std::string& path) {
  const std::string here = fs::current_path().string() + "/";
  std::set<std::string> all;
  const std::string text = read_file(path), key = "\"file\": \"";
  for (size_t at = 0; (at = text.find(key, at)) != text.npos;) {
    at += key.size();
    const std::string file = text.substr(at, text.find('"', at) - at);
    all.insert(file.starts_with(here) ? file.substr(here.size()) : file);
  }
  return all;
}

TEST_CASE("make and CMake compile the same files of the library and the program", "[install]") {
  if (run("cmake --version").status != 0) skip_test("cmake is not installed");
  const TempFolder temp;
  const Finished listed =
      run(make() + " compile_commands && mv compile_commands.json " + temp.path + "/make.json");
  INFO(listed.err);
  REQUIRE(listed.status == 0);
  const Finished configured = run("CXX=" + compiler(make()) + " cmake -S . -B " + temp.path +
                                  " -DGRADUS_BUNDLES=OFF -DCMAKE_EXPORT_COMPILE_COMMANDS=ON");
  INFO(configured.err);
  REQUIRE(configured.status == 0);
  std::set<std::string> of_make = compiled_files(temp.path + "/make.json");
  std::erase_if(of_make, [](const std::string& f) { return f.starts_with("tests/"); });
  of_make.erase("tools/demo/main.cpp");  // a program of its own
  CHECK(of_make.size() > 300);
  CHECK(compiled_files(temp.path + "/compile_commands.json") == of_make);
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

}  // namespace install_test
