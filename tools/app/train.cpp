// SPDX-License-Identifier: MIT
// gradus train: the stages of a training, the same for all tasks.
#include "tools/app/train.h"

#include <cmath>
#include <cstdio>

#include "gradus/base/parallel.h"
#include "gradus/base/printable_text.h"
#include "gradus/base/version.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/schedule.h"
#include "gradus/train/checkpoint.h"
#include "gradus/train/run_folder.h"
#include "gradus/train/stop.h"
#include "tools/app/estimate.h"
#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/draw/explain.h"
#include "tools/draw/table.h"

namespace gradus::tools {

// ---- settings

void TrainSettings::list(Settings& s) {
  constexpr int64_t many = 1000000;
  s.value("epochs", epochs,
          by_data ? "passes over the training data; 0: chosen for the data"
                  : "passes over the training data",
          by_data ? 0 : 1, many);
  s.value("steps", steps, "stop after this many steps; 0: no limit", 0, many * many);
  s.value("batch_size", batch_size, "samples per step", 1, many);
  s.value("lr", lr, "peak learning rate of AdamW", 0, 1000);
  s.choice("schedule", schedule, {"cosine", "linear", "constant", "noam"},
           "how the learning rate falls to 0; noam: as 1 / sqrt(step), not to 0");
  s.value("warmup", warmup, "share of the steps with a rising learning rate", 0, 1);
  s.value("weight_decay", weight_decay, "weight decay of AdamW", 0, 1000);
  s.value("clip_norm", clip_norm, "clip gradients to this norm; 0: never", 0, 1e30);
  s.value("patience", patience,
          by_data ? "stop after this many epochs without improvement; 0: never; -1: a third of all "
                    "epochs if there is validation"
                  : "stop after this many epochs without improvement; 0: never",
          by_data ? -1 : 0, many);
  s.value("seed", seed, "seed of initial weights, sample order and dropout", 0);
  s.value("d_model", d_model, "width of the model", 1, 65536);
  s.value("nhead", nhead, "attention heads; must divide the width", 1, 1024);
  s.value("layers", layers, "transformer layers (in each stack)", 0, 1024);
  s.value("dim_feedforward", dim_feedforward, "hidden width of feed-forward layers", 1, 1 << 20);
  s.value("dropout", dropout, "share of activations set to zero in training", 0, 1);
  s.flag("norm_first", norm_first, "normalise before each part of a layer instead of after");
  s.choice("activation", activation, {"relu", "gelu"}, "activation of feed-forward layers");
  s.value("save_every", save_every, "also save a checkpoint every this many steps", 0).may_change =
      true;
  s.value("threads", threads, "number of threads; 0: all processors", 0, 1024).may_change = true;
  s.flag("quiet", quiet, "no progress on stderr").may_change = true;
  s.flag("verbose", verbose, "list all parameters with their shapes").may_change = true;
}

Schedule TrainSettings::rates(int64_t total) const {
  const auto rise = static_cast<int64_t>(std::floor(static_cast<double>(total) * warmup + 1e-9));
  if (schedule == "noam") return inverse_sqrt_lr(std::max<int64_t>(rise, 1));
  if (schedule == "cosine") return cosine_with_warmup_lr(rise, total);
  if (schedule == "linear") return linear_with_warmup_lr(rise, total);
  return warmup_lr(rise, constant_lr());
}

void Training::check() {
  const Origin by_epochs = settings.at("epochs").origin, by_steps = settings.at("steps").origin;
  if (common.steps > 0 && by_epochs == Origin::flag && by_steps == Origin::flag)
    usage_error({"--epochs and --steps both set the length; give one of them"});
  if (by_epochs > by_steps) common.steps = 0;
  if (common.d_model % common.nhead != 0)
    usage_error(
        {"--d-model ", common.d_model, " does not divide into ", common.nhead, " heads (--nhead)"});
}

void Training::read_new(const Json&, const std::string&, bool) {
  usage_error({"a run of the task ", name(), " takes no data file"});
}

std::unique_ptr<Explained> Training::explained() { return nullptr; }

Activation Training::activation() const {
  return common.activation == "gelu" ? Activation::gelu : Activation::relu;
}

Json config_of(const RunFolder& run) {
  const Json config = run.config();
  const bool object = config.is(Json::Kind::object);
  for (const char* key : {"task", "settings", "origins", "data"}) {
    const Json* part = object ? config.find(key) : nullptr;
    const auto kind = std::string(key) == "task" ? Json::Kind::string : Json::Kind::object;
    if (!part || !part->is(kind))
      file_error(
          {run.file("config.json"), ": is not the config of a run: it has no \"", key, "\""});
  }
  return config;
}

Json new_config(const Training& t) {
  Json config;
  config["format"] = 1;
  config["gradus"] = version;
  config["task"] = t.name();
  config["settings"] = t.settings.values();
  config["origins"] = t.settings.origins();
  config["data"] = t.data();
  if (const Json found = t.found(); !found.is_null()) config["found"] = found;
  return config;
}

void adopt(Training& t, const Json& config, const std::string& file) {
  t.settings.adopt(config, file);
  if (const Json* found = config.find("found")) t.take_found(*found);
}

// ---- stages

namespace {

// "model: 12,345 parameters in 30 tensors; memory: about 3.1 MB for steps of 32, 7.5 GB free".
std::string model_line(Training& t, const MemoryEstimate& memory) {
  const int64_t batch = std::min(t.common.batch_size, t.samples());
  const auto tensors = static_cast<int64_t>(t.model().parameters().size());
  return text({"model: ", grouped(t.model().count()), " parameters in ", counted(tensors, "tensor"),
               t.common.verbose ? "" : " (--verbose lists them)", "\nmemory: about ",
               size_text(memory.bytes(batch)), " for steps of ", counted(batch, "sample"), ", ",
               size_text(available_memory()), " are free\n"});
}

}  // namespace

void prepare(Training& t, const Json& recorded_data) {
  if (t.common.quiet) PhaseProgress::silence();
  t.check();
  if (t.common.threads > 0) set_num_threads(static_cast<int>(t.common.threads));
  t.read_data(recorded_data);
  if (!t.common.quiet) t.show_data();
  check_parameters(t);
  t.make_model();
  const MemoryEstimate memory = estimate_memory(t);
  if (!t.common.quiet && t.common.verbose) std::fprintf(stderr, "%s", t.model().str().c_str());
  if (!t.common.quiet) std::fprintf(stderr, "%s", model_line(t, memory).c_str());
  check_memory(t, memory);
}

Plan plan_of(const Training& t) {
  const TrainSettings& s = t.common;
  Plan p;
  p.batches = t.batches();
  p.steps = s.steps > 0 ? s.steps : s.epochs * p.batches;
  p.options = {.epochs = (p.steps + p.batches - 1) / p.batches,
               .steps = s.steps,
               .clip_norm = s.clip_norm,
               .schedule = s.rates(p.steps),
               .patience = s.patience,
               .save_every = s.save_every,
               .score = t.score(),
               .higher_is_better = t.higher_is_better(),
               .average = t.average(),
               .quiet = s.quiet,
               .last_samples = false,  // the report shows examples()
               .settings = t.settings.values(true)};
  return p;
}

std::unique_ptr<Optimizer> optimizer_of(Training& t) {
  const AdamOptions options{.lr = t.common.lr, .weight_decay = t.common.weight_decay};
  return std::make_unique<AdamW>(t.model().named_parameters(), options);
}

namespace {

Json report_of(Training& t, const TrainResult& r) {
  const Json figures = t.figures();
  check_figures(figures);
  Json report;
  report["task"] = t.name();
  for (const auto& [name, value] : figures.members()) report[name] = value;
  report["train_loss"] = r.train_loss;
  report["parameters"] = t.model().count();
  if (const Json* averaged = r.figures.find("averaged_epochs"))
    report["averaged_epochs"] = *averaged;
  report["best_epoch"] = r.best_epoch;
  report["epochs"] = r.epochs;
  report["steps"] = r.steps;
  report["reason"] = r.reason;
  report["seconds"] = r.seconds;
  return report;
}

void print_report(const RunFolder& run, const Json& report, bool json) {
  Json shown;
  shown["run"] = run.path();
  for (const auto& [name, value] : report.members()) shown[name] = value;
  print_figures(shown, json);
}

// Trains in steps, or with fit() if the task has one.
TrainResult trained_in(Training& t, RunFolder& run, bool resumed) {
  if (const std::optional<TrainResult> fitted = t.fit()) {
    save_weights(run.file("model.safetensors"), t.model());
    Json line;
    line["epoch"] = 1;
    line["train_loss"] = fitted->train_loss;
    run.keep_metrics(0);
    run.add_metrics(line);
    return *fitted;
  }
  const std::unique_ptr<Optimizer> optimizer = optimizer_of(t);
  Trainer trainer(t.task(), *optimizer, plan_of(t).options, &run);
  if (resumed && !trainer.resume()) {
    print_text(stderr, run.path() + " has no checkpoint yet: training starts again\n");
    t.take_weights();
  }
  return trainer.run();
}

int go(Training& t, RunFolder& run, bool resumed, bool json) {
  if (const Json schema = t.schema(); !schema.is_null() && !run.has("schema.json"))
    run.write("schema.json", schema);
  const TrainResult r = trained_in(t, run, resumed);
  const auto stopped = [&](int signal, const std::string& when) {
    std::fprintf(stderr, "%s; everything is saved. To continue:\n  %s\n", when.c_str(),
                 command_line({"train", "--resume", run.path()}).c_str());
    return 128 + signal;
  };
  if (r.signal) return stopped(r.signal, text({r.reason, " after step ", r.steps}));
  Json report;
  try {
    report = report_of(t, r);
  } catch (const Stopped& s) {
    return stopped(s.signal(), text({s.what(), " while the report was computed"}));
  }
  if (const Json schema = t.schema(); !schema.is_null()) run.write("schema.json", schema);
  run.write_report(report);
  if (!json)
    for (const std::string& line : t.examples()) print_text(stdout, line + "\n");
  print_report(run, report, json);
  return 0;
}

int start(Training& t, const RunOptions& o) {
  t.settings.see_flags();
  if (!o.config.empty()) t.settings.read_config(o.config, t.name());
  t.settings.take_preset(t.preset());
  t.settings.take_implied(t.implied());
  RunFolder::check_free(o.out.empty() ? "runs/" + t.name() + "-new" : o.out, o.force);
  if (o.dry_run) return dry_run(t, o);
  prepare(t, {});
  const StopSignals signals;
  try {
    t.search();
  } catch (const Stopped& s) {
    std::fprintf(stderr, "%s before the training started; nothing was kept\n", s.what());
    return 128 + s.signal();
  }
  t.make_model();  // in the same order as in a resumed run
  t.take_weights();
  RunFolder run =
      o.out.empty() ? RunFolder::create_next(t.name()) : RunFolder::create(o.out, o.force);
  if (!t.common.quiet) print_text(stderr, "run folder: " + run.path() + "\n");
  run.write_config(new_config(t));  // first: this makes the folder a run
  return go(t, run, false, o.json);
}

int resume(Training& t, const RunOptions& o) {
  if (!o.out.empty() || o.force || !o.config.empty() || o.dry_run)
    usage_error(
        {"--resume continues a run in its own folder; --out, --force, --config and --dry-run "
         "are for new runs"});
  const RunFolder found = RunFolder::open(o.resume);
  const Json config = config_of(found);
  if (!(config.at("task") == Json(t.name())))
    usage_error({o.resume, " is a run of the task ", printable(write_json(config.at("task"))),
                 ", not of \"", t.name(), "\""});
  t.settings.see_flags();
  adopt(t, config, found.file("config.json"));
  if (found.has("report.json")) {
    const Json report = found.report();
    print_text(stderr, found.path() + " is finished: " + report.at("reason").string() + "\n");
    print_report(found, report, o.json);
    return 0;
  }
  RunFolder run = RunFolder::open(o.resume, true);
  if (run.has("schema.json")) take_schema(t, run);
  prepare(t, config.at("data"));
  const StopSignals signals;
  return go(t, run, true, o.json);
}

Command command_of(const TaskInfo& task) {
  const std::shared_ptr<Training> t = task.make();
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
                       "read the data, take one step, report memory and time; keep nothing");
              },
          .run = [t, run] { return run->resume.empty() ? start(*t, *run) : resume(*t, *run); }};
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
  return training_of(config_of(run), run.file("config.json"))->name();
}

}  // namespace

Command train_command() {
  std::vector<Command> parts;
  for (const TaskInfo& task : tasks()) parts.push_back(command_of(task));
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
