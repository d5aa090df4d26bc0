// SPDX-License-Identifier: MIT
// The demo as a separate program, for `make demo`: it needs a third of the files of `gradus`, so it
// runs on a new machine before the rest is compiled.
#include "gradus/base/parallel.h"
#include "tools/commands.h"

int main(int, char** argv) {
  gradus::start_program(argv);
  return gradus::tools::demo_command().run();
}
