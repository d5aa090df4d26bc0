// SPDX-License-Identifier: MIT
// safetensors: named tensors in a file, with metadata. A JSON header gives the position of each
// tensor in the data that follows. Files contain no code, so reading untrusted ones is safe.
// Next: io/gzip.h
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "gradus/tensor/tensor.h"

namespace gradus {

struct TensorFile {
  std::map<std::string, Tensor> tensors{};
  std::map<std::string, std::string> metadata{};
  bool verified = false;  // it was read from a file with checksums, and they match
};

/// Whether 16-bit floats are read: with `halves`, F16 (IEEE 754 binary16) and BF16 (the upper half
/// of an f32) become f32, which represents them exactly.
struct ReadTensors {
  bool halves = false;
};

/// How f32 and f64 are written: unchanged, or each number rounded once, to nearest even. NaN and
/// infinities are preserved.
enum class FloatForm { as_is, f16, bf16 };

/// Reads all tensors of a file into memory. Keeps the dtypes F32, F64, I64 and BOOL; I8 to I32 and
/// U8 to U64 become i64. Throws std::runtime_error, with the file's name, for any deviation from
/// the format: a header beyond 16 MiB or the end of the file, a name that is repeated or longer
/// than 4096 bytes, more than 8 axes, a tensor whose shape and offsets disagree, data with gaps,
/// overlaps or trailing bytes, a boolean that is neither 0 nor 1, a wrong checksum.
/// Never allocates more than the file's size justifies.
TensorFile read_safetensors(const std::string& path, ReadTensors options = {});

/// The same from bytes in memory; `name` is for messages.
TensorFile parse_safetensors(std::string_view bytes, const std::string& name,
                             ReadTensors options = {});

/// Writes a file atomically (write_file in io/file.h). Equal tensors and metadata give equal bytes:
/// wider dtypes come first, so that each tensor is aligned, then sorted by name. Adds CRC-32C
/// checksums to the metadata: "gradus.crc32c" of the data and "gradus.header_crc32c" of names,
/// dtypes, shapes, offsets and metadata; reading verifies and removes them.
/// Throws std::invalid_argument for an undefined tensor, for names and metadata that cannot be
/// read back, and for a number that would overflow in f16 or bf16; std::runtime_error if the file
/// cannot be written.
void write_safetensors(const std::string& path, const TensorFile& file,
                       FloatForm floats = FloatForm::as_is);

}  // namespace gradus
