// SPDX-License-Identifier: MIT
// Batches pairs, trains, and computes figures.
#include "models/tasks/translation_task.h"

#include <algorithm>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/train/stop.h"
#include "gradus/train/text_metrics.h"

namespace gradus {
namespace {

std::vector<int64_t> lengths_of(const std::vector<Tokens>& sequences) {
  std::vector<int64_t> all;
  for (const Tokens& s : sequences) all.push_back(static_cast<int64_t>(s.size()) + 1);
  return all;
}

int64_t tokens_of(const TokenBatch& batch) {
  int64_t n = 0;
  for (int64_t length : batch.lengths) n += length;
  return n;
}

template <class T> std::vector<T> chosen(const std::vector<T>& all, const Batch& numbers) {
  std::vector<T> some;
  for (int64_t n : numbers) some.push_back(all[static_cast<size_t>(n)]);
  return some;
}

}  // namespace

TranslationPairs TranslationPairs::from(const TextPairs& pairs, const TranslationTokenizers& t,
                                        int64_t max_length) {
  TranslationPairs p;
  StoppablePhase phase("pairs cut into tokens", static_cast<int64_t>(pairs.size()));
  for (size_t i = 0; i < pairs.size(); ++i) {
    phase.next();
    Tokens source = t.source->encode(pairs.first[i]), target = t.target->encode(pairs.second[i]);
    if (static_cast<int64_t>(std::max(source.size(), target.size())) > max_length) {
      ++p.left_out;
      continue;
    }
    source.push_back(SpecialTokens{}.end);
    p.source.push_back(std::move(source));
    p.target.push_back(std::move(target));
    p.source_text.push_back(pairs.first[i]);
    p.target_text.push_back(pairs.second[i]);
  }
  return p;
}

std::vector<Batch> TranslationTask::batches_of(const TranslationPairs& pairs, int64_t max_tokens,
                                               Generator& gen) const {
  return by_tokens(lengths_of(pairs.target), lengths_of(pairs.source), max_tokens, gen);
}

int64_t TranslationTask::batches() const {
  Generator gen;
  return static_cast<int64_t>(batches_of(data.training, options.max_tokens, gen).size());
}

int64_t TranslationTask::begin_epoch(int64_t epoch) {
  Generator gen(options.seed, stream::translation_order + static_cast<uint64_t>(epoch));
  batches_ = batches_of(data.training, options.max_tokens, gen);
  return static_cast<int64_t>(batches_.size());
}

Seq2SeqBatch TranslationTask::batch_of(const TranslationPairs& pairs,
                                       const gradus::Batch& numbers) const {
  return seq2seq_batch(translator->special(), chosen(pairs.source, numbers),
                       chosen(pairs.target, numbers));
}

Task::Batch TranslationTask::loss(int64_t number) {
  const Seq2SeqBatch batch = batch_of(data.training, batches_[static_cast<size_t>(number)]);
  const int64_t tokens = tokens_of(batch.output);
  return {translator->loss(batch, options.label_smoothing), static_cast<double>(tokens), tokens};
}

double TranslationTask::loss_on(const TranslationPairs& pairs) const {
  Generator gen(options.seed);
  double sum = 0, count = 0;
  StoppablePhase phase("pairs evaluated", pairs.size());
  for (const gradus::Batch& numbers : batches_of(pairs, 4096, gen)) {
    phase.at(phase.done() + static_cast<int64_t>(numbers.size()));
    const Seq2SeqBatch batch = batch_of(pairs, numbers);
    const auto tokens = static_cast<double>(tokens_of(batch.output));
    sum += translator->loss(batch).item() * tokens;
    count += tokens;
  }
  return sum / std::max(count, 1.0);
}

TranslationScores TranslationTask::scores(const TranslationPairs& pairs,
                                          const BeamOptions& beam) const {
  std::vector<std::string> predicted;
  for (const Tokens& target : translate(*translator, pairs.source, beam))
    predicted.push_back(text(target));
  return {corpus_bleu(predicted, pairs.target_text).score,
          corpus_chrf(predicted, pairs.target_text)};
}

Json TranslationTask::evaluate() {
  Json figures;
  const double bleu = scores(data.valid, {}).bleu;  // first, since it takes most of the time
  figures["valid_loss"] = loss_on(data.valid);
  figures["bleu"] = bleu;
  return figures;
}

std::vector<std::string> TranslationTask::samples() {
  std::vector<std::string> all;
  const auto count = static_cast<size_t>(std::min<int64_t>(3, data.valid.size()));
  const std::vector<Tokens> sources(data.valid.source.begin(),
                                    data.valid.source.begin() + static_cast<std::ptrdiff_t>(count));
  const std::vector<Tokens> predicted = translate(*translator, sources, {});
  for (size_t i = 0; i < count; ++i)
    all.push_back(data.valid.source_text[i] + " -> " + text(predicted[i]));
  return all;
}

std::vector<Tokens> translate(const Seq2SeqModel& model, const std::vector<Tokens>& sources,
                              const BeamOptions& beam, int64_t max_tokens) {
  const NoGrad no_grad;
  std::vector<Tokens> predicted(sources.size());
  const std::vector<int64_t> lengths = lengths_of(sources);
  Generator gen;
  StoppablePhase phase("sentences translated", static_cast<int64_t>(sources.size()));
  for (const Batch& numbers : by_tokens(lengths, lengths, max_tokens, gen)) {
    const std::vector<Tokens> some = chosen(sources, numbers);
    std::vector<int64_t> limits;
    for (const Tokens& source : some)
      limits.push_back(2 * static_cast<int64_t>(source.size()) + 10);
    const TokenBatch batch = pad(some, model.special().padding);
    std::vector<Tokens> found = beam_search(model, batch, limits, beam);
    for (size_t i = 0; i < numbers.size(); ++i)
      predicted[static_cast<size_t>(numbers[i])] = std::move(found[i]);
    phase.at(phase.done() + static_cast<int64_t>(numbers.size()));
  }
  return predicted;
}

}  // namespace gradus
