// SPDX-License-Identifier: MIT
// Beam search against all sayings there are; padding and neighbours change nothing.
#include "models/beam.h"

#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/ops/softmax.h"
#include "models/seq2seq_recurrent.h"
#include "models/seq2seq_transformer.h"
#include "models/translation_task.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace {

constexpr int64_t vocabulary = 6;

Seq2SeqTransformer transformer(uint64_t seed) {
  Generator gen(seed);
  Seq2SeqTransformer model({.source_vocab = 9,
                            .target_vocab = vocabulary,
                            .d_model = 8,
                            .nhead = 2,
                            .dim_feedforward = 12,
                            .max_len = 64},
                           gen);
  model.to(DType::f64);
  model.eval();
  return model;
}

RecurrentSeq2Seq recurrent(uint64_t seed) {
  Generator gen(seed);
  RecurrentSeq2Seq model(
      {.source_vocab = 9, .target_vocab = vocabulary, .embed_dim = 6, .hidden_size = 8}, gen);
  model.to(DType::f64);
  model.eval();
  return model;
}

// log P of saying all of `target`, and then the end if `ends`.
double log_p(const Seq2SeqModel& model, const Tokens& source, const Tokens& target, bool ends) {
  const NoGrad no_grad;
  const Tensor logits = model(seq2seq_batch(model.special(), {&source, 1}, {&target, 1}));
  const std::vector<double> all = log_softmax(logits, -1).to_vector<double>();
  double sum = 0;
  for (size_t t = 0; t < target.size(); ++t)
    sum += all[t * vocabulary + static_cast<size_t>(target[t])];
  return ends ? sum + all[target.size() * vocabulary + 2] : sum;
}

// The best of all sayings with fewer than `limit` tokens and an end, or `limit` tokens without.
Tokens best_of_all(const Seq2SeqModel& model, const Tokens& source, size_t limit, double penalty) {
  std::vector<Tokens> level = {{}};
  Tokens best;
  double best_score = -INFINITY;
  for (size_t n = 0; n <= limit; ++n) {
    std::vector<Tokens> next;
    for (const Tokens& said : level) {
      const bool ends = n < limit;
      const double score = log_p(model, source, said, ends) /
                           std::pow(static_cast<double>(n + (ends ? 1 : 0)), penalty);
      if (score > best_score) best_score = score, best = said;
      for (int64_t token = 3; token < vocabulary; ++token) {
        next.push_back(said);
        next.back().push_back(token);
      }
    }
    level = std::move(next);
  }
  return best;
}

const std::vector<Tokens> sources = {{3, 4, 5, 2}, {8, 2}, {6, 7, 3, 3, 5, 2}};

}  // namespace

TEST_CASE("a beam as wide as all there is finds the best saying", "[models]") {
  for (uint64_t seed = 0; seed < 4; ++seed)
    for (double penalty : {0.0, 0.6, 1.0, 2.0}) {
      const Seq2SeqTransformer a = transformer(seed);
      const RecurrentSeq2Seq b = recurrent(seed);
      for (const Seq2SeqModel* model :
           {static_cast<const Seq2SeqModel*>(&a), static_cast<const Seq2SeqModel*>(&b)}) {
        const std::vector<int64_t> limits = {4, 3, 2};
        const std::vector<Tokens> found =
            beam_search(*model, pad(sources, 0), limits, {.beam = 500, .length_penalty = penalty});
        for (size_t i = 0; i < sources.size(); ++i)
          CHECK(found[i] ==
                best_of_all(*model, sources[i], static_cast<size_t>(limits[i]), penalty));
      }
    }
}

TEST_CASE("a beam of one says what greedy decoding says", "[models]") {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    const Seq2SeqTransformer model = transformer(seed);
    std::vector<Tokens> greedy = model.greedy(pad(sources, 0), 7);
    const bool marks = std::any_of(greedy.begin(), greedy.end(), [](const Tokens& t) {
      return std::any_of(t.begin(), t.end(), [](int64_t id) { return id < 2; });
    });
    if (marks) continue;  // an untrained model may say padding, which a beam never does
    CHECK(beam_search(model, pad(sources, 0), std::vector<int64_t>(3, 7), {}) == greedy);
  }
}

TEST_CASE("neighbours and padding change no translation", "[models]") {
  Generator draw(5);
  std::vector<Tokens> many;
  for (int i = 0; i < 40; ++i) {
    Tokens source;
    for (int64_t n = draw.below(12); n >= 0; --n) source.push_back(3 + draw.below(6));
    source.push_back(2);
    many.push_back(source);
  }
  const Seq2SeqTransformer a = transformer(1);
  const RecurrentSeq2Seq b = recurrent(1);
  for (const Seq2SeqModel* model :
       {static_cast<const Seq2SeqModel*>(&a), static_cast<const Seq2SeqModel*>(&b)})
    for (int64_t beam : {1, 3}) {
      const std::vector<Tokens> together = translate(*model, many, {.beam = beam});
      CHECK(translate(*model, many, {.beam = beam}, 30) == together);
      for (size_t i = 0; i < many.size(); i += 7)
        CHECK(translate(*model, {many[i]}, {.beam = beam})[0] == together[i]);
      CHECK(translate(*model, {}, {.beam = beam}).empty());
    }
}

TEST_CASE("beam search: what is refused", "[models]") {
  const Seq2SeqTransformer model = transformer(0);
  const auto refused = [&](int64_t beam, double penalty, size_t limits) {
    return message_of([&] {
      beam_search(model, pad(sources, 0), std::vector<int64_t>(limits, 4), {beam, penalty});
    });
  };
  CHECK(has(refused(0, 1, 3), "beam 0"));
  CHECK(has(refused(2, -1, 3), "length_penalty -1"));
  CHECK(has(refused(2, NAN, 3), "length_penalty"));
  CHECK(has(refused(2, 1, 2), "2 limits for 3 sources"));
}
