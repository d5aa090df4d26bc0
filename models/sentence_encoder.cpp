// SPDX-License-Identifier: MIT
// Sorts texts by length, encodes them in batches of about equal token counts, and pools.
#include "models/sentence_encoder.h"

#include <algorithm>
#include <numeric>

#include "gradus/autograd/node.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/train/answers.h"
#include "gradus/train/stop.h"
#include "models/bert_words.h"
#include "models/sequence_classifier.h"
#include "models/text_tokens.h"

namespace gradus {
namespace {

constexpr size_t batch_tokens = 2048;  // larger batches are not faster and take more memory

void check(const Bert& encoder, const Tokenizer& t, const SentenceOptions& o) {
  if (o.max_tokens < 3 || o.max_tokens > encoder.options.block)
    argument_error({"embed_texts: max_tokens is ", o.max_tokens, "; expected 3 to ",
                    encoder.options.block, ", the encoder's positions"});
  if (t.size() != encoder.options.vocab)
    argument_error({"embed_texts: the tokenizer has ", t.size(), " words, the encoder ",
                    encoder.options.vocab});
}

Tensor pooled(const Bert& encoder, const TokenBatch& b, const SentenceOptions& o) {
  const Tensor y = encoder(b.ids, b.lengths);
  const Tensor x = o.pooling == TextPooling::mean ? masked_mean(y, b.lengths) : select(y, 1, 0);
  return o.normalize ? unit_rows(x) : x;
}

// Where each text went in the sorted order.
std::vector<int64_t> inverse(const std::vector<size_t>& order) {
  std::vector<int64_t> places(order.size());
  for (size_t i = 0; i < order.size(); ++i) places[order[i]] = static_cast<int64_t>(i);
  return places;
}

}  // namespace

Tensor unit_rows(const Tensor& x) { return div(x, clamp(sqrt(sum(mul(x, x), {-1}, true)), 1e-12)); }

TextVectors embed_texts(const Bert& encoder, const Tokenizer& tokenizer,
                        std::span<const std::string> texts, const SentenceOptions& o) {
  check(encoder, tokenizer, o);
  const NoGrad no_grad;
  const BertWords words = BertWords::of(tokenizer);
  const auto most = static_cast<size_t>(o.max_tokens - 2);
  std::vector<Tokens> tokens;
  TextVectors result;
  for (const std::string& text : texts) {
    tokens.push_back(encode_text(tokenizer, text));
    if (tokens.back().size() > most) {
      tokens.back().resize(most);
      ++result.cut;
    }
    result.lengths.push_back(static_cast<int64_t>(tokens.back().size()) + 2);
  }
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return tokens[a].size() < tokens[b].size(); });
  std::vector<Tensor> parts{zeros({0, encoder.options.d_model}, encoder.dtype())};
  StoppablePhase phase("texts embedded", std::ssize(order));
  for (size_t from = 0; from < order.size();) {
    phase.at(static_cast<int64_t>(from));
    std::vector<Tokens> rows;
    for (; from < order.size(); ++from) {
      const Tokens& next = tokens[order[from]];
      if (!rows.empty() && (rows.size() + 1) * (next.size() + 2) > batch_tokens) break;
      rows.push_back(next);
    }
    parts.push_back(pooled(encoder, bert_batch(words, rows), o));
    const size_t first = from - rows.size();
    check_answers(parts.back(), [&](int64_t row) {
      return gradus::text({"text ", order[first + static_cast<size_t>(row)] + 1});
    });
  }
  result.vectors = index_select(cat(parts, 0), 0, inverse(order));
  return result;
}

}  // namespace gradus
