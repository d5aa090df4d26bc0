// SPDX-License-Identifier: MIT
// gradus train forecast: a causal model predicts the next step of the series in a CSV file.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/data/series_report.h"
#include "gradus/nn/init.h"
#include "gradus/ops/view.h"
#include "models/tasks/forecast_task.h"
#include "tools/app/conclusion.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/forecast/answers.h"
#include "tools/tasks/forecast/report.h"
#include "tools/tasks/series_explained.h"
#include "tools/tasks/series_settings.h"
#include "tools/tasks/series_views.h"
#include "tools/tasks/table_settings.h"
#include "tools/tasks/tasks.h"

namespace gradus::tools {
namespace {

// With fewer series, the last steps of each are held out instead of whole series.
constexpr int64_t few = 10;

constexpr Words<SeriesPosition, 3> positions = {{{"time", SeriesPosition::time},
                                                 {"step", SeriesPosition::step},
                                                 {"none", SeriesPosition::none}}};

class ForecastRun final : public TaskRun,
                          public Trains,
                          public Predicts,
                          public Explains,
                          public Exports,
                          public ShowsAnswers,
                          public Attends {
 public:
  ForecastRun() {
    parts = {.trains = this,
             .predicts = this,
             .explains = this,
             .exports = this,
             .shows_answers = this,
             .attends = this};
    Settings& s = settings;
    s.argument("train", "TRAIN.csv", train_, "long table: id, time, features ...").file = true;
    s.value("test", test_, "CSV file of other series to evaluate on").file = true;
    s.value("valid", valid_,
            "validation data, which select the best epoch: a share of the series (below 10 "
            "series, of the last steps of each) or a CSV file; 0: none")
        .file = true;
    table_.list(s, "a column to ignore");
    s.value("window", window_, "longer series are cut into pieces of this many steps", 2, 1000000);
    s.choice("model", model_name_,
             {"transformer", "gru", "lstm", "rnn", "tcn", "last_value", "mean"},
             "kind of model; each step sees only itself and earlier steps; last_value: repeat the "
             "current value; mean: the mean of the training data");
    s.choice("position", position_, positions, "position encoding of a transformer");
    extras_.list(s);
    file_.list(s);
    common.by_data = true;
    common.epochs = 0;
    common.patience = -1;
    common.activation = Activation::gelu;
    common.list(s);
  }
  std::string name() const override { return "forecast"; }
  std::map<std::string, Json> implied() const override {
    if (model_name_ == "tcn") return {{"layers", 4}};
    if (!transformer() && network()) return {{"layers", 1}, {"lr", 3e-3}};
    return {};
  }

  void check() override {
    for (const char* key : {"position", "nhead", "dim_feedforward", "norm_first", "activation"})
      if (!transformer() && settings.at(key).origin == Origin::flag)
        usage_error(
            {settings.at(key).option(), " is for --model transformer, not for ", model_name_});
    for (const char* key : {"epochs", "steps", "batch_size", "lr", "optimizer", "matrix_lr",
                            "beta2", "schedule", "warmup", "weight_decay", "clip_norm", "patience",
                            "d_model", "layers", "dropout", "save_every", "freeze", "layer_decay"})
      if (!network() && settings.at(key).origin == Origin::flag)
        usage_error({settings.at(key).option(),
                     " is for --model transformer, gru, lstm, rnn or tcn, not for ", model_name_});
    if (!transformer()) common.nhead = 1;
    if (!transformer() && network() && common.layers < 1)
      usage_error({"--layers 0: --model ", model_name_, " needs 1 or more"});
    if (train_.empty()) usage_error({"TRAIN.csv is missing: ", settings.at("train").help});
    file_.options();
    TaskRun::check();
  }

  void read_data(const Json& recorded) override {
    const CsvTable table = read_table(train_, "train", recorded, seen_, file_.options());
    columns_ = table_.columns();
    SeriesSet all = forecast_series(table, columns_);
    for (std::string& note : outlier_notes(all)) all.notes.push_back(std::move(note));
    known_.columns = columns_;
    known_.like = all.without_series();
    data_text_ = forecast_data_text("training data", table.name(), all) + remarks_text(table);
    SeriesSet held = take_validation(all, recorded);
    known_.scale = series_scale(all, extras_.extras());
    data_text_ += constant_features_text(known_);
    task_.data.training = windows(all, window_);
    task_.data.valid = windows(held, window_);
    if (task_.data.training.size() == 0)
      file_error({table.name(), ": no series has a second step: there is nothing to forecast",
                  all.size() > 1 ? "; if all rows are one series, give --id none" : ""});
    settle();
    if (!test_.empty())
      task_.data.test = windows(read_other("test data", test_, "test", recorded), window_);
  }
  Json data() const override { return seen_; }
  Json schema() const override { return known_.json(); }
  void read_schema(const Json& s, const std::string&) override {
    known_ = ClassifySchema::from(s);
    columns_ = table_.columns(known_.columns);
  }
  void read_new(const Json& s, const std::string& path, bool) override {
    read_schema(s, "");
    test_ = path;
    const CsvTable table = read_table(path, "test", {}, seen_, file_.options());
    whole_ = matching_forecast_series(table, known_.like, columns_);
    note_far(whole_);
    tell(remarks_text(table) + new_file_text(whole_));
    task_.data.test = windows(whole_, window_);
  }

  std::string data_text() const override {
    return data_text_ + receptive_text(model_name_, common.layers);
  }
  int64_t samples() const override { return task_.data.training.size(); }
  int64_t evaluated() const override { return task_.data.largest(); }

  int64_t parameters() const override { return parameter_count<SeriesForecaster>(model_options()); }
  void make_model() override {
    task_.scale = known_.scale;
    task_.options = {.batch_size = common.batch_size, .seed = static_cast<uint64_t>(common.seed)};
    manual_seed(task_.options.seed);
    task_.forecaster.emplace(model_options());
  }
  std::optional<TrainResult> fit() override {
    if (network()) return {};
    if (model_name_ == "last_value") task_.forecaster->as_last_value();
    model().eval();
    return TrainResult{.reason = "there is nothing to train",
                       .epochs = 1,
                       .steps = 0,
                       .best_epoch = 1,
                       .train_loss = task_.figures(task_.data.training).model.loss,
                       .figures = Json::object()};
  }
  Module& model() override { return task_.model(); }
  Task& task() override { return task_; }
  Selection selection() const override { return {.score = task_.score()}; }
  Tensor probe(int64_t count) override {
    const std::vector<int64_t> members = longest_members(task_.data.training, count);
    const ForecastBatch b = forecast_batch(task_.data.training, known_.scale, members);
    return forecast_loss((*task_.forecaster)(b.values, b.times, b.lengths), b);
  }

  Json figures() override {
    model().eval();
    const bool tested = task_.data.tested(), held = task_.data.validated();
    if (!tested && task_.data.training.size() == 0)
      file_error({printable(test_, 200), ": no series has a second step to evaluate on"});
    const ForecastFigures measured = task_.figures(task_.data.evaluated());
    Json f = forecast_figures(measured, known_.like);
    f["evaluated_on"] = task_.data.evaluated_name();
    if (tested) f["test_loss"] = measured.model.loss;
    if (held)
      f["valid_loss"] = tested ? task_.figures(task_.data.valid).model.loss : measured.model.loss;
    if (!tested && !held) f["fit_loss"] = measured.model.loss;
    conclude_on(f, measured);
    return f;
  }

  std::string predictions() override {
    const NoGrad no_grad;
    model().eval();
    return forecasts_csv(whole_, known_, window_, *task_.forecaster);
  }

  // The forecast of the step after the end of each series, from the steps that predict reads.
  Explained explained() override {
    if (model_name_ == "mean")
      usage_error({"--model mean does not read the series: there is nothing to explain"});
    return explained_on(last_windows(whole_, window_));
  }
  Explained explained_on(const SeriesSet& set) {
    model().eval();
    Explained e = explained_data(set, known_);
    e.next_step = true;
    e.answer.outputs = [this](const Tensor& values, const Tensor& times,
                              const std::vector<int64_t>& lengths) {
      return last_valid((*task_.forecaster)(values, times, lengths), lengths);
    };
    int64_t first = -1;  // the first column that is forecast; dates are not
    for (int64_t f : known_.scale.numbers()) {
      const auto at = static_cast<size_t>(f);
      const double deviation = known_.scale.deviation[at];
      if (first < 0 && known_.like.is_number(at)) first = std::ssize(e.answer.names);
      e.answer.names.push_back(known_.like.features[at]);
      e.answer.unit.push_back(std::isfinite(deviation) ? deviation : 0);
      e.middle.push_back(known_.scale.mean[at]);
    }
    e.predicted.assign(e.set.series.size(), std::max<int64_t>(first, 0));
    return e;
  }

  Example example() override {
    const NoGrad no_grad;
    const ExampleSeries s = example_series(known_.scale, window_);
    return {{"values", s.values},
            {"times", s.times},
            {"lengths", lengths_tensor(s.lengths)},
            {"forecasts", (*task_.forecaster)(s.values, s.times, s.lengths)}};
  }

  Answers answers() override {
    model().eval();
    return forecast_answers(task_);
  }

  bool has_attention() const override { return transformer() && common.layers > 0; }
  AttentionPicture attention(const AttentionChoice& choice) override {
    if (!has_attention())
      usage_error({"--model ", model_name_,
                   " has no attention to draw; gradus explain RUN FILE "
                   "shows the effect of each value on a forecast"});
    const SeriesSet& set = task_.data.evaluated();
    check_example(choice, set.size());
    const Series& series = set.series[static_cast<size_t>(choice.example)];
    const ForecastBatch b = forecast_batch(set, known_.scale, std::vector<int64_t>{choice.example});
    const AttentionRecords seen =
        recorded_attention(model(), [&] { (*task_.forecaster)(b.values, b.times, b.lengths); });
    return series_attention(seen, true, "series " + printable(series.id, 20),
                            time_texts(set, series, series.length() - 1), choice);
  }

  // The last step of the series is the one to be forecast, from the steps before it.
  StepTable left_out(const AttentionChoice& choice) override {
    if (model_name_ == "mean") return {};
    const SeriesSet& set = task_.data.evaluated();
    check_example(choice, set.size());
    SeriesSet one = set.without_series();
    one.series.push_back(set.series[static_cast<size_t>(choice.example)]);
    Series& s = one.series[0];
    s.times.pop_back();
    s.values.resize(s.values.size() - set.features.size());
    if (!s.lines.empty()) s.lines.pop_back();
    const Explained e = explained_on(one);
    const auto of = static_cast<size_t>(e.predicted[0]);
    StepTable t{.title = "fall of the forecast of " + printable(e.answer.names[of], 20) +
                         ", in its units"};
    t.steps = time_texts(set, s, s.length());
    t.effect = explain_series(e.answer, e.columns, e.set, e.scale, 0, e.predicted[0]).steps;
    return t;
  }

 private:
  // Compares the model with the forecasts that need none.
  void conclude_on(Json& f, const ForecastFigures& measured) const {
    std::vector<Conclusion::Rival> rivals;
    const auto rival = [&](const char* model, const char* name,
                           const ForecastFigures::Errors& errors) {
      if (model_name_ != model)
        rivals.push_back({model, name, true,
                          contest_of_losses(measured.model.each, errors.each, measured.model.loss,
                                            errors.loss)});
    };
    rival("last_value", "the last value", measured.last_value);
    rival("mean", "the mean", measured.mean);
    const auto steps_of = [](const SeriesSet& set) {  // that are forecast
      int64_t steps = 0;
      for (const int64_t n : set.lengths()) steps += n - 1;
      return steps;
    };
    conclude(f,
             {.model = model_name_,
              .evaluated_on = f.at("evaluated_on").string(),
              .samples = steps_of(task_.data.evaluated()),
              .training = steps_of(task_.data.training),  // 0 for a new file, where it is unknown
              .unit = "step",
              .rivals = rivals});
  }
  bool network() const { return model_name_ != "last_value" && model_name_ != "mean"; }
  bool transformer() const { return model_name_ == "transformer"; }

  SeriesSet take_validation(SeriesSet& all, const Json& recorded) {
    double fraction = 0;
    if (!parse_number(valid_, fraction))
      return read_other("validation data", valid_, "valid", recorded);
    if (fraction == 0) return {};
    if (all.size() < few) return from_options([&] { return take_out_ends(all, fraction); });
    Generator gen(static_cast<uint64_t>(common.seed), stream::forecast_valid);
    return from_options([&] { return take_out(all, fraction, gen); });
  }
  SeriesSet read_other(const char* what, const std::string& path, const std::string& role,
                       const Json& recorded) {
    const CsvTable table = read_table(path, role, recorded, seen_, file_.options());
    SeriesSet set = matching_forecast_series(table, known_.like, columns_);
    if (!known_.scale.mean.empty()) note_far(set);
    data_text_ += forecast_data_text(what, table.name(), set) + remarks_text(table);
    return set;
  }

  void note_far(SeriesSet& set) const {
    for (std::string& note : far_values(set, known_.scale).notes)
      set.notes.push_back(std::move(note));
  }

  // Trains for about 1,500 steps, and at least 20 passes over the data.
  void settle() {
    const int64_t batches = std::max<int64_t>(task_.data.training.size() / common.batch_size, 1);
    if (common.epochs == 0) common.epochs = std::clamp<int64_t>(1500 / batches, 20, 300);
    if (common.patience < 0)
      common.patience = task_.data.valid.size() ? std::max<int64_t>(common.epochs / 3, 5) : 0;
  }

  SeriesForecasterOptions model_options() const {
    const SeriesModel kind =
        network() ? value_of(series_models, model_name_) : SeriesModel::majority;
    SeriesEncoderOptions encoder = encoder_options(common, known_.scale, kind, position_);
    encoder.causal = transformer();
    return {.encoder = std::move(encoder),
            .outputs = static_cast<int64_t>(known_.scale.numbers().size())};
  }

  std::string train_, test_, valid_ = "0.2", model_name_ = "transformer";
  std::string data_text_;
  SeriesPosition position_ = SeriesPosition::time;
  ColumnSettings table_;
  SeriesColumns columns_{};
  TableSettings file_{};
  int64_t window_ = 256;
  ExtrasSettings extras_;
  Json seen_ = Json::object();
  SeriesSet whole_;  // the series of read_new(); those of the task are cut into windows
  ClassifySchema known_;
  ForecastTask task_;
};

}  // namespace

std::unique_ptr<TaskRun> forecast_run() { return std::make_unique<ForecastRun>(); }

}  // namespace gradus::tools
