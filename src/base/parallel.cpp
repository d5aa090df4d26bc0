// SPDX-License-Identifier: MIT
// The one OpenMP region of gradus, and the start-up settings of OpenBLAS.
#include "gradus/base/parallel.h"

#include <omp.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "gradus/base/error.h"

extern "C" {  // OpenBLAS, beyond cblas.h
void openblas_set_num_threads(int);
int openblas_get_parallel(void);
char* openblas_get_config(void);
char* openblas_get_corename(void);
}

namespace gradus {
namespace detail {
int64_t test_grain = 0, test_tile = 0;
}
namespace {

constexpr unsigned flush_bits = 0x8040;  // MXCSR: flush to zero (15), denormals are zero (6)
constexpr int max_threads = 1024;

// OpenBLAS 0.3.21 does not know processors after 2021 and falls back to SSE3 kernels, five
// times slower. These are the kernels that such a processor can run.
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

// Panels of a product run in our own threads: a BLAS with threads of its own would
// oversubscribe the machine, and give other bits for another number of them.
int start_blas() {
  const int threads = omp_get_max_threads();
  openblas_set_num_threads(1);
  omp_set_num_threads(threads);  // the OpenMP flavour of OpenBLAS has just set it to 1
  return threads;
}
int threads = start_blas();
thread_local int worker = 0;

}  // namespace

int worker_index() { return worker; }

int num_threads() { return threads; }

void set_num_threads(int n) {
  if (n < 1 || n > max_threads)
    argument_error({"set_num_threads: ", n, " is not a thread count; expected 1 to ", max_threads});
  threads = n;
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

void start_program(char** argv) {
  flush_denormals();
  if (std::getenv("GRADUS_STARTED")) return;
  constexpr int keep = 0;  // what the user has set stays
  setenv("GRADUS_STARTED", "1", keep);
  setenv("OPENBLAS_NUM_THREADS", "1", keep);
  if (const std::string better = blas().better_core; !better.empty())
    setenv("OPENBLAS_CORETYPE", better.c_str(), keep);
  // A thread that waits spins for some 50 us, then sleeps. libgomp's default of milliseconds makes
  // every loop a hundred times slower while another program wants the same processors.
  if (!std::getenv("OMP_WAIT_POLICY")) {
    setenv("GOMP_SPINCOUNT", "1000", keep);
    setenv("KMP_BLOCKTIME", "0", keep);
  }
  execv("/proc/self/exe", argv);  // returns only on failure: then go on, slower
}

}  // namespace gradus
