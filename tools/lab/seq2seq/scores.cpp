// SPDX-License-Identifier: MIT
// Four ways to score a query against a key, under a padding mask.
#include <algorithm>
#include <cmath>

#include "gradus/nn/gradcheck.h"
#include "gradus/nn/score_attention.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_scores {

constexpr AttentionScore kinds[] = {AttentionScore::additive, AttentionScore::dot,
                                    AttentionScore::general, AttentionScore::concat};

struct Weights {
  double on_pads = 0;   // the mean over the queries of the second source
  double distance = 0;  // distance of the sum of a row from 1
};
Weights look_at(const std::vector<double>& w) {
  Weights found;
  for (size_t row = 0; row < 6; ++row) {
    double sum = 0;
    for (size_t j = 0; j < 6; ++j) sum += w[row * 6 + j];
    for (size_t j = 3; j < 6 && row >= 3; ++j) found.on_pads += w[row * 6 + j] / 3;
    found.distance = std::max(found.distance, std::abs(sum - 1));
  }
  return found;
}

void run(Experiment& e) {
  Generator gen(e.seed());
  const Tensor query = randn({2, 3, 4}, gen), keys = randn({2, 6, 4}, gen);
  const std::vector<int64_t> lengths = {6, 3};
  const Mask mask = e.broken() ? Mask() : Mask::padding(lengths);
  Table table{.columns = {{"score"},
                          {"parameters", 0},
                          {"gradient error", 1, true},
                          {"weight of pads", 3},
                          {"sum − 1", 1, true}},
              .title = "Two sources of 6 and 3 words, three queries each"};
  HeatMap map{.title = "weights of the source with 3 words, first query",
              .row_axis = "score",
              .col_axis = "key",
              .cols = {"1", "2", "3", "pad", "pad", "pad"}};
  double error = 0, pads = 0, sums = 0;
  for (AttentionScore kind : kinds) {
    ScoreAttention attention({.query_dim = 4, .key_dim = 4, .hidden = 5, .score = kind}, gen);
    const auto call = [&](Inputs in) -> Tensors {
      const auto [context, weights] = attention(in[0], in[1], mask);
      return {context, weights};
    };
    const double worst = gradcheck(attention, call, {query, keys}).worst();
    const std::vector<double> w = attention(query, keys, mask).weights.to_vector<double>();
    const Weights seen = look_at(w);
    table.rows.push_back({std::string(name(kind)), static_cast<double>(attention.count()), worst,
                          seen.on_pads, seen.distance});
    map.rows.push_back(name(kind));
    map.values.insert(map.values.end(), w.begin() + 18, w.begin() + 24);
    error = std::max(error, worst);
    pads = std::max(pads, seen.on_pads);
    sums = std::max(sums, seen.distance);
  }
  e.table(table);
  e.chart(map);
  e.below(31, "largest error of a gradient, all four", error, 1e-8);
  e.equal(31, "weight of the pads", pads, 0);
  e.below(32, "sum of the weights, distance from 1", sums, 1e-14);
}

}  // namespace lab_scores

LabPage scores_page() {
  return {.name = "scores",
          .chapter = "sequence to sequence",
          .title = "Bahdanau's score and Luong's three",
          .items = {31, 32},
          .claim =
              "Attention needs a number for each pair of query and key; four formulas are "
              "in use. Whatever the score, the weights of real words sum to 1 and pads get "
              "exactly 0.",
          .formula =
              "additive  v · tanh(W_h h + W_s s)      Bahdanau 2015\n"
              "dot       s · h                        Luong 2015\n"
              "general   s · W h                      Luong 2015\n"
              "concat    v · tanh(W [s; h])           Luong 2015",
          .breaks = "no mask: pads take part in the softmax",
          .read = {{"include/gradus/nn/score_attention.h", "enum class AttentionScore"},
                   {"src/nn/score_attention.cpp", "ScoreAttention::scores"}},
          .next = "compare bottleneck --attention luong-general",
          .questions = {{"Additive and concat have equal numbers of parameters here. Why?",
                         "W [s; h] = W₁ s + W₂ h: concat is the additive score with both "
                         "matrices in one. Only the initial values differ."},
                        {"When can the dot score not be used?",
                         "When query and key differ in width, and it has nothing to learn: "
                         "encoder and decoder must learn to meet in one space."}},
          .run = lab_scores::run};
}

}  // namespace gradus::tools
