// SPDX-License-Identifier: MIT
// The stages of training.
#include "tools/app/train.h"

#include <cstdio>

#include "gradus/base/parallel.h"
#include "gradus/base/printable_text.h"
#include "gradus/base/version.h"
#include "gradus/train/checkpoint.h"
#include "gradus/train/run_folder.h"
#include "gradus/train/stop.h"
#include "tools/app/estimate.h"
#include "tools/app/figures.h"
#include "tools/app/optimizer.h"
#include "tools/app/profile_view.h"
#include "tools/cli/terminal.h"
#include "tools/draw/table.h"

namespace gradus::tools {

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

Trains& training_part(TaskRun& t) {
  if (Trains* part = t.parts.trains) return *part;
  usage_error({"a run of \"", t.name(),
               "\" is imported and has no data or figures: use it with embed and similar, or start "
               "from it with train classify --text FILE.tsv --init"});
}

Json new_config(TaskRun& t) {
  Json config;
  config["format"] = 1;
  config["gradus"] = version;
  config["task"] = t.name();
  config["settings"] = t.settings.values();
  config["origins"] = t.settings.origins();
  config["data"] = t.parts.trains ? t.parts.trains->data() : Json::object();
  if (Searches* s = t.parts.searches; s && !s->found().is_null()) config["found"] = s->found();
  return config;
}

void adopt(TaskRun& t, const Json& config, const std::string& file) {
  t.settings.adopt(config, file);
  if (const Json* found = config.find("found"); found && t.parts.searches)
    t.parts.searches->take_found(*found);
}

void take_schema(TaskRun& t, const RunFolder& run) {
  const std::string file = run.file("schema.json");
  const Json schema = run.read("schema.json");
  try {
    t.read_schema(schema, file);
  } catch (const std::runtime_error& e) {  // it names the key but not always the file
    if (std::string(e.what()).starts_with(file)) throw;
    file_error({file, ": ", e.what()});
  }
}

void settle(TaskRun& t, const std::string& config_file) {
  t.settings.see_flags();
  if (!config_file.empty()) t.settings.read_config(config_file, t.name());
  t.settings.take_preset(t.preset());
  t.settings.take_implied(t.implied());
}

// ---- stages

namespace {

// "model: 12,345 parameters in 30 tensors; memory: about 3.1 MB for steps of 32, 7.5 GB free".
std::string model_line(TaskRun& t, const MemoryEstimate& memory) {
  const int64_t batch = std::min(t.common.batch_size, training_part(t).samples());
  const auto tensors = static_cast<int64_t>(t.model().parameters().size());
  return text({"model: ", grouped(t.model().count()), " parameters in ", counted(tensors, "tensor"),
               t.common.verbose ? "" : " (--verbose lists them)", "\nmemory: about ",
               size_text(memory.bytes(batch)), " for steps of ", counted(batch, "sample"), ", ",
               size_text(available_memory()), " are free\n"});
}

}  // namespace

namespace {

void tell_frozen(Module& model) {
  int64_t frozen = 0, values = 0;
  for (const NamedTensor& p : model.named_parameters())
    if (!p.tensor.requires_grad()) {
      ++frozen;
      values += p.tensor.numel();
    }
  if (frozen > 0)
    tell(text({"frozen: ", counted(frozen, "tensor"), " of the model, ", grouped(values),
               " parameters\n"}));
}

}  // namespace

MemoryEstimate prepare(TaskRun& t, const Json& recorded_data) {
  Trains& training = training_part(t);
  if (t.common.quiet) PhaseProgress::silence();
  t.check();
  if (t.common.threads > 0) set_num_threads(static_cast<int>(t.common.threads));
  training.read_data(recorded_data);
  if (!t.common.quiet) tell(training.data_text());
  check_parameters(t);
  t.make_model();
  choose_parameters(t.common, t.model());  // an error comes before the run folder
  if (!t.common.quiet) tell_frozen(t.model());
  const MemoryEstimate memory = estimate_memory(t, training);
  if (!t.common.quiet && t.common.verbose) std::fprintf(stderr, "%s", t.model().str().c_str());
  if (!t.common.quiet) std::fprintf(stderr, "%s", model_line(t, memory).c_str());
  check_memory(t, training, memory);
  return memory;
}

Plan plan_of(TaskRun& t) {
  const TrainSettings& s = t.common;
  const Trains& training = training_part(t);
  const Selection selection = training.selection();
  Plan p;
  p.batches = training.batches().value_or((training.samples() + s.batch_size - 1) / s.batch_size);
  p.steps = s.steps > 0 ? s.steps : s.epochs * p.batches;
  p.options = {.epochs = (p.steps + p.batches - 1) / p.batches,
               .steps = s.steps,
               .clip_norm = s.clip_norm,
               .schedule = s.rates(p.steps),
               .patience = s.patience,
               .save_every = s.save_every,
               .score = selection.score,
               .higher_is_better = selection.higher_is_better,
               .average = selection.average,
               .quiet = s.quiet,
               .last_samples = false,  // the report shows examples()
               .settings = t.settings.values(true)};
  return p;
}

namespace {

Json report_of(TaskRun& t, const TrainResult& r) {
  const Json figures = training_part(t).figures();
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
TrainResult trained_in(TaskRun& t, RunFolder& run, bool resumed, const RunOptions& o) {
  Trains& training = training_part(t);
  if (const std::optional<TrainResult> fitted = training.fit()) {
    if (o.profile) tell("no profile: this model is trained without steps\n");
    save_weights(run.file("model.safetensors"), t.model());
    Json line;
    line["epoch"] = 1;
    line["train_loss"] = fitted->train_loss;
    run.keep_metrics(0);
    run.add_metrics(line);
    return *fitted;
  }
  const std::unique_ptr<Optimizer> optimizer = optimizer_of(t.common, t.model());
  Profile profile;
  TrainerOptions options = plan_of(t).options;
  options.allow_unused = o.allow_unused;
  if (o.profile) options.profile = &profile;
  Trainer trainer(training.task(), *optimizer, options, &run);
  if (resumed && !trainer.resume()) {
    print_text(stderr, run.path() + " has no checkpoint yet: training starts again\n");
    training.take_weights();
  }
  const TrainResult result = trainer.run();
  if (o.profile) show_profile(profile, o.profile_file);
  return result;
}

int go(TaskRun& t, RunFolder& run, bool resumed, const RunOptions& o) {
  if (const Json schema = t.schema(); !schema.is_null() && !run.has("schema.json"))
    run.write("schema.json", schema);
  const TrainResult r = trained_in(t, run, resumed, o);
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
  if (!o.json)
    for (const std::string& line : training_part(t).examples()) print_text(stdout, line + "\n");
  print_report(run, report, o.json);
  return 0;
}

}  // namespace

int start_training(TaskRun& t, const RunOptions& o) {
  settle(t, o.config);
  check_profile_file(o.profile_file);
  RunFolder::check_free(o.out.empty() ? "runs/" + t.name() + "-new" : o.out, o.force);
  if (o.dry_run) return dry_run(t, o);
  prepare(t, {});
  const StopSignals signals;
  try {
    if (Searches* s = t.parts.searches) s->search();
  } catch (const Stopped& s) {
    std::fprintf(stderr, "%s before training started; nothing was saved\n", s.what());
    return 128 + s.signal();
  }
  t.make_model();  // in the same order as in a resumed run
  training_part(t).take_weights();
  RunFolder run =
      o.out.empty() ? RunFolder::create_next(t.name()) : RunFolder::create(o.out, o.force);
  if (!t.common.quiet) print_text(stderr, "run folder: " + run.path() + "\n");
  run.write_config(new_config(t));  // first: this makes the folder a run
  return go(t, run, false, o);
}

int resume_training(TaskRun& t, const RunOptions& o) {
  if (!o.out.empty() || o.force || !o.config.empty() || o.dry_run)
    usage_error(
        {"--resume continues a run in its own folder; --out, --force, --config and --dry-run "
         "are for new runs"});
  check_profile_file(o.profile_file);
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
  return go(t, run, true, o);
}

}  // namespace gradus::tools
