// SPDX-License-Identifier: MIT
// Beam search against every possible answer and against greedy decoding, on transformers, recurrent
// models and models with hand-written probabilities.
#include "models/beam.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "gradus/autograd/node.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/softmax.h"
#include "gradus/optim/adam.h"
#include "models/seq2seq_recurrent.h"
#include "models/seq2seq_transformer.h"
#include "models/tasks/translation_task.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_beam_test {

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

// The model's score of `target` by teacher forcing; the end token counts if there are fewer than
// `limit` tokens.
double score_of(const Seq2SeqModel& model, const Tokens& source, const Tokens& target, size_t limit,
                double penalty) {
  const NoGrad no_grad;
  const Tensor logits = model(seq2seq_batch(model.special(), {&source, 1}, {&target, 1}));
  const std::vector<double> all = log_softmax(logits, -1).to_vector<double>();
  const auto columns = static_cast<size_t>(model.target_vocab());
  double log_p = 0;
  for (size_t t = 0; t < target.size(); ++t)
    log_p += all[t * columns + static_cast<size_t>(target[t])];
  const bool ends = target.size() < limit;
  if (ends) log_p += all[target.size() * columns + 2];
  return log_p / std::pow(static_cast<double>(target.size() + (ends ? 1 : 0)), penalty);
}

// The best of all answers with fewer than `limit` tokens and an end, or `limit` tokens without.
Tokens best_of_all(const Seq2SeqModel& model, const Tokens& source, size_t limit, double penalty) {
  std::vector<Tokens> level = {{}};
  Tokens best;
  double best_score = -INFINITY;
  for (size_t n = 0; n <= limit; ++n) {
    std::vector<Tokens> next;
    for (const Tokens& answer : level) {
      const double score = score_of(model, source, answer, limit, penalty);
      if (score > best_score) {
        best_score = score;
        best = answer;
      }
      for (int64_t token = 3; token < model.target_vocab(); ++token) {
        next.push_back(answer);
        next.back().push_back(token);
      }
    }
    level = std::move(next);
  }
  return best;
}

const std::vector<Tokens> sources = {{3, 4, 5, 2}, {8, 2}, {6, 7, 3, 3, 5, 2}};
const std::vector<double> penalties = {-1, 0, 0.6, 1, 2};

// Multiplies the output layer: a large factor makes a model confident.
void sharpen(const Linear& last, double factor) {
  const NoGrad no_grad;
  Tensor weight = last.weight;
  weight.copy_(mul(weight, factor));
}

// Calls f(model) for untrained models of all kinds, uncertain and confident.
template <class F> void for_models(F f) {
  for (double factor : {1.0, 8.0, 60.0})
    for (uint64_t seed = 0; seed < 4; ++seed) {
      const Seq2SeqTransformer a = transformer(seed);
      sharpen(a.generator, factor);
      f(a);
      const RecurrentSeq2Seq b = recurrent(seed);
      sharpen(b.fc_out, factor);
      f(b);
    }
}

// A model without weights whose logits are a function of the prefix.
using Script = std::function<std::vector<double>(const Tokens& prefix)>;
struct Scripted : Seq2SeqModel {
  explicit Scripted(Script s) : script(std::move(s)) {}
  Script script;

  struct Stepping : Decoder {
    Stepping(const Scripted& m, size_t rows) : model(m), prefix(rows) {}
    const Scripted& model;
    std::vector<Tokens> prefix;
    bool started = false;
    Tensor next(const Tensor& tokens) override {
      const Tokens last = tokens.to_vector<int64_t>();
      std::vector<double> all;
      for (size_t i = 0; i < prefix.size(); ++i) {
        if (started) prefix[i].push_back(last[i]);
        const std::vector<double> row = model.script(prefix[i]);
        all.insert(all.end(), row.begin(), row.end());
      }
      started = true;
      const auto rows = static_cast<int64_t>(prefix.size());
      return tensor(all, {rows, model.target_vocab()}, DType::f64);
    }
    void reorder(const std::vector<int64_t>& rows) override {
      std::vector<Tokens> chosen;
      for (int64_t row : rows) chosen.push_back(prefix[static_cast<size_t>(row)]);
      prefix = std::move(chosen);
    }
    int64_t bytes() const override { return 0; }
  };
  std::unique_ptr<Decoder> decoder(const TokenBatch& source) const override {
    return std::make_unique<Stepping>(*this, source.lengths.size());
  }
  Tensor operator()(const Seq2SeqBatch& batch) const override {
    const std::vector<int64_t> ids = batch.input.ids.to_vector<int64_t>();
    std::vector<double> all;
    for (size_t t = 1; t <= ids.size(); ++t) {
      const std::vector<double> row =
          script(Tokens(ids.begin() + 1, ids.begin() + static_cast<std::ptrdiff_t>(t)));
      all.insert(all.end(), row.begin(), row.end());
    }
    return tensor(all, {1, static_cast<int64_t>(ids.size()), target_vocab()}, DType::f64);
  }
  int64_t target_vocab() const override { return static_cast<int64_t>(script({}).size()); }
  SpecialTokens special() const override { return {}; }
  void visit(Visitor&) override {}
};

