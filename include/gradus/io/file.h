// SPDX-License-Identifier: MIT
// Reading whole files, and writing them so that a crash leaves either the old or the new content.
// Errors are std::runtime_error with the file's name and the system's reason.
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

/// Atomically replaces the content of `path` with the concatenated parts; once it returns, the new
/// content survives a loss of power. The content is written to path.tmp.<pid>.<n> in the same
/// folder, synced to disk, and renamed. The file keeps its mode and owner; for a symbolic link, its
/// target is replaced. On an error, removes the temporary file and throws std::runtime_error.
/// Also removes temporary files that killed processes left for the same path. Writes directly to
/// pipes and devices. Threads and processes may write the same path: the last complete content
/// wins. Programs should ignore SIGXFSZ, or a write beyond `ulimit -f` kills them without a report.
void write_file(const std::string& path, std::span<const std::string_view> parts);
inline void write_file(const std::string& path, std::string_view bytes) {
  write_file(path, std::span(&bytes, 1));
}

/// Removes the temporary files that killed processes left while writing `path`.
void remove_stale_temporaries(const std::string& path);

/// Throws std::runtime_error unless files can be created in `directory`. Call it before long work
/// whose result would otherwise be lost.
void check_writable(const std::string& directory);

/// An exclusive lock on a directory, so that two training processes do not overwrite each other in
/// one run folder. It ends with the process, however that ends. On a file system without locks
/// there is none, and no error: see held().
class DirectoryLock {
 public:
  /// Throws std::runtime_error if another process, or another lock of this process, holds it.
  explicit DirectoryLock(const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  bool held() const { return held_; }

 private:
  int descriptor_;
  bool held_;
};

/// A regular file, opened for sequential reading.
class FileReader {
 public:
  explicit FileReader(const std::string& path);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;
  const std::string& path() const { return path_; }
  /// The size when the file was opened.
  int64_t size() const { return size_; }
  /// Reads the next `count` bytes. Throws std::runtime_error if the file ends earlier.
  void read(void* to, int64_t count);

 private:
  std::string path_;
  int descriptor_;
  int64_t size_ = 0;
};

}  // namespace gradus
