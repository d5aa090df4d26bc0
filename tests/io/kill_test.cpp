// SPDX-License-Identifier: MIT
// Kills a process repeatedly while it saves: the file is always complete and never older than the
// last reported save. GRADUS_KILLS sets the number of kills.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "gradus/base/parallel.h"
#include "gradus/io/safetensors.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace io_kill_test {

TensorFile content(int64_t k) {
  return {{{"weight", full({300, 1000}, static_cast<double>(k), DType::f32)},
           {"step", tensor({static_cast<double>(k)}, DType::i64)}},
          {{"k", std::to_string(k)}}};
}

// Saves k, k + 1, ... and reports each on `out`, until it is killed.
[[noreturn]] void save_for_ever(const std::string& path, int64_t k, int out) {
  set_num_threads(1);  // OpenMP's threads do not survive a fork
  for (;; ++k) {
    try {
      write_safetensors(path, content(k));
    } catch (const std::exception&) {
      _exit(1);
    }
    if (write(out, &k, sizeof k) != sizeof k) _exit(1);
  }
}

// Starts to save k, k + 1, ..., kills it at some moment, and returns the last report, or k - 1.
int64_t save_and_kill(const std::string& path, int64_t k, useconds_t after) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) save_for_ever(path, k, ends[1]);
  close(ends[1]);
  usleep(after);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  int64_t reported = k - 1;
  for (int64_t n; read(ends[0], &n, sizeof n) == sizeof n;) reported = n;
  close(ends[0]);
  return reported;
}

TEST_CASE("kill -9 while saving loses nothing", "[file][kill]") {
  const char* chosen = std::getenv("GRADUS_KILLS");
  const int kills = chosen ? std::atoi(chosen) : 50;
  const TempFolder folder;
  const std::string path = folder.path + "/model.safetensors";
  int64_t saved = 0;
  write_safetensors(path, content(0));
  Generator gen(7);
  int corrupt = 0, older = 0, left = 0;
  for (int i = 0; i < kills; ++i) {
    const int64_t reported =
        save_and_kill(path, saved + 1, static_cast<useconds_t>(gen.below(12000)));
    for (const auto& entry : std::filesystem::directory_iterator(folder.path))
      left += entry.path() != path;
    try {
      const TensorFile file = read_safetensors(path);
      saved = static_cast<int64_t>(file.tensors.at("step").item());
      const bool whole = file.verified && file.metadata.at("k") == std::to_string(saved) &&
                         identical(file.tensors.at("weight"), content(saved).tensors.at("weight"));
      corrupt += !whole;
      older += saved < reported;
    } catch (const std::exception& e) {
      UNSCOPED_INFO(e.what());
      ++corrupt;
    }
  }
  INFO(kills << " kills, " << saved << " saves, " << left << " temporary files seen");
  CHECK(corrupt == 0);
  CHECK(older == 0);
  CHECK(saved > 0);
  write_safetensors(path, content(1));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path),
                      std::filesystem::directory_iterator()) == 1);
}

}  // namespace io_kill_test
