// SPDX-License-Identifier: MIT
// The tasks by name. The file of a task includes this header. Adding a task adds its function here
// and its row in tasks.cpp.
#pragma once
#include "tools/app/train.h"

namespace gradus::tools {

std::unique_ptr<TaskRun> copy_run();
std::unique_ptr<TaskRun> reverse_run();
std::unique_ptr<TaskRun> sort_run();
std::unique_ptr<TaskRun> recall_run();
std::unique_ptr<TaskRun> classify_run();
std::unique_ptr<TaskRun> classify_text_run();
std::unique_ptr<TaskRun> regress_run();
std::unique_ptr<TaskRun> forecast_run();
std::unique_ptr<TaskRun> lm_run();
std::unique_ptr<TaskRun> mlm_run();
std::unique_ptr<TaskRun> translate_run();
std::unique_ptr<TaskRun> encoder_run();  // for `gradus import`; it is not trained

/// The tasks of `gradus train`, by name and summary.
struct TaskInfo {
  const char *name, *summary;
  std::unique_ptr<TaskRun> (*make)();
  std::vector<std::string> examples;  // without "train"
  std::string words;                  // how a user names the task: "classify --text reviews.tsv"
};
const std::vector<TaskInfo>& tasks();
/// The task that a name stands for: "classify" is that of texts if --text is among the words.
std::string task_meant(const std::string& task, const std::vector<std::string>& words);
/// A new run of the task in a config.json; `file` is for messages.
std::unique_ptr<TaskRun> run_of(const Json& config, const std::string& file);

}  // namespace gradus::tools
