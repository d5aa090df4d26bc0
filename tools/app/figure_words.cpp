// SPDX-License-Identifier: MIT
// The words behind figures. A test holds that every key here is in docs/reading-a-report.md.
#include "tools/app/figure_words.h"

#include <utility>
#include <vector>

namespace gradus::tools {
namespace {

const std::vector<std::pair<const char*, const char*>> words = {
    // what was trained
    {"run", "folder of the run"},
    {"task", "what was trained"},
    {"state", "finished or not"},
    {"parameters", "numbers that training sets"},
    {"reason", "why the training ended"},
    {"epochs", "passes over the training data"},
    {"best_epoch", "its weights are kept"},
    {"averaged_epochs", "so many epochs' weights were averaged"},
    {"steps", "updates of the weights"},
    {"seconds", "of training"},
    {"search_seconds", "of finding the number of epochs"},
    {"judged_on", "data that the figures are about"},
    // classes
    {"positive", "class of f1 and others"},
    {"unknown_class", "samples of a class not in training"},
    {"accuracy", "share that is right"},
    {"accuracy_sd", "deviation over the folds"},
    {"fold_accuracy", "of each fold"},
    {"folds_accuracy", "by cross-validation"},
    {"folds_accuracy_sd", "deviation over the folds"},
    {"macro_f1", "F1, mean over classes"},
    {"f1", "precision and recall in one"},
    {"auc", "0.5: guessing; 1: perfect order"},
    {"auc_sd", "deviation over the folds"},
    {"fold_auc", "of each fold"},
    {"folds_auc", "by cross-validation"},
    {"folds_auc_sd", "deviation over the folds"},
    {"average_precision", "area under precision and recall"},
    {"brier", "squared error; 0 is best"},
    {"threshold", "its least probability"},
    {"winner", "the best model beyond the noise"},
    {"tried", "score of each kind of model"},
    {"folds", "each judged by a model without it"},
    {"baseline_accuracy", "always the most frequent answer"},
    {"logistic_accuracy", "of a logistic regression"},
    {"logistic_auc", "of a logistic regression"},
    // losses
    {"train_loss", "on training data, in the best epoch"},
    {"valid_loss", "on held-out data; lower is better"},
    {"test_loss", "on the test file"},
    {"fit_loss", "on training data, after training"},
    {"valid_accuracy", "share that is right, held-out data"},
    {"last_value_loss", "of saying: as now"},
    {"mean_loss", "of saying: the mean"},
    // sequences and texts
    {"exact_copy", "share of answers right as a whole"},
    {"token_accuracy", "share of letters that are right"},
    {"floor_loss", "the least loss that is possible"},
    {"verdict", "the loss against that floor"},
    {"valid_nats_per_char", "loss by character, held-out text"},
    {"bits_per_char", "the same in bits"},
    {"perplexity", "as unsure as among so many tokens"},
    {"unigram_loss", "of counting tokens"},
    {"bigram_loss", "of counting pairs of tokens"},
    {"unigram_accuracy", "always the most frequent token"},
    {"masked_accuracy", "share of hidden tokens that is right"},
    {"masked_places", "hidden tokens that were judged"},
    {"unknown_share", "held-out tokens not in the vocabulary"},
    {"bleu", "0 to 100; higher is better"},
    {"chrf", "0 to 100; higher is better"},
    {"valid_bleu", "on held-out pairs, without beam"},
    {"beam", "answers followed at a time"},
    // --dry-run
    {"memory_bytes", "that training takes, about"},
    {"step_seconds", "of one step"},
    {"evaluation_seconds", "of the figures of one epoch, about"},
};

}  // namespace

std::string figure_words(const std::string& key) {
  for (const auto& [name, meaning] : words)
    if (key == name) return meaning;
  return "";
}

}  // namespace gradus::tools
