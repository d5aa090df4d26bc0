// SPDX-License-Identifier: MIT
// Every key of config.json is read, required to have one value, or known to change no result.
#include "models/hugging_face/config.h"

#include <utility>

#include "io/json_keys.h"

namespace gradus {
namespace {

// Keys for generation, training or bookkeeping; they do not change the model's outputs.
constexpr const char* without_effect[] = {
    // origin and number format
    "architectures", "model_type", "transformers_version", "torch_dtype", "dtype",
    "tokenizer_class", "finetuning_task", "gradient_checkpointing", "torchscript", "use_bfloat16",
    "tf_legacy_loss", "initializer_range", "use_cache", "return_dict", "output_attentions",
    "output_hidden_states", "output_past", "chunk_size_feed_forward", "prefix", "n_ctx",
    // heads that are not imported
    "id2label", "label2id", "num_labels", "problem_type", "classifier_dropout",
    "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type",
    "summary_use_proj", "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers",
    "pooler_size_per_head", "pooler_type", "directionality",
    // dropout by part, and ids of special tokens, which the tokenizer has
    "attn_pdrop", "embd_pdrop", "attention_probs_dropout_prob", "bos_token_id", "eos_token_id",
    "pad_token_id", "sep_token_id", "cls_token_id", "mask_token_id", "unk_token_id",
    "decoder_start_token_id",
    // generation, and the order of products, which does not change their values
    "task_specific_params", "max_length", "min_length", "do_sample", "early_stopping", "num_beams",
    "num_beam_groups", "diversity_penalty", "temperature", "top_k", "top_p", "typical_p",
    "repetition_penalty", "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size",
    "bad_words_ids", "num_return_sequences", "output_scores", "return_dict_in_generate",
    "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values",
    "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens",
    "reorder_and_upcast_attn"};

using Config = JsonKeys;

Activation activation_of(Config& c, const std::string& key, const std::string& standard) {
  const std::string word = c.word(key, standard);
  if (word == "gelu" || word == "gelu_python") return Activation::gelu;
  for (const char* tanh_form : {"gelu_new", "gelu_pytorch_tanh", "gelu_fast"})
    if (word == tanh_form) return Activation::gelu_tanh;
  if (word == "relu") return Activation::relu;
  c.refuse(key, "gelu, gelu_new, gelu_pytorch_tanh, gelu_fast or relu");
}

const char* name_of(Activation a) {
  return a == Activation::gelu ? "gelu" : a == Activation::relu ? "relu" : "gelu_new";
}

constexpr int64_t widest = 65536, most_tokens = 1000000;
// An absent key has its default of transformers' GPT2Config or BertConfig: save_pretrained() writes
// only the keys that differ.

void common_switches(Config& c) {
  for (const char* off : {"add_cross_attention", "is_encoder_decoder", "tie_encoder_decoder"})
    c.must_be(off, false);
  c.must_be("pruned_heads", Json::object());
  for (const char* absent : {"quantization_config", "cross_attention_hidden_size"})
    if (c.find(absent)) c.refuse(absent, "none");
}

// gradus has one dropout setting; it affects only training.
void note_dropout(Config& c, const char* one, const char* other, HuggingFaceModel& m) {
  const double a = c.number(one, 0.1, 0, 1), b = c.number(other, 0.1, 0, 1);
  if (a != b) m.notes.push_back(text({other, " is ", b, "; training uses ", one, ", ", a}));
}

void read_gpt2(Config& c, HuggingFaceModel& m) {
  GptOptions o{.vocab = c.count("vocab_size", 1, most_tokens, 50257),
               .block = c.count("n_positions", 1, widest, 1024),
               .d_model = c.count("n_embd", 1, widest, 768),
               .nhead = c.count("n_head", 1, 1024, 12),
               .layers = c.count("n_layer", 0, 1024, 12)};
  if (c.find("n_inner")) o.dim_feedforward = c.count("n_inner", 1, 1 << 20, 0);
  o.dim_feedforward = o.feed_forward();
  o.dropout = c.number("resid_pdrop", 0.1, 0, 1);
  o.bias = true;
  o.tied = c.flag("tie_word_embeddings", true);
  o.layer_norm_eps = c.number("layer_norm_epsilon", 1e-5, 1e-30, 1);
  o.activation = activation_of(c, "activation_function", "gelu_new");
  if (o.d_model % o.nhead != 0)
    c.refuse("n_head", text({"a number that divides n_embd, ", o.d_model}));
  c.must_be("scale_attn_weights", true);
  c.must_be("scale_attn_by_inverse_layer_idx", false);
  common_switches(c);
  note_dropout(c, "resid_pdrop", "attn_pdrop", m);
  m.gpt = o;
}

void read_bert(Config& c, HuggingFaceModel& m) {
  BertOptions o{.vocab = c.count("vocab_size", 1, most_tokens, 30522),
                .block = c.count("max_position_embeddings", 3, widest, 512),
                .d_model = c.count("hidden_size", 1, widest, 768),
                .nhead = c.count("num_attention_heads", 1, 1024, 12),
                .layers = c.count("num_hidden_layers", 0, 1024, 12),
                .dim_feedforward = c.count("intermediate_size", 1, 1 << 20, 3072)};
  o.dropout = c.number("hidden_dropout_prob", 0.1, 0, 1);
  o.layer_norm_eps = c.number("layer_norm_eps", 1e-12, 1e-30, 1);
  o.activation = activation_of(c, "hidden_act", "gelu");
  o.segments = c.count("type_vocab_size", 0, 1024, 2);
  if (o.d_model % o.nhead != 0)
    c.refuse("num_attention_heads", text({"a number that divides hidden_size, ", o.d_model}));
  if (const std::string kind = c.word("position_embedding_type", "absolute"); kind != "absolute")
    c.refuse("position_embedding_type", "\"absolute\"");
  c.must_be("is_decoder", false);
  if (m.masked_lm) c.must_be("tie_word_embeddings", true);
  else c.find("tie_word_embeddings");  // belongs to a head that is absent
  common_switches(c);
  note_dropout(c, "hidden_dropout_prob", "attention_probs_dropout_prob", m);
  m.bert = o;
}

}  // namespace

HuggingFaceModel read_hugging_face_config(const Json& config, const std::string& file,
                                          const std::vector<std::string>& ignored) {
  Config c(config, file);
  c.without_effect(without_effect);
  HuggingFaceModel m;
  const std::string type = c.word("model_type", "");
  if (type != "gpt2" && type != "bert") c.refuse("model_type", "\"gpt2\" or \"bert\"");
  const Json* names = c.find("architectures");
  const bool one = names && names->is(Json::Kind::array) && names->items().size() == 1 &&
                   names->items()[0].is(Json::Kind::string);
  if (one) m.architecture = names->items()[0].string();
  m.masked_lm = m.architecture == "BertForMaskedLM" || m.architecture == "BertForPreTraining";
  const std::string expected =
      type == "gpt2" ? "one of [\"GPT2LMHeadModel\"] and [\"GPT2Model\"]"
                     : "one of [\"BertForMaskedLM\"], [\"BertForPreTraining\"] and [\"BertModel\"]";
  const bool known = type == "gpt2"
                         ? m.architecture == "GPT2LMHeadModel" || m.architecture == "GPT2Model"
                         : m.masked_lm || m.architecture == "BertModel";
  if (!known) c.refuse("architectures", expected);
  type == "gpt2" ? read_gpt2(c, m) : read_bert(c, m);
  if (m.architecture == "GPT2Model" && !m.gpt->tied)
    c.refuse("tie_word_embeddings", "true, since a GPT2Model has no output layer of its own");
  c.refuse_the_rest(ignored, "imports the model without it");
  return m;
}

// ---- export

Json hugging_face_config(const GptOptions& o) {
  Json c;
  c["architectures"] = Json(Json::Array{"GPT2LMHeadModel"});
  c["model_type"] = "gpt2";
  c["vocab_size"] = o.vocab;
  c["n_positions"] = o.block;
  c["n_embd"] = o.d_model;
  c["n_layer"] = o.layers;
  c["n_head"] = o.nhead;
  c["n_inner"] = o.feed_forward();
  c["activation_function"] = name_of(o.activation);
  for (const char* part : {"resid_pdrop", "embd_pdrop", "attn_pdrop"}) c[part] = o.dropout;
  c["layer_norm_epsilon"] = o.layer_norm_eps;
  c["tie_word_embeddings"] = o.tied;
  for (const char* none : {"bos_token_id", "eos_token_id"}) c[none] = nullptr;
  return c;
}

Json hugging_face_config(const BertOptions& o, bool masked_lm) {
  Json c;
  c["architectures"] = Json(Json::Array{masked_lm ? "BertForMaskedLM" : "BertModel"});
  c["model_type"] = "bert";
  c["vocab_size"] = o.vocab;
  c["max_position_embeddings"] = o.block;
  c["hidden_size"] = o.d_model;
  c["num_hidden_layers"] = o.layers;
  c["num_attention_heads"] = o.nhead;
  c["intermediate_size"] = o.feed_forward();
  c["hidden_act"] = name_of(o.activation);
  for (const char* part : {"hidden_dropout_prob", "attention_probs_dropout_prob"})
    c[part] = o.dropout;
  c["layer_norm_eps"] = o.layer_norm_eps;
  c["type_vocab_size"] = o.segments;
  c["position_embedding_type"] = "absolute";
  c["tie_word_embeddings"] = true;
  return c;
}

}  // namespace gradus
