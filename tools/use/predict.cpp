// SPDX-License-Identifier: MIT
// gradus predict: the predictions of a trained classifier or forecaster for a file.
#include <cstdio>

#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/saved_run.h"
#include "tools/tasks/series_settings.h"
#include "tools/tasks/table_settings.h"

namespace gradus::tools {
namespace {

struct PredictArguments {
  std::string run, data;
  TableSettings table{};
  RowSettings rows{};
  Settings settings{};
};

int run(PredictArguments& args) {
  args.settings.see_flags();
  const std::unique_ptr<TaskRun> t =
      trained(RunFolder::open(args.run), args.data, false, &args.settings);
  print_data(t->parts.predicts->predictions());
  return 0;
}

}  // namespace

Command predict_command() {
  const auto args = std::make_shared<PredictArguments>();
  return {.name = "predict",
          .summary = "predict classes, numbers or forecasts for a file, as CSV on stdout",
          .examples = {"predict runs/classify-1 test.csv", "predict runs/classify-1 - < test.csv"},
          .options =
              [args](Options& o) {
                o.argument("RUN", args->run, "run folder of train classify, regress or forecast");
                o.argument("DATA.csv", args->data,
                           "series, or texts, one per line, with or without labels; -: standard "
                           "input");
                args->table.list(args->settings);
                args->rows.list(args->settings);
                args->settings.declare(o);
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
