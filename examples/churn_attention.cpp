// SPDX-License-Identifier: MIT
// A transformer learns from weekly records which customers leave; then the program shows which
// weeks its answers depend on. The data are made up: the cause lies in weeks 4 and 5.
#include <gradus/data/toy_series.h>
#include <gradus/gradus.h>
#include <gradus/models/explain/series_meaning.h>
#include <gradus/models/tasks/classify_task.h>
#include <gradus/train/picture.h>
#include <algorithm>
#include <cstdio>

using namespace gradus;

int main(int, char** argv) {
  start_program(argv);
  Splits<SeriesSet> data{.training = churn_series({.customers = 600, .seed = 0}),
                         .valid = churn_series({.customers = 100, .seed = 1}),
                         .test = churn_series({.customers = 300, .seed = 2})};
  const SeriesScale scale = series_scale(data.training);  // mean and deviation of each feature

  manual_seed(0);
  ClassifyTask task(std::move(data), scale,
                    SequenceClassifier({.encoder = {.features = scale.width()}, .classes = 2}));
  SequenceClassifier& model = *task.classifier;
  const SeriesSet& test = task.data.test;
  AdamW optimizer(model.named_parameters(), {.lr = 2e-3});
  const TrainResult result =
      Trainer(task, optimizer, {.epochs = 12, .clip_norm = 1, .score = task.score()}).run();
  std::printf("best epoch %lld: loss %.3f on held-out customers\n",
              static_cast<long long>(result.best_epoch), result.best_score);

  model.eval();
  const ClassifyFigures figures = task.figures(test);
  std::printf("accuracy %.3f, AUC %.3f on %lld new customers\n\n", figures.accuracy,
              figures.auc.value_or(0), static_cast<long long>(test.size()));

  // Attention is not cause, so the next column shows how much the probability falls without the
  // week.
  const MeanMeaning weeks = mean_meaning(model, test, scale, 200);
  const double most = *std::max_element(weeks.effect.begin(), weeks.effect.end());
  const double highest = *std::max_element(weeks.attention.begin(), weeks.attention.end());
  std::printf("week  attention                probability lost without it\n");
  for (size_t w = 0; w < weeks.effect.size(); ++w)
    std::printf("%4zu  %.3f %s  %+.3f %s\n", w + 1, weeks.attention[w],
                bar(weeks.attention[w], highest).c_str(), weeks.effect[w],
                bar(weeks.effect[w], most).c_str());
}
