// SPDX-License-Identifier: MIT
// Attention of 4 queries to 5 keys, one of which may see none: three ways to hide keys.
#include <algorithm>
#include <cmath>

#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_nokey {

constexpr int64_t queries = 4, keys = 5, width = 8;

// 1 may be seen, 0 is hidden; query 3 sees no key.
Tensor seen() {
  return tensor({{1, 1, 0, 0, 0}, {1, 1, 1, 1, 1}, {0, 0, 1, 0, 1}, {0, 0, 0, 0, 0}});
}

double largest(const Tensor& row) {
  double most = 0;
  for (double w : row.to_vector<double>()) most = std::isnan(w) ? w : std::max(most, w);
  return most;
}

std::string numbers(const Tensor& row) {
  std::string out;
  for (double v : row.to_vector<double>())
    out += (out.empty() ? "" : " ") + (std::isnan(v) ? "NaN" : short_number(v));
  return out;
}

void run(Experiment& e) {
  Generator gen(e.seed());
  Tensor q = randn({queries, width}, gen).requires_grad_();
  const Tensor k = randn({keys, width}, gen), v = randn({keys, width}, gen);
  const Tensor allowed = eq(seen(), 1.0);
  const Tensor scores = matmul(q.detach(), k.t()) / std::sqrt(static_cast<double>(width));
  const Tensor large = softmax(where(allowed, scores, -1e9), -1);
  const Tensor infinite = softmax(where(allowed, scores, -INFINITY), -1);
  const Tensor weights = e.broken() ? large : masked_softmax(scores, Mask::allowed(allowed));
  const Tensor y = scaled_dot_product_attention(q, k, v, {.mask = Mask::allowed(allowed)});
  y.backward(randn({queries, width}, gen));

  e.table({.columns = {{"query 3, which sees no key"}, {"weights"}, {"first output"}},
           .rows = {{std::string("Mask of gradus"), numbers(weights[3]), numbers(y[3][0])},
                    {std::string("−1e9 instead of the score"), numbers(large[3]),
                     numbers(matmul(large, v)[3][0])},
                    {std::string("−∞ instead of the score"), numbers(infinite[3]),
                     numbers(matmul(infinite, v)[3][0])}}});
  e.chart(HeatMap{.title = "weights: 4 queries, 5 keys",
                  .row_axis = "query",
                  .col_axis = "key",
                  .rows = {"0", "1", "2", "3"},
                  .cols = {"0", "1", "2", "3", "4"},
                  .values = weights.to_vector<double>()});

  e.equal(46, "no key to see: largest weight", largest(weights[3]), 0);
  e.equal(46, "the same: gradient of the query", largest(abs(q.grad()[3])), 0);
  e.equal(46, "with −1e9: each weight − 1/5", largest_difference(large[3], full({keys}, 0.2)), 0);
  e.equal(46, "with −∞: weights that are not NaN", std::isnan(largest(infinite[3])) ? 0 : keys, 0);
  e.below(46, "rows with a key: −1e9 against the mask",
          largest_difference(narrow(large, 0, 0, 3), narrow(weights, 0, 0, 3)), 1e-15);
  e.equal(46, "output [4, 8] and weights [4, 5]: other axes",
          std::abs(static_cast<double>(y.size(0) - queries)) +
              std::abs(static_cast<double>(y.size(1) - width)) +
              std::abs(static_cast<double>(weights.size(1) - keys)),
          0);
}

}  // namespace lab_nokey

LabPage nokey_page() {
  return {.name = "nokey",
          .chapter = "masks",
          .title = "A query that may see no key",
          .items = {46},
          .claim =
              "A query without any allowed key has nothing to average: gradus gives weights and "
              "gradients of exactly 0. With −1e9 it reads all hidden keys equally, and with −∞ it "
              "is NaN.",
          .formula =
              "softmax(−1e9, …, −1e9) = (1/m, …, 1/m)        softmax(−∞, …, −∞) = 0/0\n"
              "Q [n, d], K [m, d], V [m, dᵥ]: output [n, dᵥ], weights [n, m]",
          .breaks = "hidden scores are replaced by −1e9",
          .read = {{"include/gradus/ops/mask.h", "A row without an allowed key"},
                   {"src/kernels/mask.h", "void masked_softmax("}},
          .next = "lab masks",
          .questions =
              {{"Where does a row without keys come from in practice?",
                "From padding: an empty series in a batch, or a padded query of a combined mask. "
                "One NaN there makes the whole loss NaN."},
               {"In f32 a score of 3 plus −1e9 is −1e9. Does −1e9 then always hide a key?",
                "As long as another key of the row is allowed: exp(−1e9) is 0. If none is, all "
                "scores are equally low, and the weights are equal."}},
          .run = lab_nokey::run};
}

}  // namespace gradus::tools
