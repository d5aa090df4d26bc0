// SPDX-License-Identifier: MIT
// The program `gradus`.
#include "gradus/base/parallel.h"

int main(int, char** argv) { gradus::start_program(argv); }
