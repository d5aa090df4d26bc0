// SPDX-License-Identifier: MIT
// Word2vec: skip-gram with negative sampling on a small text.
#include <algorithm>
#include <cmath>

#include "gradus/data/tokenizer.h"
#include "gradus/nn/basic.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tools/lab/fit.h"
#include "tools/lab/language/toy_text.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_word_vectors {

constexpr int64_t width = 16, window = 2, negatives = 5, batch = 128;

struct SkipGram : Module {
  SkipGram(int64_t words, Generator& gen)
      : center({words, width}, gen), context({words, width}, gen) {}
  void visit(Visitor& v) override {
    v("center", center);
    v("context", context);
  }
  Embedding center, context;
};

// Pairs of a word and a neighbour have target 1, pairs with a random word of the text target 0.
Tensor skip_gram_loss(const SkipGram& model, const std::vector<int64_t>& text, Generator& gen) {
  const auto n = static_cast<int64_t>(text.size());
  std::vector<int64_t> centers, others;
  std::vector<double> targets;
  for (int64_t i = 0; i < batch; ++i) {
    const int64_t at = window + gen.below(n - 2 * window);
    const int64_t step = 1 + gen.below(window), near = gen.below(2) ? at + step : at - step;
    for (int64_t k = 0; k <= negatives; ++k) {
      centers.push_back(text[static_cast<size_t>(at)]);
      others.push_back(text[static_cast<size_t>(k == 0 ? near : gen.below(n))]);
      targets.push_back(k == 0);
    }
  }
  const Tensor scores = sum(model.center(tensor(centers)) * model.context(tensor(others)), {1});
  return binary_cross_entropy_with_logits(scores, tensor(targets));
}

// The words of the text by falling cosine to `word`, itself left out.
std::vector<int64_t> nearest(const Tensor& vectors, int64_t word, const std::vector<int64_t>& of) {
  std::vector<std::pair<double, int64_t>> all;
  const auto a = vectors[word].to_vector<float>();
  for (int64_t other : of) {
    const auto b = vectors[other].to_vector<float>();
    double dot = 0, size = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      dot += static_cast<double>(a[i]) * b[i];
      size += static_cast<double>(b[i]) * b[i];
    }
    if (other != word) all.push_back({-dot / std::sqrt(size), other});
  }
  std::sort(all.begin(), all.end());
  std::vector<int64_t> out;
  for (const auto& [cosine, other] : all) out.push_back(other);
  return out;
}

// Words of the four classes, and the class of each.
struct Words {
  std::vector<int64_t> ids;
  std::vector<size_t> kinds;
};

// The share of the three nearest neighbours that are of the same class.
double purity(const Tensor& vectors, const Words& words) {
  double same = 0;
  for (size_t i = 0; i < words.ids.size(); ++i) {
    const std::vector<int64_t> near = nearest(vectors, words.ids[i], words.ids);
    for (size_t k = 0; k < 3; ++k) {
      const auto at = std::find(words.ids.begin(), words.ids.end(), near[k]) - words.ids.begin();
      same += words.kinds[static_cast<size_t>(at)] == words.kinds[i];
    }
  }
  return same / (3 * static_cast<double>(words.ids.size()));
}

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  Generator gen(e.seed());
  const std::string text = toy_text(400, e.broken(), gen);
  const WordTokenizer tokenizer = WordTokenizer::train({&text, 1}, 60, {"<unk>"});
  const std::vector<int64_t> ids = tokenizer.encode(text);
  Words words;
  for (size_t kind = 0; kind < toy_classes().size(); ++kind)
    for (const std::string& word : toy_classes()[kind]) {
      words.ids.push_back(tokenizer.id(word));
      words.kinds.push_back(kind);
    }
  SkipGram model(tokenizer.size(), gen);
  const double before = purity(model.center.weight, words);
  fit(model, {.steps = 3000, .lr = 2e-2, .weight_decay = 0},
      [&](int64_t) { return skip_gram_loss(model, ids, gen); });
  const double after = purity(model.center.weight, words);
  Table table{.columns = {{"word"}, {"nearest"}}, .title = "Neighbours by cosine"};
  for (size_t i = 0; i < words.ids.size(); i += 8) {
    const std::vector<int64_t> near = nearest(model.center.weight, words.ids[i], words.ids);
    std::string list;
    for (size_t k = 0; k < 5; ++k) list += (k ? ", " : "") + tokenizer.word(near[k]);
    table.rows.push_back({tokenizer.word(words.ids[i]), list});
  }
  e.table(table);
  e.below(79, "neighbours of the same class, before training", before, 0.35);
  e.above(79, "neighbours of the same class, after it", after, 0.85);
}

}  // namespace lab_word_vectors

LabPage word_vectors_page() {
  return {.name = "word-vectors",
          .chapter = "language",
          .title = "Word2vec: neighbours share a class",
          .items = {79},
          .claim =
              "Vectors that predict which words occur near each other become similar for words "
              "that are used alike: a city's nearest neighbours are cities, although nobody "
              "told the model what a city is.",
          .formula =
              "loss = −log σ(u·v) − Σ log σ(−u·v′)\n"
              "v: a neighbour of u in the text, v′: five random words",
          .breaks = "the words of the text are shuffled",
          .read = {{"include/gradus/nn/basic.h", "struct Embedding "},
                   {"include/gradus/ops/loss.h", "binary_cross_entropy_with_logits"}},
          .next = "lab masked",
          .questions = {{"Cities are rarely near cities in a text. Why are their vectors alike?",
                         "Both are near the same words, \"in\" and \".\": what must be predicted "
                         "is alike, so the vectors become alike."},
                        {"What do the negative samples prevent?",
                         "Without them the loss is lowest when all scores are large: all vectors "
                         "would point the same way."}},
          .run = lab_word_vectors::run};
}

}  // namespace gradus::tools
