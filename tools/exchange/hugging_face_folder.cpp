// SPDX-License-Identifier: MIT
// Reads the weights of a folder: one file, or several with an index.
#include "tools/exchange/hugging_face_folder.h"

#include <cmath>
#include <filesystem>
#include <set>

#include "gradus/io/json.h"
#include "gradus/io/regular_file.h"
#include "gradus/io/safetensors.h"
#include "models/hugging_face/weights.h"

namespace gradus::tools {
namespace {

// The files named by an index, without duplicates; names must not lead out of the folder.
std::set<std::string> shards_in(const std::string& index) {
  const Json map = parse_json(read_regular_file(index), index).at("weight_map");
  std::set<std::string> names;
  for (const auto& [tensor, file] : map.members()) {
    const std::string& name = file.string();
    if (name.empty() || name.find('/') != name.npos || name == "." || name == "..")
      file_error({index, ": \"", printable(tensor, 200), "\" is in ", printable(name),
                  "; expected a file of this folder"});
    names.insert(name);
  }
  return names;
}

StateDict read_shards(const std::string& folder, const std::string& index) {
  StateDict all;
  for (const std::string& name : shards_in(index))
    for (const auto& [tensor, x] : read_safetensors(folder + "/" + name, {.halves = true}).tensors)
      if (!all.emplace(tensor, x).second)
        file_error({index, ": ", printable(tensor, 200), " is in two of its files"});
  return all;
}

StateDict read_weights(const std::string& folder, std::string& file) {
  file = folder + "/model.safetensors";
  if (std::filesystem::exists(file)) return read_safetensors(file, {.halves = true}).tensors;
  const std::string index = file + ".index.json";
  if (std::filesystem::exists(index)) return file = index, read_shards(folder, index);
  std::string other;
  for (const char* name : {"pytorch_model.bin", "pytorch_model.bin.index.json"})
    if (std::filesystem::exists(folder + "/" + name) && other.empty())
      other = text({"; ", name,
                    " is a pickle, which can run code when it is read: save the model "
                    "again with save_pretrained"});
  for (const char* name : {"tf_model.h5", "flax_model.msgpack", "rust_model.ot", "model.onnx",
                           "model.gguf", "adapter_model.safetensors"})
    if (std::filesystem::exists(folder + "/" + name) && other.empty())
      other = text({"; ", name,
                    " has another format: load the model with transformers and save "
                    "it again with save_pretrained"});
  file_error({folder, ": has no model.safetensors", other});
}

// Rounds f64 weights to f32.
StateDict rounded(StateDict weights, const std::string& file, HuggingFaceModel& m) {
  int64_t count = 0;
  for (auto& [name, x] : weights) {
    if (x.dtype() != DType::f64) continue;
    for (double v : x.to_vector<double>())
      if (std::isfinite(v) && std::isinf(static_cast<float>(v)))
        file_error({file, ": ", printable(name, 200), " has ", v, ", which is too large for f32"});
    x = x.to(DType::f32);
    ++count;
  }
  if (count)
    m.notes.push_back(text(
        {count, count == 1 ? " tensor is" : " tensors are", " f64 in the file: rounded to f32"}));
  return weights;
}

// Detects the pooler from the weights: config.json does not mention it.
void see_pooler(const StateDict& weights, const std::string& before, BertOptions& o) {
  for (const char* part : {"pooler.dense.weight", "pooler.dense.bias"})
    o.pooler = o.pooler || weights.contains(before + part);
}

StateDict take_weights(const StateDict& file, HuggingFaceModel& m) {
  const NameInFile shown = [&](const std::string& name) { return name_in_file(file, name); };
  if (m.gpt) return from_hugging_face(gpt2_names(file, m.gpt->tied), gpt2_layout(*m.gpt), shown);
  if (!m.masked_lm) {
    const StateDict theirs = bert_names(file);
    see_pooler(theirs, "", *m.bert);
    return from_hugging_face(theirs, bert_layout(*m.bert, "bert."), shown);
  }
  std::vector<std::string> left_out;
  const StateDict theirs = masked_lm_names(file, left_out);
  see_pooler(theirs, "bert.", *m.bert);
  for (const std::string& name : left_out)
    m.notes.push_back(name + " is not imported: it predicts whether a sentence follows another");
  return from_hugging_face(theirs, masked_lm_layout(*m.bert), shown);
}

// A hand-written config.json may name no architecture: the weights determine it.
bool lacks_architecture(const Json& config) {
  if (!config.is(Json::Kind::object) || !config.find("model_type")) return false;
  const Json* named = config.find("architectures");
  return !named || named->is_null();
}
Json with_architecture(Json config, const StateDict& weights, std::string& note) {
  const Json* type = config.find("model_type");
  bool head = false;
  for (const auto& [name, x] : weights) head = head || name.starts_with("cls.predictions.");
  const char* found = *type == Json("gpt2")   ? "GPT2LMHeadModel"
                      : *type != Json("bert") ? nullptr
                      : head                  ? "BertForMaskedLM"
                                              : "BertModel";
  if (!found) return config;
  config["architectures"] = Json(Json::Array{Json(found)});
  note = text({"config.json names no architecture; by its weights it is a ", found});
  return config;
}

}  // namespace

HuggingFaceFolder read_hugging_face_folder(const std::string& path,
                                           const std::vector<std::string>& ignored) {
  if (!std::filesystem::is_directory(path)) file_error({path, ": is not a folder"});
  HuggingFaceFolder f{.path = path};
  const std::string config_file = path + "/config.json";
  Json config = parse_json(read_regular_file(config_file), config_file);
  std::string file, note;
  StateDict read;
  if (lacks_architecture(config)) {
    read = read_weights(path, file);
    config = with_architecture(std::move(config), read, note);
  }
  f.model = read_hugging_face_config(config, config_file, ignored);
  if (!note.empty()) f.model.notes.push_back(note);
  f.tokenizer = read_tokenizer(path, f.model, ignored);
  if (std::filesystem::exists(path + "/modules.json"))
    f.sentence = read_sentence_modules(path, f.model, *f.tokenizer, ignored);
  if (f.model.bert) f.max_tokens = read_max_tokens(path, f.model, *f.tokenizer, ignored);
  if (file.empty()) read = read_weights(path, file);
  const StateDict weights = rounded(std::move(read), file, f.model);
  try {
    f.weights = take_weights(weights, f.model);
  } catch (const std::invalid_argument& e) {
    file_error({file, ": ", e.what()});
  }
  return f;
}

}  // namespace gradus::tools
