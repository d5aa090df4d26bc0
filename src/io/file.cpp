// SPDX-License-Identifier: MIT
// System calls, all with error checks. The order of a safe write: new file, data, fsync, rename,
// fsync of the directory. A failed fsync is a failed write and is never retried: the kernel may
// have dropped the data and report success for the next fsync.
#include "gradus/io/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <system_error>

#include "gradus/base/error.h"
#include "gradus/io/regular_file.h"

namespace gradus {
namespace {

[[noreturn]] void system_error(const char* doing, const std::string& path, int reason = errno) {
  file_error(
      {"cannot ", doing, " ", printable(path, 400), ": ", std::generic_category().message(reason)});
}

// Repeats f() while a signal interrupts it.
template <class F> auto retry(F&& f) {
  auto result = f();
  while (result < 0 && errno == EINTR) result = f();
  return result;
}

int open_retry(const std::string& path, int flags, mode_t mode = 0) {
  return retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
}

// Closes at the end of a scope; close() reports the result if it matters.
struct Descriptor {
  int fd;
  explicit Descriptor(int descriptor) : fd(descriptor) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  // Interrupted or not, Linux has closed the descriptor.
  bool close() { return ::close(std::exchange(fd, -1)) == 0 || errno == EINTR; }
};

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// The target of `path`, which may not exist yet: a rename onto a link would replace the link.
std::string follow_links(const std::string& path) {
  std::string at = path;
  for (int links = 0; links < 40; ++links) {
    char target[PATH_MAX];
    const ssize_t n = ::readlink(at.c_str(), target, sizeof target);
    if (n < 0) return at;  // not a link, or an error that the next call reports
    const std::string to(target, static_cast<size_t>(n));
    at = to.starts_with('/') ? to : directory_of(at) + "/" + to;
  }
  system_error("write", path, ELOOP);
}

void write_all(int fd, std::string_view bytes, const std::string& path) {
  constexpr size_t most = size_t{1} << 30;  // the kernel accepts less than 2 GiB at a time
  while (!bytes.empty()) {
    const size_t count = std::min(bytes.size(), most);
    const ssize_t n = retry([&] { return ::write(fd, bytes.data(), count); });
    if (n < 0) system_error("write", path);
    if (n == 0) system_error("write", path, ENOSPC);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void sync_directory(const std::string& directory) {
  Descriptor d(open_retry(directory, O_RDONLY | O_DIRECTORY));
  if (d.fd < 0) system_error("open", directory);
  if (retry([&] { return ::fsync(d.fd); }) != 0 && errno != EINVAL)  // a file system without fsync
    system_error("sync", directory);
}

// The temporary file with the new content; removed unless it is renamed into place.
class Temporary {
 public:
  // `old` is the existing file at `path`, or null; `doing` is the failed action in error messages.
  Temporary(const std::string& path, const struct stat* old, const char* doing = "write")
      : target_(path), file_(-1) {
    static std::atomic<int> counter{0};
    const std::string stem = path + ".tmp." + std::to_string(::getpid()) + ".";
    const mode_t mode = old ? 0600 : 0666;  // new file: umask; else set below
    do {
      name_ = stem + std::to_string(counter++);
      file_.fd = open_retry(name_, O_WRONLY | O_CREAT | O_EXCL, mode);
    } while (file_.fd < 0 && errno == EEXIST);
    if (file_.fd < 0) system_error(doing, path);
    ::flock(file_.fd, LOCK_EX | LOCK_NB);  // shows others that its writer is alive
  }
  ~Temporary() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  void write(std::string_view bytes) { write_all(file_.fd, bytes, target_); }

  void commit(const struct stat* old) {
    if (old) {
      // Only root may change the owner; otherwise the file belongs to the writer.
      if (old->st_uid != ::geteuid() || old->st_gid != ::getegid())
        if (::fchown(file_.fd, old->st_uid, old->st_gid) != 0) errno = 0;
      if (::fchmod(file_.fd, old->st_mode & 07777) != 0) system_error("set the mode of", target_);
    }
    if (retry([&] { return ::fsync(file_.fd); }) != 0 || !file_.close())
      system_error("write", target_);
    if (::rename(name_.c_str(), target_.c_str()) != 0) system_error("write", target_);
    name_.clear();
    sync_directory(directory_of(target_));
  }

 private:
  std::string target_, name_;
  Descriptor file_;
};

// 123 for "model.tmp.123.4" and the stem "model.tmp.", 0 for other names.
pid_t writer_of(std::string_view name, std::string_view stem) {
  if (!name.starts_with(stem)) return 0;
  const char *p = name.data() + stem.size(), *end = name.data() + name.size();
  pid_t pid = 0;
  int number = 0;
  const auto first = std::from_chars(p, end, pid);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return 0;
  const auto second = std::from_chars(first.ptr + 1, end, number);
  return second.ec == std::errc{} && second.ptr == end && pid > 0 ? pid : 0;
}

// Whether no process can be writing it: the process is gone, and no process with the same id
// elsewhere (in a container) holds the lock that every writer takes.
bool is_stale(const std::string& path, pid_t pid) {
  if (::kill(pid, 0) == 0 || errno != ESRCH) return false;
  Descriptor d(open_retry(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  return d.fd >= 0 && (::flock(d.fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK);
}

}  // namespace

std::string read_regular_file(const std::string& path) {
  FileReader file(path);
  std::string all(static_cast<size_t>(file.size()), '\0');
  file.read(all.data(), file.size());
  return all;
}

std::string read_file(const std::string& path) {
  Descriptor d(open_retry(path, O_RDONLY));
  if (d.fd < 0) system_error("read", path);
  struct stat s {};
  if (::fstat(d.fd, &s) != 0) system_error("read", path);
  std::string all;
  all.resize(static_cast<size_t>(std::max<off_t>(s.st_size, 0)) + 1);  // + 1 detects the end
  for (size_t used = 0;;) {
    if (used == all.size()) all.resize(2 * used + 65536);  // a pipe, or a growing file
    const ssize_t n = retry([&] { return ::read(d.fd, all.data() + used, all.size() - used); });
    if (n < 0) system_error("read", path);
    used += static_cast<size_t>(n);
    if (n > 0) continue;
    all.resize(used);
    return all;
  }
}

void write_file(const std::string& path, std::span<const std::string_view> parts) {
  struct stat s {};
  const bool exists = ::stat(path.c_str(), &s) == 0;
  if (exists && !S_ISREG(s.st_mode)) {
    Descriptor d(open_retry(path, O_WRONLY));
    if (d.fd < 0) system_error("write", path);
    for (std::string_view part : parts) write_all(d.fd, part, path);
    if (!d.close()) system_error("write", path);
    return;
  }
  // A rename would bypass the protection of a file that its owner made read-only.
  if (exists && ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0)
    system_error("write", path);
  const struct stat* old = exists ? &s : nullptr;
  const std::string target = follow_links(path);
  Temporary temporary(target, old);
  for (std::string_view part : parts) temporary.write(part);
  temporary.commit(old);
  remove_stale_temporaries(target);
}

void remove_stale_temporaries(const std::string& path) {
  const std::string target = follow_links(path), stem = name_of(target) + ".tmp.";
  const std::string directory = directory_of(target);
  DIR* entries = ::opendir(directory.c_str());
  if (!entries) return;  // a write will report the error
  while (const dirent* entry = ::readdir(entries)) {
    const std::string found = directory + "/" + entry->d_name;
    const pid_t pid = writer_of(entry->d_name, stem);
    if (pid > 0 && is_stale(found, pid)) ::unlink(found.c_str());
  }
  ::closedir(entries);
}

void check_writable(const std::string& directory) {
  struct stat s {};
  if (::stat(directory.c_str(), &s) != 0) system_error("write into", directory);
  if (!S_ISDIR(s.st_mode)) system_error("write into", directory, ENOTDIR);
  const std::string probe = directory + "/.gradus";
  { const Temporary trial(probe, nullptr, "make files such as"); }
  remove_stale_temporaries(probe);  // left by a process that was killed right here
}

DirectoryLock::DirectoryLock(const std::string& directory)
    : descriptor_(open_retry(directory, O_RDONLY | O_DIRECTORY)), held_(false) {
  if (descriptor_ < 0) system_error("lock", directory);
  held_ = retry([&] { return ::flock(descriptor_, LOCK_EX | LOCK_NB); }) == 0;
  if (held_ || errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  file_error({"lock: ", printable(directory, 400), " is in use by another process"});
}

DirectoryLock::~DirectoryLock() { ::close(descriptor_); }

FileReader::FileReader(const std::string& path)
    : path_(path), descriptor_(open_retry(path, O_RDONLY | O_NONBLOCK)) {
  if (descriptor_ < 0) system_error("read", path);
  struct stat s {};
  const int wrong = ::fstat(descriptor_, &s) != 0 ? errno : S_ISDIR(s.st_mode) ? EISDIR : 0;
  const bool regular = wrong == 0 && S_ISREG(s.st_mode);
  if (regular) {
    size_ = s.st_size;
    return;
  }
  ::close(descriptor_);
  if (wrong) system_error("read", path, wrong);
  file_error({"cannot read ", printable(path, 400), ": it is not a regular file"});
}

FileReader::~FileReader() { ::close(descriptor_); }

void FileReader::read(void* to, int64_t count) {
  auto* at = static_cast<char*>(to);
  while (count > 0) {
    const auto most = static_cast<size_t>(std::min<int64_t>(count, 1 << 30));
    const ssize_t n = retry([&] { return ::read(descriptor_, at, most); });
    if (n < 0) system_error("read", path_);
    if (n == 0)
      file_error({"cannot read ", printable(path_, 400), ": it ended ", count,
                  " bytes early; was it changed meanwhile?"});
    at += n;
    count -= n;
  }
}

}  // namespace gradus
