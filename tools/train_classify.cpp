// SPDX-License-Identifier: MIT
// gradus train classify: a model puts the series of a CSV file into classes.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <set>

#include "gradus/autograd/node.h"
#include "gradus/data/series_report.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "models/classify_task.h"
#include "models/series_baseline.h"
#include "models/series_meaning.h"
#include "tools/classify_report.h"
#include "tools/classify_settings.h"
#include "tools/data_file.h"
#include "tools/explain.h"
#include "tools/tasks.h"
#include "tools/terminal.h"

namespace gradus::tools {
namespace {

class ClassifyRun : public Training {
 public:
  ClassifyRun() { own_.list(settings, common); }
  std::string name() const override { return "classify"; }
  std::map<std::string, Json> preset() const override { return own_.preset_values(); }
  std::map<std::string, Json> implied() const override { return own_.implied(); }

  void check() override {
    own_.check(settings, common);
    Training::check();
  }

  void read_data(const Json& recorded) override {
    const CsvTable table = read_table(own_.train, "train", recorded, seen_, own_.file.options());
    columns_ = own_.columns();
    set_ = training_series(table, columns_);
    check_classes();
    for (std::string& note : outlier_notes(set_)) set_.notes.push_back(std::move(note));
    report("training data", table, set_);
    check_threshold();
    own_.settle(settings, common, set_.size());
    take_validation(recorded);
    const std::vector<int64_t> lengths = set_.lengths();
    known_ = {.columns = columns_,
              .like = set_.without_series(),
              .class_counts = set_.class_counts(),
              .scale = series_scale(set_, own_.extras.extras()),
              .longest = *std::max_element(lengths.begin(), lengths.end())};
    known_.threshold = own_.threshold_value();
    if (!own_.test.empty()) read_other(test_set_, "test data", own_.test, "test", recorded);
  }
  Json data() const override { return seen_; }

  Json schema() const override { return known_.json(); }
  void read_schema(const Json& s, const std::string&) override {
    known_ = ClassifySchema::from(s);
    columns_ = own_.columns(known_.columns), set_ = known_.like;
  }
  void read_new(const Json& s, const std::string& path, bool labelled) override {
    read_schema(s, "");
    own_.test = path;
    const CsvTable table = read_table(path, "test", {}, seen_, own_.file.options());
    test_set_ = labelled ? matching_series(table, set_, columns_)
                         : unlabelled_series(table, set_, columns_);
    note_far(test_set_);
    std::fprintf(stderr, "%s%s", remarks_text(table).c_str(), new_file_text(test_set_).c_str());
  }

  void show_data() const override {
    tell(said_ + receptive_text(own_.model, common.layers));
  }
  int64_t samples() const override { return set_.size(); }
  int64_t evaluated() const override {
    return std::max({set_.size(), valid_set_.size(), test_set_.size()});
  }

  void search() override {
    if (own_.folds == 0 && !own_.search) return;
    const bool find = own_.search;
    EpochSearch e;
    if (own_.folds > 0) {
      const CrossValidation c =
          from_options([&] { return cross_validate(set_, recipe(), own_.folds, find); });
      if (const auto aim = own_.threshold_aim()) known_.threshold = c.best_threshold(*aim);
      found_["figures"] = c.figures(set_.classes, known_.threshold);
      if (known_.threshold) found_["threshold"] = *known_.threshold;
      e = c.epochs;
    } else {
      e = search_epochs(set_, recipe(), trials);
    }
    found_["seconds"] = e.seconds;
    if (find) common.epochs = e.epochs, own_.search = false;
    if (!common.quiet) std::fprintf(stderr, "%s", found_text(e, find).c_str());
  }
  double searched() const override {
    return own_.folds > 0 ? static_cast<double>(own_.folds - 1) * (own_.search ? 0.8 : 1.0)
           : own_.search  ? 0.8 * trials
                          : 0;
  }
  Json found() const override { return found_.members().empty() ? Json() : found_; }
  void take_found(const Json& found) override {
    found_ = found;
    if (const Json* p = found.find("threshold")) known_.threshold = p->number();
  }
  double parameters() const override { return parameter_count(recipe().model); }
  void make_model() override {
    const auto seed = static_cast<uint64_t>(common.seed);
    manual_seed(seed);
    model_.emplace(recipe().model);
    task_.emplace(set_, valid_set_, known_.scale, *model_, common.batch_size, seed,
                  recipe().loss(known_.class_counts));
  }
  Module& model() override { return *model_; }
  Task& task() override { return *task_; }
  std::string score() const override { return valid_set_.size() ? "valid_loss" : ""; }
  Tensor probe(int64_t count) override {
    const std::vector<int64_t> lengths = set_.lengths();
    const auto longest = std::max_element(lengths.begin(), lengths.end()) - lengths.begin();
    const std::vector<int64_t> members(static_cast<size_t>(count), longest);
    const SeriesBatch b = series_batch(set_, known_.scale, members);
    return cross_entropy((*model_)(b.values, b.times, b.lengths), b.labels);
  }

