// SPDX-License-Identifier: MIT
// The subset of zip needed for npz: single-part archives without encryption.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

/// Extends the zip CRC-32 (polynomial 0xEDB88320 reflected) `crc` by these bytes.
uint32_t crc32(uint32_t crc, std::string_view bytes);

struct ZipEntry {
  std::string name;
  std::string_view data;  // as stored in the archive
  uint64_t size;          // unpacked
  uint32_t crc;
  bool deflated;

  /// The bytes, unpacked to `store` if necessary. Throws std::runtime_error, with the names of
  /// archive and entry, if they cannot be unpacked or the checksum is wrong.
  std::string_view unpacked(const std::string& archive, std::string& store) const;
};

/// The entries, in the order of the directory. Throws std::runtime_error "ARCHIVE: ..." for any
/// inconsistency; sizes are checked against the archive.
std::vector<ZipEntry> parse_zip(std::string_view bytes, const std::string& archive);

/// Writes an archive of stored entries: the parts of each in order, and the directory at the end.
/// Sizes and offsets of `wide` or more use zip64 fields.
class ZipWriter {
 public:
  explicit ZipWriter(uint64_t wide = 0xFFFFFFFF) : wide_(wide) {}
  /// The bytes before an entry's data.
  std::string begin(const std::string& name, uint64_t size, uint32_t crc);
  /// The bytes after the last entry.
  std::string end() const;

 private:
  std::string common(bool local, const std::string& name, uint64_t size, uint32_t crc,
                     uint64_t place) const;
  uint64_t wide_, at_ = 0, count_ = 0;
  std::string list_;
};

}  // namespace gradus
