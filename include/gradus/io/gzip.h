// SPDX-License-Identifier: MIT
// Files compressed by gzip.
// Next: io/npz.h
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace gradus {

/// Whether the bytes start as a gzip file does.
bool is_gzip(std::string_view bytes);

/// The unpacked content of a gzip file, all of its members in order (RFC 1952).
///   name: the file's name, for messages
///   limit: the largest content in bytes; a small file can unpack to a thousand times its size
/// Throws std::runtime_error "NAME: ..." if the bytes are damaged or truncated, if other bytes
/// follow the last member, or if the content is larger than `limit`.
std::string gunzip(std::string_view bytes, const std::string& name, size_t limit = size_t{8} << 30);

}  // namespace gradus
