// SPDX-License-Identifier: MIT
// The header of a safetensors file: which tensor lies where in the data behind it.
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

/// How elements stand in a file, and what they become.
struct FileType {
  const char* name;
  int64_t bits;
  DType dtype{};
  void (*widen)(const char* from, int64_t count, void* to) = nullptr;  // null: as they are
  bool listed_only = false;  // it has no counterpart here
};
/// The form in which tensors of a dtype are written.
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

/// Entries in the order of their places, which are known to cover the data once, without holes,
/// and to fit shapes and dtypes. `file` is for messages.
/// `listing`: dtypes without a counterpart are taken, too.
Header parse_header(const std::string& text, const std::string& file, int64_t data_size,
                    ReadTensors options, bool listing = false);

/// The header as JSON in one line, entries in their order.
std::string header_text(const Header& header);

/// Eight hexadecimal digits.
std::string hex(uint32_t crc);

/// A checksum of what a header says, however another program would order, space and escape it;
/// an entry header_crc_key does not count.
std::string header_crc(Header header);

}  // namespace gradus::safetensors
