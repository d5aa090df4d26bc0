// SPDX-License-Identifier: MIT
// The demo as a program of its own, for `make demo`: it needs a third of the files of `gradus`, so
// that a new machine shows something before it compiles the rest.
#include "gradus/base/parallel.h"
#include "tools/commands.h"

int main(int, char** argv) {
  gradus::start_program(argv);
  return gradus::tools::demo_command().run();
}
