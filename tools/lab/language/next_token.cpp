// SPDX-License-Identifier: MIT
// A small GPT predicts the next word, and how to choose one from its probabilities.
#include <cmath>
#include <set>

#include "gradus/autograd/node.h"
#include "gradus/ops/view.h"
#include "models/tasks/language_task.h"
#include "tools/lab/fit.h"
#include "tools/lab/language/toy_text.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_next_token {

// The distinct words among 300 draws after `prompt`.
double variety(const std::vector<double>& logits, const SamplingOptions& o, uint64_t seed) {
  Generator gen(seed, 9);
  std::set<int64_t> words;
  for (int i = 0; i < 300; ++i) words.insert(sample_token(logits, o, gen));
  return static_cast<double>(words.size());
}

void sampling(Experiment& e, const Gpt& model, const LanguageData& data) {
  Gpt::Memory memory;
  const Tokens prompt = data.tokenizer->encode("anna lives in");
  const Tensor ids = reshape(tensor(prompt), {1, static_cast<int64_t>(prompt.size())});
  const std::vector<double> logits = model.next(ids, memory).to(DType::f64).to_vector<double>();
  const SamplingOptions greedy{.temperature = 0}, one{.top_k = 1}, three{.top_k = 3},
      most{.top_p = 0.5}, hot{.temperature = 3};
  Table table{.columns = {{"choice"}, {"distinct words", 0}},
              .title = "300 draws after \"anna lives in\""};
  const auto row = [&](const char* name, const SamplingOptions& o) {
    table.rows.push_back({std::string(name), variety(logits, o, e.seed())});
    return table.rows.back()[1].value;
  };
  const double at_0 = row("temperature 0", greedy), at_1 = row("top-k 1", one);
  const double at_3 = row("top-k 3", three);
  const double at_half = row("top-p 0.5", most), plain = row("temperature 1", {});
  row("temperature 3", hot);
  e.table(table);
  e.equal(55, "distinct words at temperature 0, and at top-k 1", at_0 * at_1, 1);
  e.equal(55, "distinct words at top-k 3", at_3, 3);
  e.below(55, "distinct words at top-p 0.5 / at temperature 1", at_half / plain, 1);
}

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  Generator gen(e.seed());
  const std::vector<std::string> texts = {toy_text(500, e.broken(), gen)};
  const LanguageData data =
      LanguageData::from_texts(texts, {.held_out = 0.15}, {.kind = "word", .size = 60});
  Gpt model({.vocab = data.tokenizer->size(), .block = 32, .d_model = 32, .nhead = 4, .layers = 2},
            gen);
  LanguageTask task(data, std::move(model), 16, e.seed());
  fit(task, {.steps = e.reduced() ? 300 : 600, .lr = 1e-2});
  const NoGrad no_grad;
  Json figures = task.evaluate();
  const double loss = figures["valid_loss"].number();
  const double one = unigram_loss(data), two = bigram_loss(data);
  Table table{.columns = {{"predictor"}, {"nats per word", 3}},
              .rows = {{std::string("frequency of the word"), one},
                       {std::string("frequency after the previous word"), two},
                       {std::string("GPT, reading all before"), loss}},
              .title = "Loss on held-out text"};
  e.table(table);
  e.note(task.samples_of(1, e.seed()).at(0));
  sampling(e, *task.gpt, data);
  e.below(55, "loss − loss of the bigram", loss - two, -0.1);
}

}  // namespace lab_next_token

LabPage next_token_page() {
  return {
      .name = "next-token",
      .chapter = "language",
      .title = "GPT predicts the next word",
      .items = {55},
      .claim =
          "A causal model predicts each word from all before it. It beats a table of "
          "word pairs, since the person and the animal of a story recur; "
          "temperature, top-k and top-p choose how freely it writes.",
      .formula =
          "loss = mean of −log p(xₜ | x₁ … xₜ₋₁)\n"
          "next word ~ softmax(logits / T), of the k likeliest, or of the share p",
      .breaks = "the words are shuffled, so context carries no information",
      .read = {{"models/gpt.h", "struct Gpt "}, {"models/tasks/language_task.h", "sample_token"}},
      .next = "train lm --help",
      .questions = {{"What is the lowest possible loss for this text?",
                     "A story of 15 words has four free choices of 1 in 8: 4 ln 8 / 15 = 0.55 "
                     "nats per word. The rest follows from grammar and from repetition."},
                    {"Why can a bigram table not know which animal eats?",
                     "After \"the\" all eight animals are equally frequent in the table. Only the "
                     "sentence before shows that this story's animal is the cat."}},
      .reduced = "300 steps instead of 600",
      .run = lab_next_token::run};
}

}  // namespace gradus::tools
