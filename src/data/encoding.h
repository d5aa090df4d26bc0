// SPDX-License-Identifier: MIT
// Text files in other encodings than UTF-8.
#pragma once
#include <string>
#include <string_view>

#include "gradus/data/csv.h"

namespace gradus {

/// The text of a file in UTF-8, without a byte order mark. UTF-16 with a mark is recognised; all
/// else counts as UTF-8 unless `encoding` says otherwise, and is not checked here. `about` becomes
/// "encoding UTF-16" where it is not UTF-8. Throws std::runtime_error, with `name`, for UTF-16 that
/// is cut or wrong, and for what looks like UTF-16 without a mark.
std::string utf8_text(std::string_view bytes, TextEncoding encoding, const std::string& name,
                      std::string& about);

/// The bytes of a file, or of standard input for "-".
std::string text_bytes(const std::string& path);

}  // namespace gradus
