// SPDX-License-Identifier: MIT
// Whether the first pair of a file is a header.
#pragma once
#include "gradus/data/text_pairs.h"

namespace gradus {

enum class HeaderGuess { pair, maybe, header };

/// A header names columns ("text", "label"; "source", "target"; languages); or, with labels, it is
/// two names whose class occurs in no other line, if the texts are sentences. `maybe`: the class
/// occurs only in the first line, but the texts are single words.
HeaderGuess guess_header(const TextPairs& pairs, bool labels);

}  // namespace gradus
