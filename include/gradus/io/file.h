// SPDX-License-Identifier: MIT
// Files: read whole, and written so that a crash at any moment leaves the old one or the new one.
// What goes wrong with a file is a std::runtime_error with the name and the system's reason.
// Next: io/json.h
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gradus {

/// All bytes of a file, pipe or device.
std::string read_file(const std::string& path);

/// Replaces what `path` holds by the parts, one after the other; when it returns, the new content
/// survives a loss of power. Until then the old content stays whole: the new one is written to
/// path.tmp.<pid>.<n> beside it, brought to the disk, and renamed. The file keeps its mode and
/// owner; a symbolic link stays one, and what it points to is replaced. On any error the
/// temporary file is removed, and std::runtime_error says why. Temporary files which killed
/// processes left for the same path are removed, too. A pipe or device is written to directly.
/// Threads and processes may write the same path: each content is whole, the last one stays.
/// A program ignores SIGXFSZ, or a write beyond `ulimit -f` kills it where it should report.
void write_file(const std::string& path, std::span<const std::string_view> parts);
inline void write_file(const std::string& path, std::string_view bytes) {
  write_file(path, std::span(&bytes, 1));
}

/// Removes the temporary files that killed processes left when they wrote `path`.
void remove_stale_temporaries(const std::string& path);

/// Throws std::runtime_error unless files can be made in `directory`: asked before long work,
/// whose result would be lost.
void check_writable(const std::string& directory);

/// While one lives, no other process has a lock on the same directory: two trainings in one run
/// folder would overwrite each other. Goes with the process, however that ends. A file system
/// that knows no locks gives none, without an error: held() tells.
class DirectoryLock {
 public:
  /// Throws std::runtime_error when another process, or another lock of this one, holds it.
  explicit DirectoryLock(const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  bool held() const { return held_; }

 private:
  int descriptor_;
  bool held_;
};

/// A regular file, open for reading piece by piece.
class FileReader {
 public:
  explicit FileReader(const std::string& path);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;
  const std::string& path() const { return path_; }
  /// Its size when it was opened.
  int64_t size() const { return size_; }
  /// The next `count` bytes. Throws std::runtime_error when the file ends before.
  void read(void* to, int64_t count);

 private:
  std::string path_;
  int descriptor_;
  int64_t size_ = 0;
};

}  // namespace gradus
