// SPDX-License-Identifier: MIT
// Post-norm, with and without warm-up, and pre-norm in a deep encoder.
#include "tools/lab/pages.h"
#include "tools/lab/transformer/reversal.h"

namespace gradus::tools {
namespace lab_norm_first {

void run(Experiment& e) {
  const auto trained = [&](bool norm_first, double warmup) {
    return reversal_accuracy({.layers = 8, .lr = 1e-2, .warmup = warmup, .norm_first = norm_first},
                             e.seed());
  };
  const double cold = trained(false, 0);
  const double warm = e.broken() ? cold : trained(false, 0.2);
  const double pre = e.broken() ? cold : trained(true, 0);
  Table table{.columns = {{"layer"}, {"warm-up"}, {"letters in the right place", 3}},
              .rows = {{std::string("post-norm"), std::string("none"), cold},
                       {std::string("post-norm"), std::string("a fifth of the steps"), warm},
                       {std::string("pre-norm"), std::string("none"), pre}},
              .title = "8 layers learn to reverse 8 letters at rate 0.01 (guessing: 0.1)"};
  e.table(table);
  e.below(75, "post-norm without warm-up", cold, 0.3);
  e.above(75, "post-norm with warm-up", warm, 0.9);
  e.above(75, "pre-norm without warm-up", pre, 0.9);
}

}  // namespace lab_norm_first

LabPage norm_first_page() {
  return {.name = "norm-first",
          .chapter = "transformer",
          .title = "Post-norm needs a warm-up",
          .items = {75},
          .claim =
              "The paper normalises after each residual connection; deep stacks of that form "
              "do not train at a high rate unless the rate rises slowly. Normalised before "
              "each part, they do.",
          .formula =
              "post-norm  x = norm(x + f(x))\n"
              "pre-norm   x = x + f(norm(x))       the path of x is never normalised",
          .breaks = "all three are post-norm without warm-up",
          .read = {{"include/gradus/nn/transformer.h", "Post-norm (the default)"},
                   {"include/gradus/optim/schedule.h", "Schedule warmup_lr"}},
          .next = "lab layer-norm",
          .questions =
              {{"Why does the original transformer train all the same?",
                "It has 6 layers, and its rate rises for 4,000 steps to a peak of 0.0007 only."},
               {"What must a pre-norm stack add at its end?",
                "One more norm: the sum of all residuals is not normalised, and it grows "
                "with the depth."}},
          .run = lab_norm_first::run};
}

}  // namespace gradus::tools
