// SPDX-License-Identifier: MIT
// gradus train classify: a transformer encoder puts the series of a CSV file into classes.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "gradus/autograd/node.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
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

Json numbers(const std::vector<double>& values) {
  Json all = Json::array();  // the deviation of a constant is infinite, which JSON cannot say
  for (double v : values) all.push_back(std::isinf(v) ? Json() : Json(v));
  return all;
}
std::vector<double> values_of(const Json& numbers) {
  std::vector<double> all;
  for (const Json& v : numbers.items()) all.push_back(v.is_null() ? INFINITY : v.number());
  return all;
}

template <class T>
Json list(const std::vector<T>& values) {
  return Json(Json::Array(values.begin(), values.end()));
}
std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> all;
  for (const Json& v : list.items()) all.push_back(v.string());
  return all;
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
  Json data() const override { return seen_; }

  Json schema() const override {
    Json s;
    s["id"] = columns_.id, s["time"] = columns_.time, s["label"] = columns_.label;
    s["features"] = list(set_.features), s["classes"] = list(set_.classes);
    s["class_counts"] = list(counts_);
    s["median"] = numbers(scale_.median), s["mean"] = numbers(scale_.mean);
    s["deviation"] = numbers(scale_.deviation);
    s["first_time"] = scale_.first_time, s["gap"] = scale_.gap;
    s["irregular"] = scale_.irregular;
    return s;
  }
  void read_test(const Json& s, const std::string& path) override {
    columns_ = {s.at("id").string(), s.at("time").string(), s.at("label").string()};
    set_.features = texts_of(s.at("features")), set_.classes = texts_of(s.at("classes"));
    for (const Json& n : s.at("class_counts").items()) counts_.push_back(n.integer());
    scale_ = {.median = values_of(s.at("median")),
              .mean = values_of(s.at("mean")),
              .deviation = values_of(s.at("deviation")),
              .first_time = s.at("first_time").number(),
              .gap = s.at("gap").number(),
              .irregular = s.at("irregular").boolean()};
    test_ = path;
    test_set_ = matching_series(read_table(path, "test", {}, seen_), set_, columns_);
  }

  void show_data() const override {
    show("training data", train_, set_);
    if (valid_set_.size()) show("validation data", valid_, valid_set_);
    if (test_set_.size()) show("test data", test_, test_set_);
  }
  int64_t samples() const override { return set_.size(); }
  int64_t evaluated() const override {
    return std::max({set_.size(), valid_set_.size(), test_set_.size()});
  }

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
    f["baseline_accuracy"] = majority_accuracy(counts_, on);
    f["judged_on"] = tested ? "test" : held ? "valid" : "train";
    if (tested) f["test_loss"] = judged.loss;
    if (held) f["valid_loss"] = valid.loss, f["valid_accuracy"] = valid.accuracy;
    if (!tested && !held) f["fit_loss"] = judged.loss;
    return f;
  }

  AttentionPicture attention(const AttentionChoice& choice) override {
    const SeriesSet& set = test_set_.size() ? test_set_ : valid_set_.size() ? valid_set_ : set_;
    check_example(choice, set.size());
    const NoGrad no_grad;
    model_->eval();
    model_->named_parameters();  // gives the layers their names
    const Series& series = set.series[static_cast<size_t>(choice.example)];
    const SeriesBatch b = series_batch(set, scale_, std::vector<int64_t>{choice.example});
    AttentionRecorder seen;
    const Tensor logits = (*model_)(b.values, b.times, b.lengths);
    const auto said = static_cast<size_t>(argmax(logits, -1).to_vector<int64_t>()[0]);
    AttentionPicture p = chosen_attention(seen, "encoder.layers.", ".self_attn", choice);
    p.title = "series " + printable(series.id, 20) + " (" +
              printable(set.classes[static_cast<size_t>(series.label)], 20) + ", found " +
              printable(set.classes[said], 20) + "), " + p.title;
    for (double t : series.times) p.rows.push_back(text({t}));
    p.cols = p.rows, p.row_axis = "from time", p.col_axis = "to time";
    return p;
  }

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
    return {.encoder = {.features = scale_.width(),
                        .d_model = common.d_model,
                        .nhead = common.nhead,
                        .layers = common.layers,
                        .dim_feedforward = common.dim_feedforward,
                        .dropout = common.dropout,
                        .norm_first = common.norm_first,
                        .activation = activation()},
            .classes = static_cast<int64_t>(set_.classes.size())};
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
