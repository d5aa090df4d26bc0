// SPDX-License-Identifier: MIT
// gradus compare: measurements that compare several kinds of model. Each is in its own file of this
// folder and gives a table, as text and CSV, and a line chart.
#pragma once
#include "gradus/train/progress.h"
#include "gradus/train/trainer.h"
#include "tools/cli/cli.h"
#include "tools/draw/chart.h"
#include "tools/draw/table.h"

namespace gradus::tools {

Command attention_comparison();
Command bottleneck_comparison();
Command gradients_comparison();
Command serial_comparison();
Command longitudinal_comparison();
Command positions_comparison();

/// The output of a comparison, and its options.
struct CompareOutput {
  std::vector<std::string> out{};
  bool quiet = false;

  /// --out, --quiet and, unless the comparison has its own, --threads.
  void declare(Options& o, bool threads = true);
  /// Throws if a file could not be written; called before any work.
  void check() const;
  /// Writes tables and chart on stdout, or only CSV for --out -; and all files.
  void write(const std::vector<Table>& shown, const Table& csv, const LineChart& chart) const;
};

/// A sequence of runs of equal length, shown as one progress line on stderr.
class Runs {
 public:
  Runs(int64_t runs, int64_t steps, bool quiet) : runs_(runs), steps_(steps), progress_(quiet) {}
  struct Options {
    double lr = 3e-3, weight_decay = 0.01, clip_norm = 1, warmup = 0.05;
  };
  struct Cost {
    double milliseconds = 0;  // median per step
    int64_t peak_bytes = 0;   // peak of live memory
  };
  /// Trains with AdamW and a learning rate that rises and falls over the run; keeps the last
  /// weights.
  Cost train(Task& task, const Options& options);
  void note(const std::string& line) { progress_.note(line); }
  ~Runs() { progress_.finish(); }

 private:
  void show(int64_t step, double loss, double lr);

  int64_t runs_, steps_, run_ = 0, tokens_ = 0;
  Progress progress_;
};

}  // namespace gradus::tools
