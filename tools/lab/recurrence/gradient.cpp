// SPDX-License-Identifier: MIT
// How much of the last output's gradient reaches earlier inputs: recurrence compared with
// attention.
#include <algorithm>
#include <cmath>

#include "tools/bench/bench.h"
#include "tools/compare/gradient_reach.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_gradient {

constexpr int64_t models = 3;  // per kind; the median is used

std::vector<double> reach(const Experiment& e, const ReachOptions& options) {
  std::vector<std::vector<double>> all;
  for (int64_t i = 0; i < models; ++i)
    all.push_back(gradient_reach(options, e.seed() * models + static_cast<uint64_t>(i)));
  std::vector<double> middle;
  for (size_t d = 0; d < all[0].size(); ++d)
    middle.push_back(median({all[0][d], all[1][d], all[2][d]}));
  return middle;
}

// The largest over the smallest value at distances 10 to 200.
double spread(const std::vector<double>& g) {
  const auto [low, high] = std::minmax_element(g.begin() + 10, g.end());
  return *high / *low;
}

void run(Experiment& e) {
  const SeriesModel attention = e.broken() ? SeriesModel::rnn : SeriesModel::transformer;
  const std::vector<std::pair<std::string, std::vector<double>>> kinds = {
      {"RNN", reach(e, {.model = SeriesModel::rnn})},
      {"GRU", reach(e, {.model = SeriesModel::gru})},
      {"LSTM, bias 0", reach(e, {.model = SeriesModel::lstm, .forget_bias = 0})},
      {"LSTM, bias 3",
       reach(e, {.model = SeriesModel::lstm, .forget_bias = e.broken() ? 0.0 : 3.0})},
      {"TCN", reach(e, {.model = SeriesModel::tcn})},
      {"attention", reach(e, {.model = attention})}};
  Table table{.columns = {{"distance", 0}}, .title = "Norm of the gradient, untrained models"};
  LineChart chart{.title = "gradient of the last output at the input d steps before",
                  .x_axis = "distance d",
                  .y_axis = "norm",
                  .log_y = true};
  for (double d : {1.0, 10.0, 50.0, 100.0, 200.0}) table.rows.push_back({d});
  for (const auto& [name, g] : kinds) {
    table.columns.push_back({name, 2, true});
    for (auto& row : table.rows) row.push_back(g[static_cast<size_t>(row[0].value)]);
    chart.lines.push_back({name});
    for (size_t d = 10; d < g.size(); d += 10) {
      chart.lines.back().x.push_back(static_cast<double>(d));
      chart.lines.back().y.push_back(g[d]);
    }
  }
  e.table(table);
  e.chart(chart);
  const auto fall = [&](size_t kind) {
    return std::log10(kinds[kind].second[100] / kinds[kind].second[10]);
  };
  e.below(1, "attention, largest / smallest from 10 to 200", spread(kinds[5].second), 5);
  e.below(1, "RNN, gradient at 100 / at 10", std::pow(10, fall(0)), 1e-12);
  e.above(63, "LSTM with bias 3, log10 of gradient at 100 / at 10", fall(3), -1.5);
  e.below(63, "LSTM with bias 0, log10 of gradient at 100 / at 10", fall(2), -15);
}

}  // namespace lab_gradient

LabPage gradient_page() {
  return {
      .name = "gradient",
      .chapter = "recurrence",
      .title = "How far a gradient reaches back",
      .items = {1, 63},
      .claim =
          "In a recurrent network the gradient passes every step in between and fades "
          "exponentially with the distance; attention connects any two places in one step. "
          "An LSTM has an open path only if its forget gates are open.",
      .formula =
          "∂h_T/∂h_t = Πₖ ∂hₖ₊₁/∂hₖ            k = t … T−1, shrinks with T − t\n"
          "LSTM: ∂c_T/∂c_t ≈ Πₖ fₖ              f = sigmoid(… + bias)",
      .breaks = "an RNN instead of attention, and forget biases of 0",
      .read = {{"src/kernels/recurrent_cells.h", "struct LstmCell"},
               {"tools/compare/gradient_reach.h", "gradient_reach"}},
      .next = "compare gradients --forget-bias 3",
      .questions =
          {{"How much of c survives 90 steps with forget biases of 0 and of 3?",
            "0.5⁹⁰ = 8·10⁻²⁸, and sigmoid(3)⁹⁰ = 0.953⁹⁰ = 0.013 at first; the units whose gates "
            "are most open carry even more. The bias decides, not the word LSTM."},
           {"Attention does not fade with distance. With what does it fade?",
            "With the length: each of T keys gets a weight of about 1/T, and so does its "
            "gradient. The page varies only the distance within one length."}},
      .run = lab_gradient::run};
}

}  // namespace gradus::tools
