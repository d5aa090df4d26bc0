// SPDX-License-Identifier: MIT
// What enters a transformer: the embedding times √d_model, plus the position, each once.
#include <cmath>

#include "gradus/ops/elementwise.h"
#include "gradus/ops/view.h"
#include "models/seq2seq_transformer.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_embedding {

constexpr int64_t width = 64;

double root_mean_square(const Tensor& x) {
  return norm_of(x) / std::sqrt(static_cast<double>(x.numel()));
}

void run(Experiment& e) {
  Generator gen(e.seed());
  Seq2SeqTransformer model({.source_vocab = 20, .target_vocab = 20, .d_model = width}, gen);
  model.eval();
  const std::vector<Tokens> sentences = {{3, 7, 7, 12, 5}};
  const TokenBatch source = pad(sentences, 0);
  const double root = std::sqrt(static_cast<double>(width));
  const Tensor words = model.source_embedding(source.ids), place = sinusoidal(5, width);
  const auto encoded = [&](double factor) {
    return model.transformer.encoder(words * factor + place, Mask::padding(source.lengths));
  };
  const Tensor by_model = model.encode(source);
  const double once = largest_difference(by_model, encoded(e.broken() ? 1 : root));
  const double never = largest_difference(by_model, encoded(1));
  const double twice = largest_difference(by_model, encoded(root * root));
  Table table{.columns = {{"factor"},
                          {"size of words", 3},
                          {"size of position", 3},
                          {"distance from the model", 2, true}},
              .title = "Root mean squares of the two parts, and the encoder's output"};
  const double size = root_mean_square(words), code = root_mean_square(place);
  table.rows = {{std::string("1"), size, code, never},
                {std::string("√64 = 8"), size * root, code, once},
                {std::string("8 · 8"), size * root * root, code, twice}};
  e.table(table);
  e.below(69, "model − by hand, factor √d once", once, 1e-12);
  e.above(69, "model − by hand, without the factor", never, 0.1);
  e.above(69, "model − by hand, factor twice", twice, 0.1);
}

}  // namespace lab_embedding

LabPage embedding_page() {
  return {.name = "embedding",
          .chapter = "transformer",
          .title = "Embedding times √d_model, plus position",
          .items = {69},
          .claim =
              "Entries of size 1/√d are scaled by √d once, so that words and positions, "
              "whose sines have size 0.7, are of the same order when they are added.",
          .formula = "x = √d · E[token] + PE[place]        E ~ N(0, 1/d),  |PEᵢ| about √½",
          .breaks = "the factor is left out of the calculation by hand",
          .read = {{"models/seq2seq_transformer.cpp", "Seq2SeqTransformer::embed"}},
          .next = "lab decoder",
          .questions = {{"What would happen without the factor at d = 512?",
                         "Words would have entries of size 0.04 next to positions of 0.7: at first "
                         "the model would see positions rather than words."},
                        {"nn.Embedding starts with deviation 1. What does the factor do then?",
                         "It makes words √d times as large as they are, 8 at d = 64, and drowns "
                         "the positions. Factor and initial values belong together."}},
          .run = lab_embedding::run};
}

}  // namespace gradus::tools
