// SPDX-License-Identifier: MIT
// gradus train classify: a transformer encoder puts the series of a CSV file into classes.
#include "gradus/optim/adam.h"
#include "gradus/optim/schedule.h"
#include "models/classify_task.h"
#include "tools/train.h"

#include <algorithm>
#include <cstdio>

namespace gradus::tools {
namespace {

struct Settings : TrainSettings {
  std::string train, test, valid = "0.2";
  SeriesColumns columns{};
  Settings() { epochs = 50; }
};

// On stderr: what was read.
void show_data(const char* what, const std::string& file, const SeriesSet& set) {
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

SeriesSet read_training(const Settings& s) {
  const SeriesSet set = training_series(CsvTable::read(s.train), s.columns);
  if (set.classes.size() < 2)
    file_error({printable(s.train, 200), ": all labels are ", printable(set.classes[0]),
                "; expected two classes or more"});
  return set;
}

// --valid 0.2: a part of the training data, which leaves it; --valid FILE: another file.
SeriesSet validation(const Settings& s, SeriesSet& training) {
  double fraction = 0;
  if (!parse_number(s.valid, fraction))
    return matching_series(CsvTable::read(s.valid), training, s.columns);
  if (fraction == 0) return {};
  Generator gen(static_cast<uint64_t>(s.seed), 0xC1Bull << 32);
  return from_options([&] { return take_out(training, fraction, gen); });
}

struct Data {
  SeriesSet training, valid, test;
  SeriesScale scale;
  // What the figures are about: the test set, else what was held out, else all.
  const SeriesSet& judged() const { return test.size() ? test : valid.size() ? valid : training; }
};

Data read_data(const Settings& s) {
  Data d;
  d.training = read_training(s);
  d.valid = validation(s, d.training);
  d.scale = series_scale(d.training);
  if (!s.test.empty()) d.test = matching_series(CsvTable::read(s.test), d.training, s.columns);
  if (s.quiet) return d;
  show_data("training data", s.train, d.training);
  if (d.valid.size()) show_data("validation data", s.valid, d.valid);
  if (d.test.size()) show_data("test data", s.test, d.test);
  return d;
}

int run(const Settings& s) {
  s.check();
  const Data d = read_data(s);
  const auto seed = static_cast<uint64_t>(s.seed);
  manual_seed(seed);
  SequenceClassifier model({.features = d.scale.width(),
                            .classes = static_cast<int64_t>(d.training.classes.size()),
                            .d_model = s.d_model,
                            .nhead = s.nhead,
                            .layers = s.layers,
                            .dim_feedforward = s.dim_feedforward,
                            .dropout = s.dropout});
  show_model(model, s);
  ClassifyTraining task(d.training, d.valid, d.scale, model, s.batch_size, seed);
  AdamW optimizer(model.named_parameters(), {.lr = s.lr, .weight_decay = 0.01});
  const int64_t steps = s.epochs * ((d.training.size() + s.batch_size - 1) / s.batch_size);
  const TrainResult result = Trainer(task, optimizer,
                                     {.epochs = s.epochs,
                                      .clip_norm = 1,
                                      .schedule = cosine_annealing_lr(steps),
                                      .score = task.score(),
                                      .quiet = s.quiet})
                                 .run();
  if (result.signal) return 128 + result.signal;
  Json report = result.figures;
  if (d.test.size()) {
    const ClassifyFigures figures = task.figures(d.test);
    report["test_loss"] = figures.loss, report["accuracy"] = figures.accuracy;
  }
  report["best_epoch"] = result.best_epoch;
  report["baseline_accuracy"] = majority_accuracy(d.training, d.judged());
  report["parameters"] = model.count();
  report["seconds"] = result.seconds;
  print_figures(report);
  return 0;
}

}  // namespace

Command train_classify_command() {
  const auto s = std::make_shared<Settings>();
  return {.name = "classify",
          .summary = "classes of series in a CSV file: transformer encoder",
          .examples = {"train classify train.csv --test test.csv",
                       "train classify visits.csv --id patient --time day --label died"},
          .options =
              [s](Options& o) {
                o.argument("TRAIN.csv", s->train, "long table: id, time, features ..., label");
                o.value("--test", s->test, "CSV file with other series, to report on");
                o.value("--valid", s->valid,
                        "part of the training data, or a CSV file, that chooses the best epoch; "
                        "0: none");
                o.value("--id", s->columns.id, "column that tells series apart");
                o.value("--time", s->columns.time, "column of times, rising within a series");
                o.value("--label", s->columns.label, "column of classes");
                s->declare(o);
              },
          .run = [s] { return run(*s); }};
}

}  // namespace gradus::tools
