// SPDX-License-Identifier: MIT
// What a code for positions must do, and which simple codes fail.
#include <algorithm>
#include <cmath>

#include "gradus/nn/position.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_conditions {

constexpr int64_t longest = 1000;
enum class Code { index, share, sine, sinusoidal };
constexpr Code codes[] = {Code::index, Code::share, Code::sine, Code::sinusoidal};
const std::vector<std::string> names = {"p", "p / n", "sin p", "sinusoidal, 64 wide"};

// The codes of positions 0 .. n - 1 of a sequence of n steps: [n, C].
Tensor code_of(Code code, int64_t n) {
  const Tensor p = arange(0, static_cast<double>(n), 1, DType::f64).unsqueeze(1);
  switch (code) {
    case Code::index: return p;
    case Code::share: return p / static_cast<double>(n);
    case Code::sine: return sin(p);
    case Code::sinusoidal: return sinusoidal(n, 64);
  }
  return {};
}

struct Marks {
  double largest = 0;    // largest of all elements
  double nearest = 0;    // the least distance of two positions
  double by_length = 0;  // change of a step's size from n = 10 to n = 1000, as a factor
  double spread = 0;     // of the distance between neighbours, over all positions
};
Marks marks_of(Code code) {
  const Tensor x = code_of(code, longest), small = code_of(code, 10);
  Marks m;
  for (double v : x.to_vector<double>()) m.largest = std::max(m.largest, std::abs(v));
  const Tensor squares = sum(x * x, {-1}, true);
  const Tensor apart = squares + squares.t() - matmul(x, x.t()) * 2.0 + eye(longest) * 1e9;
  m.nearest = std::sqrt(std::max(apart.min().item(), 0.0));
  const double step = norm_of(x[3] - x[2]), small_step = norm_of(small[3] - small[2]);
  m.by_length = std::max(step, small_step) / std::min(step, small_step);
  double low = INFINITY, high = 0;
  for (int64_t p = 0; p + 1 < longest; ++p) {
    const double d = norm_of(x[p + 1] - x[p]);
    low = std::min(low, d);
    high = std::max(high, d);
  }
  m.spread = (high - low) / high;
  return m;
}

void run(Experiment& e) {
  Table table{.columns = {{"code"},
                          {"bounded: largest", 4, true},
                          {"unique: nearest", 2, true},
                          {"length-free", 3, true},
                          {"consistent", 2, true}},
              .title = "1,000 positions"};
  Marks marks[4];
  for (size_t i = 0; i < 4; ++i) {
    const Marks m = marks[i] = marks_of(codes[i]);
    table.rows.push_back({names[i], m.largest, m.nearest, m.by_length, m.spread});
  }
  e.table(table);
  e.note(
      "Length-free: the step from position 2 to 3 in a sequence of 1,000 against one of 10, as a "
      "factor; 1 is best. Consistent: how much the distance of neighbours varies, 0 to 1.");
  LineChart chart{.title = "the first 60 positions of 1,000",
                  .x_axis = "position p",
                  .y_axis = "code",
                  .from_zero = false,
                  .lines = {{"p / n"}, {"sin p"}, {"sin (p / 10), of the sinusoidal code"}}};
  for (double p = 0; p < 60; ++p) {
    for (auto& line : chart.lines) line.x.push_back(p);
    chart.lines[0].y.push_back(p / longest);
    chart.lines[1].y.push_back(std::sin(p));
    chart.lines[2].y.push_back(std::sin(p / 10));
  }
  e.chart(chart);
  const Marks& chosen = marks[e.broken() ? 0 : 3];
  e.above(15, "p: largest value", marks[0].largest, 1);
  e.above(15, "p / n: change with the length", marks[1].by_length, 10);
  e.below(15, "sin p: nearest two of 1,000 positions", marks[2].nearest, 1e-3);
  e.below(15, "sinusoidal: largest value − 1", chosen.largest - 1, 1e-12);
  e.above(15, "sinusoidal: nearest two positions", chosen.nearest, 1);
  e.below(15, "sinusoidal: change with the length − 1", chosen.by_length - 1, 1e-12);
  e.below(15, "sinusoidal: spread of steps", chosen.spread, 1e-9);
}

}  // namespace lab_conditions

LabPage conditions_page() {
  return {.name = "conditions",
          .chapter = "positions",
          .title = "What a code for positions must do",
          .items = {15},
          .claim =
              "A position code should be bounded, unique, independent of the length, and give "
              "neighbours the same distance everywhere. The index grows without bound, index / n "
              "changes with the length, one sine repeats itself; sinusoids meet all four.",
          .formula = "p,  p / n,  sin p        against        (sin ωᵢ p, cos ωᵢ p)ᵢ",
          .breaks = "the raw index takes the place of the sinusoids",
          .read = {{"include/gradus/nn/position.h", "The sinusoidal encoding of times"}},
          .next = "lab sinusoidal",
          .questions =
              {{"sin p never repeats exactly, since π is irrational. Why is it not unique enough?",
                "Two of 1,000 positions are as near as 1e-3 or less: no layer can tell them apart. "
                "The cosine and other frequencies keep them apart."},
               {"Why is index / n a bad code although it is bounded?",
                "The same distance of one step means 0.1 in a sequence of 10 and 0.001 in one of "
                "1,000, so what a model learns about neighbours does not carry over."}},
          .run = lab_conditions::run};
}

}  // namespace gradus::tools
