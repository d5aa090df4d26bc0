// SPDX-License-Identifier: MIT
// A check as a program: prints the report, and stops code that hangs, crashes or takes all memory.
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
bool finished = false;
// The text for a signal handler: the lines of the earlier steps, the step, its time, the example.
char steps_before[1024] = "", current_step[64] = "start", stopped_after[64] = "";
char current_example[512] = "";
volatile bool in_backward = false;

// Only calls that a signal handler may make.
void say(const char* words) {
  const ssize_t written = write(STDOUT_FILENO, words, std::strlen(words));
  static_cast<void>(written);
}

void say_end(const char* what, const char* next) {
  say(steps_before);
  say("  FAILED   ");
  say(current_step);
  say(": ");
  say(what);
  if (current_example[0]) {
    say(in_backward ? "\n             in backward" : "\n             in forward");
    say(", in the example ");
    say(current_example);
  }
  say("\n\nNext: ");
  say(next);
  say("\n");
  _exit(1);
}

void stopped(int signal) {
  if (signal == SIGALRM) say_end(stopped_after, "does each of your loops end?");
  if (signal == SIGFPE) say_end("a whole number is divided by zero", "look for / and %.");
  say_end("your code crashed",
          "is an index out of range, a tensor undefined, or a recursion endless?");
}

std::string lines_of(const Report& report);

void watch(const std::string& step, const Report& before) {
  std::snprintf(steps_before, sizeof steps_before, "%s\n\n%s", before.name.c_str(),
                lines_of(before).c_str());
  std::snprintf(current_step, sizeof current_step, "%s", step.c_str());
  alarm(seconds_of_step);
}

// exit(0) in a learner's function would look like success.
void at_exit() {
  if (finished) return;
  say_end("your code ends the program", "return instead of exit().");
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

// Limits memory, so that an endless push_back throws std::bad_alloc and does not freeze the
// machine.
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

// Indents the lines and folds sentences at spaces; lines that are already indented contain tensors.
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

std::string lines_of(const Report& report) {
  std::string out;
  for (const Part& part : report.parts) {
    out += text({"  ", mark(part.outcome), "   ", part.name});
    out += part.figure.empty() ? "\n" : ": " + part.figure + "\n";
    out += indented(part.words, std::string(13, ' '));
  }
  return out;
}

}  // namespace

void running(const std::string& example) {
  in_backward = false;
  std::snprintf(current_example, sizeof current_example, "%s", example.c_str());
}
void running_backward(bool backward) { in_backward = backward; }

void hole(const std::string& what) { throw Hole{what}; }

bool Report::passed() const {
  for (const Part& part : parts)
    if (part.outcome != Outcome::passed) return false;
  return !parts.empty();
}

std::string Report::str() const {
  std::string out = name + "\n\n" + lines_of(*this);
  if (passed()) out += "\nAll passed. Well done.\n";
  return out + "\n" + indented("Next: " + next, "");
}

int run_call(const std::string& name, const Call& yours, const Test& test, unsigned seconds) {
  seconds_of_step = seconds;
  std::snprintf(stopped_after, sizeof stopped_after, "stopped after %u s", seconds);
  set_num_threads(1);
  limit_memory();
  catch_signals();
  std::atexit(at_exit);
  const Report report = check_watched(name, yours, test, watch);
  alarm(0);
  finished = true;
  std::fputs(report.str().c_str(), stdout);
  return report.passed() ? 0 : 1;
}

}  // namespace gradus::exercise
