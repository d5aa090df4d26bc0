// SPDX-License-Identifier: MIT
// gradus compare gradients: how much of the last output's gradient reaches the input d steps
// earlier, in untrained models. In a recurrent model it passes d steps and fades; attention
// connects them in one step.
#include <cmath>
#include <memory>

#include "gradus/data/csv.h"
#include "tools/bench/bench.h"
#include "tools/compare/compare.h"
#include "tools/compare/gradient_reach.h"

namespace gradus::tools {
namespace {

struct GradientsArguments {
  int64_t longest = 200, step = 10, width = 64, seeds = 5, samples = 8, seed = 0;
  std::string forget_bias;
  CompareOutput output{};
};

struct LayerKind {
  const char* name;
  SeriesModel model;
};
constexpr LayerKind layer_kinds[] = {{"rnn", SeriesModel::rnn},
                                     {"lstm", SeriesModel::lstm},
                                     {"gru", SeriesModel::gru},
                                     {"tcn", SeriesModel::tcn},
                                     {"attention", SeriesModel::transformer}};
std::optional<double> forget_bias_of(const std::string& words) {
  double v = 0;
  if (words.empty()) return {};
  if (!parse_number(words, v) || !(std::abs(v) <= 100))
    usage_error({"--forget-bias ", printable(words), " is invalid; expected a number from -100 ",
                 "to 100"});
  return v;
}

int run(const GradientsArguments& args) {
  args.output.check();
  if (args.longest < args.step)
    usage_error({"--longest ", args.longest, " is less than --step ", args.step});
  const std::optional<double> forget_bias = forget_bias_of(args.forget_bias);
  Table table{.columns = {{"distance", 0}}};
  LineChart chart{.title = "gradient of the last output at the input d steps before, untrained",
                  .x_axis = "distance d",
                  .y_axis = "norm of the gradient",
                  .log_y = true};
  for (int64_t d = args.step; d <= args.longest; d += args.step)
    table.rows.push_back({static_cast<double>(d)});
  for (const LayerKind& kind : layer_kinds) {
    std::vector<std::vector<double>> seeds;
    for (int64_t s = 0; s < args.seeds; ++s)
      seeds.push_back(gradient_reach({.model = kind.model,
                                      .longest = args.longest,
                                      .width = args.width,
                                      .samples = args.samples,
                                      .forget_bias = forget_bias},
                                     static_cast<uint64_t>(args.seed + s)));
    table.columns.push_back({kind.name, 2, true});
    chart.lines.push_back({kind.name});
    for (auto& row : table.rows) {
      const double distance = row[0].value;
      std::vector<double> all;
      for (const auto& of_seed : seeds) all.push_back(of_seed[static_cast<size_t>(distance)]);
      row.push_back(median(std::move(all)));
      chart.lines.back().x.push_back(distance);
      chart.lines.back().y.push_back(row.back().value);
    }
  }
  args.output.write({table}, table, chart);
  return 0;
}

}  // namespace

Command gradients_comparison() {
  const auto args = std::make_shared<GradientsArguments>();
  return {
      .name = "gradients",
      .summary = "gradient of the last output at earlier inputs, by distance, in untrained models",
      .examples = {"compare gradients --out gradients.csv --out gradients.png",
                   "compare gradients --longest 100 --width 32 --seeds 3",
                   "compare gradients --forget-bias 3"},
      .options =
          [args](Options& o) {
            GradientsArguments& a = *args;
            o.value("--longest", a.longest, "longest distance, in steps", 1, 100000);
            o.value("--step", a.step, "increment of the distance", 1, 100000);
            o.value("--width", a.width, "width of all models", 1, 4096);
            o.value("--seeds", a.seeds, "models per kind; their median is reported", 1, 1000);
            o.value("--forget-bias", a.forget_bias,
                    "bias of the LSTM's forget gates; default: random, near 0");
            o.value("--samples", a.samples, "random series per model", 1, 1000);
            o.value("--seed", a.seed, "first seed", 0);
            a.output.declare(o);
          },
      .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
