// SPDX-License-Identifier: MIT
// Translates messages of the library to the terms of the command line.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace gradus::tools {

/// Classes whose names precede messages: "LayerNorm: weight ...". A test checks that the list is
/// complete.
const std::vector<std::string>& classes_in_messages();

/// Functions whose names precede messages, those of several words: "take_out: ...". Likewise.
const std::vector<std::string>& functions_in_messages();

/// "MultiheadAttention: embed_dim 7 does not divide into 2 heads" becomes "--d-model 7 does not
/// divide into 2 heads": names of classes and functions are removed, and a field with a value
/// becomes its option.
/// has_option("--d-model") tells whether an option exists. A message about a line of a file is
/// unchanged.
std::string in_user_words(const std::string& message,
                          const std::function<bool(const std::string&)>& has_option);

/// The text of --version: gradus, BLAS, threads and compiler.
std::string about();

}  // namespace gradus::tools
