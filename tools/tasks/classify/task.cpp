// SPDX-License-Identifier: MIT
// gradus train classify: classifies the series of a CSV file.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/data/series_report.h"
#include "gradus/nn/init.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "models/explain/series_meaning.h"
#include "models/tasks/classify_task.h"
#include "models/tasks/series_baseline.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/classify/answers.h"
#include "tools/tasks/classify/choice.h"
#include "tools/tasks/classify/evaluation.h"
#include "tools/tasks/classify/report.h"
#include "tools/tasks/classify/settings.h"
#include "tools/tasks/classify/steps.h"
#include "tools/tasks/series_explained.h"
#include "tools/tasks/series_views.h"
#include "tools/tasks/tasks.h"

namespace gradus::tools {
namespace {

class ClassifyRun final : public TaskRun,
                          public Trains,
                          public Searches,
                          public Predicts,
                          public Explains,
                          public Exports,
                          public ShowsAnswers,
                          public Attends,
                          public ShowsSteps {
 public:
  ClassifyRun() {
    parts = {.trains = this,
             .searches = this,
             .predicts = this,
             .explains = this,
             .exports = this,
             .shows_answers = this,
             .attends = this,
             .shows_steps = this};
    own_.list(settings, common);
  }
  std::string name() const override { return "classify"; }
  std::map<std::string, Json> preset() const override { return own_.preset_values(); }
  std::map<std::string, Json> implied() const override { return own_.implied(); }

  void check() override {
    own_.check(settings, common);
    TaskRun::check();
  }

  void read_data(const Json& recorded) override {
    const CsvTable table = read_table(own_.train, "train", recorded, seen_, own_.file.options());
    columns_ = own_.columns();
    task_.data.training = training_series(table, columns_);
    check_classes();
    for (std::string& note : outlier_notes(task_.data.training))
      task_.data.training.notes.push_back(std::move(note));
    put_positive_last();
    report("training data", table, task_.data.training);
    data_text_ += positive_text(own_.positive, task_.data.training.classes);
    own_.check_threshold(task_.data.training.classes.size());
    own_.settle(settings, common, task_.data.training.size());
    take_validation(recorded);
    const std::vector<int64_t> lengths = task_.data.training.lengths();
    known_ = {.columns = columns_,
              .like = task_.data.training.without_series(),
              .class_counts = task_.data.training.class_counts(),
              .scale = series_scale(task_.data.training, own_.extras.extras()),
              .longest = *std::max_element(lengths.begin(), lengths.end())};
    known_.threshold = own_.threshold_value();
    if (!own_.test.empty()) read_other(task_.data.test, "test data", own_.test, "test", recorded);
  }
  Json data() const override { return seen_; }

  Json schema() const override {
    ClassifySchema now = known_;
    now.summary = own_.summary == "yes" && own_.network();  // depends on the chosen kind
    return now.json();
  }
  void read_schema(const Json& s, const std::string&) override {
    known_ = ClassifySchema::from(s);
    columns_ = own_.columns(known_.columns);
    task_.data.training = known_.like;
    own_.summary = known_.summary ? "yes" : "no";
  }
  void read_new(const Json& s, const std::string& path, bool labelled) override {
    read_schema(s, "");
    own_.test = path;
    const CsvTable table = read_table(path, "test", {}, seen_, own_.file.options());
    task_.data.test = labelled ? matching_series(table, task_.data.training, columns_)
                               : unlabelled_series(table, task_.data.training, columns_);
    note_far(task_.data.test);
    tell(remarks_text(table) + new_file_text(task_.data.test));
  }

  std::string data_text() const override {
    return data_text_ + receptive_text(own_.model, common.layers);
  }
  int64_t samples() const override { return task_.data.training.size(); }
  int64_t evaluated() const override { return task_.data.largest(); }

  void search() override {
    if (own_.folds > 0) {
      search_by_folds();
    } else {
      if (own_.automatic())  // trains each kind with its final settings, then the best again
        choice().kind([&] { return score_on(task_.data.training, task_.data.valid, recipe()); });
      if (own_.search)
        take_epochs(choice().summary<EpochSearch>(
            [&] { return search_epochs(task_.data.training, recipe(), trials); },
            [](EpochSearch& e) -> EpochSearch& { return e; }));
    }
  }
  double search_cost() const override {
    const double once = own_.folds > 0
                            ? static_cast<double>(own_.folds - 1) * (own_.search ? 0.8 : 1.0)
                        : own_.search ? 0.8 * trials
                                      : 0;
    const auto ways = static_cast<double>(own_.candidates().size() * own_.summaries().size());
    return once * ways + (own_.automatic() ? 3 : 0);
  }
  Json found() const override { return found_.members().empty() ? Json() : found_; }
  void take_found(const Json& found) override {
    found_ = found;
    if (const Json* p = found.find("threshold")) known_.threshold = p->number();
  }
  int64_t parameters() const override {
    return parameter_count<SequenceClassifier>(recipe().model);
  }
  void make_model() override {
    const ClassifyRecipe r = recipe();
    task_.scale = known_.scale;
    task_.options = r.options(known_.class_counts);
    manual_seed(task_.options.seed);
    task_.classifier.emplace(r.model);
  }
  void take_weights() override {
    if (task_.classifier->summary) fit_model(*task_.classifier, task_.data.training, task_.scale);
  }
  std::optional<TrainResult> fit() override {
    if (own_.network()) return {};
    const LogisticFit f = fit_model(*task_.classifier, task_.data.training, task_.scale);
    model().eval();
    return TrainResult{.reason = "the fit has converged",
                       .epochs = 1,
                       .steps = f.steps,
                       .best_epoch = 1,
                       .train_loss = f.loss,
                       .figures = Json::object()};
  }
  Module& model() override { return task_.model(); }
  Task& task() override { return task_; }
  Selection selection() const override { return {.score = task_.score()}; }
  Tensor probe(int64_t count) override {
    const std::vector<int64_t> members = longest_members(task_.data.training, count);
    const SeriesBatch b = series_batch(task_.data.training, known_.scale, members);
    return cross_entropy((*task_.classifier)(b.values, b.times, b.lengths), b.labels);
  }

  Json figures() override {
    model().eval();
    choose_threshold();
    if (task_.data.training.size() > 0)
      known_.logistic = fit_logistic(task_.data.training, known_.scale);
    const bool tested = task_.data.tested(), held = task_.data.validated();
    const Json* folds = task_.data.training.size() > 0 ? found_.find("figures") : nullptr;
    const SeriesSet& on = task_.data.evaluated();
    const ClassifyFigures measured = task_.figures(on, known_.threshold);
    const char* where = !tested && !held && folds ? "folds" : task_.data.evaluated_name();
    Json f = tested || held || !folds ? figures_on(on, measured, where) : *folds;
    f["evaluated_on"] = where;
    if (known_.threshold) f["threshold"] = *known_.threshold;
    if (tested && folds)
      for (const char* key : {"accuracy", "accuracy_sd", "auc", "auc_sd"})
        f[text({"folds_", key})] = folds->at(key);
    if (const Json* seconds = found_.find("seconds")) f["search_seconds"] = *seconds;
    if (const Json* tried = found_.find("tried")) f["tried"] = *tried;
    if (own_.every_step)
      f["by_part"] = figures_by_part(task_.step_logits(on), on, known_.threshold);
    if (tested) f["test_loss"] = measured.loss;
    if (held) {
      const ClassifyFigures valid =
          tested ? task_.figures(task_.data.valid, known_.threshold) : measured;
      f["valid_loss"] = valid.loss;
      f["valid_accuracy"] = valid.accuracy;
    }
    if (!tested && !held) f["fit_loss"] = measured.loss;
    return f;
  }

  Answers answers() override {
    model().eval();
    choose_threshold();
    return series_answers(task_, known_);
  }

  std::string predictions() override {
    model().eval();
    return own_.every_step
               ? step_predictions_csv(task_.data.test, task_.step_logits(task_.data.test),
                                      known_.threshold)
               : predictions_csv(task_.data.test, task_.logits(task_.data.test), known_.threshold);
  }

  Explained explained() override {
    if (own_.model == "majority")
      usage_error({"--model majority does not read the series: there is nothing to explain"});
    model().eval();
    Explained e = explained_data(task_.data.test, known_);
    e.answer = {
        .outputs =
            [this](const Tensor& values, const Tensor& times, const std::vector<int64_t>& lengths) {
              return (*task_.classifier)(values, times, lengths);
            },
        .names = known_.like.classes};
    const std::vector<double> p = softmax(task_.logits(task_.data.test), -1).to_vector<double>();
    const size_t classes = e.answer.names.size();
    for (size_t i = 0; i < p.size(); i += classes)
      e.predicted.push_back(predicted_class(std::span(p).subspan(i, classes), known_.threshold));
    return e;
  }

  Example example() override {
    const NoGrad no_grad;
    const ExampleSeries s = example_series(known_.scale, known_.longest);
    return {{"values", s.values},
            {"times", s.times},
            {"lengths", lengths_tensor(s.lengths)},
            {"logits", (*task_.classifier)(s.values, s.times, s.lengths)}};
  }

  bool has_attention() const override {
    return own_.pooling == Pooling::attention || (own_.model == "transformer" && common.layers > 0);
  }
  AttentionPicture attention(const AttentionChoice& choice) override {
    if (!has_attention())
      usage_error(
          {"--model ", own_.model,
           " has no attention to draw; without --out, the effect of each step is computed in "
           "other ways"});
    const SeriesSet& set = task_.data.evaluated();
    check_example(choice, set.size());
    const Series& series = set.series[static_cast<size_t>(choice.example)];
    const SeriesBatch b = series_batch(set, known_.scale, std::vector<int64_t>{choice.example});
    Tensor logits;
    const AttentionRecords seen = recorded_attention(
        model(), [&] { logits = (*task_.classifier)(b.values, b.times, b.lengths); });
    const auto predicted = static_cast<size_t>(
        predicted_class(softmax(logits, -1).to_vector<double>(), known_.threshold));
    const bool layers = own_.model == "transformer" && common.layers > 0;
    const std::string who =
        text({"series ", printable(series.id, 20), " (",
              series.label < 0 ? "of a class that is not in the training data"
                               : printable(set.classes[static_cast<size_t>(series.label)], 20),
              ", predicted ", printable(set.classes[predicted], 20), ")"});
    return series_attention(seen, layers, who, time_texts(set, series, series.length()), choice);
  }
  StepTable left_out(const AttentionChoice& choice) override { return as_effects(steps(choice)); }
  StepTable steps(const AttentionChoice& choice) override {
    if (own_.model == "majority")
      usage_error({"--model majority does not read the series: no step has an effect"});
    model().eval();
    return series_steps(*task_.classifier, task_.data.evaluated(), task_.scale, choice);
  }

 private:
  // --valid 0.2: a share that is taken out of the training data; --valid FILE: another file.
  void take_validation(const Json& recorded) {
    double fraction = 0;
    if (!parse_number(own_.valid, fraction)) {
      read_other(task_.data.valid, "validation data", own_.valid, "valid", recorded);
    } else if (fraction != 0) {
      Generator gen(static_cast<uint64_t>(common.seed), stream::classify_valid);
      task_.data.valid = from_options([&] { return take_out(task_.data.training, fraction, gen); });
    }
  }
  void read_other(SeriesSet& set, const char* what, const std::string& path,
                  const std::string& role, const Json& recorded) {
    const CsvTable table = read_table(path, role, recorded, seen_, own_.file.options());
    set = matching_series(table, task_.data.training, columns_);
    note_far(set);
    report(what, table, set);
  }
  void check_classes() const {
    const std::string file = printable(own_.train, 200);
    if (task_.data.training.classes.size() < 2)
      file_error({file, ": all labels are ", printable(task_.data.training.classes[0]),
                  "; expected two classes or more. Is --label ", printable(columns_.label),
                  " the right column?"});
    const std::string objection = label_objection(task_.data.training);
    if (!own_.as_classes && !objection.empty()) file_error({file, ": ", objection});
  }
  void note_far(SeriesSet& set) const {
    for (std::string& note : far_values(set, known_.scale).notes)
      set.notes.push_back(std::move(note));
  }
  void report(const char* what, const CsvTable& table, const SeriesSet& set) {
    data_text_ += text({what, " ", table.name(), "\n", remarks_text(table),
                        series_report(table, set, columns_, &set == &task_.data.training)});
  }

  // The second of two classes is the positive one; an existing run keeps its order.
  void put_positive_last() {
    const std::vector<std::string>& before = known_.like.classes;
    SeriesSet& set = task_.data.training;
    const std::string& wanted = before.size() == 2 ? before[1] : own_.positive;
    const size_t positive = chosen_positive(wanted, set.classes, set.class_counts());
    if (positive + 1 == set.classes.size()) return;
    std::swap(set.classes[0], set.classes[1]);
    for (Series& s : set.series) s.label = 1 - s.label;
  }

  // ---- results of other training runs: kind of model, number of epochs, threshold, figures
  void take_epochs(const EpochSearch& e) {
    if (!common.quiet) std::fprintf(stderr, "%s", found_text(e, found_, own_.search).c_str());
    found_["seconds"] = e.seconds;
    if (own_.search) common.epochs = e.epochs;
    own_.search = false;
  }

  void search_by_folds() {
    std::optional<CrossValidation> best;
    double seconds = 0;
    choice().kind([&] {
      CrossValidation c = choice().summary<CrossValidation>(
          [&] {
            return from_options([&] {
              return cross_validate(task_.data.training, recipe(), own_.folds, own_.search);
            });
          },
          [](CrossValidation& one) -> EpochSearch& { return one.epochs; });
      const double score = c.score();
      seconds += c.epochs.seconds;
      if (!best || score > best->score()) best = std::move(c);
      return score;
    });
    own_.summary = best->recipe.model.summary ? "yes" : "no";
    if (const auto aim = own_.threshold_aim()) known_.threshold = best->best_threshold(*aim);
    found_["figures"] = best->figures(task_.data.training.classes, known_.threshold);
    if (known_.threshold) found_["threshold"] = *known_.threshold;
    best->epochs.seconds = seconds;
    take_epochs(best->epochs);
  }
  ClassifyChoice choice() { return {settings, common, own_, found_}; }

  ClassifyRecipe recipe() const {
    return own_.recipe(common, known_.scale,
                       static_cast<int64_t>(task_.data.training.classes.size()), known_.longest);
  }

  // Chooses the threshold on the validation data. With folds it is already chosen.
  void choose_threshold() {
    const auto aim = own_.threshold_aim();
    if (aim && task_.data.validated())
      known_.threshold =
          best_threshold(task_.logits(task_.data.valid), labels_of(task_.data.valid), *aim);
  }

  Json figures_on(const SeriesSet& on, const ClassifyFigures& measured, const char* where) const {
    return evaluation_figures(measured, {.logistic = known_.logistic,
                                         .on = on,
                                         .scale = known_.scale,
                                         .class_counts = known_.class_counts,
                                         .model = own_.model,
                                         .where = where});
  }

  static constexpr int64_t trials = 3;
  ClassifySettings own_;
  SeriesColumns columns_{};
  std::string data_text_;
  Json seen_ = Json::object(), found_ = Json::object();
  ClassifySchema known_;
  ClassifyTask task_;
};

}  // namespace

std::unique_ptr<TaskRun> classify_run() { return std::make_unique<ClassifyRun>(); }

}  // namespace gradus::tools