  Json figures() override {
    model_->eval();
    choose_threshold();
    const bool tested = test_set_.size() > 0, held = valid_set_.size() > 0;
    const Json* folds = set_.size() > 0 ? found_.find("figures") : nullptr;
    const SeriesSet& on = tested ? test_set_ : held ? valid_set_ : set_;
    const ClassifyFigures judged = task_->figures(on, known_.threshold);
    Json f = tested || held || !folds ? judged_figures(judged, on) : *folds;
    f["judged_on"] = tested ? "test" : held ? "valid" : folds ? "folds" : "train";
    if (known_.threshold) f["threshold"] = *known_.threshold;
    if (tested && folds)
      for (const char* key : {"accuracy", "accuracy_sd", "auc", "auc_sd"})
        f[text({"folds_", key})] = folds->at(key);
    if (const Json* seconds = found_.find("seconds")) f["search_seconds"] = *seconds;
    if (own_.every_step) f["by_part"] = figures_by_part(on);
    if (tested) f["test_loss"] = judged.loss;
    if (held) {
      const ClassifyFigures valid = tested ? task_->figures(valid_set_, known_.threshold) : judged;
      f["valid_loss"] = valid.loss, f["valid_accuracy"] = valid.accuracy;
    }
    if (!tested && !held) f["fit_loss"] = judged.loss;
    return f;
  }

  std::string predictions() override {
    model_->eval();
    return own_.every_step
               ? step_predictions_csv(test_set_, task_->step_logits(test_set_), known_.threshold)
               : predictions_csv(test_set_, task_->logits(test_set_), known_.threshold);
  }

  std::unique_ptr<Explained> explained() override {
    model_->eval();
    Explained e = explained_data(test_set_, known_);
    e.answer = {.outputs = [this](const Tensor& values, const Tensor& times,
                                  const std::vector<int64_t>& lengths) {
                  return (*model_)(values, times, lengths);
                },
                .names = known_.like.classes};
    const std::vector<double> p = softmax(task_->logits(test_set_), -1).to_vector<double>();
    const size_t classes = e.answer.names.size();
    for (size_t i = 0; i < p.size(); i += classes)
      e.said.push_back(said_class(std::span(p).subspan(i, classes), known_.threshold));
    return std::make_unique<Explained>(std::move(e));
  }

  Example example() override {
    const NoGrad no_grad;
    const ExampleSeries s = example_series(known_.scale, known_.longest);
    return {{"values", s.values},
            {"times", s.times},
            {"lengths", lengths_tensor(s.lengths)},
            {"logits", (*model_)(s.values, s.times, s.lengths)}};
  }

