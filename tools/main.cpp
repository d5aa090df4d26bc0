// SPDX-License-Identifier: MIT
// The program `gradus`. Next: tools/commands.h, then tools/verify/gradcheck.cpp
#include "gradus/base/parallel.h"
#include "tools/cli/before_libraries.h"
#include "tools/commands.h"

[[gnu::section(".preinit_array"),
  gnu::used]] static void (*const first)(int, char**, char**) = gradus::tools::before_libraries;

int main(int argc, char** argv) {
  gradus::start_program(argv);
  std::vector<gradus::tools::Command> commands;
  for (auto* command : gradus::tools::all_commands) commands.push_back(command());
  return gradus::tools::run_program(argc, argv, commands);
}
