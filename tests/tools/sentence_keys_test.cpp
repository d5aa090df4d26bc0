// SPDX-License-Identifier: MIT
// Changes every key of a sentence model's files: the vectors change, the key is refused by name, or
// it is known to change no vector. Also tests names of weights as in the file.
#include <filesystem>
#include <set>

#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "gradus/io/safetensors.h"
#include "tests/catch.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;
namespace fs = std::filesystem;

namespace tools_sentence_keys_test {

enum class Then { refused, changes, no_effect };
using enum Then;

struct Key {
  const char *file, *key, *value;
  Then then;
  const char* output = "";  // by the message; "" for the key itself
};

constexpr const char* modules = "modules.json";
constexpr const char* prompts = "config_sentence_transformers.json";
constexpr const char* lengths = "sentence_bert_config.json";
constexpr const char* pooling = "1_Pooling/config.json";

// In modules.json the key of the second module is changed.
const std::vector<Key> keys = {
    {modules, "idx", "7", no_effect},
    {modules, "name", "\"pool\"", no_effect},
    {modules, "name", "\"0\"", refused},
    {modules, "path", "\"2_Pooling\"", refused, "2_Pooling/config.json: is missing"},
    {modules, "path", "\"../sentence/1_Pooling\"", refused},
    {modules, "type", "\"sentence_transformers.models.WeightedLayerPooling\"", refused,
     "the modules are Transformer, WeightedLayerPooling, Normalize"},
    {modules, "type", "\"my_models.Pooling\"", refused, "Transformer, my_models.Pooling"},
    {modules, "type", "\"sentence_transformers.base.modules.pooling.Pooling\"", no_effect},
    {modules, "kwargs", "[\"task\"]", refused},
    {modules, "kwargs", "[]", no_effect},
    {modules, "other", "1", refused},
    {prompts, "__version__", "{\"sentence_transformers\": \"9\"}", no_effect},
    {prompts, "prompts", "{\"query\": \"query: \"}", no_effect},
    {prompts, "default_prompt_name", "\"query\"", refused},
    {prompts, "similarity_fn_name", "\"dot\"", no_effect},
    {prompts, "model_type", "\"SparseEncoder\"", refused},
    {prompts, "truncate_dim", "8", refused},
    {prompts, "other", "1", refused},
    {lengths, "max_seq_length", "4", changes},
    {lengths, "max_seq_length", "1", refused},
    {lengths, "do_lower_case", "true", no_effect},  // the tokenizer does so already
    {lengths, "do_lower_case", "1", refused},
    {lengths, "transformer_task", "\"fill-mask\"", refused},
    {lengths, "module_output_name", "\"sentence_embedding\"", refused},
    {lengths, "modality_config",
     R"({"text": {"method": "forward", "method_output_name": "last_hidden_state"}})", no_effect},
    {lengths, "modality_config",
     R"({"text": {"method": "forward", "method_output_name": "pooler_output"}})", refused,
     "modality_config: text: \"method_output_name\" is \"pooler_output\""},
    {lengths, "modality_config", "{}", refused, "modality_config: \"text\" is missing"},
    {lengths, "processing_kwargs", "{\"text\": {\"max_length\": 3}}", refused},
    {lengths, "unpad_inputs", "true", no_effect},
    {lengths, "other", "1", refused},
    {pooling, "word_embedding_dimension", "8", refused},
    {pooling, "embedding_dimension", "8", refused},
    {pooling, "pooling_mode_cls_token", "true", refused, "cls_token and mean_tokens"},
    {pooling, "pooling_mode_cls_token", "\"yes\"", refused},
    {pooling, "pooling_mode_mean_tokens", "false", refused, "the pooling is missing"},
    {pooling, "pooling_mode_mean_tokens", "null", no_effect},  // it is on unless it is set
    {pooling, "pooling_mode_max_tokens", "true", refused, "mean_tokens and max_tokens"},
    {pooling, "pooling_mode_mean_sqrt_len_tokens", "true", refused, "mean_sqrt_len_tokens"},
    {pooling, "pooling_mode_weightedmean_tokens", "true", refused, "weightedmean_tokens"},
    {pooling, "pooling_mode_lasttoken", "true", refused, "lasttoken"},
    {pooling, "pooling_mode", "\"max\"", refused},
    {pooling, "include_prompt", "false", no_effect},
    {pooling, "other", "1", refused}};

struct Place : ProgramFolder {
  Place() {
    fs::copy("tests/hugging_face/cases/sentence", path("sentence"), fs::copy_options::recursive);
    put("texts.txt", "the king looked at the old king once more\na cat\n");
  }
  // Changes a key of the file, and restores it.
  template <class F> void with(const Key& k, F f) const {
    const std::string file = text({"sentence/", k.file});
    const bool is_there = fs::exists(path(file));
    const std::string before = is_there ? read_file(path(file)) : "{}";
    Json json = parse_json(before, file);
    if (json.is(Json::Kind::array)) {
      Json::Array items = json.items();
      items[1][k.key] = parse_json(k.value, "value");
      json = Json(items);
    } else {
      json[k.key] = parse_json(k.value, "value");
    }
    put(file, write_json(json));
    f();
    put(file, before);
  }
  std::string vectors() const {
    const Finished in = (*this)("import sentence --force --out run");
    INFO(in.err);
    REQUIRE(in.status == 0);
    return (*this)("embed run texts.txt").out;
  }
};

TEST_CASE("import: every key of a sentence model is read or refused by name", "[tools][import]") {
  const Place p;
  const std::string before = p.vectors();
  REQUIRE_FALSE(before.empty());
  for (const Key& k : keys) {
    p.with(k, [&] {
      INFO(k.file << ": " << k.key << " = " << k.value);
      if (k.then == changes) CHECK(p.vectors() != before);
      if (k.then == no_effect) CHECK(p.vectors() == before);
      if (k.then != refused) return;
      const Finished f = p("import sentence --out new");
      INFO(f.err);
      CHECK(f.status == 1);
      CHECK(has(f.err, k.file));
      CHECK(has(f.err, *k.output ? std::string(k.output) : text({"\"", k.key, "\""})));
      CHECK_FALSE(fs::exists(p.path("new")));
    });
  }
}

TEST_CASE("import: the test covers every key of a sentence model's files", "[tools][import]") {
  for (const char* file : {modules, lengths, pooling}) {
    std::set<std::string> tried;
    for (const Key& k : keys)
      if (std::string_view(k.file) == file) tried.insert(k.key);
    const std::string path = text({"tests/hugging_face/cases/sentence/", file});
    const Json json = parse_json(read_file(path), path);
    const Json& one = json.is(Json::Kind::array) ? json.items()[1] : json;
    for (const auto& [key, value] : one.members()) {
      INFO(file << ": " << key);
      CHECK(tried.count(key) == 1);
    }
  }
}

TEST_CASE("import: an unknown key of a sentence model can be ignored", "[tools][import]") {
  const Place p;
  p.with({pooling, "novelty", "1", refused}, [&] {
    CHECK(has(p("import sentence --out run").err, "--ignore novelty"));
    CHECK(p("import sentence --ignore novelty --out run").status == 0);
  });
}

// The weights of the sentence model under other names, without one tensor, with one of a wrong
// shape and one more.
void rename(const Place& p, const std::string& before, const std::string& without) {
  TensorFile file;
  const std::string path = "tests/hugging_face/cases/sentence/model.safetensors";
  for (const auto& [name, x] : read_safetensors(path).tensors) {
    std::string now = name.starts_with("bert.") ? name.substr(5) : name;
    if (now == without) continue;
    const size_t norm = now.find("LayerNorm.");
    if (norm != now.npos)
      now = now.substr(0, norm + 10) + (now.ends_with("weight") ? "gamma" : "beta");
    file.tensors[before + now] = now == "embeddings.LayerNorm.gamma" ? zeros({32}) : x;
  }
  file.tensors[before + "encoder.extra"] = zeros({1});
  write_safetensors(p.path("sentence/model.safetensors"), file);
}

TEST_CASE("import: a message names weights as the file does", "[tools][import]") {
  const std::string dense = "encoder.layer.0.output.dense.bias";
  const Place p;
  for (const std::string before : {"bert.", ""}) {
    rename(p, before, dense);
    const Finished f = p("import sentence --out run");
    INFO(f.err);
    CHECK(has(f.err, "\n  " + before + dense + " is missing"));
    CHECK(has(f.err, "\n  " + before + "embeddings.LayerNorm.gamma has shape [32], expected [16]"));
    CHECK(has(f.err, "\n  " + before + "encoder.extra is not part of the model"));
  }
}

}  // namespace tools_sentence_keys_test
