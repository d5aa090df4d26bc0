// SPDX-License-Identifier: MIT
// gradus leakcheck: shows that what a mask or a length hides has no influence on a trained model.
#include <cstdio>
#include <memory>

#include "gradus/train/leak.h"
#include "models/explain/leak_probes.h"
#include "tools/cli/terminal.h"
#include "tools/commands.h"
#include "tools/draw/table.h"
#include "tools/tasks/saved_run.h"

namespace gradus::tools {
namespace {

struct LeakcheckArguments {
  std::string run;
  int64_t seed = 1;
};

std::vector<Table::Cell> row_of(const LeakFinding& f) {
  return {f.what, static_cast<double>(f.pairs),
          f.by_gradient ? text({f.gradients, " not 0"}) : std::string("-"),
          text({f.values, " differ"}), std::string(f.leaks() ? "LEAKS" : "hidden")};
}

// The model with its best weights; only a task without a schema needs its data for that.
std::unique_ptr<TaskRun> with_model(const RunFolder& folder) {
  if (!folder.has("schema.json")) return trained(folder);
  std::unique_ptr<TaskRun> t = saved_run(folder);
  take_schema(*t, folder);
  take_best(*t, folder);
  return t;
}

int run(const LeakcheckArguments& args) {
  const std::unique_ptr<TaskRun> t = with_model(RunFolder::open(args.run));
  const std::vector<LeakProbe> probes = leak_probes(t->model(), static_cast<uint64_t>(args.seed));
  if (probes.empty())
    usage_error({args.run, " has a model of \"", t->name(), "\" that reads no positions, so ",
                 "nothing can leak"});
  Table table{.columns = {{"hidden"}, {"pairs", 0}, {"gradients"}, {"values"}, {"verdict"}}};
  std::string leaks;
  for (const LeakProbe& probe : probes) {
    const LeakFinding found = leak_check(probe);
    table.rows.push_back(row_of(found));
    if (!found.leaks()) continue;
    leaks += found.what + ": " + found.first;
    leaks += found.place.empty() ? "\n" : "; it enters at " + found.place + "\n";
  }
  std::printf("%s", table_text(table).c_str());
  print_text(stdout, leaks.empty()
                         ? "nothing leaks: all hidden positions have exactly no influence\n"
                         : leaks);
  return leaks.empty() ? 0 : 1;
}

}  // namespace

Command leakcheck_command() {
  const auto args = std::make_shared<LeakcheckArguments>();
  return {.name = "leakcheck",
          .summary = "check that what masks and lengths hide has no influence on a model",
          .examples = {"leakcheck runs/lm-1"},
          .options =
              [args](Options& o) {
                o.argument("RUN", args->run, "run folder");
                o.value("--seed", args->seed, "seed of the random inputs", 0);
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
