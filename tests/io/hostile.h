// SPDX-License-Identifier: MIT
// Hostile safetensors files, each with part of the expected message.
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
