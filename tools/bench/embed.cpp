// SPDX-License-Identifier: MIT
// embed: sentences a second of `gradus embed`, from texts to vectors, with an encoder of the size
// of all-MiniLM-L6 and random weights: 6 layers, width 384, 12 heads, 30,522 words.
#include "gradus/data/wordpiece.h"
#include "models/sentence_encoder.h"
#include "tools/bench/bench.h"
#include "tools/bench/made_up.h"

namespace gradus::tools {
namespace {

constexpr BertOptions size{.vocab = 30522,
                           .block = 512,
                           .d_model = 384,
                           .nhead = 12,
                           .layers = 6,
                           .dropout = 0,
                           .segments = 2};
constexpr int64_t sentences = 256;

// Each made-up word is one token.
WordPieceTokenizer tokenizer_of_words() {
  std::vector<std::string> words{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  while (std::ssize(words) < size.vocab) words.push_back(made_up_word(std::ssize(words)));
  return WordPieceTokenizer(std::move(words));
}

// Multiplications and additions of all matrix products for a text of `n` tokens, in 1e9.
double gflop(double n) {
  const double C = size.d_model, F = static_cast<double>(size.feed_forward());
  return size.layers * (2 * n * C * (4 * C + 2 * F) + 2 * 2 * n * n * C) / 1e9;
}

Json run(const BenchSettings& settings) {
  manual_seed(0);
  Bert encoder(size);
  encoder.eval();
  const WordPieceTokenizer tokenizer = tokenizer_of_words();
  StepFacts facts{.parameters = encoder.count(), .warmup = 1, .steps = 5};
  std::vector<std::string> texts;
  for (const Tokens& sentence : made_up_sentences(sentences, 5, size.vocab)) {
    std::string& text = texts.emplace_back();
    for (int64_t id : sentence) text += made_up_word(id) + " ";
    const auto n = static_cast<double>(sentence.size() + 2);  // with [CLS] and [SEP]
    facts.tokens += n;
    facts.gflop += gflop(n);
  }
  return time_sentences("embed", settings, facts, sentences,
                        [&] { embed_texts(encoder, tokenizer, texts, {}); });
}

}  // namespace

const Workload bench_embed{"embed", "turning sentences into vectors", run};

}  // namespace gradus::tools
