// SPDX-License-Identifier: MIT
// Text of unknown origin on its way to a terminal.
#pragma once
#include <string>
#include <string_view>

namespace gradus {

/// Text of any length for a terminal: line ends and tabs stay; whatever could move the cursor or
/// talk to the terminal (other control characters, U+0080 to U+009F, bad UTF-8) becomes \xNN.
std::string printable_text(std::string_view bytes);

}  // namespace gradus
