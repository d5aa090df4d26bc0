// SPDX-License-Identifier: MIT
// Reads a case, runs it, and compares the outputs with the expected ones.
#include "tests/onnx/case.h"

#include <algorithm>
#include <cmath>

#include "gradus/tensor/tensor.h"

namespace gradus::tests::onnx {
namespace {

constexpr int64_t newest_opset = 27;
constexpr double absolute = 1e-6, relative = 1e-5;

// Tensors prefix/K for the names that are not empty; each one found is counted.
std::vector<Tensor> by_position(const TensorFile& file, const std::string& name, const char* names,
                                const std::string& prefix, size_t& found) {
  std::vector<Tensor> all;
  const Json list = parse_json(file.metadata.at(names), name);
  for (const Json& n : list.items()) {
    const std::string key = prefix + std::to_string(all.size());
    const auto at = file.tensors.find(key);
    if (n.string().empty() != (at == file.tensors.end()))
      file_error({name, ": ", names, " and the tensor ", key, " do not agree"});
    all.push_back(at == file.tensors.end() ? Tensor() : at->second);
    found += all.back().defined();
  }
  return all;
}

bool near(double got, double expected) {
  if (std::isnan(expected) || std::isnan(got)) return std::isnan(expected) && std::isnan(got);
  if (std::isinf(expected) || std::isinf(got)) return expected == got;
  return std::abs(got - expected) <= absolute + relative * std::abs(expected);
}

Outcome compared(const Case& c, const Results& results) {
  if (results.size() != c.outputs())
    return {Outcome::failed,
            text({"it has ", c.outputs(), " outputs, gradus gives ", results.size()})};
  for (size_t k = 0; k < results.size(); ++k) {
    if (!c.wants(k)) continue;
    if (!results[k].defined())
      return {Outcome::failed, text({"output ", k, " is asked for, gradus gives none"})};
    const std::string what = difference(results[k], c.expected(k));
    if (!what.empty()) return {Outcome::failed, text({"output ", k, ": ", what})};
  }
  return {Outcome::passed, ""};
}

}  // namespace

void skip(std::initializer_list<Piece> pieces) { throw Skip(text(pieces)); }

Case::Case(const TensorFile& file, const std::string& label) : name(label) {
  const std::set<std::string> known = {"gradus.onnx", "op",     "opset",  "domain",
                                       "attributes",  "inputs", "outputs"};
  for (const auto& [key, value] : file.metadata)
    if (!known.count(key)) file_error({name, ": unknown metadata \"", key, "\""});
  for (const std::string& key : known)
    if (key != "domain" && !file.metadata.count(key))
      file_error({name, ": metadata \"", key, "\" is missing"});
  if (file.metadata.at("gradus.onnx") != "1") file_error({name, ": another version of the format"});
  op = file.metadata.at("op");
  if (file.metadata.count("domain")) domain = file.metadata.at("domain");
  opset = parse_json(file.metadata.at("opset"), name).integer();
  attributes_ = parse_json(file.metadata.at("attributes"), name);
  size_t found = 0;
  inputs_ = by_position(file, name, "inputs", "in/", found);
  outputs_ = by_position(file, name, "outputs", "out/", found);
  if (!std::any_of(outputs_.begin(), outputs_.end(), [](const Tensor& t) { return t.defined(); }))
    file_error({name, ": it has no output to compare"});
  if (found != file.tensors.size()) file_error({name, ": a tensor has no place in the node"});
}

bool Case::has(size_t k) {
  inputs_seen_.insert(k);
  return k < inputs_.size() && inputs_[k].defined();
}

Tensor Case::in(size_t k) {
  if (!has(k)) file_error({name, ": input ", k, " is missing"});
  return inputs_[k];
}

std::vector<int64_t> Case::list_in(size_t k) {
  if (in(k).dtype() != DType::i64) file_error({name, ": input ", k, " is ", in(k).str()});
  return in(k).to_vector<int64_t>();
}

int64_t Case::whole_in(size_t k) {
  const std::vector<int64_t> all = list_in(k);
  if (all.size() != 1) file_error({name, ": input ", k, " has ", all.size(), " elements"});
  return all[0];
}

std::vector<Tensor> Case::ins(size_t k) {
  std::vector<Tensor> all;
  while (k < inputs_.size()) all.push_back(in(k++));
  return all;
}

const Json* Case::find(const std::string& key) {
  attributes_seen_.insert(key);
  return attributes_.find(key);
}

int64_t Case::integer(const std::string& key, std::optional<int64_t> standard) {
  const Json* value = find(key);
  return value || !standard ? (value ? *value : attributes_.at(key)).integer() : *standard;
}

bool Case::flag(const std::string& key, bool standard) {
  const int64_t value = integer(key, standard);
  if (value != 0 && value != 1) skip({key, " = ", value, " is not known"});
  return value == 1;
}

double Case::number(const std::string& key, std::optional<double> standard) {
  const Json* value = find(key);
  return value || !standard ? (value ? *value : attributes_.at(key)).number() : *standard;
}

std::string Case::word(const std::string& key, const std::string& standard) {
  const Json* value = find(key);
  return value ? value->string() : standard;
}

std::vector<int64_t> Case::list(const std::string& key, const std::vector<int64_t>& standard) {
  const Json* value = find(key);
  if (!value) return standard;
  std::vector<int64_t> all;
  for (const Json& v : value->items()) all.push_back(v.integer());
  return all;
}

void Case::only(const std::string& key, const Json& value, const char* reason) {
  if (const Json* v = find(key); v && !(*v == value))
    skip({key, " = ", write_json(*v), ": ", reason});
}

void Case::finish() const {
  for (const auto& [key, value] : attributes_.members())
    if (!attributes_seen_.count(key)) skip({"attribute ", key, " is not known"});
  for (size_t k = 0; k < inputs_.size(); ++k)
    if (inputs_[k].defined() && !inputs_seen_.count(k)) skip({"input ", k, " is not known"});
}

std::string difference(const Tensor& got, const Tensor& expected) {
  if (got.dtype() != expected.dtype() || !(got.shape() == expected.shape()))
    return text({"it is ", got.str(), "; expected ", expected.str()});
  const bool exact = !is_float(expected.dtype());
  const std::vector<double> a = got.to_vector<double>(), b = expected.to_vector<double>();
  for (size_t i = 0; i < a.size(); ++i)
    if (exact ? a[i] != b[i] : !near(a[i], b[i]))
      return text({"element ", i, " is ", a[i], "; expected ", b[i]});
  return "";
}

const std::map<std::string, const Operator*>& operators() {
  static const auto all = [] {
    std::map<std::string, const Operator*> by_name;
    for (Operators group :
         {activations(), attentions(), convolutions(), elementwise(), indexing(), losses(),
          normalisations(), optimizers(), products(), recurrences(), reductions(), shapes()})
      for (const Operator& o : group)
        if (!by_name.emplace(o.name, &o).second) internal_error({o.name, " is listed twice"});
    return by_name;
  }();
  return all;
}

Outcome run(const TensorFile& file, const std::string& name) {
  try {
    Case c(file, name);
    const auto at = operators().find(c.op);
    if (at == operators().end()) skip({"operator ", c.op, " is not known"});
    const Operator& o = *at->second;
    if (c.domain != o.domain) skip({"operator ", c.op, " of ", c.domain, " is not known"});
    if (o.reason) skip({o.reason});
    if (c.opset < o.since || c.opset > newest_opset)
      skip({"operator set ", c.opset, " is not known"});
    const Results results = o.run(c);
    c.finish();
    return compared(c, results);
  } catch (const Skip& e) {
    return {Outcome::skipped, e.what()};
  } catch (const std::exception& e) {
    return {Outcome::failed, e.what()};
  }
}

}  // namespace gradus::tests::onnx
