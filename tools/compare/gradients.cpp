// SPDX-License-Identifier: MIT
// gradus compare gradients: how much of the last output's gradient reaches the input d steps
// earlier, in untrained models. In a recurrent model it passes d steps and fades; attention
// connects them in one step.
#include <cmath>
#include <memory>

#include "gradus/autograd/autograd.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "models/series_encoder.h"
#include "tools/app/train.h"
#include "tools/bench/bench.h"
#include "tools/compare/compare.h"

namespace gradus::tools {
namespace {

struct Arguments {
  int64_t longest = 200, step = 10, width = 64, seeds = 5, samples = 8, seed = 0;
  CompareOutput output{};
};

struct Kind {
  const char* name;
  SeriesModel model;
};
constexpr Kind kinds[] = {{"rnn", SeriesModel::rnn},
                          {"lstm", SeriesModel::lstm},
                          {"gru", SeriesModel::gru},
                          {"tcn", SeriesModel::tcn},
                          {"attention", SeriesModel::transformer}};
constexpr int64_t features = 4;

SeriesEncoderOptions options_of(SeriesModel model, int64_t width, int64_t steps) {
  SeriesEncoderOptions o{.features = features,
                         .model = model,
                         .d_model = width,
                         .nhead = width % 4 == 0 ? 4 : 1,
                         .layers = 1,
                         .dim_feedforward = 2 * width,
                         .dropout = 0,
                         .causal = model == SeriesModel::transformer};
  if (model == SeriesModel::tcn) o.layers = tcn_layers(steps);
  return o;
}

// |d (u . y_T) / d x_{T-d}| for d = 0, 1, ..., with a random unit vector u in the space of the last
// output; the median over the series of a batch.
std::vector<double> norms(const Arguments& args, SeriesModel model, uint64_t seed) {
  Generator gen(seed, 0x6Dull << 32);
  const int64_t steps = args.longest + 1, count = args.samples;
  SeriesEncoder encoder(options_of(model, args.width, steps), gen);
  encoder.eval();
  Tensor x = randn({count, steps, features}, gen, DType::f64);
  x.requires_grad_();
  Tensor times = zeros({count, steps}, DType::f64);
  for (int64_t i = 0; i < count * steps; ++i)
    times.mutable_data<double>()[i] = static_cast<double>(i % steps);
  const Tensor y = encoder(x, times, std::vector<int64_t>(static_cast<size_t>(count), steps));
  const Tensor u = randn({count, args.width}, gen, DType::f64);
  const Tensor last = select(y, 1, steps - 1);
  const Tensor length = sqrt(sum(u * u, {1}, true));
  sum(last * div(u, length)).backward();
  const std::vector<double> g = sqrt(sum(x.grad() * x.grad(), {2})).to_vector<double>();
  std::vector<double> by_distance;
  for (int64_t d = 0; d < steps; ++d) {
    std::vector<double> all;
    for (int64_t b = 0; b < count; ++b)
      all.push_back(g[static_cast<size_t>(b * steps + steps - 1 - d)]);
    by_distance.push_back(median(std::move(all)));
  }
  return by_distance;
}

int run(const Arguments& args) {
  args.output.check();
  if (args.longest < args.step)
    usage_error({"--longest ", args.longest, " is less than --step ", args.step});
  const DefaultDType wide(DType::f64);  // in f32 the smallest gradients would be zero
  Table table{.columns = {{"distance", 0}}};
  LineChart chart{.title = "gradient of the last output by the input d steps before, untrained",
                  .x_axis = "distance d",
                  .y_axis = "norm of the gradient",
                  .log_y = true};
  for (int64_t d = args.step; d <= args.longest; d += args.step)
    table.rows.push_back({static_cast<double>(d)});
  for (const Kind& kind : kinds) {
    std::vector<std::vector<double>> seeds;
    for (int64_t s = 0; s < args.seeds; ++s)
      seeds.push_back(norms(args, kind.model, static_cast<uint64_t>(args.seed + s)));
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
  const auto args = std::make_shared<Arguments>();
  return {
      .name = "gradients",
      .summary = "gradient of the last output at earlier inputs, by distance, in untrained models",
      .examples = {"compare gradients --out gradients.csv --out gradients.png",
                   "compare gradients --longest 100 --width 32 --seeds 3"},
      .options =
          [args](Options& o) {
            Arguments& a = *args;
            o.value("--longest", a.longest, "longest distance, in steps", 1, 100000);
            o.value("--step", a.step, "increment of the distance", 1, 100000);
            o.value("--width", a.width, "width of all models", 1, 4096);
            o.value("--seeds", a.seeds, "models per kind; the median counts", 1, 1000);
            o.value("--samples", a.samples, "random series per model", 1, 1000);
            o.value("--seed", a.seed, "first seed", 0);
            a.output.declare(o);
          },
      .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
