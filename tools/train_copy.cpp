// SPDX-License-Identifier: MIT
// gradus train copy: an encoder-decoder transformer learns to say a sequence again.
#include <cstdio>
#include <optional>

#include "gradus/autograd/node.h"
#include "models/copy_task.h"
#include "models/seq2seq_transformer.h"
#include "tools/train.h"

namespace gradus::tools {
namespace {

class CopyRun : public Training {
 public:
  CopyRun() {
    common.epochs = 20, common.lr = 3e-3, common.dropout = 0, common.warmup = 0.05;
    common.list(settings);
    settings.value("letters", options_.letters, "different letters", 1, 1000);
    settings.value("min_length", options_.min_length, "of a sequence", 1, 1000);
    settings.value("max_length", options_.max_length, "of a sequence", 1, 1000);
    settings.value("train_size", options_.train_size, "sequences an epoch", 1, 100000000);
    settings.value("test_size", options_.test_size, "sequences held out", 1, 1000000);
  }
  std::string name() const override { return "copy"; }

  void read_data(const Json&) override {
    options_.seed = static_cast<uint64_t>(common.seed);
    data_.emplace(from_options([&] { return CopyTask(options_); }));
  }
  void show_data() const override {
    const CopyTaskOptions& o = options_;
    std::fprintf(stderr, "%s\n",
                 text({o.train_size, " sequences an epoch, ", o.test_size, " held out, each of ",
                       o.min_length, " to ", o.max_length, " of ", o.letters, " letters"})
                     .c_str());
  }
  int64_t samples() const override { return options_.train_size; }
  int64_t evaluated() const override { return options_.test_size; }
  double epoch_bytes() const override {  // a list each, of half the longest and the longest
    constexpr double list = sizeof(Tokens) + 16, token = sizeof(int64_t);
    const auto tokens = static_cast<double>(options_.min_length + options_.max_length) / 2;
    return static_cast<double>(options_.train_size) * (list + 1.5 * token * tokens);
  }

  double parameters() const override { return parameter_count(model_options()); }
  void make_model() override {
    manual_seed(options_.seed);
    model_.emplace(model_options());
    task_.emplace(*data_, *model_, common.batch_size);
  }
  Module& model() override { return *model_; }
  Task& task() override { return *task_; }
  Tensor probe(int64_t count) override {
    const std::vector<Tokens> longest(
        static_cast<size_t>(count),
        Tokens(static_cast<size_t>(options_.max_length), CopyTask::first_letter));
    return model_->loss(seq2seq_batch(model_->special(), longest, longest));
  }

  Json figures() override {
    const NoGrad no_grad;
    model_->eval();
    const Json found = task_->evaluate();
    Json f;
    for (const char* name : {"exact_copy", "token_accuracy"}) f[name] = found.at(name);
    f["baseline_accuracy"] = most_frequent_token(data_->held_out());
    f["valid_loss"] = found.at("valid_loss");
    return f;
  }
  std::vector<std::string> examples() override { return task_->samples(); }

  AttentionPicture attention(const AttentionChoice& choice) override {
    check_example(choice, static_cast<int64_t>(data_->held_out().size()));
    const NoGrad no_grad;
    model_->eval();
    model_->named_parameters();  // gives the layers their names
    const Tokens& source = data_->held_out()[static_cast<size_t>(choice.example)];
    Tokens said = task_->answer(source);
    AttentionPicture p;
    for (int64_t token : said) p.rows.push_back(CopyTask::word(token));
    if (static_cast<int64_t>(said.size()) <= options_.max_length)
      p.rows.push_back(CopyTask::word(CopyTask::end));
    else
      said.pop_back();  // it did not end; its last token was said, and never read
    AttentionRecorder seen;
    (*model_)(seq2seq_batch(model_->special(), {&source, 1}, {&said, 1}));
    const std::vector<std::string> rows = std::move(p.rows);
    p = chosen_attention(seen, "transformer.decoder.layers.", ".multihead_attn", choice);
    p.title = text({"example ", choice.example, ", ", p.title});
    p.rows = rows;
    for (int64_t token : source) p.cols.push_back(CopyTask::word(token));
    p.row_axis = "says", p.col_axis = "looks at";
    return p;
  }

 private:
  Seq2SeqOptions model_options() const {
    return {.source_vocab = CopyTask::first_letter + options_.letters,
            .target_vocab = CopyTask::first_letter + options_.letters,
            .d_model = common.d_model,
            .nhead = common.nhead,
            .layers = common.layers,
            .dim_feedforward = common.dim_feedforward,
            .dropout = common.dropout,
            .norm_first = common.norm_first,
            .activation = activation(),
            .max_len = options_.max_length + 1};
  }

  CopyTaskOptions options_{};
  std::optional<CopyTask> data_;
  std::optional<Seq2SeqTransformer> model_;
  std::optional<CopyTraining> task_;
};

}  // namespace

std::unique_ptr<Training> copy_training() { return std::make_unique<CopyRun>(); }

}  // namespace gradus::tools
