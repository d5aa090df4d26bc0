// SPDX-License-Identifier: MIT
// gradus step: goes through a forward and its backward op by op.
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "gradus/io/file.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/commands.h"
#include "tools/see/tape_source.h"
#include "tools/see/tape_steps.h"

namespace gradus::tools {
namespace {

struct StepCommandArguments {
  std::string source, stop_at, html;
  int64_t samples = 1;
};

// During its lifetime the terminal gives each key at once, Ctrl-C included, and shows none.
class SingleKeys {
 public:
  SingleKeys() {
    active_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!active_) return;
    termios keys = before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &keys);
  }
  ~SingleKeys() {
    if (active_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  SingleKeys(const SingleKeys&) = delete;
  SingleKeys& operator=(const SingleKeys&) = delete;
  /// 0 at the end of the input.
  static char read_key() {
    char key = 0;
    return read(STDIN_FILENO, &key, 1) == 1 ? key : '\0';
  }

 private:
  termios before_{};
  bool active_ = false;
};

constexpr char ctrl_c = 3, ctrl_d = 4;

int walk(const TapeSteps& steps, const std::vector<size_t>& stops) {
  const bool all = stops.size() == steps.size();
  const std::string keys = std::string("[Enter or n: next, b: back, f: to backward") +
                           (all ? "" : ", c: next stop") + ", q: quit]\n";
  const SingleKeys single;
  size_t now = stops[0];
  while (true) {
    print_text(stdout, text_of(steps.at(now)) + keys);
    std::fflush(stdout);
    const char key = SingleKeys::read_key();
    if (key == 'q' || key == '\0' || key == ctrl_c || key == ctrl_d) return 0;
    if (key == 'b') now = now == 0 ? 0 : now - 1;
    else if (key == 'f') now = steps.first_backward();
    else if (key == 'c') {
      const auto next = std::upper_bound(stops.begin(), stops.end(), now);
      if (next != stops.end()) now = *next;
    } else if (key == '\n' || key == '\r' || key == 'n' || key == ' ') {
      if (++now == steps.size()) return 0;
    }
  }
}

int run(const StepCommandArguments& args) {
  if (!args.html.empty()) check_writable(folder_of(args.html));
  const NamedTape named = read_tape(args.source, args.samples);
  const TapeSteps steps(named.tape);
  const std::vector<size_t> stops = steps.stops(args.stop_at);
  if (!args.html.empty()) {
    write_file(args.html, steps_page(steps, stops, "gradus step: " + printable(named.title, 200)));
    return 0;
  }
  if (stops.empty()) {
    print_text(stdout, "every value and every gradient is finite\n");
    return 0;
  }
  if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) return walk(steps, stops);
  for (size_t s : stops) print_text(stdout, text_of(steps.at(s)));
  for (const std::string& note : named.tape.between) print_text(stdout, "note: " + note + "\n");
  if (!named.tape.error.empty())
    print_text(stdout, "the backward ended early: " + named.tape.error + "\n");
  return 0;
}

}  // namespace

Command step_command() {
  const auto args = std::make_shared<StepCommandArguments>();
  return {.name = "step",
          .summary = "go through a forward and its backward op by op, with values and rules",
          .examples = {"step softmax", "step scale --stop-at op=softmax",
                       "step runs/copy-1 --html steps.html"},
          .options =
              [args](Options& o) {
                declare_tape(o, args->source, args->samples);
                o.value("--stop-at", args->stop_at,
                        "steps to stop at (without a terminal: the only steps to show): where an "
                        "op runs (op=softmax), a parameter is read or gets its gradient "
                        "(param=NAME), or values or gradients are not finite (nonfinite)");
                o.value("--html", args->html, "write the steps as one page for a browser");
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
