// SPDX-License-Identifier: MIT
// The first signal ends any work: every long loop polls for it.
#include "gradus/train/stop.h"

#include <csignal>

#include "gradus/data/toy_series.h"
#include "gradus/optim/adam.h"
#include "models/beam.h"
#include "models/explain/series_meaning.h"
#include "models/sentence_encoder.h"
#include "models/seq2seq_transformer.h"
#include "models/tasks/classify_task.h"
#include "models/tasks/forecast_task.h"
#include "models/tasks/language_task.h"
#include "models/tasks/mlm_task.h"
#include "models/tasks/sequence_task.h"
#include "models/tasks/series_baseline.h"
#include "models/tasks/text_task.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace train_stop_test {

// Whether f() throws Stopped, with the number of the signal that came before.
void stops(const char* what, const std::function<void()>& f) {
  INFO(what);
  CHECK_NOTHROW(f());
  const StopSignals signals;
  std::raise(SIGTERM);
  int stopped = 0;
  try {
    f();
  } catch (const Stopped& s) {
    stopped = s.signal();
  }
  CHECK(stopped == SIGTERM);
}

TEST_CASE("StopSignals: a nested one keeps the signal that the outer one received", "[stop]") {
  CHECK(StopSignals::received() == 0);
  CHECK_NOTHROW(StopSignals::poll());
  {
    const StopSignals outer;
    { const StopSignals inner; }
    std::raise(SIGINT);
    const StopSignals inner;
    CHECK(StopSignals::received() == SIGINT);
    try {
      StopSignals::poll();
      FAIL("nothing was thrown");
    } catch (const Stopped& s) {
      CHECK(s.signal() == SIGINT);
      CHECK(std::string(s.what()) == "stopped by SIGINT");
    }
  }
  CHECK(StopSignals::received() == 0);
}

TEST_CASE("a loop over batches visits each sample once; a signal ends it", "[stop]") {
  Batch seen;
  for_each_batch("samples", 10, 4, [&](const Batch& members) {
    CHECK(members.size() <= 4);
    seen.insert(seen.end(), members.begin(), members.end());
  });
  CHECK(seen == Batch{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  const StopSignals signals;
  int calls = 0;
  const auto interrupted = [&](const Batch&) {
    ++calls;
    std::raise(SIGTERM);
  };
  CHECK_THROWS_AS(for_each_batch("samples", 10, 4, interrupted), Stopped);
  CHECK(calls == 1);
}

TEST_CASE("series: a signal ends evaluation and baselines and explanations", "[stop]") {
  const SeriesSet set = churn_series({.customers = 20, .weeks = 8});
  const SeriesScale scale = series_scale(set);
  SequenceClassifier model(
      {.encoder = {.features = scale.width(), .model = SeriesModel::gru, .d_model = 4, .layers = 1},
       .classes = 2});
  ClassifyTask task({.training = set, .valid = set}, scale, model.clone(), {.every_step = true});
  stops("logits", [&] { task.logits(set); });
  stops("step_logits", [&] { task.step_logits(set); });
  stops("evaluate", [&] { task.evaluate(); });
  stops("logistic_regression", [&] { logistic_regression(set, set, scale); });
  stops("series_summary", [&] { series_summary(set, scale); });
  stops("mean_meaning", [&] { mean_meaning(model, set, scale, 2); });
  SeriesForecaster forecaster(
      {.encoder = {.features = scale.width(), .model = SeriesModel::gru, .d_model = 4, .layers = 1},
       .outputs = static_cast<int64_t>(set.features.size())});
  ForecastTask forecasts({.training = set, .valid = set}, scale, std::move(forecaster));
  stops("forecasts", [&] { forecasts.evaluate(); });
}

TEST_CASE("texts: a signal ends evaluation and embedding and generation", "[stop]") {
  TextSet set;
  for (int i = 0; i < 8; ++i) {
    set.texts.push_back(i % 2 ? "it is good" : "it is bad");
    set.labels.push_back(i % 2);
  }
  const auto words =
      learn_tokenizer(set.texts, {.kind = "word", .specials = bert_specials("word")});
  set.take_tokens(*words, 6);
  TextClassifier model({.bert = {.vocab = words->size(),
                                 .block = 8,
                                 .d_model = 4,
                                 .nhead = 1,
                                 .layers = 1,
                                 .dim_feedforward = 4},
                        .classes = 2});
  TextTask task({.training = set, .valid = set}, words, model.clone());
  stops("text logits", [&] { task.logits(set); });
  stops("bag_of_words", [&] { bag_of_words(set, set, 2); });
  stops("embed_texts", [&] { embed_texts(model.bert, *words, set.texts, {.max_tokens = 8}); });
  Gpt gpt({.vocab = 5, .block = 8, .d_model = 4, .nhead = 1, .layers = 1});
  Generator gen(1);
  stops("generate", [&] { generate(gpt, {1}, 3, {}, gen, [](int64_t) { return true; }); });
}

TEST_CASE("sequences: a signal ends greedy decoding and beam search and evaluation", "[stop]") {
  const SequenceData data({.train_size = 8, .test_size = 4});
  const Seq2SeqOptions options{.source_vocab = data.vocabulary(),
                               .target_vocab = data.vocabulary(),
                               .d_model = 8,
                               .nhead = 1,
                               .max_len = data.options().max_length + 1};
  SequenceTask task(data, std::make_unique<Seq2SeqTransformer>(options), 4);
  const Seq2SeqModel& model = *task.seq2seq;
  const TokenBatch source = pad({&data.held_out()[0].source, 1}, SequenceData::padding);
  const std::vector<int64_t> limits{4};
  stops("greedy", [&] { model.greedy(source, 4); });
  stops("beam_search", [&] { beam_search(model, source, limits, {.beam = 2}); });
  stops("evaluate", [&] { task.evaluate(); });
}

TEST_CASE("a signal during an evaluation ends training before the epoch is complete", "[stop]") {
  const SeriesSet set = churn_series({.customers = 20, .weeks = 8});
  const SeriesScale scale = series_scale(set);
  SequenceClassifier model(
      {.encoder = {.features = scale.width(), .model = SeriesModel::mlp, .d_model = 4},
       .classes = 2});
  struct Interrupted : ClassifyTask {
    using ClassifyTask::ClassifyTask;
    Json evaluate() override {
      std::raise(SIGTERM);
      return ClassifyTask::evaluate();
    }
  } task({.training = set, .valid = set}, scale, std::move(model), {.batch_size = 8});
  AdamW adam(task.classifier->named_parameters(), {.lr = 1e-3});
  const TrainResult r = Trainer(task, adam, {.epochs = 3, .quiet = true}).run();
  CHECK(r.signal == SIGTERM);
  CHECK(r.reason == "stopped by SIGTERM");
  CHECK(r.epochs == 0);
  CHECK(r.steps == 3);
}

}  // namespace train_stop_test
