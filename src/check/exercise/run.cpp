// SPDX-License-Identifier: MIT
// A check as a program: prints the report, and ends what hangs, crashes or takes all memory.
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "check/exercise/exercise.h"
#include "gradus/base/parallel.h"

namespace gradus::exercise {
namespace {

unsigned seconds_of_step = 0;
char current_step[64] = "start";
bool finished = false;

// Only calls that a signal handler may make.
void say(const char* words) {
  const ssize_t written = write(STDOUT_FILENO, words, std::strlen(words));
  static_cast<void>(written);
}

void stopped(int signal) {
  say("\n  FAILED   ");
  say(current_step);
  say(signal == SIGALRM  ? ": it takes too long.\n\nNext: does each loop of yours end?\n"
      : signal == SIGFPE ? ": a whole number is divided by zero.\n\nNext: look for / and %.\n"
                         : ": your code crashed.\n\nNext: is an index out of range, a tensor "
                           "undefined, or a recursion endless?\n");
  _exit(1);
}

void watch(const std::string& step) {
  std::snprintf(current_step, sizeof current_step, "%s", step.c_str());
  alarm(seconds_of_step);
}

// exit(0) in a learner's function would look like success.
void at_exit() {
  if (finished) return;
  say("\n  FAILED   ");
  say(current_step);
  say(": your code ends the program.\n\nNext: return instead of exit().\n");
  _exit(1);
}

// A stack of its own for the handler, since an endless recursion leaves none.
void catch_signals() {
  static char stack[65536];
  stack_t own{};
  own.ss_sp = stack;
  own.ss_size = sizeof stack;
  sigaltstack(&own, nullptr);
  struct sigaction action {};
  action.sa_handler = stopped;
  action.sa_flags = SA_ONSTACK;
  for (int signal : {SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL})
    sigaction(signal, &action, nullptr);
}

// So that an endless push_back ends as std::bad_alloc, not with a machine that stands still.
void limit_memory() {
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t most = static_cast<rlim_t>(pages * sysconf(_SC_PAGESIZE)) + (rlim_t{4} << 30);
  const rlimit limit{most, most};
  setrlimit(RLIMIT_AS, &limit);
}

const char* mark(Outcome o) {
  return o == Outcome::passed ? "passed" : o == Outcome::failed ? "FAILED" : "waits ";
}

// Indented, and sentences folded at spaces; lines that are indented already hold tensors.
std::string indented(const std::string& words, const std::string& margin) {
  constexpr size_t width = 78;
  std::string out;
  for (size_t begin = 0; begin < words.size();) {
    const size_t end = std::min(words.find('\n', begin), words.size());
    std::string line = words.substr(begin, end - begin);
    begin = end + 1;
    std::string hang;
    while (line.size() > width && line[0] != ' ' && line[0] != '[') {
      const size_t space = line.rfind(' ', width);
      if (space == line.npos) break;
      out += margin + hang + line.substr(0, space) + "\n";
      line = line.substr(space + 1);
      hang = "  ";
    }
    out += margin + hang + line + "\n";
  }
  return out;
}

}  // namespace

void hole(const std::string& what) { throw Hole{what}; }

bool Report::passed() const {
  for (const Part& part : parts)
    if (part.outcome != Outcome::passed) return false;
  return !parts.empty();
}

std::string Report::str() const {
  std::string out = name + "\n\n";
  for (const Part& part : parts) {
    out += text({"  ", mark(part.outcome), "   ", part.name});
    out += part.figure.empty() ? "\n" : ": " + part.figure + "\n";
    out += indented(part.words, std::string(13, ' '));
  }
  if (passed()) out += "\nAll passed. Well done.\n";
  return out + "\n" + indented("Next: " + next, "");
}

int run_call(const std::string& name, const Call& yours, const Test& test, unsigned seconds) {
  seconds_of_step = seconds;
  set_num_threads(1);
  limit_memory();
  catch_signals();
  std::atexit(at_exit);
  const Report report = check_call(name, yours, test, watch);
  alarm(0);
  finished = true;
  std::fputs(report.str().c_str(), stdout);
  return report.passed() ? 0 : 1;
}

}  // namespace gradus::exercise
