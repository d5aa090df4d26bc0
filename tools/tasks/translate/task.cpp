// SPDX-License-Identifier: MIT
// gradus train translate: an encoder-decoder learns to translate from a file of pairs; transformer,
// or recurrent with any kind of attention.
#include <optional>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/data/bpe.h"
#include "gradus/nn/attention.h"
#include "gradus/nn/init.h"
#include "gradus/train/tokenizer_file.h"
#include "models/tasks/translation_task.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/pair_settings.h"
#include "tools/tasks/seq2seq_settings.h"
#include "tools/tasks/tasks.h"
#include "tools/tasks/translate/answers.h"

namespace gradus::tools {
namespace {

class TranslateRun final : public TaskRun,
                           public Trains,
                           public Exports,
                           public ShowsAnswers,
                           public Attends,
                           public Translates {
 public:
  TranslateRun() {
    parts = {.trains = this,
             .exports = this,
             .shows_answers = this,
             .attends = this,
             .translates = this};
    common.epochs = 10;
    common.lr = 1e-3;
    common.warmup = 0.1;
    common.weight_decay = 0.01;
    common.d_model = 256;
    common.nhead = 8;
    common.layers = 3;
    common.dim_feedforward = 1024;
    common.batch_size = 32;
    settings.argument("file", "TRAIN.tsv", train_, "pairs: sentence, tab, translation").file = true;
    settings.value("valid", valid_, "pairs that select the best epoch; default: 5 % are held out")
        .file = true;
    settings.value("test", test_, "pairs to evaluate the best epoch on").file = true;
    pairs_.list(settings);
    settings.choice("preset", preset_, {"none", "multi30k", "multi30k-quick"},
                    "a named set of settings");
    seq2seq_.embed_dim = seq2seq_.hidden_size = 256;
    seq2seq_.list(settings);
    settings.value("vocab", vocab_, "size of a vocabulary (byte pair encoding)", 260, 1000000);
    settings.flag("shared_vocab", shared_vocab_, "one vocabulary for both languages");
    settings.choice(
        "tied", tied_, {"auto", "all", "target", "none"},
        "which tables share weights; all: both embeddings and the output layer; auto: all "
        "with a shared vocabulary, else target");
    list_training();
    settings.value("beam", beam_.beam, "beam width of the final evaluation", 1, 1000);
    settings.value("length_penalty", beam_.length_penalty,
                   "a: a hypothesis of n tokens scores log P / n^a; below 0 prefers short answers",
                   -100, 100);
    common.list(settings);
  }
  std::string name() const override { return "translate"; }

  void list_training() {
    settings.value("max_tokens", task_.options.max_tokens,
                   "tokens per step: sentences times the longest target", 1, 1 << 24);
    settings.value("max_length", max_length_, "skip pairs with more tokens on either side", 1,
                   65536);
    settings.value("label_smoothing", task_.options.label_smoothing,
                   "share of each target spread over the vocabulary", 0, 1);
    settings.value("average", average_,
                   "also evaluate the mean of the weights of the last N epochs; 0: no", 0, 1000);
  }

  std::map<std::string, Json> preset() const override {
    std::map<std::string, Json> p = {
        {"vocab", 5000},      {"d_model", 256}, {"nhead", 8},           {"layers", 3},
        {"dropout", 0.1},     {"lr", 1.5e-3},   {"weight_decay", 0.0},  {"label_smoothing", 0.1},
        {"max_tokens", 2048}, {"warmup", 0.2},  {"schedule", "cosine"}, {"beam", 5}};
    if (preset_ == "multi30k-quick") {
      p["dim_feedforward"] = 512;
      p["steps"] = 1100;
    } else if (preset_ == "multi30k") {
      p["dim_feedforward"] = 512;
      p["steps"] = 2000;
      p["dropout"] = 0.2;
      p["average"] = 3;
    } else {
      return {};
    }
    return p;
  }

  void check() override {
    if (train_.empty()) usage_error({"TRAIN.tsv is missing: ", settings.at("file").help});
    if (settings.at("batch_size").origin == Origin::flag)
      usage_error({"--batch-size: a translation fills its batches by tokens, --max-tokens"});
    if (seq2seq_.recurrent() && settings.at("tied").origin == Origin::flag)
      usage_error({"--tied is for --model transformer"});
    pairs_.check();
    seq2seq_.check(settings, common);
    if (tied_ == "all" && !shared_vocab_)
      usage_error({"--tied all needs one vocabulary for both languages (--shared-vocab)"});
    TaskRun::check();
  }

  void read_data(const Json& recorded) override {
    const auto read = [&](const std::string& path, const char* role) {
      TextPairs pairs = pairs_.read(path, role, recorded, seen_);
      tell_notes(path, pairs.notes);
      return pairs;
    };
    TextPairs train = read(train_, "train"), valid;
    if (valid_.empty()) valid = hold_out(train);
    else valid = read(valid_, "valid");
    learn_vocabularies(train);
    task_.data.training = TranslationPairs::from(train, task_.tokenizers, max_length_);
    task_.data.valid = TranslationPairs::from(valid, task_.tokenizers, max_length_);
    if (!test_.empty())
      task_.data.test = TranslationPairs::from(read(test_, "test"), task_.tokenizers, max_length_);
    for (const auto& [path, set] :
         {std::pair(&train_, &task_.data.training), {&valid_, &task_.data.valid}})
      if (set->size() == 0)
        file_error({printable(path->empty() ? train_ : *path, 200),
                    ": no pairs left: all are longer than --max-length ", max_length_});
    common.batch_size = std::max<int64_t>(1, task_.options.max_tokens / longest());
  }
  Json data() const override { return seen_; }
  Json schema() const override {
    Json s;
    s["source"] = tokenizer_json(*task_.tokenizers.source);
    if (!task_.tokenizers.shared()) s["target"] = tokenizer_json(*task_.tokenizers.target);
    return s;
  }
  void read_schema(const Json& s, const std::string& file) override {
    task_.tokenizers.source = run_tokenizer(s.at("source"), file);
    task_.tokenizers.target = task_.tokenizers.source;
    if (const Json* target = s.find("target"))
      task_.tokenizers.target = run_tokenizer(*target, file);
    for (const auto& t : {task_.tokenizers.source, task_.tokenizers.target})
      if (t->specials() != first_ids(TranslationTokenizers::specials().size()))
        file_error({file, ": the special words are not those of a translation"});
  }
  std::string data_text() const override {
    std::string lines =
        text({printable(train_, 200), ": ", counted(task_.data.training.size(), "pair"),
              " to train on, ", task_.data.valid.size(), " for validation, ",
              task_.data.test.size(), " for the test\n"});
    const int64_t left_out =
        task_.data.training.left_out + task_.data.valid.left_out + task_.data.test.left_out;
    if (left_out)
      lines += text({"  ", counted(left_out, "pair"), left_out == 1 ? " is" : " are",
                     " longer than ", counted(max_length_, "token"), ": left out\n"});
    const std::string of_target = counted(task_.tokenizers.target->size(), "word");
    return lines + (task_.tokenizers.shared()
                        ? "one vocabulary of " + of_target + "\n"
                        : text({"vocabularies of ", task_.tokenizers.source->size(), " and ",
                                of_target, "\n"}));
  }
  int64_t samples() const override { return task_.data.training.size(); }
  std::optional<int64_t> batches() const override { return task_.batches(); }
  int64_t evaluated() const override { return task_.data.valid.size(); }

  int64_t parameters() const override {
    return seq2seq_.recurrent() ? parameter_count<RecurrentSeq2Seq>(recurrent_options())
                                : parameter_count<Seq2SeqTransformer>(transformer_options());
  }
  void make_model() override {
    task_.options.seed = static_cast<uint64_t>(common.seed);
    manual_seed(task_.options.seed);
    if (seq2seq_.recurrent())
      task_.translator = std::make_unique<RecurrentSeq2Seq>(recurrent_options());
    else task_.translator = std::make_unique<Seq2SeqTransformer>(transformer_options());
  }
  Module& model() override { return task_.model(); }
  Task& task() override { return task_; }
  Selection selection() const override {
    return {.score = "bleu", .higher_is_better = true, .average = average_};
  }
  Tensor probe(int64_t count) override {
    const std::vector<Tokens> longest_ones(
        static_cast<size_t>(count),
        Tokens(static_cast<size_t>(longest()), static_cast<int64_t>(SpecialTokens{}.end)));
    const Seq2SeqModel& m = *task_.translator;
    return m.loss(seq2seq_batch(m.special(), longest_ones, longest_ones),
                  task_.options.label_smoothing);
  }

  Json figures() override {
    const NoGrad no_grad;
    model().eval();
    const Json valid = task_.evaluate();
    const bool tested = task_.data.tested();
    const TranslationScores s = task_.scores(task_.data.evaluated(), beam_);
    Json f;
    f["bleu"] = s.bleu;
    f["chrf"] = s.chrf;
    f["evaluated_on"] = task_.data.evaluated_name();
    f["beam"] = beam_.beam;
    f["valid_loss"] = valid.at("valid_loss");
    f["valid_bleu"] = valid.at("bleu");
    if (tested) f["test_loss"] = task_.loss_on(task_.data.test);
    return f;
  }
  std::vector<std::string> examples() override { return task_.samples(); }
  Example example() override {
    return seq2seq_example(*task_.translator, task_.tokenizers.source->size(), max_length_);
  }

  Answers answers() override {
    model().eval();
    return translation_answers(task_, beam_);
  }

  bool has_attention() const override { return seq2seq_.attends(); }
  StepTable left_out(const AttentionChoice& choice) override {
    const TranslationPairs& set = task_.data.evaluated();
    check_example(choice, set.size());
    model().eval();
    const Tokens& source = set.source[static_cast<size_t>(choice.example)];
    return source_effects(*task_.translator, source, translate(*task_.translator, {source}, {})[0],
                          [&](int64_t id) { return shown(*task_.tokenizers.source, id); });
  }
  AttentionPicture attention(const AttentionChoice& choice) override {
    const TranslationPairs& set = task_.data.evaluated();
    check_example(choice, set.size());
    const Tokens& source = set.source[static_cast<size_t>(choice.example)];
    AttentionPicture p = alignment(source, translate(*task_.translator, {source}, {})[0], choice);
    p.title = text({"example ", choice.example, ", ", p.title});
    return p;
  }
  AttentionPicture alignment(const Tokens& source, const Tokens& predicted,
                             const AttentionChoice& choice) override {
    const Seq2SeqModel& m = *task_.translator;
    AttentionPicture p = seq2seq_.picture(
        recorded_attention(model(),
                           [&] {
                             m(seq2seq_batch(m.special(), {&source, 1}, {&predicted, 1}));
                           }),
        choice);
    for (int64_t id : predicted) p.rows.push_back(shown(*task_.tokenizers.target, id));
    p.rows.push_back("</s>");
    for (int64_t id : source) p.cols.push_back(shown(*task_.tokenizers.source, id));
    p.row_axis = "predicts";
    p.col_axis = "attends to";
    return p;
  }

  const Seq2SeqModel& translator() const override { return *task_.translator; }
  const TranslationTokenizers& tokenizers() const override { return task_.tokenizers; }
  int64_t max_length() const override { return max_length_; }
  BeamOptions beam() const override { return beam_; }

 private:
  // Takes 5 % of the pairs, at most 1,000, out of `train`, drawn by the seed.
  TextPairs hold_out(TextPairs& train) const {
    const auto count = static_cast<int64_t>(train.size());
    const int64_t held = std::min<int64_t>(1000, (count + 19) / 20);
    if (held >= count)
      file_error({printable(train_, 200),
                  ": expected 2 pairs or more, since some are held out; got ", count,
                  ". More can come from --valid"});
    Generator gen(static_cast<uint64_t>(common.seed), stream::translation_held_out);
    TextPairs valid, rest;
    int64_t place = 0;
    for (int64_t i : permutation(count, gen)) {
      const auto at = static_cast<size_t>(i);
      TextPairs& to = place++ < held ? valid : rest;
      to.first.push_back(std::move(train.first[at]));
      to.second.push_back(std::move(train.second[at]));
    }
    train = std::move(rest);
    return valid;
  }

  void learn_vocabularies(const TextPairs& train) {
    const auto learned = [&](const std::vector<std::string>& texts) {
      return std::make_shared<BpeTokenizer>(BpeTokenizer::train(
          texts, {.size = vocab_, .specials = TranslationTokenizers::specials()}));
    };
    if (!shared_vocab_) {
      task_.tokenizers = {learned(train.first), learned(train.second)};
      return;
    }
    std::vector<std::string> both = train.first;
    both.insert(both.end(), train.second.begin(), train.second.end());
    task_.tokenizers.source = task_.tokenizers.target = learned(both);
  }

  int64_t longest() const {
    size_t most = 1;
    for (const auto* sides : {&task_.data.training.source, &task_.data.training.target})
      for (const Tokens& t : *sides) most = std::max(most, t.size());
    return static_cast<int64_t>(most) + 1;
  }

  static std::string shown(const Tokenizer& t, int64_t id) {
    std::string word = t.word(id);
    if (word.starts_with(' ')) word[0] = '_';
    return printable(word);
  }

  Seq2SeqOptions transformer_options() const {
    Seq2SeqOptions o = seq2seq_.transformer_options(common, task_.tokenizers.source->size(),
                                                    task_.tokenizers.target->size());
    o.max_len = 2 * max_length_ + 16;
    o.tied = tied_ == "none"                       ? TiedEmbeddings::none
             : tied_ == "target" || !shared_vocab_ ? TiedEmbeddings::target
                                                   : TiedEmbeddings::all;
    return o;
  }
  RecurrentSeq2SeqOptions recurrent_options() const {
    return seq2seq_.recurrent_options(common, task_.tokenizers.source->size(),
                                      task_.tokenizers.target->size());
  }

  std::string train_, valid_, test_, preset_ = "none";
  std::string tied_ = "auto";
  Seq2SeqSettings seq2seq_{};
  PairSettings pairs_{};
  int64_t vocab_ = 8000, max_length_ = 128, average_ = 0;
  bool shared_vocab_ = true;
  BeamOptions beam_{.beam = 5};
  Json seen_ = Json::object();
  TranslationTask task_{};
};

}  // namespace

std::unique_ptr<TaskRun> translate_run() { return std::make_unique<TranslateRun>(); }

}  // namespace gradus::tools