// Logits that are a random function of the prefix: each is `spread` times a normal number, or
// log 0 with probability `share`.
Script random_script(uint64_t seed, int64_t size, double spread, double share) {
  return [=](const Tokens& prefix) {
    uint64_t key = seed;
    for (int64_t token : prefix) key = key * 31 + static_cast<uint64_t>(token) + 1;
    Generator gen(key);
    std::vector<double> row(static_cast<size_t>(size));
    const std::vector<double> normal = randn({size}, gen, DType::f64).to_vector<double>();
    const std::vector<double> even = rand({size}, gen, DType::f64).to_vector<double>();
    for (size_t i = 0; i < row.size(); ++i)
      row[i] = i > 3 && even[i] < share ? -INFINITY : spread * normal[i];
    return row;
  };
}

// Whether the result of each beam scores at least as high as greedy decoding.
void check_not_below_greedy(const Seq2SeqModel& model, int64_t limit) {
  const std::vector<int64_t> limits(sources.size(), limit);
  const std::vector<Tokens> greedy = model.greedy(pad(sources, 0), limit);
  for (double penalty : penalties)
    for (int64_t beam : {1, 2, 3, 5, 20}) {
      const std::vector<Tokens> found =
          beam_search(model, pad(sources, 0), limits, {.beam = beam, .length_penalty = penalty});
      for (size_t i = 0; i < sources.size(); ++i) {
        const auto score = [&](const Tokens& answer) {
          return score_of(model, sources[i], answer, static_cast<size_t>(limit), penalty);
        };
        INFO("beam " << beam << ", penalty " << penalty << ", source " << i);
        const double least = score(greedy[i]);
        CHECK(score(found[i]) >= least - 1e-9 * std::abs(least));
        if (beam == 1) CHECK(found[i] == greedy[i]);
      }
    }
}

TEST_CASE("no beam scores below greedy decoding: transformer and recurrent", "[models]") {
  for_models([](const Seq2SeqModel& model) { check_not_below_greedy(model, 9); });
}

TEST_CASE("no beam scores below greedy decoding: random probabilities", "[models]") {
  for (uint64_t seed = 0; seed < 20; ++seed)
    for (double spread : {0.5, 3.0, 20.0})
      check_not_below_greedy(Scripted(random_script(seed, 7, spread, 0.2)), 6);
}

TEST_CASE("a wide beam is exhaustive search: a vocabulary of 4 and length 5", "[models]") {
  for (uint64_t seed = 0; seed < 20; ++seed)
    for (double spread : {1.0, 12.0})
      for (double share : {0.0, 0.3})
        for (double penalty : penalties) {
          // Padding and start are two of the four, then with four besides the three special ones.
          for (int64_t size : {4, 7}) {
            if (size == 7 && seed > 0) continue;
            const Scripted model(random_script(seed, size, spread, share));
            const Tokens source = {3, 2};
            const std::vector<Tokens> found =
                beam_search(model, pad({{source}}, 0), std::vector<int64_t>{5},
                            {.beam = 1024, .length_penalty = penalty});
            CHECK(found[0] == best_of_all(model, source, 5, penalty));
          }
        }
}

