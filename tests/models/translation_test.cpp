// SPDX-License-Identifier: MIT
// Shared tables, label smoothing, and batches of pairs.
#include "models/tasks/translation_task.h"

#include <cmath>

#include "gradus/data/bpe.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/ops/softmax.h"
#include "models/seq2seq_transformer.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_translation_test {

Seq2SeqOptions options(TiedEmbeddings tied) {
  return {.source_vocab = 11,
          .target_vocab = 11,
          .d_model = 8,
          .nhead = 2,
          .dim_feedforward = 12,
          .dropout = 0,
          .activation = Activation::gelu,
          .tied = tied};
}

Seq2SeqBatch small_batch(const Seq2SeqModel& model) {
  const std::vector<Tokens> sources = {{3, 4, 5, 2}, {8, 2}}, targets = {{9, 3}, {4, 4, 10}};
  return seq2seq_batch(model.special(), sources, targets);
}

TEST_CASE("tied tables: count; names; gradients", "[models]") {
  for (TiedEmbeddings tied : {TiedEmbeddings::none, TiedEmbeddings::target, TiedEmbeddings::all}) {
    Seq2SeqTransformer model(options(tied));
    CHECK(model.count() == parameter_count<Seq2SeqTransformer>(model.options));
    CHECK(model.state_dict().count("generator.weight") == 1);
    model.to(DType::f64);
    const Seq2SeqBatch batch = small_batch(model);
    const CheckedFunction loss = [&](Inputs) { return Tensors{model.loss(batch, 0.1)}; };
    for (uint64_t seed = 0; seed < 5; ++seed) {
      const DirectionalCheck r = directional_gradcheck(model, loss, {}, seed);
      INFO("seed " << seed << ": " << r.analytic << " and " << r.numeric);
      CHECK(r.verdict == Verdict::pass);
    }
    const Seq2SeqTransformer copy = model.clone();
    check_equal(copy(batch), model(batch));
    CHECK(copy.count() == model.count());
  }
  Seq2SeqOptions o = options(TiedEmbeddings::all);
  o.target_vocab = 12;
  CHECK(has(message_of([&] { Seq2SeqTransformer model(o); }), "vocabularies of 11 and 12"));
}

TEST_CASE("label smoothing gives each word its share", "[models]") {
  Seq2SeqTransformer model(options(TiedEmbeddings::none));
  model.to(DType::f64);
  const Seq2SeqBatch batch = small_batch(model);
  const std::vector<double> log_p = log_softmax(model(batch), -1).to_vector<double>();
  const std::vector<int64_t> targets = batch.output.ids.to_vector<int64_t>();
  double sum = 0, count = 0;
  for (size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] == 0) continue;
    sum -= 0.9 * log_p[i * 11 + static_cast<size_t>(targets[i])];
    ++count;
    for (size_t v = 0; v < 11; ++v) sum -= 0.1 / 11 * log_p[i * 11 + v];
  }
  CHECK(std::abs(model.loss(batch, 0.1).item() - sum / count) < 1e-12);
  CHECK(count == 7);
}

TEST_CASE("pairs as ids: an end token after each source; long pairs are left out", "[models]") {
  const TextPairs texts{{"a b", "a a a a a a a a"}, {"안녕", "b"}};
  const auto t = std::make_shared<BpeTokenizer>(BpeTokenizer::train(
      texts.first, {.size = 259, .specials = TranslationTokenizers::specials()}));
  const TranslationPairs p = TranslationPairs::from(texts, {t, t}, 8);
  CHECK(p.size() == 1);
  CHECK(p.left_out == 1);
  CHECK(p.source[0].size() == 4);
  CHECK(p.source[0].back() == SpecialTokens{}.end);
  CHECK(t->decode(p.target[0]) == "안녕");
}

}  // namespace models_translation_test
