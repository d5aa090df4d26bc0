// SPDX-License-Identifier: MIT
// gradus bench --against: runs `bench` of this program and of another build as child processes, in
// pairs, so that both meet the same load and the same temperature of the machine. The order within
// a pair changes each time. What counts is the ratio within a pair.
#include "tools/bench/against.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "gradus/train/stop.h"
#include "tools/bench/bench.h"
#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"

namespace gradus::tools {
namespace {

constexpr const char* this_program = "/proc/self/exe";
constexpr int cannot_run = 127;  // as a shell says it

[[noreturn]] void become(std::vector<std::string> words, int output) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // also if this program is killed
  dup2(output, STDOUT_FILENO);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(pointers[0], pointers.data());
  _exit(cannot_run);
}

int ended(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// Appends what arrives until the child closes its output or a signal asks to stop.
void read_all(int from, std::string& text) {
  constexpr int milliseconds = 200;  // a signal just before poll() is noticed this late
  char block[4096];
  while (StopSignals::received() == 0) {
    pollfd one{from, POLLIN, 0};
    if (poll(&one, 1, milliseconds) <= 0) continue;
    const ssize_t n = read(from, block, sizeof block);
    if (n == 0 || (n < 0 && errno != EINTR)) return;
    if (n > 0) text.append(block, static_cast<size_t>(n));
  }
}

struct Output {
  std::string text;
  int status;  // of waitpid()
};

Output output_of(const std::vector<std::string>& words) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("bench: no pipe: " + text({strerror(errno)}));
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    become(words, ends[1]);
  }
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    throw std::runtime_error("bench: no child process: " + text({strerror(errno)}));
  }
  Output o{"", 0};
  read_all(ends[0], o.text);
  if (StopSignals::received() != 0) kill(child, SIGTERM);
  close(ends[0]);
  o.status = ended(child);
  StopSignals::poll();
  return o;
}

