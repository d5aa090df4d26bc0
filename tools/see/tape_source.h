// SPDX-License-Identifier: MIT
// The source of a tape: a run folder, a page of the lab, or an expression in a file.
#pragma once
#include "gradus/check/tape.h"
#include "tools/cli/cli.h"

namespace gradus::tools {

/// The tape of a run's loss on `samples` samples, of a page's example, or of FILE.json.
struct NamedTape {
  std::string title;
  Tape tape;
};
NamedTape read_tape(const std::string& source, int64_t samples);

/// The pages that have an example, and the example as an expression.
struct TapePage {
  std::string name, json;
};
const std::vector<TapePage>& tape_pages();

/// "RUN|PAGE|FILE.json": declares the argument and --samples.
void declare_tape(Options& o, std::string& source, int64_t& samples);

}  // namespace gradus::tools
