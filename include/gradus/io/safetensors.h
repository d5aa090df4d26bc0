// SPDX-License-Identifier: MIT
// safetensors: named tensors in a file, with texts about them. A header of JSON says where each
// tensor lies in the data behind it; no code, no surprises when reading a stranger's file.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "gradus/tensor/tensor.h"

namespace gradus {

struct TensorFile {
  std::map<std::string, Tensor> tensors{};
  std::map<std::string, std::string> metadata{};
  bool verified = false;  // it was read, had checksums, and they were right
};

/// Reads all tensors of a file into memory. Dtypes F32, F64, I64 and BOOL as they are; I8 to I32
/// and U8 to U64 become i64. Throws std::runtime_error, with the file's name, for whatever is not
/// exactly as the format asks: a header beyond 16 MiB or the file's end, a name twice or longer
/// than 4096 bytes, more than 8 axes, a tensor whose shape and place disagree, data with holes,
/// overlaps or a rest, a boolean that is neither 0 nor 1; and when a checksum is present and wrong.
/// Nothing is allocated that the file's size does not cover.
TensorFile read_safetensors(const std::string& path);

/// The same from bytes in memory; `name` is for messages.
TensorFile parse_safetensors(std::string_view bytes, const std::string& name);

/// Writes a file in one atomic step (write_file in io/file.h). Same tensors and metadata, same
/// bytes: wider dtypes come first, so that each tensor is aligned, then names in order. Adds
/// checksums to the metadata (CRC-32C): "gradus.crc32c" of the data and "gradus.header_crc32c"
/// of names, dtypes, shapes, places and metadata; reading verifies them and takes them out again.
/// Throws std::invalid_argument for an undefined tensor and for names and metadata that cannot be
/// read back, std::runtime_error when the file cannot be written.
void write_safetensors(const std::string& path, const TensorFile& file);

}  // namespace gradus
