// SPDX-License-Identifier: MIT
// Collects the commands.
#include "tools/shell/command_info.h"

#include "tools/commands.h"

namespace gradus::tools {
namespace {

CommandInfo described(const Command& command) {
  CommandInfo info{command.name, command.summary, command.examples};
  info.options = options_of(command);
  info.options.push_back({"--help", "", "print the help"});
  for (const Command& part : command.parts) info.parts.push_back(described(part));
  return info;
}

}  // namespace

CommandInfo described_program() {
  CommandInfo all{"gradus", "trains, checks and explains neural networks"};
  all.options = {{"--help", "", "print the help"},
                 {"--version", "", "version, BLAS, threads and compiler"}};
  for (auto* command : all_commands) all.parts.push_back(described(command()));
  return all;
}

std::string brief(const std::string& help) {
  std::string all = help.substr(0, help.find_first_of(";[("));
  while (all.ends_with(' ')) all.pop_back();
  return all.empty() ? help : all;
}

}  // namespace gradus::tools
