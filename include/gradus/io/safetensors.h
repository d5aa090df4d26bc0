// SPDX-License-Identifier: MIT
// safetensors: named tensors in a file, with texts about them. A header of JSON says where each
// tensor lies in the data behind it; no code, no surprises when reading a stranger's file.
// Next: io/npz.h
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

/// How floats of two bytes in a file are read: F16 (IEEE 754's binary16) and BF16 (the upper half
/// of an f32) become f32, which holds each of them exactly, where that is asked for.
struct ReadTensors {
  bool halves = false;
};

/// How f32 and f64 stand in a file: as they are, or each number rounded once, to the nearest and
/// to even. NaN and infinities stay what they are.
enum class FloatForm { as_is, f16, bf16 };

/// Reads all tensors of a file into memory. Dtypes F32, F64, I64 and BOOL as they are; I8 to I32
/// and U8 to U64 become i64. Throws std::runtime_error, with the file's name, for whatever is not
/// exactly as the format asks: a header beyond 16 MiB or the file's end, a name twice or longer
/// than 4096 bytes, more than 8 axes, a tensor whose shape and place disagree, data with holes,
/// overlaps or a rest, a boolean that is neither 0 nor 1; and when a checksum is present and wrong.
/// Nothing is allocated that the file's size does not cover.
TensorFile read_safetensors(const std::string& path, ReadTensors options = {});

/// The same from bytes in memory; `name` is for messages.
TensorFile parse_safetensors(std::string_view bytes, const std::string& name,
                             ReadTensors options = {});

/// Writes a file in one atomic step (write_file in io/file.h). Same tensors and metadata, same
/// bytes: wider dtypes come first, so that each tensor is aligned, then names in order. Adds
/// checksums to the metadata (CRC-32C): "gradus.crc32c" of the data and "gradus.header_crc32c"
/// of names, dtypes, shapes, places and metadata; reading verifies them and takes them out again.
/// Throws std::invalid_argument for an undefined tensor, for names and metadata that cannot be
/// read back, and for a number that f16 or bf16 could hold as an infinity only;
/// std::runtime_error when the file cannot be written.
void write_safetensors(const std::string& path, const TensorFile& file,
                       FloatForm floats = FloatForm::as_is);

}  // namespace gradus
