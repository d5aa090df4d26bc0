// SPDX-License-Identifier: MIT
// Whether the first pair of a file is the names of its columns.
#pragma once
#include "gradus/data/text_pairs.h"

namespace gradus {

enum class HeaderGuess { pair, maybe, header };

/// A header names columns ("text", "label"; "source", "target"; languages); or, with labels, it is
/// two names whose class stands in no other line, where texts are sentences. `maybe`: a class that
/// stands in the first line alone, where texts are single words.
HeaderGuess guess_header(const TextPairs& pairs, bool labels);

}  // namespace gradus
