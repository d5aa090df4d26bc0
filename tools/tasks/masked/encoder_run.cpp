// SPDX-License-Identifier: MIT
// A run of `gradus import` that holds only a text encoder. It is not trained itself: embed and
// similar use it, and other runs start from it.
#include <optional>

#include "gradus/autograd/node.h"
#include "gradus/nn/init.h"
#include "gradus/train/tokenizer_file.h"
#include "models/sentence_encoder.h"
#include "tools/cli/words.h"
#include "tools/tasks/bert.h"
#include "tools/tasks/init_run.h"
#include "tools/tasks/tasks.h"
#include "tools/tasks/text_settings.h"

namespace gradus::tools {
namespace {

class EncoderRun final : public TaskRun, public Exports, public Encodes {
 public:
  EncoderRun() {
    parts = {.exports = this, .encodes = this};
    tokenizer_.list(settings);
    settings.choice("pooling", sentence_.pooling, text_poolings,
                    "how the vectors of the tokens become one; first: that of [CLS]");
    settings.flag("normalize", sentence_.normalize, "scale vectors to length 1");
    common.norm_first = false;
    common.activation = Activation::gelu;
    common.list(settings);
  }
  std::string name() const override { return "encoder"; }

  Json schema() const override {
    Json s;
    s["tokenizer"] = tokenizer_json(*words_);
    s["block"] = block_;
    s["max_tokens"] = sentence_.max_tokens;
    s["model"] = model_schema(model_options_);
    return s;
  }
  void read_schema(const Json& s, const std::string& file) override {
    words_ = run_tokenizer(s.at("tokenizer"), file);
    block_ = s.at("block").integer();
    sentence_.max_tokens = s.at("max_tokens").integer();
    read_model_schema(s, model_options_);
    if (sentence_.max_tokens < 3 || block_ < sentence_.max_tokens)
      file_error({file, ": max_tokens is ", sentence_.max_tokens, ", block is ", block_,
                  "; expected 3 or more, and no more than block"});
  }
  int64_t parameters() const override { return parameter_count<Bert>(options()); }
  void make_model() override { model_.emplace(options()); }
  Module& model() override { return *model_; }
  const Bert& encoder() const override { return model_->bert; }
  std::shared_ptr<const Tokenizer> tokenizer() const override { return words_; }
  SentenceOptions sentence() const override { return sentence_; }
  Example example() override {
    const NoGrad no_grad;
    const TokenBatch b = example_ids(words_->size(), block_);
    return {{"ids", b.ids},
            {"lengths", lengths_tensor(b.lengths)},
            {"hidden", model_->bert(b.ids, b.lengths)}};
  }
  bool has_hugging_face_form() const override { return true; }

 private:
  // The keys of the encoder start with "bert.", as in other runs.
  struct Whole : Module {
    explicit Whole(const BertOptions& o) : bert(o) {}
    void visit(Visitor& v) override { v("bert", bert); }
    Bert bert;
  };
  BertOptions options() const { return bert_options(model_options_, common, *words_, block_); }

  TokenizerSettings tokenizer_;
  SentenceOptions sentence_;
  int64_t block_ = 0;
  BertOptions model_options_;  // beyond the settings
  std::shared_ptr<const Tokenizer> words_;
  std::optional<Whole> model_;
};

}  // namespace

std::unique_ptr<TaskRun> encoder_run() { return std::make_unique<EncoderRun>(); }

}  // namespace gradus::tools
