// SPDX-License-Identifier: MIT
// gradus train lm: a GPT learns to predict the next token of texts, or of lists with an item a
// line.
#include <cmath>
#include <numeric>
#include <optional>

#include "gradus/autograd/node.h"
#include "gradus/nn/attention.h"
#include "gradus/nn/init.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "models/tasks/language_task.h"
#include "tools/app/left_out.h"
#include "tools/cli/words.h"
#include "tools/draw/table.h"
#include "tools/tasks/init_run.h"
#include "tools/tasks/language/answers.h"
#include "tools/tasks/tasks.h"
#include "tools/tasks/text_settings.h"

namespace gradus::tools {
namespace {

constexpr Words<GptPosition, 5> positions = {{{"learned", GptPosition::learned},
                                              {"sinusoidal", GptPosition::sinusoidal},
                                              {"rope", GptPosition::rope},
                                              {"alibi", GptPosition::alibi},
                                              {"none", GptPosition::none}}};
constexpr Words<std::optional<FeatureMap>, 3> attentions = {
    {{"softmax", std::nullopt}, {"linear", FeatureMap::elu}, {"linear_relu", FeatureMap::relu}}};
constexpr Words<NormKind, 2> norms = {
    {{"layer_norm", NormKind::layer_norm}, {"rms_norm", NormKind::rms_norm}}};

class LanguageRun final : public TaskRun,
                          public Trains,
                          public Exports,
                          public ShowsAnswers,
                          public Attends,
                          public Generates {
 public:
  LanguageRun() {
    parts = {
        .trains = this, .exports = this, .shows_answers = this, .attends = this, .generates = this};
    common.epochs = 5;
    common.batch_size = 12;
    common.lr = 3e-3;
    common.dropout = 0;
    common.d_model = 128;
    common.layers = 4;
    common.dim_feedforward = 0;
    common.warmup = 0.05;
    common.weight_decay = 0.1;
    common.activation = Activation::gelu;
    text_.list(settings);
    init_.list(
        settings,
        "run folder of train lm or of an imported GPT-2: training starts from its tokenizer, "
        "sizes and weights");
    settings.choice("preset", preset_,
                    {"none", "nanogpt-cpu", "nanogpt-adamw", "shakespeare", "names"},
                    "a named set of settings");
    settings.value("block", block_, "tokens in the model's context; with --lines: the longest line",
                   2, 65536);
    settings
        .value("eval_windows", eval_windows_,
               "number of evenly spread held-out windows (or lines) to evaluate after each epoch; "
               "0: all. The report evaluates up to 100 times as many",
               0, 1000000000)
        .former = 0;
    settings.choice("position", position_, positions, "position encoding");
    settings.flag("tied", tied_, "the output layer shares the embedding's weight");
    list_model_parts();
    common.list(settings);
  }
  std::string name() const override { return "lm"; }

  void list_model_parts() {
    settings.choice(
        "attention", attention_, attentions,
        "linear and linear_relu: linear attention with feature map elu + 1 or relu + 1");
    settings.value("kv_heads", kv_heads_, "heads of keys and values; 0: --nhead", 0, 1024);
    settings.value("window", window_,
                   "attention sees this many tokens, up to the current one; 0: all", 0, 65536);
    settings.choice("norm", norm_, norms, "normalisation before each part of a layer");
    settings.choice("feed_forward", feed_forward_, {"gelu", "swiglu", "relu_squared"},
                    "swiglu: gated, with 2/3 of the width; relu_squared: max(x, 0)^2");
    settings.flag("qk_norm", qk_norm_,
                  "attention divides queries and keys by their root mean square");
    settings.flag("embed_norm", embed_norm_,
                  "embedded tokens are divided by their root mean square");
    settings.flag("zero_init", zero_init_,
                  "the last matrix of attention and of each feed-forward starts at zero");
    settings.value("logit_cap", logit_cap_, "logits z become c tanh(z / c) with this c; 0: no cap",
                   0, 1e6);
    settings.value("experts", experts_,
                   "feed-forward experts in a layer (mixture of experts); 0: one feed-forward", 0,
                   1024);
    settings.value("top_k", top_k_, "experts per token", 1, 1024);
    settings.value("aux_weight", aux_weight_, "weight of the loss that balances the experts", 0,
                   100);
  }

  std::map<std::string, Json> preset() const override {
    if (preset_ == "nanogpt-cpu") return preset_with_muon();
    if (preset_ == "nanogpt-adamw")  // the same size, as GPT-2 was trained
      return {{"d_model", 128}, {"nhead", 4}, {"layers", 4},    {"block", 64},   {"batch_size", 12},
              {"steps", 2000},  {"lr", 5e-3}, {"dropout", 0.0}, {"warmup", 0.05}};
    if (preset_ == "shakespeare")
      return {{"d_model", 192},
              {"nhead", 6},
              {"layers", 6},
              {"block", 128},
              {"batch_size", 16},
              {"steps", 2300},
              {"lr", 2.5e-3},
              {"dropout", 0.05},
              {"position", "rope"},
              {"norm", "rms_norm"},
              {"feed_forward", "swiglu"}};
    if (preset_ == "names") {
      std::map<std::string, Json> values = preset_with_muon();
      for (const auto& [key, value] : std::map<std::string, Json>{
               {"lines", true}, {"d_model", 96}, {"batch_size", 64}, {"epochs", 3}})
        values[key] = value;
      for (const char* key : {"steps", "block"}) values.erase(key);
      return values;
    }
    return {};
  }

  std::map<std::string, Json> implied() const override {
    std::map<std::string, Json> all = init_.implied(
        {"lm"}, {"position", "tied", "attention", "kv_heads", "window", "norm", "feed_forward",
                 "experts", "top_k", "qk_norm", "embed_norm", "logit_cap"});
    if (text_.lines) all.emplace("eval_windows", 5000);  // they are short
    return all;
  }

  void check() override {
    text_.check(settings);
    init_.check(settings);
    for (const char* key : {"norm_first", "activation"})
      if (settings.at(key).origin == Origin::flag)
        usage_error({settings.at(key).option(),
                     " cannot be chosen: a GPT is pre-norm; --feed-forward names its activation"});
    if (settings.at("dim_feedforward").origin == Origin::standard && common.dim_feedforward == 0)
      common.dim_feedforward =
          GptOptions{.d_model = common.d_model, .swiglu = feed_forward_ == "swiglu"}.feed_forward();
    if (kv_heads_ > 0 && common.nhead % kv_heads_ != 0)
      usage_error({"--kv-heads ", kv_heads_, " does not divide --nhead ", common.nhead});
    if (experts_ > 0 && top_k_ > experts_)
      usage_error({"--top-k ", top_k_, " is more than --experts ", experts_});
    if (attention_ && position_ == GptPosition::alibi)
      usage_error(
          {"--position alibi adds a bias to attention scores; --attention linear has no scores"});
    if (attention_ && window_ > 0)
      usage_error(
          {"--window is for --attention softmax; linear attention sees all earlier tokens"});
    TaskRun::check();
  }

  void read_data(const Json& recorded) override {
    if (!task_.data.tokenizer && init_.given()) {
      task_.data.tokenizer = init_.tokenizer();
      read_model_schema(init_.schema(), model_options_);
    }
    task_.data = text_.read({}, common.seed, task_.data.tokenizer, recorded, seen_);
    if (text_.lines) block_ = task_.data.longest();
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
  }
  std::string data_text() const override { return text_.summary(task_.data) + evaluated_text(); }
  int64_t samples() const override { return task_.data.epoch_size(block_); }
  int64_t evaluated() const override { return task_.evaluated_at_once(); }

  int64_t parameters() const override { return parameter_count<Gpt>(options()); }
  void make_model() override {
    task_.batch_size = common.batch_size;
    task_.seed = static_cast<uint64_t>(common.seed);
    task_.eval_windows = eval_windows_;
    manual_seed(task_.seed);
    task_.gpt.emplace(options());
  }
  void take_weights() override {
    if (init_.given()) init_.load(*task_.gpt, init_.weights(), "wpe.weight");
  }
  Module& model() override { return task_.model(); }
  const Gpt& gpt() const override { return *task_.gpt; }
  const LanguageData& language() const override { return task_.data; }
  Task& task() override { return task_; }
  std::optional<double> try_evaluation() override {
    const int64_t all = task_.evaluated_windows(eval_windows_);
    const int64_t some = std::min({all, common.batch_size, task_.evaluated_at_once()});
    task_.evaluate_on(some);
    return static_cast<double>(some) / static_cast<double>(std::max<int64_t>(all, 1));
  }
  double report_cost() const override {
    return static_cast<double>(task_.evaluated_windows(in_report())) /
           static_cast<double>(std::max<int64_t>(task_.evaluated_windows(eval_windows_), 1));
  }
  Tensor probe(int64_t count) override {
    const Tensor ids =
        zeros({count, std::min<int64_t>(block_, task_.data.tokens(true) - 1)}, DType::i64);
    return task_.gpt->loss(ids, ids);
  }

  Json figures() override {
    const NoGrad no_grad;
    model().eval();
    model().set_names();
    ExpertRecorder experts;
    Json f = task_.evaluate_on(in_report());
    const int64_t all = task_.evaluated_windows(0);
    if (const int64_t some = task_.evaluated_windows(in_report()); some < all)
      f["evaluated_windows"] = gradus::text({grouped(some), " of ", grouped(all)});
    f["bits_per_char"] = f.at("valid_nats_per_char").number() / std::log(2.0);
    const double perplexity = std::exp(f.at("valid_loss").number());
    f["perplexity"] = std::isinf(perplexity) ? Json() : Json(perplexity);
    if (unknown_id(*task_.data.tokenizer) >= 0) f["unknown_share"] = task_.data.unknown_share();
    f["unigram_loss"] = unigram_loss(task_.data);
    f["bigram_loss"] = bigram_loss(task_.data);
    if (!experts.records.empty()) f["expert_load"] = load_of(experts);
    return f;
  }
  std::vector<std::string> examples() override { return task_.samples_of(5, 2); }

  Example example() override {
    const NoGrad no_grad;
    const Tensor ids = example_ids(task_.data.tokenizer->size(), block_).ids;
    return {{"ids", ids}, {"logits", (*task_.gpt)(ids)}};
  }

  bool has_hugging_face_form() const override { return true; }

  Answers answers() override {
    model().eval();
    return language_answers(task_);
  }

  AttentionPicture attention(const AttentionChoice& choice) override {
    const Tokens text = held_out_text(choice);
    const std::vector<double> ids(text.begin(), text.end());
    const AttentionRecords seen = recorded_attention(model(), [&] {
      gpt()(tensor(ids, {1, static_cast<int64_t>(ids.size())}, DType::i64));
    });
    AttentionPicture p = chosen_attention(seen, "layers.", ".self_attn", choice);
    p.title = text_title(choice) + p.title;
    for (int64_t id : text) p.rows.push_back(token_label(*task_.data.tokenizer, id));
    p.cols = p.rows;
    p.row_axis = "reads";
    p.col_axis = "attends to";
    return p;
  }

  StepTable left_out(const AttentionChoice& choice) override {
    model().eval();
    Tokens text = held_out_text(choice);
    const Tokenizer& t = *task_.data.tokenizer;
    StepTable table{.title = "bits that the last token, " + token_label(t, text.back()) +
                             ", costs more"};
    for (int64_t id : text) table.steps.push_back(token_label(t, id));
    table.effect = left_out_effects(
        text,
        [&](const Tokens& one) {
          const Tokens context(one.begin(), one.end() - 1);
          const Tensor logits = gpt()(pad({&context, 1}, 0).ids);
          const std::vector<double> last =
              log_softmax(select(select(logits, 0, 0), 0, std::ssize(context) - 1), -1)
                  .to_vector<double>();
          return last[static_cast<size_t>(one.back())] / std::log(2.0);
        },
        0, 1);
    return table;
  }

 private:
  // In a very large held-out part, so many windows make the sampling error of the report tiny.
  int64_t in_report() const { return 100 * eval_windows_; }
  // "  evaluated after each epoch: 200 of 1,743 held-out windows, ..."
  std::string evaluated_text() const {
    const int64_t all = task_.data.held_out_size(block_);
    if (eval_windows_ == 0 || eval_windows_ >= all) return "";
    const std::string what = text_.lines ? " held-out lines" : " held-out windows";
    const std::string report = in_report() < all ? grouped(in_report()) : "all";
    return gradus::text({"  evaluated after each epoch: ", grouped(eval_windows_), " of ",
                         grouped(all), what,
                         ", evenly spread (--eval-windows); for the report: ", report, "\n"});
  }
  // A quarter of the steps that nanogpt-adamw needs: docs/results.md.
  static std::map<std::string, Json> preset_with_muon() {
    return {{"d_model", 128},      {"nhead", 4},          {"layers", 4},
            {"block", 64},         {"batch_size", 12},    {"steps", 500},
            {"optimizer", "muon"}, {"matrix_lr", 0.02},   {"lr", 0.01},
            {"beta2", 0.99},       {"weight_decay", 0.0}, {"schedule", "linear"},
            {"warmup", 0.05},      {"dropout", 0.0},      {"norm", "rms_norm"},
            {"position", "rope"},  {"qk_norm", true},     {"feed_forward", "relu_squared"},
            {"embed_norm", true},  {"zero_init", true}};
  }
  // A held-out line, or a window of the held-out text.
  Tokens held_out_text(const AttentionChoice& choice) const {
    const int64_t length = std::min<int64_t>(block_, 24);
    const auto count = text_.lines ? static_cast<int64_t>(task_.data.valid_lines.size())
                                   : task_.data.tokens(false) / length;
    check_example(choice, count);
    if (text_.lines) return task_.data.valid_lines[static_cast<size_t>(choice.example)];
    const auto from = task_.data.valid.begin() + choice.example * length;
    return {from, from + length};
  }
  static std::string text_title(const AttentionChoice& choice) {
    return gradus::text({"example ", choice.example, ", "});
  }
  // The share of tokens that went to each expert, by layer.
  static Json load_of(const ExpertRecorder& seen) {
    std::map<std::string, std::vector<double>> sums;
    for (const ExpertRecorder::Record& r : seen.records) {
      std::vector<double>& sum = sums[r.name];
      sum.resize(r.counts.size());
      for (size_t e = 0; e < sum.size(); ++e) sum[e] += static_cast<double>(r.counts[e]);
    }
    Json load = Json::object();
    for (const auto& [layer, sum] : sums) {
      const double all = std::accumulate(sum.begin(), sum.end(), 0.0);
      Json::Array shares;
      for (double n : sum) shares.push_back(all > 0 ? n / all : 0);
      load[layer] = Json(std::move(shares));
    }
    return load;
  }
  GptOptions options() const {
    GptOptions o{.vocab = task_.data.tokenizer->size(),
                 .block = block_,
                 .d_model = common.d_model,
                 .nhead = common.nhead,
                 .layers = common.layers,
                 .dim_feedforward = common.dim_feedforward,
                 .dropout = common.dropout,
                 .bias = model_options_.bias,
                 .tied = tied_,
                 .norm = norm_,
                 .layer_norm_eps = model_options_.layer_norm_eps,
                 .activation = feed_forward_ == "relu_squared" ? Activation::relu_squared
                                                               : model_options_.activation,
                 .swiglu = feed_forward_ == "swiglu",
                 .num_kv_heads = kv_heads_,
                 .window = window_,
                 .num_experts = experts_,
                 .top_k = top_k_,
                 .aux_weight = aux_weight_,
                 .qk_norm = qk_norm_,
                 .embed_norm = embed_norm_,
                 .zero_init = zero_init_,
                 .logit_cap = logit_cap_};
    o.linear = attention_;
    o.position = position_;
    return o;
  }

  TextSettings text_;
  InitSettings init_;
  GptOptions model_options_;  // beyond the settings
  std::string preset_ = "none", feed_forward_ = "gelu";
  GptPosition position_ = GptPosition::learned;
  std::optional<FeatureMap> attention_{};  // absent: softmax
  NormKind norm_ = NormKind::layer_norm;
  int64_t kv_heads_ = 0, window_ = 0, experts_ = 0, top_k_ = 2;
  double aux_weight_ = 0.01;
  bool tied_ = true, qk_norm_ = false, embed_norm_ = false, zero_init_ = false;
  double logit_cap_ = 0;
  int64_t block_ = 64, eval_windows_ = 200;
  Json seen_ = Json::object();
  LanguageTask task_;
};

}  // namespace

std::unique_ptr<TaskRun> lm_run() { return std::make_unique<LanguageRun>(); }

}  // namespace gradus::tools
