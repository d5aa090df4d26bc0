// SPDX-License-Identifier: MIT
// gradus demo, second part: a classifier finds the planted cause in a set of series.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "gradus/data/toy_series.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/schedule.h"
#include "gradus/train/picture.h"
#include "gradus/train/stop.h"
#include "models/explain/series_meaning.h"
#include "models/tasks/classify_task.h"
#include "models/tasks/series_baseline.h"
#include "tools/demo/demo.h"
#include "tools/draw/figure_tables.h"
#include "tools/tasks/class_report.h"

namespace gradus::tools {
namespace {

constexpr size_t weeks = 8;

double largest(const std::vector<double>& x) { return *std::max_element(x.begin(), x.end()); }

// Whether the prediction changes most without weeks 4 and 5.
bool print_weeks(const MeanMeaning& w) {
  std::printf(
      "\n   Which weeks matter? The mean over 200 new customers\n\n"
      "   week  attention               change of probability without it\n");
  for (size_t t = 0; t < weeks; ++t)
    std::printf("   %4zu  %.3f %s  %.3f %s\n", t + 1, w.attention[t],
                bar(w.attention[t], largest(w.attention)).c_str(), w.effect[t],
                bar(w.effect[t], largest(w.effect)).c_str());
  std::vector<size_t> order(weeks);
  for (size_t t = 0; t < weeks; ++t) order[t] = t;
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return w.effect[a] > w.effect[b]; });
  const bool found = std::set<size_t>{order[0], order[1]} == std::set<size_t>{3, 4};
  std::printf("\n   The cause was planted in weeks 4 and 5: %s\n", found ? "found" : "NOT found");
  return found;
}

void print_report(const ClassifyFigures& f, const ClassifyFigures& simple, double majority,
                  const SeriesSet& test) {
  std::printf(
      "   accuracy %.3f, macro F1 %.3f, AUC %.3f on %lld new customers;\n"
      "   the larger class alone %.3f, logistic regression %.3f with AUC %.3f\n",
      f.accuracy, f.macro_f1, f.auc.value_or(0), static_cast<long long>(test.size()), majority,
      simple.accuracy, simple.auc.value_or(0));
  std::printf("%s", confusion_table(classify_figures(f, test.classes)).c_str());
}

}  // namespace

bool demo_churn() {
  const SeriesSet all = churn_series({.customers = 1000, .seed = 0});
  const SeriesSet test = churn_series({.customers = 500, .seed = 1});
  const SeriesScale scale = series_scale(all);
  constexpr int64_t epochs = 20, batch = 32;
  manual_seed(0);
  ClassifyTask task({.training = all}, scale,
                    SequenceClassifier({.encoder = {.features = scale.width()}, .classes = 2}),
                    {.batch_size = batch});
  SequenceClassifier& model = *task.classifier;
  std::printf(
      "\n3. A transformer of %lld parameters learns which customers leave, from %lld\n"
      "   series of weekly records (gradus data churn): satisfaction, turns, emotion,\n"
      "   personalized\n",
      static_cast<long long>(model.count()), static_cast<long long>(all.size()));
  std::fflush(stdout);
  AdamW optimizer(model.named_parameters(), {.lr = 1e-3, .weight_decay = 0.01});
  const int64_t steps = epochs * ((all.size() + batch - 1) / batch);
  const TrainResult r = Trainer(task, optimizer,
                                {.epochs = epochs,
                                 .clip_norm = 1,
                                 .schedule = cosine_annealing_lr(steps),
                                 .score = task.score(),
                                 .show_samples = false})
                            .run();
  if (r.signal) throw Stopped(r.signal);
  std::printf("   %lld steps in %.1f s: training loss %.4f\n", static_cast<long long>(r.steps),
              r.seconds, r.train_loss);
  const ClassifyFigures simple = logistic_regression(all, test, scale);
  print_report(task.figures(test), simple, majority_accuracy(all.class_counts(), test), test);
  model.eval();
  return print_weeks(mean_meaning(model, test, scale, 200));
}

}  // namespace gradus::tools
