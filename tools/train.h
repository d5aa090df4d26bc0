// SPDX-License-Identifier: MIT
// What the trainings share: the options that each of them takes, and how results are printed.
#pragma once
#include <memory>

#include "gradus/io/json.h"
#include "gradus/nn/module.h"
#include "tools/cli.h"

namespace gradus::tools {

/// Defaults are those of one training; its command sets them.
struct TrainSettings {
  int64_t epochs = 20, batch_size = 32, seed = 0;
  double lr = 1e-3, dropout = 0.1;
  int64_t d_model = 64, nhead = 4, layers = 2, dim_feedforward = 128;
  bool quiet = false;
  void declare(Options& o);
  /// Throws UsageError for values that do not fit together.
  void check() const;
};

/// Calls f(): what it finds wrong with the arguments comes from the command line here.
template <class F> auto from_options(F&& f) {
  try {
    return f();
  } catch (const std::invalid_argument& e) {
    usage_error({e.what()});
  }
}

/// On stderr: the model's table of parameters.
void show_model(const Module& model, const TrainSettings& settings);

/// On stdout: one line a figure, name and value.
void print_figures(const Json& figures);

Command train_copy_command();
Command train_classify_command();

}  // namespace gradus::tools
