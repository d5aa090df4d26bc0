// SPDX-License-Identifier: MIT
// Settings of classifiers of series.
#include "tools/tasks/classify/settings.h"

#include <algorithm>

#include "models/tasks/series_baseline.h"

namespace gradus::tools {

SeriesColumns ClassifySettings::columns() const { return columns(table.columns()); }

SeriesColumns ClassifySettings::columns(const SeriesColumns& of_run) const {
  SeriesColumns c = table.columns(of_run);
  c.skip_unlabelled = skip_unlabelled;
  c.strict = strict;
  return c;
}

namespace {

void list_kind(ClassifySettings& c, Settings& s) {
  std::vector<std::string> kinds = words_of(series_models);
  kinds.push_back("auto");
  s.choice("model", c.model, kinds,
           "kind of model; logistic: logistic regression on a summary of each series; "
           "majority: the class frequencies; auto: the best of logistic, mlp, gru and "
           "transformer by cross-validation or validation data");
  s.choice("summary", c.summary, {"auto", "yes", "no"},
           "the network also reads a summary of each series, and its summary part starts from half "
           "of a fitted logistic regression; auto: if the search for the number of epochs shows a "
           "lower loss");
  s.choice("position", c.position, series_positions, "position encoding of a transformer");
  s.choice("pooling", c.pooling, poolings, "how the vectors of the steps become one");
  s.flag("causal", c.causal,
         "steps attend only to earlier steps; gru, lstm, rnn and tcn are always causal");
  s.flag("every_step", c.every_step,
         "monitoring: predict the class at every step from the past only; needs --causal");
  s.flag("bidirectional", c.bidirectional,
         "recurrent models: read in both directions, each with half the width");
  s.flag("wide_head", c.wide_head, "a hidden layer between pooling and classes");
  s.flag("input_norm", c.input_norm, "a LayerNorm after a transformer's input projection");
}

void list_aims(ClassifySettings& c, Settings& s) {
  s.choice("class_weight", c.class_weight, {"none", "balanced"},
           "balanced: every class has the same weight in the loss");
  s.value("positive", c.positive,
          "the positive class of two, for f1, average precision, brier and --threshold; default: "
          "the larger of two numbers, the second of a pair such as no/yes, else the rarer one");
  s.value("threshold", c.threshold,
          "least probability at which the positive class is predicted; f1 or balanced: the best "
          "on validation data or folds; auto: 0.5");
}

}  // namespace

void ClassifySettings::list(Settings& s, TrainSettings& common) {
  s.argument("train", "TRAIN.csv", train, "long table: id, time, features ..., label").file = true;
  s.value("test", test, "CSV file of other series to evaluate on").file = true;
  s.value("valid", valid,
          "validation data, which select the best epoch: a share of the training data or a CSV "
          "file; 0: none; auto: 0.2 for 2000 series or more")
      .file = true;
  s.value("folds", folds,
          "number of cross-validation folds; 0: none; -1: 5 if there is neither --test nor --valid "
          "and there are fewer than 2000 series",
          -1, 1000000);
  table.list(s, "column of classes");
  file.list(s);
  s.flag("as_classes", as_classes, as_classes_help);
  s.flag("skip_unlabelled", skip_unlabelled, "skip series without a label");
  s.flag("strict", strict,
         "refuse labels that are not in the training data; otherwise they count as wrong");
  s.choice("preset", preset, {"none", "temporal-churn"}, "a named set of settings");
  list_kind(*this, s);
  list_aims(*this, s);
  extras.list(s);
  common.by_data = true;
  common.epochs = 0;
  common.patience = -1;
  common.activation = Activation::gelu;
  common.list(s);
}

// The usual pipeline for weekly records: post-norm GELU layers, pooling by the last valid step.
std::map<std::string, Json> ClassifySettings::preset_values() const {
  if (preset != "temporal-churn") return {};
  return {{"model", "transformer"},
          {"position", "step"},
          {"pooling", "last"},
          {"wide_head", true},
          {"input_norm", true},
          {"norm_first", false},
          {"d_model", 64},
          {"nhead", 4},
          {"layers", 3},
          {"dim_feedforward", 128},
          {"activation", "gelu"},
          {"dropout", 0.1},
          {"batch_size", 32},
          {"lr", 5e-4},
          {"weight_decay", 0.01},
          {"clip_norm", 1.0},
          {"schedule", "constant"}};
}

std::map<std::string, Json> ClassifySettings::implied() const {
  std::map<std::string, Json> values;
  if (recurrent()) values = {{"layers", 1}, {"pooling", "last"}, {"lr", 3e-3}};
  if (model == "tcn") values = {{"layers", 4}};
  if (model == "mlp") values = {{"lr", 3e-3}};
  if (every_step) values["pooling"] = "last";
  return values;
}

namespace {

// Refuses flags that do not apply to this kind of model.
void check_flags(const ClassifySettings& c, const Settings& s) {
  const auto only = [&](std::initializer_list<const char*> keys, bool fits, const char* of) {
    for (const char* key : keys)
      if (!fits && s.at(key).origin == Origin::flag)
        usage_error({s.at(key).option(), " is for --model ", of, ", not for ", c.model});
  };
  const bool transformer = c.model == "transformer" || c.automatic();
  only({"epochs",     "steps",        "batch_size",   "lr",
        "optimizer",  "matrix_lr",    "beta2",        "schedule",
        "warmup",     "weight_decay", "clip_norm",    "patience",
        "d_model",    "nhead",        "layers",       "dim_feedforward",
        "dropout",    "norm_first",   "activation",   "position",
        "pooling",    "causal",       "every_step",   "bidirectional",
        "wide_head",  "input_norm",   "class_weight", "summary",
        "save_every", "freeze",       "layer_decay"},
       c.network(), "transformer, gru, lstm, rnn, tcn or mlp");
  only({"position", "input_norm", "nhead", "norm_first", "activation"}, transformer, "transformer");
  only({"bidirectional"}, c.recurrent(), "gru, lstm or rnn");
  only({"dim_feedforward"}, transformer || c.model == "mlp", "transformer or mlp");
  only({"layers"}, c.model != "mlp", "transformer, gru, lstm, rnn or tcn");
}

}  // namespace

void ClassifySettings::check(const Settings& s, TrainSettings& common) {
  check_flags(*this, s);
  const bool transformer = model == "transformer" || automatic();
  if (automatic() && every_step)
    usage_error(
        {"--model auto tries models that read a whole series; --every-step needs one kind of "
         "network"});
  if (every_step && transformer && !causal)
    usage_error({"--every-step needs --causal: without it every step sees the later ones"});
  if ((every_step || causal) && bidirectional)
    usage_error({"--bidirectional also reads later steps: it cannot be combined with ",
                 causal ? "--causal" : "--every-step"});
  if (every_step && pooling != Pooling::last)
    usage_error({"--pooling ", word_of(poolings, pooling),
                 ": expected last with --every-step, which pools nothing else"});
  if (model == "mlp" && causal) usage_error({"--causal: an mlp reads each step on its own"});
  if (folds == 1)
    usage_error({"--folds 1: one part leaves nothing to train on; expected 2 or more"});
  if (folds > 0 && valid != "auto" && valid != "0")
    usage_error({"--folds and --valid both choose the data to evaluate on; give one of them"});
  if (!threshold_aim() && !threshold_value() && threshold != "auto")
    usage_error({"--threshold ", printable(threshold),
                 ": expected a probability from 0 to 1, f1, "
                 "balanced or auto"});
  if (every_step && summary == "yes")
    usage_error({"--summary yes reads the whole series; --every-step predicts at each step"});
  if (automatic() && folds == 0 && valid == "0")
    usage_error({"--model auto compares models on held-out data: give --folds or --valid"});
  if (!automatic()) fit_kind(common);
  if (common.layers < 1 && !transformer && network() && model != "mlp")
    usage_error({"--layers 0: --model ", model, " needs 1 or more"});
  if (bidirectional && common.d_model % 2 != 0)
    usage_error({"--bidirectional: half of --d-model ", common.d_model,
                 " goes each way; expected an even width"});
  if (train.empty()) usage_error({"TRAIN.csv is missing: ", s.at("train").help});
  file.options();
}

void ClassifySettings::fit_kind(TrainSettings& common) {
  if (model != "transformer") {
    input_norm = false;
    position = SeriesPosition::time;
    common.nhead = 1;
  }
  if (!recurrent()) bidirectional = false;
}

std::vector<std::string> ClassifySettings::candidates() const {
  if (!automatic()) return {model};
  return {"logistic", "mlp", "gru", "transformer"};
}

// A small data set trains on every series: nothing is held out, and training ends when the learning
// rate has fallen to 0. Folds or trials find the number of epochs before overfitting; below 100
// series a fifth is too small for that, and batches are smaller, or there would be too few steps.
void ClassifySettings::settle(const Settings& s, TrainSettings& common, int64_t series) {
  constexpr int64_t enough_to_judge = 2000, enough_for_folds = 10, steps = 800;
  const bool open = common.epochs == 0 && common.steps == 0, small = series < enough_to_judge;
  if (folds < 0)
    folds = small && series >= enough_for_folds && (test.empty() || automatic()) && valid == "auto"
                ? 5
                : 0;
  if (folds > series) usage_error({"--folds ", folds, ": the data have only ", series, " series"});
  if (valid == "auto") valid = folds > 0 || (small && !test.empty()) ? "0" : "0.2";
  if (threshold_aim() && valid == "0" && folds == 0)
    usage_error(
        {"--threshold ", threshold, " is chosen on held-out data: give --valid or --folds"});
  search = open && network() && valid == "0" && series >= enough_for_trials && (small || folds > 0);
  if (summary == "auto" && (!search || every_step)) summary = "no";
  if (open && series < enough_for_trials && s.at("batch_size").origin == Origin::standard)
    common.batch_size = 8;
  const int64_t batches = std::max<int64_t>(series / common.batch_size, 1);
  if (common.epochs == 0) common.epochs = std::clamp<int64_t>(steps / batches, 20, 100);
  if (common.patience < 0)
    common.patience = valid == "0" ? 0 : std::max<int64_t>(common.epochs / 3, 5);
}

std::optional<ThresholdAim> ClassifySettings::threshold_aim() const {
  if (threshold == "f1") return ThresholdAim::f1;
  if (threshold == "balanced") return ThresholdAim::balanced;
  return {};
}

std::optional<double> ClassifySettings::threshold_value() const {
  double p = 0;
  if (parse_number(threshold, p) && p >= 0 && p <= 1) return p + 0.0;  // -0 is 0
  return {};
}

void ClassifySettings::check_threshold(size_t classes) const {
  if (classes != 2 && threshold != "auto")
    usage_error({"--threshold ", threshold, " needs two classes; the data have ", classes});
}

ClassifyRecipe ClassifySettings::recipe(const TrainSettings& common, const SeriesScale& scale,
                                        int64_t classes, int64_t longest) const {
  const std::string kind = automatic() ? "transformer" : model;  // the largest candidate
  SeriesEncoderOptions encoder =
      encoder_options(common, scale, value_of(series_models, kind), position);
  encoder.max_len = longest;
  encoder.input_norm = input_norm;
  encoder.causal = causal && kind == "transformer";
  encoder.bidirectional = bidirectional;
  return {.name = kind,
          .model = {.encoder = std::move(encoder),
                    .classes = classes,
                    .pooling = pooling,
                    .summary = summary == "yes" && network(),
                    .categories = summary_columns(scale).categories,
                    .wide_head = wide_head},
          .common = common,
          .extras = extras.extras(),
          .balanced = class_weight == "balanced",
          .every_step = every_step};
}

}  // namespace gradus::tools
