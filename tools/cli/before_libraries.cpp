// SPDX-License-Identifier: MIT
// Runs before the C library has set up its environment, so it calls system calls alone.
#include "tools/cli/before_libraries.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>

#include "gradus/base/parallel.h"

namespace gradus::tools {
namespace {

constexpr size_t work_memory = (128 + 16) << 20;  // of OpenBLAS, and what the start needs beside it
const char one_thread[] = "OPENBLAS_NUM_THREADS=1";

bool limited(int resource) {
  rlimit r{};
  return getrlimit(resource, &r) == 0 && r.rlim_cur != RLIM_INFINITY;
}

void* map(size_t bytes) {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

}  // namespace

void before_libraries(int, char** argv, char** environment) {
  if (!limited(RLIMIT_AS) && !limited(RLIMIT_DATA)) return;
  void* room = map(work_memory);
  if (!room) {
    if (write(STDERR_FILENO, no_work_memory, std::strlen(no_work_memory)) < 0) _exit(2);
    _exit(1);
  }
  munmap(room, work_memory);
  size_t count = 0, place = 0;
  for (; environment[count]; ++count)
    if (std::strncmp(environment[count], one_thread, std::strlen(one_thread) - 1) == 0)
      place = count + 1;
  if (place > 0 && std::strcmp(environment[place - 1], one_thread) == 0) return;
  auto** with_one = static_cast<const char**>(map((count + 2) * sizeof(char*)));
  if (!with_one) return;
  std::memcpy(with_one, environment, count * sizeof(char*));
  with_one[place > 0 ? place - 1 : count] = one_thread;
  execve("/proc/self/exe", argv, const_cast<char**>(with_one));  // returns only if it fails
}

}  // namespace gradus::tools
