// SPDX-License-Identifier: MIT
// What files of tensors hold, as it is stored: nothing is converted, no dtype is refused.
// Next: data/date_time.h
#pragma once
#include <map>
#include <string>

#include "gradus/tensor/shape.h"

namespace gradus {

/// What a file says of one of its tensors.
struct StoredTensor {
  std::string dtype{};  // "f32", "bf16", "i8", "f8_e4m3", "c64", ...
  Shape shape{};
  int64_t bytes = 0;
};
struct TensorListing {
  std::map<std::string, StoredTensor> tensors{};
  std::map<std::string, std::string> metadata{};
  bool verified = false;  // the file has checksums, and they are right
};

/// Lists a safetensors file, all of whose dtypes are known, and verifies its checksums. Throws as
/// read_safetensors() does.
TensorListing list_safetensors(const std::string& path);

/// The same for whichever file it is: safetensors, npz, or npy with the one array that it holds.
TensorListing list_tensors(const std::string& path);

}  // namespace gradus
