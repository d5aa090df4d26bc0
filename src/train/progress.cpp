// SPDX-License-Identifier: MIT
// The progress line on a terminal, and whole lines if stderr is not a terminal.
#include "gradus/train/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "data/unicode.h"
#include "gradus/base/error.h"
#include "gradus/base/printable_text.h"

namespace gradus {
namespace {

size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
  return size.ws_col;
}

bool on_terminal() { return isatty(STDERR_FILENO) == 1; }

// Whether a training run owns the current line of the terminal; a phase within it borrows the line.
std::string training_line;
bool silent = false;  // --quiet

void rewrite(const std::string& words) {
  const auto room = static_cast<int64_t>(terminal_width()) - 1;
  const std::string shown(unicode::fitting(words, room));
  std::fprintf(stderr, "\r%s\033[K", shown.c_str());
  std::fflush(stderr);
}

std::string format(const char* pattern, double v) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, pattern, v);
  return buffer;
}

std::string rate_text(double per_second) {
  if (per_second >= 1e6) return format("%.1fM", per_second / 1e6);
  return per_second >= 1e3 ? format("%.1fk", per_second / 1e3) : format("%.0f", per_second);
}

}  // namespace

std::string duration_text(double seconds) {
  const auto s = static_cast<int64_t>(std::max(0.0, std::ceil(seconds)));
  char buffer[48];
  if (s < 60) std::snprintf(buffer, sizeof buffer, "%lds", static_cast<long>(s));
  else if (s < 3600)
    std::snprintf(buffer, sizeof buffer, "%ldm%02lds", static_cast<long>(s / 60),
                  static_cast<long>(s % 60));
  else
    std::snprintf(buffer, sizeof buffer, "%ldh%02ldm", static_cast<long>(s / 3600),
                  static_cast<long>(s % 3600 / 60));
  return buffer;
}

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(on_terminal()) {}

double Progress::seconds_since(Clock::time_point t) const {
  return std::chrono::duration<double>(Clock::now() - t).count();
}

std::string Progress::line(const ProgressState& s) const {
  std::string out = text({"ep ", s.epoch});
  if (s.epochs > 0) out += text({"/", s.epochs});
  out += text({" ", s.batch, "/", s.batches, "  loss ", format("%.4g", s.loss)});
  if (!std::isnan(s.valid))
    out += text({"  val ", format("%.4g", s.valid), s.valid_is_best ? "*" : ""});
  out += text({"  lr ", format("%.0e", s.lr)});
  const double elapsed = seconds_since(start_);
  if (elapsed > 0.5)
    out += text({"  ", rate_text(static_cast<double>(s.tokens) / elapsed), " tok/s"});
  const double advanced = s.done - std::max(0.0, done_at_start_);
  if (elapsed > 1 && advanced > 0)
    out += text({"  eta ", duration_text(elapsed / advanced * (1 - s.done))});
  return out;
}

void Progress::print(const ProgressState& s) {
  last_ = Clock::now();
  if (terminal_) {
    training_line = line(s);
    return rewrite(training_line);
  }
  interval_ = std::min(60.0, interval_ * 1.3 + 0.5);
  std::fprintf(stderr, "%s\n", line(s).c_str());
}

void Progress::update(const ProgressState& s) {
  if (done_at_start_ < 0) done_at_start_ = s.done;
  if (quiet_) return;
  const double pause = terminal_ ? 0.25 : std::max(1.0, interval_);
  if (seconds_since(last_) >= pause) print(s);
}

void Progress::epoch(const ProgressState& s, bool always) {
  if (quiet_) return;
  if (terminal_ || always || seconds_since(last_) >= interval_) print(s);
}

void Progress::note(const std::string& words) {
  finish();
  std::fprintf(stderr, "%s\n", printable_text(words).c_str());
}

void Progress::finish() {
  if (!training_line.empty()) std::fprintf(stderr, "\n");
  training_line.clear();
}

// ---- phases

double share_done(std::span<const Phase* const> open) {
  double share = 0, part = 1;
  for (const Phase* p : open) {
    if (p->total() <= 0) break;
    part /= static_cast<double>(p->total());
    share += part * static_cast<double>(std::min(p->done(), p->total()));
  }
  return share;
}

namespace {

// "folds 2/5, evaluating 40 %": large totals are shown as a percentage.
std::string words_of(std::span<const Phase* const> open) {
  constexpr int64_t countable = 100000;
  std::string out;
  for (const Phase* p : open) {
    out += (out.empty() ? "" : ", ") + p->what();
    if (p->total() > countable)
      out += text({" ", 100 * std::min(p->done(), p->total()) / p->total(), " %"});
    else if (p->total() > 0) out += text({" ", p->done(), "/", p->total()});
    else if (p->done() > 0) out += text({" ", p->done()});
  }
  return out;
}

}  // namespace

PhaseProgress::PhaseProgress() : before_(Phase::listen(this)), terminal_(on_terminal()) {}
PhaseProgress::~PhaseProgress() { Phase::listen(before_); }
void PhaseProgress::silence() { silent = true; }

void PhaseProgress::show(std::span<const Phase* const> open, double age) {
  std::string words = words_of(open) + ", " + duration_text(age);
  if (const double share = share_done(open); share > 0.02 && share < 1)
    words += "  eta " + duration_text(age / share * (1 - share));
  if (!terminal_) {
    std::fprintf(stderr, "%s\n", words.c_str());
    return;
  }
  drawn_ = true;
  rewrite(words);
}

void PhaseProgress::changed(std::span<const Phase* const> open) {
  const Clock::time_point now = Clock::now();
  const auto since = [&](Clock::time_point t) {
    return std::chrono::duration<double>(now - t).count();
  };
  if (open.empty() && drawn_) {  // return the line to its owner
    rewrite(training_line);
    drawn_ = false;
  }
  const Phase* first = open.empty() ? nullptr : open[0];
  if (first != outermost_) {
    outermost_ = first;
    begin_ = now;
    last_ = now;
  }
  if (silent || open.empty() || since(begin_) < 1) return;
  if (terminal_) {
    if (since(last_) < 0.25) return;
  } else {
    Shown& line = lines_[first->what()];
    if (since(line.last) < line.interval) return;
    line.last = now;
    line.interval = std::min(60.0, line.interval * 1.5 + 1);
  }
  last_ = now;
  show(open, since(begin_));
}

}  // namespace gradus
