// SPDX-License-Identifier: MIT
// gradus train: trains a model, or continues a run.
#include "tools/app/train.h"
#include "tools/cli/cli.h"
#include "tools/tasks/tasks.h"

namespace gradus::tools {
namespace {

Command training_of(const TaskInfo& task) {
  const std::shared_ptr<TaskRun> t = task.make();
  const auto run = std::make_shared<RunOptions>();
  std::vector<std::string> examples;
  for (const std::string& example : task.examples) examples.push_back("train " + example);
  return {.name = task.name,
          .summary = task.summary,
          .examples = examples,
          .options =
              [t, run](Options& o) {
                t->settings.declare(o);
                o.value("--config", run->config, "settings as JSON, such as a run's config.json");
                o.value("--out", run->out, "run folder; default: runs/" + t->name() + "-1, ...");
                o.flag("--force", run->force, "replace an existing run in that folder");
                o.value("--resume", run->resume, "continue the run in this folder");
                o.flag("--json", run->json, "print the report as JSON");
                o.flag("--dry-run", run->dry_run,
                       "read the data, take one step, report memory and time; leave no files");
                o.flag("--allow-unused", run->allow_unused,
                       "train even if some parameters get no gradient");
                o.optional_value("--profile", run->profile, run->profile_file,
                                 "show time and memory by op and by phase; also write FILE.csv, "
                                 "FILE.svg or FILE.png");
              },
          .run =
              [t, run] {
                return run->resume.empty() ? start_training(*t, *run) : resume_training(*t, *run);
              }};
}

// "train --resume RUN" needs no task: it is in the run.
std::string task_of_resumed(const std::vector<std::string>& words) {
  const std::string option = "--resume";
  std::string path;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == option && i + 1 == words.size()) usage_error({option, " needs a value"});
    if (words[i] == option) path = words[i + 1];
    if (words[i].starts_with(option + "=")) path = words[i].substr(option.size() + 1);
  }
  if (path.empty()) return "";
  const RunFolder run = RunFolder::open(path);
  return run_of(config_of(run), run.file("config.json"))->name();
}

}  // namespace

Command train_command() {
  std::vector<Command> parts;
  for (const TaskInfo& task : tasks()) parts.push_back(training_of(task));
  return {.name = "train",
          .summary =
              "train a model on sequences, on series in a CSV file or on text; or continue a "
              "run: --resume RUN",
          .examples = {"train copy --epochs 5", "train --resume runs/copy-1"},
          .parts = std::move(parts),
          .implied_part = task_of_resumed,
          .meant_part = task_meant};
}

}  // namespace gradus::tools
