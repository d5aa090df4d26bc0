// SPDX-License-Identifier: MIT
// gradus train regress: predicts numbers from the series or rows of a CSV file.
#include <algorithm>
#include <cmath>
#include <optional>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/data/series_parts.h"
#include "gradus/data/series_report.h"
#include "gradus/nn/init.h"
#include "models/tasks/series_baseline.h"
#include "tools/app/conclusion.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/regress/folds.h"
#include "tools/tasks/regress/report.h"
#include "tools/tasks/series_explained.h"
#include "tools/tasks/series_views.h"
#include "tools/tasks/tasks.h"

namespace gradus::tools {
namespace {

class RegressRun final : public TaskRun,
                         public Trains,
                         public Searches,
                         public Predicts,
                         public Explains,
                         public Exports,
                         public ShowsAnswers,
                         public Attends {
 public:
  RegressRun() {
    parts = {.trains = this,
             .searches = this,
             .predicts = this,
             .explains = this,
             .exports = this,
             .shows_answers = this,
             .attends = this};
    own_.list(settings, common);
  }
  std::string name() const override { return "regress"; }
  std::map<std::string, Json> implied() const override { return own_.implied(); }
  void check() override {
    own_.check(settings, common);
    TaskRun::check();
  }

  // ---- data
  void read_data(const Json& recorded) override {
    const CsvTable table = read_table(own_.train, "train", recorded, seen_, own_.file.options());
    columns_ = own_.columns();
    SeriesSet& training = task_.data.training;
    training = target_series(table, own_.targets(), columns_);
    for (std::string& note : outlier_notes(training)) training.notes.push_back(std::move(note));
    report("training data", table, training);
    data_text_ += targets_text(training);
    own_.settle(settings, common, training.size());
    take_validation(recorded);
    const std::vector<int64_t> lengths = training.lengths();
    known_.series = {.columns = columns_,
                     .like = training.without_series(),
                     .scale = series_scale(training, own_.extras.extras()),
                     .longest = *std::max_element(lengths.begin(), lengths.end())};
    known_.target = target_scale(training);
    if (!own_.test.empty()) read_other(task_.data.test, "test data", own_.test, "test", recorded);
  }
  Json data() const override { return seen_; }
  Json schema() const override {
    RegressSchema now = known_;
    now.series.summary = own_.summary == "yes" && own_.network();
    return now.json();
  }
  void read_schema(const Json& s, const std::string&) override {
    known_ = RegressSchema::from(s);
    columns_ = own_.columns(known_.series.columns);
    task_.data.training = known_.series.like;
    own_.summary = known_.series.summary ? "yes" : "no";
  }
  void read_new(const Json& s, const std::string& path, bool labelled) override {
    read_schema(s, "");
    own_.test = path;
    const CsvTable table = read_table(path, "test", {}, seen_, own_.file.options());
    task_.data.test = labelled ? matching_target_series(table, known_.series.like, columns_)
                               : untargeted_series(table, known_.series.like, columns_);
    note_far(task_.data.test);
    tell(remarks_text(table) + new_file_text(task_.data.test));
  }
  std::string data_text() const override {
    return data_text_ + receptive_text(own_.model, common.layers);
  }
  int64_t samples() const override { return task_.data.training.size(); }
  int64_t evaluated() const override { return task_.data.largest(); }

  // ---- trials and folds
  void search() override {
    if (own_.folds > 0) {
      RegressFolds f = from_options(
          [&] { return cross_validate(task_.data.training, recipe(), own_.folds, own_.search); });
      found_["figures"] = regress_json(f.all, known_.series.like.targets, recipe().options);
      found_["figures"]["folds"] = own_.folds;
      conclude_on(found_["figures"], f.all, "folds", task_.data.training.size());
      take_epochs(f.epochs);
    } else if (own_.search) {
      take_epochs(search_epochs(task_.data.training, recipe(), trials));
    }
  }
  double search_cost() const override {
    if (own_.folds > 0) return static_cast<double>(own_.folds - 1) * (own_.search ? 0.8 : 1.0);
    return own_.search ? 0.8 * trials : 0;
  }
  Json found() const override { return found_.members().empty() ? Json() : found_; }
  void take_found(const Json& found) override { found_ = found; }

  // ---- the model
  int64_t parameters() const override {
    return parameter_count<SequenceClassifier>(recipe().model);
  }
  void make_model() override {
    const RegressRecipe r = recipe();
    task_.scale = known_.series.scale;
    task_.target = known_.target;
    task_.options = r.options;
    manual_seed(task_.options.seed);
    task_.network.emplace(r.model);
  }
  void take_weights() override {
    if (task_.network->summary) fit_simple(task_);
  }
  std::optional<TrainResult> fit() override {
    if (own_.network()) return {};
    fit_simple(task_);
    model().eval();
    return TrainResult{.reason = "the fit is exact",
                       .epochs = 1,
                       .steps = 0,
                       .best_epoch = 1,
                       .train_loss = task_.figures(task_.data.training).loss,
                       .figures = Json::object()};
  }
  Module& model() override { return task_.model(); }
  Task& task() override { return task_; }
  Selection selection() const override { return {.score = task_.score()}; }
  Tensor probe(int64_t count) override {
    const std::vector<int64_t> members = longest_members(task_.data.training, count);
    const SeriesBatch b = series_batch(task_.data.training, known_.series.scale, members);
    const Tensor x = (*task_.network)(b.values, b.times, b.lengths);
    const auto targets = static_cast<int64_t>(known_.target.mean.size());
    return regress_loss(x, zeros({count, targets}, x.dtype()), task_.options);
  }

  // ---- results
  Json figures() override {
    model().eval();
    if (task_.data.training.size() > 0) {
      known_.constant = constant_outputs(task_.data.training, task_.target, task_.options);
      if (task_.options.loss == RegressLoss::mse) known_.ridge = fit_ridge(task_);
    }
    const bool tested = task_.data.tested(), held = task_.data.validated();
    const Json* folds = task_.data.training.size() > 0 ? found_.find("figures") : nullptr;
    const SeriesSet& on = task_.data.evaluated();
    const bool by_folds = !tested && !held && folds;
    const char* where = by_folds ? "folds" : task_.data.evaluated_name();
    const Compared c = compared_on(on, task_, task_.outputs(on), known_.constant, known_.ridge);
    Json f;
    if (by_folds) {
      f = *folds;
    } else {
      f = regress_json(c, known_.series.like.targets, task_.options);
      conclude_on(f, c, where, on.size());
    }
    f["evaluated_on"] = where;
    if (const Json* seconds = found_.find("seconds")) f["search_seconds"] = *seconds;
    if (tested) f["test_loss"] = c.model.loss;
    if (held) f["valid_loss"] = tested ? task_.figures(task_.data.valid).loss : c.model.loss;
    if (!tested && !held) f["fit_loss"] = c.model.loss;
    return f;
  }
  std::string predictions() override {
    model().eval();
    return numbers_csv(task_.data.test, task_);
  }
  Answers answers() override {
    model().eval();
    return number_answers(task_);
  }

  Explained explained() override { return explained_on(task_.data.test); }
  Explained explained_on(const SeriesSet& set) {
    if (own_.model == "mean")
      usage_error({"--model mean does not read the series: there is nothing to explain"});
    model().eval();
    Explained e = explained_data(set, known_.series);
    e.answer.outputs = [this](const Tensor& values, const Tensor& times,
                              const std::vector<int64_t>& lengths) {
      return (*task_.network)(values, times, lengths);
    };
    const bool quantiles = task_.options.loss == RegressLoss::quantile;
    for (size_t k = 0; k < known_.target.mean.size(); ++k)
      for (int64_t q = 0; q < task_.options.outputs(); ++q) {
        const std::string& name = known_.series.like.targets[k];
        e.answer.names.push_back(
            quantiles ? text({name, "_q", task_.options.quantiles[static_cast<size_t>(q)]}) : name);
        e.answer.unit.push_back(known_.target.deviation[k]);
        e.middle.push_back(known_.target.mean[k]);
      }
    e.predicted.assign(e.set.series.size(), task_.options.outputs() / 2);
    return e;
  }

  Example example() override {
    const NoGrad no_grad;
    const ExampleSeries s = example_series(known_.series.scale, known_.series.longest);
    return {{"values", s.values},
            {"times", s.times},
            {"lengths", lengths_tensor(s.lengths)},
            {"outputs", (*task_.network)(s.values, s.times, s.lengths)}};
  }

  bool has_attention() const override {
    return own_.pooling == Pooling::attention || (own_.model == "transformer" && common.layers > 0);
  }
  AttentionPicture attention(const AttentionChoice& choice) override {
    if (!has_attention())
      usage_error({"--model ", own_.model,
                   " has no attention to draw; gradus explain RUN FILE shows the effect of each "
                   "value on a prediction"});
    const SeriesSet& set = task_.data.evaluated();
    check_example(choice, set.size());
    const Series& series = set.series[static_cast<size_t>(choice.example)];
    const SeriesBatch b =
        series_batch(set, known_.series.scale, std::vector<int64_t>{choice.example});
    const AttentionRecords seen =
        recorded_attention(model(), [&] { (*task_.network)(b.values, b.times, b.lengths); });
    const bool layers = own_.model == "transformer" && common.layers > 0;
    return series_attention(seen, layers, "series " + printable(series.id, 20),
                            time_texts(set, series, series.length()), choice);
  }
  StepTable left_out(const AttentionChoice& choice) override {
    if (own_.model == "mean") return {};
    const SeriesSet& set = task_.data.evaluated();
    check_example(choice, set.size());
    SeriesSet one = set.without_series();
    one.series.push_back(set.series[static_cast<size_t>(choice.example)]);
    const Explained e = explained_on(one);
    StepTable t{.title = "fall of the prediction of " +
                         printable(e.answer.names[static_cast<size_t>(e.predicted[0])], 20) +
                         ", in its units"};
    t.steps = time_texts(set, one.series[0], one.series[0].length());
    t.effect = explain_series(e.answer, e.columns, e.set, e.scale, 0, e.predicted[0]).steps;
    return t;
  }

 private:
  void take_validation(const Json& recorded) {
    double fraction = 0;
    if (!parse_number(own_.valid, fraction)) {
      read_other(task_.data.valid, "validation data", own_.valid, "valid", recorded);
    } else if (fraction != 0) {
      Generator gen(static_cast<uint64_t>(common.seed), stream::regress_valid);
      task_.data.valid = from_options([&] { return take_out(task_.data.training, fraction, gen); });
    }
  }
  void read_other(SeriesSet& set, const char* what, const std::string& path,
                  const std::string& role, const Json& recorded) {
    const CsvTable table = read_table(path, role, recorded, seen_, own_.file.options());
    set = matching_target_series(table, task_.data.training, columns_);
    note_far(set);
    report(what, table, set);
  }
  void note_far(SeriesSet& set) const {
    if (known_.series.scale.mean.empty()) return;
    for (std::string& note : far_values(set, known_.series.scale).notes)
      set.notes.push_back(std::move(note));
  }
  void report(const char* what, const CsvTable& table, const SeriesSet& set) {
    data_text_ += text({what, " ", table.name(), "\n", remarks_text(table),
                        series_report(table, set, columns_, &set == &task_.data.training)});
  }

  void take_epochs(const EpochSearch& e) {
    found_["seconds"] = e.seconds;
    if (own_.search) common.epochs = e.epochs;
    own_.search = false;
  }
  RegressRecipe recipe() const {
    return own_.recipe(common, known_.series.scale, std::ssize(known_.target.mean),
                       known_.series.longest);
  }

  void conclude_on(Json& f, const Compared& c, const char* where, int64_t samples) const {
    std::vector<Conclusion::Rival> rivals;
    const auto rival = [&](const char* model, const char* what, const RegressFigures& of) {
      if (own_.model != model)
        rivals.push_back(
            {model, what, true, contest_of_losses(c.model.each, of.each, c.model.loss, of.loss)});
    };
    rival("mean", own_.loss == RegressLoss::mse ? "the mean" : "the constant prediction",
          c.constant);
    if (c.ridge) rival("ridge", "ridge regression", *c.ridge);
    conclude(f, {.model = own_.model,
                 .evaluated_on = where,
                 .samples = samples,
                 .training = task_.data.training.size(),
                 .rivals = rivals});
  }

  static constexpr int64_t trials = 3;
  RegressSettings own_;
  SeriesColumns columns_{};
  std::string data_text_;
  Json seen_ = Json::object(), found_ = Json::object();
  RegressSchema known_;
  RegressTask task_;
};

}  // namespace

std::unique_ptr<TaskRun> regress_run() { return std::make_unique<RegressRun>(); }

}  // namespace gradus::tools
