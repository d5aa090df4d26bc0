// SPDX-License-Identifier: MIT
// The probes of the leak check, by kind of model.
#include "models/explain/leak_probes.h"

#include <algorithm>

#include "gradus/base/random.h"
#include "gradus/tensor/make.h"
#include "models/bert.h"
#include "models/gpt.h"
#include "models/seq2seq_recurrent.h"
#include "models/seq2seq_transformer.h"
#include "models/sequence_classifier.h"
#include "models/series_forecaster.h"

namespace gradus {
namespace {

constexpr int64_t samples = 3;  // three and seven rarely occur as sizes in a model
std::vector<int64_t> lengths_of(int64_t steps) {
  return {steps, std::max<int64_t>(steps / 2, 1), 1};
}

// Writes another id at a position.
auto other_id(int64_t vocabulary) {
  return [vocabulary](Tensor& ids, int64_t b, int64_t t) {
    int64_t& id = ids.mutable_data<int64_t>()[b * ids.size(1) + t];
    id = (id + 1) % vocabulary;
  };
}

auto padding_of(const std::vector<int64_t>& lengths) {
  return [lengths](int64_t b, int64_t, int64_t t) { return t >= lengths[static_cast<size_t>(b)]; };
}
// The same for models with an output at each step; outputs at padding may depend on padding.
auto padding_at_steps(const std::vector<int64_t>& lengths) {
  return [lengths](int64_t b, int64_t o, int64_t t) {
    const int64_t length = lengths[static_cast<size_t>(b)];
    return t >= length && o < length;
  };
}
bool later(int64_t, int64_t o, int64_t t) { return t > o; }

LeakProbe of_gpt(const Gpt& m, Generator& gen) {
  const int64_t steps = std::min<int64_t>(7, m.options.block), vocabulary = m.options.vocab;
  return {.what = "later tokens",
          .input = randint(0, vocabulary, {samples, steps}, gen),
          .run = [&m](const Tensor& ids) { return m(ids); },
          .stepwise = true,
          .hidden = later,
          .change = other_id(vocabulary),
          .tolerance = m.options.num_experts > 0 ? 1e-5 : 0};
}

template <class Model>
LeakProbe of_bert(const Model& m, const BertOptions& o, bool stepwise, Generator& gen) {
  const int64_t steps = std::min<int64_t>(7, o.block);
  const std::vector<int64_t> lengths = lengths_of(steps);
  LeakProbe p{.what = "padding",
              .input = randint(0, o.vocab, {samples, steps}, gen),
              .run = [&m, lengths](const Tensor& ids) { return m(ids, lengths); },
              .stepwise = stepwise,
              .hidden = padding_of(lengths),
              .change = other_id(o.vocab)};
  if (stepwise) p.hidden = padding_at_steps(lengths);
  return p;
}

// ---- series

struct SeriesInput {
  Tensor values, times;
  std::vector<int64_t> lengths;
};

SeriesInput series_input(const SeriesEncoderOptions& o, Generator& gen) {
  const int64_t steps = std::min<int64_t>(7, o.max_len);
  SeriesInput s{.values = randn({samples, steps, o.features}, gen),
                .times = zeros({samples, steps}, DType::f64),
                .lengths = lengths_of(steps)};
  double* time = s.times.mutable_data<double>();
  for (int64_t i = 0; i < samples * steps; ++i) time[i] = static_cast<double>(i % steps);
  const int64_t ids = static_cast<int64_t>(o.embedded.size()), first = o.features - ids;
  for (int64_t k = 0; k < ids; ++k) {
    const Tensor chosen =
        randint(0, o.embedded[static_cast<size_t>(k)] + 1, {samples * steps}, gen);
    for (int64_t i = 0; i < samples * steps; ++i)
      dispatch_float(s.values.dtype(), [&]<class T>() {
        s.values.mutable_data<T>()[i * o.features + first + k] =
            static_cast<T>(chosen.data<int64_t>()[i]);
      });
  }
  return s;
}

// Writes other numbers, and the next category.
auto other_values(const SeriesEncoderOptions& o) {
  const std::vector<int64_t> embedded = o.embedded;
  return [embedded](Tensor& x, int64_t b, int64_t t) {
    const int64_t width = x.dim() > 2 ? x.size(2) : 1;
    const int64_t ids = x.dim() > 2 ? static_cast<int64_t>(embedded.size()) : 0;
    dispatch_float(x.dtype(), [&]<class T>() {
      T* row = x.mutable_data<T>() + (b * x.size(1) + t) * width;
      for (int64_t k = 0; k < width - ids; ++k) row[k] = T(1.5) - 3 * row[k];
      for (int64_t k = width - ids; k < width; ++k) {
        const int64_t n = embedded[static_cast<size_t>(k - width + ids)] + 1;
        row[k] = static_cast<T>((static_cast<int64_t>(row[k]) + 1) % n);
      }
    });
  };
}

// No step sees a later one.
bool is_causal(const SeriesEncoderOptions& o) {
  const bool recurrent =
      o.model == SeriesModel::gru || o.model == SeriesModel::lstm || o.model == SeriesModel::rnn;
  return o.causal || (recurrent && !o.bidirectional) || o.model == SeriesModel::tcn;
}

std::vector<LeakProbe> of_classifier(const SequenceClassifier& m, Generator& gen) {
  const SeriesEncoderOptions& o = m.options.encoder;
  const SeriesInput s = series_input(o, gen);
  std::vector<LeakProbe> probes;
  probes.push_back({.what = "padding",
                    .input = s.values,
                    .run = [&m, s](const Tensor& x) { return m(x, s.times, s.lengths); },
                    .hidden = padding_of(s.lengths),
                    .change = other_values(o)});
  probes.push_back({.what = "times of the padding",
                    .input = s.times,
                    .run = [&m, s](const Tensor& x) { return m(s.values, x, s.lengths); },
                    .hidden = padding_of(s.lengths),
                    .change = other_values(o)});
  if (is_causal(o))
    probes.push_back(
        {.what = "later steps",
         .input = s.values,
         .run = [&m, s](const Tensor& x) { return m.each_step(x, s.times, s.lengths); },
         .stepwise = true,
         .hidden = later,
         .change = other_values(o)});
  return probes;
}

LeakProbe of_forecaster(const SeriesForecaster& m, Generator& gen) {
  const SeriesInput s = series_input(m.options.encoder, gen);
  return {.what = "later steps",
          .input = s.values,
          .run = [&m, s](const Tensor& x) { return m(x, s.times, s.lengths); },
          .stepwise = true,
          .hidden = later,
          .change = other_values(m.options.encoder)};
}

// ---- sequence to sequence

std::vector<LeakProbe> of_seq2seq(const Seq2SeqModel& m, int64_t source_vocab, Generator& gen) {
  constexpr int64_t source_steps = 7, target_steps = 5;
  const std::vector<int64_t> lengths = lengths_of(source_steps);
  Seq2SeqBatch batch;
  batch.source = {randint(0, source_vocab, {samples, source_steps}, gen), lengths};
  batch.input = {randint(0, m.target_vocab(), {samples, target_steps}, gen),
                 std::vector<int64_t>(samples, target_steps)};
  batch.output = batch.input;
  const auto with_ids = [&m, batch](TokenBatch Seq2SeqBatch::*side) {
    return [&m, batch, side](const Tensor& ids) {
      Seq2SeqBatch b = batch;
      (b.*side).ids = ids;
      return m(b);
    };
  };
  std::vector<LeakProbe> probes;
  probes.push_back({.what = "padding of the source",
                    .input = batch.source.ids,
                    .run = with_ids(&Seq2SeqBatch::source),
                    .stepwise = true,
                    .hidden = padding_of(lengths),
                    .change = other_id(source_vocab)});
  probes.push_back({.what = "later tokens of the target",
                    .input = batch.input.ids,
                    .run = with_ids(&Seq2SeqBatch::input),
                    .stepwise = true,
                    .hidden = later,
                    .change = other_id(m.target_vocab())});
  return probes;
}

}  // namespace

std::vector<LeakProbe> leak_probes(Module& model, uint64_t seed) {
  Generator gen(seed);
  model.set_names();  // for the place of a leak
  if (const auto* m = dynamic_cast<const Gpt*>(&model)) return {of_gpt(*m, gen)};
  if (const auto* m = dynamic_cast<const Bert*>(&model))
    return {of_bert(*m, m->options, true, gen)};
  if (const auto* m = dynamic_cast<const BertForMaskedLM*>(&model))
    return {of_bert(*m, m->bert.options, true, gen)};
  if (const auto* m = dynamic_cast<const TextClassifier*>(&model))
    return {of_bert(*m, m->bert.options, false, gen)};
  if (const auto* m = dynamic_cast<const SequenceClassifier*>(&model))
    return of_classifier(*m, gen);
  if (const auto* m = dynamic_cast<const SeriesForecaster*>(&model))
    return {of_forecaster(*m, gen)};
  if (const auto* m = dynamic_cast<const Seq2SeqTransformer*>(&model))
    return of_seq2seq(*m, m->options.source_vocab, gen);
  if (const auto* m = dynamic_cast<const RecurrentSeq2Seq*>(&model))
    return of_seq2seq(*m, m->options.source_vocab, gen);
  return {};
}

}  // namespace gradus
