// SPDX-License-Identifier: MIT
// gradus train lm: a GPT learns to say the next character of a text file, or of items one a line.
#include <cmath>
#include <cstdio>
#include <optional>

#include "gradus/autograd/node.h"
#include "gradus/io/file.h"
#include "gradus/nn/attention.h"
#include "models/language_task.h"
#include "tools/data_file.h"
#include "tools/train_lm.h"

namespace gradus::tools {
namespace {

class LanguageRun : public LanguageTrainingRun {
 public:
  LanguageRun() {
    common.epochs = 5, common.batch_size = 12, common.lr = 3e-3, common.dropout = 0;
    common.d_model = 128, common.layers = 4, common.dim_feedforward = 0, common.warmup = 0.05;
    common.weight_decay = 0.1;
    settings.argument("file", "FILE.txt", file_, "text, UTF-8").file = true;
    settings.choice("preset", preset_, {"none", "nanogpt-cpu", "shakespeare", "names"},
                    "all settings of a known training at once");
    settings.flag("lines", lines_, "each line of the file stands by itself");
    settings.value("valid", valid_, "share held out: the end of a text, or lines", 0.001, 0.9);
    settings.value("block", block_, "characters that the model sees; by lines: the longest line", 2,
                   65536);
    settings.choice("position", position_, {"learned", "sinusoidal", "rope", "alibi", "none"},
                    "how the model knows places");
    settings.flag("tied", tied_, "the output layer shares the embedding's weight");
    common.list(settings);
  }
  std::string name() const override { return "lm"; }

  std::map<std::string, Json> preset() const override {
    if (preset_ == "nanogpt-cpu")
      return {{"d_model", 128}, {"nhead", 4}, {"layers", 4},    {"block", 64},   {"batch_size", 12},
              {"steps", 2000},  {"lr", 3e-3}, {"dropout", 0.0}, {"warmup", 0.05}};
    if (preset_ == "shakespeare")
      return {{"d_model", 192}, {"nhead", 6},       {"layers", 6},
              {"block", 128},   {"batch_size", 32}, {"steps", 3000},
              {"lr", 2e-3},     {"dropout", 0.1},   {"position", "rope"}};
    if (preset_ == "names")
      return {{"lines", true},    {"d_model", 96}, {"nhead", 4}, {"layers", 4},
              {"batch_size", 64}, {"epochs", 12},  {"lr", 3e-3}, {"dropout", 0.1}};
    return {};
  }

  void check() override {
    if (file_.empty()) usage_error({"FILE.txt is missing: ", settings.at("file").help});
    for (const char* key : {"norm_first", "activation"})
      if (settings.at(key).origin == Origin::flag)
        usage_error({settings.at(key).option(), " cannot be chosen: a GPT is pre-norm, with GELU"});
    if (settings.at("dim_feedforward").origin == Origin::standard)
      common.dim_feedforward = 4 * common.d_model;
    Training::check();
  }

  void read_data(const Json& recorded) override {
    const std::string text = read_bytes(file_, "file", recorded, seen_);
    data_ = from_options([&] {
      return LanguageData::from_text(text, valid_, lines_, static_cast<uint64_t>(common.seed));
    });
    if (lines_) block_ = data_.longest();
  }
  Json data() const override { return seen_; }
  Json schema() const override {
    Json s;
    s["characters"] =
        Json(Json::Array(data_.tokenizer.words().begin(), data_.tokenizer.words().end()));
    s["lines"] = lines_, s["block"] = block_;
    return s;
  }
  void read_schema(const Json& s) override {
    std::vector<std::string> characters;
    for (const Json& c : s.at("characters").items()) characters.push_back(c.string());
    data_.tokenizer = CharTokenizer(characters);
    data_.by_lines = lines_ = s.at("lines").boolean();
    block_ = s.at("block").integer();
  }
  void show_data() const override {
    std::fprintf(stderr, "%s: %lld characters to train on, %lld held out, %lld different ones\n",
                 printable(file_, 200).c_str(), static_cast<long long>(data_.characters(true)),
                 static_cast<long long>(data_.characters(false)),
                 static_cast<long long>(data_.tokenizer.size()));
    if (data_.replaced)
      std::fprintf(stderr, "  %lld bytes are no UTF-8: each became U+FFFD\n",
                   static_cast<long long>(data_.replaced));
  }
  int64_t samples() const override {
    return lines_ ? static_cast<int64_t>(data_.train_lines.size())
                  : std::max<int64_t>(1, data_.characters(true) / block_);
  }
  int64_t evaluated() const override { return 64; }