  bool has_attention() const override {
    return own_.pooling == "attention" || (own_.model == "transformer" && common.layers > 0);
  }
  AttentionPicture attention(const AttentionChoice& choice) override {
    const SeriesSet& set = shown();
    check_example(choice, set.size());
    const NoGrad no_grad;
    model_->eval();
    model_->named_parameters();  // gives the layers their names
    const Series& series = set.series[static_cast<size_t>(choice.example)];
    const SeriesBatch b = series_batch(set, known_.scale, std::vector<int64_t>{choice.example});
    AttentionRecorder seen;
    const Tensor logits = (*model_)(b.values, b.times, b.lengths);
    const auto said =
        static_cast<size_t>(said_class(softmax(logits, -1).to_vector<double>(), known_.threshold));
    const bool layers = own_.model == "transformer" && common.layers > 0;
    AttentionPicture p = chosen_attention(seen, layers ? "encoder.layers." : "pooling",
                                          layers ? ".self_attn" : "", choice);
    p.title =
        text({"series ", printable(series.id, 20), " (",
              series.label < 0 ? "of a class that training did not see"
                               : printable(set.classes[static_cast<size_t>(series.label)], 20),
              ", found ", printable(set.classes[said], 20), "), ", p.title});
    for (double t : series.times) p.cols.push_back(set.time_text(t));
    p.rows = layers ? p.cols : std::vector<std::string>{"pooling"};
    p.row_axis = "from time", p.col_axis = "to time";
    return p;
  }
  StepTable steps(const AttentionChoice& choice) override {
    model_->eval();
    if (choice.all) return mean_steps();
    const SeriesSet& set = shown();
    check_example(choice, set.size());
    const Series& series = set.series[static_cast<size_t>(choice.example)];
    if (choice.step >= series.length())
      usage_error({"--step ", choice.step, ": series ", printable(series.id, 20), " has ",
                   series.length(), ", from 0 to ", series.length() - 1});
    const StepMeaning m = step_meaning(*model_, set, known_.scale, choice.example, choice.step);
    char p[32];
    std::snprintf(p, sizeof p, "%.2f", m.probability);
    StepTable t{.title = text({"what each step meant for the answer ",
                               printable(set.classes[static_cast<size_t>(m.said)], 20), " (", p,
                               ") for series ", printable(series.id, 20)}),
                .steps = {},
                .attention = m.attention,
                .effect = m.effect,
                .gradient = m.gradient};
    if (choice.step >= 0) t.title += text({" at time ", set.time_text(m.times.back())});
    for (double time : m.times) t.steps.push_back(set.time_text(time));
    return t;
  }

 private:
  const SeriesSet& shown() const {
    return test_set_.size() ? test_set_ : valid_set_.size() ? valid_set_ : set_;
  }
  // --valid 0.2: a part of the training data, which leaves it; --valid FILE: another file.
  void take_validation(const Json& recorded) {
    double fraction = 0;
    if (!parse_number(own_.valid, fraction)) {
      read_other(valid_set_, "validation data", own_.valid, "valid", recorded);
    } else if (fraction != 0) {
      Generator gen(static_cast<uint64_t>(common.seed), 0xC1Bull << 32);
      valid_set_ = from_options([&] { return take_out(set_, fraction, gen); });
    }
  }
  void read_other(SeriesSet& set, const char* what, const std::string& path,
                  const std::string& role, const Json& recorded) {
    const CsvTable table = read_table(path, role, recorded, seen_, own_.file.options());
    set = matching_series(table, set_, columns_);
    note_far(set);
    report(what, table, set);
  }
  void check_classes() const {
    const std::string file = printable(own_.train, 200);
    if (set_.classes.size() < 2)
      file_error({file, ": all labels are ", printable(set_.classes[0]),
                  "; expected two classes or more. Is --label ", printable(columns_.label),
                  " the right column?"});
    const std::string objection = label_objection(set_);
    if (!own_.as_classes && !objection.empty()) file_error({file, ": ", objection});
  }
  void note_far(SeriesSet& set) const {
    for (std::string& note : far_values(set, known_.scale).notes)
      set.notes.push_back(std::move(note));
  }
  void report(const char* what, const CsvTable& table, const SeriesSet& set) {
    said_ += text(
        {what, " ", table.name(), "\n", remarks_text(table), series_report(table, set, columns_)});
  }

