// SPDX-License-Identifier: MIT
// A worked example of four weeks, and the table that a textbook prints for it.
#include <algorithm>
#include <cmath>

#include "gradus/ops/softmax.h"
#include "gradus/tensor/make.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_worked {

using Rows = std::vector<std::vector<double>>;
const Rows scores = {{1, 0.3, 0.1, 0}, {0.4, 1, 0.5, 0.1}, {0.1, 0.6, 1, 0.7}, {0, 0.2, 0.8, 1}};
const Rows printed = {{0.50, 0.25, 0.15, 0.10},
                      {0.20, 0.35, 0.30, 0.15},
                      {0.05, 0.20, 0.35, 0.40},
                      {0.03, 0.10, 0.37, 0.50}};

double largest_week(const std::vector<double>& row) {
  return static_cast<double>(std::max_element(row.begin(), row.end()) - row.begin() + 1);
}

HeatMap picture(const std::vector<double>& weights) {
  const std::vector<std::string> weeks = {"week 1", "week 2", "week 3", "week 4"};
  return {.title = "softmax of the scores",
          .row_axis = "query",
          .col_axis = "key",
          .rows = weeks,
          .cols = weeks,
          .values = weights,
          .high = 0.5};
}

void run(Experiment& e) {
  const Tensor computed = softmax(tensor(scores), e.broken() ? 0 : 1);
  Table table{.columns = {{"week"}, {"scores"}, {"softmax now"}, {"printed"}, {"off by", 3}}};
  double least = 1;
  const auto text_of = [](const std::vector<double>& row, int digits) {
    std::string out;
    char number[32];
    for (double v : row) {
      std::snprintf(number, sizeof number, "%s%.*f", out.empty() ? "" : " ", digits, v);
      out += number;
    }
    return out;
  };
  for (size_t i = 0; i < scores.size(); ++i) {
    const std::vector<double> row = computed[static_cast<int64_t>(i)].to_vector<double>();
    double off = 0;
    for (size_t j = 0; j < row.size(); ++j) off = std::max(off, std::abs(row[j] - printed[i][j]));
    least = std::min(least, off);
    table.rows.push_back({std::to_string(i + 1), text_of(scores[i], 1), text_of(row, 4),
                          text_of(printed[i], 2), off});
  }
  e.table(table);
  e.chart(picture(computed.to_vector<double>()));
  e.note(
      "Softmax keeps the order of the scores. In row 3 the largest score is that of week 3, but "
      "the printed row gives week 4 the largest weight, so no temperature can explain it.");
  e.below(4, "weight of week 1 for itself, distance from 0.4403",
          std::abs(computed[0][0].item() - 0.4403), 1e-4);
  e.equal(4, "the week that week 3 looks at most", largest_week(computed[2].to_vector<double>()),
          3);
  e.equal(4, "the same in the printed table", largest_week(printed[2]), 4);
  e.above(4, "each printed row is off by at least", least, 0.05);
}

}  // namespace lab_worked

LabPage worked_page() {
  return {.name = "worked",
          .chapter = "attention",
          .title = "A worked table, recomputed",
          .items = {4},
          .claim =
              "Four weeks ask each other: the softmax of each row of scores gives the weights, "
              "and the output of week 4 is the mean of all values with the weights of row 4.",
          .formula = "Aᵢⱼ = exp(Sᵢⱼ) / Σₖ exp(Sᵢₖ)        Y₄ = Σⱼ A₄ⱼ Vⱼ",
          .breaks = "softmax runs down the columns",
          .read = {{"src/ops/softmax.cpp", "Tensor softmax("}},
          .next = "lab steps",
          .questions =
              {{"Row 1 has the scores 1, 0.3, 0.1 and 0. Why is the first weight not larger?",
                "The scores differ by at most 1, so the largest weight is at most e = 2.7 times "
                "the smallest. Sharp weights need larger scores."},
               {"The text calls the result V₄. Why is that a trap?",
                "V₄ is also the value of week 4, on the right of the same equation. The result is "
                "an output, Y₄; with the right weights it is 0.14 V₁ + 0.17 V₂ + 0.31 V₃ + "
                "0.38 V₄."}},
          .correction =
              "text 000, section 1.2.4 prints 0.50 0.25 0.15 0.10 for week 1 and 0.03 0.10 0.37 "
              "0.50 for week 4; the softmax of its scores is 0.44 0.22 0.18 0.16 and 0.14 0.17 "
              "0.31 0.38. No row of its table is right.",
          .run = lab_worked::run};
}

}  // namespace gradus::tools
