// SPDX-License-Identifier: MIT
// gradus train: what the trainings share. Each stands in a file of its own.
#include "tools/train.h"

#include <cmath>
#include <cstdio>

#include "tools/commands.h"

namespace gradus::tools {

void TrainSettings::declare(Options& o) {
  o.value("--epochs", epochs, "passes over the training data", 1, 1000000);
  o.value("--batch-size", batch_size, "samples a step", 1, 1000000);
  o.value("--lr", lr, "the rate of AdamW at the start; it falls to 0 as a cosine", 0, 1000);
  o.value("--seed", seed, "of first values, order and dropout", 0);
  o.value("--d-model", d_model, "width of the model", 1, 65536);
  o.value("--nhead", nhead, "heads of attention; they divide the width", 1, 1024);
  o.value("--layers", layers, "transformer layers (in each stack)", 0, 1024);
  o.value("--dim-feedforward", dim_feedforward, "width inside the feed-forward parts", 1, 1 << 20);
  o.value("--dropout", dropout, "share of values set to zero in training", 0, 1);
  o.flag("--quiet", quiet, "no progress on stderr");
  o.threads();
}

void TrainSettings::check() const {
  if (d_model % nhead != 0)
    usage_error({"--d-model ", d_model, " does not divide into ", nhead, " heads (--nhead)"});
}

void show_model(const Module& model, const TrainSettings& settings) {
  if (!settings.quiet) std::fprintf(stderr, "%s", model.str().c_str());
}

void print_figures(const Json& figures) {
  size_t width = 0;
  for (const auto& [name, value] : figures.members()) width = std::max(width, name.size());
  for (const auto& [name, value] : figures.members()) {
    char number[64];
    if (value.is(Json::Kind::number)) std::snprintf(number, sizeof number, "%.4g", value.number());
    const std::string shown = value.is(Json::Kind::number)   ? number
                              : value.is(Json::Kind::string) ? value.string()
                                                             : write_json(value);
    std::printf("%-*s  %s\n", static_cast<int>(width), name.c_str(), shown.c_str());
  }
}

Command train_command() {
  return {.name = "train",
          .summary = "train a model: copy (sequences) or classify (series in a CSV file)",
          .parts = {train_copy_command(), train_classify_command()}};
}

}  // namespace gradus::tools
