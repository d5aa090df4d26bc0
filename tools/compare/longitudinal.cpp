// SPDX-License-Identifier: MIT
// gradus compare longitudinal: RNN, GRU, LSTM, TCN and transformer of about equal size classify
// series: cost and score, by length and by number of series.
#include <cmath>
#include <cstdio>
#include <memory>

#include "gradus/train/interval.h"
#include "tools/bench/bench.h"
#include "tools/compare/longitudinal_runs.h"

namespace gradus::tools {
namespace {

std::string score_text(const std::vector<double>& scores) {
  const Interval i = t_interval(scores);
  char out[64];
  if (!std::isfinite(i.mean)) return "-";
  if (std::isfinite(i.half)) std::snprintf(out, sizeof out, "%.3f +-%.3f", i.mean, i.half);
  else std::snprintf(out, sizeof out, "%.3f", i.mean);
  return out;
}

std::string winner(const LongitudinalCell& cell) {
  const int best = paired_winner(cell.scores);
  return best < 0 ? "none" : series_kinds[best].name;
}

Table costs(const Longitudinal& all) {
  Table t{.columns = {{"model"},
                      {"width", 0},
                      {"parameters", 0},
                      {"ms a step", 2},
                      {"peak MB", 2},
                      {all.metric()}},
          .title =
              "means over seeds with 95 % intervals; a winner beats each other model\nby the "
              "interval of the differences per seed"};
  for (size_t k = 0; k < series_kind_count; ++k)
    t.rows.push_back({std::string(series_kinds[k].name), static_cast<double>(all.cost(k).width),
                      static_cast<double>(all.cost(k).parameters), median(all.cost(k).milliseconds),
                      static_cast<double>(all.cost(k).peak_bytes) / 1e6,
                      score_text(all.whole().scores[k])});
  t.rows.push_back({std::string("logistic"), NAN, NAN, NAN, NAN, score_text({all.baseline()})});
  t.rows.push_back({std::string("winner"), NAN, NAN, NAN, NAN, winner(all.whole())});
  return t;
}

Table scores(const Longitudinal& all, const std::vector<LongitudinalCell>& cells,
             const char* title) {
  Table t{.columns = {{all.metric()}}, .title = title};
  for (size_t k = 0; k < series_kind_count; ++k)
    t.rows.push_back({std::string(series_kinds[k].name)});
  t.rows.push_back({std::string("winner")});
  for (const LongitudinalCell& cell : cells) {
    t.columns.push_back({cell.name});
    for (size_t k = 0; k < series_kind_count; ++k) t.rows[k].push_back(score_text(cell.scores[k]));
    t.rows.back().push_back(winner(cell));
  }
  return t;
}

Table csv(const Longitudinal& all) {
  Table t{.columns = {{"part"},
                      {"cell"},
                      {"series"},
                      {"model"},
                      {"width"},
                      {"parameters"},
                      {"milliseconds"},
                      {"peak_bytes"},
                      {"metric"},
                      {"seeds"},
                      {"score"},
                      {"interval"},
                      {"winner"}}};
  const auto add = [&](const char* part, const LongitudinalCell& cell) {
    const std::string best = winner(cell);
    for (size_t k = 0; k < series_kind_count; ++k) {
      const Interval i = t_interval(cell.scores[k]);
      t.rows.push_back({std::string(part), cell.name, static_cast<double>(cell.series),
                        std::string(series_kinds[k].name), static_cast<double>(all.cost(k).width),
                        static_cast<double>(all.cost(k).parameters),
                        median(all.cost(k).milliseconds),
                        static_cast<double>(all.cost(k).peak_bytes), all.metric(),
                        static_cast<double>(cell.scores[k].size()), i.mean, i.half,
                        std::string(best == series_kinds[k].name ? "yes" : "no")});
    }
  };
  add("all", all.whole());
  for (const LongitudinalCell& cell : all.lengths()) add("by length", cell);
  for (const LongitudinalCell& cell : all.numbers()) add("by number", cell);
  return t;
}

LineChart chart(const Longitudinal& all) {
  LineChart c{.title = all.metric() + " on the test series, by number of series to train on",
              .x_axis = "series",
              .y_axis = all.metric(),
              .from_zero = false};
  for (size_t k = 0; k < series_kind_count; ++k) {
    c.lines.push_back({series_kinds[k].name});
    for (const LongitudinalCell& cell : all.numbers()) {
      c.lines.back().x.push_back(static_cast<double>(cell.series));
      c.lines.back().y.push_back(t_interval(cell.scores[k]).mean);
    }
  }
  return c;
}

int run(const LongitudinalOptions& options) {
  options.output.check();
  Longitudinal all(options);
  all.run();
  options.output.write({costs(all), scores(all, all.lengths(), "by length of the test series"),
                        scores(all, all.numbers(), "by number of series to train on")},
                       csv(all), chart(all));
  return 0;
}

}  // namespace

Command longitudinal_comparison() {
  const auto options = std::make_shared<LongitudinalOptions>();
  return {
      .name = "longitudinal",
      .summary = "cost and score of five kinds of model on labelled series",
      .examples = {"compare longitudinal --out longitudinal.csv --out longitudinal.png",
                   "compare longitudinal train.csv --test test.csv --seeds 3"},
      .options =
          [options](Options& o) {
            constexpr int64_t many = 1000000;
            LongitudinalOptions& a = *options;
            o.optional_argument("FILE.csv", a.train,
                                "long table as for `gradus train classify`; default: synthetic "
                                "churn series");
            o.value("--test", a.test, "CSV file to evaluate on; default: a quarter of the series");
            a.columns.list(a.settings, "column of classes");
            a.settings.flag("as_classes", a.as_classes, as_classes_help);
            a.file.list(a.settings);
            a.settings.declare(o);
            o.value("--parameters", a.parameters, "approximate parameters per model", 100,
                    100 * many);
            o.value("--steps", a.steps, "training steps per run", 1, many);
            o.value("--seeds", a.seeds, "seeds per model, the same for all", 1, 1000);
            o.value("--fewer-seeds", a.fewer_seeds, "seeds for runs on fewer series", 1, 1000);
            o.value("--batch-size", a.batch_size, "series per step", 1, many);
            o.value("--lr", a.lr, "peak learning rate of AdamW", 0, 1000);
            o.value("--dropout", a.dropout, "share of activations set to zero in training", 0, 1);
            o.choice("--pooling", a.pooling, {"mean", "last", "attention"},
                     "how the steps of a series become one vector");
            o.value("--seed", a.seed, "first seed", 0);
            a.output.declare(o);
          },
      .run = [options] { return run(*options); }};
}

}  // namespace gradus::tools
