// SPDX-License-Identifier: MIT
// Reads expressions and runs them.
#include "tools/see/expression.h"

#include <algorithm>

#include "gradus/tensor/make.h"
#include "tools/cli/cli.h"

namespace gradus::tools {
namespace {

// Nested lists of numbers as a tensor, with the shape that the first element of each list has.
void measure(const Json& j, Shape& shape) {
  if (!j.is(Json::Kind::array)) return;
  shape.push_back(static_cast<int64_t>(j.items().size()));
  if (!j.items().empty()) measure(j.items()[0], shape);
}

void flatten(const Json& j, const Shape& shape, int axis, std::vector<double>& out) {
  if (axis == shape.size()) {
    if (!j.is(Json::Kind::number) && !j.is(Json::Kind::integer))
      file_error({"expected a number, found ", printable(write_json(j), 60)});
    out.push_back(j.number());
    return;
  }
  if (!j.is(Json::Kind::array) || static_cast<int64_t>(j.items().size()) != shape[axis])
    file_error({"its lists are not all of the same length"});
  for (const Json& part : j.items()) flatten(part, shape, axis + 1, out);
}

Tensor tensor_of(const Json& j, DType dtype) {
  Shape shape;
  measure(j, shape);
  std::vector<double> values;
  flatten(j, shape, 0, values);
  return tensor(values, shape, dtype);
}

void read_values(const Json& json, const char* key, DType dtype, bool tracked,
                 const std::string& file, std::map<std::string, Tensor>& into) {
  const Json* group = json.find(key);
  if (!group) return;
  for (const auto& [name, value] : group->members()) {
    const std::string what = text({file, ": ", key, ": ", printable(name)});
    if (into.count(name)) file_error({what, " is given twice"});
    try {
      Tensor x = tensor_of(value, dtype);
      if (tracked) x.requires_grad_().set_name(name);
      into[name] = x;
    } catch (const std::exception& e) {
      file_error({what, ": ", e.what()});
    }
  }
}

const ExpressionOp& op_named(const std::string& name) {
  std::vector<std::string> names;
  for (const ExpressionOp& op : expression_ops()) {
    if (op.name == name) return op;
    names.push_back(op.name);
  }
  const std::string near = suggestion(name, names);
  argument_error({"there is no op ", printable(name), "; ",
                  near.empty() ? "the ops are " + joined(names) : near});
}

std::string known(const std::map<std::string, Tensor>& values) {
  std::vector<std::string> names;
  for (const auto& [name, x] : values) names.push_back(printable(name));
  return joined(names);
}

}  // namespace

Expression::Expression(const Json& json, std::string file) : file_(std::move(file)) {
  if (!json.is(Json::Kind::object))
    file_error({file_, ": expected an object with \"inputs\", \"steps\" and \"loss\""});
  for (const auto& [key, value] : json.members())
    if (key != "inputs" && key != "constants" && key != "indices" && key != "steps" &&
        key != "loss")
      file_error({file_, ": unknown key \"", printable(key),
                  "\"; expected inputs, constants, indices, steps or loss"});
  try {
    read_values(json, "inputs", DType::f64, true, file_, values_);
    read_values(json, "constants", DType::f64, false, file_, values_);
    read_values(json, "indices", DType::i64, false, file_, values_);
    steps_ = json.at("steps");
    loss_ = json.at("loss").string();
    for (const Json& step : steps_.items())
      for (size_t i = 0; i < 2; ++i) step.items().at(i).string();
  } catch (const std::out_of_range&) {
    file_error({file_, ": steps: each step is a list: a new name, an op and its arguments"});
  } catch (const std::runtime_error& e) {
    const std::string what = e.what();
    file_error({what.rfind(file_, 0) == 0 ? what : file_ + ": " + what});
  }
}

Tensor Expression::loss() const {
  std::map<std::string, Tensor> values = values_;
  size_t number = 0;
  for (const Json& step : steps_.items()) {
    const Json::Array& parts = step.items();
    const std::string name = parts[0].string(), op = parts[1].string();
    const std::string place = text({file_, ": step ", ++number, " (", printable(name), "): "});
    if (values.count(name)) file_error({place, "there is already a value of this name"});
    try {
      const ExpressionOp& found = op_named(op);
      StepArguments arguments(parts, values);
      values[name] = found.run(arguments);
      if (arguments.more())
        argument_error({op, " has too many arguments; it takes ", found.arguments});
    } catch (const std::out_of_range& e) {
      const std::string what = e.what();
      file_error({place, op, " takes ", op_named(op).arguments, "; ", what});
    } catch (const std::exception& e) {
      file_error({place, e.what()});
    }
  }
  const auto at = values.find(loss_);
  if (at == values.end())
    file_error(
        {file_, ": loss: there is no value ", printable(loss_), "; there are ", known(values)});
  if (at->second.numel() != 1)
    file_error({file_, ": loss: ", printable(loss_), " is ", at->second.str(),
                "; a loss is one number: add a step [\"loss\", \"sum\", \"", printable(loss_),
                "\"]"});
  if (!at->second.requires_grad())
    file_error({file_, ": loss: ", printable(loss_), " does not depend on any of the inputs"});
  return at->second;
}

const Json& StepArguments::take(const char* expected) {
  if (!more()) throw std::out_of_range(text({"expected ", expected, " after what is given"}));
  return step_[next_++];
}

Tensor StepArguments::tensor() {
  const Json& j = take("the name of a value");
  if (!j.is(Json::Kind::string))
    throw std::out_of_range(
        text({"expected the name of a value, found ", printable(write_json(j), 60)}));
  const auto at = values_.find(j.string());
  if (at == values_.end())
    argument_error(
        {"there is no value ", printable(j.string()), " yet; there are ", known(values_)});
  return at->second;
}

bool StepArguments::is_number() const {
  return more() && !step_[next_].is(Json::Kind::string) && !step_[next_].is(Json::Kind::array);
}

double StepArguments::number() {
  const Json& j = take("a number");
  if (!j.is(Json::Kind::number) && !j.is(Json::Kind::integer))
    throw std::out_of_range(text({"expected a number, found ", printable(write_json(j), 60)}));
  return j.number();
}

int64_t StepArguments::whole() {
  const Json& j = take("a whole number");
  if (!j.is(Json::Kind::integer))
    throw std::out_of_range(
        text({"expected a whole number, found ", printable(write_json(j), 60)}));
  return j.integer();
}

bool StepArguments::flag(bool standard) {
  if (!more()) return standard;
  const Json& j = take("true or false");
  if (!j.is(Json::Kind::boolean))
    throw std::out_of_range(text({"expected true or false, found ", printable(write_json(j), 60)}));
  return j.boolean();
}

std::string StepArguments::word() {
  const Json& j = take("a word");
  if (!j.is(Json::Kind::string))
    throw std::out_of_range(text({"expected a word, found ", printable(write_json(j), 60)}));
  return j.string();
}

std::vector<int64_t> StepArguments::list() {
  if (!more()) return {};
  if (step_[next_].is(Json::Kind::integer)) return {whole()};
  const Json& j = take("a list of whole numbers");
  if (!j.is(Json::Kind::array))
    throw std::out_of_range(
        text({"expected a list of whole numbers, found ", printable(write_json(j), 60)}));
  std::vector<int64_t> all;
  for (const Json& one : j.items()) all.push_back(one.integer());
  return all;
}

std::vector<Tensor> StepArguments::tensors() {
  std::vector<Tensor> all;
  while (more() && step_[next_].is(Json::Kind::string)) all.push_back(tensor());
  return all;
}

}  // namespace gradus::tools
