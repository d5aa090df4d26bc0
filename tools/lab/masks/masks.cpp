// SPDX-License-Identifier: MIT
// One mask in three notations, and the combination of causal and padding masks.
#include <algorithm>
#include <cmath>

#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_masks {

constexpr int64_t steps = 4, longest = 5;
const std::vector<int64_t> lengths = {5, 3, 2};

struct Notations {
  Tensor hides, allows, added;
};
Notations notations(int64_t n) {
  const Tensor lower = tril(ones(n, n));
  const Tensor allows = eq(lower, 1.0);
  return {logical_not(allows), allows, where(allows, zeros(n, n), -INFINITY)};
}

void show_notations(Experiment& e, const Notations& form) {
  Table table{
      .columns = {{"query"}, {"True hides"}, {"1 allows"}, {"added to the scores"}, {"picture"}},
      .title = "The same causal mask for 4 steps"};
  std::string picture = Mask::causal().picture(steps, steps);
  for (int64_t i = 0; i < steps; ++i) {
    std::string hides, allows, added, line;
    for (int64_t j = 0; j < steps; ++j) {
      const bool seen = form.allows[i][j].item() != 0;
      hides += seen ? "False " : "True  ";
      allows += seen ? "1 " : "0 ";
      added += seen ? " 0 " : "−∞ ";
    }
    line = picture.substr(0, picture.find('\n'));
    picture.erase(0, line.size() + 1);
    table.rows.push_back({std::to_string(i), hides, allows, added, line});
  }
  e.table(table);
}

// Weights by the causal mask of gradus against those by the other notations.
void check_notations(Experiment& e) {
  Generator gen(e.seed());
  const Tensor scores = randn({steps, steps}, gen);
  const Notations form = notations(steps);
  show_notations(e, form);
  const Tensor weights = masked_softmax(scores, Mask::causal());
  const Mask from_hides = Mask::hidden(e.broken() ? form.allows : form.hides);
  double most = 0;
  for (const Mask& mask : {from_hides, Mask::allowed(form.allows), Mask::additive(form.added)})
    most = std::max(most, largest_difference(weights, masked_softmax(scores, mask)));
  const double by_hand = largest_difference(weights, softmax(scores + form.added, -1));
  e.equal(16, "weights by three notations, largest difference", most, 0);
  e.below(16, "−∞ added by hand − mask", by_hand, 1e-15);
}

// Combined masks of three samples; the gradient of keys beyond each length.
void check_padding(Experiment& e) {
  const int64_t samples = static_cast<int64_t>(lengths.size());
  const Mask both = e.broken() ? Mask::causal() : Mask::causal() & Mask::padding(lengths);
  Table table{.columns = {{"query"}, {"length 5"}, {"length 3"}, {"length 2"}},
              .title = "Causal [S, S] and padding [N, S] together: # may be seen"};
  std::vector<std::string> pictures;
  for (int64_t b = 0; b < samples; ++b) pictures.push_back(both.picture(longest, longest, b));
  double allowed = 0;
  for (int64_t i = 0; i < longest; ++i) {
    auto& row = table.rows.emplace_back();
    row.push_back(std::to_string(i));
    for (std::string& picture : pictures) {
      const std::string line = picture.substr(0, picture.find('\n'));
      picture.erase(0, line.size() + 1);
      allowed += static_cast<double>(std::count(line.begin(), line.end(), '#'));
      row.push_back(line);
    }
  }
  e.table(table);
  Generator gen(e.seed(), 1);
  const Shape shape{samples, longest, 8};
  const Tensor q = randn(shape, gen), v = randn(shape, gen), dy = randn(shape, gen);
  Tensor k = randn(shape, gen).requires_grad_();
  scaled_dot_product_attention(q, k, v, {.mask = both}).backward(dy);
  double hidden = 0;
  for (int64_t b = 0; b < samples; ++b)
    for (double g : slice(k.grad()[b], 0, lengths[static_cast<size_t>(b)]).to_vector<double>())
      hidden = std::max(hidden, std::abs(g));
  e.equal(18, "pairs that may be seen − (15 + 12 + 9)", allowed - 36, 0);
  e.equal(18, "gradient of the keys beyond a length", hidden, 0);
}

void run(Experiment& e) {
  check_notations(e);
  check_padding(e);
}

}  // namespace lab_masks

LabPage masks_page() {
  return {.name = "masks",
          .chapter = "masks",
          .title = "Three notations for a mask",
          .items = {16, 18},
          .claim =
              "A mask hides keys from queries. Three notations mean the same: true for hidden, 1 "
              "for allowed, and −∞ added to the score. A causal mask is one [S, S] square for all "
              "samples, a padding mask a row per sample; a pair must pass both.",
          .formula =
              "causal: j ≤ i        padding: j < lengthᵦ\n"
              "exp(−∞) = 0, so a hidden key gets weight exactly 0",
          .breaks = "True is read as allowed, and the padding mask is left out",
          .read = {{"include/gradus/ops/mask.h", "static Mask causal()"},
                   {"src/ops/mask.cpp", "Tensor masked_softmax("}},
          .next = "lab leak",
          .questions =
              {{"A sample of length 2 is padded to 5. What does query 4 see in it?",
                "Keys 0 and 1. Its own output is meaningless, but no real step reads it: it is "
                "hidden as a key, and the loss leaves it out."},
               {"Why is a mask not simply multiplied with the weights?",
                "Then the weights no longer sum to 1, and hidden scores still count in the "
                "denominator: the future leaks through the sum."}},
          .correction =
              "the texts use three conventions without a warning: in 000 True hides, in 002 a 0 "
              "hides, and −∞ is added. The same square of booleans thus means opposite things.",
          .run = lab_masks::run};
}

}  // namespace gradus::tools
