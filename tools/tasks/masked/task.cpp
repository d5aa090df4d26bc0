// SPDX-License-Identifier: MIT
// gradus train mlm: a BERT learns to predict masked tokens of texts.
#include <cmath>
#include <optional>

#include "gradus/autograd/node.h"
#include "gradus/nn/init.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "models/sentence_encoder.h"
#include "models/tasks/mlm_task.h"
#include "tools/app/left_out.h"
#include "tools/tasks/bert.h"
#include "tools/tasks/init_run.h"
#include "tools/tasks/masked/answers.h"
#include "tools/tasks/tasks.h"
#include "tools/tasks/text_settings.h"

namespace gradus::tools {

namespace {

class MaskedRun final : public TaskRun,
                        public Trains,
                        public Exports,
                        public ShowsAnswers,
                        public Attends,
                        public Encodes,
                        public Fills {
 public:
  MaskedRun() {
    parts = {.trains = this,
             .exports = this,
             .shows_answers = this,
             .attends = this,
             .encodes = this,
             .fills = this};
    common.epochs = 5;
    common.batch_size = 32;
    common.lr = 2e-3;
    common.dropout = 0;
    common.d_model = 128;
    common.layers = 3;
    common.warmup = 0.1;
    set_bert_defaults(common);
    text_.list(settings);
    init_.list(settings,
               "run folder of train mlm or of an imported encoder: training starts from its "
               "tokenizer, sizes and weights");
    settings.choice("preset", preset_, {"none", "shakespeare"}, "a named set of settings");
    settings.value(
        "block", block_,
        "tokens in the model's context, with [CLS] and [SEP]; with --lines: the longest line", 3,
        65536);
    settings.value(
        "mask_share", task_.masking.share,
        "share of the tokens to predict: 80 % of them become [MASK], 10 % a random token, "
        "10 % stay",
        1e-6, 1);
    common.list(settings);
  }
  std::string name() const override { return "mlm"; }
  std::map<std::string, Json> preset() const override {
    if (preset_ == "none") return {};
    return {{"d_model", 128}, {"nhead", 4}, {"layers", 3},    {"block", 64},  {"batch_size", 32},
            {"steps", 2000},  {"lr", 2e-3}, {"dropout", 0.0}, {"warmup", 0.1}};
  }

  std::map<std::string, Json> implied() const override {
    return init_.implied({"mlm", "encoder"}, {});
  }

  void check() override {
    text_.check(settings);
    init_.check(settings);
    check_bert(settings, common);
    TaskRun::check();
  }

  void read_data(const Json& recorded) override {
    if (!task_.data.tokenizer && init_.given()) {
      task_.data.tokenizer = init_.tokenizer();
      read_model_schema(init_.schema(), model_options_);
    }
    task_.data = text_.read(bert_specials(text_.tokenizer.kind), common.seed, task_.data.tokenizer,
                            recorded, seen_);
    if (text_.lines) block_ = task_.data.longest() + 1;
  }
  Json data() const override { return seen_; }
  Json schema() const override {
    Json s = text_.schema(task_.data, block_);
    s["model"] = model_schema(model_options_);
    return s;
  }
  void read_schema(const Json& s, const std::string& file) override {
    text_.read_schema(s, file, task_.data, block_);
    read_model_schema(s, model_options_);
    if (block_ < 3) file_error({file, ": block is ", block_, "; expected 3 or more"});
  }
  std::string data_text() const override { return text_.summary(task_.data); }
  int64_t samples() const override { return task_.data.epoch_size(block_ - 2); }
  int64_t evaluated() const override { return 64; }

  int64_t parameters() const override { return parameter_count<BertForMaskedLM>(options()); }
  void make_model() override {
    task_.batch_size = common.batch_size;
    task_.seed = static_cast<uint64_t>(common.seed);
    manual_seed(task_.seed);
    task_.bert.emplace(options());
    // An imported encoder may have a pooler, which predicting tokens does not use.
    if (task_.bert->bert.pooler) task_.bert->bert.pooler->requires_grad_(false);
  }
  void take_weights() override {
    if (!init_.given()) return;
    StateDict state = init_.weights();
    if (!state.contains(
            "cls.predictions.bias"))  // an encoder alone: the head keeps its initial values
      for (const auto& [name, x] : task_.bert->state_dict())
        if (name.starts_with("cls.")) state[name] = x;
    init_.load(*task_.bert, std::move(state), "bert.embeddings.position_embeddings.weight");
  }
  Module& model() override { return task_.model(); }
  const BertForMaskedLM& bert() const override { return *task_.bert; }
  const Bert& encoder() const override { return bert().bert; }
  SentenceOptions sentence() const override { return {.max_tokens = block_}; }
  std::shared_ptr<const Tokenizer> tokenizer() const override { return task_.data.tokenizer; }
  Task& task() override { return task_; }
  Tensor probe(int64_t count) override {
    const int64_t length =
        std::min(block_ - 2, text_.lines ? block_ : static_cast<int64_t>(task_.data.train.size()));
    const Tokens window(static_cast<size_t>(length), 0);
    const std::vector<Tokens> rows(static_cast<size_t>(count), window);
    Generator gen(0);
    const MaskedBatch b = mask_tokens(*task_.data.tokenizer, rows, task_.masking, gen);
    return mean(bert().at_places(b.tokens.ids, b.tokens.lengths, b.places));
  }

  Json figures() override {
    const NoGrad no_grad;
    model().eval();
    Json f = task_.evaluate();
    const Json counted = task_.unigram();
    for (const auto& [name, value] : counted.members()) f[name] = value;
    if (text_.tokenizer.kind == "word") f["unknown_share"] = task_.data.unknown_share();
    return f;
  }
  std::vector<std::string> examples() override { return task_.samples(); }

  Example example() override {
    const NoGrad no_grad;
    const TokenBatch b = example_ids(task_.data.tokenizer->size(), block_);
    return {{"ids", b.ids},
            {"lengths", lengths_tensor(b.lengths)},
            {"logits", bert()(b.ids, b.lengths)}};
  }
  bool has_hugging_face_form() const override { return true; }

  Answers answers() override {
    model().eval();
    return masked_answers(task_);
  }

  AttentionPicture attention(const AttentionChoice& choice) override {
    const MaskedBatch b = masked_example(choice);
    return text_attention(
        model(), [&](const TokenBatch& one) { bert()(one.ids); }, *task_.data.tokenizer, b.tokens,
        choice);
  }
  StepTable left_out(const AttentionChoice& choice) override {
    model().eval();
    const MaskedBatch b = masked_example(choice);
    const Tokens ids = b.tokens.ids.to_vector<int64_t>();
    StepTable t{.title = text({"bits that ", b.places.size() == 1 ? "the" : "each",
                               " masked token costs more, when this one is masked"})};
    for (int64_t id : ids) t.steps.push_back(token_label(*task_.data.tokenizer, id));
    const int64_t hidden = BertWords::of(*task_.data.tokenizer).mask;
    t.effect = hidden_effects(
        ids, hidden,
        [&](const Tokens& one) {
          const Tensor logits =
              bert().at_places(pad({&one, 1}, 0).ids, {std::ssize(one)}, b.places);
          return -cross_entropy(logits, b.targets).item() / std::log(2.0);
        },
        1, 1);
    return t;
  }

 private:
  // A held-out text, or a part of it, with tokens masked.
  MaskedBatch masked_example(const AttentionChoice& choice) {
    const int64_t length = std::min<int64_t>(block_ - 2, 22);
    const auto count =
        static_cast<int64_t>(text_.lines ? task_.data.valid_lines.size()
                                         : task_.data.valid.size() / static_cast<size_t>(length));
    check_example(choice, count);
    Tokens text;
    const auto from = task_.data.valid.begin() + choice.example * length;
    if (text_.lines) text = task_.data.valid_lines[static_cast<size_t>(choice.example)];
    else text.assign(from, from + length);
    Generator gen(static_cast<uint64_t>(choice.example));
    return mask_tokens(*task_.data.tokenizer, {&text, 1}, task_.masking, gen);
  }
  BertOptions options() const {
    return bert_options(model_options_, common, *task_.data.tokenizer, block_);
  }

  TextSettings text_;
  InitSettings init_;
  BertOptions model_options_;  // beyond the settings
  std::string preset_ = "none";
  int64_t block_ = 64;
  Json seen_ = Json::object();
  MaskedTask task_;
};

}  // namespace

std::unique_ptr<TaskRun> mlm_run() { return std::make_unique<MaskedRun>(); }

}  // namespace gradus::tools
