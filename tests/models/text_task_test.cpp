// SPDX-License-Identifier: MIT
// Classifiers of texts: data sets, the word-count baseline, and that a model learns.
#include "models/tasks/text_task.h"

#include "gradus/optim/adam.h"
#include "models/tasks/mlm_task.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_text_task_test {

// Every third text has class 1 and a word that shows it.
TextSet some(int count) {
  TextSet set;
  for (int i = 0; i < count; ++i) {
    set.texts.push_back(std::string(i % 2 ? "it is " : "they are ") + (i % 3 ? "bad" : "good"));
    set.labels.push_back(i % 3 == 0);
  }
  return set;
}

TEST_CASE("texts: a fraction is split off and counted and truncated", "[models]") {
  TextSet set = some(30);
  Generator gen(1);
  const TextSet held = set.take_out(0.2, gen);
  CHECK(held.size() == 6);
  CHECK(set.size() == 24);
  CHECK(set.counts(2)[1] + held.counts(2)[1] == 10);
  for (int64_t i = 0; i < set.size(); ++i) {
    const auto at = static_cast<size_t>(i);
    CHECK(has(set.texts[at], "good") == (set.labels[at] == 1));
  }
  const auto words =
      learn_tokenizer(set.texts, {.kind = "word", .specials = bert_specials("word")});
  set.take_tokens(*words, 2);
  CHECK(set.cut == 24);
  CHECK(set.tokens[0].size() == 2);
  CHECK(has(message_of([&] { set.take_out(0.001, gen); }), "leaves nothing"));
}

TEST_CASE("texts: logistic regression classifies by words but not by their order", "[models]") {
  const ClassifyFigures f = bag_of_words(some(60), some(30), 2);
  CHECK(f.accuracy == 1);
  CHECK(*f.auc == 1);
  TextSet order;  // the same words in both
  for (int i = 0; i < 40; ++i) {
    order.texts.push_back(i % 2 ? "red blue" : "blue red");
    order.labels.push_back(i % 2);
  }
  CHECK(bag_of_words(order, order, 2).accuracy == 0.5);
  TextSet unknown;
  unknown.texts = {"never seen"}, unknown.labels = {0};
  CHECK(bag_of_words(some(60), unknown, 2).accuracy == 1);  // by how frequent classes are
}

TEST_CASE("splits: a report is about the test; else the validation data; else the training data",
          "[models]") {
  Splits<TextSet> data{.training = some(9)};
  CHECK(&data.evaluated() == &data.training);
  CHECK(std::string(data.evaluated_name()) == "train");
  CHECK(!data.validated());
  data.valid = some(3);
  CHECK(&data.evaluated() == &data.valid);
  CHECK(std::string(data.evaluated_name()) == "valid");
  data.test = some(12);
  CHECK(&data.evaluated() == &data.test);
  CHECK(std::string(data.evaluated_name()) == "test");
  CHECK((data.validated() && data.tested()));
  CHECK(data.largest() == 12);
}

TEST_CASE("texts: a model learns the order of words", "[models]") {
  TextSet order;
  for (int i = 0; i < 64; ++i) {
    order.texts.push_back(i % 2 ? "red and blue" : "blue and red");
    order.labels.push_back(i % 2);
  }
  const auto words =
      learn_tokenizer(order.texts, {.kind = "word", .specials = bert_specials("word")});
  order.take_tokens(*words, 10);
  manual_seed(0);
  for (TextPooling pooling : {TextPooling::mean, TextPooling::first}) {
    TextClassifier model({.bert = {.vocab = words->size(),
                                   .block = 12,
                                   .d_model = 16,
                                   .nhead = 2,
                                   .layers = 1,
                                   .dropout = 0},
                          .classes = 2,
                          .pooling = pooling});
    TextTask task({.training = order, .valid = order}, words, std::move(model), {.batch_size = 16});
    AdamW optimizer(task.bert->named_parameters(), {.lr = 1e-2});
    Trainer(task, optimizer, {.epochs = 20, .quiet = true}).run();
    CHECK(task.figures(order).accuracy == 1);
    CHECK(task.evaluate().at("valid_accuracy").number() == 1);
  }
}

}  // namespace models_text_task_test
