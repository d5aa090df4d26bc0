// SPDX-License-Identifier: MIT
// Settings of classifiers of series.
#include "tools/classify_settings.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace gradus::tools {
namespace {

template <class E, size_t n>
E chosen(const std::array<std::pair<const char*, E>, n>& all, const std::string& word) {
  for (const auto& [name, value] : all)
    if (word == name) return value;
  internal_error({"there is no ", word});
}
template <class E, size_t n>
std::vector<std::string> words(const std::array<std::pair<const char*, E>, n>& all) {
  std::vector<std::string> names;
  for (const auto& [name, value] : all) names.push_back(name);
  return names;
}

constexpr std::array<std::pair<const char*, SeriesModel>, 6> models = {
    {{"transformer", SeriesModel::transformer},
     {"gru", SeriesModel::gru},
     {"lstm", SeriesModel::lstm},
     {"rnn", SeriesModel::rnn},
     {"tcn", SeriesModel::tcn},
     {"mlp", SeriesModel::mlp}}};
constexpr std::array<std::pair<const char*, SeriesPosition>, 5> positions = {
    {{"time", SeriesPosition::time},
     {"step", SeriesPosition::step},
     {"learned", SeriesPosition::learned},
     {"learned-time", SeriesPosition::learned_time},
     {"none", SeriesPosition::none}}};
constexpr std::array<std::pair<const char*, Pooling>, 3> poolings = {
    {{"mean", Pooling::mean}, {"last", Pooling::last}, {"attention", Pooling::attention}}};

}  // namespace

void ClassifySettings::list(Settings& s, TrainSettings& common) {
  s.argument("train", "TRAIN.csv", train, "long table: id, time, features ..., label").file = true;
  s.value("test", test, "CSV file with other series, to report on").file = true;
  s.value("valid", valid,
          "part of the training data, or a CSV file, that chooses the best epoch; 0: none; auto: "
          "0.2 of 2000 series or more, and where there is no --test")
      .file = true;
  s.value("id", columns.id, "column that tells series apart");
  s.value("time", columns.time, "column of times, rising within a series");
  s.value("label", columns.label, "column of classes");
  s.value("drop", drop, "columns to leave out, with commas between them");
  s.choice("preset", preset, {"none", "temporal-churn"},
           "all settings of a known training at once");
  s.choice("model", model, words(models), "kind of the model");
  s.choice("position", position, words(positions), "how a transformer knows when a step was");
  s.choice("pooling", pooling, words(poolings), "from the vectors of the steps to one");
  s.flag("causal", causal, "a transformer's steps see no later ones");
  s.flag("bidirectional", bidirectional, "recurrent models: half of the width each way");
  s.flag("wide_head", wide_head, "a hidden layer between pooling and classes");
  s.flag("input_norm", input_norm, "a LayerNorm behind a transformer's projection");
  s.choice("class_weight", class_weight, {"none", "balanced"},
           "balanced: in the loss each class weighs the same, however rare");
  common.by_data = true, common.epochs = 0, common.patience = -1, common.activation = "gelu";
  common.list(s);
}

// The usual pipeline for weekly records: post-norm GELU layers, and the last valid step decides.
std::map<std::string, Json> ClassifySettings::preset_values() const {
  if (preset != "temporal-churn") return {};
  return {{"model", "transformer"}, {"position", "step"},    {"pooling", "last"},
          {"wide_head", true},      {"input_norm", true},    {"norm_first", false},
          {"d_model", 64},          {"nhead", 4},            {"layers", 3},
          {"dim_feedforward", 128}, {"activation", "gelu"},  {"dropout", 0.1},
          {"batch_size", 32},       {"lr", 5e-4},            {"weight_decay", 0.01},
          {"clip_norm", 1.0},       {"schedule", "constant"}};
}

std::map<std::string, Json> ClassifySettings::implied() const {
  if (recurrent()) return {{"layers", 1}, {"pooling", "last"}, {"lr", 3e-3}};
  if (model == "tcn") return {{"layers", 4}};
  if (model == "mlp") return {{"lr", 3e-3}};
  return {};
}

void ClassifySettings::check(const Settings& s, TrainSettings& common) {
  const auto only = [&](std::initializer_list<const char*> keys, bool fits, const char* of) {
    for (const char* key : keys)
      if (!fits && s.at(key).origin == Origin::flag)
        usage_error({s.at(key).option(), " is for --model ", of, ", not for ", model});
  };
  const bool transformer = model == "transformer";
  only({"position", "causal", "input_norm", "nhead", "norm_first", "activation"}, transformer,
       "transformer");
  only({"bidirectional"}, recurrent(), "gru, lstm or rnn");
  only({"dim_feedforward"}, transformer || model == "mlp", "transformer or mlp");
  only({"layers"}, model != "mlp", "transformer, gru, lstm, rnn or tcn");
  if (!transformer) causal = input_norm = false, position = "time";
  if (!recurrent()) bidirectional = false;
  if (!transformer) common.nhead = 1;
  if (common.layers < 1 && !transformer && model != "mlp")
    usage_error({"--layers 0: a model of the kind ", model, " needs one or more"});
  if (bidirectional && common.d_model % 2 != 0)
    usage_error({"--bidirectional: half of --d-model ", common.d_model,
                 " goes each way; expected an even width"});
  if (train.empty()) usage_error({"TRAIN.csv is missing: ", s.at("train").help});
  columns.drop.clear();
  std::istringstream names(drop);
  for (std::string name; std::getline(names, name, ',');)
    if (!name.empty()) columns.drop.push_back(name);
}

// A small set that is judged on a file of its own needs every series it has: none is held out, and
// the training ends when the rate has fallen to 0. How many epochs that takes before it overfits,
// trials tell; of fewer than 100 series a fifth would judge by chance, and batches are smaller, or
// there would be too few steps.
void ClassifySettings::settle(const Settings& s, TrainSettings& common, int64_t series) {
  constexpr int64_t enough_to_judge = 2000, enough_for_trials = 100, steps = 800;
  const bool open = common.epochs == 0 && common.steps == 0;
  if (valid == "auto") valid = series >= enough_to_judge || test.empty() ? "0.2" : "0";
  search = open && valid == "0" && series >= enough_for_trials && series < enough_to_judge;
  if (open && series < enough_for_trials && s.at("batch_size").origin == Origin::standard)
    common.batch_size = 8;
  const int64_t batches = std::max<int64_t>(series / common.batch_size, 1);
  if (common.epochs == 0) common.epochs = std::clamp<int64_t>(steps / batches, 20, 100);
  if (common.patience < 0)
    common.patience = valid == "0" ? 0 : std::max<int64_t>(common.epochs / 3, 5);
}

SequenceClassifierOptions ClassifySettings::options(const TrainSettings& common,
                                                    Activation activation, int64_t features,
                                                    int64_t classes, int64_t longest) const {
  return {.encoder = {.features = features,
                      .model = chosen(models, model),
                      .d_model = common.d_model,
                      .nhead = common.nhead,
                      .layers = common.layers,
                      .dim_feedforward = common.dim_feedforward,
                      .dropout = common.dropout,
                      .norm_first = common.norm_first,
                      .activation = activation,
                      .position = chosen(positions, position),
                      .max_len = longest,
                      .input_norm = input_norm,
                      .causal = causal,
                      .bidirectional = bidirectional},
          .classes = classes,
          .pooling = chosen(poolings, pooling),
          .wide_head = wide_head};
}

}  // namespace gradus::tools
