// SPDX-License-Identifier: MIT
// gradus train classify --text: a BERT classifies texts, from scratch or from the encoder of
// another run.
#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>
#include <optional>

#include "base/stream.h"
#include "gradus/autograd/node.h"
#include "gradus/nn/init.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/softmax.h"
#include "gradus/train/tokenizer_file.h"
#include "models/bert_words.h"
#include "models/sentence_encoder.h"
#include "models/tasks/series_baseline.h"
#include "models/tasks/text_task.h"
#include "tools/app/conclusion.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/cli/words.h"
#include "tools/tasks/bert.h"
#include "tools/tasks/class_report.h"
#include "tools/tasks/init_run.h"
#include "tools/tasks/pair_settings.h"
#include "tools/tasks/tasks.h"
#include "tools/tasks/text_settings.h"
#include "tools/tasks/texts/answers.h"
#include "tools/tasks/texts/classes.h"

namespace gradus::tools {
namespace {

class TextRun final : public TaskRun,
                      public Trains,
                      public Predicts,
                      public Exports,
                      public ShowsAnswers,
                      public Attends,
                      public Encodes {
 public:
  TextRun() {
    parts = {.trains = this,
             .predicts = this,
             .exports = this,
             .shows_answers = this,
             .attends = this,
             .encodes = this};
    common.epochs = 10;
    common.lr = 1e-3;
    common.warmup = 0.1;
    common.layers = 2;
    set_bert_defaults(common);
    tokenizer_.kind = "word";
    tokenizer_.vocab = 8000;
    settings.value("text", train_, "FILE.tsv to train on; each line: text, tab, class").file = true;
    settings.value("test", test_, "a file of the same form to evaluate on").file = true;
    settings
        .value("valid", valid_,
               "validation data, which select the best epoch: a share of the training data or a "
               "file; 0: none")
        .file = true;
    pairs_.labels = true;
    pairs_.list(settings);
    settings.flag(
        "strict", classes_.strict,
        "refuse classes that are not in the training data; otherwise they count as wrong");
    settings.flag("as_classes", as_classes_, "accept labels even if most occur only once");
    list_model();
    common.list(settings);
  }
  std::string name() const override { return "classify-text"; }

  void list_model() {
    settings.choice("model", kind_, {"transformer", "logistic", "majority"},
                    "logistic: logistic regression on the words of a text; majority: the class "
                    "frequencies");
    init_.list(settings,
               "run folder of train mlm or of an imported encoder: training starts from its "
               "tokenizer, sizes and encoder");
    tokenizer_.list(settings);
    settings.value("block", block_, "maximum tokens of a text, with [CLS] and [SEP]", 3, 65536);
    settings.value(
        "positive", positive_,
        "the positive class of two, for f1, average precision and brier; default: the larger "
        "of two numbers, the second of a pair such as no/yes, else the rarer one");
    settings.choice("pooling", pooling_, text_poolings,
                    "how the vectors of the tokens become one; first: that of [CLS]");
  }

  // The settings of the run in --init.
  std::map<std::string, Json> implied() const override {
    std::map<std::string, Json> values = init_.implied({"mlm", "encoder"}, {});
    if (values.contains("lr")) {  // imported
      values["epochs"] = 3;
      values["batch_size"] = 16;
    }
    return values;
  }

  void check() override {
    if (train_.empty()) usage_error({"--text FILE.tsv is missing: ", settings.at("text").help});
    check_bert(settings, common);
    pairs_.check();
    if (simple()) check_flags();
    init_.check(settings);
    tokenizer_.check(settings);
    TaskRun::check();
  }

  void read_data(const Json& recorded) override {
    const TextPairs pairs = read_pairs(train_, "train", recorded);
    if (!as_classes_ && recorded.is_null()) check_classes(pairs, printable(train_, 200));
    classes_.take(pairs.second, train_, positive_);
    task_.data.training = classes_.set_of(pairs, train_);
    take_validation(recorded);
    if (!test_.empty())
      task_.data.test = classes_.set_of(read_pairs(test_, "test", recorded), test_);
    class_counts_ = task_.data.training.counts(class_number());
    if (!task_.tokenizer && simple()) task_.tokenizer = bag_vocabulary(task_.data.training);
    if (!task_.tokenizer && init_.given()) {
      task_.tokenizer = init_.tokenizer();
      read_model_schema(init_.schema(), model_options_);
    }
    if (!task_.tokenizer)
      task_.tokenizer = learn_tokenizer(task_.data.training.texts,
                                        tokenizer_.options(bert_specials(tokenizer_.kind)));
    if (simple()) return;
    for (TextSet* set : {&task_.data.training, &task_.data.valid, &task_.data.test})
      set->take_tokens(*task_.tokenizer, block_ - 2);
  }
  Json data() const override { return seen_; }
  Json schema() const override {
    Json s;
    s["tokenizer"] = tokenizer_json(*task_.tokenizer);
    s["block"] = block_;
    s["model"] = model_schema(model_options_);
    s["classes"] = Json::list(classes_.names);
    s["class_counts"] = Json::list(class_counts_);
    return s;
  }
  void read_schema(const Json& s, const std::string& file) override {
    task_.tokenizer = run_tokenizer(s.at("tokenizer"), file);
    block_ = s.at("block").integer();
    read_model_schema(s, model_options_);
    classes_.names.clear();
    class_counts_.clear();
    for (const Json& c : s.at("classes").items()) classes_.names.push_back(c.string());
    for (const Json& n : s.at("class_counts").items()) class_counts_.push_back(n.integer());
    if (block_ < 3 || classes_.names.size() < 2 || classes_.names.size() != class_counts_.size())
      file_error({file, ": block is ", block_, ", with ", classes_.names.size(), " classes and ",
                  class_counts_.size(), " counts; expected the ones that training wrote"});
  }
  void read_new(const Json& schema, const std::string& path, bool labelled) override {
    if (schema.is_null())
      file_error({"the run has no schema.json; expected the file that training wrote"});
    read_schema(schema, "schema.json of the run");
    test_ = path;
    if (labelled) {
      task_.data.test = classes_.set_of(read_pairs(path, "test", {}), path);
    } else {
      TextPairs texts = pairs_.read_texts(path, seen_);
      tell_notes(path, texts.notes);
      task_.data.test.texts = std::move(texts.first);
      test_lines_ = std::move(texts.lines);
      task_.data.test.labels.assign(task_.data.test.texts.size(), 0);
    }
    if (!simple()) task_.data.test.take_tokens(*task_.tokenizer, block_ - 2);
  }

  std::string data_text() const override {
    std::string counts;
    for (size_t c = 0; c < classes_.names.size() && c < 12; ++c)
      counts += text({c ? ", " : "", printable(classes_.names[c], 20), " ", class_counts_[c]});
    const std::string lines =
        text({printable(train_, 200), ": ", counted(task_.data.training.size(), "text"),
              " to train on (", counts, classes_.names.size() > 12 ? ", ..." : "", "), ",
              task_.data.valid.size(), " for validation, ", task_.data.test.size(),
              " for the test\n  ", task_.tokenizer->size(), " different "});
    if (simple()) return lines + "words\n";
    const int64_t cut = task_.data.training.cut + task_.data.valid.cut + task_.data.test.cut;
    return lines + text({"tokens (", task_.tokenizer->kind(), "); longer than ",
                         counted(block_ - 2, "token"), " and cut: ", counted(cut, "text"), "\n"});
  }
  int64_t samples() const override { return task_.data.training.size(); }
  int64_t evaluated() const override { return 64; }

  int64_t parameters() const override {
    if (!simple()) return parameter_count<TextClassifier>(options());
    const int64_t rows = bag_words() > 0 ? bag_words() + 2 : 1;  // words, padding and bias
    return rows * class_number();
  }
  void make_model() override {
    task_.options = {.batch_size = common.batch_size, .seed = static_cast<uint64_t>(common.seed)};
    manual_seed(task_.options.seed);
    if (simple()) task_.bag.emplace(bag_words(), class_number());
    else task_.bert.emplace(options());
  }
  void take_weights() override {
    if (!init_.given()) return;
    StateDict state;
    constexpr std::string_view before = "bert.", pooler = "bert.pooler.";
    for (const auto& [name, x] : init_.weights())
      if (name.starts_with(before) && (encoder().pooler || !name.starts_with(pooler)))
        state[name.substr(before.size())] = x;
    for (const auto& [name, x] : encoder().state_dict())
      if (name.starts_with("pooler."))
        state.emplace(name, x);  // initial values if the run has none
    init_.load(task_.bert->bert, std::move(state), "embeddings.position_embeddings.weight");
  }
  std::optional<TrainResult> fit() override {
    if (!simple()) return {};
    const BagOfWords::Fit f = task_.bag->fit(task_.data.training, *task_.tokenizer);
    return TrainResult{.reason = "the fit has converged",
                       .epochs = 1,
                       .steps = f.steps,
                       .best_epoch = 1,
                       .train_loss = f.loss,
                       .figures = Json::object()};
  }
  Module& model() override { return task_.model(); }
  const Bert& encoder() const override {
    if (simple()) usage_error({"--model ", kind_, " has no text encoder"});
    return task_.bert->bert;
  }
  std::shared_ptr<const Tokenizer> tokenizer() const override { return task_.tokenizer; }
  SentenceOptions sentence() const override { return {.max_tokens = block_}; }
  Task& task() override { return task_; }
  Selection selection() const override { return {.score = task_.score()}; }
  Tensor probe(int64_t count) override {
    if (task_.bag)
      return cross_entropy((*task_.bag)(bags_of(task_.data.training, *task_.tokenizer,
                                                Batch(static_cast<size_t>(count), 0))),
                           zeros({count}, DType::i64));
    size_t longest = 0;
    for (const Tokens& t : task_.data.training.tokens) longest = std::max(longest, t.size());
    const std::vector<Tokens> rows(static_cast<size_t>(count), Tokens(longest, 0));
    const TokenBatch b = bert_batch(BertWords::of(*task_.tokenizer), rows);
    return cross_entropy((*task_.bert)(b.ids, b.lengths), zeros({count}, DType::i64));
  }

  Json figures() override {
    model().eval();
    const bool tested = task_.data.tested(), held = task_.data.validated();
    const TextSet& on = task_.data.evaluated();
    const ClassifyFigures measured = task_.figures(on);
    Json f = classify_figures(measured, classes_.names);
    f["evaluated_on"] = task_.data.evaluated_name();
    conclude_on(f, measured, on);
    if (tested) f["test_loss"] = measured.loss;
    if (held) {
      const ClassifyFigures valid = tested ? task_.figures(task_.data.valid) : measured;
      f["valid_loss"] = valid.loss;
      f["valid_accuracy"] = valid.accuracy;
    }
    if (!tested && !held) f["fit_loss"] = measured.loss;
    return f;
  }

  std::string predictions() override {
    model().eval();
    std::vector<std::string> lines;
    for (int64_t line : test_lines_) lines.push_back(text({line}));
    return predictions_csv("line", lines, classes_.names, task_.logits(task_.data.test));
  }

  Answers answers() override {
    model().eval();
    return text_answers(task_, classes_.names);
  }

  Example example() override {
    const NoGrad no_grad;
    if (task_.bag) {
      const TextSet empty{.texts = {"", ""}, .labels = {0, 0}};
      WordBags b = bags_of(empty, *task_.tokenizer, {0, 1});
      if (task_.tokenizer->size() > 1)
        b.words.mutable_data<int64_t>()[0] = task_.tokenizer->size() - 1;
      b.values = ones(b.values.shape(), DType::f64);
      return {{"words", b.words}, {"values", b.values}, {"logits", (*task_.bag)(b)}};
    }
    const TokenBatch b = example_ids(task_.tokenizer->size(), block_);
    return {{"ids", b.ids},
            {"lengths", lengths_tensor(b.lengths)},
            {"logits", (*task_.bert)(b.ids, b.lengths)}};
  }

  bool has_attention() const override { return !simple(); }
  AttentionPicture attention(const AttentionChoice& choice) override {
    if (simple()) usage_error({"--model ", kind_, " has no attention to draw"});
    const TextSet& set = task_.data.evaluated();
    check_example(choice, set.size());
    const auto at = static_cast<size_t>(choice.example);
    const TokenBatch b = bert_batch(BertWords::of(*task_.tokenizer), {&set.tokens[at], 1});
    Tensor logits;
    AttentionPicture p = text_attention(
        model(), [&](const TokenBatch& one) { logits = (*task_.bert)(one.ids, one.lengths); },
        *task_.tokenizer, b, choice);
    const int64_t predicted = predicted_class(softmax(logits, -1).to_vector<double>(), {});
    const int64_t truth = set.labels[at];
    const std::string title = truth < 0 ? "of a class that is not in the training data"
                                        : printable(classes_.names[static_cast<size_t>(truth)], 20);
    p.title = text({title, ", predicted ",
                    printable(classes_.names[static_cast<size_t>(predicted)], 20), ", ", p.title});
    return p;
  }

  StepTable left_out(const AttentionChoice& choice) override {
    if (simple()) return {};
    check_example(choice, task_.data.evaluated().size());
    model().eval();
    return token_effects(task_, classes_.names, choice.example);
  }

 private:
  TextPairs read_pairs(const std::string& path, const char* role, const Json& recorded) {
    TextPairs pairs = pairs_.read(path, role, recorded, seen_);
    tell_notes(path, pairs.notes);
    if (std::string_view(role) == "test") test_lines_ = pairs.lines;
    return pairs;
  }
  void take_validation(const Json& recorded) {
    double share = 0;
    if (!parse_number(valid_, share)) {
      task_.data.valid = classes_.set_of(read_pairs(valid_, "valid", recorded), valid_);
    } else if (share != 0) {
      Generator gen(static_cast<uint64_t>(common.seed), stream::text_valid);
      task_.data.valid = from_options([&] { return task_.data.training.take_out(share, gen); });
    }
  }
  // Compares the model with the simple ones.
  void conclude_on(Json& f, const ClassifyFigures& measured, const TextSet& on) const {
    const ClassifyFigures majority = majority_figures(class_counts_, on.label_tensor());
    f["baseline_accuracy"] = majority.accuracy;
    Conclusion c{.model = kind_,
                 .evaluated_on = f.at("evaluated_on").string(),
                 .samples = on.size(),
                 .training = std::reduce(class_counts_.begin(), class_counts_.end()),
                 .rivals = {}};
    const auto contest = [&](const ClassifyFigures& rival) {
      return contest_of(measured, rival, on.labels, have_auc(measured, rival));
    };
    if (kind_ != "majority") c.rivals.push_back(majority_rival(contest(majority)));
    if (task_.data.training.size() > 0 && kind_ != "logistic") {
      const ClassifyFigures bag = bag_of_words(task_.data.training, on, class_number());
      f["logistic_accuracy"] = bag.accuracy;
      f["logistic_auc"] = bag.auc ? Json(*bag.auc) : Json();
      c.rivals.push_back(logistic_rival(contest(bag)));
    }
    c.without_logistic = task_.data.training.size() == 0 && !simple();
    conclude(f, c);
  }
  // ---- a model without a network
  bool simple() const { return kind_ != "transformer"; }
  int64_t bag_words() const { return kind_ == "logistic" ? task_.tokenizer->size() : 0; }
  int64_t class_number() const { return static_cast<int64_t>(classes_.names.size()); }
  void check_flags() const {
    for (const char* key : {"init",       "tokenizer",  "vocab",
                            "block",      "pooling",    "epochs",
                            "steps",      "batch_size", "lr",
                            "optimizer",  "matrix_lr",  "beta2",
                            "schedule",   "warmup",     "weight_decay",
                            "clip_norm",  "patience",   "d_model",
                            "nhead",      "layers",     "dim_feedforward",
                            "dropout",    "save_every", "freeze",
                            "layer_decay"})
      if (settings.at(key).origin == Origin::flag)
        usage_error({settings.at(key).option(), " is for --model transformer, not for ", kind_});
  }
  TextClassifierOptions options() const {
    return {.bert = bert_options(model_options_, common, *task_.tokenizer, block_),
            .classes = class_number(),
            .pooling = pooling_};
  }

  std::string train_, test_, valid_ = "0.1", positive_;
  TextPooling pooling_ = TextPooling::mean;
  InitSettings init_;
  PairSettings pairs_;
  bool as_classes_ = false;
  BertOptions model_options_;  // beyond the settings
  TokenizerSettings tokenizer_;
  int64_t block_ = 128;
  Json seen_ = Json::object();
  TextClasses classes_;
  std::vector<int64_t> class_counts_;  // counts in the training part
  std::vector<int64_t> test_lines_;    // line numbers in the file
  std::string kind_ = "transformer";
  TextTask task_;
};

}  // namespace

std::unique_ptr<TaskRun> classify_text_run() { return std::make_unique<TextRun>(); }

}  // namespace gradus::tools
