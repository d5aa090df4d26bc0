// SPDX-License-Identifier: MIT
// translate-greedy and translate-beam5: sentences a second of `gradus translate`, from tokens to
// tokens, with a transformer of the size of the preset multi30k: 3 + 3 layers, width 256, one table
// of 5,000 words. Its weights are random, so its answers would never end: each ends after 12 words.
#include "models/seq2seq_transformer.h"
#include "models/tasks/translation_task.h"
#include "tools/bench/bench.h"
#include "tools/bench/made_up.h"

namespace gradus::tools {
namespace {

constexpr int64_t sentences = 128, answer = 12;

// The model, with an end token that is certain after `answer` words and impossible before.
class EndsInTime : public Seq2SeqModel {
 public:
  explicit EndsInTime(const Seq2SeqOptions& o) : model_(o) {}
  Tensor operator()(const Seq2SeqBatch& batch) const override { return model_(batch); }
  std::unique_ptr<Decoder> decoder(const TokenBatch& source) const override {
    return std::make_unique<Decoding>(model_.decoder(source), special().end);
  }
  int64_t target_vocab() const override { return model_.target_vocab(); }
  SpecialTokens special() const override { return model_.special(); }
  void visit(Visitor& v) override { v("model", model_); }

 private:
  class Decoding : public Decoder {
   public:
    Decoding(std::unique_ptr<Decoder> decoder, int64_t end)
        : decoder_(std::move(decoder)), end_(end) {}
    Tensor next(const Tensor& tokens) override {
      Tensor logits = decoder_->next(tokens);
      const float value = ++words_ > answer ? 1e4f : -1e4f;
      float* data = logits.mutable_data<float>();
      for (int64_t row = 0; row < logits.size(0); ++row) data[row * logits.size(1) + end_] = value;
      return logits;
    }
    void reorder(const std::vector<int64_t>& rows) override { decoder_->reorder(rows); }
    int64_t bytes() const override { return decoder_->bytes(); }

   private:
    std::unique_ptr<Decoder> decoder_;
    int64_t end_, words_ = 0;
  };
  Seq2SeqTransformer model_;
};

// Multiplications and additions of the matrix products of linear layers, in 1e9: of a source of n
// tokens, and of an answer.
double gflop(const Seq2SeqOptions& o, double n, double hypotheses) {
  const auto C = static_cast<double>(o.d_model), F = static_cast<double>(o.dim_feedforward);
  const double layers = static_cast<double>(o.layers), steps = (answer + 1) * hypotheses;
  const double reading = layers * n * C * (4 * C + 2 * F + 2 * C);  // with keys and values
  const double words = C * static_cast<double>(o.target_vocab);
  return 2 * (reading + steps * (layers * C * (6 * C + 2 * F) + words)) / 1e9;
}

Json run(const char* name, int64_t beam, const BenchSettings& settings) {
  manual_seed(0);
  const Seq2SeqOptions size{.source_vocab = 5000,
                            .target_vocab = 5000,
                            .d_model = 256,
                            .nhead = 8,
                            .layers = 3,
                            .dim_feedforward = 512,
                            .dropout = 0,
                            .tied = TiedEmbeddings::all};
  EndsInTime model(size);
  model.eval();
  std::vector<Tokens> sources = made_up_sentences(sentences, 3, size.source_vocab);
  StepFacts facts{.parameters = model.count(), .warmup = 1, .steps = beam > 1 ? 3 : 5};
  for (Tokens& source : sources) {
    source.push_back(SpecialTokens{}.end);
    facts.tokens += static_cast<double>(source.size());
    facts.gflop += gflop(size, static_cast<double>(source.size()), static_cast<double>(beam));
  }
  return time_sentences(name, settings, facts, sentences,
                        [&] { translate(model, sources, {.beam = beam}); });
}

}  // namespace

const Workload bench_greedy{"translate-greedy", "translating sentences",
                            [](const BenchSettings& s) { return run("translate-greedy", 1, s); }};
const Workload bench_beam{"translate-beam5", "the same with a beam of 5",
                          [](const BenchSettings& s) { return run("translate-beam5", 5, s); }};

}  // namespace gradus::tools
