// SPDX-License-Identifier: MIT
// The header of a safetensors file: the position of each tensor in the data after it.
#pragma once
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/io/safetensors.h"

namespace gradus::safetensors {

constexpr int64_t header_limit = int64_t{16} << 20;
constexpr size_t name_limit = 4096;
constexpr const char* metadata_key = "__metadata__";
constexpr const char* data_crc_key = "gradus.crc32c";
constexpr const char* header_crc_key = "gradus.header_crc32c";

/// The stored form of elements, and its conversion.
struct FileType {
  const char* name;
  int64_t bits;
  DType dtype{};
  void (*widen)(const char* from, int64_t count, void* to) = nullptr;  // null: unchanged
  bool listed_only = false;  // without a counterpart in gradus
};
/// The stored form of tensors of a dtype.
const FileType* type_of(DType d, FloatForm floats);

struct Entry {
  std::string name;
  const FileType* type;
  Shape shape;
  int64_t begin, end;  // bytes in the data
};

struct Header {
  std::vector<Entry> entries{};
  std::map<std::string, std::string> metadata{};
};

/// Throws std::runtime_error "FILE: what is wrong".
[[noreturn]] void fail(const std::string& file, std::initializer_list<Piece> what);
[[noreturn]] void fail(const std::string& file, const Entry& e, std::initializer_list<Piece> what);

/// Entries sorted by offset, after checking that they cover the data exactly once without gaps and
/// match shapes and dtypes. `file` is for messages.
/// `listing`: also accepts dtypes without a counterpart.
Header parse_header(const std::string& text, const std::string& file, int64_t data_size,
                    ReadTensors options, bool listing = false);

/// The header as JSON on one line, with the entries in order.
std::string header_text(const Header& header);

/// Eight hexadecimal digits.
std::string hex(uint32_t crc);

/// A checksum of a header's content that does not depend on order, spacing or escapes; excludes the
/// entry header_crc_key.
std::string header_crc(Header header);

}  // namespace gradus::safetensors
