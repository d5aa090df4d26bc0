// SPDX-License-Identifier: MIT
// Whole models and their tasks: data, gradients, invariance to padding and masks.
#include <algorithm>
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/base/parallel.h"
#include "gradus/data/toy_series.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "models/seq2seq_transformer.h"
#include "models/tasks/classify_task.h"
#include "models/tasks/sequence_task.h"
#include "models/tasks/series_baseline.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_models_test {

constexpr Seq2SeqOptions tiny{.source_vocab = 7,
                              .target_vocab = 6,
                              .d_model = 8,
                              .nhead = 2,
                              .layers = 2,
                              .dim_feedforward = 12,
                              .dropout = 0,
                              .activation = Activation::gelu,
                              .max_len = 20};
constexpr SequenceClassifierOptions small{
    .encoder =
        {.features = 3, .d_model = 8, .nhead = 2, .layers = 2, .dim_feedforward = 12, .dropout = 0},
    .classes = 4};

Seq2SeqBatch example() {
  const std::vector<Tokens> sources = {{3, 4, 5, 6}, {5}, {6, 3}},
                            targets = {{3, 4}, {5, 3, 4}, {}};
  return seq2seq_batch(tiny.special, sources, targets);
}

TEST_CASE("encoder-decoder: gradients of the whole model", "[models][gradcheck]") {
  Seq2SeqTransformer model(tiny);
  const Seq2SeqBatch batch = example();
  const CheckedFunction loss = [&](Inputs) { return Tensors{model.loss(batch)}; };
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const DirectionalCheck r = directional_gradcheck(model, loss, {}, seed);
    INFO("seed " << seed << ": " << r.analytic << " and " << r.numeric);
    CHECK(r.verdict == Verdict::pass);
  }
}

TEST_CASE("encoder-decoder: padding and the future change nothing", "[models]") {
  Seq2SeqTransformer model(tiny);
  model.to(DType::f64);
  const Seq2SeqBatch batch = example();
  const Tensor logits = model(batch);
  CHECK(logits.shape() == Shape{3, 4, 6});
  // Each sequence alone, without any padding.
  const std::vector<Tokens> sources = {{3, 4, 5, 6}, {5}, {6, 3}},
                            targets = {{3, 4}, {5, 3, 4}, {}};
  for (size_t b = 0; b < 3; ++b) {
    const Seq2SeqBatch alone = seq2seq_batch(tiny.special, {&sources[b], 1}, {&targets[b], 1});
    const auto steps = static_cast<int64_t>(targets[b].size()) + 1;
    CHECK(worst_gap(select(model(alone), 0, 0),
                    narrow(select(logits, 0, static_cast<int64_t>(b)), 0, 0, steps)) < 1e-12);
  }
  Seq2SeqBatch changed = batch;  // another last input token
  changed.input.ids = batch.input.ids.clone_data();
  changed.input.ids.mutable_data<int64_t>()[1 * 4 + 3] = 2;
  const Tensor later = model(changed);
  CHECK(worst_gap(narrow(logits, 1, 0, 3), narrow(later, 1, 0, 3)) == 0);
  CHECK(worst_gap(select(logits, 1, 3), select(later, 1, 3)) > 1e-3);
}

TEST_CASE("greedy decoding agrees with teacher forcing on its own output", "[models]") {
  Seq2SeqTransformer model(tiny);
  model.eval();
  const Seq2SeqBatch batch = example();
  const std::vector<Tokens> output = model.greedy(batch.source, 6);
  REQUIRE(output.size() == 3);
  const std::vector<Tokens> sources = {{3, 4, 5, 6}, {5}, {6, 3}};
  for (size_t b = 0; b < 3; ++b) {
    const Seq2SeqBatch forced = seq2seq_batch(tiny.special, {&sources[b], 1}, {&output[b], 1});
    const std::vector<double> logits = model(forced).to_vector<double>();
    for (size_t t = 0; t < output[b].size(); ++t) {
      const auto row = logits.begin() + static_cast<std::ptrdiff_t>(t * 6);
      CHECK(std::max_element(row, row + 6) - row == output[b][t]);
    }
    CHECK(output[b].size() <= 6);
  }
}

