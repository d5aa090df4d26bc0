// SPDX-License-Identifier: MIT
// GPT-2 and BERT from Hugging Face's files: the outputs of transformers, for every spelling of the
// names; mismatches; config.json. Cases: tests/hugging_face.
#include "models/hugging_face/weights.h"

#include <fstream>

#include "gradus/autograd/node.h"
#include "gradus/io/file.h"
#include "gradus/io/safetensors.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/train/tokenizer_file.h"
#include "models/hugging_face/config.h"
#include "models/sentence_encoder.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_hugging_face_test {

struct Case {
  std::string path;
  HuggingFaceModel model;
  StateDict weights;
  std::map<std::string, Tensor> expected;
  explicit Case(const std::string& name) : path("tests/hugging_face/cases/" + name) {
    model = read_hugging_face_config(config(), path + "/config.json");
    weights = read_safetensors(path + "/model.safetensors").tensors;
    expected = read_safetensors(path + "/expected.safetensors").tensors;
  }
  Json config() const { return parse_json(read_file(path + "/config.json"), path); }
  std::vector<int64_t> lengths() const { return expected.at("lengths").to_vector<int64_t>(); }
};

// The worst difference relative to the largest value, over the rows within their lengths.
double difference(const Tensor& y, const Case& c) {
  const std::vector<double> mine = y.to_vector<double>(),
                            theirs = c.expected.at("outputs").to_vector<double>();
  REQUIRE(y.shape() == c.expected.at("outputs").shape());
  const int64_t steps = y.size(1), width = y.size(2);
  const std::vector<int64_t> lengths =
      c.expected.contains("lengths") ? c.lengths()
                                     : std::vector<int64_t>(static_cast<size_t>(y.size(0)), steps);
  double worst = 0, largest = 0;
  for (int64_t b = 0; b < y.size(0); ++b)
    for (int64_t i = 0; i < lengths[static_cast<size_t>(b)] * width; ++i) {
      const auto at = static_cast<size_t>(b * steps * width + i);
      worst = std::max(worst, std::abs(mine[at] - theirs[at]));
      largest = std::max(largest, std::abs(theirs[at]));
    }
  REQUIRE(largest > 0.5);  // otherwise nothing would be compared
  return worst / largest;
}

double gpt2_difference(const Case& c, const StateDict& file) {
  const NoGrad no_grad;
  Gpt model(*c.model.gpt);
  model.load_state_dict(
      from_hugging_face(gpt2_names(file, c.model.gpt->tied), gpt2_layout(*c.model.gpt)));
  model.eval();
  return difference(model(c.expected.at("ids")), c);
}

double bert_difference(const Case& c, const StateDict& file, std::vector<std::string>& left_out) {
  const NoGrad no_grad;
  BertForMaskedLM model(*c.model.bert);
  model.load_state_dict(
      from_hugging_face(masked_lm_names(file, left_out), masked_lm_layout(*c.model.bert)));
  model.eval();
  return difference(model(c.expected.at("ids"), c.lengths()), c);
}

StateDict renamed(const StateDict& all, const std::string& part, const std::string& with) {
  StateDict out;
  for (const auto& [name, x] : all) {
    const size_t at = name.find(part);
    out[at == name.npos ? name : name.substr(0, at) + with + name.substr(at + part.size())] = x;
  }
  return out;
}

TEST_CASE("GPT-2: the logits of transformers with any names", "[models][hugging_face]") {
  const Case c("gpt2");
  CHECK(c.model.gpt->activation == Activation::gelu_tanh);
  CHECK(gpt2_difference(c, c.weights) < 1e-5);
  StateDict bare = renamed(c.weights, "transformer.", "");
  CHECK(bare.contains("h.0.ln_1.weight"));
  bare["h.0.attn.bias"] = ones({1, 1, 24, 24});
  bare["h.1.attn.masked_bias"] = tensor({-1e4});
  bare["lm_head.weight"] = bare.at("wte.weight").clone_data();
  CHECK(gpt2_difference(c, bare) < 1e-5);
  bare["lm_head.weight"] = zeros({280, 16});
  CHECK(has(message_of([&] { gpt2_difference(c, bare); }),
            "lm_head.weight differs from transformer.wte.weight"));
  bare.erase("lm_head.weight");
  bare["transformer.wte.weight"] = bare.at("wte.weight");
  CHECK(has(message_of([&] { gpt2_difference(c, bare); }), "under two names"));
  // If a part had no effect, this test could not notice that it is missing.
  for (const auto& [name, x] : c.weights) {
    INFO(name);
    if (name.ends_with("c_attn.bias")) continue;  // a key's bias alone changes nothing
    StateDict broken = c.weights;
    broken[name] = mul(x, 1.01);
    CHECK(gpt2_difference(c, broken) > 1e-5);
  }
}

