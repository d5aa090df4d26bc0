// SPDX-License-Identifier: MIT
// Reads the run that training starts from.
#include "tools/tasks/init_run.h"

#include <algorithm>

#include "gradus/io/safetensors.h"
#include "gradus/ops/view.h"
#include "gradus/train/run_folder.h"
#include "gradus/train/tokenizer_file.h"
#include "tools/app/train.h"
#include "tools/cli/words.h"

namespace gradus::tools {
namespace {

constexpr Words<Activation, 3> stored_activations = {
    {{"gelu", Activation::gelu}, {"gelu_tanh", Activation::gelu_tanh}, {"relu", Activation::relu}}};

Activation activation_in(const Json& schema) {
  const std::string& word = schema.at("activation").string();
  for (const auto& [name, value] : stored_activations)
    if (word == name) return value;
  file_error({"json: the activation is ", printable(word), "; expected gelu, gelu_tanh or relu"});
}

}  // namespace

void InitSettings::list(Settings& s, const std::string& help) {
  s.value("init", path, help).file = true;
}

void InitSettings::check(const Settings& s) const {
  for (const char* key : {"tokenizer", "vocab"})
    if (given() && s.at(key).origin == Origin::flag)
      usage_error({s.at(key).option(), ": the tokenizer is that of the run in --init"});
  if (!given() && s.at("tokenizer").json() == Json("wordpiece"))
    usage_error(
        {"--tokenizer wordpiece: gradus cannot learn such a vocabulary; --init RUN starts from "
         "a run that has one"});
}

std::map<std::string, Json> InitSettings::implied(const std::vector<std::string>& tasks,
                                                  std::vector<std::string> keys) const {
  if (!given()) return {};
  const RunFolder run = RunFolder::open(path);
  const Json config = config_of(run);
  const std::string task = config.at("task").string();
  if (std::find(tasks.begin(), tasks.end(), task) == tasks.end()) {
    std::vector<std::string> commands;
    for (const std::string& t : tasks) commands.push_back(t == "encoder" ? "import" : "train " + t);
    usage_error({"--init ", printable(path, 200), " is a run of \"", printable(task),
                 "\"; expected one of ", joined(commands)});
  }
  std::map<std::string, Json> values;
  keys.insert(keys.end(), {"d_model", "nhead", "layers", "dim_feedforward", "tokenizer", "vocab"});
  for (const std::string& key : keys)
    if (const Json* value = config.at("settings").find(key)) values[key] = *value;
  const Json schema = run.read("schema.json");
  // The learning rates for a model from scratch would destroy what pre-training has learned.
  if (config.at("data").find("imported")) values["lr"] = 1e-4;
  values["block"] = schema.at(schema.find("max_tokens") ? "max_tokens" : "block");
  return values;
}

Json InitSettings::schema() const { return RunFolder::open(path).read("schema.json"); }

std::shared_ptr<const Tokenizer> InitSettings::tokenizer() const {
  const RunFolder run = RunFolder::open(path);
  return run_tokenizer(run.read("schema.json").at("tokenizer"), run.file("schema.json"));
}

StateDict InitSettings::weights() const {
  return read_safetensors(RunFolder::open(path).file("model.safetensors"), {.halves = true})
      .tensors;
}

void InitSettings::load(Module& model, StateDict state, const std::string& positions) const {
  const auto table = state.find(positions);
  const StateDict now = model.state_dict();
  const auto mine = now.find(positions);
  if (table != state.end() && mine != now.end() && table->second.dim() == 2 &&
      mine->second.size(0) < table->second.size(0))
    table->second = narrow(table->second, 0, 0, mine->second.size(0));
  try {
    model.load_state_dict(state, {.narrow = true});
  } catch (const std::invalid_argument& e) {
    file_error({RunFolder::open(path).file("model.safetensors"), " does not fit: ", e.what()});
  }
}

// ---- the architecture of a model

Json model_schema(const BertOptions& o) {
  Json s;
  s["activation"] = name(o.activation);
  s["layer_norm_eps"] = o.layer_norm_eps;
  s["segments"] = o.segments;
  s["pooler"] = o.pooler;
  return s;
}

Json model_schema(const GptOptions& o) {
  Json s;
  s["activation"] = name(o.activation);
  s["layer_norm_eps"] = o.layer_norm_eps;
  s["bias"] = o.bias;
  return s;
}

void read_model_schema(const Json& schema, BertOptions& o) {
  const Json* s = schema.find("model");
  if (!s) return;
  o.activation = activation_in(*s);
  o.layer_norm_eps = s->at("layer_norm_eps").number();
  o.segments = s->at("segments").integer();
  o.pooler = s->at("pooler").boolean();
  if (o.segments < 0 || o.segments > 1024)
    file_error({"json: segments is ", o.segments, "; expected 0 to 1024"});
}

void read_model_schema(const Json& schema, GptOptions& o) {
  const Json* s = schema.find("model");
  if (!s) return;
  o.activation = activation_in(*s);
  o.layer_norm_eps = s->at("layer_norm_eps").number();
  o.bias = s->at("bias").boolean();
}

}  // namespace gradus::tools
