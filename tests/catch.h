// SPDX-License-Identifier: MIT
// Catch2, version 3 or 2, whichever is installed, and helpers for all tests.
// The last line of a run is "N passed, N failed, N skipped", counting test cases. A test case
// without a single assertion counts as failed.
#pragma once
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#define GRADUS_CATCH 3
#else
#include <catch2/catch.hpp>
#define GRADUS_CATCH 2
#endif

#include <functional>
#include <stdexcept>
#include <string>

namespace gradus::tests {

#if GRADUS_CATCH == 3
using Catch::Approx;  // version 2 has it outside of its namespace
#endif

#ifdef __clang__
inline constexpr bool thread_sanitizer = __has_feature(thread_sanitizer);
inline constexpr bool sanitized = thread_sanitizer || __has_feature(address_sanitizer);
#elif defined(__SANITIZE_ADDRESS__)
inline constexpr bool thread_sanitizer = false, sanitized = true;
#else
inline constexpr bool thread_sanitizer = false, sanitized = false;
#endif

/// Ends the test case: it counts as skipped, and the reason is printed.
[[noreturn]] void skip_test(const std::string& reason);

/// The folder `name` of the shared material: ../shared/name beside the checkout, or
/// $GRADUS_SHARED/name. The test case is skipped if it does not exist.
std::string shared_folder(const std::string& name);

/// A new empty folder, removed with the object.
struct TempFolder {
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string path;
};

/// A finished program: its exit status (128 + n after signal n) and what it printed.
struct Finished {
  int status;
  std::string out, err;
};
/// Runs a shell command.
Finished run(const std::string& command);
/// This program.
std::string tests_program();
/// The program `gradus` that `make test` has built, ready for a command line.
std::string gradus_program();

/// Adds a test case whose name is known only at run time.
void add_test(const std::string& name, const std::string& tags, std::function<void()> body);
/// At namespace scope: `const AtStart more([] { add_test(...); });`, called once in main().
struct AtStart {
  explicit AtStart(void (*maker)());
};

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The message with which f() throws E. The test fails if it throws nothing or
/// it throws something else.
template <class E = std::invalid_argument, class F> std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  } catch (const std::exception& e) {
    FAIL("another kind of error was thrown: " << e.what());
  }
  FAIL("nothing was thrown");
  return {};
}

}  // namespace gradus::tests
