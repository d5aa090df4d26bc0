// SPDX-License-Identifier: MIT
// Arguments of parity cases.
#include "check/parity_call.h"

#include <cmath>
#include <limits>

#include "gradus/ops/elementwise.h"

namespace gradus::check {

void unknown(std::initializer_list<Piece> pieces) { throw Unknown(text(pieces)); }

const Json* Arguments::find(const std::string& key) const {
  const Json* value = values_.find(key);
  if (!value) return nullptr;
  seen_.insert(key);
  return value->is_null() ? nullptr : value;
}

void Arguments::wrong(const std::string& key, const char* expected) const {
  unknown({place_, " ", key, " = ", write_json(values_.at(key)), "; expected ", expected});
}

double Arguments::number(const std::string& key, std::optional<double> standard) const {
  const Json* v = find(key);
  if (!v && !standard) unknown({place_, " has no ", key});
  if (!v) return *standard;
  if (v->is(Json::Kind::string) && v->string() == "inf")
    return std::numeric_limits<double>::infinity();
  if (v->is(Json::Kind::string) && v->string() == "-inf")
    return -std::numeric_limits<double>::infinity();
  if (v->is(Json::Kind::boolean)) return v->boolean();
  if (!v->is(Json::Kind::number) && !v->is(Json::Kind::integer)) wrong(key, "a number");
  return v->number();
}

int64_t Arguments::integer(const std::string& key, std::optional<int64_t> standard) const {
  const Json* v = find(key);
  if (!v && !standard) unknown({place_, " has no ", key});
  if (!v) return *standard;
  if (!v->is(Json::Kind::integer)) wrong(key, "an integer");
  return v->integer();
}

bool Arguments::flag(const std::string& key, bool standard) const {
  const Json* v = find(key);
  if (v && !v->is(Json::Kind::boolean)) wrong(key, "true or false");
  return v ? v->boolean() : standard;
}

std::string Arguments::word(const std::string& key, const std::string& standard) const {
  const Json* v = find(key);
  if (v && !v->is(Json::Kind::string)) wrong(key, "a string");
  return v ? v->string() : standard;
}

std::vector<int64_t> Arguments::list(const std::string& key) const {
  const Json* v = find(key);
  if (!v) return {};
  if (v->is(Json::Kind::integer)) return {v->integer()};
  if (!v->is(Json::Kind::array)) wrong(key, "integers");
  std::vector<int64_t> all;
  for (const Json& item : v->items()) {
    if (!item.is(Json::Kind::integer)) wrong(key, "integers");
    all.push_back(item.integer());
  }
  return all;
}

Shape Arguments::shape(const std::string& key) const {
  Shape s;
  for (int64_t n : list(key)) s.push_back(n);
  return s;
}

int64_t Arguments::single(const std::string& key, int64_t standard) const {
  const std::vector<int64_t> all = list(key);
  if (all.size() > 1) unknown({key, " has ", all.size(), " values; expected 1"});
  return all.empty() ? standard : all[0];
}

int64_t Arguments::padding(int64_t taps, int64_t dilation) const {
  const Json* p = find("padding");
  if (!p || !p->is(Json::Kind::string)) return single("padding", 0);
  const int64_t both = dilation * (taps - 1);
  if (p->string() == "valid") return 0;
  if (p->string() != "same" || both % 2) unknown({"padding ", p->string()});
  return both / 2;
}

Reduction Arguments::reduction() const {
  only("size_average", {});
  only("reduce", {});
  const std::string r = word("reduction", "mean");
  if (r == "none") return Reduction::none;
  if (r == "sum") return Reduction::sum;
  if (r == "batchmean") return Reduction::batchmean;
  if (r != "mean") wrong("reduction", "none, mean, sum or batchmean");
  return Reduction::mean;
}

void Arguments::ignore(std::initializer_list<const char*> keys) const {
  for (const char* key : keys) find(key);
}

void Arguments::only(const std::string& key, const Json& value) const {
  const Json* v = find(key);
  if (v && !(*v == value)) wrong(key, write_json(value).c_str());
}

Arguments Arguments::part(const std::string& key, std::string& target) const {
  const Json* v = find(key);
  if (!v || !v->is(Json::Kind::object)) unknown({place_, " has no ", key});
  const Json* name = v->find("target");
  const Json* config = v->find("config");
  if (!name || !name->is(Json::Kind::string)) wrong(key, "a target and its config");
  target = name->string();
  return {config ? *config : Json::object(), place_ + " " + key};
}

void Arguments::finish() const {
  for (const auto& [key, value] : values_.members())
    if (!seen_.count(key)) unknown({place_, ": unknown argument ", key});
}

namespace {

Json object_of(const TensorFile& file, const std::string& key, const std::string& name) {
  const auto at = file.metadata.find(key);
  if (at == file.metadata.end()) return Json::object();
  Json value = parse_json(at->second, name + ", " + key);
  if (!value.is(Json::Kind::object)) file_error({name, ": ", key, " is not a JSON object"});
  return value;
}

}  // namespace

Call::Call(const TensorFile& file, const std::string& name)
    : config(object_of(file, "config", name), "config"),
      forward(object_of(file, "forward", name), "forward"),
      file_(file) {
  const auto mode = file.metadata.find("mode");
  const std::string word = mode == file.metadata.end() ? "eval" : mode->second;
  if (word != "train" && word != "eval") unknown({"mode ", printable(word)});
  training = word == "train";
}

Tensor Call::leaf(const std::string& name) {
  seen_.insert(name);
  const auto known = leaves_.find(name);
  if (known != leaves_.end()) return known->second;
  Tensor x = file_.tensors.at(name).clone_data();
  if (!file_.tensors.count("grad/" + name)) return x;
  return leaves_[name] = x.requires_grad_();
}

Tensor Call::in(const std::string& name) {
  if (!has(name)) unknown({"the case has no in/", name});
  return leaf("in/" + known(name));
}

std::vector<Tensor> Call::ins(const std::string& name) {
  std::vector<Tensor> all;
  while (has(text({name, ".", all.size()}))) all.push_back(in(text({name, ".", all.size()})));
  return all;
}

Tensor Call::param(const std::string& name) {
  return file_.tensors.count("param/" + name) ? leaf("param/" + name) : Tensor();
}

void Call::load(Module& m) {
  StateDict state;
  for (const std::string& name : names("param/")) {
    state[name] = file_.tensors.at("param/" + name);
    seen_.insert("param/" + name);
  }
  m.load_state_dict(state);
  m.train(training);
  for (const NamedTensor& p : m.named_parameters())
    if (file_.tensors.count("grad/param/" + p.name)) leaves_["param/" + p.name] = p.tensor;
}

const Tensor* Call::tensor(const std::string& name) const {
  const auto at = file_.tensors.find(name);
  return at == file_.tensors.end() ? nullptr : &at->second;
}

std::vector<std::string> Call::names(const std::string& prefix) const {
  std::vector<std::string> all;
  for (const auto& [name, x] : file_.tensors)
    if (name.starts_with(prefix)) all.push_back(name.substr(prefix.size()));
  return all;
}

void Call::finish() const {
  config.finish();
  forward.finish();
  for (const auto& [name, x] : file_.tensors)
    if ((name.starts_with("in/") || name.starts_with("param/")) && !seen_.count(name))
      unknown({name, " is not used by the target"});
}

Tensor stopped_row(const Tensor& weight, int64_t row) {
  Tensor stopped = zeros({weight.size(0), 1}, DType::boolean);
  stopped.mutable_data<bool>()[row < 0 ? row + weight.size(0) : row] = true;
  return where(stopped, weight.detach(), weight);
}

FloatMask float_mask(const Tensor& mask) {
  const Tensor hidden = eq(mask.detach(), -std::numeric_limits<double>::infinity());
  const Tensor rest = masked_fill(mask, hidden, 0);
  bool zero = !mask.requires_grad();
  for (double v : rest.detach().to_vector<double>()) zero = zero && v == 0;
  return {logical_not(hidden), zero ? Tensor() : rest};
}

}  // namespace gradus::check
