// SPDX-License-Identifier: MIT
// A temporary folder in which tests put files and run the program.
#pragma once
#include <filesystem>
#include <fstream>

#include "gradus/io/json.h"
#include "tests/catch.h"

namespace gradus::tests {

struct ProgramFolder {
  TempFolder folder;
  std::string path(const std::string& name) const { return folder.path + "/" + name; }
  void put(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }
  Finished operator()(const std::string& words) const {
    return run("cd " + folder.path + " && " + std::filesystem::absolute(gradus_program()).string() +
               " " + words);
  }
  Json json(const std::string& words) const {
    const Finished f = (*this)(words + " --json");
    INFO(words << f.out << f.err);
    REQUIRE(f.status == 0);
    return parse_json(f.out, "stdout");
  }
};

}  // namespace gradus::tests
