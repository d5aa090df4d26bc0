// SPDX-License-Identifier: MIT
// gradus import: makes a run from a model folder of Hugging Face's libraries.
#include <cstdio>
#include <filesystem>

#include "gradus/nn/init.h"
#include "gradus/train/checkpoint.h"
#include "gradus/train/run_folder.h"
#include "gradus/train/tokenizer_file.h"
#include "tools/app/figures.h"
#include "tools/app/train.h"
#include "tools/cli/cli.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/exchange/hugging_face_folder.h"
#include "tools/tasks/init_run.h"
#include "tools/tasks/tasks.h"

namespace gradus::tools {
namespace {

struct ImportArguments {
  std::string folder, out;
  std::vector<std::string> ignored;
  bool force = false, json = false;
};

// ---- from a folder to a run

using Values = std::map<std::string, Json>;

template <class Options> Values sizes_of(const Options& o, const Tokenizer& t) {
  return {{"d_model", o.d_model}, {"nhead", o.nhead},
          {"layers", o.layers},   {"dim_feedforward", o.feed_forward()},
          {"dropout", o.dropout}, {"tokenizer", t.kind()},
          {"vocab", t.size()}};
}

template <class Options> Json schema_of(const Options& o, const Tokenizer& t) {
  Json s;
  s["tokenizer"] = tokenizer_json(t);
  s["lines"] = false;
  s["block"] = o.block;
  s["model"] = model_schema(o);
  return s;
}

std::unique_ptr<TaskRun> language_model(const HuggingFaceFolder& f) {
  std::unique_ptr<TaskRun> t = lm_run();
  Values values = sizes_of(*f.model.gpt, *f.tokenizer);
  values["tied"] = f.model.gpt->tied;
  t->settings.take_implied(values);
  t->read_schema(schema_of(*f.model.gpt, *f.tokenizer), f.path);
  return t;
}

std::unique_ptr<TaskRun> encoder(const HuggingFaceFolder& f) {
  const BertOptions& o = *f.model.bert;
  std::unique_ptr<TaskRun> t = f.model.masked_lm ? mlm_run() : encoder_run();
  Values values = sizes_of(o, *f.tokenizer);
  Json schema = schema_of(o, *f.tokenizer);
  if (!f.model.masked_lm) {
    const SentenceOptions how = f.sentence.value_or(SentenceOptions{.max_tokens = f.max_tokens});
    values["pooling"] = how.pooling == TextPooling::mean ? "mean" : "first";
    values["normalize"] = how.normalize;
    schema["max_tokens"] = how.max_tokens;
  }
  t->settings.take_implied(values);
  t->read_schema(schema, f.path);
  return t;
}

// The model as later commands will read it, with all its weights.
std::unique_ptr<TaskRun> model_of(const HuggingFaceFolder& f) {
  if (f.model.masked_lm && f.sentence)
    file_error({f.path, ": has both modules.json and a masked-token head; expected a BertModel"});
  std::unique_ptr<TaskRun> t = f.model.gpt ? language_model(f) : encoder(f);
  const NoFirstValues none;
  t->make_model();
  t->model().load_state_dict(f.weights);
  t->model().eval();
  return t;
}

// ---- the run

Json report_of(TaskRun& t, const HuggingFaceFolder& f) {
  Json r;
  r["task"] = t.name();
  r["architecture"] = f.model.architecture;
  r["parameters"] = t.model().count();
  r["tokenizer"] = f.tokenizer->kind();
  r["vocab"] = f.tokenizer->size();
  r["block"] = f.model.gpt ? f.model.gpt->block : f.model.bert->block;
  if (f.sentence) {
    r["max_tokens"] = f.sentence->max_tokens;
    r["pooling"] = f.sentence->pooling == TextPooling::mean ? "mean" : "first";
    r["normalize"] = f.sentence->normalize;
  }
  r["reason"] = "imported";
  return r;
}

void write_run(const RunFolder& run, TaskRun& t, const Json& report, const HuggingFaceFolder& f) {
  Json config = new_config(t), from;
  from["folder"] = absolute_path(f.path);
  from["architecture"] = f.model.architecture;
  config["data"]["imported"] = from;
  run.write_config(config);
  run.write("schema.json", t.schema());
  save_weights(run.file("model.safetensors"), t.model());
  run.write_report(report);
}

// Writes the run; on failure removes it, since a run without weights looks unfinished.
void write_whole(const RunFolder& run, bool was_empty, TaskRun& t, const Json& report,
                 const HuggingFaceFolder& f) {
  try {
    write_run(run, t, report, f);
  } catch (...) {
    std::error_code none;
    for (const char* file : {"config.json", "schema.json", "model.safetensors", "report.json"})
      std::filesystem::remove(run.file(file), none);
    if (was_empty) std::filesystem::remove_all(run.path(), none);
    throw;
  }
}

// Refuses the model's own folder: --force would delete its files.
void check_elsewhere(const ImportArguments& args) {
  std::error_code none;
  if (!args.out.empty() && std::filesystem::equivalent(args.out, args.folder, none))
    usage_error(
        {"--out ", printable(args.out, 200), " is the model's own folder; expected another"});
}

int run(const ImportArguments& args) {
  check_elsewhere(args);
  RunFolder::check_free(args.out.empty() ? "runs/import-new" : args.out, args.force);
  const HuggingFaceFolder f = read_hugging_face_folder(args.folder, args.ignored);
  const std::unique_ptr<TaskRun> t = model_of(f);
  const Json report = report_of(*t, f);
  std::error_code none;
  const bool was_empty = args.out.empty() || !std::filesystem::exists(args.out, none) ||
                         std::filesystem::is_empty(args.out, none);
  const RunFolder folder = args.out.empty() ? RunFolder::create_next(t->name())
                                            : RunFolder::create(args.out, args.force);
  write_whole(folder, was_empty, *t, report, f);
  for (const std::string& note : f.model.notes) print_text(stderr, note + "\n");
  Json shown;
  shown["run"] = folder.path();
  for (const auto& [name, value] : report.members()) shown[name] = value;
  print_figures(shown, args.json);
  return 0;
}

}  // namespace

Command import_command() {
  const auto args = std::make_shared<ImportArguments>();
  return {.name = "import",
          .summary = "make a run from a Hugging Face folder: GPT-2, BERT, sentence models",
          .examples = {"import gpt2 --out runs/gpt2", "import all-MiniLM-L6-v2 --out runs/minilm"},
          .options =
              [args](Options& o) {
                o.argument("DIR", args->folder,
                           "folder with config.json, model.safetensors and a tokenizer");
                o.value("--out", args->out, "run folder; default: runs/lm-1, runs/mlm-1, ...");
                o.list("--ignore", args->ignored,
                       "ignore this key of config.json or the tokenizer's files");
                o.flag("--force", args->force, "replace an existing run in that folder");
                o.flag("--json", args->json, "print the result as JSON");
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
