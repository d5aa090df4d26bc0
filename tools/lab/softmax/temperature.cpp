// SPDX-License-Identifier: MIT
// The temperature of a softmax, between one-hot and uniform; and the soft index.
#include <cmath>

#include "gradus/ops/elementwise.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/make.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_temperature {

const std::vector<double> scores = {1, 2, 3, 4};

std::vector<double> at(double temperature, bool broken) {
  return softmax(tensor(scores) * (broken ? temperature : 1 / temperature), -1).to_vector<double>();
}

// The expected index, the differentiable form of argmax.
double soft_index(const std::vector<double>& z, double beta) {
  const std::vector<double> p = softmax(tensor(z) * beta, -1).to_vector<double>();
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) sum += static_cast<double>(i) * p[i];
  return sum;
}

void run(Experiment& e) {
  Table table{
      .columns = {{"temperature", 3, true}, {"p(1)", 4}, {"p(2)", 4}, {"p(3)", 4}, {"p(4)", 4}},
      .title = "softmax((1, 2, 3, 4) / T)"};
  LineChart chart{.title = "the probability of the largest score",
                  .x_axis = "temperature",
                  .y_axis = "P(max)",
                  .log_x = true,
                  .lines = {{"P(max)"}}};
  for (double t : {0.01, 0.1, 0.5, 1.0, 2.0, 10.0, 1000.0}) {
    const std::vector<double> p = at(t, e.broken());
    table.rows.push_back({t, p[0], p[1], p[2], p[3]});
    chart.lines[0].x.push_back(t);
    chart.lines[0].y.push_back(p[3]);
  }
  e.table(table);
  e.chart(chart);
  e.above(41, "P(max) at temperature 0.01", at(0.01, e.broken())[3], 0.999999);
  e.below(41, "P(max) at temperature 1000", at(1000, e.broken())[3], 0.251);
  const std::vector<double> z = {0, 1, 0.5};
  const double sharp = e.broken() ? 1 : 16;
  Table index{.columns = {{"β", 0}, {"expected index", 6}},
              .title = "The soft index of (0, 1, 0.5), whose largest score is at 1"};
  for (double beta : {1.0, 4.0, 16.0, 64.0}) index.rows.push_back({beta, soft_index(z, beta)});
  e.table(index);
  e.below(40, "distance of the soft index from 1, sharp",
          std::abs(soft_index({0, 1, 0}, sharp) - 1), 1e-4);
  e.above(40, "distance of the soft index from 1 at β = 1",
          std::abs(soft_index({0, 1, 0.5}, 1) - 1), 0.1);
}

}  // namespace lab_temperature

LabPage temperature_page() {
  return {.name = "temperature",
          .chapter = "softmax",
          .title = "Temperature, and the soft argmax",
          .items = {40, 41},
          .claim =
              "Divided by a temperature near 0, scores give a one-hot choice; by a large one, "
              "a uniform choice. The expected index is the differentiable argmax.",
          .formula = "p = softmax(z / T)        soft argmax = Σᵢ i · softmax(β z)ᵢ",
          .breaks = "the scores are multiplied by the temperature",
          .read = {{"src/ops/softmax.cpp", "Tensor softmax("}},
          .next = "lab scale",
          .questions = {{"Why is the soft argmax of (0, 1, 0.5) at β = 1 not near 1?",
                         "The weights 0.19, 0.51 and 0.31 are far from one-hot, and index 2 has "
                         "more weight than index 0, so the mean is 1.12."},
                        {"Which temperature do language models sample at, and why not 0?",
                         "0.7 to 1: at 0 the same text comes out each time, and it tends to "
                         "repeat itself."}},
          .correction =
              "the expectation of the index under softmax is called soft max in text "
              "002, section 1.2; it is the soft argmax.",
          .run = lab_temperature::run};
}

}  // namespace gradus::tools
