// SPDX-License-Identifier: MIT
// Descriptions of figures. A test checks that every key here is in docs/reading-a-report.md.
#include "tools/app/figure_words.h"

#include <utility>
#include <vector>

#include "gradus/base/error.h"

namespace gradus::tools {
namespace {

const std::vector<std::pair<const char*, const char*>> words = {
    // what was trained
    {"run", "folder of the run"},
    {"task", "kind of training"},
    {"state", "finished or not"},
    {"parameters", "trainable numbers of the model"},
    {"reason", "why the training ended"},
    {"epochs", "passes over the training data"},
    {"best_epoch", "epoch whose weights are kept"},
    {"averaged_epochs", "number of epochs averaged"},
    {"steps", "updates of the weights"},
    {"seconds", "duration of the training"},
    {"search_seconds", "time to find the number of epochs"},
    {"evaluated_on", "data the figures are computed on"},
    // classes
    {"positive", "positive class, for f1 and others"},
    {"unknown_class", "samples of classes not in training"},
    {"accuracy", "share predicted correctly"},
    {"accuracy_sd", "standard deviation over the folds"},
    {"fold_accuracy", "accuracy of each fold"},
    {"folds_accuracy", "accuracy by cross-validation"},
    {"folds_accuracy_sd", "standard deviation over the folds"},
    {"macro_f1", "F1, averaged over the classes"},
    {"f1", "harmonic mean of precision and recall"},
    {"auc", "0.5: chance; 1: perfect ranking"},
    {"auc_sd", "standard deviation over the folds"},
    {"fold_auc", "AUC of each fold"},
    {"folds_auc", "AUC by cross-validation"},
    {"folds_auc_sd", "standard deviation over the folds"},
    {"average_precision", "area under the precision-recall curve"},
    {"brier", "mean squared error; 0 is best"},
    {"threshold", "least probability to predict it"},
    {"winner", "best model, if clear of the noise"},
    {"tried", "score of each kind of model"},
    {"folds", "number of cross-validation parts"},
    {"baseline_accuracy", "predicting the most frequent answer"},
    {"logistic_accuracy", "accuracy of a logistic regression"},
    {"logistic_auc", "AUC of a logistic regression"},
    // numbers
    {"coverage", "share of values below each quantile"},
    {"interval_width", "mean width of the outer interval"},
    // losses
    {"train_loss", "on training data, in the best epoch"},
    {"valid_loss", "on held-out data; lower is better"},
    {"test_loss", "on the test file"},
    {"fit_loss", "on training data, after training"},
    {"valid_accuracy", "share correct on held-out data"},
    {"last_value_loss", "loss of repeating the last value"},
    {"mean_loss", "loss of predicting the mean"},
    // sequences and texts
    {"exact_copy", "share of entirely correct answers"},
    {"token_accuracy", "share of correct letters"},
    {"floor_loss", "lowest possible loss"},
    {"verdict", "loss compared with that floor"},
    {"valid_nats_per_char", "loss per character, held-out text"},
    {"bits_per_char", "the same loss in bits"},
    {"perplexity", "equivalent number of equal choices"},
    {"evaluated_windows", "windows of the held-out text read"},
    {"unigram_loss", "loss of token frequencies"},
    {"bigram_loss", "loss of token-pair frequencies"},
    {"unigram_accuracy", "predicting the most frequent token"},
    {"masked_accuracy", "share of masked tokens predicted"},
    {"masked_places", "number of masked tokens"},
    {"unknown_share", "held-out tokens not in the vocabulary"},
    {"bleu", "0 to 100; higher is better"},
    {"chrf", "0 to 100; higher is better"},
    {"valid_bleu", "held-out pairs, no beam search"},
    {"beam", "beam width"},
    // --dry-run
    {"memory_bytes", "estimated memory of training"},
    {"step_seconds", "duration of one step"},
    {"evaluation_seconds", "estimated time of an evaluation"},
};

}  // namespace

std::string figure_words(const std::string& key) {
  for (const auto& [name, meaning] : words)
    if (key == name) return meaning;
  return "";
}

std::string figure_label(const Json& figures, const std::string& name) {
  const Json* positive = figures.find("positive");
  if (!positive || positive->string().empty()) return name;
  for (const char* figure : {"f1", "average_precision", "brier", "threshold"})
    if (name == figure) return text({name, " (of ", printable(positive->string(), 20), ")"});
  return name;
}

}  // namespace gradus::tools