// "bench", the workload and its options.
std::vector<std::string> words_for(const BenchSettings& s, const std::string& workload) {
  std::vector<std::string> words = {"bench", workload, "--threads", text({num_threads()})};
  const auto add = [&](const char* option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  if (s.steps > 0) add("--steps", text({s.steps}));
  if (workload != bench_quality.name) return words;
  if (!s.file.empty()) add("--file", s.file);
  if (s.target > 0) add("--target", text({s.target}));
  return words;
}

// The JSON line that `program bench workload` prints.
Json measured_line(const std::string& program, const std::string& shown, const Against& a,
                   const std::string& workload) {
  std::vector<std::string> words = words_for(a.bench, workload);
  words.insert(words.begin(), program);
  const Output o = output_of(words);
  words[0] = shown;
  const std::string line = shell_line(shown, {words.begin() + 1, words.end()});
  if (WIFSIGNALED(o.status))
    throw std::runtime_error(text({line, " was ended by signal ", WTERMSIG(o.status)}));
  const int status = WEXITSTATUS(o.status);
  if (status == cannot_run)
    throw std::runtime_error(text({shown, " cannot be run; is it a program of this machine?"}));
  if (status == 2)
    throw std::runtime_error(text({line,
                                   " was refused, as above: name only workloads that both "
                                   "programs have"}));
  if (status != 0)
    throw std::runtime_error(text({line, " failed with status ", status, ", see above"}));
  try {
    return parse_json(o.text, "stdout");
  } catch (const std::runtime_error& e) {
    throw std::runtime_error(text({line, " did not print one JSON line: ", e.what()}));
  }
}

const Json* figure(const Json& line, const std::string& key) {
  const Json* found = line.is(Json::Kind::object) ? line.find(key) : nullptr;
  const bool number = found && (found->is(Json::Kind::number) || found->is(Json::Kind::integer));
  return number ? found : nullptr;
}

// Milliseconds of two lines: of a step, or of a whole training (quality). Those of W9 are geometric
// means of all times that both have.
struct Times {
  double mine, theirs;
};
Times times_of(const Json& mine, const Json& theirs, const std::string& workload) {
  const Json *m, *t;
  for (const auto& [key, unit] : {std::pair{"seconds", 1e3}, {"step_ms", 1.0}}) {
    m = figure(mine, key), t = figure(theirs, key);
    if (m && t && m->number() > 0 && t->number() > 0)
      return {unit * m->number(), unit * t->number()};
  }
  double a = 0, b = 0;
  int64_t n = 0;
  if (mine.is(Json::Kind::object))
    for (const auto& [key, value] : mine.members()) {
      const double unit = key.ends_with("_us") ? 1e-3 : key.ends_with("_ns") ? 1e-6 : 0;
      m = figure(mine, key);
      t = figure(theirs, key);
      if (unit == 0 || !m || !t || m->number() <= 0 || t->number() <= 0) continue;
      a += std::log(unit * m->number());
      b += std::log(unit * t->number());
      ++n;
    }
  if (n == 0) throw std::runtime_error(workload + ": the two programs have no time in common");
  const auto count = static_cast<double>(n);
  return {std::exp(a / count), std::exp(b / count)};
}

struct Series {
  std::vector<double> mine{}, theirs{}, ratios{};
  void add(Times t) {
    mine.push_back(t.mine);
    theirs.push_back(t.theirs);
    ratios.push_back(t.mine / t.theirs);
  }
  void add(const Json& a, const Json& b, const std::string& key) {
    const Json *m = figure(a, key), *t = figure(b, key);
    if (m && t && t->number() > 0) add({m->number(), t->number()});
  }
  bool empty() const { return ratios.empty(); }
};

void check_same_work(const Json& mine, const Json& theirs, const std::string& workload) {
  const Json *m = figure(mine, "params"), *t = figure(theirs, "params");
  if (m && t && *m != *t)
    throw std::runtime_error(
        text({workload, ": this program trains ", m->number(), " parameters and the other ",
              t->number(), ", which is not the same work"}));
  m = figure(mine, "target"), t = figure(theirs, "target");
  if (m && t && m->number() != t->number())
    throw std::runtime_error(text({workload, ": this program trains until a loss of ", m->number(),
                                   " and the other until ", t->number(),
                                   ", which is not the same work; give a --target"}));
}

struct Comparison {
  Series time{}, processor{}, peak{};
};

Comparison compared(const Against& a, const std::string& workload) {
  const auto this_line = [&] { return measured_line(this_program, "gradus", a, workload); };
  const auto other_line = [&] { return measured_line(a.program, a.program, a, workload); };
  Comparison c;
  for (int64_t i = 0; i < a.pairs; ++i) {
    Json mine, theirs;
    if (i % 2 == 0) mine = this_line();
    theirs = other_line();
    if (i % 2 != 0) mine = this_line();
    check_same_work(mine, theirs, workload);
    c.time.add(times_of(mine, theirs, workload));
    for (const char* key : {"step_cpu_ms", "cpu_seconds"}) c.processor.add(mine, theirs, key);
    c.peak.add(mine, theirs, "peak_rss_mb");
  }
  return c;
}

Json against_line(const Comparison& c, const Against& a, const std::string& workload) {
  const auto [least, most] = std::minmax_element(c.time.ratios.begin(), c.time.ratios.end());
  Json line;
  line["workload"] = workload;
  line["threads"] = num_threads();
  line["pairs"] = a.pairs;
  line["this_ms"] = rounded(median(c.time.mine), 4);
  line["other_ms"] = rounded(median(c.time.theirs), 4);
  line["ratio"] = rounded(median(c.time.ratios), 4);
  line["ratio_min"] = rounded(*least, 4);
  line["ratio_max"] = rounded(*most, 4);
  if (!c.processor.empty()) line["cpu_ratio"] = rounded(median(c.processor.ratios), 4);
  if (!c.peak.empty()) {
    line["this_peak_mb"] = rounded(median(c.peak.mine), 1);
    line["other_peak_mb"] = rounded(median(c.peak.theirs), 1);
  }
  return line;
}

void print_against_row(const Json& line) {
  const auto number = [&](const char* key) { return line.at(key).number(); };
  std::printf("%-16s %10.3f %10.3f  %6.3f  %6.3f to %6.3f", line.at("workload").string().c_str(),
              number("this_ms"), number("other_ms"), number("ratio"), number("ratio_min"),
              number("ratio_max"));
  if (line.find("cpu_ratio")) std::printf("  %6.3f", number("cpu_ratio"));
  else std::printf("  %6s", "-");
  if (line.find("this_peak_mb"))
    std::printf("  %6.0f %6.0f", number("this_peak_mb"), number("other_peak_mb"));
  std::printf("\n");
}

void check_program(const std::string& program) {
  std::error_code ignored;
  if (!std::filesystem::exists(program, ignored))
    usage_error({"--against ", printable(program), ": there is no such file; build the other ",
                 "version in a checkout of its own and name its build/gradus"});
  if (!std::filesystem::is_regular_file(program, ignored) || access(program.c_str(), X_OK) != 0)
    usage_error({"--against ", printable(program), " is not a program that you may run"});
}

}  // namespace

void bench_against(const Against& a, const std::vector<std::string>& workloads) {
  check_program(a.program);
  const StopSignals signals;
  StopSignals::on_second("stopped at once\n");
  if (!a.json)
    print_text(stdout, text({"this program against ", a.program, ", ", counted(a.pairs, "pair"),
                             ", ", counted(num_threads(), "thread"), "\n",
                             "workload            this ms   other ms   ratio  of single pairs  "
                             "   cpu  MB this  other\n"}));
  std::fflush(stdout);
  for (const std::string& workload : workloads) {
    const Json line = against_line(compared(a, workload), a, workload);
    if (a.json) std::printf("%s\n", write_json(line).c_str());
    else print_against_row(line);
    std::fflush(stdout);
  }
}

}  // namespace gradus::tools
