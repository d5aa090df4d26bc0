// SPDX-License-Identifier: MIT
// Opens a run with small batches.
#include "tools/see/run_loss.h"

#include <algorithm>

#include "tools/tasks/saved_run.h"

namespace gradus::tools {
namespace {

void set_number(const Settings& settings, const std::string& name, int64_t value) {
  const auto at = std::find_if(settings.all().begin(), settings.all().end(),
                               [&](const Setting& s) { return s.name == name; });
  if (at != settings.all().end())
    if (const auto* number = std::get_if<int64_t*>(&at->value)) **number = value;
}

}  // namespace

RunLoss loss_of_run(const std::string& path, int64_t samples) {
  const RunFolder folder = RunFolder::open(path);
  RunLoss all;
  all.run = trained_with(folder, [&](TaskRun& t) {
    set_number(t.settings, "batch_size", samples);
    set_number(t.settings, "max_tokens", samples * 24);
  });
  all.run->model().set_names();
  all.run->model().train();
  Trains& part = training_part(*all.run);
  all.loss = [&part] {
    manual_seed(0);
    part.task().begin_epoch(0);
    return part.task().loss(0).loss;
  };
  return all;
}

}  // namespace gradus::tools
