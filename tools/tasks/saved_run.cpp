// SPDX-License-Identifier: MIT
// Reads runs from their folders.
#include "tools/tasks/saved_run.h"

#include "gradus/nn/init.h"
#include "gradus/train/checkpoint.h"
#include "tools/tasks/tasks.h"

namespace gradus::tools {

std::unique_ptr<TaskRun> saved_run(const RunFolder& folder) {
  const std::string file = folder.file("config.json");
  const Json config = config_of(folder);
  std::unique_ptr<TaskRun> t = run_of(config, file);
  adopt(*t, config, file);
  if (!folder.has("model.safetensors"))
    file_error({folder.path(), ": has no model.safetensors yet: no epoch is finished"});
  return t;
}

void take_best(TaskRun& t, const RunFolder& folder) {
  {
    const NoFirstValues none;
    t.make_model();
  }
  load_weights(folder.file("model.safetensors"), t.model());
  t.model().eval();
}

namespace {

void read_other_file(TaskRun& t, const RunFolder& folder, const std::string& file, bool labelled) {
  Predicts* predicts = t.parts.predicts;
  if (!predicts) usage_error({"a run of the task ", t.name(), " takes no data file"});
  predicts->read_new(folder.has("schema.json") ? folder.read("schema.json") : Json(), file,
                     labelled);
}

void read_own_data(TaskRun& t, const RunFolder& folder) {
  const Json recorded = config_of(folder).at("data");
  if (recorded.find("imported"))
    usage_error({folder.path(),
                 " was imported and has no data; to evaluate it on yours, train with --init ",
                 folder.path()});
  if (folder.has("schema.json")) take_schema(t, folder);
  training_part(t).read_data(recorded);
}

}  // namespace

std::unique_ptr<TaskRun> trained(const RunFolder& folder, const std::string& file, bool labelled,
                                 const Settings* given) {
  std::unique_ptr<TaskRun> t = saved_run(folder);
  if (given) t->settings.take_flags(*given);
  if (file.empty()) read_own_data(*t, folder);
  else read_other_file(*t, folder, file, labelled);
  take_best(*t, folder);
  return t;
}

std::unique_ptr<TaskRun> trained_with(const RunFolder& folder,
                                      const std::function<void(TaskRun&)>& change) {
  std::unique_ptr<TaskRun> t = saved_run(folder);
  change(*t);
  read_own_data(*t, folder);
  take_best(*t, folder);
  return t;
}

}  // namespace gradus::tools
