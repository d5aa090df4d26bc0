// SPDX-License-Identifier: MIT
// gradus predict: what a trained classifier or forecaster says of the series of a file.
#include <cstdio>

#include "tools/app/train.h"
#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/classify/settings.h"
#include "tools/tasks/table_settings.h"

namespace gradus::tools {
namespace {

struct Asked {
  std::string run, data;
  TableSettings table{};
  RowSettings rows{};
  Settings settings{};
};

int run(Asked& asked) {
  asked.settings.see_flags();
  const std::unique_ptr<Training> t =
      trained(RunFolder::open(asked.run), asked.data, false, &asked.settings);
  print_data(t->predictions());
  return 0;
}

}  // namespace

Command predict_command() {
  const auto asked = std::make_shared<Asked>();
  return {.name = "predict",
          .summary = "what a model says of the series or texts in a file, as CSV on stdout",
          .examples = {"predict runs/classify-1 test.csv", "predict runs/classify-1 - < test.csv"},
          .options =
              [asked](Options& o) {
                o.argument("RUN", asked->run, "the folder of a run of train classify or forecast");
                o.argument("DATA.csv", asked->data,
                           "series to judge, or texts, one a line, with or without labels; -: "
                           "standard input");
                asked->table.list(asked->settings);
                asked->rows.list(asked->settings);
                asked->settings.declare(o);
                o.threads();
              },
          .run = [asked] { return run(*asked); }};
}

}  // namespace gradus::tools