  double parameters() const override { return parameter_count(options()); }
  void make_model() override {
    const auto seed = static_cast<uint64_t>(common.seed);
    manual_seed(seed);
    model_.emplace(options());
    task_.emplace(data_, *model_, common.batch_size, seed);
  }
  Module& model() override { return *model_; }
  Gpt& gpt() override { return *model_; }
  const LanguageData& language() const override { return data_; }
  Task& task() override { return *task_; }
  Tensor probe(int64_t count) override {
    const Tensor ids =
        zeros({count, std::min<int64_t>(block_, data_.characters(true) - 1)}, DType::i64);
    return model_->loss(ids, ids);
  }

  Json figures() override {
    const NoGrad no_grad;
    model_->eval();
    const double loss = task_->evaluate().at("valid_loss").number();
    Json f;
    f["valid_loss"] = loss, f["valid_nats_per_char"] = loss;
    f["bits_per_char"] = loss / std::log(2.0), f["perplexity"] = std::exp(loss);
    f["unigram_loss"] = unigram_loss(data_), f["bigram_loss"] = bigram_loss(data_);
    return f;
  }
  std::vector<std::string> examples() override { return task_->samples_of(5, 2); }

  AttentionPicture attention(const AttentionChoice& choice) override {
    const NoGrad no_grad;
    model_->eval();
    model_->named_parameters();  // gives the layers their names
    const int64_t length = std::min<int64_t>(block_, 24);
    const auto count =
        lines_ ? static_cast<int64_t>(data_.valid_lines.size()) : data_.characters(false) / length;
    check_example(choice, count);
    Tokens text;
    if (lines_)
      text = data_.valid_lines[static_cast<size_t>(choice.example)];
    else
      text.assign(data_.valid.begin() + choice.example * length,
                  data_.valid.begin() + (choice.example + 1) * length);
    const std::vector<double> ids(text.begin(), text.end());
    AttentionRecorder seen;
    (*model_)(tensor(ids, {1, static_cast<int64_t>(ids.size())}, DType::i64));
    AttentionPicture p = chosen_attention(seen, "layers.", ".self_attn", choice);
    p.title = text_title(choice) + p.title;
    for (int64_t id : text) {
      const std::string& c = data_.tokenizer.word(id);
      p.rows.push_back(c == "\n" ? "\\n" : c == " " ? "_" : c);
    }
    p.cols = p.rows, p.row_axis = "reads", p.col_axis = "looks at";
    return p;
  }

 private:
  static std::string text_title(const AttentionChoice& choice) {
    return gradus::text({"example ", choice.example, ", "});
  }
  GptOptions options() const {
    GptOptions o{.vocab = data_.tokenizer.size(),
                 .block = block_,
                 .d_model = common.d_model,
                 .nhead = common.nhead,
                 .layers = common.layers,
                 .dim_feedforward = common.dim_feedforward,
                 .dropout = common.dropout,
                 .tied = tied_};
    o.position = position_ == "rope"         ? GptPosition::rope
                 : position_ == "alibi"      ? GptPosition::alibi
                 : position_ == "sinusoidal" ? GptPosition::sinusoidal
                 : position_ == "none"       ? GptPosition::none
                                             : GptPosition::learned;
    return o;
  }

  std::string file_, preset_ = "none", position_ = "learned";
  bool lines_ = false, tied_ = true;
  double valid_ = 0.1;
  int64_t block_ = 64;
  Json seen_ = Json::object();
  LanguageData data_;
  std::optional<Gpt> model_;
  std::optional<LanguageTraining> task_;
};

}  // namespace

std::unique_ptr<Training> lm_training() { return std::make_unique<LanguageRun>(); }

}  // namespace gradus::tools
