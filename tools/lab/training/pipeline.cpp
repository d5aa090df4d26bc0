// SPDX-License-Identifier: MIT
// From data to a saved model and back: the settings of text 000.
#include <cmath>

#include "gradus/optim/adam.h"
#include "models/tasks/classify_task.h"
#include "models/tasks/series_baseline.h"
#include "tools/lab/churn.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_pipeline {

SequenceClassifier fresh(const SeriesScale& scale, uint64_t seed) {
  Generator gen(seed);
  return SequenceClassifier({.encoder = {.features = scale.width(), .input_norm = true},
                             .classes = 2,
                             .pooling = Pooling::last,
                             .wide_head = true},
                            gen);
}

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  const SeriesSet all = churn_series({.customers = 500, .seed = 3 * e.seed()});
  const SeriesSet valid = churn_series({.customers = 200, .seed = 3 * e.seed() + 1});
  const SeriesSet test = churn_series({.customers = 300, .seed = 3 * e.seed() + 2});
  const SeriesScale scale = series_scale(all);
  ClassifyTask task({all, valid}, scale, fresh(scale, e.seed()), {.seed = e.seed()});
  SequenceClassifier& model = *task.classifier;
  AdamW optimizer(model, {.lr = 5e-4, .weight_decay = 0.01});
  const int64_t epochs = e.reduced() ? 12 : 20;
  const TrainResult r =
      Trainer(task, optimizer,
              {.epochs = epochs, .clip_norm = 1, .quiet = true, .show_samples = false})
          .run();
  model.eval();
  const double trained = churn_auc(model, test, scale);
  SequenceClassifier loaded = fresh(scale, e.seed() + 1);
  loaded.eval();
  const double before = churn_auc(loaded, test, scale);
  if (!e.broken()) loaded.load_state_dict(model.state_dict());
  const double after = churn_auc(loaded, test, scale);
  const double simple = logistic_regression(all, test, scale).auc.value_or(NAN);
  Table table{.columns = {{"model"}, {"AUC", 4}},
              .rows = {{std::string("trained, best of ") + std::to_string(epochs) +
                            " epochs: " + std::to_string(r.best_epoch),
                        trained},
                       {std::string("new, before loading"), before},
                       {std::string("new, after loading"), after},
                       {std::string("logistic regression on summaries"), simple}},
              .title = "300 new customers, 4 features, up to 8 weeks"};
  e.table(table);
  e.above(26, "AUC of the trained model", trained, 0.8);
  e.equal(26, "AUC after loading − AUC of the trained model", after - trained, 0);
}

}  // namespace lab_pipeline

LabPage pipeline_page() {
  return {.name = "pipeline",
          .chapter = "training",
          .title = "Train, keep the best, save, load",
          .items = {26},
          .claim =
              "Batches of 32, AdamW at 0.0005 with decay 0.01, gradients clipped to norm 1, "
              "the best epoch by the loss on held-out customers: the model ranks customers "
              "well, and loaded into a new model its weights give the same AUC to the last "
              "digit.",
          .formula = "AUC = P(score of a customer who left > score of one who stayed)",
          .breaks = "the weights are not loaded into the new model",
          .read = {{"models/tasks/classify_task.cpp", "ClassifyTask::loss"},
                   {"include/gradus/train/trainer.h", "class Trainer"}},
          .next = "train classify --help",
          .questions = {{"Why keep the best epoch and not the last?",
                         "Later epochs may fit the training customers better and new ones worse. "
                         "The held-out loss notices; the training loss cannot."},
                        {"5 % of the labels are flipped. How high can the accuracy be?",
                         "0.95 on average, if every cause is recognised. A higher one on few "
                         "customers is luck, or a leak."}},
          .correction =
              "text 000 applies BCELoss to targets of shape (4) and predictions of shape "
              "(4, 1), which is an error in PyTorch, and its data set class is not "
              "defined.",
          .reduced = "12 epochs instead of 20",
          .run = lab_pipeline::run};
}

}  // namespace gradus::tools
