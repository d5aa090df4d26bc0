// SPDX-License-Identifier: MIT
// Lists the contents of tensor files as stored: nothing is converted, and every dtype is accepted.
// Next: data/date_time.h
#pragma once
#include <map>
#include <string>

#include "gradus/tensor/shape.h"

namespace gradus {

/// The entry of one tensor in a file.
struct StoredTensor {
  std::string dtype{};  // "f32", "bf16", "i8", "f8_e4m3", "c64", ...
  Shape shape{};
  int64_t bytes = 0;
};
struct TensorListing {
  std::map<std::string, StoredTensor> tensors{};
  std::map<std::string, std::string> metadata{};
  bool verified = false;  // the file has checksums, and they match
};

/// Lists a safetensors file, accepting all its dtypes, and verifies its checksums. Throws like
/// read_safetensors().
TensorListing list_safetensors(const std::string& path);

/// The same for any tensor file: safetensors, npz, or npy with its single array.
TensorListing list_tensors(const std::string& path);

}  // namespace gradus
