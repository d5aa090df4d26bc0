// SPDX-License-Identifier: MIT
// gradus eval: computes the figures of a trained model from its weights and data.
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
    file_error({run.path(), ": has no model.safetensors yet: no epoch is finished"});
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
  } catch (const std::runtime_error& e) {  // it names the key but not always the file
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
      usage_error({run.path(),
                   " was imported and has no data; to evaluate it on yours, train with --init ",
                   run.path()});
    if (run.has("schema.json")) take_schema(*t, run);
    t->read_data(recorded);
  }
  take_best(*t, run);
  return t;
}

namespace {

struct Arguments {
  std::string run, data, test;
  bool json = false;
  TableSettings table{};
  RowSettings rows{};
  bool strict = false;
  Settings settings{};
};

int run(Arguments& args) {
  if (!args.data.empty() && !args.test.empty())
    usage_error({"DATA.csv and --test both name the data; give one of them"});
  const RunFolder folder = RunFolder::open(args.run);
  args.settings.see_flags();
  const std::unique_ptr<Training> t =
      trained(folder, args.data.empty() ? args.test : args.data, true, &args.settings);
  const Json figures = t->figures();
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
  const auto args = std::make_shared<Arguments>();
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
                o.value("--test", args->test, "another name for DATA.csv");
                o.flag("--json", args->json, "print JSON with all digits");
                args->table.list(args->settings);
                args->rows.list(args->settings);
                args->settings.flag("strict", args->strict,
                                    "refuse labels that are not in the training data");
                args->settings.declare(o);
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