TEST_CASE("BERT: the logits of transformers with any names", "[models][hugging_face]") {
  const Case c("bert");
  std::vector<std::string> left_out;
  CHECK(bert_difference(c, c.weights, left_out) < 1e-5);
  CHECK(left_out.empty());
  StateDict old = renamed(renamed(c.weights, "LayerNorm.weight", "LayerNorm.gamma"),
                          "LayerNorm.bias", "LayerNorm.beta");
  old["bert.embeddings.position_ids"] = zeros({1, 20}, DType::i64);
  old["cls.predictions.decoder.weight"] = old.at("bert.embeddings.word_embeddings.weight");
  old["cls.predictions.decoder.bias"] = old.at("cls.predictions.bias");
  old.erase("cls.predictions.bias");
  old["cls.seq_relationship.weight"] = zeros({2, 16});
  CHECK(bert_difference(c, old, left_out) < 1e-5);
  CHECK(left_out == std::vector<std::string>{"cls.seq_relationship.weight"});
  CHECK(bert_difference(c, renamed(c.weights, "bert.", ""), left_out) < 1e-5);
  old["cls.predictions.decoder.weight"] = zeros({65, 16});
  CHECK(has(message_of([&] { bert_difference(c, old, left_out); }), "to which the model ties it"));
}

TEST_CASE("sentence models: the vectors of sentence-transformers", "[models][hugging_face]") {
  Case c("sentence");
  c.model.bert->pooler = true;
  Bert model(*c.model.bert);
  model.load_state_dict(from_hugging_face(bert_names(c.weights), bert_layout(*c.model.bert)));
  model.eval();
  const NoGrad no_grad;
  CHECK(difference(model(c.expected.at("ids"), c.lengths()), c) < 1e-5);
  std::vector<std::string> texts;
  std::ifstream lines(c.path + "/sentences.txt");
  for (std::string line; std::getline(lines, line);) texts.push_back(line);
  const auto tokenizer = load_tokenizer(c.path + "/vocab.txt");
  const TextVectors found = embed_texts(model, *tokenizer, texts, {.max_tokens = 12});
  const Tensor expected = read_safetensors(c.path + "/vectors.safetensors").tensors.at("vectors");
  CHECK(worst_gap(found.vectors, expected) < 1e-6);
  CHECK(found.cut == 1);
  CHECK(found.lengths[1] == 2);
  // In another order, and alone.
  std::reverse(texts.begin(), texts.end());
  const Tensor back = embed_texts(model, *tokenizer, texts, {.max_tokens = 12}).vectors;
  CHECK(worst_gap(index_select(back, 0, {5, 4, 3, 2, 1, 0}), expected) < 1e-6);
  const Tensor one = embed_texts(model, *tokenizer, {&texts[5], 1}, {.max_tokens = 12}).vectors;
  CHECK(worst_gap(one, index_select(expected, 0, {0})) < 1e-6);
  CHECK(embed_texts(model, *tokenizer, {}, {.max_tokens = 12}).vectors.size(0) == 0);
  const std::vector<std::string> special = {"the [MASK] cat[SEP]", "[SEP", "[CLS][CLS]"};
  CHECK(embed_texts(model, *tokenizer, special, {.max_tokens = 12}).lengths ==
        std::vector<int64_t>{6, 6, 4});  // four pieces without the bracket that closes
  CHECK(has(message_of([&] { embed_texts(model, *tokenizer, texts, {.max_tokens = 21}); }),
            "max_tokens is 21; expected 3 to 20"));
}

TEST_CASE("weights survive a round trip to Hugging Face's layout", "[models][hugging_face]") {
  const Case gpt2("gpt2"), bert("bert");
  const auto same = [](const StateDict& file, const ForeignLayout& layout) {
    const StateDict back = to_hugging_face(from_hugging_face(file, layout), layout);
    REQUIRE(back.size() == file.size());
    for (const auto& [name, x] : file) {
      INFO(name);
      CHECK(back.at(name).to_vector<double>() == x.to_vector<double>());
    }
  };
  same(gpt2.weights, gpt2_layout(*gpt2.model.gpt));
  same(bert.weights, masked_lm_layout(*bert.model.bert));
  // Without biases here, with zeros there.
  GptOptions plain = *gpt2.model.gpt;
  plain.bias = false;
  const Gpt model(plain);
  const StateDict theirs = to_hugging_face(model.state_dict(), gpt2_layout(plain));
  CHECK(theirs.size() == gpt2.weights.size());
  CHECK(theirs.at("transformer.h.0.attn.c_attn.bias").to_vector<double>() ==
        std::vector<double>(48, 0));
  plain.window = 4;
  CHECK(has(message_of([&] { gpt2_layout(plain); }), "not a GPT-2: its attention has a window"));
  plain.swiglu = true;
  CHECK(has(message_of([&] { gpt2_layout(plain); }), "not a GPT-2: its feed-forwards have gates"));
  for (const auto& c : {gpt2, bert}) {
    const Json again =
        c.model.gpt ? hugging_face_config(*c.model.gpt) : hugging_face_config(*c.model.bert, true);
    const HuggingFaceModel m = read_hugging_face_config(again, "again");
    CHECK(m.architecture == c.model.architecture);
    CHECK(write_json(m.gpt ? hugging_face_config(*m.gpt) : hugging_face_config(*m.bert, true)) ==
          write_json(again));
  }
}

