// SPDX-License-Identifier: MIT
// A chain of modules.
#include "gradus/nn/sequential.h"

namespace gradus {

Tensor Sequential::operator()(const Tensor& x) const {
  Tensor y = x;
  for (const auto& step : steps_) y = step->call(y);
  return y;
}

void Sequential::visit(Visitor& v) {
  for (size_t i = 0; i < size(); ++i) v(std::to_string(i), steps_[i]->module());
}

Sequential Sequential::clone() const {
  Sequential fresh;
  for (const auto& step : steps_) fresh.steps_.push_back(step->clone());
  return cloned(std::move(fresh), *this);
}

Module& Sequential::not_there(size_t i) const {
  if (i >= size()) argument_error({"Sequential: there is no module ", i, " among ", size()});
  argument_error({"Sequential: module ", i, " has another type than the requested one"});
}

}  // namespace gradus
