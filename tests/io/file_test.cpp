// SPDX-License-Identifier: MIT
// Files are written completely or not at all.
#include "gradus/io/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>
#include <vector>

#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;
namespace fs = std::filesystem;

namespace io_file_test {

std::string refusal(const std::function<void()>& f) { return message_of<std::runtime_error>(f); }

size_t files_in(const std::string& folder) {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++count;
  return count;
}

mode_t mode_of(const std::string& path) {
  struct stat s {};
  REQUIRE(stat(path.c_str(), &s) == 0);
  return s.st_mode & 07777;
}

// An id that no process has.
pid_t dead_process() {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
  return pid;
}

// Root ignores permissions, so while one exists the process runs as nobody.
struct Unprivileged {
  uid_t before = geteuid();
  Unprivileged() {
    if (before == 0) REQUIRE(seteuid(65534) == 0);
  }
  ~Unprivileged() {
    if (before == 0 && seteuid(before) != 0) std::abort();
  }
};

TEST_CASE("A file is read whole", "[file]") {
  const TempFolder folder;
  const std::string path = folder.path + "/a";
  for (size_t n : {0, 1, 65535, 65536, 65537, 1000003}) {
    std::string bytes(n, '\0');
    for (size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>(i * 7 + i / 256);
    write_file(path, bytes);
    CHECK(read_file(path) == bytes);
  }
  CHECK(read_file("/proc/self/stat").size() > 10);  // its reported size is 0
  CHECK(refusal([&] { read_file(folder.path + "/none"); }) ==
        "cannot read " + folder.path + "/none: No such file or directory");
  CHECK(has(refusal([&] { read_file(folder.path); }), "directory"));
}

TEST_CASE("A pipe is read to its end", "[file]") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::string bytes(300000, 'x');
  std::thread writer([&] {
    for (size_t at = 0; at < bytes.size();)
      if (const ssize_t n = write(ends[1], bytes.data() + at, bytes.size() - at); n > 0)
        at += static_cast<size_t>(n);
    close(ends[1]);
  });
  const bool same = read_file("/proc/self/fd/" + std::to_string(ends[0])) == bytes;
  writer.join();
  close(ends[0]);
  CHECK(same);
}

TEST_CASE("FileReader reads the bytes in pieces and no more than the file has", "[file]") {
  const TempFolder folder;
  const std::string path = folder.path + "/a";
  write_file(path, "0123456789");
  FileReader reader(path);
  CHECK(reader.size() == 10);
  std::array<char, 8> buffer{};
  reader.read(buffer.data(), 8);
  CHECK(std::string(buffer.data(), 8) == "01234567");
  CHECK(has(refusal([&] { reader.read(buffer.data(), 8); }), "ended 6 bytes early"));
  CHECK(has(refusal([&] { FileReader r(folder.path); }), "directory"));
  CHECK(has(refusal([] { FileReader r("/dev/null"); }), "not a regular file"));
  REQUIRE(mkfifo((folder.path + "/fifo").c_str(), 0600) == 0);
  CHECK(has(refusal([&] { FileReader r(folder.path + "/fifo"); }), "not a regular file"));
}

TEST_CASE("Writing keeps modes and links and leaves no other files", "[file]") {
  const TempFolder folder;
  const std::string path = folder.path + "/a", link = folder.path + "/link";
  const mode_t before = umask(027);
  write_file(path, "first");
  umask(before);
  CHECK(mode_of(path) == 0640);
  for (mode_t mode : {0600, 0644, 0755, 0666}) {
    chmod(path.c_str(), mode);
    write_file(path, "second");
    CHECK(mode_of(path) == mode);
  }
  fs::create_symlink("a", link);
  write_file(link, "third");
  CHECK(fs::is_symlink(link));
  CHECK(read_file(path) == "third");
  const std::vector<std::string_view> parts = {"fo", "", "urth"};
  write_file(link, parts);
  CHECK(read_file(path) == "fourth");
  CHECK(files_in(folder.path) == 2);

  fs::create_directory(folder.path + "/sub");
  fs::create_symlink("../link", folder.path + "/sub/chain");
  fs::create_symlink(folder.path + "/later", folder.path + "/dangling");
  write_file(folder.path + "/sub/chain", "fifth");
  write_file(folder.path + "/dangling", "sixth");
  CHECK(read_file(path) == "fifth");
  CHECK(read_file(folder.path + "/later") == "sixth");
  CHECK(fs::is_symlink(folder.path + "/dangling"));
  fs::create_symlink("loop", folder.path + "/loop");
  CHECK(has(refusal([&] { write_file(folder.path + "/loop", "x"); }), "symbolic links"));
}

TEST_CASE("A path without a folder means the current one", "[file]") {
  const TempFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path);
  write_file("plain", "x");
  fs::create_symlink("plain", "link");
  write_file("link", "y");
  CHECK(read_file("plain") == "y");
  CHECK_NOTHROW(check_writable("."));
  fs::current_path(before);
  CHECK(files_in(folder.path) == 2);
}