TEST_CASE("all tensors that do not fit are in one message", "[models][hugging_face]") {
  const Case c("gpt2");
  StateDict file = c.weights;
  file.erase("transformer.h.1.ln_2.bias");
  file["transformer.h.0.mlp.c_fc.weight"] = zeros({64, 16});  // as a Linear would have it
  file["transformer.h.0.mlp.c_fc.bais"] = zeros({64});
  file["transformer.ln_f.bias"] = zeros({16}, DType::f64);
  const std::string m = message_of([&] { gpt2_difference(c, file); });
  CHECK(has(m, "nothing was imported:\n"));
  CHECK(has(m, "\n  transformer.h.1.ln_2.bias is missing"));
  CHECK(has(m, "\n  transformer.h.0.mlp.c_fc.weight has shape [64, 16], expected [16, 64]"));
  CHECK(has(m, "\n  transformer.h.0.mlp.c_fc.bais is not part of the model"));
  CHECK(has(m, "\n  transformer.ln_f.bias is f64, expected f32"));
}

struct Row {
  const char *model, *key;
  Json value;
  const char* expected;
};
const std::vector<Row> refused = {
    {"gpt2", "model_type", "llama", "\"model_type\" is \"llama\"; expected \"gpt2\" or \"bert\""},
    {"gpt2", "architectures", Json(Json::Array{"GPT2ForSequenceClassification"}),
     "[\"GPT2ForSequenceClassification\"]; expected one of [\"GPT2LMHeadModel\"]"},
    {"gpt2", "activation_function", "quick_gelu", "\"activation_function\" is \"quick_gelu\""},
    {"gpt2", "scale_attn_by_inverse_layer_idx", true, "is true; expected false"},
    {"gpt2", "scale_attn_weights", false, "is false; expected true"},
    {"gpt2", "add_cross_attention", true, "\"add_cross_attention\" is true"},
    {"gpt2", "n_head", 3, "\"n_head\" is 3; expected a number that divides n_embd, 16"},
    {"gpt2", "n_embd", nullptr, "\"n_embd\" is null; expected an integer"},
    {"gpt2", "n_embd", 1e6, "expected an integer from 1 to 65536"},
    {"gpt2", "layer_norm_epsilon", "small", "\"layer_norm_epsilon\" is \"small\""},
    {"gpt2", "rotary_dim", 8, "\"rotary_dim\" is 8, and gradus does not know what it changes"},
    {"gpt2", "quantization_config", Json::object(), "\"quantization_config\" is {}"},
    {"bert", "position_embedding_type", "relative_key", "expected \"absolute\""},
    {"bert", "is_decoder", true, "\"is_decoder\" is true; expected false"},
    {"bert", "hidden_act", "swish", "\"hidden_act\" is \"swish\"; expected gelu"},
    {"bert", "tie_word_embeddings", false, "\"tie_word_embeddings\" is false"},
    {"bert", "architectures", Json(Json::Array{"BertForQuestionAnswering"}), "expected one of"},
    {"bert", "type_vocab_size", -1, "\"type_vocab_size\" is -1"}};

TEST_CASE("config.json: unsupported settings are refused by name", "[models][hugging_face]") {
  for (const Row& row : refused) {
    Json config = Case(row.model).config();
    config[row.key] = row.value;
    INFO(row.key);
    const std::string m =
        message_of<std::runtime_error>([&] { read_hugging_face_config(config, "a/config.json"); });
    INFO(m);
    CHECK(m.starts_with("a/config.json: "));
    CHECK(has(m, row.expected));
  }
  Json config = Case("gpt2").config();
  config["rotary_dim"] = 8;
  CHECK(read_hugging_face_config(config, "c", {"rotary_dim"}).gpt->d_model == 16);
  config["activation_function"] = "gelu";
  config["attn_pdrop"] = 0.5;
  const HuggingFaceModel m = read_hugging_face_config(config, "c", {"rotary_dim"});
  CHECK(m.gpt->activation == Activation::gelu);
  CHECK(m.notes == std::vector<std::string>{"attn_pdrop is 0.5; training uses resid_pdrop, 0.1"});
}

}  // namespace models_hugging_face_test
