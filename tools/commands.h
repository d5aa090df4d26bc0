// SPDX-License-Identifier: MIT
// The subcommands: each stands in its own file and is named here, in the order of the help.
#pragma once
#include "tools/cli.h"

namespace gradus::tools {

Command gradcheck_command();
Command bench_command();

inline constexpr Command (*all_commands[])() = {
    gradcheck_command,
    bench_command,
};

}  // namespace gradus::tools
