// SPDX-License-Identifier: MIT
// BERT: gradients, keys, invariance to padding, masking, and learning.
#include "models/bert.h"

#include <map>

#include "gradus/autograd/node.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "models/tasks/mlm_task.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_bert_test {

BertOptions small() {
  return {.vocab = 9, .block = 10, .d_model = 8, .nhead = 2, .layers = 2, .dropout = 0};
}

Tensor tokens(const Shape& shape, uint64_t seed = 1) {
  Generator gen(seed);
  return randint(0, 9, shape, gen);
}

LanguageData letters(const std::string& text, bool by_lines = false) {
  return LanguageData::from_texts({&text, 1}, {.held_out = 0.2, .by_lines = by_lines},
                                  {.specials = bert_specials("char")});
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST_CASE("BERT: gradients of the whole models and the number of parameters",
          "[models][gradcheck]") {
  manual_seed(0);
  const Tensor ids = tokens({2, 6}), classes = tensor({2, 0}, DType::i64);
  const std::vector<int64_t> lengths = {6, 4};
  const auto check = [&](Module& model, int64_t count, const CheckedFunction& loss) {
    CHECK(count == model.count());
    for (uint64_t seed = 0; seed < 10; ++seed) {
      const DirectionalCheck r = directional_gradcheck(model, loss, {}, seed, 1e-5);
      INFO("seed " << seed << ": " << r.analytic << " and " << r.numeric);
      CHECK(r.verdict == Verdict::pass);
    }
  };
  for (int64_t segments : {0, 2}) {
    BertOptions o = small();
    o.segments = segments;
    BertForMaskedLM masked(o);
    const std::vector<int64_t> places = {1, 4, 8};
    check(masked, parameter_count<BertForMaskedLM>(o), [&](Inputs) -> Tensors {
      return {cross_entropy(masked.at_places(ids, lengths, places), tensor({3, 0, 5}, DType::i64))};
    });
    for (TextPooling pooling : {TextPooling::mean, TextPooling::first}) {
      const TextClassifierOptions c{.bert = o, .classes = 3, .pooling = pooling};
      TextClassifier classifier(c);
      check(classifier, parameter_count<TextClassifier>(c),
            [&](Inputs) -> Tensors { return {cross_entropy(classifier(ids, lengths), classes)}; });
    }
  }
}

TEST_CASE("BERT: each parameter's gradient in f64", "[models][gradcheck]") {
  manual_seed(1);
  BertOptions o = small();
  o.layers = 1;
  o.segments = 2;
  o.pooler = true;
  o.layer_norm_eps = 1e-5;
  Bert model(o);
  const Tensor ids = tokens({2, 4}), segments = tensor({{0, 0, 1, 1}, {0, 1, 1, 1}}, DType::i64);
  const GradcheckReport r = gradcheck(model,
                                      [&](Inputs) -> Tensors {
                                        const Tensor y = model(ids, {4, 3}, segments);
                                        return {y, model.pooled(y)};
                                      },
                                      {});
  INFO(r.str());
  CHECK(r.verdict == Verdict::pass);
}

TEST_CASE("BERT: padding changes nothing and has no gradient; both directions are read",
          "[models]") {
  manual_seed(2);
  TextClassifier model({.bert = small(), .classes = 3});
  model.to(DType::f64);
  const Tensor whole = tensor({{1, 2, 3, 4, 8, 8}, {5, 6, 7, 1, 2, 3}}, DType::i64);
  const Tensor alone = tensor({{1, 2, 3, 4}}, DType::i64);
  const Tensor logits = model(whole, {4, 6});
  CHECK(worst_gap(select(logits, 0, 0), select(model(alone, {4}), 0, 0)) < 1e-12);
  CHECK(worst_gap(narrow(select(model.bert(whole, {4, 6}), 0, 0), 0, 0, 4),
                  select(model.bert(alone), 0, 0)) < 1e-12);
  cross_entropy(logits, tensor({0, 2}, DType::i64)).backward();
  const auto row_of = [&](int64_t id) {
    double most = 0;
    const Tensor row = select(model.bert.word_embeddings.weight.grad(), 0, id);
    for (double g : row.to_vector<double>()) most = std::max(most, std::abs(g));
    return most;
  };
  CHECK(row_of(8) == 0);  // occurs only in the padding
  CHECK(row_of(4) > 0);
  const Tensor other = tensor({{1, 2, 3, 0}}, DType::i64);
  CHECK(worst_gap(select(model.bert(other), 1, 0), select(model.bert(alone), 1, 0)) > 1e-6);
}

TEST_CASE("BERT: names of the weights; single positions; mismatches", "[models]") {
  manual_seed(3);
  BertOptions o = small();
  o.layers = 1;
  o.segments = 2;
  BertForMaskedLM model(o);
  CHECK(
      keys(model) ==
      "bert.embeddings.word_embeddings.weight bert.embeddings.position_embeddings.weight "
      "bert.embeddings.token_type_embeddings.weight bert.embeddings.LayerNorm.weight "
      "bert.embeddings.LayerNorm.bias bert.encoder.layer.0.self_attn.in_proj_weight "
      "bert.encoder.layer.0.self_attn.in_proj_bias bert.encoder.layer.0.self_attn.out_proj.weight "
      "bert.encoder.layer.0.self_attn.out_proj.bias bert.encoder.layer.0.linear1.weight "
      "bert.encoder.layer.0.linear1.bias bert.encoder.layer.0.linear2.weight "
      "bert.encoder.layer.0.linear2.bias bert.encoder.layer.0.norm1.weight "
      "bert.encoder.layer.0.norm1.bias bert.encoder.layer.0.norm2.weight "
      "bert.encoder.layer.0.norm2.bias cls.predictions.bias "
      "cls.predictions.transform.dense.weight cls.predictions.transform.dense.bias "
      "cls.predictions.transform.LayerNorm.weight cls.predictions.transform.LayerNorm.bias ");
  const Tensor ids = tokens({2, 5});
  const Tensor all = flatten(model(ids), 0, 1), some = model.at_places(ids, {}, {3, 7});
  CHECK(worst_gap(select(all, 0, 7), select(some, 0, 1)) < 1e-6);
  CHECK(has(message_of([&] { model(tokens({1, 11})); }), "11 tokens; expected at most block = 10"));
  CHECK(has(message_of([&] { model.bert.pooled(model.bert(ids)); }), "needs a pooler"));
  CHECK(has(message_of([&] { (Bert{small()})(ids, {}, ids); }), "the model has no segments"));
  const BertForMaskedLM copy = model.clone();
  CHECK(worst_gap(copy(ids), model(ids)) == 0);
}

TEST_CASE("MLM: 15 % are selected; of these 80 % masked and 10 % replaced and 10 % unchanged",
          "[models]") {
  const LanguageData data = letters(repeated("the quick brown fox\n", 900));
  const BertWords words = BertWords::of(*data.tokenizer);
  std::vector<Tokens> rows;
  for (int i = 0; i < 60; ++i)
    rows.emplace_back(data.train.begin() + i * 200, data.train.begin() + i * 200 + 200);
  rows.push_back({data.tokenizer->id("q")});
  Generator gen(5);
  const MaskedBatch b = mask_tokens(*data.tokenizer, rows, {}, gen);
  const std::vector<int64_t> ids = b.tokens.ids.to_vector<int64_t>(),
                             truth = b.targets.to_vector<int64_t>();
  REQUIRE(truth.size() == b.places.size());
  std::map<char, double> how;
  for (size_t i = 0; i < truth.size(); ++i) {
    const auto at = static_cast<size_t>(b.places[i]);
    const size_t row = at / 202, column = at % 202;
    REQUIRE((column >= 1 && column <= rows[row].size()));
    CHECK(truth[i] == rows[row][column - 1]);
    ++how[ids[at] == words.mask ? 'm' : ids[at] == truth[i] ? 's' : 'r'];
    if (ids[at] != words.mask) CHECK(!data.tokenizer->is_special(ids[at]));
  }
  const auto n = static_cast<double>(truth.size());
  CHECK(std::abs(n / 12000 - 0.15) < 0.01);
  CHECK(std::abs(how['m'] / n - 0.8) < 0.03);
  CHECK(std::abs(how['s'] / n - 0.1) < 0.03);
  CHECK(b.places.back() / 202 == 60);  // even one token alone is hidden
  CHECK(ids[60 * 202] == words.cls);
  CHECK(ids[60 * 202 + 2] == words.sep);
  CHECK(ids[60 * 202 + 3] == words.pad);
  const auto plain = learn_tokenizer(std::vector<std::string>{"ab"}, {});
  CHECK(has(message_of([&] { BertWords::of(*plain); }), "no special token [PAD]"));
}

TEST_CASE("MLM: a pattern is learned far better than by the most frequent letter", "[models]") {
  for (bool by_lines : {false, true}) {
    const LanguageData data = letters(repeated("abcdef\n", 160), by_lines);
    manual_seed(4);
    MaskedTask task(data,
                    BertForMaskedLM({.vocab = data.tokenizer->size(),
                                     .block = 16,
                                     .d_model = 16,
                                     .nhead = 2,
                                     .layers = 1,
                                     .dropout = 0}),
                    {}, 16, 0);
    BertForMaskedLM& model = *task.bert;
    AdamW optimizer(model.named_parameters(), {.lr = 1e-2});
    Trainer(task, optimizer, {.epochs = by_lines ? 40 : 120, .quiet = true}).run();
    const NoGrad no_grad;
    model.eval();
    const Json f = task.evaluate(), level = task.unigram();
    INFO(write_json(f) << write_json(level));
    CHECK(f.at("masked_accuracy").number() > (by_lines ? 0.9 : 0.5));
    CHECK(level.at("unigram_accuracy").number() < 0.3);
    CHECK(level.at("unigram_loss").number() > f.at("valid_loss").number() + 0.5);
    CHECK(write_json(task.evaluate()) == write_json(f));  // the masks are always the same
    CHECK(task.samples().size() == 3);
  }
}

}  // namespace models_bert_test
