// SPDX-License-Identifier: MIT
// The leak check: sound models pass, seeded leaks are found, with the op where they enter.
#include "gradus/train/leak.h"

#include "gradus/nn/attention.h"
#include "gradus/nn/basic.h"
#include "gradus/nn/recurrent.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "models/bert.h"
#include "models/explain/leak_probes.h"
#include "models/gpt.h"
#include "models/seq2seq_recurrent.h"
#include "models/seq2seq_transformer.h"
#include "models/sequence_classifier.h"
#include "models/series_forecaster.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace train_leak_test {

constexpr int64_t B = 3, T = 7, V = 11;

// A small language model whose mixing of steps is given: [B, T, 16] -> the same.
struct Toy : Module {
  using Mix = std::function<Tensor(const Toy&, const Tensor&)>;
  Embedding table{{V, 16}};
  Linear q{{16, 16}}, head{{16, V}};
  LSTM lstm;
  Mix mix;
  explicit Toy(Mix m, bool bidirectional = false)
      : lstm({.input_size = 16,
              .hidden_size = 8,
              .batch_first = true,
              .bidirectional = bidirectional}),
        mix(std::move(m)) {
    eval();
  }
  void visit(Visitor& v) override {
    v("table", table);
    v("q", q);
    v("lstm", lstm);
    v("head", head);
  }
  Tensor operator()(const Tensor& ids) const { return head(mix(*this, table(ids))); }
};

LeakProbe later_tokens(Toy& m) {
  m.set_names();
  Generator gen(1);
  return {.what = "later tokens",
          .input = randint(0, V, {B, T}, gen),
          .run = [&m](const Tensor& ids) { return m(ids); },
          .stepwise = true,
          .hidden = [](int64_t, int64_t o, int64_t t) { return t > o; },
          .change =
              [](Tensor& ids, int64_t b, int64_t t) {
                int64_t& id = ids.mutable_data<int64_t>()[b * T + t];
                id = (id + 1) % V;
              }};
}

// A classifier of padded sequences, by a mean over steps.
LeakProbe padding(Toy& m, std::function<Tensor(const Tensor& y)> pool) {
  LeakProbe p = later_tokens(m);
  p.what = "padding";
  p.stepwise = false;
  p.run = [&m, pool](const Tensor& ids) { return pool(m(ids)); };
  p.hidden = [](int64_t b, int64_t, int64_t t) { return t >= 6 - 2 * b; };
  return p;
}

Toy::Mix attention(const Mask& mask) {
  return [mask](const Toy& m, const Tensor& x) {
    return scaled_dot_product_attention(m.q(x), x, x, {.mask = mask});
  };
}

void check_sound(Module&& model, size_t probes) {
  model.eval();
  const std::vector<LeakProbe> all = leak_probes(model);
  CHECK(all.size() == probes);
  for (const LeakProbe& p : all) {
    const LeakFinding f = leak_check(p);
    INFO(p.what << ": " << f.first << " at " << f.place);
    CHECK(!f.leaks());
    CHECK(f.pairs > 40);
    CHECK(f.by_gradient == (p.what != "times of the padding"));
  }
}

TEST_CASE("leak check: sound models: gpt", "[leak]") {
  manual_seed(1);
  for (const GptPosition position :
       {GptPosition::learned, GptPosition::sinusoidal, GptPosition::rope, GptPosition::alibi})
    check_sound(Gpt({.vocab = 13,
                     .block = 9,
                     .d_model = 16,
                     .nhead = 2,
                     .layers = 2,
                     .position = position}),
                1);
  check_sound(Gpt({.vocab = 13,
                   .block = 9,
                   .d_model = 16,
                   .nhead = 2,
                   .layers = 2,
                   .linear = FeatureMap::elu}),
              1);
  check_sound(Gpt({.vocab = 13, .block = 9, .d_model = 16, .nhead = 2, .layers = 2, .window = 3}),
              1);
  check_sound(
      Gpt({.vocab = 13, .block = 9, .d_model = 16, .nhead = 2, .layers = 1, .num_experts = 4}), 1);
}

TEST_CASE("leak check: sound models: bert", "[leak]") {
  manual_seed(1);
  const BertOptions o{.vocab = 13, .block = 9, .d_model = 16, .nhead = 2, .layers = 2};
  check_sound(Bert(o), 1);
  check_sound(BertForMaskedLM(o), 1);
  check_sound(TextClassifier({.bert = o, .classes = 2}), 1);
  check_sound(TextClassifier({.bert = o, .classes = 2, .pooling = TextPooling::first}), 1);
}

