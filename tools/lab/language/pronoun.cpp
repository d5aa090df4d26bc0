// SPDX-License-Identifier: MIT
// "It" finds its noun: which one depends on the word that follows.
#include <algorithm>
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tools/lab/fit.h"
#include "tools/lab/pages.h"
#include "tools/lab/small_encoder.h"

namespace gradus::tools {
namespace lab_pronoun {

// 0 to 7 animals, 8 to 15 things, 16 to 19 what animals are, 20 to 23 what things are, then words.
const std::vector<std::string> words = {
    "animal", "cat",    "dog",    "horse", "goat", "duck", "mouse", "sheep",   "street", "river",
    "field",  "bridge", "garden", "road",  "yard", "wall", "tired", "hungry",  "afraid", "ill",
    "wide",   "wet",    "steep",  "icy",   "the",  "and",  "met",   "because", "it",     "was"};
constexpr int64_t the = 24, and_ = 25, met = 26, because = 27, it = 28, was = 29;
constexpr int64_t length = 9, width = 32, place_of_it = 6;

struct Sample {
  Tensor ids, nouns;                // the noun that "it" means
  std::vector<int64_t> antecedent;  // its place
  std::vector<int64_t> other;
};
// "the animal met the street because it was tired": the nouns in either order.
Sample sample(int64_t rows, bool same, Generator& gen) {
  Sample s{zeros({rows, length}, DType::i64), zeros({rows}, DType::i64), {}, {}};
  int64_t* ids = s.ids.mutable_data<int64_t>();
  for (int64_t r = 0; r < rows; ++r, ids += length) {
    const int64_t nouns[2] = {gen.below(8), 8 + gen.below(8)}, order = gen.below(2);
    const int64_t meant = gen.below(2);  // 0: the animal
    const int64_t says = same ? 16 : 16 + 4 * meant + gen.below(4);
    const int64_t sentence[length] = {the,     nouns[order], met, the, nouns[1 - order],
                                      because, it,           was, says};
    std::copy_n(sentence, length, ids);
    s.nouns.mutable_data<int64_t>()[r] = nouns[meant];
    s.antecedent.push_back(meant == order ? 1 : 4);
    s.other.push_back(meant == order ? 4 : 1);
  }
  return s;
}

void draw(Experiment& e, const Tensor& weights, const Tensor& ids) {
  HeatMap map{.title = "layer 2, mean of the heads", .row_axis = "query", .col_axis = "key"};
  for (int64_t id : ids.to_vector<int64_t>()) map.cols.push_back(words[static_cast<size_t>(id)]);
  map.rows = map.cols;
  for (double w : mean(weights, {0}).to(DType::f64).to_vector<double>()) map.values.push_back(w);
  e.chart(map);
}

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  Generator gen(e.seed());
  SmallEncoder model(
      static_cast<int64_t>(words.size()), 16,
      {.layer =
           {.d_model = width, .nhead = 2, .dim_feedforward = 64, .dropout = 0, .norm_first = true},
       .num_layers = 2,
       .norm = true},
      gen);
  const auto at_it = [&](const Tensor& ids) { return select(model(ids), 1, place_of_it); };
  fit(model, {.steps = e.reduced() ? 600 : 800, .lr = 5e-3}, [&](int64_t) {
    const Sample s = sample(64, e.broken(), gen);
    return cross_entropy(at_it(s.ids), s.nouns);
  });
  const NoGrad no_grad;
  const Sample s = sample(500, e.broken(), gen);
  AttentionRecorder seen;
  const double right = sum(argmax(at_it(s.ids), -1) == s.nouns).item() / 500;
  const Tensor& weights = seen.records.back().weights;  // [B, heads, T, S]
  const auto rows = mean(select(weights, 2, place_of_it), {1}).to_vector<float>();
  double on_antecedent = 0, on_other = 0;
  for (size_t i = 0; i < 500; ++i) {
    on_antecedent += rows[i * length + static_cast<size_t>(s.antecedent[i])] / 500;
    on_other += rows[i * length + static_cast<size_t>(s.other[i])] / 500;
  }
  draw(e, weights[0], s.ids[0]);
  Table table{.columns = {{"where \"it\" looks in layer 2"}, {"weight", 4}},
              .rows = {{std::string("the noun it means"), on_antecedent},
                       {std::string("the other noun"), on_other}},
              .title = ""};
  e.table(table);
  e.above(70, "sentences whose noun is named right", right, 0.95);
  e.above(70, "weight on the noun it means", on_antecedent, 0.3);
  e.above(70, "weight on it / on the other noun", on_antecedent / on_other, 10);
}

}  // namespace lab_pronoun

LabPage pronoun_page() {
  return {.name = "pronoun",
          .chapter = "language",
          .title = "\"It\" finds its noun",
          .items = {70},
          .claim =
              "In \"the animal met the street because it was tired\" it means the animal; had "
              "it been wide, the street. A model of two layers that must name the noun "
              "learns to look at it: the first layer brings the adjective to \"it\", the "
              "second looks at the noun that fits.",
          .formula =
              "layer 1: it ← tired        layer 2: it ← animal\n"
              "weight = mean over heads of w[it, noun]",
          .breaks = "every sentence ends with the same adjective",
          .read = {{"include/gradus/nn/attention.h", "class AttentionRecorder"},
                   {"include/gradus/nn/transformer.h", "struct TransformerEncoder "}},
          .next = "lab not-a-cause",
          .questions = {{"Why is one layer not enough to look at the right noun only?",
                         "The query of \"it\" is made from \"it\" alone: in the first layer it "
                         "does not know the adjective, and must treat both nouns alike."},
                        {"Is this picture a proof that the model understands?",
                         "It shows where one layer of this model reads in this task. See the page "
                         "not-a-cause for what attention does not prove."}},
          .reduced = "600 steps instead of 800",
          .run = lab_pronoun::run};
}

}  // namespace gradus::tools
