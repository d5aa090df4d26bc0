// SPDX-License-Identifier: MIT
// Attention as a memory that is queried by key; bad keys give bad answers.
#include <algorithm>
#include <cmath>

#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_lookup {

constexpr int64_t friends = 16, width = 32, trials = 2000;

// The share of right answers if each key is replaced by a random one with probability `bad`.
double share_right(double bad, bool broken, Generator& gen) {
  const Tensor asked = randn({trials, friends, width}, gen);  // what each friend knows about
  const Tensor noise = randn({trials, friends, width}, gen), fate = rand({trials, friends, 1}, gen);
  const Tensor keys = where(lt(fate, bad), noise, asked);
  // Query b asks for the topic of friend b mod 16; the value of a friend is its own number.
  std::vector<double> queries;
  const std::vector<double> topics = asked.to_vector<double>();
  for (int64_t b = 0; b < trials; ++b) {
    const auto at = topics.begin() + (b * friends + b % friends) * width;
    queries.insert(queries.end(), at, at + width);
  }
  Tensor q = tensor(queries, {trials, 1, width});
  if (broken) q = randn({trials, 1, width}, gen);
  const Tensor values = expand(eye(friends), {trials, friends, friends});
  const Tensor answers = argmax(scaled_dot_product_attention(q, keys, values), -1);
  const std::vector<int64_t> said = answers.to_vector<int64_t>();
  double right = 0;
  for (int64_t b = 0; b < trials; ++b) right += said[static_cast<size_t>(b)] == b % friends;
  return right / trials;
}

void run(Experiment& e) {
  Generator gen(e.seed());
  Table table{.columns = {{"bad keys", 2}, {"right answers", 3}, {"1 − 15 f / 16", 3}}};
  LineChart chart{.title = "right answers of a memory of 16 friends",
                  .x_axis = "share of bad keys f",
                  .y_axis = "share of right answers",
                  .lines = {{"measured"}, {"1 − 15 f / 16"}}};
  double off = 0;
  for (double bad : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const double seen = share_right(bad, e.broken(), gen), expected = 1 - 15 * bad / 16;
    table.rows.push_back({bad, seen, expected});
    for (size_t i = 0; i < 2; ++i) {
      chart.lines[i].x.push_back(bad);
      chart.lines[i].y.push_back(i ? expected : seen);
    }
    off = std::max(off, std::abs(seen - expected));
  }
  e.table(table);
  e.chart(chart);
  e.below(67, "right answers − (1 − 15 f / 16), largest", off, 0.04);
}

}  // namespace lab_lookup

LabPage lookup_page() {
  return {.name = "lookup",
          .chapter = "attention",
          .title = "Asking friends: bad keys, bad answers",
          .items = {67},
          .claim =
              "A query finds the value whose key resembles it. If a share f of the keys is "
              "wrong, those answers are guesses among 16 friends, and 1 − 15 f / 16 are right.",
          .formula =
              "answer = Σⱼ softmaxⱼ(q · kⱼ / √d) vⱼ\n"
              "P(right) = (1 − f) + f / 16",
          .breaks = "the query is random: it resembles no key",
          .read = {{"include/gradus/ops/attention.h", "Scaled dot-product attention."}},
          .next = "lab steps",
          .questions =
              {{"All keys are bad, and still 1 answer in 16 is right. Why?",
                "Someone always has the largest weight, because weights sum to 1. A random key "
                "wins for each of the 16 friends equally often."},
               {"How could a memory answer that it does not know?",
                "Softmax cannot. Add a key of zeros whose value means unknown: it gets the weight "
                "when all other scores are negative."}},
          .run = lab_lookup::run};
}

}  // namespace gradus::tools
