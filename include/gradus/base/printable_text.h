// SPDX-License-Identifier: MIT
// Printing untrusted text to a terminal.
#pragma once
#include <string>
#include <string_view>

namespace gradus {

/// Text of any length made safe for a terminal: line ends and tabs are kept; anything that could
/// move the cursor or control the terminal (other control characters, U+0080 to U+009F, invalid
/// UTF-8) becomes \xNN.
std::string printable_text(std::string_view bytes);

}  // namespace gradus