TEST_CASE("classifier: gradients of the whole model", "[models][gradcheck]") {
  SequenceClassifier model(small);
  Generator gen(2);
  const Tensor values = randn({3, 5, 3}, gen, DType::f64), times = rand({3, 5}, gen, DType::f64);
  const CheckedFunction call = [&](Inputs in) { return Tensors{model(in[0], times, {5, 2, 0})}; };
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const DirectionalCheck r = directional_gradcheck(model, call, {values}, seed);
    INFO("seed " << seed << ": " << r.analytic << " and " << r.numeric);
    CHECK(r.verdict == Verdict::pass);
  }
}

TEST_CASE("classifier: padding changes nothing and has exactly zero gradient", "[models]") {
  SequenceClassifier model(small);
  model.to(DType::f64);
  Generator gen(2);
  Tensor values = randn({2, 4, 3}, gen, DType::f64);
  const Tensor times = rand({2, 4}, gen, DType::f64);
  values.requires_grad_();
  const Tensor logits = model(values, times, {4, 2});
  const Tensor g = grad(logits, values, ones({2, 4}, DType::f64));
  for (double v : narrow(select(g, 0, 1), 0, 2, 2).to_vector<double>()) CHECK(v == 0);
  for (double v : select(g, 0, 0).to_vector<double>()) CHECK(v != 0);
  Tensor longer = randn({2, 9, 3}, gen, DType::f64), later = rand({2, 9}, gen, DType::f64);
  longer.with_layout(longer.layout().sliced(1, 0, 4, 1)).copy_(values.detach());
  later.with_layout(later.layout().sliced(1, 0, 4, 1)).copy_(times);
  CHECK(worst_gap(logits, model(longer, later, {4, 2})) < 1e-12);
  const Tensor mean = masked_mean(values, {4, 0});
  for (double v : select(mean, 0, 1).to_vector<double>()) CHECK(v == 0);
  CHECK(has(message_of([&] { masked_mean(values, {5, 1}); }), "a length is 5"));
  CHECK(has(message_of([&] { model(values, times, {4}); }), "1 lengths"));
}

TEST_CASE("classifier: learns a small set by heart; its bits do not depend on threads",
          "[models]") {
  const SeriesSet set = training_series(CsvTable::parse(
      "id,time,x,y,label\n1,0,0,1,up\n1,1,1,0,up\n1,2,2,1,up\n2,0,2,0,down\n2,1,1,1,down\n"
      "3,0,5,0,up\n3,2,6,0,up\n4,0,6,1,down\n4,1,5,1,down\n4,5,4,0,down\n",
      "made up"));
  const SeriesScale scale = series_scale(set);
  const auto trained = [&](int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    manual_seed(7);
    SequenceClassifier model({.encoder = {.features = scale.width(),
                                          .d_model = 8,
                                          .nhead = 2,
                                          .layers = 1,
                                          .dim_feedforward = 8,
                                          .dropout = 0.1},
                              .classes = 2});
    ClassifyTask task({.training = set}, scale, std::move(model), {.batch_size = 2, .seed = 7});
    AdamW optimizer(task.classifier->named_parameters(), {.lr = 1e-2});
    const TrainResult r =
        Trainer(task, optimizer, {.epochs = 40, .score = task.score(), .quiet = true}).run();
    CHECK(r.steps == 80);
    const ClassifyFigures figures = task.figures(set);
    CHECK(figures.accuracy == 1);
    CHECK(figures.loss < 0.1);
    set_num_threads(before);
    return task.classifier->state_dict();
  };
  const StateDict first = trained(1), second = trained(3);
  for (const auto& [name, x] : first) CHECK(identical(x, second.at(name)));
  CHECK(majority_accuracy(set.class_counts(), set) == 0.5);
}

TEST_CASE("a loss that is not finite stops training before the step", "[train]") {
  struct Broken : Task {
    struct Net : Module {
      Tensor w = full({2}, 1).requires_grad_();
      void visit(Visitor& v) override { v("w", w); }
    } net;
    Module& model() override { return net; }
    int64_t begin_epoch(int64_t) override { return 3; }
    Batch loss(int64_t n) override {
      const Tensor factor = full({2}, n == 1 ? NAN : 1);
      return {.loss = select(net.w * factor, 0, 0), .weight = 1, .tokens = 1};
    }
    Json evaluate() override { return {}; }
  } task;
  Adam optimizer(task.net.named_parameters(), {.lr = 0.5});
  Trainer trainer(task, optimizer, {.epochs = 1, .quiet = true});
  const std::string message = message_of<std::runtime_error>([&] { trainer.run(); });
  CHECK(has(message, "step 2 (epoch 1, batch 2): the loss is nan"));
  CHECK(task.net.w.to_vector<double>()[0] == 0.5);  // one step was taken
}

