// SPDX-License-Identifier: MIT
// Without positions, an encoder does not know the order of its inputs.
#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "gradus/autograd/node.h"
#include "gradus/nn/position.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_order {

constexpr int64_t steps = 8, model = 32;

struct Encoder {
  TransformerEncoder layers;
  bool positions;
  Tensor operator()(const Tensor& x) const {
    return layers(positions ? x + sinusoidal(x.size(1), model) : x);
  }
};

// encoder(permuted x) - permuted encoder(x)
double permuted_difference(const Encoder& encoder, const Tensor& x, const Tensor& order) {
  return largest_difference(encoder(index_select(x, 1, order)), index_select(encoder(x), 1, order));
}

// The mean over the words of an encoded sentence; each word has a fixed random vector.
Tensor pooled(const Encoder& encoder, const std::string& sentence,
              std::map<std::string, Tensor>& vectors, Generator& gen) {
  std::vector<Tensor> words;
  std::istringstream in(sentence);
  for (std::string word; in >> word;) {
    Tensor& v = vectors[word];
    if (!v.defined()) v = randn({model}, gen);
    words.push_back(v);
  }
  return mean(encoder(stack(words).unsqueeze(0)), {1});
}

struct Change {
  double most = 0, least = INFINITY;
};
// The relative change of the pooled sentence when its nouns swap places.
Change swap_nouns(const Encoder& encoder, uint64_t seed, std::vector<double>& shown) {
  Generator gen(seed, 1);
  std::map<std::string, Tensor> vectors;
  Change c;
  for (const auto& [sentence, swapped] :
       {std::pair{"the chef cooked the meal", "the meal cooked the chef"},
        std::pair{"the police arrested the thief", "the thief arrested the police"},
        std::pair{"the cat chased the mouse", "the mouse chased the cat"}}) {
    const Tensor a = pooled(encoder, sentence, vectors, gen);
    const Tensor b = pooled(encoder, swapped, vectors, gen);
    shown.push_back(norm_of(a - b) / norm_of(a));
    c.most = std::max(c.most, shown.back());
    c.least = std::min(c.least, shown.back());
  }
  return c;
}

void run(Experiment& e) {
  const NoGrad no_grad;
  Generator gen(e.seed());
  const TransformerStackOptions options{
      .layer = {.d_model = model, .nhead = 4, .dim_feedforward = 64, .dropout = 0},
      .num_layers = 2};
  TransformerEncoder layers(options, gen);
  const Encoder without{layers.clone(), e.broken()}, with{layers.clone(), true};
  const Tensor x = randn({1, steps, model}, gen);
  const Tensor order = tensor(std::vector<int64_t>{3, 1, 7, 0, 2, 6, 5, 4});
  const double plain = permuted_difference(without, x, order);
  const double placed = permuted_difference(with, x, order);
  std::vector<double> blind, aware;
  const Change equal = swap_nouns(without, e.seed(), blind);
  const Change differs = swap_nouns(with, e.seed(), aware);
  e.chart(BarChart{.title = "change of a pooled sentence when its nouns swap places",
                   .axis = "relative change",
                   .names = {"chef, meal", "police, thief", "cat, mouse"},
                   .series = {{"no positions", blind}, {"positions", aware}}});
  const FeedForward ffn({.d_model = model, .dim_feedforward = 64, .dropout = 0}, gen);
  const Tensor moved = without.positions ? x + sinusoidal(steps, model) : x;
  const Tensor then_moved = index_select(x, 1, order);
  const double by_place = largest_difference(
      ffn(without.positions ? then_moved + sinusoidal(steps, model) : then_moved),
      index_select(ffn(moved), 1, order));
  e.below(9, "permuted in − permuted out", plain, 1e-12);
  e.above(9, "the same with positions", placed, 0.05);
  e.below(10, "nouns swapped: largest relative change", equal.most, 1e-12);
  e.above(10, "the same with positions: smallest", differs.least, 0.01);
  e.below(72, "feed-forward: permuted in − permuted out", by_place, 1e-12);
}

}  // namespace lab_order

LabPage order_page() {
  return {.name = "order",
          .chapter = "positions",
          .title = "Attention does not know the order",
          .items = {9, 10, 72},
          .claim =
              "Permute the inputs of an encoder and its outputs are permuted in the same way: it "
              "is equivariant. The mean of the outputs then does not change at all, and \"the chef "
              "cooked the meal\" equals \"the meal cooked the chef\". Positions change that.",
          .formula =
              "f(P X) = P f(X)        mean(f(P X)) = mean(f(X))\n"
              "feed-forward: yₜ = W₂ relu(W₁ xₜ), the same weights at each place t",
          .breaks = "positions are added where the claim has none",
          .read = {{"include/gradus/nn/position.h", "attention by itself ignores the order"},
                   {"src/nn/basic.cpp", "FeedForward::operator()"}},
          .next = "lab sinusoidal",
          .questions =
              {{"A causal mask without positions: is the encoder still blind to order?",
                "No. Step t sees the steps up to t only, so moving a word changes which others "
                "see it. That is why language models without any positions can work."},
               {"The feed-forward part is also applied place by place. Does it mix places?",
                "Never. Only attention moves information between places; the feed-forward works "
                "on what has arrived."}},
          .correction =
              "text 000 says that any order gives the same result, and text 002 calls it "
              "invariance. The outputs are permuted as well: it is equivariance, and only a pooled "
              "result is invariant. Text 003's (1,2)·(3,4) = (2,1)·(4,3) permutes features, not "
              "words.",
          .run = lab_order::run};
}

}  // namespace gradus::tools
