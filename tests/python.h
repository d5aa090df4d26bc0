// SPDX-License-Identifier: MIT
// Python as an independent check in tests; gradus itself never needs it.
#pragma once
#include <cstdlib>
#include <initializer_list>
#include <string>

#include "tests/catch.h"

namespace gradus::tests {

/// A Python that can import all these modules: $GRADUS_PYTHON or python3. The test case is skipped
/// if there is none.
inline std::string python_with(std::initializer_list<const char*> modules) {
  const char* chosen = std::getenv("GRADUS_PYTHON");
  const std::string python = chosen ? chosen : "python3";
  std::string all;
  for (const char* m : modules) all += (all.empty() ? "" : ", ") + std::string(m);
  if (run(python + " -c 'import " + all + "'").status != 0)
    skip_test(python + " cannot import " + all + "; GRADUS_PYTHON can name another one");
  return python;
}

}  // namespace gradus::tests
