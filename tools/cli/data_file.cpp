// SPDX-License-Identifier: MIT
// Reads data files and verifies their checksums.
#include "tools/cli/data_file.h"

#include <sys/stat.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "gradus/data/ts_file.h"
#include "gradus/io/file.h"
#include "gradus/io/gzip.h"
#include "io/crc32c.h"
#include "io/safetensors_header.h"
#include "tools/cli/terminal.h"

namespace gradus::tools {

namespace {
std::string shown_name(const std::string& path) {
  return path == "-" ? "standard input" : printable(path, 200);
}

// While a pipe is read: says so after a second, since nobody may ever write to it.
class PipeWait {
 public:
  explicit PipeWait(const std::string& path) {
    struct stat is {};
    const bool found = (path == "-" ? ::fstat(0, &is) : ::stat(path.c_str(), &is)) == 0;
    if (found && S_ISFIFO(is.st_mode)) thread_ = std::thread([this, path] { watch(path); });
  }
  ~PipeWait() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      read_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  PipeWait(const PipeWait&) = delete;
  PipeWait& operator=(const PipeWait&) = delete;

 private:
  void watch(const std::string& path) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(1), [this] { return read_; }))
      print_text(stderr, shown_name(path) + " is a pipe: waiting until its writer closes it\n");
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool read_ = false;
  std::thread thread_;
};
}  // namespace

std::string read_bytes(const std::string& path, const std::string& role, const Json& recorded,
                       Json& seen) {
  const std::string shown = shown_name(path);
  const PipeWait wait(path);
  const std::string bytes = read_file(path == "-" ? "/dev/stdin" : path);
  Json now;
  now["bytes"] = static_cast<int64_t>(bytes.size());
  now["crc32c"] = safetensors::hex(crc32c(0, bytes.data(), bytes.size()));
  const Json* then = recorded.is(Json::Kind::object) ? recorded.find(role) : nullptr;
  if (then && !(*then == now))
    file_error({shown, ": is not the file that the run was trained on: ", now.at("bytes").integer(),
                " bytes with checksum ", now.at("crc32c").string(), "; expected ",
                then->at("bytes").integer(), " bytes with checksum ",
                printable(then->at("crc32c").string())});
  seen[role] = now;
  return is_gzip(bytes) ? gunzip(bytes, shown) : bytes;
}

std::string read_data(const std::string& path) {
  const std::string bytes = read_file(path == "-" ? "/dev/stdin" : path);
  return is_gzip(bytes) ? gunzip(bytes, shown_name(path)) : bytes;
}

CsvTable read_table(const std::string& path, const std::string& role, const Json& recorded,
                    Json& seen, const CsvOptions& options) {
  return series_table(read_bytes(path, role, recorded, seen), shown_name(path), options);
}

std::string folder_of(const std::string& file) {
  const std::string folder = std::filesystem::path(file).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string absolute_path(const std::string& path) {
  if (path.empty() || path == "-") return path;
  return std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace gradus::tools
