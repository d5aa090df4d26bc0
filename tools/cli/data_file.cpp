// SPDX-License-Identifier: MIT
// Reads data files and verifies their checksums.
#include "tools/cli/data_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "gradus/data/ts_file.h"
#include "gradus/io/file.h"
#include "gradus/io/gzip.h"
#include "io/crc32c.h"
#include "io/safetensors_header.h"

namespace gradus::tools {

namespace {
std::string shown_name(const std::string& path) {
  return path == "-" ? "standard input" : printable(path, 200);
}

// Reports after a second that a pipe is being read, since it may never be written to. Uses an
// alarm, because reading blocks.
class PipeWait {
 public:
  explicit PipeWait(const std::string& path) {
    struct stat is {};
    const bool found = (path == "-" ? ::fstat(0, &is) : ::stat(path.c_str(), &is)) == 0;
    if (!found || !S_ISFIFO(is.st_mode)) return;
    note = shown_name(path) + " is a pipe: waiting until its writer closes it\n";
    struct sigaction say {};
    say.sa_handler = [](int) { [[maybe_unused]] auto n = ::write(2, note.data(), note.size()); };
    say.sa_flags = SA_RESTART;
    set_ = ::sigaction(SIGALRM, &say, &before_) == 0;
    if (set_) ::alarm(1);
  }
  ~PipeWait() {
    if (!set_) return;
    ::alarm(0);
    ::sigaction(SIGALRM, &before_, nullptr);
  }
  PipeWait(const PipeWait&) = delete;
  PipeWait& operator=(const PipeWait&) = delete;

 private:
  static inline std::string note;  // for the handler
  struct sigaction before_ {};
  bool set_ = false;
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