  // Steps of one number are one step; it is called by its time where that is the same in all.
  StepTable mean_steps() {
    const SeriesSet& set = shown();
    const MeanMeaning m = mean_meaning(*model_, set, known_.scale, set.size());
    StepTable t{
        .title = text({"what each step meant: the size of it, mean over ", m.series, " series"}),
        .steps = {},
        .attention = m.attention,
        .effect = m.effect,
        .gradient = m.gradient};
    for (size_t i = 0; i < m.effect.size(); ++i) {
      std::set<double> times;
      for (const Series& s : set.series)
        if (i < s.times.size()) times.insert(s.times[i]);
      t.steps.push_back(times.size() == 1 ? set.time_text(*times.begin()) : text({"no. ", i + 1}));
    }
    return t;
  }

  ClassifyRecipe recipe() const {
    return own_.recipe(common, activation(), known_.scale,
                       static_cast<int64_t>(set_.classes.size()), known_.longest);
  }

  void check_threshold() const {
    if (set_.classes.size() != 2 && own_.threshold != "auto")
      usage_error({"--threshold ", own_.threshold, " is for two classes; the data have ",
                   set_.classes.size()});
  }
  // The best on the validation data, by the model as it is. Folds have chosen theirs before.
  void choose_threshold() {
    const auto aim = own_.threshold_aim();
    if (aim && valid_set_.size() > 0)
      known_.threshold = best_threshold(task_->logits(valid_set_), labels_of(valid_set_), *aim);
  }

  Json judged_figures(const ClassifyFigures& judged, const SeriesSet& on) const {
    Json f = classify_figures(judged, set_.classes);
    f["baseline_accuracy"] = majority_accuracy(known_.class_counts, on);
    if (set_.size() == 0) return f;  // with new files alone there is nothing to fit it to
    const ClassifyFigures simple = logistic_regression(set_, on, known_.scale);
    f["logistic_accuracy"] = simple.accuracy;
    f["logistic_auc"] = simple.auc ? Json(*simple.auc) : Json();
    return f;
  }

  // Accuracy and AUC by what is said after a quarter, half, ... of the steps of each series.
  Json figures_by_part(const SeriesSet& on) const {
    const std::vector<double> logits = task_->step_logits(on).to_vector<double>();
    const auto classes = static_cast<int64_t>(set_.classes.size());
    Json all = Json::array();
    for (const double part : {0.25, 0.5, 0.75, 1.0}) {
      std::vector<double> chosen;
      int64_t first = 0;
      for (const Series& s : on.series) {
        const auto seen = static_cast<int64_t>(std::ceil(part * static_cast<double>(s.length())));
        const auto at = logits.begin() + (first + seen - 1) * classes;
        chosen.insert(chosen.end(), at, at + classes);
        first += s.length();
      }
      const ClassifyFigures f = figures_of(tensor(chosen, {on.size(), classes}, DType::f64),
                                           labels_of(on), known_.threshold);
      Json row;
      row["part"] = part, row["accuracy"] = f.accuracy;
      row["auc"] = f.auc ? Json(*f.auc) : Json();
      all.push_back(row);
    }
    return all;
  }

  std::string found_text(const EpochSearch& e, bool find) const {
    std::string out, best;
    if (const Json* f = found_.find("figures")) out = folds_text(*f);
    for (int64_t epoch : e.best) best += text({best.empty() ? "" : ", ", epoch});
    if (find)
      out += text({e.epochs, " epochs: without a fifth of the series, ",
                   static_cast<int64_t>(e.best.size()), own_.folds > 0 ? " folds" : " trials",
                   " were best after epoch ", best, " (", duration_text(e.seconds), ")\n"});
    return out;
  }

  static constexpr int64_t trials = 3;

  ClassifySettings own_;
  SeriesColumns columns_{};
  std::string said_;
  Json seen_ = Json::object(), found_ = Json::object();
  SeriesSet set_, valid_set_, test_set_;
  ClassifySchema known_;
  std::optional<SequenceClassifier> model_;
  std::optional<ClassifyTraining> task_;
};

}  // namespace

std::unique_ptr<Training> classify_training() { return std::make_unique<ClassifyRun>(); }

}  // namespace gradus::tools
