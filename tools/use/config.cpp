// SPDX-License-Identifier: MIT
// gradus config: prints the settings that a run with the same options would use.
#include <cstdio>

#include "tools/app/train.h"
#include "tools/cli/cli.h"
#include "tools/tasks/tasks.h"

namespace gradus::tools {
namespace {

struct ConfigArguments {
  std::string config;
  bool json = false;
};

std::string value_text(const Setting& s) {
  const Json value = s.json();
  return value.is(Json::Kind::string) ? value.string() : write_json(value);
}

int run(TaskRun& t, const ConfigArguments& args) {
  settle(t, args.config);
  if (args.json) {
    Json all;
    all["task"] = t.name();
    all["settings"] = t.settings.values();
    all["origins"] = t.settings.origins();
    std::printf("%s\n", write_json(all, 2).c_str());
    return 0;
  }
  for (const Setting& s : t.settings.all())
    std::printf("%-16s  %-12s  %s\n", s.name.c_str(), printable(value_text(s), 400).c_str(),
                name(s.origin));
  return 0;
}

Command settings_of(const TaskInfo& task) {
  const std::shared_ptr<TaskRun> t = task.make();
  const auto args = std::make_shared<ConfigArguments>();
  const std::string words = "config " + task.words;
  return {.name = task.name,
          .summary = std::string("the settings of train ") + task.name,
          .examples = {words + " --lr 0.1", words + " --json"},
          .options =
              [t, args](Options& o) {
                t->settings.declare(o);
                o.value("--config", args->config, "settings as JSON, such as a run's config.json");
                o.flag("--json", args->json, "print JSON, usable with --config");
              },
          .run = [t, args] { return run(*t, *args); }};
}

}  // namespace

Command config_command() {
  std::vector<Command> parts;
  for (const TaskInfo& task : tasks()) parts.push_back(settings_of(task));
  return {.name = "config",
          .summary = "print all settings of a training run and where each comes from",
          .examples = {"config copy --lr 0.1", "config classify --epochs 5 --json"},
          .parts = std::move(parts),
          .meant_part = task_meant};
}

}  // namespace gradus::tools
