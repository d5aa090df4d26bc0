// SPDX-License-Identifier: MIT
// gradus train classify: a model puts the series of a CSV file into classes.
#include <algorithm>
#include <cstdio>
#include <optional>

#include "gradus/autograd/node.h"
#include "gradus/data/series_report.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "models/classify_task.h"
#include "models/series_baseline.h"
#include "models/series_meaning.h"
#include "tools/classify_report.h"
#include "tools/classify_settings.h"
#include "tools/data_file.h"
#include "tools/epoch_search.h"
#include "tools/train.h"

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
    const CsvTable table = read_table(own_.train, "train", recorded, seen_);
    set_ = training_series(table, own_.columns);
    if (set_.classes.size() < 2)
      file_error({printable(own_.train, 200), ": all labels are ", printable(set_.classes[0]),
                  "; expected two classes or more"});
    report("training data", table, set_);
    own_.settle(settings, common, set_.size());
    take_validation(recorded);
    const std::vector<int64_t> lengths = set_.lengths();
    known_ = {.columns = own_.columns,
              .plain = set_.plain,
              .features = set_.features,
              .classes = set_.classes,
              .class_counts = set_.class_counts(),
              .scale = series_scale(set_),
              .longest = *std::max_element(lengths.begin(), lengths.end())};
    if (!own_.test.empty()) read_other(test_set_, "test data", own_.test, "test", recorded);
  }
  Json data() const override { return seen_; }

  Json schema() const override { return known_.json(); }
  void read_new(const Json& s, const std::string& path, bool labelled) override {
    if (s.is_null()) file_error({"the run has no schema.json; expected what its training wrote"});
    try {
      known_ = ClassifySchema::from(s);
    } catch (const std::runtime_error& e) {  // which knows the key, but not the file
      file_error({"schema.json of the run: ", e.what()});
    }
    own_.columns = known_.columns, own_.test = path;
    set_.features = known_.features, set_.classes = known_.classes, set_.plain = known_.plain;
    const CsvTable table = read_table(path, "test", {}, seen_);
    test_set_ = labelled ? matching_series(table, set_, own_.columns)
                         : unlabelled_series(table, set_, own_.columns);
    for (const std::string& column : test_set_.ignored)
      std::fprintf(stderr, "column %s is not in the training data: ignored\n",
                   printable(column).c_str());
  }

  void show_data() const override { std::fprintf(stderr, "%s", said_.c_str()); }
  int64_t samples() const override { return set_.size(); }
  int64_t evaluated() const override {
    return std::max({set_.size(), valid_set_.size(), test_set_.size()});
  }

  int search() override {
    if (!own_.search) return 0;
    constexpr int64_t trials = 3;
    const EpochSearch found = search_epochs(set_, model_options(), common,
                                            own_.class_weight == "balanced", trials);
    if (found.signal) return found.signal;
    common.epochs = found.epochs, own_.search = false;
    if (common.quiet) return 0;
    std::string best;
    for (int64_t e : found.best) best += text({best.empty() ? "" : ", ", e});
    std::fprintf(stderr,
                 "%lld epochs: without a fifth of the series, %lld trials were best after epoch %s "
                 "(%s)\n",
                 static_cast<long long>(found.epochs), static_cast<long long>(trials),
                 best.c_str(), duration_text(found.seconds).c_str());
    return 0;
  }
  double parameters() const override { return parameter_count(model_options()); }
  void make_model() override {
    const auto seed = static_cast<uint64_t>(common.seed);
    manual_seed(seed);
    model_.emplace(model_options());
    task_.emplace(set_, valid_set_, known_.scale, *model_, common.batch_size, seed,
                  own_.class_weight == "balanced" ? balanced_weights(known_.class_counts)
                                                  : Tensor());
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
    const bool tested = test_set_.size() > 0, held = valid_set_.size() > 0;
    const ClassifyFigures valid = held ? task_->figures(valid_set_) : ClassifyFigures{};
    const SeriesSet& on = tested ? test_set_ : held ? valid_set_ : set_;
    const ClassifyFigures judged = tested || !held ? task_->figures(on) : valid;
    Json f = classify_figures(judged, set_.classes);
    f["baseline_accuracy"] = majority_accuracy(known_.class_counts, on);
    if (set_.size() > 0) {  // with new files alone there is nothing to fit it to
      const ClassifyFigures simple = logistic_regression(set_, on, known_.scale);
      f["logistic_accuracy"] = simple.accuracy;
      f["logistic_auc"] = simple.auc ? Json(*simple.auc) : Json();
    }
    f["judged_on"] = tested ? "test" : held ? "valid" : "train";
    if (tested) f["test_loss"] = judged.loss;
    if (held) f["valid_loss"] = valid.loss, f["valid_accuracy"] = valid.accuracy;
    if (!tested && !held) f["fit_loss"] = judged.loss;
    return f;
  }

  std::string predictions() override {
    model_->eval();
    return predictions_csv(test_set_, task_->probabilities(test_set_));
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
    const auto said = static_cast<size_t>(argmax(logits, -1).to_vector<int64_t>()[0]);
    const bool layers = own_.model == "transformer" && common.layers > 0;
    AttentionPicture p =
        chosen_attention(seen, layers ? "encoder.layers." : "pooling", layers ? ".self_attn" : "",
                         choice);
    p.title = text({"series ", printable(series.id, 20), " (",
                    printable(set.classes[static_cast<size_t>(series.label)], 20), ", found ",
                    printable(set.classes[said], 20), "), ", p.title});
    for (double t : series.times) p.cols.push_back(text({t}));
    p.rows = layers ? p.cols : std::vector<std::string>{"pooling"};
    p.row_axis = "from time", p.col_axis = "to time";
    return p;
  }
  StepTable steps(const AttentionChoice& choice) override {
    const SeriesSet& set = shown();
    check_example(choice, set.size());
    model_->eval();
    const StepMeaning m = step_meaning(*model_, set, known_.scale, choice.example);
    const Series& series = set.series[static_cast<size_t>(choice.example)];
    char p[32];
    std::snprintf(p, sizeof p, "%.2f", m.probability);
    StepTable t{.answer = text({printable(set.classes[static_cast<size_t>(m.said)], 20), " (",
                                p, ") for series ", printable(series.id, 20)}),
                .steps = {},
                .attention = m.attention,
                .effect = m.effect,
                .gradient = m.gradient};
    for (double time : m.times) t.steps.push_back(text({time}));
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
    const CsvTable table = read_table(path, role, recorded, seen_);
    set = matching_series(table, set_, own_.columns);
    report(what, table, set);
  }
  void report(const char* what, const CsvTable& table, const SeriesSet& set) {
    said_ += text({what, " ", table.name(), "\n", series_report(table, set, own_.columns)});
  }

  SequenceClassifierOptions model_options() const {
    return own_.options(common, activation(), known_.scale.width(),
                        static_cast<int64_t>(set_.classes.size()), known_.longest);
  }

  ClassifySettings own_;
  std::string said_;
  Json seen_ = Json::object();
  SeriesSet set_, valid_set_, test_set_;
  ClassifySchema known_;
  std::optional<SequenceClassifier> model_;
  std::optional<ClassifyTraining> task_;
};

}  // namespace

std::unique_ptr<Training> classify_training() { return std::make_unique<ClassifyRun>(); }

}  // namespace gradus::tools
