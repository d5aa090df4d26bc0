// SPDX-License-Identifier: MIT
// Runs in folders: their models with the best weights, for the commands that use them.
#pragma once
#include <functional>

#include "tools/app/train.h"

namespace gradus::tools {

/// The run in a folder, with its settings; its model is not made yet. Throws std::runtime_error if
/// it has no best model yet.
std::unique_ptr<TaskRun> saved_run(const RunFolder& folder);
/// Makes the model and loads the best weights, in eval mode; the schema or data must be read.
void take_best(TaskRun& t, const RunFolder& folder);
/// The model of a run with its best weights, and its data, which must not have changed. With a
/// `file`, only that file is read; `given` are flags for it that override the run's settings.
std::unique_ptr<TaskRun> trained(const RunFolder& folder, const std::string& file = "",
                                 bool labelled = true, const Settings* given = nullptr);
/// The same on its own data, with settings that `change` sets before the data are read.
std::unique_ptr<TaskRun> trained_with(const RunFolder& folder,
                                      const std::function<void(TaskRun&)>& change);

/// A part of a run, and the run.
template <class Part> struct PartOfRun {
  std::unique_ptr<TaskRun> run;
  Part* part;
  Part* operator->() const { return part; }
  Part& operator*() const { return *part; }
};
/// The model of a run with its best weights, without its data, and the part of it that `command`
/// needs. Throws UsageError for a run without that part; `tasks` names those that have it.
template <class Part>
PartOfRun<Part> part_in(const std::string& path, Part* Parts::*part, const char* command,
                        const char* tasks) {
  const RunFolder folder = RunFolder::open(path);
  std::unique_ptr<TaskRun> t = saved_run(folder);
  if (!(t->parts.*part))
    usage_error({path, " is a run of \"", t->name(), "\"; ", command, " needs one of ", tasks});
  take_schema(*t, folder);
  take_best(*t, folder);
  Part* found = t->parts.*part;
  return {std::move(t), found};
}

}  // namespace gradus::tools