TEST_CASE("the number of parameters is known before they are created") {
  for (bool norm_first : {true, false}) {
    Seq2SeqOptions a = tiny;
    SequenceClassifierOptions b = small;
    a.norm_first = b.encoder.norm_first = norm_first;
    CHECK(parameter_count<Seq2SeqTransformer>(a) == Seq2SeqTransformer(a).count());
    CHECK(parameter_count<SequenceClassifier>(b) == SequenceClassifier(b).count());
    a.layers = b.encoder.layers = 0;
    CHECK(parameter_count<Seq2SeqTransformer>(a) == Seq2SeqTransformer(a).count());
    CHECK(parameter_count<SequenceClassifier>(b) == SequenceClassifier(b).count());
  }
}

TEST_CASE("logistic regression on summaries finds what a summary shows", "[models]") {
  const SeriesSet train = churn_series({.customers = 400, .noise = 0, .confounded = true}),
                  test =
                      churn_series({.customers = 400, .noise = 0, .confounded = true, .seed = 1});
  const SeriesScale scale = series_scale(train);
  const Tensor summary = series_summary(train, scale);
  CHECK(summary.shape() == Shape{400, 6 * scale.width() + 1});
  const ClassifyFigures f = logistic_regression(train, test, scale);
  CHECK(f.accuracy > 0.9);
  CHECK(*f.auc > 0.95);
  CHECK(f.loss < 0.3);
  CHECK(f.probabilities.size() == 800);
  CHECK(logistic_regression(train, test, scale).loss == f.loss);
}

TEST_CASE("a summary describes each feature including the order of its steps", "[models]") {
  const Tensor values = tensor({1, 10, 3, 20, 2, 60, 9, 9, 5, 7, 9, 9, 9, 9, 9, 9}).to(DType::f64);
  const Tensor s = series_summary(reshape(values, {2, 4, 2}), {3, 1}, {.numbers = 2});
  const std::vector<double> expected{2,
                                     std::sqrt(2.0 / 3),
                                     1,
                                     3,
                                     1,
                                     2,
                                     30,
                                     std::sqrt(1400.0 / 3),
                                     10,
                                     60,
                                     10,
                                     60,
                                     std::log(4.0),
                                     5,
                                     0,
                                     5,
                                     5,
                                     5,
                                     5,
                                     7,
                                     0,
                                     7,
                                     7,
                                     7,
                                     7,
                                     std::log(2.0)};
  REQUIRE(s.shape() == Shape{2, 13});
  const std::vector<double> found = s.to_vector<double>();
  for (size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(found[i] - expected[i]) < 1e-9);
}

TEST_CASE("directly fitted models agree with their baselines", "[models]") {
  const SeriesSet train = churn_series({.customers = 60});
  const SeriesSet test = churn_series({.customers = 40, .seed = 1});
  const SeriesScale scale = series_scale(train);
  for (const SeriesModel kind : {SeriesModel::logistic, SeriesModel::majority}) {
    SequenceClassifier model({.encoder = {.features = scale.width(), .model = kind}, .classes = 2});
    CHECK(parameter_count<SequenceClassifier>(model.options) == model.count());
    fit_model(model, train, scale);
    model.eval();
    const ClassifyFigures own = ClassifyTask({}, scale, std::move(model)).figures(test);
    const ClassifyFigures baseline = kind == SeriesModel::majority
                                         ? majority_figures(train.class_counts(), labels_of(test))
                                         : logistic_regression(train, test, scale);
    CHECK(std::abs(own.loss - baseline.loss) < 1e-5);
    CHECK(own.predicted == baseline.predicted);
  }
  SequenceClassifier network({.encoder = {.features = scale.width(), .d_model = 4, .nhead = 1},
                              .classes = 2,
                              .summary = true});
  CHECK(parameter_count<SequenceClassifier>(network.options) == network.count());
  const LogisticFit half = fit_model(network, train, scale), whole = fit_logistic(train, scale);
  const std::vector<double> a = half.weight.to_vector<double>();
  const std::vector<double> b = whole.weight.to_vector<double>();
  const std::vector<double> c = network.summary->weight.to_vector<double>();
  for (size_t i = 0; i < a.size(); ++i) CHECK(a[i] == b[i] / 2);
  for (size_t i = 0; i < a.size(); ++i) CHECK(std::abs(c[i] - a[i]) < 1e-6);
}

}  // namespace models_models_test
