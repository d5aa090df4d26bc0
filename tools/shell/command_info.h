// SPDX-License-Identifier: MIT
// The table of commands with everything that they accept.
#pragma once
#include "tools/cli/cli.h"

namespace gradus::tools {

struct CommandInfo {
  std::string name, summary;
  std::vector<std::string> examples{};
  std::vector<OptionInfo> options{};  // and arguments, in the order of the help
  std::vector<CommandInfo> parts{};
};

/// The whole program, as `gradus --help` and the help of its commands describe it.
CommandInfo described_program();

/// The help of an option up to its first semicolon or bracket: "number of epochs".
std::string brief(const std::string& help);

}  // namespace gradus::tools
