// SPDX-License-Identifier: MIT
// gradus train copy, reverse, sort and recall: an encoder-decoder learns a rule on sequences of
// letters; transformer or recurrent, with every kind of attention.
#include <optional>

#include "gradus/autograd/node.h"
#include "gradus/nn/attention.h"
#include "gradus/nn/init.h"
#include "models/tasks/sequence_task.h"
#include "tools/tasks/seq2seq_settings.h"
#include "tools/tasks/sequences/answers.h"
#include "tools/tasks/tasks.h"

namespace gradus::tools {
namespace {

class SequenceRun final : public TaskRun,
                          public Trains,
                          public Exports,
                          public ShowsAnswers,
                          public Attends {
 public:
  explicit SequenceRun(SequenceRule rule) {
    parts = {.trains = this, .exports = this, .shows_answers = this, .attends = this};
    options_.rule = rule;
    common.epochs = 20;
    common.lr = 3e-3;
    common.dropout = 0;
    common.warmup = 0.05;
    // A transformer takes long to learn that the letter after a key belongs to it.
    if (rule == SequenceRule::recall) {
      seq2seq_.model = "gru";
      common.epochs = 40;
    }
    if (rule == SequenceRule::copy)
      settings.choice("preset", preset_, {"none", "bahdanau-copy"}, "a named set of settings");
    seq2seq_.list(settings);
    common.list(settings);
    const bool pairs = rule == SequenceRule::recall;
    const std::string of = pairs ? "pairs in a sequence, at " : "length of a sequence, at ";
    settings.value("letters", options_.letters, "number of different letters", 1, 1000);
    settings.value("min_length", options_.min_length, of + "least", 1, 1000);
    settings.value("max_length", options_.max_length, of + "most", 1, 1000);
    settings.value("train_size", options_.train_size, "sequences per epoch", 1, 100000000);
    settings.value("test_size", options_.test_size, "sequences held out", 1, 1000000);
    settings.value("noise", options_.noise, "share of target letters replaced at random", 0, 0.9);
  }
  std::string name() const override { return gradus::name(options_.rule); }

  std::map<std::string, Json> preset() const override {
    if (preset_ != "bahdanau-copy") return {};
    return {{"model", "gru"},
            {"attention", "bahdanau"},
            {"embed_dim", 32},
            {"hidden_size", 64},
            {"layers", 1},
            {"letters", 8},
            {"min_length", 3},
            {"max_length", 7},
            {"train_size", 2000},
            {"test_size", 200},
            {"batch_size", 32},
            {"lr", 1e-3},
            {"schedule", "constant"},
            {"warmup", 0.0},
            {"weight_decay", 0.0},
            {"epochs", 15}};
  }

  void check() override {
    seq2seq_.check(settings, common);
    TaskRun::check();
  }

  void read_data(const Json&) override {
    options_.seed = static_cast<uint64_t>(common.seed);
    task_.emplace(from_options([&] { return SequenceData(options_); }), nullptr, common.batch_size);
  }
  std::string data_text() const override {
    const SequenceDataOptions& o = options_;
    return text({o.train_size, " sequences per epoch, ", o.test_size, " held out, each of ",
                 o.min_length, " to ", o.max_length, o.rule == SequenceRule::recall ? " pairs" : "",
                 " of ", o.letters, " letters\n"});
  }
  int64_t samples() const override { return options_.train_size; }
  int64_t evaluated() const override { return options_.test_size; }
  double epoch_bytes() const override {
    constexpr double list = sizeof(SequencePair) + 32, token = sizeof(int64_t);
    const auto tokens = static_cast<double>(options_.min_length + options_.max_length) / 2;
    const double sides = options_.rule == SequenceRule::recall ? 3 : 2;
    return static_cast<double>(options_.train_size) * (list + 1.5 * token * tokens * sides);
  }

  int64_t parameters() const override {
    return seq2seq_.recurrent() ? parameter_count<RecurrentSeq2Seq>(recurrent_options())
                                : parameter_count<Seq2SeqTransformer>(transformer_options());
  }
  void make_model() override {
    manual_seed(options_.seed);
    if (seq2seq_.recurrent())
      task_->seq2seq = std::make_unique<RecurrentSeq2Seq>(recurrent_options());
    else task_->seq2seq = std::make_unique<Seq2SeqTransformer>(transformer_options());
  }
  Module& model() override { return task_->model(); }
  Task& task() override { return *task_; }
  Tensor probe(int64_t count) override {
    const auto many = static_cast<size_t>(count);
    const auto longest = [&](int64_t length) {
      return std::vector<Tokens>(many,
                                 Tokens(static_cast<size_t>(length), SequenceData::first_letter));
    };
    const Seq2SeqModel& m = *task_->seq2seq;
    return m.loss(seq2seq_batch(m.special(), longest(task_->data.source_length()),
                                longest(task_->data.target_length())));
  }

  Json figures() override {
    const NoGrad no_grad;
    model().eval();
    const Json found = task_->evaluate();
    const double loss = found.at("valid_loss").number(),
                 floor = task_->data.floor(task_->data.held_out());
    Json f;
    for (const char* name : {"exact_copy", "token_accuracy"}) f[name] = found.at(name);
    f["baseline_accuracy"] = most_frequent_token(task_->data.held_out());
    f["valid_loss"] = loss;
    f["floor_loss"] = floor;
    f["verdict"] = verdict(loss, floor);
    return f;
  }
  std::vector<std::string> examples() override { return task_->samples(); }
  Example example() override {
    return seq2seq_example(*task_->seq2seq, vocabulary(), options_.max_length);
  }

  Answers answers() override {
    model().eval();
    return sequence_answers(*task_);
  }

  bool has_attention() const override { return seq2seq_.attends(); }
  StepTable left_out(const AttentionChoice& choice) override {
    check_example(choice, static_cast<int64_t>(task_->data.held_out().size()));
    model().eval();
    const Tokens& source = task_->data.held_out()[static_cast<size_t>(choice.example)].source;
    return source_effects(*task_->seq2seq, source, task_->answer(source), SequenceData::word);
  }
  AttentionPicture attention(const AttentionChoice& choice) override {
    check_example(choice, static_cast<int64_t>(task_->data.held_out().size()));
    model().eval();
    const Tokens& source = task_->data.held_out()[static_cast<size_t>(choice.example)].source;
    Tokens predicted = task_->answer(source);
    std::vector<std::string> rows;
    for (int64_t token : predicted) rows.push_back(SequenceData::word(token));
    if (static_cast<int64_t>(predicted.size()) <= task_->data.target_length())
      rows.push_back(SequenceData::word(SequenceData::end));
    else predicted.pop_back();  // without an end token; the last token was never an input
    const Seq2SeqModel& m = *task_->seq2seq;
    AttentionPicture p = seq2seq_.picture(
        recorded_attention(model(),
                           [&] {
                             m(seq2seq_batch(m.special(), {&source, 1}, {&predicted, 1}));
                           }),
        choice);
    p.title = text({"example ", choice.example, ", ", p.title});
    p.rows = rows;
    for (int64_t token : source) p.cols.push_back(SequenceData::word(token));
    p.row_axis = "predicts";
    p.col_axis = "attends to";
    return p;
  }

 private:
  int64_t vocabulary() const { return SequenceData::first_letter + options_.letters; }
  Seq2SeqOptions transformer_options() const {
    Seq2SeqOptions o = seq2seq_.transformer_options(common, vocabulary(), vocabulary());
    o.max_len = 2 * options_.max_length + 1;
    return o;
  }
  RecurrentSeq2SeqOptions recurrent_options() const {
    return seq2seq_.recurrent_options(common, vocabulary(), vocabulary());
  }

  std::string preset_ = "none";
  Seq2SeqSettings seq2seq_{};
  SequenceDataOptions options_{};
  std::optional<SequenceTask> task_;
};

template <SequenceRule rule> std::unique_ptr<TaskRun> run() {
  return std::make_unique<SequenceRun>(rule);
}

}  // namespace

std::unique_ptr<TaskRun> copy_run() { return run<SequenceRule::copy>(); }
std::unique_ptr<TaskRun> reverse_run() { return run<SequenceRule::reverse>(); }
std::unique_ptr<TaskRun> sort_run() { return run<SequenceRule::sort>(); }
std::unique_ptr<TaskRun> recall_run() { return run<SequenceRule::recall>(); }

}  // namespace gradus::tools
