// SPDX-License-Identifier: MIT
// The loop over epochs and steps, and the state for resuming it.
#include "gradus/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "gradus/autograd/node.h"
#include "gradus/base/clock.h"
#include "gradus/ops/elementwise.h"
#include "gradus/optim/clip.h"
#include "gradus/train/checkpoint.h"
#include "gradus/train/stop.h"
#include "io/crc32c.h"

namespace gradus {
namespace {

// CRC-32C of the first `count` lines, including line ends.
int64_t checksum_of(const std::vector<std::string>& lines, size_t count) {
  uint32_t crc = 0;
  for (size_t i = 0; i < std::min(count, lines.size()); ++i) {
    crc = crc32c(crc, lines[i].data(), lines[i].size());
    crc = crc32c(crc, "\n", 1);
  }
  return crc;
}

// Checkpoints of older versions have no checksum of metrics.jsonl.
void check_metrics(const RunFolder& run, size_t count, const Json* checksum) {
  if (!checksum || run.metrics().size() < count) return;
  if (*checksum == Json(checksum_of(run.metrics(), count))) return;
  file_error({run.file("metrics.jsonl"), ": damaged or changed: its first ", count,
              " lines are not those that the checkpoint was saved with; put the file back from a ",
              "copy, or train again with --force"});
}

// The state of the last checkpoint, for the message of an error in a step.
std::string what_is_kept(const RunFolder* run) {
  if (!run) return "";
  if (run->has("last.safetensors")) return "; the last checkpoint is unchanged";
  return "; there is no checkpoint yet (--save-every saves one within an epoch)";
}

}  // namespace

Trainer::Trainer(Task& task, Optimizer& optimizer, TrainerOptions options, RunFolder* run)
    : task_(task),
      optimizer_(optimizer),
      options_(std::move(options)),
      run_(run),
      parameters_(task.model().named_parameters()),
      progress_(options_.quiet),
      last_score_(NAN) {
  if (options_.epochs < 1)
    argument_error({"Trainer: epochs ", options_.epochs, " must be at least 1"});
  if (options_.average > 1 && !run_)
    argument_error({"Trainer: to average ", options_.average, " epochs needs a run folder"});
}

Json Trainer::state() const {
  Json s;
  s["epoch"] = epoch_;
  s["batch"] = batch_;
  s["step"] = step_;
  s["loss_sum"] = loss_sum_;
  s["loss_weight"] = loss_weight_;
  s["train_loss"] = last_train_loss_;
  s["best_epoch"] = best_epoch_;
  s["best_score"] = best_score_;
  s["best_figures"] = best_figures_;
  s["metrics"] = static_cast<int64_t>(run_->metrics().size());
  s["metrics_crc32c"] = checksum_of(run_->metrics(), run_->metrics().size());
  s["seconds"] = seconds_before_ + clock_seconds() - started_;
  s["settings"] = options_.settings;
  return s;
}

void Trainer::save() {
  if (!run_) return;
  enter(Profile::Stage::saving);
  save_checkpoint(run_->file("last.safetensors"), task_.model(), optimizer_, state());
  announce_loss_on_stop(step_);
  enter(Profile::Stage::other);
}

// Sets the text that a second Ctrl-C prints. saved_step: of the checkpoint, 0 before the first one.
void Trainer::announce_loss_on_stop(int64_t saved_step) const {
  if (!run_) StopSignals::on_second("stopped at once; nothing was saved\n");
  else if (saved_step == 0)
    StopSignals::on_second(text({"stopped at once, before the first checkpoint: ", run_->path(),
                                 " has only the settings, and train --resume starts over\n"}));
  else
    StopSignals::on_second(
        text({"stopped at once, without saving: progress after step ", saved_step,
              " is lost; train --resume ", run_->path(), " continues from there\n"}));
}

// With another rate or seed, resuming would give results that no uninterrupted run gives.
void Trainer::check_settings(const Json& state) const {
  const Json* then = state.find("settings");
  if (!then || !then->is(Json::Kind::object) || options_.settings.is_null()) return;
  for (const auto& [name, value] : then->members())
    if (const Json* mine = options_.settings.find(name); mine && !(*mine == value))
      file_error({run_->file("last.safetensors"), ": was trained with ", name, " ",
                  write_json(value), ", but ", run_->file("config.json"), " has ",
                  write_json(*mine)});
}

bool Trainer::resume() {
  if (!run_->has("last.safetensors")) {
    run_->keep_metrics(0);
    return false;
  }
  const Restored restored =
      load_checkpoint(run_->file("last.safetensors"), task_.model(), optimizer_);
  const Json& s = restored.state;
  check_settings(s);
  epoch_ = s.at("epoch").integer();
  batch_ = s.at("batch").integer();
  step_ = s.at("step").integer();
  loss_sum_ = s.at("loss_sum").number();
  loss_weight_ = s.at("loss_weight").number();
  last_train_loss_ = s.at("train_loss").number();
  best_epoch_ = s.at("best_epoch").integer();
  best_score_ = s.at("best_score").number();
  best_figures_ = s.at("best_figures");
  seconds_before_ = s.at("seconds").number();
  const auto lines = static_cast<size_t>(s.at("metrics").integer());
  check_metrics(*run_, lines, s.find("metrics_crc32c"));
  run_->keep_metrics(lines);
  if (options_.schedule && step_ > 0) optimizer_.set_lr(options_.schedule, step_ - 1);
  if (!restored.note.empty()) progress_.note("note: " + restored.note);
  return true;
}

double Trainer::share_done() const {
  const double part = batches_ ? static_cast<double>(batch_) / static_cast<double>(batches_) : 0;
  const double by_epochs =
      (static_cast<double>(epoch_) + part) / static_cast<double>(options_.epochs);
  if (options_.steps == 0) return by_epochs;
  return std::max(by_epochs, static_cast<double>(step_) / static_cast<double>(options_.steps));
}

ProgressState Trainer::progress_state() const {
  const bool by_steps = options_.steps > 0;
  return {.epoch = epoch_ + 1,
          .epochs = options_.epochs,
          .batch = batch_,
          .batches = by_steps ? std::min(batches_, batch_ + options_.steps - step_) : batches_,
          .loss = loss_weight_ > 0 ? loss_sum_ / loss_weight_ : last_train_loss_,
          .lr = optimizer_.lr(),
          .valid = last_score_,
          .valid_is_best = best_epoch_ == epoch_,
          .done = share_done(),
          .tokens = tokens_};
}

void Trainer::enter(Profile::Stage stage) const {
  if (options_.profile) options_.profile->enter(stage);
}

void Trainer::step(int64_t batch) {
  if (options_.schedule) optimizer_.set_lr(options_.schedule, step_);
  place_ = default_generator().place();
  enter(Profile::Stage::data);
  const Task::Batch b = task_.loss(batch);
  const double loss = b.loss.item();
  const std::string where =
      text({"step ", step_ + 1, " (epoch ", epoch_ + 1, ", batch ", batch + 1, "): "});
  if (!std::isfinite(loss))
    stop_at_nan(batch,
                where + text({"the loss is ", loss, what_is_kept(run_), ". Try a smaller --lr"}));
  enter(Profile::Stage::backward);
  b.loss.backward();
  enter(Profile::Stage::optimiser);
  if (!flow_checked_) check_flow(batch);
  try {
    if (options_.clip_norm > 0) clip_grad_norm(parameters_, options_.clip_norm);
    else grad_norm(parameters_);
  } catch (const std::invalid_argument& e) {
    stop_at_nan(batch, where + e.what() + what_is_kept(run_));
  }
  optimizer_.step();
  optimizer_.zero_grad();
  loss_sum_ += loss * b.weight;
  loss_weight_ += b.weight;
  tokens_ += b.tokens;
  ++step_;
  if (options_.profile) options_.profile->end_step();
  enter(Profile::Stage::other);
}

// A signal throws Stopped after the current step.
void Trainer::run_epoch() {
  task_.model().train();
  enter(Profile::Stage::data);
  batches_ = task_.begin_epoch(epoch_);
  while (batch_ < batches_ && (options_.steps == 0 || step_ < options_.steps)) {
    step(batch_);
    ++batch_;
    progress_.update(progress_state());
    StopSignals::poll();
    if (phase_) phase_->at(epoch_);
    if (options_.save_every > 0 && step_ % options_.save_every == 0) save();
  }
}

// The reason why the training is finished, or "". It depends only on the state in a checkpoint, so
// that a run that died between its last checkpoint and its report takes no further step.
std::string Trainer::over() const {
  if (batch_ > 0) return "";
  if (options_.steps > 0 && step_ >= options_.steps)
    return text({"all ", step_, " steps are done"});
  if (epoch_ >= options_.epochs) return "all epochs are done";
  const bool watches_score = options_.patience > 0 && !options_.score.empty();
  if (!watches_score || epoch_ - best_epoch_ < options_.patience) return "";
  return text({"no better ", options_.score, " in ", options_.patience,
               " epochs; the best was in epoch ", best_epoch_});
}

bool Trainer::update_best(const Json& figures) {
  const bool scored = !options_.score.empty();
  last_score_ = scored ? figures.at(options_.score).number() : NAN;
  if (scored && !std::isfinite(last_score_))
    throw std::runtime_error(
        text({"after epoch ", epoch_ + 1, ": ", options_.score, " is ", last_score_}));
  const bool better =
      options_.higher_is_better ? last_score_ >= best_score_ : last_score_ <= best_score_;
  if (scored && best_epoch_ > 0 && !better) return false;
  best_epoch_ = epoch_ + 1;
  best_figures_ = figures;
  if (scored) best_score_ = last_score_;  // a checkpoint cannot store NaN
  best_figures_["train_loss"] = last_train_loss_;
  if (run_) save_weights(run_->file("model.safetensors"), task_.model());
  else best_weights_ = task_.model().state_dict();
  return true;
}

// ---- the mean of the last epochs' weights

namespace {
std::string epoch_file(const RunFolder& run, int64_t epoch) {
  return run.file(text({"epoch-", epoch, ".safetensors"}));
}
}  // namespace

void Trainer::keep_for_average() {
  save_weights(epoch_file(*run_, epoch_ + 1), task_.model());
  std::error_code ignored;
  std::filesystem::remove(epoch_file(*run_, epoch_ + 1 - options_.average), ignored);
}

// The files are removed last, so that a run that dies earlier still finds them.
void Trainer::evaluate_average() {
  const NoGrad no_grad;
  std::vector<std::string> files;
  for (int64_t e = epoch_; e > 0 && e > epoch_ - options_.average; --e)
    if (std::filesystem::exists(epoch_file(*run_, e))) files.push_back(epoch_file(*run_, e));
  if (files.size() > 1) {
    std::vector<Tensor> sums;
    for (const std::string& file : files) {
      load_weights(file, task_.model());
      for (size_t i = 0; i < parameters_.size(); ++i)
        if (sums.size() <= i) sums.push_back(mul(parameters_[i].tensor, 1.0));
        else sums[i] = add(sums[i], parameters_[i].tensor);
    }
    for (size_t i = 0; i < sums.size(); ++i)
      parameters_[i].tensor.copy_(mul(sums[i], 1.0 / static_cast<double>(files.size())));
    Json figures = evaluated();
    figures["averaged_epochs"] = static_cast<int64_t>(files.size());
    const bool better = update_best(figures);
    if (better) best_epoch_ = epoch_;
    progress_.note(text({"the mean of the last ", files.size(), " epochs: ", options_.score, " ",
                         last_score_, better ? ", the best" : ""}));
    save();
  }
  std::error_code ignored;
  for (const std::string& file : files) std::filesystem::remove(file, ignored);
}

Json Trainer::evaluated() {
  const NoGrad no_grad;
  task_.model().eval();
  Json figures = task_.evaluate();
  StopSignals::poll();
  task_.model().train();
  return figures;
}

// Evaluates and writes; a signal in between throws Stopped, and the epoch is not finished.
void Trainer::finish_epoch() {
  enter(Profile::Stage::evaluation);
  const Json figures = evaluated();
  std::vector<std::string> samples;
  {
    const NoGrad no_grad;
    task_.model().eval();
    if (options_.show_samples && !options_.quiet) samples = task_.samples();
    task_.model().train();
  }
  StopSignals::poll();
  if (loss_weight_ > 0) last_train_loss_ = loss_sum_ / loss_weight_;
  enter(Profile::Stage::saving);
  update_best(figures);
  if (options_.average > 1) keep_for_average();
  Json line;
  line["epoch"] = epoch_ + 1;
  line["step"] = step_;
  line["lr"] = optimizer_.lr();
  line["train_loss"] = last_train_loss_;
  for (const auto& [name, value] : figures.members()) line[name] = value;
  if (run_) run_->add_metrics(line);
  ProgressState shown = progress_state();
  shown.valid_is_best = best_epoch_ == epoch_ + 1;
  const bool enough = options_.steps > 0 && step_ >= options_.steps;
  progress_.epoch(shown, epoch_ == 0 || epoch_ + 1 == options_.epochs || enough);
  ++epoch_;
  batch_ = 0;
  loss_sum_ = 0;
  loss_weight_ = 0;
  if (options_.last_samples || over().empty())
    for (const std::string& s : samples) progress_.note("  " + s);
  save();
}

TrainResult Trainer::run() {
  const StopSignals signals;
  started_ = clock_seconds();
  announce_loss_on_stop(step_);
  if (options_.as_phase) phase_.emplace("epochs", options_.epochs);
  TrainResult result;
  bool averaging = false;
  if (options_.profile) options_.profile->start();
  try {
    while ((result.reason = over()).empty()) {
      run_epoch();
      finish_epoch();
    }
    averaging = options_.average > 1;
    if (averaging) evaluate_average();
  } catch (const Stopped& stopped) {
    if (!averaging) save();  // else the model has the mean weights, which training cannot resume
    result.signal = stopped.signal();
    result.reason = stopped.what();
  }
  if (options_.profile) options_.profile->stop();
  progress_.finish();
  phase_.reset();
  result.epochs = epoch_;
  result.steps = step_;
  result.best_epoch = best_epoch_;
  result.best_score = best_score_;
  result.figures = best_figures_;
  const Json* best_loss = best_figures_.is_null() ? nullptr : best_figures_.find("train_loss");
  result.train_loss = best_loss ? best_loss->number() : last_train_loss_;
  result.seconds = seconds_before_ + clock_seconds() - started_;
  task_.model().eval();
  if (result.signal || best_epoch_ == 0) return result;
  if (run_) load_weights(run_->file("model.safetensors"), task_.model());
  else task_.model().load_state_dict(best_weights_);
  return result;
}

}  // namespace gradus
