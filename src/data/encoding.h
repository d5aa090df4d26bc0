// SPDX-License-Identifier: MIT
// Text files in encodings other than UTF-8.
#pragma once
#include <string>
#include <string_view>

#include "gradus/data/csv.h"

namespace gradus {

/// The text of a file in UTF-8, without a byte order mark. Recognises UTF-16 with a mark; anything
/// else is taken as UTF-8 unless `encoding` is set, and is not checked here. Sets `about` to
/// "encoding UTF-16" etc. if it is not UTF-8. Throws std::runtime_error, with `name`, for truncated
/// or invalid UTF-16, and for text that looks like UTF-16 without a mark.
std::string utf8_text(std::string_view bytes, TextEncoding encoding, const std::string& name,
                      std::string& about);

/// With A to Z as a to z.
std::string ascii_lower(std::string_view s);

/// The bytes of a file, or of standard input for "-".
std::string text_bytes(const std::string& path);

}  // namespace gradus