TEST_CASE("leak check: sound models: classifiers of series", "[leak]") {
  manual_seed(1);
  for (const SeriesModel kind : {SeriesModel::transformer, SeriesModel::gru, SeriesModel::lstm,
                                 SeriesModel::tcn, SeriesModel::mlp})
    for (const Pooling pooling : {Pooling::mean, Pooling::last, Pooling::attention}) {
      const bool causal =
          kind == SeriesModel::gru || kind == SeriesModel::lstm || kind == SeriesModel::tcn;
      check_sound(SequenceClassifier({.encoder = {.features = 4,
                                                  .embedded = {3},
                                                  .model = kind,
                                                  .d_model = 16,
                                                  .nhead = 2,
                                                  .layers = 1},
                                      .classes = 2,
                                      .pooling = pooling}),
                  causal ? 3 : 2);
    }
  check_sound(SequenceClassifier({.encoder = {.features = 4,
                                              .model = SeriesModel::transformer,
                                              .d_model = 16,
                                              .nhead = 2,
                                              .layers = 1,
                                              .causal = true},
                                  .classes = 2}),
              3);
  check_sound(SequenceClassifier({.encoder = {.features = 4,
                                              .model = SeriesModel::gru,
                                              .d_model = 16,
                                              .bidirectional = true},
                                  .classes = 2,
                                  .summary = true}),
              2);
}

TEST_CASE("leak check: sound models: forecasters", "[leak]") {
  manual_seed(1);
  check_sound(
      SeriesForecaster(
          {.encoder = {.features = 4, .d_model = 16, .nhead = 2, .layers = 1, .causal = true},
           .outputs = 2}),
      1);
  check_sound(
      SeriesForecaster(
          {.encoder = {.features = 4, .model = SeriesModel::lstm, .d_model = 16, .layers = 1},
           .outputs = 2}),
      1);
}

TEST_CASE("leak check: sound models: translators", "[leak]") {
  manual_seed(1);
  check_sound(Seq2SeqTransformer({.source_vocab = 12,
                                  .target_vocab = 10,
                                  .d_model = 16,
                                  .nhead = 2,
                                  .layers = 1,
                                  .dim_feedforward = 16}),
              2);
  check_sound(
      RecurrentSeq2Seq({.source_vocab = 12, .target_vocab = 10, .embed_dim = 8, .hidden_size = 8}),
      2);
}

struct Leak {
  const char* name;
  LeakProbe probe;
  const char* place;
};

void check_leak(const Leak& leak) {
  const LeakFinding f = leak_check(leak.probe);
  INFO(leak.name << ": " << f.first << " at " << f.place);
  CHECK(f.leaks());
  CHECK(f.gradients > 0);
  CHECK(f.values > 0);
  CHECK(has(f.place, leak.place));
}

TEST_CASE("leak check: 10 seeded leaks are found with the op where they enter", "[leak]") {
  manual_seed(1);
  const char* attends = "scaled_dot_product_attention";
  Toy none(attention(Mask())), by_one(attention(Mask::causal_offset(1))),
      sound(attention(Mask::causal())), window(attention(Mask::window(2, 1)));
  Toy both([](const Toy& m, const Tensor& x) { return m.lstm(x).output; }, true);
  Toy averaged([](const Toy&, const Tensor& x) { return x + mean(x, {1}, true); });
  Toy over_batch([](const Toy&, const Tensor& x) { return x - mean(x, {0}, true); });
  Toy shifted([](const Toy&, const Tensor& x) {
    return add(x, cat({narrow(x, 1, 1, T - 1), narrow(x, 1, 0, 1)}, 1));
  });
  Toy wrong_axis([](const Toy&, const Tensor& x) { return mul(x, softmax(x, 1)); });
  Toy unmasked_softmax([](const Toy& m, const Tensor& x) {
    const Tensor scores = matmul(m.q(x), transpose(x, 1, 2));
    return matmul(softmax(tril(scores), 2), x);  // 0 instead of -inf
  });
  check_leak({"no mask", later_tokens(none), attends});
  check_leak({"a causal mask wrong by one", later_tokens(by_one), attends});
  check_leak({"a window that looks ahead", later_tokens(window), attends});
  check_leak({"a bidirectional layer in a causal model", later_tokens(both), "lstm in lstm"});
  check_leak({"a mean over all steps", later_tokens(averaged), "mean after table"});
  check_leak({"a mean over the batch", later_tokens(over_batch), "mean after table"});
  check_leak({"targets shifted the wrong way", later_tokens(shifted), "cat"});
  check_leak({"softmax over the steps", later_tokens(wrong_axis), "softmax"});
  check_leak({"a mask of zeros instead of -inf", later_tokens(unmasked_softmax), "matmul"});
  check_leak({"a mean that counts the padding",
              padding(sound, [](const Tensor& y) { return mean(y, {1}); }), "mean"});
  CHECK(!leak_check(later_tokens(sound)).leaks());
}

TEST_CASE("leak check: leaks through argmax have no gradient but change values", "[leak]") {
  Toy hard([](const Toy&, const Tensor& x) {
    const Tensor best = argmax(sum(x, {2}), 1, true);  // the step with the largest sum
    return add(x, unsqueeze(best.to(DType::f32), 2));
  });
  const LeakFinding f = leak_check(later_tokens(hard));
  CHECK(f.by_gradient);
  CHECK(f.gradients == 0);
  CHECK(f.values > 0);
  CHECK(f.leaks());
}

TEST_CASE("leak check: a probe without functions is refused", "[leak]") {
  CHECK(message_of([] {
          leak_check({.what = "padding", .input = ones({2, 2})});
        }) ==
        "leak_check: \"padding\" needs an input [B, T, ...] and the functions run, "
        "hidden and change");
}

}  // namespace train_leak_test
