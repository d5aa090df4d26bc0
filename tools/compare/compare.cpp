// SPDX-License-Identifier: MIT
// gradus compare: the common part of the comparisons.
#include "tools/compare/compare.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "gradus/base/memory.h"
#include "gradus/data/csv.h"
#include "gradus/io/file.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/clip.h"
#include "gradus/optim/schedule.h"
#include "tools/bench/bench.h"
#include "tools/cli/cli.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/draw/chart.h"

namespace gradus::tools {

void CompareOutput::declare(Options& o, bool threads) {
  o.list("--out", out,
         "also write FILE.csv, FILE.svg or FILE.png, any number of "
         "times; -: only CSV on stdout");
  o.flag("--quiet", quiet, "no progress on stderr");
  if (threads) o.threads();
}

void CompareOutput::check() const { check_outputs(out); }

void CompareOutput::write(const std::vector<Table>& shown, const Table& csv,
                          const LineChart& chart) const {
  if (std::find(out.begin(), out.end(), "-") != out.end()) {
    print_data(csv_text(csv));
  } else {
    for (const Table& table : shown) print_text(stdout, table_text(table) + "\n");
    print_text(stdout, drawn(chart));
  }
  for (const std::string& path : out) {
    if (path.ends_with(".csv")) write_file(path, csv_text(csv));
    else if (path != "-") write_chart(chart, path);
  }
}

void Runs::show(int64_t step, double loss, double lr) {
  const double done = static_cast<double>(run_ * steps_ + step) /
                      static_cast<double>(std::max<int64_t>(runs_ * steps_, 1));
  const ProgressState state{.epoch = run_ + 1,
                            .epochs = runs_,
                            .batch = step,
                            .batches = steps_,
                            .loss = loss,
                            .lr = lr,
                            .valid = NAN,
                            .done = done,
                            .tokens = tokens_};
  if (step % 50 == 0) progress_.epoch(state, false);  // a whole line if there is no terminal
  else progress_.update(state);
}

Runs::Cost Runs::train(Task& task, const Options& o) {
  const std::vector<NamedTensor> parameters = task.model().named_parameters();
  AdamW optimizer(parameters, {.lr = o.lr, .weight_decay = o.weight_decay});
  const auto rise = static_cast<int64_t>(static_cast<double>(steps_) * o.warmup);
  const Schedule rate = cosine_with_warmup_lr(rise, steps_);
  std::vector<double> times;
  int64_t epoch = 0, batches = 0, batch = 0;
  task.model().train();
  reset_peak_bytes();
  for (int64_t step = 0; step < steps_; ++step, ++batch) {
    if (batch == batches) {
      batches = task.begin_epoch(epoch++);
      batch = 0;
    }
    const double start = bench_clock();
    optimizer.set_lr(rate, step);
    const Task::Batch b = task.loss(batch);
    const double loss = b.loss.item();
    if (!std::isfinite(loss))
      file_error({"run ", run_ + 1, ", step ", step + 1, ": the loss is ",
                  std::isnan(loss) ? "nan" : "infinite", "; try a smaller --lr"});
    b.loss.backward();
    clip_grad_norm(parameters, o.clip_norm);
    optimizer.step();
    optimizer.zero_grad();
    times.push_back((bench_clock() - start) * 1e3);
    tokens_ += b.tokens;
    show(step + 1, loss, optimizer.lr());
  }
  task.model().eval();
  ++run_;
  return {times.empty() ? 0 : median(std::move(times)), peak_bytes()};
}

Command compare_command() {
  return {.name = "compare",
          .summary = "compare kinds of models; print a table, or write CSV or charts",
          .examples = {"compare bottleneck --out bottleneck.csv --out bottleneck.svg",
                       "compare gradients"},
          .parts = {attention_comparison(), bottleneck_comparison(), gradients_comparison(),
                    serial_comparison(), longitudinal_comparison(), positions_comparison()}};
}

}  // namespace gradus::tools
