// SPDX-License-Identifier: MIT
// gradus eval: the figures of a trained model, worked out again from its weights and data.
#include "gradus/base/parallel.h"
#include "gradus/nn/init.h"
#include "gradus/train/checkpoint.h"
#include "tools/app/train.h"
#include "tools/cli/cli.h"
#include "tools/tasks/classify/settings.h"
#include "tools/tasks/table_settings.h"

namespace gradus::tools {

std::unique_ptr<Training> training_in(const RunFolder& run) {
  const std::string file = run.file("config.json");
  const Json config = config_of(run);
  std::unique_ptr<Training> t = training_of(config, file);
  adopt(*t, config, file);
  if (!run.has("model.safetensors"))
    file_error({run.path(), ": has no model.safetensors yet: no epoch of it is over"});
  return t;
}

void take_best(Training& t, const RunFolder& run) {
  {
    const NoFirstValues none;
    t.make_model();
  }
  load_weights(run.file("model.safetensors"), t.model());
  t.model().eval();
}

void take_schema(Training& t, const RunFolder& run) {
  const std::string file = run.file("schema.json");
  const Json schema = run.read("schema.json");
  try {
    t.read_schema(schema, file);
  } catch (const std::runtime_error& e) {  // which may know the key, but not the file
    if (std::string(e.what()).starts_with(file)) throw;
    file_error({file, ": ", e.what()});
  }
}

std::unique_ptr<Training> trained(const RunFolder& run, const std::string& data, bool labelled,
                                  const Settings* given) {
  std::unique_ptr<Training> t = training_in(run);
  if (given) t->settings.take_flags(*given);
  if (!data.empty()) {
    t->read_new(run.has("schema.json") ? run.read("schema.json") : Json(), data, labelled);
  } else {
    const Json recorded = config_of(run).at("data");
    if (recorded.find("imported"))
      usage_error({run.path(), " was imported: it has no data of its own; train, with --init ",
                   run.path(), ", to see how it does on yours"});
    if (run.has("schema.json")) take_schema(*t, run);
    t->read_data(recorded);
  }
  take_best(*t, run);
  return t;
}

namespace {

struct Asked {
  std::string run, data, test;
  bool json = false;
  TableSettings table{};
  RowSettings rows{};
  bool strict = false;
  Settings settings{};
};

int run(Asked& asked) {
  if (!asked.data.empty() && !asked.test.empty())
    usage_error({"DATA.csv and --test name the same thing; give one of them"});
  const RunFolder folder = RunFolder::open(asked.run);
  asked.settings.see_flags();
  const std::unique_ptr<Training> t =
      trained(folder, asked.data.empty() ? asked.test : asked.data, true, &asked.settings);
  const Json figures = t->figures();
  Json shown;
  shown["run"] = folder.path(), shown["task"] = t->name();
  for (const auto& [name, value] : figures.members()) shown[name] = value;
  shown["parameters"] = t->model().count();
  print_figures(shown, asked.json);
  return 0;
}

}  // namespace

Command eval_command() {
  const auto asked = std::make_shared<Asked>();
  return {.name = "eval",
          .summary = "work out the figures of a run's best model again, or for new data",
          .examples = {"eval runs/copy-1", "eval runs/copy-1 --json"},
          .options =
              [asked](Options& o) {
                o.argument("RUN", asked->run, "the folder of a run");
                o.optional_argument("DATA.csv", asked->data,
                                    "classify: another file (texts: FILE.tsv), or - for "
                                    "standard input; the training data are not needed then");
                o.value("--test", asked->test, "another name for DATA.csv");
                o.flag("--json", asked->json, "as JSON, in all digits");
                asked->table.list(asked->settings);
                asked->rows.list(asked->settings);
                asked->settings.flag("strict", asked->strict,
                                     "refuse labels that training did not see");
                asked->settings.declare(o);
                o.threads();
              },
          .run = [asked] { return run(*asked); }};
}

}  // namespace gradus::tools
