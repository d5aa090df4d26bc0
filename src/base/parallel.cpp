// SPDX-License-Identifier: MIT
// The one OpenMP region of gradus, and the start-up settings of OpenBLAS.
#include "gradus/base/parallel.h"

#include <omp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/base/error.h"

extern "C" {  // OpenBLAS, beyond cblas.h
void openblas_set_num_threads(int);
int openblas_get_parallel(void);
char* openblas_get_config(void);
char* openblas_get_corename(void);
void* blas_memory_alloc(int);
void blas_memory_free(void*);
}

namespace gradus {
namespace detail {
int64_t test_grain = 0, test_tile = 0;
}
namespace {

constexpr unsigned flush_bits = 0x8040;  // MXCSR: flush to zero (15), denormals are zero (6)
constexpr int max_threads = 1024;

// OpenBLAS 0.3.21 does not know processors released after 2021 and falls back to SSE3 kernels, five
// times slower. This finds the best kernels that such a processor can run.
const char* best_core() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
  return "";
}

bool is_fallback(std::string_view core) {
  for (std::string_view old : {"Prescott", "Generic", "Core2", "Nehalem", "Atom", "Barcelona"})
    if (core == old) return true;
  return false;
}

// Panels of a product run in gradus's own threads: a multithreaded BLAS would oversubscribe the
// machine, and its results would depend on the number of threads.
int start_blas() {
  const int threads = omp_get_max_threads();
  openblas_set_num_threads(1);
  omp_set_num_threads(threads);  // the OpenMP flavour of OpenBLAS has just set it to 1
  return threads;
}
int threads = start_blas();
thread_local int worker = 0;

// ---- limits on memory
// OpenBLAS takes work memory, 128 MB of address space, for each thread that multiplies. If the
// allocation fails it retries forever. Version 0.3.29 takes the first of it before main(), where
// only the program can see to it: tools/cli/before_libraries.cpp.

bool memory_is_limited() {
  for (int limit : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit r{};
    if (getrlimit(limit, &r) == 0 && r.rlim_cur != RLIM_INFINITY) return true;
  }
  return false;
}

// Runs in the child: writes a byte for each thread for which OpenBLAS found work memory.
[[noreturn]] void try_work_memory(int wanted, int report) {
  signal(SIGALRM, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int i = 0; i < wanted; ++i) {
    alarm(3);
    blas_memory_alloc(0);
    if (write(report, "", 1) != 1) break;
  }
  _exit(0);
}

// The number of `wanted` threads with work memory. Tried in a child process, since OpenBLAS does
// not return if there is too little.
int threads_with_work_memory(int wanted) {
  int ends[2];
  if (pipe(ends) != 0) return wanted;
  const pid_t child = fork();
  if (child == 0) try_work_memory(wanted, ends[1]);
  close(ends[1]);
  int found = child < 0 ? wanted : 0;
  char byte;
  for (ssize_t n = 1; child > 0 && n != 0;) {
    n = read(ends[0], &byte, 1);
    found += n > 0;
    if (n < 0 && errno != EINTR) break;
  }
  close(ends[0]);
  while (child > 0 && waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return found;
}

// OpenBLAS keeps the memory it has taken, so tensors cannot use it up afterwards.
void reserve_work_memory(int count) {
  std::vector<void*> all;
  for (int i = 0; i < count; ++i) all.push_back(blas_memory_alloc(0));
  for (void* buffer : all) blas_memory_free(buffer);
}

// If memory is limited: the number of threads with work memory, and whether more were tried.
int reserved_threads = 0;
bool more_were_tried = false;

// The number of threads, up to n, with work memory; warns if it is less than n. 0: none.
int within_memory(int n) {
  if (n <= reserved_threads || !memory_is_limited()) return n;
  if (more_were_tried) return reserved_threads;  // each try takes seconds
  const int found = threads_with_work_memory(n);
  if (found > 0) reserve_work_memory(found);
  if (found > 0 && found < n)
    std::fprintf(stderr,
                 "gradus: memory is limited (ulimit -v or -d): OpenBLAS finds work memory for %d "
                 "of %d threads, so %d %s used\n",
                 found, n, found, found == 1 ? "is" : "are");
  more_were_tried = found < n;
  reserved_threads = found;
  return found;
}

}  // namespace

int worker_index() { return worker; }

int num_threads() { return threads; }

void set_num_threads(int n) {
  if (n < 1 || n > max_threads)
    argument_error({"set_num_threads: ", n, " is not a thread count; expected 1 to ", max_threads});
  if (const int found = within_memory(n); found > 0) threads = found;
}

void flush_denormals() {
  if ((_mm_getcsr() & flush_bits) != flush_bits) _mm_setcsr(_mm_getcsr() | flush_bits);
}

void detail::run_blocks(int64_t blocks, BlockBody body, void* context) {
  const int team = static_cast<int>(blocks < threads ? blocks : threads);
  if (team <= 1) {
    flush_denormals();
    for (int64_t block = 0; block < blocks; ++block) body(context, block);
    return;
  }
#pragma omp parallel num_threads(team)
  {
    flush_denormals();
    worker = omp_get_thread_num();
#pragma omp for schedule(dynamic, 1) nowait
    for (int64_t block = 0; block < blocks; ++block) body(context, block);
    worker = 0;
  }
}

Blas blas() {
  Blas b;
  b.core = openblas_get_corename();
  const int parallel = openblas_get_parallel();
  b.flavour = parallel == 0 ? "serial" : parallel == 1 ? "pthread" : "openmp";
  const std::string_view config = openblas_get_config();  // "OpenBLAS 0.3.21 NO_LAPACKE ..."
  const size_t space = config.find(' ');
  if (space != config.npos)
    b.version = config.substr(space + 1, config.find(' ', space + 1) - space - 1);
  if (is_fallback(b.core)) b.better_core = best_core();
  return b;
}

namespace {

// Whether this process has been re-executed. A thread count set elsewhere, such as by a parent,
// would leave OpenBLAS with threads that retry allocations forever.
bool is_started_again(const std::string& self) {
  const char* started = std::getenv("GRADUS_STARTED");
  const char* own_threads = std::getenv("OPENBLAS_NUM_THREADS");
  return started && started == self && own_threads && std::string_view(own_threads) == "1";
}

}  // namespace

const char no_work_memory[] =
    "gradus: memory is limited (ulimit -v or -d), and OpenBLAS finds no work memory for a single "
    "thread: raise the limit by 128 MB or more\n";

void start_program(char** argv) {
  flush_denormals();
  const std::string self = std::to_string(getpid());
  if (is_started_again(self)) {
    threads = within_memory(threads);
    if (threads > 0) return;
    std::fputs(no_work_memory, stderr);
    _exit(1);  // exit() would wait for an OpenBLAS thread that still retries
  }
  constexpr int keep = 0, replace = 1;  // variables set by the user are kept, except these two
  setenv("GRADUS_STARTED", self.c_str(), replace);
  setenv("OPENBLAS_NUM_THREADS", "1", replace);  // gradus uses its own threads
  if (const std::string better = blas().better_core; !better.empty())
    setenv("OPENBLAS_CORETYPE", better.c_str(), keep);
  // A waiting thread spins for about 50 us, then sleeps. libgomp's default of milliseconds makes
  // every loop a hundred times slower while another program competes for the processors.
  if (!std::getenv("OMP_WAIT_POLICY")) {
    setenv("GOMP_SPINCOUNT", "1000", keep);
    setenv("KMP_BLOCKTIME", "0", keep);
  }
  execv("/proc/self/exe", argv);  // returns only on failure: then continue, slower
}

}  // namespace gradus
