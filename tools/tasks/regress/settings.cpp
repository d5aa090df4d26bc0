// SPDX-License-Identifier: MIT
// Settings of models of numbers.
#include "tools/tasks/regress/settings.h"

#include <algorithm>

#include "models/tasks/series_baseline.h"
#include "tools/tasks/epoch_search.h"

namespace gradus::tools {
namespace {

constexpr Words<RegressLoss, 4> losses = {{{"mse", RegressLoss::mse},
                                           {"l1", RegressLoss::l1},
                                           {"huber", RegressLoss::huber},
                                           {"quantile", RegressLoss::quantile}}};

std::vector<double> quantiles_of(const std::string& words) {
  std::vector<double> all;
  for (const std::string& word : names_in(words)) {
    double q = 0;
    if (!parse_number(word, q) || !(q > 0 && q < 1) || (!all.empty() && q <= all.back()))
      usage_error({"--quantiles ", printable(words),
                   ": expected increasing numbers between 0 and 1, such as 0.1,0.5,0.9"});
    all.push_back(q);
  }
  if (all.empty()) usage_error({"--quantiles is empty; expected numbers such as 0.1,0.5,0.9"});
  return all;
}

SeriesModel kind_of(const std::string& model) {
  if (model == "ridge") return SeriesModel::logistic;  // a linear layer on the summary
  if (model == "mean") return SeriesModel::majority;   // a bias alone
  return value_of(series_models, model);
}

void list_kind(RegressSettings& r, Settings& s) {
  s.choice("model", r.model, {"transformer", "gru", "lstm", "rnn", "tcn", "mlp", "ridge", "mean"},
           "kind of model; ridge: ridge regression on a summary of each series; mean: the mean of "
           "the training data (l1, huber: the median; quantile: its quantiles)");
  s.choice("loss", r.loss, losses,
           "mse: predict the mean; l1: the median; huber: robust against outliers; quantile: "
           "several quantiles, which give intervals");
  s.value("quantiles", r.quantiles, "the quantiles of --loss quantile, in increasing order");
  s.choice("summary", r.summary, {"yes", "no"},
           "the network also reads a summary of each series; this part starts from half of a "
           "ridge regression");
  s.choice("position", r.position, series_positions, "position encoding of a transformer");
  s.choice("pooling", r.pooling, poolings, "how the vectors of the steps become one");
  s.flag("causal", r.causal, "steps attend only to earlier steps");
  s.flag("every_step", r.every_step,
         "train on a prediction at every step, from the past only; needs --causal for a "
         "transformer");
  s.flag("bidirectional", r.bidirectional,
         "recurrent models: read in both directions, each with half the width");
  s.flag("wide_head", r.wide_head, "a hidden layer between pooling and outputs");
}

}  // namespace

void RegressSettings::list(Settings& s, TrainSettings& common) {
  s.argument("train", "TRAIN.csv", train,
             "table of series (id, time, ...) or of samples, a row each")
      .file = true;
  s.value("test", test, "CSV file of other series to evaluate on").file = true;
  s.value("valid", valid,
          "validation data, which select the best epoch: a share of the training data or a CSV "
          "file; 0: none; auto: 0.2 for 2000 series or more")
      .file = true;
  s.value("folds", folds,
          "number of cross-validation folds; 0: none; -1: 5 if there is neither --test nor --valid "
          "and there are fewer than 2000 series",
          -1, 1000000);
  table.list(s, "columns of the numbers to predict, separated by commas", "target");
  file.list(s);
  s.flag("skip_unlabelled", skip_unlabelled, "skip series without a target");
  list_kind(*this, s);
  extras.list(s);
  common.by_data = true;
  common.epochs = 0;
  common.patience = -1;
  common.activation = Activation::gelu;
  common.list(s);
}

std::map<std::string, Json> RegressSettings::implied() const {
  std::map<std::string, Json> values;
  if (recurrent()) values = {{"layers", 1}, {"pooling", "last"}, {"lr", 3e-3}};
  if (model == "tcn") values = {{"layers", 4}};
  if (model == "mlp") values = {{"lr", 3e-3}};
  if (every_step) {
    values["pooling"] = "last";
    values["summary"] = "no";
  }
  return values;
}

namespace {

// Refuses flags that do not apply to this kind of model.
void check_flags(const RegressSettings& r, const Settings& s) {
  const bool transformer = r.model == "transformer";
  const auto only = [&](std::initializer_list<const char*> keys, bool fits, const char* of) {
    for (const char* key : keys)
      if (!fits && s.at(key).origin == Origin::flag)
        usage_error({s.at(key).option(), " is for --model ", of, ", not for ", r.model});
  };
  only({"epochs",     "steps",    "batch_size", "lr",        "optimizer",       "matrix_lr",
        "beta2",      "schedule", "warmup",     "clip_norm", "weight_decay",    "patience",
        "d_model",    "nhead",    "layers",     "dropout",   "dim_feedforward", "norm_first",
        "pooling",    "causal",   "every_step", "summary",   "bidirectional",   "wide_head",
        "activation", "position", "save_every"},
       r.network(), "transformer, gru, lstm, rnn, tcn or mlp");
  only({"position", "nhead", "norm_first", "activation"}, transformer, "transformer");
  only({"bidirectional"}, r.recurrent(), "gru, lstm or rnn");
  only({"dim_feedforward"}, transformer || r.model == "mlp", "transformer or mlp");
}

void check_steps(const RegressSettings& r) {
  if (r.every_step && r.model == "transformer" && !r.causal)
    usage_error({"--every-step needs --causal: without it every step sees the later ones"});
  if ((r.every_step || r.causal) && r.bidirectional)
    usage_error({"--bidirectional also reads later steps: it cannot be combined with ",
                 r.causal ? "--causal" : "--every-step"});
  if (r.every_step && (r.pooling != Pooling::last || r.summary == "yes"))
    usage_error({"--every-step predicts at each step: it needs --pooling last and --summary no"});
}

}  // namespace

void RegressSettings::check(const Settings& s, TrainSettings& common) {
  const bool transformer = model == "transformer";
  check_flags(*this, s);
  if (s.at("quantiles").origin == Origin::flag && loss != RegressLoss::quantile)
    usage_error({"--quantiles is for --loss quantile"});
  if (loss == RegressLoss::quantile) quantiles_of(quantiles);
  if (model == "ridge" && loss != RegressLoss::mse)
    usage_error({"--model ridge minimises squared errors; --loss is for networks and mean"});
  check_steps(*this);
  if (folds == 1)
    usage_error({"--folds 1: one part leaves nothing to train on; expected 2 or more"});
  if (folds > 0 && valid != "auto" && valid != "0")
    usage_error({"--folds and --valid both choose the data to evaluate on; give one of them"});
  if (!transformer) common.nhead = 1;
  if (common.layers < 1 && !transformer && network() && model != "mlp")
    usage_error({"--layers 0: --model ", model, " needs 1 or more"});
  if (bidirectional && common.d_model % 2 != 0)
    usage_error({"--bidirectional: half of --d-model ", common.d_model,
                 " goes each way; expected an even width"});
  if (targets().empty())
    usage_error({"--target is empty; expected the column of the numbers to predict"});
  if (train.empty()) usage_error({"TRAIN.csv is missing: ", s.at("train").help});
  file.options();
}

// As for classes: a small data set trains on every series, and folds or trials find the number of
// epochs before overfitting.
void RegressSettings::settle(const Settings& s, TrainSettings& common, int64_t series) {
  constexpr int64_t enough_to_hold_out = 2000, enough_for_folds = 10, steps = 800;
  const bool open = common.epochs == 0 && common.steps == 0, small = series < enough_to_hold_out;
  if (folds < 0)
    folds = small && series >= enough_for_folds && test.empty() && valid == "auto" ? 5 : 0;
  if (folds > series) usage_error({"--folds ", folds, ": the data have only ", series, " series"});
  if (valid == "auto") valid = folds > 0 || (small && !test.empty()) ? "0" : "0.2";
  search = open && network() && valid == "0" && series >= enough_for_trials;
  if (open && series < enough_for_trials && s.at("batch_size").origin == Origin::standard)
    common.batch_size = 8;
  const int64_t batches = std::max<int64_t>(series / common.batch_size, 1);
  if (common.epochs == 0) common.epochs = std::clamp<int64_t>(steps / batches, 20, 100);
  if (common.patience < 0)
    common.patience = valid == "0" ? 0 : std::max<int64_t>(common.epochs / 3, 5);
}

SeriesColumns RegressSettings::columns() const { return columns(table.columns()); }
SeriesColumns RegressSettings::columns(const SeriesColumns& of_run) const {
  SeriesColumns c = table.columns(of_run);
  c.skip_unlabelled = skip_unlabelled;
  return c;
}

RegressRecipe RegressSettings::recipe(const TrainSettings& common, const SeriesScale& scale,
                                      int64_t targets, int64_t longest) const {
  SeriesEncoderOptions encoder = encoder_options(common, scale, kind_of(model), position);
  encoder.max_len = longest;
  encoder.causal = causal && model == "transformer";
  encoder.bidirectional = bidirectional;
  RegressRecipe r{.model = {.encoder = std::move(encoder)},
                  .common = common,
                  .extras = extras.extras(),
                  .options = {.batch_size = common.batch_size,
                              .seed = static_cast<uint64_t>(common.seed),
                              .loss = loss,
                              .every_step = every_step}};
  if (loss == RegressLoss::quantile) r.options.quantiles = quantiles_of(quantiles);
  r.model.classes = targets * r.options.outputs();
  r.model.pooling = pooling;
  r.model.summary = summary == "yes" && network();
  r.model.categories = summary_columns(scale).categories;
  r.model.wide_head = wide_head;
  return r;
}

}  // namespace gradus::tools
