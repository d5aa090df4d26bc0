// SPDX-License-Identifier: MIT
// Like tools/precompiled.h for the tests: Catch2 is parsed once too.
#pragma once
#include <regex>

#include "tests/catch.h"
#include "tools/precompiled.h"
