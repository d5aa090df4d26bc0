// SPDX-License-Identifier: MIT
// gradus gradcheck: checks every property of every op (check/properties.h), one line per op.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>

#include "check/properties.h"
#include "tools/cli/cli.h"

namespace gradus::tools {
namespace {

struct Settings {
  std::vector<std::string> names{};
  int64_t samples = 0, seed = 0;
  bool mutants = false;
};

std::vector<check::OpRow> chosen_rows(const std::vector<std::string>& names) {
  std::vector<check::OpRow> all = check::op_table(), chosen;
  if (names.empty()) return all;
  std::vector<std::string> known;
  for (const check::OpRow& row : all) known.push_back(row.name);
  for (const std::string& name : names) {
    const auto at = std::find(known.begin(), known.end(), name);
    if (at == known.end()) {
      const std::string near = suggestion(name, known);
      usage_error({"unknown op ", printable(name), near.empty() ? "" : "; ", near});
    }
    chosen.push_back(all[static_cast<size_t>(at - known.begin())]);
  }
  return chosen;
}

// Shows "12/60 softmax" on a terminal; nothing if stderr is a file.
class Progress {
 public:
  void show(size_t done, size_t all, const std::string& name) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - last_ < std::chrono::milliseconds(250)) return;
    last_ = now;
    std::fprintf(stderr, "\r\33[K%zu/%zu %s", done, all, name.c_str());
  }
  void clear() const {
    if (terminal_) std::fprintf(stderr, "\r\33[K");
  }

 private:
  bool terminal_ = isatty(2) && std::getenv("NO_COLOR") == nullptr;
  std::chrono::steady_clock::time_point last_{};
};

void print_line(const check::RowReport& r, size_t width, bool with_mutants) {
  char error[32] = "-", mutants[32] = "-";
  if (r.differentiable) std::snprintf(error, sizeof error, "%.1e", r.worst);
  if (r.differentiable && with_mutants)
    std::snprintf(mutants, sizeof mutants, "%d/%d", r.caught, r.mutants);
  std::printf("%-*s %4d  %8s %7s  %s\n", static_cast<int>(width), r.name.c_str(), r.samples, error,
              mutants, r.ok() ? "pass" : "fail");
  std::fflush(stdout);
  constexpr size_t most = 3;
  for (size_t i = 0; i < r.failures.size() && i < most; ++i)
    std::fprintf(stderr, "  %s: %s\n", r.name.c_str(), r.failures[i].c_str());
  if (r.failures.size() > most)
    std::fprintf(stderr, "  %s: and %zu more\n", r.name.c_str(), r.failures.size() - most);
  for (const std::string& mutant : r.survivors)
    std::fprintf(stderr, "  %s: the mutant \"%s\" was not caught\n", r.name.c_str(),
                 mutant.c_str());
}

int run(const Settings& s) {
  const std::vector<check::OpRow> rows = chosen_rows(s.names);
  size_t width = 4;
  for (const check::OpRow& row : rows) width = std::max(width, row.name.size());
  int samples = 0, caught = 0, mutants = 0, failed = 0, twice = 0;
  double worst = 0, identity = 0;
  Progress progress;
  for (size_t i = 0; i < rows.size(); ++i) {
    progress.show(i, rows.size(), rows[i].name);
    const check::RowReport r = check::check_row(rows[i], {.seed = static_cast<uint64_t>(s.seed),
                                                          .samples = static_cast<int>(s.samples),
                                                          .mutants = s.mutants});
    progress.clear();
    print_line(r, width, s.mutants);
    samples += r.samples;
    caught += r.caught;
    mutants += r.mutants;
    failed += !r.ok();
    twice += r.twice;
    worst = std::isnan(r.worst) ? r.worst : std::max(worst, r.worst);
    identity = std::isnan(r.identity) ? r.identity : std::max(identity, r.identity);
  }
  const std::string score = s.mutants ? text({", mutants caught ", caught, "/", mutants}) : "";
  char modes[64] = "";
  if (worst > 0) std::snprintf(modes, sizeof modes, ", forward - reverse mode %.1e", identity);
  const std::string verdict = failed ? text({failed, " failed"}) : "all pass";
  std::printf(
      "%zu op%s, %d samples, worst relative error %.1e%s%s, %d with second derivatives: %s\n",
      rows.size(), rows.size() == 1 ? "" : "s", samples, worst, modes, score.c_str(), twice,
      verdict.c_str());
  return failed ? 1 : 0;
}

}  // namespace

Command gradcheck_command() {
  const auto s = std::make_shared<Settings>();
  return {.name = "gradcheck",
          .summary = "check the gradients of every op, optionally against broken ones",
          .examples = {"gradcheck", "gradcheck softmax --mutants --seed 7"},
          .options =
              [s](Options& o) {
                o.arguments("NAME", s->names, "ops to check; default: all");
                o.value("--samples", s->samples, "samples per op; 0: as in the op table", 0,
                        1000000);
                o.value("--seed", s->seed, "seed of the random inputs", 0);
                o.flag("--mutants", s->mutants,
                       "also count how many deliberately wrong gradients are caught");
                o.threads();
              },
          .run = [s] { return run(*s); }};
}

}  // namespace gradus::tools
