// SPDX-License-Identifier: MIT
// Messages of the library in the words of the command line.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace gradus::tools {

/// Classes whose names stand before messages: "LayerNorm: weight ...". A test holds that all are
/// here.
const std::vector<std::string>& classes_in_messages();

/// "MultiheadAttention: embed_dim 7 does not divide into 2 heads" as "--d-model 7 does not divide
/// into 2 heads": without the names of classes, and with the option where a number of one is told.
/// has_option("--d-model") says which there are. A message that names a line of a file is left.
std::string in_user_words(const std::string& message,
                          const std::function<bool(const std::string&)>& has_option);

}  // namespace gradus::tools
