// SPDX-License-Identifier: MIT
// gradus eval: computes the figures of a trained model from its weights and data.
#include "tools/app/figures.h"
#include "tools/cli/cli.h"
#include "tools/tasks/saved_run.h"
#include "tools/tasks/series_settings.h"
#include "tools/tasks/table_settings.h"

namespace gradus::tools {

namespace {

struct EvalArguments {
  std::string run, data, test;
  bool json = false;
  TableSettings table{};
  RowSettings rows{};
  bool strict = false, skip_unlabelled = false;
  Settings settings{};
};

int run(EvalArguments& args) {
  if (!args.data.empty() && !args.test.empty())
    usage_error({"DATA.csv and --test both name the data; give one of them"});
  const RunFolder folder = RunFolder::open(args.run);
  args.settings.see_flags();
  const std::unique_ptr<TaskRun> t =
      trained(folder, args.data.empty() ? args.test : args.data, true, &args.settings);
  const Json figures = training_part(*t).figures();
  Json shown;
  shown["run"] = folder.path();
  shown["task"] = t->name();
  for (const auto& [name, value] : figures.members()) shown[name] = value;
  shown["parameters"] = t->model().count();
  print_figures(shown, args.json);
  return 0;
}

}  // namespace

Command eval_command() {
  const auto args = std::make_shared<EvalArguments>();
  return {.name = "eval",
          .summary = "compute the figures of a run's best model, on its data or on new data",
          .examples = {"eval runs/copy-1", "eval runs/copy-1 --json"},
          .options =
              [args](Options& o) {
                o.argument("RUN", args->run, "run folder");
                o.optional_argument(
                    "DATA.csv", args->data,
                    "classify: evaluate on this file (texts: FILE.tsv) instead of the "
                    "training run's data; -: standard input");
                o.value("--test", args->test, "the same as DATA.csv");
                o.flag("--json", args->json, "print JSON with all digits");
                args->table.list(args->settings);
                args->rows.list(args->settings);
                args->settings.flag("strict", args->strict,
                                    "refuse labels that are not in the training data");
                args->settings.flag("skip_unlabelled", args->skip_unlabelled,
                                    "skip series without a label");
                args->settings.declare(o);
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
