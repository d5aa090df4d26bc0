// SPDX-License-Identifier: MIT
// zip archives as far as npz needs them: whole, in one part, without encryption.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

/// CRC-32 of zip (polynomial 0xEDB88320 reflected) of what `crc` is of, followed by these bytes.
uint32_t crc32(uint32_t crc, std::string_view bytes);

struct ZipEntry {
  std::string name;
  std::string_view data;  // as it stands in the archive
  uint64_t size;          // unpacked
  uint32_t crc;
  bool deflated;

  /// Its bytes, unpacked to `store` if need be. Throws std::runtime_error, with the archive's name
  /// and its own, when they cannot be unpacked or the checksum is wrong.
  std::string_view unpacked(const std::string& archive, std::string& store) const;
};

/// The entries, in the order of the archive's list. Throws std::runtime_error "ARCHIVE: ..." for
/// whatever does not fit together; sizes are known to be possible.
std::vector<ZipEntry> parse_zip(std::string_view bytes, const std::string& archive);

/// How an archive of stored entries is written: the parts of each, one after the other, and the
/// list of all at the end. Sizes and places from `wide` on take the fields of zip64.
class ZipWriter {
 public:
  explicit ZipWriter(uint64_t wide = 0xFFFFFFFF) : wide_(wide) {}
  /// What stands before an entry's data.
  std::string begin(const std::string& name, uint64_t size, uint32_t crc);
  /// What stands behind the last one.
  std::string end() const;

 private:
  std::string common(bool local, const std::string& name, uint64_t size, uint32_t crc,
                     uint64_t place) const;
  uint64_t wide_, at_ = 0, count_ = 0;
  std::string list_;
};

}  // namespace gradus