TEST_CASE("A full disk and a limit on sizes are errors; the old file stays", "[file]") {
  CHECK(refusal([] { write_file("/dev/full", "x"); }) ==
        "cannot write /dev/full: No space left on device");
  CHECK_NOTHROW(write_file("/dev/null", "x"));
  CHECK(fs::is_character_file("/dev/full"));
  const TempFolder folder;
  const std::string path = folder.path + "/a";
  write_file(path, "old");
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit low{65536, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &low) == 0);
  const std::string message = refusal([&] { write_file(path, std::string(100000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  CHECK(message == "cannot write " + path + ": File too large");
  CHECK(read_file(path) == "old");
  CHECK(files_in(folder.path) == 1);
}

TEST_CASE("A folder that cannot be written is detected before and while writing", "[file]") {
  const TempFolder folder;
  const std::string inner = folder.path + "/inner", path = inner + "/a";
  fs::create_directory(inner);
  write_file(path, "old");
  chmod(path.c_str(), 0666);
  chmod(folder.path.c_str(), 0755);
  chmod(inner.c_str(), 0555);
  {
    const Unprivileged nobody;
    CHECK(refusal([&] { write_file(path, "new"); }) ==
          "cannot write " + path + ": Permission denied");
    CHECK(has(refusal([&] { check_writable(inner); }), "Permission denied"));
  }
  chmod(inner.c_str(), 0777);
  chmod(path.c_str(), 0444);
  {  // a rename would be possible, but the file is read-only
    const Unprivileged nobody;
    CHECK(has(refusal([&] { write_file(path, "new"); }), "Permission denied"));
    CHECK_NOTHROW(check_writable(inner));
  }
  CHECK(read_file(path) == "old");
  CHECK(files_in(inner) == 1);
  CHECK(has(refusal([&] { check_writable(inner + "/none"); }), "No such file or directory"));
  CHECK(has(refusal([&] { check_writable(path); }), "Not a directory"));
  CHECK(has(refusal([&] { write_file(inner + "/none/a", "x"); }), "No such file or directory"));
  CHECK(has(refusal([&] { write_file(inner, "x"); }), "directory"));
}

TEST_CASE("Temporary files of killed writers are removed and nothing else", "[file]") {
  const TempFolder folder;
  const std::string path = folder.path + "/a", dead = std::to_string(dead_process());
  const std::string left = path + ".tmp." + dead + ".0";
  const std::string other = folder.path + "/b.tmp." + dead + ".0";
  const std::vector<std::string> kept = {path + ".tmp." + std::to_string(getpid()) + ".99999",
                                         path + ".tmp.1.0",
                                         path + ".tmp.x.0",
                                         path + ".tmp." + dead,
                                         path + ".tmp." + dead + ".0.0",
                                         path + ".tmp.-" + dead + ".0",
                                         path + ".tmp.0.0",
                                         other};
  for (const std::string& name : kept) write_file(name, "x");
  write_file(left, "x");
  write_file(path + ".tmp." + dead + ".17", "x");
  write_file(path, "new");
  CHECK_FALSE(fs::exists(left));
  CHECK_FALSE(fs::exists(path + ".tmp." + dead + ".17"));
  for (const std::string& name : kept) CHECK(fs::exists(name));
  remove_stale_temporaries(folder.path + "/b");
  CHECK_FALSE(fs::exists(other));
  const std::string trial = folder.path + "/.gradus.tmp." + dead + ".0";
  write_file(trial, "");
  check_writable(folder.path);
  CHECK_FALSE(fs::exists(trial));
  CHECK_NOTHROW(remove_stale_temporaries(folder.path + "/none/c"));
}

TEST_CASE("Concurrent writers leave one whole file", "[file]") {
  const TempFolder folder;
  const std::string path = folder.path + "/a";
  std::vector<std::thread> writers;
  for (char c : {'a', 'b', 'c', 'd'})
    writers.emplace_back([&path, c] {
      for (int i = 0; i < 10; ++i) write_file(path, std::string(5000, c));
    });
  bool whole = true;
  for (std::thread& w : writers) w.join();
  const std::string found = read_file(path);
  for (char c : found) whole = whole && c == found[0];
  CHECK(whole);
  CHECK(found.size() == 5000);
  CHECK(files_in(folder.path) == 1);
}

TEST_CASE("A folder is locked for one process as long as it lives", "[file]") {
  const TempFolder folder;
  {
    const DirectoryLock first(folder.path);
    CHECK(first.held());
    CHECK(refusal([&] { DirectoryLock second(folder.path); }) ==
          "lock: " + folder.path + " is in use by another process");
  }
  CHECK_NOTHROW(DirectoryLock(folder.path));
  CHECK(has(refusal([&] { DirectoryLock none(folder.path + "/none"); }), "No such file"));
  CHECK(files_in(folder.path) == 0);
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const DirectoryLock lock(folder.path);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    pause();
  }
  char byte;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  CHECK_THROWS_AS(DirectoryLock(folder.path), std::runtime_error);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK_NOTHROW(DirectoryLock(folder.path));
}

}  // namespace io_file_test
