// SPDX-License-Identifier: MIT
// gradus compare attention: measures the time and memory of attention by length (full matrix,
// tiles, linear), and how far the output of linear attention differs.
#include <cmath>
#include <memory>

#include "tools/bench/bench.h"
#include "tools/compare/attention_cost.h"
#include "tools/compare/compare.h"

namespace gradus::tools {
namespace {

struct AttentionArguments {
  std::string lengths = "100,500,1000,2000,5000", feature_map = "elu", draw = "time";
  int64_t heads = 2, width = 32, repeats = 5, seed = 0;
  bool causal = false;
  CompareOutput output{};
};

constexpr const char* kinds[] = {"matrix", "tiles", "linear"};

AttentionSetup setup_of(const AttentionArguments& args) {
  return {.heads = args.heads,
          .width = args.width,
          .mask = args.causal ? Mask::causal() : Mask(),
          .feature_map = args.feature_map == "relu" ? FeatureMap::relu : FeatureMap::elu,
          .repeats = args.repeats,
          .seed = static_cast<uint64_t>(args.seed)};
}

std::vector<AttentionCost> measure(const AttentionArguments& args, int64_t length) {
  const AttentionSetup setup = setup_of(args);
  std::vector<AttentionCost> costs;
  for (const auto kind : {AttentionKind::matrix, AttentionKind::tiles, AttentionKind::linear})
    costs.push_back(attention_cost(setup, kind, length));
  return costs;
}

// c x^p through the last point.
LineChart::Line power(const char* name, const LineChart::Line& like, double p) {
  LineChart::Line line{name, like.x};
  for (double x : like.x) line.y.push_back(like.y.back() * std::pow(x / like.x.back(), p));
  return line;
}

// The value to draw.
double drawn_value(const AttentionCost& c, bool memory) { return memory ? c.mb : c.milliseconds; }

LineChart chart_of(const std::vector<int64_t>& lengths,
                   const std::vector<std::vector<AttentionCost>>& costs, bool memory) {
  LineChart chart{.title = "forward and backward of attention",
                  .x_axis = "length n",
                  .y_axis = memory ? "MB above the inputs" : "milliseconds",
                  .log_x = true,
                  .log_y = true};
  for (size_t i = 0; i < std::size(kinds); ++i) {
    LineChart::Line& line = chart.lines.emplace_back(LineChart::Line{kinds[i]});
    for (size_t l = 0; l < lengths.size(); ++l) {
      line.x.push_back(static_cast<double>(lengths[l]));
      line.y.push_back(drawn_value(costs[l][i], memory));
    }
  }
  return chart;
}

Table table_of(const std::vector<int64_t>& lengths,
               const std::vector<std::vector<AttentionCost>>& costs) {
  Table table{.columns = {{"length", 0}}};
  for (const char* kind : kinds) table.columns.push_back({text({kind, " ms"}), 2});
  for (const char* kind : kinds) table.columns.push_back({text({kind, " MB"}), 2});
  table.columns.push_back({"gap", 3});
  for (size_t l = 0; l < lengths.size(); ++l) {
    auto& row = table.rows.emplace_back();
    row.push_back(static_cast<double>(lengths[l]));
    for (const bool memory : {false, true})
      for (const AttentionCost& c : costs[l]) row.push_back(drawn_value(c, memory));
    row.push_back(costs[l][2].gap);  // the gap of tiles is only rounding
  }
  return table;
}

int run(const AttentionArguments& args) {
  args.output.check();
  const std::vector<int64_t> lengths = number_list("--lengths", args.lengths, 1, 1000000);
  Progress progress(args.output.quiet);
  std::vector<std::vector<AttentionCost>> costs;
  for (const int64_t length : lengths) {
    costs.push_back(measure(args, length));
    if (!args.output.quiet) progress.note(text({"length ", length, ": measured"}));
  }
  progress.finish();
  const LineChart time = chart_of(lengths, costs, false), memory = chart_of(lengths, costs, true);
  std::vector<Table> shown = {table_of(lengths, costs)};
  if (lengths.size() > 1) {
    Table fit{.columns = {{"attention"}, {"time exponent", 2}, {"memory exponent", 2}},
              .title = "cost grows with length to the power of"};
    for (size_t i = 0; i < std::size(kinds); ++i)
      fit.rows.push_back({std::string(kinds[i]), fitted_exponent(time.lines[i].x, time.lines[i].y),
                          fitted_exponent(memory.lines[i].x, memory.lines[i].y)});
    shown.push_back(fit);
  }
  LineChart chart = args.draw == "memory" ? memory : time;
  chart.lines.push_back(power("n^2", chart.lines[0], 2));
  chart.lines.push_back(power("n", chart.lines[2], 1));
  args.output.write(shown, shown[0], chart);
  return 0;
}

}  // namespace

Command attention_comparison() {
  const auto args = std::make_shared<AttentionArguments>();
  return {.name = "attention",
          .summary = "time and memory of attention by length: full matrix, in tiles, linear",
          .examples = {"compare attention --out attention.csv --out attention.svg",
                       "compare attention --causal --lengths 100,200,400 --draw memory"},
          .options =
              [args](Options& o) {
                AttentionArguments& a = *args;
                o.value("--lengths", a.lengths, "lengths of the sequences");
                o.value("--heads", a.heads, "attention heads", 1, 4096);
                o.value("--width", a.width, "width of a head", 1, 4096);
                o.flag("--causal", a.causal, "each query sees only keys up to its position");
                o.choice("--feature-map", a.feature_map, {"elu", "relu"},
                         "feature map of linear attention, plus 1");
                o.choice("--draw", a.draw, {"time", "memory"}, "cost to plot");
                o.value("--repeats", a.repeats,
                        "repeats of each measurement; the fastest is reported", 1, 10000);
                o.value("--seed", a.seed, "seed of queries, keys and values", 0);
                a.output.declare(o);
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
