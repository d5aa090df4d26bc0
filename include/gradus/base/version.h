// SPDX-License-Identifier: MIT
// The version of gradus (semver.org). Next: base/error.h
#pragma once

namespace gradus {

inline constexpr const char* version = "0.1.0";

}  // namespace gradus
