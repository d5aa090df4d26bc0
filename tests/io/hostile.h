// SPDX-License-Identifier: MIT
// safetensors files made by hand to hurt a reader, and a word of what it must answer.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gradus::tests {

/// A file from its header and data; `length` is what the first 8 bytes claim, if not the truth.
std::string safetensors_file(const std::string& header, const std::string& data,
                             uint64_t length = UINT64_MAX);

struct Hostile {
  std::string what, bytes, word;
};
std::vector<Hostile> hostile_files();

}  // namespace gradus::tests
