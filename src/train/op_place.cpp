// SPDX-License-Identifier: MIT
// Names of the ops in a graph by their parts of the model.
#include "op_place.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "gradus/base/error.h"

namespace gradus {
namespace {

// The part of the first named parameter among the inputs, or "".
std::string own_part(const Node& node) {
  for (const Node::Edge& e : node.edges)
    if (const std::string name = leaf_name(e); !name.empty())
      return part_of(name).empty() ? name : part_of(name);
  return "";
}

template <class F> bool every(const Tensor& x, F f) {
  const Tensor row_major = x.contiguous_data();
  return dispatch_float(x.dtype(), [&]<class T>() {
    const T* v = row_major.data<T>();
    return std::all_of(v, v + x.numel(), f);
  });
}

}  // namespace

std::string part_of(const std::string& parameter) {
  const size_t point = parameter.rfind('.');
  return point == parameter.npos ? "" : parameter.substr(0, point);
}

std::string leaf_name(const Node::Edge& edge) {
  const Node* from = edge.to();
  if (!from || !from->is_leaf() || !from->extras_if_any()) return "";
  return from->extras_if_any()->name;
}

std::string op_place(const Node& node) {
  if (const std::string part = own_part(node); !part.empty()) return text({node.op, " in ", part});
  std::vector<const Node*> found = {&node};
  std::set<const Node*> seen = {&node};
  for (size_t i = 0; i < found.size() && i < 1000; ++i)
    for (const Node::Edge& e : found[i]->edges) {
      const Node* from = e.to();
      if (!from || from->is_leaf() || !seen.insert(from).second) continue;
      if (const std::string part = own_part(*from); !part.empty())
        return text({node.op, " after ", part});
      found.push_back(from);
    }
  return node.op;
}

bool all_zero(const Tensor& x) {
  return every(x, [](auto v) { return v == 0; });
}

bool all_finite(const Tensor& x) {
  return !is_float(x.dtype()) || every(x, [](auto v) { return std::isfinite(v); });
}

bool all_finite(std::span<const Tensor> list) {
  return std::all_of(list.begin(), list.end(),
                     [](const Tensor& x) { return !x.defined() || all_finite(x); });
}

}  // namespace gradus
