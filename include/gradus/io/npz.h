// SPDX-License-Identifier: MIT
// NumPy's files: npy holds one array, npz named ones, in a zip archive of npy files.
// Next: io/listing.h
#pragma once
#include <string>
#include <string_view>

#include "gradus/io/safetensors.h"

namespace gradus {

/// Reads an array: versions 1 to 3 of the format, rows or columns first, either byte order. f4, f8,
/// i8 and booleans as they are; narrower and unsigned whole numbers become i64, f2 becomes f32
/// where that is asked for. Throws std::runtime_error, with the file's name, for whatever is not
/// exactly as the format asks, for dtypes without a counterpart (complex numbers, texts, records),
/// and for Python objects, whose reading would run code. Nothing is allocated that the file's size
/// does not cover.
Tensor read_npy(const std::string& path, ReadTensors options = {});

/// Writes the array that np.save would write, byte for byte: version 1, rows first, little-endian;
/// in one atomic step. bf16 is unknown to NumPy. Throws std::invalid_argument for an undefined
/// tensor, bf16, and a number beyond f16; std::runtime_error when the file cannot be written.
void write_npy(const std::string& path, const Tensor& x, FloatForm floats = FloatForm::as_is);

/// Reads all arrays, stored or deflated, by their names without ".npy"; there are no metadata.
/// The archive's checksums are verified. Throws std::runtime_error, with the names of file and
/// entry, as read_npy() does, and for an archive that is damaged, encrypted or in parts, whose
/// entries overlap, come twice, are no npy files, or unpack to over 100 times its size and 16 MiB.
TensorFile read_npz(const std::string& path, ReadTensors options = {});

/// The same from bytes in memory; `name` is for messages.
Tensor parse_npy(std::string_view bytes, const std::string& name, ReadTensors options = {});
TensorFile parse_npz(std::string_view bytes, const std::string& name, ReadTensors options = {});

/// Writes arrays as np.savez does, not deflated; in one atomic step. Same tensors, same bytes.
/// Throws as write_npy() does, and std::invalid_argument for metadata, which have no place here,
/// and for names that are not UTF-8 or longer than 4096 bytes.
void write_npz(const std::string& path, const TensorFile& file,
               FloatForm floats = FloatForm::as_is);

/// Named tensors from either kind of file: an npz archive is known by its beginning, all else is
/// read as safetensors.
TensorFile read_tensors(const std::string& path, ReadTensors options = {});
/// Writes npz where the path ends in ".npz", else safetensors.
void write_tensors(const std::string& path, const TensorFile& file,
                   FloatForm floats = FloatForm::as_is);

}  // namespace gradus
