// SPDX-License-Identifier: MIT
// Every kind of model of series: gradients, and invariance to more padding, the order of the batch,
// the future (causal models), and eval mode without dropout.
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/nn/attention.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "models/sequence_classifier.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_series_models_test {

SequenceClassifierOptions base(SeriesModel model) {
  return {.encoder = {.features = 3,
                      .model = model,
                      .d_model = 8,
                      .nhead = 2,
                      .layers = 2,
                      .dim_feedforward = 12,
                      .dropout = 0,
                      .max_len = 20},
          .classes = 4};
}

std::vector<SequenceClassifierOptions> kinds() {
  std::vector<SequenceClassifierOptions> all;
  for (SeriesModel m : {SeriesModel::transformer, SeriesModel::gru, SeriesModel::lstm,
                        SeriesModel::rnn, SeriesModel::tcn, SeriesModel::mlp})
    all.push_back(base(m));
  for (SeriesPosition p : {SeriesPosition::step, SeriesPosition::learned,
                           SeriesPosition::learned_time, SeriesPosition::none}) {
    all.push_back(base(SeriesModel::transformer));
    all.back().encoder.position = p;
  }
  for (Pooling p : {Pooling::last, Pooling::attention}) {
    all.push_back(base(SeriesModel::transformer));
    all.back().pooling = p;
    all.back().encoder.causal = true;
    all.push_back(base(SeriesModel::gru));
    all.back().pooling = p;
  }
  all.push_back(base(SeriesModel::transformer));  // the temporal transformer of the texts
  all.back().pooling = Pooling::last;
  all.back().wide_head = true;
  all.back().encoder.input_norm = true;
  all.back().encoder.norm_first = false;
  all.push_back(base(SeriesModel::lstm));
  all.back().encoder.bidirectional = true;
  for (SeriesModel m : {SeriesModel::logistic, SeriesModel::gru}) {
    all.push_back(base(m));
    all.back().summary = true;
  }
  return all;
}

std::string label(const SequenceClassifierOptions& o) {
  return text({"model ", static_cast<int>(o.encoder.model), ", position ",
               static_cast<int>(o.encoder.position), ", pooling ", static_cast<int>(o.pooling),
               o.encoder.causal ? ", causal" : "", o.wide_head ? ", wide head" : "",
               o.encoder.bidirectional ? ", both ways" : ""});
}

struct Example {
  Generator gen{2};
  Tensor values = randn({3, 5, 3}, gen, DType::f64);
  Tensor times = cumsum(rand({3, 5}, gen, DType::f64), 1);
  std::vector<int64_t> lengths = {5, 2, 3};
};

TEST_CASE("models of series: gradients and the number of parameters", "[models][gradcheck]") {
  Example e;
  for (const SequenceClassifierOptions& o : kinds()) {
    SequenceClassifier model(o);
    INFO(label(o));
    CHECK(parameter_count<SequenceClassifier>(o) == model.count());
    const CheckedFunction call = [&](Inputs in) {
      return Tensors{model(in[0], e.times, {5, 2, 0})};
    };
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const DirectionalCheck r = directional_gradcheck(model, call, {e.values}, seed, 1e-6);
      INFO("seed " << seed << ": " << r.analytic << " and " << r.numeric);
      CHECK(r.verdict == Verdict::pass);
    }
  }
}

TEST_CASE("models of series: padding changes nothing and has exactly zero gradient", "[models]") {
  for (const SequenceClassifierOptions& o : kinds()) {
    Example e;
    SequenceClassifier model(o);
    INFO(label(o));
    model.to(DType::f64);
    e.values.requires_grad_();
    const Tensor logits = model(e.values, e.times, e.lengths);
    const Tensor g = grad(logits, e.values, randn({3, 4}, e.gen, DType::f64));
    for (double v : narrow(select(g, 0, 1), 0, 2, 3).to_vector<double>()) CHECK(v == 0);
    Tensor longer = randn({3, 12, 3}, e.gen, DType::f64), later = rand({3, 12}, e.gen, DType::f64);
    longer.with_layout(longer.layout().sliced(1, 0, 5, 1)).copy_(e.values.detach());
    later.with_layout(later.layout().sliced(1, 0, 5, 1)).copy_(e.times);
    CHECK(worst_gap(logits, model(longer, later, e.lengths)) < 1e-12);
    model.eval();
    CHECK(worst_gap(logits, model(e.values, e.times, e.lengths)) == 0);
  }
}

TEST_CASE("models of series: the order of the batch changes nothing", "[models]") {
  for (const SequenceClassifierOptions& o : kinds()) {
    Example e;
    SequenceClassifier model(o);
    INFO(label(o));
    model.to(DType::f64);
    const Tensor logits = model(e.values, e.times, e.lengths);
    for (int64_t b = 0; b < 3; ++b) {
      const int64_t n = e.lengths[static_cast<size_t>(b)];
      const Tensor alone = model(narrow(narrow(e.values, 0, b, 1), 1, 0, n),
                                 narrow(narrow(e.times, 0, b, 1), 1, 0, n), {n});
      CHECK(worst_gap(select(alone, 0, 0), select(logits, 0, b)) < 1e-12);
    }
  }
}

TEST_CASE("models of series: outputs of causal models depend on no later step", "[models]") {
  for (SequenceClassifierOptions o : kinds()) {
    if (o.encoder.model == SeriesModel::logistic) continue;  // no vectors of steps
    o.encoder.causal = !o.encoder.bidirectional;
    Example e;
    SequenceClassifier model(o);
    INFO(label(o));
    model.to(DType::f64);
    const Tensor all = model.each_step(e.values, e.times, {5, 5, 5});
    CHECK(all.shape() == Shape{3, 5, 4});
    const Tensor early =
        model.each_step(narrow(e.values, 1, 0, 3), narrow(e.times, 1, 0, 3), {3, 3, 3});
    const double gap = worst_gap(narrow(all, 1, 0, 3), early);
    CHECK((gap < 1e-12) == !o.encoder.bidirectional);
  }
}

TEST_CASE("models of series: bad settings and shapes are named", "[models]") {
  SequenceClassifierOptions o = base(SeriesModel::transformer);
  o.encoder.position = SeriesPosition::learned;
  const SequenceClassifier model(o);
  CHECK(has(message_of([&] { model(zeros({1, 21, 3}), zeros({1, 21}), {21}); }), "max_len is 20"));
  CHECK(has(message_of([&] { model(zeros({2, 4, 3}), zeros({2, 4}), {4}); }), "1 lengths"));
  o.encoder.bidirectional = true;
  CHECK(has(message_of([&] { SequenceClassifier{o}; }), "bidirectional"));
  o = base(SeriesModel::tcn);
  o.encoder.layers = 0;
  CHECK(has(message_of([&] { SequenceClassifier{o}; }), "layers is 0"));
  AttentionRecorder seen;
  o = base(SeriesModel::gru);
  o.pooling = Pooling::attention;
  SequenceClassifier{o}(zeros({2, 4, 3}), zeros({2, 4}), {4, 1});
  CHECK(seen.last("pooling").shape() == Shape{2, 1, 1, 4});
}

}  // namespace models_series_models_test
