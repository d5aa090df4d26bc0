// SPDX-License-Identifier: MIT
// The progress line, and its whole lines where stderr is no terminal.
#include "gradus/train/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gradus/base/error.h"

namespace gradus {
namespace {

size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
  return size.ws_col;
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
  if (s < 60)
    std::snprintf(buffer, sizeof buffer, "%lds", static_cast<long>(s));
  else if (s < 3600)
    std::snprintf(buffer, sizeof buffer, "%ldm%02lds", static_cast<long>(s / 60),
                  static_cast<long>(s % 60));
  else
    std::snprintf(buffer, sizeof buffer, "%ldh%02ldm", static_cast<long>(s / 3600),
                  static_cast<long>(s % 3600 / 60));
  return buffer;
}

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

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

void Progress::rewrite(const std::string& words) {
  const std::string shown = words.substr(0, terminal_width() - 1);
  std::fprintf(stderr, "\r%s\033[K", shown.c_str());
  std::fflush(stderr);
  open_line_ = true;
}

void Progress::update(const ProgressState& s) {
  if (done_at_start_ < 0) done_at_start_ = s.done;
  if (quiet_ || !terminal_ || seconds_since(last_) < 0.25) return;
  last_ = Clock::now();
  rewrite(line(s));
}

void Progress::epoch(const ProgressState& s, bool always) {
  if (quiet_) return;
  if (terminal_) return rewrite(line(s));
  if (!always && seconds_since(last_) < interval_) return;
  last_ = Clock::now();
  interval_ = std::min(60.0, interval_ * 1.3 + 0.5);
  std::fprintf(stderr, "%s\n", line(s).c_str());
}

void Progress::note(const std::string& words) {
  finish();
  std::fprintf(stderr, "%s\n", words.c_str());
}

void Progress::finish() {
  if (open_line_) std::fprintf(stderr, "\n");
  open_line_ = false;
}

}  // namespace gradus