TEST_CASE("a wide beam finds the best answer of transformers and recurrent models", "[models]") {
  for (uint64_t seed = 0; seed < 4; ++seed)
    for (double penalty : penalties) {
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

TEST_CASE("neither greedy decoding nor a beam outputs padding or the start token", "[models]") {
  const Scripted model([](const Tokens& prefix) {
    return std::vector<double>{9, 8, prefix.size() < 3 ? 0.0 : 2.0, 1};
  });
  const Tokens expected = {3, 3, 3};
  CHECK(model.greedy(pad({{Tokens{2}}}, 0), 9)[0] == expected);
  for (int64_t beam : {1, 4}) {
    const Tokens answer = beam_search(model, pad({{Tokens{2}}}, 0), std::vector<int64_t>{9},
                                      {.beam = beam, .length_penalty = 2})[0];
    CHECK((beam > 1 || answer == expected));
    CHECK(std::all_of(answer.begin(), answer.end(), [](int64_t id) { return id == 3; }));
  }
}

TEST_CASE("end tokens of tiny probability do not stop a confident model", "[models]") {
  const Tokens right = {4, 3, 5, 4, 6, 3, 3, 5};
  // One token has nearly all of the probability, and the end is the second best.
  const Scripted model([&](const Tokens& prefix) {
    std::vector<double> row = {-40, -40, -12, -14, -14, -14, -14};
    const bool on_track =
        prefix.size() <= right.size() && std::equal(prefix.begin(), prefix.end(), right.begin());
    const bool ends = !on_track || prefix.size() == right.size();
    row[static_cast<size_t>(ends ? 2 : right[prefix.size()])] = 0;
    return row;
  });
  for (double penalty : penalties)
    for (int64_t beam : {1, 2, 3, 5, 10})
      CHECK(beam_search(model, pad({{Tokens{3, 2}}}, 0), std::vector<int64_t>{20},
                        {.beam = beam, .length_penalty = penalty})[0] == right);
}

// The digits of n and n in words, as ids of one vocabulary each.
std::pair<Tokens, Tokens> digits_and_words(int64_t n) {
  std::pair<Tokens, Tokens> p;
  for (int64_t unit : {100, 10, 1}) p.first.push_back(3 + n / unit % 10);
  p.first.push_back(2);
  const int64_t hundreds = n / 100, tens = n / 10 % 10, ones = n % 10;
  if (hundreds > 0) p.second = {2 + hundreds, 30};
  if (tens > 1) p.second.push_back(20 + tens);
  if (tens == 1) p.second.push_back(12 + ones);
  if (tens != 1 && ones > 0) p.second.push_back(2 + ones);
  return p;
}

TEST_CASE("digits to number words: a wider beam gets as many right as greedy decoding",
          "[models]") {
  Generator gen(1);
  Seq2SeqTransformer model({.source_vocab = 13,
                            .target_vocab = 31,
                            .d_model = 32,
                            .nhead = 4,
                            .layers = 1,
                            .dim_feedforward = 64,
                            .dropout = 0},
                           gen);
  Adam adam(model.named_parameters(), {.lr = 5e-3});
  std::vector<Tokens> sources_seen, targets_seen, tried, expected;
  for (int64_t n = 1; n < 1000; ++n) {
    auto [source, target] = digits_and_words(n);
    (n % 10 == 7 ? tried : sources_seen).push_back(source);
    (n % 10 == 7 ? expected : targets_seen).push_back(target);
  }
  for (int step = 0; step < 250; ++step) {
    std::vector<Tokens> from, to;
    for (int i = 0; i < 64; ++i) {
      const auto at = static_cast<size_t>(gen.below(static_cast<int64_t>(sources_seen.size())));
      from.push_back(sources_seen[at]);
      to.push_back(targets_seen[at]);
    }
    model.loss(seq2seq_batch(model.special(), from, to)).backward();
    adam.step();
    adam.zero_grad();
  }
  model.eval();
  const auto right = [&](int64_t beam) {
    const std::vector<Tokens> found = translate(model, tried, {.beam = beam});
    int n = 0;
    for (size_t i = 0; i < tried.size(); ++i) n += found[i] == expected[i];
    return n;
  };
  const int greedy = right(1);
  CHECK(greedy >= 60);
  for (int64_t beam : {2, 5}) CHECK(right(beam) >= greedy);
}

TEST_CASE("an open hypothesis that can still win is finished", "[models]") {
  // Ending at once has P = 0.4; the longer answer has 0.6 * 0.5, and wins only by the penalty.
  const Scripted model([](const Tokens& prefix) {
    const double none = -INFINITY;
    if (prefix.empty()) return std::vector<double>{none, none, std::log(0.4), std::log(0.6)};
    if (prefix.size() < 4) return std::vector<double>{none, none, std::log(0.01), std::log(0.99)};
    return std::vector<double>{none, none, std::log(0.5), std::log(0.5)};
  });
  for (int64_t beam : {2, 5}) {
    const auto answer = [&](double penalty) {
      return beam_search(model, pad({{Tokens{2}}}, 0), std::vector<int64_t>{5},
                         {.beam = beam, .length_penalty = penalty})[0];
    };
    CHECK(answer(0).empty());
    CHECK(answer(-1).empty());
    CHECK(answer(0.5).size() == 4);
    CHECK(answer(1).size() == 4);
    CHECK(answer(700).size() == 4);  // 5^700 is no finite number
  }
}

TEST_CASE("beam search: probabilities of zero", "[models]") {
  const double none = -INFINITY;
  // The end token is impossible before the fourth token.
  const Scripted late([=](const Tokens& prefix) {
    return std::vector<double>{none, none, prefix.size() < 3 ? none : 0.0, 0, -1};
  });
  // Nothing but padding is possible.
  const Scripted never([=](const Tokens&) { return std::vector<double>{0, none, none, none}; });
  for (int64_t beam : {1, 2, 8}) {
    const auto answer = [&](const Scripted& model, int64_t limit) {
      return beam_search(model, pad({{Tokens{2}}}, 0), std::vector<int64_t>{limit},
                         {.beam = beam})[0];
    };
    CHECK(answer(late, 9).size() >= 3);
    CHECK(answer(late, 2).size() == 2);
    CHECK(answer(late, 0).empty());
    CHECK(answer(never, 3).size() <= 3);
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

TEST_CASE("beam search: refusals", "[models]") {
  const Seq2SeqTransformer model = transformer(0);
  const auto refused = [&](int64_t beam, double penalty, size_t limits) {
    return message_of([&] {
      beam_search(model, pad(sources, 0), std::vector<int64_t>(limits, 4), {beam, penalty});
    });
  };
  CHECK(has(refused(0, 1, 3), "beam 0"));
  CHECK(has(refused(2, -INFINITY, 3), "length_penalty -inf"));
  CHECK(has(refused(2, NAN, 3), "length_penalty"));
  CHECK(has(refused(2, 1, 2), "2 limits for 3 sources"));
  CHECK(has(message_of([&] {
              beam_search(model, pad(sources, 0), std::vector<int64_t>{3, -1, 3}, {});
            }),
            "limit -1"));
}

TEST_CASE("decoding refuses NaN", "[models]") {
  const Scripted model([](const Tokens& prefix) {
    return std::vector<double>{0, 0, 0, prefix.size() == 2 ? NAN : 1};
  });
  const Scripted nothing([](const Tokens&) { return std::vector<double>(4, -INFINITY); });
  for (int64_t beam : {1, 3}) {
    const auto refused = [&](const Scripted& m) {
      return message_of(
          [&] { beam_search(m, pad(sources, 0), std::vector<int64_t>(3, 5), {.beam = beam}); });
    };
    CHECK(has(refused(model), "source 0 after 2 tokens are NaN"));
    CHECK(has(refused(nothing), "source 0 after 0 tokens are NaN"));
  }
  CHECK(has(message_of([&] { model.greedy(pad(sources, 0), 5); }), "token 3 is NaN"));
  const Seq2SeqTransformer broken = transformer(0);
  const NoGrad no_grad;
  Tensor weight = broken.generator.weight;
  weight.copy_(mul(weight, NAN));
  CHECK(has(message_of([&] { translate(broken, sources, {.beam = 2}); }), "NaN"));
}

TEST_CASE("beam search bounds the places of its decoder and finds the same answers", "[models]") {
  // Records the largest number of hypotheses of a decoder.
  struct Counted : Scripted {
    using Scripted::Scripted;
    mutable int64_t most = 0, decoders = 0;
    struct Counting : Stepping {
      Counting(const Counted& m, size_t rows) : Stepping(m, rows), all(m) {}
      const Counted& all;
      Tensor next(const Tensor& tokens) override {
        all.most = std::max(all.most, tokens.numel());
        return Stepping::next(tokens);
      }
    };
    std::unique_ptr<Decoder> decoder(const TokenBatch& source) const override {
      ++decoders;
      return std::make_unique<Counting>(*this, source.lengths.size());
    }
  };
  const Counted model(random_script(5, 7, 1.5, 0.2));
  std::vector<Tokens> many;
  std::vector<int64_t> limits;
  for (int64_t i = 0; i < 300; ++i) {
    many.push_back(Tokens(static_cast<size_t>(1 + i % 40), 3));
    limits.push_back(i % 25 == 0 ? 0 : 10 + i % 11);
  }
  for (int64_t beam : {1, 2, 5}) {
    model.most = model.decoders = 0;
    const std::vector<Tokens> found = beam_search(model, pad(many, 0), limits, {.beam = beam});
    const int64_t hypotheses = beam > 1 ? beam + 1 : 1;
    CHECK(model.most / hypotheses * 40 + model.most * 10 <= 16384);
    CHECK(model.decoders > 1);
    for (size_t i = 0; i < many.size(); i += 7)
      CHECK(found[i] ==
            beam_search(model, pad({&many[i], 1}, 0), {&limits[i], 1}, {.beam = beam})[0]);
  }
}

}  // namespace models_beam_test
