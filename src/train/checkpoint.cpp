// SPDX-License-Identifier: MIT
// Weights and checkpoints as safetensors files, and the checks when they are read.
#include "gradus/train/checkpoint.h"

#include <charconv>
#include <stdexcept>

#include "gradus/base/parallel.h"
#include "gradus/io/npz.h"

namespace gradus {
namespace {

constexpr const char* model_prefix = "model.";
constexpr const char* optimizer_prefix = "optimizer.";
constexpr const char* header = "gradus.checkpoint";

StateDict state_under(const TensorFile& file, const std::string& prefix) {
  StateDict part;
  for (const auto& [name, x] : file.tensors)
    if (name.starts_with(prefix)) part[name.substr(prefix.size())] = x;
  return part;
}

// The message of the std::invalid_argument that a call throws, or "".
template <class F> std::string wrong_with(F f) {
  try {
    f();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

// Loads both or nothing: one message reports the mismatches of both.
void load_both(const std::string& path, const TensorFile& file, Module& model,
               Optimizer& optimizer) {
  const StateDict weights = model.state_dict(), moments = optimizer.state_dict();
  std::string wrong = wrong_with([&] { model.load_state_dict(state_under(file, model_prefix)); });
  const bool loaded = wrong.empty();
  const std::string also =
      wrong_with([&] { optimizer.load_state_dict(state_under(file, optimizer_prefix)); });
  if (wrong.empty() && also.empty()) return;
  if (loaded) model.load_state_dict(weights);
  if (also.empty()) optimizer.load_state_dict(moments);
  wrong += (wrong.empty() || also.empty() ? "" : "\n") + also;
  file_error({path, ": ", wrong});
}

// JSON integers end at 2^63 - 1 but seeds may be larger, so they are written as text.
Json words_of(const Draw& d) {
  return Json(
      Json::Array{std::to_string(d.seed), std::to_string(d.stream), std::to_string(d.number)});
}

uint64_t word(const Json& j, const std::string& path) {
  const std::string& digits = j.string();
  uint64_t v = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), v);
  if (end.ec != std::errc{} || end.ptr != digits.data() + digits.size())
    file_error({path, ": \"", printable(digits), "\" in the generator's state is not a number"});
  return v;
}

Draw place_in(const Json& about, const std::string& path) {
  const Json::Array& words = about.at("generator").items();
  if (words.size() != 3)
    file_error({path, ": the generator's state has ", words.size(), " numbers, not 3"});
  return {word(words[0], path), word(words[1], path), word(words[2], path)};
}

}  // namespace

void save_weights(const std::string& path, const Module& model,
                  const std::map<std::string, std::string>& about) {
  write_safetensors(path, {.tensors = model.state_dict(), .metadata = about});
}

void load_weights(const std::string& path, Module& model) {
  const TensorFile file = read_tensors(path, {.halves = true});
  const std::string wrong =
      wrong_with([&] { model.load_state_dict(file.tensors, {.narrow = true}); });
  if (!wrong.empty()) file_error({path, ": ", wrong});
}

void save_checkpoint(const std::string& path, const Module& model, const Optimizer& optimizer,
                     const Json& state) {
  TensorFile file;
  for (auto& [name, x] : model.state_dict()) file.tensors[model_prefix + name] = x;
  for (auto& [name, x] : optimizer.state_dict()) file.tensors[optimizer_prefix + name] = x;
  Json about;
  about["format"] = checkpoint_format;
  about["generator"] = words_of(default_generator().place());
  about["blas"] = blas().core;
  about["state"] = state;
  file.metadata[header] = write_json(about);
  write_safetensors(path, file);
}

Restored load_checkpoint(const std::string& path, Module& model, Optimizer& optimizer) {
  const TensorFile file = read_safetensors(path);
  const auto at = file.metadata.find(header);
  if (at == file.metadata.end())
    file_error({path, ": not a checkpoint: it has no \"", header, "\""});
  const Json about = parse_json(at->second, path);
  if (about.at("format").integer() > checkpoint_format)
    file_error({path, ": checkpoint format ", about.at("format").integer(),
                " is newer than this program, which reads up to ", checkpoint_format});
  const Draw place = place_in(about, path);
  const Json state = about.at("state");
  load_both(path, file, model, optimizer);
  default_generator().restore(place);
  const std::string& core = about.at("blas").string();
  std::string note;
  if (core != blas().core)
    note = "the run used the " + core + " kernels of OpenBLAS; this machine uses " + blas().core +
           ": last digits will differ";
  return {state, note};
}

}  // namespace gradus
