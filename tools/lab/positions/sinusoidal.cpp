// SPDX-License-Identifier: MIT
// The table of sinusoidal positions: its rows differ, and a shift is a rotation.
#include <algorithm>
#include <cmath>

#include "gradus/nn/position.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_sinusoidal {

// The least distance of two rows of the table. All rows have the squared length C / 2, so the
// nearest rows are those with the largest dot product.
double nearest_rows(int64_t length, int64_t d, double base) {
  const Tensor table = sinusoidal(length, d, base);
  constexpr int64_t block = 500;
  double most = -INFINITY;
  for (int64_t at = 0; at < length; at += block) {
    const int64_t rows = std::min(block, length - at);
    // Later rows only: each pair once, and no row with itself.
    const Tensor dots = matmul(narrow(table, 0, at, rows), table.t());
    const std::vector<double> values = dots.to_vector<double>();
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = at + i + 1; j < length; ++j)
        most = std::max(most, values[static_cast<size_t>(i * length + j)]);
  }
  return std::sqrt(std::max(static_cast<double>(d) - 2 * most, 0.0));
}

HeatMap picture() {
  const Tensor table = sinusoidal(100, 128);
  HeatMap map{.title = "sinusoidal positions: 100 by 128",
              .row_axis = "position",
              .col_axis = "channel",
              .value_axis = "value",
              .values = table.to_vector<double>(),
              .low = -1,
              .high = 1,
              .diverging = true};
  for (int64_t p = 0; p < 100; ++p) map.rows.push_back(std::to_string(p));
  for (int64_t c = 0; c < 128; ++c) map.cols.push_back(std::to_string(c));
  return map;
}

struct Shift {
  double error = 0;       // of T_k PE(p) against PE(p + k)
  double orthogonal = 0;  // of T_k T_kᵀ against the identity
};
Shift shifted(bool broken) {
  constexpr int64_t positions = 500, d = 64;
  Shift s;
  for (int64_t k : {1, 2, 7, 50, 500}) {
    const Tensor all = sinusoidal(positions + k, d), from = narrow(all, 0, 0, positions);
    const Tensor turn = sinusoidal_shift(static_cast<double>(broken ? k + 1 : k), d);
    s.error =
        std::max(s.error, largest_difference(matmul(from, turn.t()), narrow(all, 0, k, positions)));
    s.orthogonal = std::max(s.orthogonal, largest_difference(matmul(turn, turn.t()), eye(d)));
  }
  return s;
}

void run(Experiment& e) {
  const double base = e.broken() ? 1 : 10000;
  e.chart(picture());
  Table table{.columns = {{"table"}, {"nearest two rows", 3}}};
  const double small = nearest_rows(100, 128, base), large = nearest_rows(5000, 64, base);
  table.rows = {{std::string("100 × 128"), small}, {std::string("5,000 × 64"), large}};
  e.table(table);
  e.note(
      "The left channels turn fast and tell neighbours apart; those at the right hardly move in "
      "100 steps and tell the beginning from the end. In the shift matrix each pair of channels "
      "turns by its own angle k ω.");
  const Shift s = shifted(e.broken());
  e.above(11, "nearest two rows, 100 × 128", small, 1);
  e.above(11, "nearest two rows, 5,000 × 64", large, 1);
  e.below(12, "T_k PE(p) − PE(p + k), 500 p and 5 shifts", s.error, 1e-11);
  e.below(12, "T_k T_kᵀ − identity: it is a rotation", s.orthogonal, 1e-12);
}

}  // namespace lab_sinusoidal

LabPage sinusoidal_page() {
  return {.name = "sinusoidal",
          .chapter = "positions",
          .title = "Sinusoidal positions: a shift is a rotation",
          .items = {11, 12},
          .claim =
              "Each position gets a row of sines and cosines of many frequencies. No two rows of a "
              "long table are near each other, and moving by k steps is the same rotation T_k "
              "everywhere.",
          .formula =
              "PE(p)₂ᵢ = sin(p ωᵢ)        PE(p)₂ᵢ₊₁ = cos(p ωᵢ)        ωᵢ = 10000^(−2i/d)\n"
              "PE(p + k) = T_k PE(p)        T_k: a rotation by k ωᵢ for each pair",
          .breaks = "all pairs have frequency 1, and T_k turns by k + 1",
          .read = {{"src/nn/position.cpp", "Tensor sinusoidal("},
                   {"src/nn/position.cpp", "Tensor sinusoidal_shift("}},
          .next = "lab rope",
          .questions =
              {{"Why does each frequency need both a sine and a cosine?",
                "From sin(pω) alone nobody can compute sin((p + k)ω): the addition theorem needs "
                "the cosine. Together they are a point on a circle, and a shift turns it."},
               {"Why do all rows have the same length?",
                "sin² + cos² = 1 in each pair, so the squared length is d/2 at every position."}},
          .run = lab_sinusoidal::run};
}

}  // namespace gradus::tools
