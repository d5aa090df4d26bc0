// SPDX-License-Identifier: MIT
// Runs the test cases and counts them. Only this file contains the implementation of Catch2 2.
#if !__has_include(<catch2/catch_test_macros.hpp>)
#define CATCH_CONFIG_RUNNER
#endif
#include "tests/catch.h"

#if GRADUS_CATCH == 3
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#endif

#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/base/random.h"

namespace gradus::tests {
namespace {

struct Count {
  int passed = 0, failed = 0;
  std::vector<std::string> skipped{};                     // names and reasons
  std::string reason{};                                   // of the test case that runs
  std::vector<std::pair<double, std::string>> seconds{};  // of each test case, and its name
} count;
using Clock = std::chrono::steady_clock;

#if GRADUS_CATCH == 3
using Listener = Catch::EventListenerBase;
#else
using Listener = Catch::TestEventListenerBase;
#endif

struct Counter : Listener {
  using Listener::Listener;
  // Random numbers do not depend on earlier test cases.
  void testCaseStarting(const Catch::TestCaseInfo&) override {
    gradus::manual_seed(0);
    start_ = Clock::now();
  }
  void testCaseEnded(const Catch::TestCaseStats& stats) override {
#if GRADUS_CATCH == 3
    const std::string name = stats.testInfo->name;
#else
    const std::string name = stats.testInfo.name;
#endif
    count.seconds.push_back({std::chrono::duration<double>(Clock::now() - start_).count(), name});
    const auto& assertions = stats.totals.assertions;
    if (assertions.failed > 0) {
      ++count.failed;
    } else if (!count.reason.empty()) {
      count.skipped.push_back(name + ": " + count.reason);
    } else if (assertions.passed == 0) {
      ++count.failed;
      std::cout << "failed: " << name << " asserted nothing" << std::endl;
    } else {
      ++count.passed;
    }
    count.reason.clear();
  }

 private:
  Clock::time_point start_{};
};

// The ten slowest test cases, if there were many.
void print_slowest() {
  auto& all = count.seconds;
  if (all.size() < 100) return;
  std::partial_sort(all.begin(), all.begin() + 10, all.end(), std::greater<>());
  std::printf("slowest:\n");
  for (size_t i = 0; i < 10; ++i)
    std::printf("  %5.1f s  %s\n", all[i].first, all[i].second.c_str());
}

std::vector<void (*)()>& makers() {
  static std::vector<void (*)()> all;
  return all;
}

struct Invoker : Catch::ITestInvoker {
  std::function<void()> body;
  explicit Invoker(std::function<void()> f) : body(std::move(f)) {}
  void invoke() const override { body(); }
};

std::string read(const std::string& path) {
  std::ostringstream all;
  all << std::ifstream(path, std::ios::binary).rdbuf();
  return all.str();
}

}  // namespace

void skip_test(const std::string& reason) {
  count.reason = reason;
#if GRADUS_CATCH == 3
  SKIP(reason);
  std::abort();  // SKIP has thrown
#else
  throw Catch::TestFailureException();  // ends the test case; without an assertion it does not fail
#endif
}

std::string shared_folder(const std::string& name) {
  const char* chosen = std::getenv("GRADUS_SHARED");
  const std::string path = std::string(chosen ? chosen : "../shared") + "/" + name;
  if (!std::filesystem::is_directory(path)) skip_test(path + " does not exist");
  return path;
}

TempFolder::TempFolder()
    : path((std::filesystem::temp_directory_path() / "gradus-XXXXXX").string()) {
  if (!mkdtemp(path.data())) throw std::runtime_error("cannot make a folder like " + path);
}
TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

Finished run(const std::string& command) {
  const TempFolder folder;
  const std::string out = folder.path + "/out", err = folder.path + "/err";
  std::fflush(nullptr);
  const int status = std::system(("( " + command + " ) >" + out + " 2>" + err).c_str());
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, read(out), read(err)};
}

std::string tests_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

std::string gradus_program() {
  const char* path = std::getenv("GRADUS_PROGRAM");
  if (!path) throw std::runtime_error("GRADUS_PROGRAM is not set; run the tests with make test");
  return path;
}

void add_test(const std::string& name, const std::string& tags, std::function<void()> body) {
  static std::deque<std::string> kept;  // Catch2 version 3 keeps references
  const std::string& n = kept.emplace_back(name);
  const std::string& t = kept.emplace_back(tags);
#if GRADUS_CATCH == 3
  Catch::Detail::unique_ptr<Catch::ITestInvoker> invoker(new Invoker(std::move(body)));
  const Catch::AutoReg add(std::move(invoker), CATCH_INTERNAL_LINEINFO, Catch::StringRef(),
                           Catch::NameAndTags{n, t});
#else
  const Catch::AutoReg add(new Invoker(std::move(body)), CATCH_INTERNAL_LINEINFO,
                           Catch::StringRef(), Catch::NameAndTags{n, t});
#endif
}

AtStart::AtStart(void (*maker)()) { makers().push_back(maker); }

}  // namespace gradus::tests

using gradus::tests::Counter;
CATCH_REGISTER_LISTENER(Counter)

int main(int argc, char** argv) {
  using gradus::tests::count;
  gradus::start_program(argv);
  for (void (*maker)() : gradus::tests::makers()) maker();
  Catch::Session session;
  if (const int wrong = session.applyCommandLine(argc, argv)) return wrong;
  const auto& config = session.configData();
  const bool lists = config.listTests || config.listTags || config.listReporters;
  const int result = session.run();
  if (lists || config.showHelp) return result;
  for (const std::string& s : count.skipped) std::cout << "skipped: " << s << "\n";
  const bool good = result == 0 && count.failed == 0 && count.passed > 0;
  // A run that fails for another reason (no test matched) must not look like a success.
  if (!good && count.failed == 0) std::cout << "failed: no test case passed, or Catch2 stopped\n";
  std::cout << std::flush;
  gradus::tests::print_slowest();
  std::printf("%d passed, %d failed, %zu skipped\n", count.passed, count.failed,
              count.skipped.size());
  return good ? 0 : 1;
}
