// SPDX-License-Identifier: MIT
// gradus bench: runs workloads and prints one JSON line each; see the other files of this folder.
#include "tools/bench/bench.h"

#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <memory>

#include "gradus/base/clock.h"
#include "gradus/train/progress.h"
#include "tools/app/profile_view.h"
#include "tools/bench/against.h"
#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"

namespace gradus::tools {
namespace {

// Under a limit on processor time (ulimit -t) the kernel counts it in ticks of some ms.
bool processor_clock_is_coarse() {
  const double start = processor_seconds(), until = clock_seconds() + 0.02;
  double next = start;
  while (next == start && clock_seconds() < until) next = processor_seconds();
  return next == start || next - start > 1e-4;
}

double peak_rss_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return rounded(static_cast<double>(usage.ru_maxrss) / 1024, 1);
}

}  // namespace

double bench_clock() {
  static const bool coarse = processor_clock_is_coarse();
  return num_threads() == 1 && !coarse ? processor_seconds() : clock_seconds();
}

double rounded(double v, int digits) {
  const double scale = std::pow(10, digits);
  return std::round(v * scale) / scale;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return n == 0 ? 0 : (values[n / 2] + values[(n - 1) / 2]) / 2;
}

double fitted_exponent(const std::vector<double>& x, const std::vector<double>& y) {
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  const auto n = static_cast<double>(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const double a = std::log(x[i]), b = std::log(y[i]);
    sx += a;
    sy += b;
    sxx += a * a;
    sxy += a * b;
  }
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

Json bench_line(const char* workload) {
  const Blas b = blas();
  Json line;
  line["workload"] = workload;
  line["framework"] = "gradus";
  line["threads"] = num_threads();
  line["blas_core"] = b.core;
  line["blas_flavour"] = b.flavour;
  line["blas_version"] = b.version;
  return line;
}

void finish_line(Json& line, int64_t misses) {
  line["cache_misses"] = misses;
  line["peak_rss_mb"] = peak_rss_mb();
}

Json time_steps(const char* workload, const BenchSettings& settings, const StepFacts& facts,
                const std::function<void()>& step) {
  const int64_t steps = settings.steps ? settings.steps : facts.steps;
  const double before = peak_rss_mb();
  for (int64_t i = 0; i < facts.warmup; ++i) step();
  const int64_t misses = cache_misses();
  std::vector<double> wall, processor;
  if (settings.profile) settings.profile->start();
  for (int64_t i = 0; i < steps; ++i) {
    if (settings.profile) settings.profile->enter(Profile::Stage::data);
    const double t = clock_seconds(), c = processor_seconds();
    step();
    if (settings.profile) settings.profile->end_step();
    wall.push_back(clock_seconds() - t);
    processor.push_back(processor_seconds() - c);
  }
  if (settings.profile) settings.profile->stop();
  const int64_t missed = cache_misses() - misses;
  std::vector<double> sorted = wall;
  std::sort(sorted.begin(), sorted.end());
  const double middle = median(wall);
  Json line = bench_line(workload);
  line["steps"] = steps;
  line["step_ms"] = rounded(middle * 1e3, 4);
  line["step_cpu_ms"] = rounded(median(processor) * 1e3, 4);
  line["step_ms_min"] = rounded(sorted.front() * 1e3, 4);
  line["step_ms_p10"] = rounded(sorted[sorted.size() / 10] * 1e3, 4);
  line["step_ms_p90"] = rounded(sorted[sorted.size() * 9 / 10] * 1e3, 4);
  line["tokens_per_s"] = rounded(facts.tokens / middle, 1);
  line["rss_before_mb"] = before;
  line["matmul_gflop"] = rounded(facts.gflop, 5);
  line["gflops"] = rounded(facts.gflop / middle, 2);
  line["params"] = facts.parameters;
  finish_line(line, missed);
  return line;
}

Json time_sentences(const char* workload, const BenchSettings& settings, const StepFacts& facts,
                    int64_t sentences, const std::function<void()>& step) {
  PhaseProgress::silence();
  Json line = time_steps(workload, settings, facts, step);
  line["sentences"] = sentences;
  line["tokens"] = static_cast<int64_t>(facts.tokens);
  line["sentences_per_s"] =
      rounded(1e3 * static_cast<double>(sentences) / line.at("step_ms").number(), 1);
  return line;
}

namespace {

struct Settings {
  std::vector<std::string> names{};
  BenchSettings bench{};
  bool profiled = false;
  std::string profile_file{};
  Against against{};
};

std::string lower(std::string word) {
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

// "W10" also selects all workloads whose names start with "W10-".
std::vector<const Workload*> chosen(const std::vector<std::string>& names) {
  if (names.empty()) return {std::begin(all_workloads), std::end(all_workloads)};
  std::vector<std::string> known;
  for (const Workload* w : all_workloads) known.push_back(w->name);
  std::vector<const Workload*> found;
  for (const std::string& word : names) {
    const size_t before = found.size();
    const std::string name = lower(word);
    for (const Workload* w : all_workloads)
      if (lower(w->name) == name || lower(w->name).starts_with(name + "-")) found.push_back(w);
    if (found.size() > before) continue;
    const std::string near = suggestion(word, known);
    usage_error({"unknown workload ", printable(word), near.empty() ? "" : "; ", near});
  }
  return found;
}

// --file and --target are for quality alone.
void check_quality(const Settings& s, const std::vector<const Workload*>& workloads) {
  const BenchSettings& b = s.bench;
  const bool measured =
      std::find(workloads.begin(), workloads.end(), &bench_quality) != workloads.end();
  if ((!b.file.empty() || b.target > 0) && !measured)
    usage_error({b.file.empty() ? "--target" : "--file", " is for the workload quality"});
  if (!b.file.empty() && b.target == 0)
    usage_error({"--file ", printable(b.file, 200),
                 " needs --target LOSS, in nats per token: such "
                 "as 1.80 for tiny_shakespeare"});
}

int compare(const Settings& s, const std::vector<const Workload*>& workloads) {
  if (s.profiled) usage_error({"--profile and --against do not go together; profile them apart"});
  std::vector<std::string> names;
  for (const Workload* w : workloads) names.push_back(w->name);
  Against against = s.against;
  against.bench = s.bench;
  bench_against(against, names);
  return 0;
}

int run(const Settings& s, bool pairs_given) {
  check_profile_file(s.profile_file);
  const std::vector<const Workload*> workloads = chosen(s.names);
  check_quality(s, workloads);
  if (!s.against.program.empty()) return compare(s, workloads);
  if (pairs_given) usage_error({"--pairs needs --against FILE"});
  if (s.against.json) usage_error({"--json needs --against FILE; a workload always prints JSON"});
  if (!s.profile_file.empty() && workloads.size() > 1)
    usage_error({"--profile ", s.profile_file, " holds one workload; name one of them"});
  for (const Workload* w : workloads) {
    Profile profile;
    BenchSettings settings = s.bench;
    if (s.profiled) settings.profile = &profile;
    std::printf("%s\n", write_json(w->run(settings)).c_str());
    std::fflush(stdout);
    if (s.profiled && profile.steps() == 0)
      tell(text({w->name, ": no profile, since it does not train in steps\n"}));
    else if (s.profiled) show_profile(profile, s.profile_file);
  }
  return 0;
}

}  // namespace

Command bench_command() {
  const auto s = std::make_shared<Settings>();
  const auto pairs_given = std::make_shared<std::function<bool()>>();
  std::string help = "workloads to run; default: all:";
  for (const Workload* w : all_workloads) help += text({" ", w->name, " (", w->summary, ")"});
  return {.name = "bench",
          .summary = "measure speed, one JSON line per workload",
          .examples = {"bench W9 --threads 1", "bench embed translate --threads 1",
                       "bench quality --file shakespeare.txt --target 1.80"},
          .options =
              [s, pairs_given, help](Options& o) {
                o.arguments("WORKLOAD", s->names, help);
                o.value("--steps", s->bench.steps,
                        "measured steps, for quality the most steps of the training; 0: chosen by "
                        "the workload",
                        0, 1000000);
                o.value("--file", s->bench.file, "quality: a text; without it gradus makes one up");
                o.value("--target", s->bench.target,
                        "quality: the held-out loss to reach, in nats per token; 0: chosen for the "
                        "made-up text",
                        0, 100);
                o.optional_value("--profile", s->profiled, s->profile_file,
                                 "show time and memory of the steps by op and by phase; also "
                                 "write FILE.csv, FILE.svg or FILE.png");
                o.value("--against", s->against.program,
                        "another build of gradus: run both in alternating pairs and show the "
                        "ratio of their times");
                o.value("--pairs", s->against.pairs, "pairs of runs for --against", 1, 1000);
                o.flag("--json", s->against.json, "one JSON line per workload for --against");
                o.threads();
                *pairs_given = [o] { return o.given("--pairs"); };
              },
          .run = [s, pairs_given] { return run(*s, (*pairs_given)()); }};
}

}  // namespace gradus::tools
