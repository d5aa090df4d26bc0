// SPDX-License-Identifier: MIT
// Sequences of unequal lengths: digits to words.
#include <algorithm>

#include "gradus/autograd/node.h"
#include "models/seq2seq_recurrent.h"
#include "tools/lab/fit.h"
#include "tools/lab/pages.h"
#include "tools/lab/seq2seq/numbers.h"

namespace gradus::tools {
namespace lab_number_words {

void run(Experiment& e) {
  const DefaultDType narrow(DType::f32);
  Generator gen(e.seed());
  const std::vector<int64_t> order = shuffled_numbers(gen);
  const std::vector<int64_t> held_out(order.begin(), order.begin() + 200);
  RecurrentSeq2Seq model({.source_vocab = digit_tokens, .target_vocab = word_tokens}, gen);
  fit(model, {.steps = 500, .lr = 5e-3}, [&](int64_t) {
    std::vector<int64_t> numbers;
    for (int i = 0; i < 32; ++i)
      numbers.push_back(order[static_cast<size_t>(200 + gen.below(799))]);
    return model.loss(number_batch(model, numbers));
  });
  const NoGrad no_grad;
  std::vector<Tokens> answers = model.greedy(number_batch(model, held_out).source, 8);
  Table table{.columns = {{"digits"}, {"read", 0}, {"written", 0}, {"words"}},
              .title = "Numbers that were never trained"};
  double exact = 0, unequal = 0;
  for (size_t i = 0; i < held_out.size(); ++i) {
    const int64_t n = held_out[i];
    const size_t read = digits_of(n).size();
    if (e.broken()) answers[i].resize(std::min(answers[i].size(), read - 1));
    exact += answers[i] == words_of(n);
    unequal += answers[i] == words_of(n) && answers[i].size() != read;
    if (i < 8)
      table.rows.push_back({std::to_string(n), static_cast<double>(read),
                            static_cast<double>(answers[i].size()), spoken(answers[i])});
  }
  e.table(table);
  e.above(64, "held-out numbers written exactly", exact / 200, 0.9);
  e.above(64, "of these, with another length than the number", unequal / exact, 0.2);
}

}  // namespace lab_number_words

LabPage number_words_page() {
  return {
      .name = "number-words",
      .chapter = "sequence to sequence",
      .title = "Sources and targets of unequal lengths",
      .items = {64},
      .claim =
          "An encoder-decoder reads as many tokens as there are and writes until its end "
          "token: 20 becomes one word, 305 three and 117 three, 342 four.",
      .formula = "p(y | x) = Πₜ p(yₜ | y₁ … yₜ₋₁, x)      until y = <eos>",
      .breaks = "the answer must have fewer tokens than the source",
      .read = {{"models/seq2seq.h", "greedy"}, {"models/seq2seq_recurrent.h", "RecurrentSeq2Seq"}},
      .next = "lab bottleneck",
      .questions = {{"Why can a network with one output for each input not do this?",
                     "It has three outputs for three digits: there is no place for the fourth "
                     "word of 342, and none that says that 300 has two words."},
                    {"13 is thirteen and 31 is thirty one. What must the encoder keep?",
                     "The order of the digits, and that a 1 in the tens changes the word of "
                     "the digit after it: words are no translation of single digits."}},
      .run = lab_number_words::run};
}

}  // namespace gradus::tools
