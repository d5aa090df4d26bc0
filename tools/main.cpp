// SPDX-License-Identifier: MIT
// The program `gradus`. Next: tools/commands.h, then tools/verify/gradcheck.cpp
#include "gradus/base/parallel.h"
#include "tools/commands.h"

int main(int argc, char** argv) {
  gradus::start_program(argv);
  std::vector<gradus::tools::Command> commands;
  for (auto* command : gradus::tools::all_commands) commands.push_back(command());
  return gradus::tools::run_program(argc, argv, commands);
}
