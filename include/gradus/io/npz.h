// SPDX-License-Identifier: MIT
// NumPy's files: npy contains one array; npz is a zip archive of npy files, i.e. named arrays.
// Next: io/listing.h
#pragma once
#include <string>
#include <string_view>

#include "gradus/io/safetensors.h"

namespace gradus {

/// Reads an array: versions 1 to 3 of the format, row- or column-major, either byte order. Keeps
/// f4, f8, i8 and booleans; narrower and unsigned integers become i64, f2 becomes f32 if
/// options.halves is set. Throws std::runtime_error, with the file's name, for any deviation from
/// the format, for dtypes without a counterpart (complex numbers, strings, records), and for Python
/// objects, whose loading would run code. Never allocates more than the file's size justifies.
Tensor read_npy(const std::string& path, ReadTensors options = {});

/// Writes an array atomically, byte for byte like np.save: version 1, row-major, little-endian.
/// Throws std::invalid_argument for an undefined tensor, for bf16, which NumPy lacks, and for a
/// number beyond the range of f16; std::runtime_error if the file cannot be written.
void write_npy(const std::string& path, const Tensor& x, FloatForm floats = FloatForm::as_is);

/// Reads all arrays, stored or deflated, by their names without ".npy"; there is no metadata.
/// Verifies the archive's checksums. Throws std::runtime_error, with the names of file and entry,
/// like read_npy(), and for an archive that is damaged, encrypted or split, or whose entries
/// overlap, are duplicates or not npy files, or unpack to over 100 times its size and 16 MiB.
TensorFile read_npz(const std::string& path, ReadTensors options = {});

/// The same from bytes in memory; `name` is for messages.
Tensor parse_npy(std::string_view bytes, const std::string& name, ReadTensors options = {});
TensorFile parse_npz(std::string_view bytes, const std::string& name, ReadTensors options = {});

/// Writes arrays atomically and uncompressed, like np.savez. Equal tensors give equal bytes.
/// Throws like write_npy(), and std::invalid_argument for metadata, which npz cannot store, and for
/// names that are not UTF-8 or longer than 4096 bytes.
void write_npz(const std::string& path, const TensorFile& file,
               FloatForm floats = FloatForm::as_is);

/// Reads named tensors from either kind of file: npz if the first bytes match, else safetensors.
TensorFile read_tensors(const std::string& path, ReadTensors options = {});
/// Writes npz if the path ends in ".npz", else safetensors.
void write_tensors(const std::string& path, const TensorFile& file,
                   FloatForm floats = FloatForm::as_is);

}  // namespace gradus
