// SPDX-License-Identifier: MIT
// What must be settled before the constructors of shared libraries run.
#pragma once

namespace gradus::tools {

/// OpenBLAS 0.3.29 takes work memory for OPENBLAS_NUM_THREADS threads in its constructor, before
/// main(), and retries forever if there is too little. If memory is limited, this ends the program
/// with a message where there is not enough for one thread, and else starts it again with one.
/// For the section .preinit_array: it uses neither the heap nor the C library's environment.
void before_libraries(int argc, char** argv, char** environment);

}  // namespace gradus::tools
