// SPDX-License-Identifier: MIT
// gradus compare serial: the time of a training step by length and threads. A recurrent model
// processes one step after another, so more threads help it little; attention processes all steps
// at once, with work that grows with the square of the length.
#include <algorithm>
#include <cmath>
#include <memory>

#include "gradus/ops/reduce.h"
#include "models/series_encoder.h"
#include "tools/bench/bench.h"
#include "tools/compare/compare.h"

namespace gradus::tools {
namespace {

struct SerialArguments {
  std::string lengths = "64,128,256,512,1024", threads = "1,2";
  int64_t width = 64, batch_size = 4, repeats = 15, seed = 0;
  CompareOutput output{};
};

struct TimedLayer {
  const char* name;
  SeriesModel model;
};
constexpr TimedLayer timed_layers[] = {{"rnn", SeriesModel::rnn},
                                       {"gru", SeriesModel::gru},
                                       {"lstm", SeriesModel::lstm},
                                       {"attention", SeriesModel::transformer}};

// Milliseconds of forward and backward through one layer: the fastest of several runs, since other
// load on the machine only adds time.
double milliseconds(const SerialArguments& args, SeriesModel model, int64_t steps) {
  Generator gen(static_cast<uint64_t>(args.seed));
  SeriesEncoder encoder({.features = args.width,
                         .model = model,
                         .d_model = args.width,
                         .nhead = args.width % 4 == 0 ? 4 : 1,
                         .layers = 1,
                         .dim_feedforward = 2 * args.width,
                         .dropout = 0},
                        gen);
  const Tensor x = randn({args.batch_size, steps, args.width}, gen);
  const Tensor times = zeros({args.batch_size, steps}, DType::f64);
  const std::vector<int64_t> lengths(static_cast<size_t>(args.batch_size), steps);
  double fastest = INFINITY;
  for (int64_t i = 0; i < args.repeats + 2; ++i) {
    const double start = bench_clock();
    sum(encoder(x, times, lengths)).backward();
    if (i >= 2) fastest = std::min(fastest, (bench_clock() - start) * 1e3);  // after the warm-up
  }
  return fastest;
}

std::string threads_text(int64_t n) { return text({n, n == 1 ? " thread" : " threads"}); }

// The speed-up over the fewest threads.
Table speed_up(const Table& table, size_t counts) {
  Table t = table;
  t.rows.clear();
  for (size_t c = 2; c < t.columns.size(); ++c) t.columns[c].name += " faster";
  for (size_t r = 0; r < table.rows.size(); ++r) {
    const auto &few = table.rows[r / counts * counts], &now = table.rows[r];
    if (r % counts == 0) continue;
    t.rows.push_back({now[0], now[1]});
    for (size_t c = 2; c < now.size(); ++c) t.rows.back().push_back(few[c].value / now[c].value);
  }
  return t;
}

int run(const SerialArguments& args) {
  args.output.check();
  const std::vector<int64_t> lengths = number_list("--lengths", args.lengths, 1, 1000000);
  const std::vector<int64_t> threads = number_list("--threads", args.threads, 1, 1024);
  Progress progress(args.output.quiet);
  Table table{.columns = {{"length", 0}, {"threads", 0}}};
  LineChart chart{.title = "milliseconds of forward and backward through one layer",
                  .x_axis = "length",
                  .y_axis = "milliseconds",
                  .log_x = true,
                  .log_y = true};
  for (const int64_t length : lengths)
    for (const int64_t n : threads)
      table.rows.push_back({static_cast<double>(length), static_cast<double>(n)});
  for (const TimedLayer& kind : timed_layers) {
    table.columns.push_back({kind.name, 2});
    for (size_t n = 0; n < threads.size(); ++n) {
      set_num_threads(static_cast<int>(threads[n]));
      chart.lines.push_back({text({kind.name, ", ", threads_text(threads[n])})});
      for (size_t l = 0; l < lengths.size(); ++l) {
        const double took = milliseconds(args, kind.model, lengths[l]);
        table.rows[l * threads.size() + n].push_back(took);
        chart.lines.back().x.push_back(static_cast<double>(lengths[l]));
        chart.lines.back().y.push_back(took);
      }
      if (!args.output.quiet) progress.note(chart.lines.back().name + ": measured");
    }
  }
  std::vector<Table> shown = {table};
  if (threads.size() > 1) shown.push_back(speed_up(table, threads.size()));
  args.output.write(shown, table, chart);
  return 0;
}

}  // namespace

Command serial_comparison() {
  const auto args = std::make_shared<SerialArguments>();
  return {.name = "serial",
          .summary = "time of a training step by length and threads: recurrence is serial",
          .examples = {"compare serial --out serial.csv --out serial.png",
                       "compare serial --lengths 100,200,400 --threads 1,2,4 --batch-size 1"},
          .options =
              [args](Options& o) {
                SerialArguments& a = *args;
                o.value("--lengths", a.lengths, "lengths of the series");
                o.value("--threads", a.threads, "numbers of threads");
                o.value("--width", a.width, "width of all models, and number of features", 1, 4096);
                o.value("--batch-size", a.batch_size, "series per batch", 1, 100000);
                o.value("--repeats", a.repeats,
                        "repeats of each measurement; the fastest is reported", 1, 10000);
                o.value("--seed", a.seed, "seed of weights and series", 0);
                a.output.declare(o, false);
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
