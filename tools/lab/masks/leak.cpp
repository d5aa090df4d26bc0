// SPDX-License-Identifier: MIT
// A model that must predict the next of random letters: without a mask it reads the answer.
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/position.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_leak {

constexpr int64_t letters = 8, steps = 10, model = 32, batch = 32;

// At each step the next letter and the first one; a sequence is classified by the last step's
// answer to the second question.
struct Reader : Module {
  explicit Reader(const Mask& mask)
      : mask_(mask),
        embedding({letters, model}),
        encoder({.layer = {.d_model = model,
                           .nhead = 2,
                           .dim_feedforward = 64,
                           .dropout = 0,
                           .norm_first = true},
                 .num_layers = 1,
                 .norm = true}),
        next({model, letters}),
        first({model, letters}) {}
  Tensor hidden(const Tensor& ids) const {
    const Tensor x = embedding(ids);
    return encoder(x + sinusoidal(steps, model), mask_);
  }
  void visit(Visitor& v) override {
    v("embedding", embedding);
    v("encoder", encoder);
    v("next", next);
    v("first", first);
  }

  Mask mask_;
  Embedding embedding;
  TransformerEncoder encoder;
  Linear next, first;
};

struct Questions {
  Tensor ids, next, first;
};
Questions ask(int64_t count, Generator& gen) {
  const Tensor all = randint(0, letters, {count, steps + 1}, gen);
  return {narrow(all, 1, 0, steps), narrow(all, 1, 1, steps).contiguous(), select(all, 1, 0)};
}

double share(const Tensor& logits, const Tensor& right) {
  return mean(eq(argmax(logits, -1), right).to(DType::f64)).item();
}

struct Scores {
  double next = 0, first = 0;
};
Scores trained(const Mask& mask, uint64_t seed) {
  manual_seed(seed);
  Generator gen(seed, 1);
  Reader reader(mask);
  Adam adam(reader, 0.003);
  for (int step = 0; step < 400; ++step) {
    const Questions q = ask(batch, gen);
    adam.zero_grad();
    const Tensor x = reader.hidden(q.ids);
    const Tensor next =
        cross_entropy(reshape(reader.next(x), {-1, letters}), reshape(q.next, {-1}));
    (next + cross_entropy(reader.first(select(x, 1, -1)), q.first)).backward();
    adam.step();
  }
  const NoGrad no_grad;
  const Questions test = ask(500, gen);
  const Tensor x = reader.hidden(test.ids);
  // The last step's next letter is not in the input, so it is left out.
  return {share(narrow(reader.next(x), 1, 0, steps - 1), narrow(test.next, 1, 0, steps - 1)),
          share(reader.first(select(x, 1, -1)), test.first)};
}

void run(Experiment& e) {
  const DefaultDType narrow_type(DType::f32);
  const Scores open = trained({}, e.seed());
  const Scores causal = e.broken() ? open : trained(Mask::causal(), e.seed());
  e.table({.columns = {{"question about 10 random letters"}, {"no mask", 3}, {"causal", 3}},
           .rows = {{std::string("classify: which letter was first?"), open.first, causal.first},
                    {std::string("predict: which letter is next?"), open.next, causal.next},
                    {std::string("chance"), 1.0 / letters, 1.0 / letters}},
           .title = "Share of right answers on new sequences"});
  e.note(
      "The letters are random, so nobody can know the next one. The score near 1 without a mask "
      "is a leak: the answer is an input, one step to the right. In use, when the next letter is "
      "not there yet, that model knows nothing.");
  e.above(17, "next letter without a mask: an impossible score", open.next, 0.95);
  e.below(17, "next letter with the causal mask", causal.next, 0.2);
  e.above(17, "first letter, asked at the end, causal mask", causal.first, 0.95);
}

}  // namespace lab_leak

LabPage leak_page() {
  return {.name = "leak",
          .chapter = "masks",
          .title = "Without a causal mask, the future leaks",
          .items = {17},
          .claim =
              "A model that predicts the next step, or watches a series as it comes, needs a "
              "causal mask: without it the answer is among its inputs. A model that classifies a "
              "finished series does not need one.",
          .formula =
              "loss at step t compares the output t with the input t + 1\n"
              "causal: output t is a function of the inputs 0 … t",
          .breaks = "the model with the causal mask is trained without it",
          .read = {{"include/gradus/ops/mask.h", "static Mask causal()"},
                   {"models/gpt.cpp", "x = layer(x, Mask::causal())"}},
          .next = "lab masks",
          .questions =
              {{"How would you notice such a leak in data that are not random?",
                "The score is better than anything known, and it collapses when the model runs "
                "step by step. A shuffled or random series is the sharpest test: there, every "
                "score above chance is a leak."},
               {"Must a classifier of finished series go without the mask?",
                "No, it may have one: its last step sees everything anyway. Only the earlier steps "
                "then know less than they could."}},
          .run = lab_leak::run};
}

}  // namespace gradus::tools
