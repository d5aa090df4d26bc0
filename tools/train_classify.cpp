// SPDX-License-Identifier: MIT
// gradus train classify: a transformer encoder puts the series of a CSV file into classes.
#include <algorithm>
#include <cstdio>
#include <optional>

#include "gradus/autograd/node.h"
#include "gradus/ops/loss.h"
#include "models/classify_task.h"
#include "tools/data_file.h"
#include "tools/train.h"

namespace gradus::tools {
namespace {

// On stderr: what was read.
void show(const char* what, const std::string& file, const SeriesSet& set) {
  const std::vector<int64_t> lengths = set.lengths(), counts = set.class_counts();
  const auto [shortest, longest] = std::minmax_element(lengths.begin(), lengths.end());
  std::string classes;
  for (size_t i = 0; i < counts.size() && i < 12; ++i)
    classes += (i ? ", " : "") + printable(set.classes[i], 20) + " " + std::to_string(counts[i]);
  if (counts.size() > 12) classes += ", ...";
  std::fprintf(stderr, "%s %s: %lld series of %lld to %lld steps, %zu features, classes: %s\n",
               what, printable(file, 200).c_str(), static_cast<long long>(set.size()),
               static_cast<long long>(*shortest), static_cast<long long>(*longest),
               set.features.size(), classes.c_str());
  if (set.missing)
    std::fprintf(stderr, "  %lld empty cells: the last value of the series, else the median\n",
                 static_cast<long long>(set.missing));
  for (const std::string& column : set.ignored)
    std::fprintf(stderr, "  column %s is not in the training data: ignored\n",
                 printable(column).c_str());
}

class ClassifyRun : public Training {
 public:
  ClassifyRun() {
    common.epochs = 50, common.activation = "gelu";
    settings.argument("train", "TRAIN.csv", train_, "long table: id, time, features ..., label")
        .file = true;
    settings.value("test", test_, "CSV file with other series, to report on").file = true;
    settings.value("valid", valid_,
                   "part of the training data, or a CSV file, that chooses the best epoch; 0: none")
        .file = true;
    settings.value("id", columns_.id, "column that tells series apart");
    settings.value("time", columns_.time, "column of times, rising within a series");
    settings.value("label", columns_.label, "column of classes");
    common.list(settings);
  }
  std::string name() const override { return "classify"; }

  void check() override {
    Training::check();
    if (train_.empty())
      usage_error({"TRAIN.csv is missing: ", settings.at("train").help});
  }

  void read_data(const Json& recorded) override {
    set_ = training_series(read_table(train_, "train", recorded, seen_), columns_);
    if (set_.classes.size() < 2)
      file_error({printable(train_, 200), ": all labels are ", printable(set_.classes[0]),
                  "; expected two classes or more"});
    take_validation(recorded);
    scale_ = series_scale(set_);
    counts_ = set_.class_counts();
    if (!test_.empty())
      test_set_ = matching_series(read_table(test_, "test", recorded, seen_), set_, columns_);
  }
  // The files are found again from any folder.
  Json data() const override { return seen_; }
  void show_data() const override {
    show("training data", train_, set_);
    if (valid_set_.size()) show("validation data", valid_, valid_set_);
    if (test_set_.size()) show("test data", test_, test_set_);
  }
  int64_t samples() const override { return set_.size(); }

  double parameters() const override { return parameter_count(model_options()); }
  void make_model() override {
    const auto seed = static_cast<uint64_t>(common.seed);
    manual_seed(seed);
    model_.emplace(model_options());
    task_.emplace(set_, valid_set_, scale_, *model_, common.batch_size, seed);
  }
  Module& model() override { return *model_; }
  Task& task() override { return *task_; }
  std::string score() const override { return valid_set_.size() ? "valid_loss" : "fit_loss"; }
  Tensor probe(int64_t count) override {
    const std::vector<int64_t> lengths = set_.lengths();
    const auto longest = std::max_element(lengths.begin(), lengths.end()) - lengths.begin();
    const std::vector<int64_t> members(static_cast<size_t>(count), longest);
    const SeriesBatch b = series_batch(set_, scale_, members);
    return cross_entropy((*model_)(b.values, b.times, b.lengths), b.labels);
  }

  Json figures() override {
    model_->eval();
    const bool tested = test_set_.size() > 0, held = valid_set_.size() > 0;
    const ClassifyFigures valid = held ? task_->figures(valid_set_) : ClassifyFigures{};
    const ClassifyFigures judged = tested ? task_->figures(test_set_)
                                   : held ? valid
                                          : task_->figures(set_);
    const SeriesSet& on = tested ? test_set_ : held ? valid_set_ : set_;
    Json f;
    f["accuracy"] = judged.accuracy, f["macro_f1"] = judged.macro_f1;
    f["auc"] = judged.auc ? Json(*judged.auc) : Json();
    f["baseline_accuracy"] = majority_accuracy(set_, on);
    f["judged_on"] = tested ? "test" : held ? "valid" : "train";
    if (tested) f["test_loss"] = judged.loss;
    if (held) f["valid_loss"] = valid.loss, f["valid_accuracy"] = valid.accuracy;
    if (!tested && !held) f["fit_loss"] = judged.loss;
    return f;
  }
  AttentionPicture attention(const AttentionChoice&) override { return {}; }

 private:
  // --valid 0.2: a part of the training data, which leaves it; --valid FILE: another file.
  void take_validation(const Json& recorded) {
    double fraction = 0;
    if (!parse_number(valid_, fraction)) {
      valid_set_ = matching_series(read_table(valid_, "valid", recorded, seen_), set_, columns_);
    } else if (fraction != 0) {
      Generator gen(static_cast<uint64_t>(common.seed), 0xC1Bull << 32);
      valid_set_ = from_options([&] { return take_out(set_, fraction, gen); });
    }
  }

  SequenceClassifierOptions model_options() const {
    return {.features = scale_.width(),
            .classes = static_cast<int64_t>(set_.classes.size()),
            .d_model = common.d_model,
            .nhead = common.nhead,
            .layers = common.layers,
            .dim_feedforward = common.dim_feedforward,
            .dropout = common.dropout,
            .norm_first = common.norm_first,
            .activation = activation()};
  }

  std::string train_, test_, valid_ = "0.2";
  SeriesColumns columns_{};
  Json seen_ = Json::object();
  SeriesSet set_, valid_set_, test_set_;
  SeriesScale scale_;
  std::vector<int64_t> counts_;
  std::optional<SequenceClassifier> model_;
  std::optional<ClassifyTraining> task_;
};

}  // namespace

std::unique_ptr<Training> classify_training() { return std::make_unique<ClassifyRun>(); }

}  // namespace gradus::tools
