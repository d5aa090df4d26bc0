// SPDX-License-Identifier: MIT
// A small BERT fills gaps in a text.
#include <cmath>

#include "gradus/autograd/node.h"
#include "models/bert_words.h"
#include "models/tasks/mlm_task.h"
#include "tools/lab/fit.h"
#include "tools/lab/language/toy_text.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_masked {

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  Generator gen(e.seed());
  const std::vector<std::string> texts = {toy_text(400, e.broken(), gen)};
  const LanguageData data =
      LanguageData::from_texts(texts, {.held_out = 0.15, .by_lines = true, .seed = e.seed()},
                               {.kind = "word", .size = 60, .specials = bert_specials("word")});
  BertForMaskedLM model({.vocab = data.tokenizer->size(),
                         .block = 24,
                         .d_model = 32,
                         .nhead = 4,
                         .layers = 2,
                         .dim_feedforward = 64,
                         .dropout = 0},
                        gen);
  MaskedTask task(data, std::move(model), {}, 32, e.seed());
  fit(task, {.steps = e.reduced() ? 300 : 600, .lr = 1e-2});
  const NoGrad no_grad;
  Json figures = task.evaluate(), simple = task.unigram();
  const double right = figures["masked_accuracy"].number();
  const double frequent = simple["unigram_accuracy"].number();
  Table table{
      .columns = {{"predictor"}, {"right", 3}, {"nats per gap", 3}},
      .rows = {{std::string("always the most frequent word"), frequent,
                simple["unigram_loss"].number()},
               {std::string("BERT, reading both sides"), right, figures["valid_loss"].number()}},
      .title = "Masked words of held-out stories"};
  e.table(table);
  for (const std::string& line : task.samples()) e.note(line);
  e.above(54, "share of masked words that are right", right, frequent + 0.2);
  e.below(54, "loss / loss of the word frequencies",
          figures["valid_loss"].number() / simple["unigram_loss"].number(), 0.7);
}

}  // namespace lab_masked

LabPage masked_page() {
  return {.name = "masked",
          .chapter = "language",
          .title = "BERT fills gaps",
          .items = {54},
          .claim =
              "Hide 15 % of the words and predict them from both sides: the model learns the "
              "grammar and that names recur, far above guessing the most frequent word. "
              "In the samples [x] is right, and [x|y] is x where y was hidden.",
          .formula =
              "loss = mean over masked places of −log p(word | all other words)\n"
              "a chosen word becomes [MASK] (80 %), a random word (10 %) or stays (10 %)",
          .breaks = "the words are shuffled, so context carries no information",
          .read = {{"models/tasks/mlm_task.h", "mask_tokens"}, {"models/bert.h", "struct Bert "}},
          .next = "train mlm --help",
          .questions = {{"Why do 10 % of the chosen words stay as they are?",
                         "In use there is no [MASK]: the model must also give a good vector to a "
                         "place whose word it can see."},
                        {"Why can this model not write a text?",
                         "It needs the words on both sides. Writing needs p(next | all before), "
                         "which is what the page next-token trains."}},
          .reduced = "300 steps instead of 600",
          .run = lab_masked::run};
}

}  // namespace gradus::tools
