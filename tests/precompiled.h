// SPDX-License-Identifier: MIT
// The same as tools/precompiled.h for the tests: Catch2, too, is parsed once.
#pragma once
#include <regex>

#include "tests/catch.h"
#include "tools/precompiled.h"
