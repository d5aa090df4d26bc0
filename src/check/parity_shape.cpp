// SPDX-License-Identifier: MIT
// Parity targets: shapes and indices, and methods, whose receiver is in/self.
#include <algorithm>

#include "check/parity_call.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"

namespace gradus::check {
namespace {

using List = std::vector<Tensor>;

Tensor receiver(Call& c) { return c.in("input"); }
List listed(const Tensors& all) { return {all.begin(), all.end()}; }

Shape sizes_in(Call& c) {
  for (const char* key : {"shape", "size", "sizes"}) {
    Shape s;
    for (int64_t n : c.config.list(key)) s.push_back(n);
    if (c.config.has(key)) return s;
  }
  unknown({"neither shape nor size is given"});
}

List reshaped(Call& c) {
  const Tensor x = receiver(c);
  Shape shape = sizes_in(c);
  int64_t rest = 1;
  for (int64_t n : shape) rest *= n < 0 ? 1 : n;
  for (int i = 0; i < shape.size(); ++i)
    if (shape[i] < 0) shape[i] = x.numel() / std::max<int64_t>(rest, 1);
  return {reshape(x, shape)};
}

List expanded(Call& c) {
  const Tensor x = receiver(c);
  c.config.ignore({"implicit"});
  Shape shape = sizes_in(c);
  for (int i = 0; i < shape.size(); ++i)
    if (shape[i] < 0) shape[i] = x.size(i - shape.size());
  return {expand(x, shape)};
}

List permuted(Call& c) {
  Axes order;
  for (int64_t a : c.config.list("dims")) order.push_back(static_cast<int>(a));
  return {permute(receiver(c), order)};
}

List squeezed(Call& c) {
  Tensor x = receiver(c);
  std::vector<int64_t> axes = c.config.list("dim");
  if (!c.config.has("dim"))
    for (int i = 0; i < x.dim(); ++i) axes.push_back(i);
  for (int64_t& a : axes) a += a < 0 ? x.dim() : 0;
  std::sort(axes.rbegin(), axes.rend());
  for (int64_t a : axes)
    if (x.size(static_cast<int>(a)) == 1) x = squeeze(x, static_cast<int>(a));
  return {x};
}

List parted(Call& c) {
  const Tensor x = c.in(c.has("tensor") ? "tensor" : "input");
  const int axis = c.config.axis("dim", 0);
  for (const char* key : {"split_size_or_sections", "split_size", "sections"}) {
    const Json* sizes = c.config.find(key);
    if (!sizes) continue;
    if (sizes->is(Json::Kind::integer)) return listed(split(x, sizes->integer(), axis));
    Dims parts;
    for (int64_t n : c.config.list(key)) parts.push_back(n);
    return listed(split(x, parts, axis));
  }
  unknown({"torch.split has no split_size_or_sections"});
}

List chunks(Call& c) {
  const Tensor x = receiver(c);
  const int axis = c.config.axis("dim", 0);
  const int64_t n = c.config.integer("chunks");
  return listed(split(x, (x.size(axis) + n - 1) / n, axis));
}

List scattered(Call& c) {
  c.config.only("reduce", {});
  const Tensor x = receiver(c), index = c.in("index");
  const int axis = c.config.axis("dim");
  if (c.has("src")) return {scatter(x, axis, index, c.in("src"))};
  const double value = c.config.number("value");
  return {scatter(x, axis, index, full(index.shape(), value, x.dtype()))};
}

void add_views(Targets& t) {
  t["torch.reshape"] = t["torch.view"] = reshaped;
  t["torch.expand"] = t["torch.broadcast_to"] = expanded;
  t["torch.permute"] = permuted;
  t["torch.squeeze"] = squeezed;
  t["torch.transpose"] = t["torch.swapaxes"] = [](Call& c) -> List {
    const bool axes = c.config.has("axis0");
    return {transpose(receiver(c), c.config.axis(axes ? "axis0" : "dim0"),
                      c.config.axis(axes ? "axis1" : "dim1"))};
  };
  t["torch.t"] = [](Call& c) -> List {
    const Tensor x = receiver(c);
    return {x.dim() < 2 ? x : transpose(x, 0, 1)};
  };
  t["torch.unsqueeze"] = [](Call& c) -> List {
    return {unsqueeze(receiver(c), c.config.axis("dim"))};
  };
  t["torch.flatten"] = [](Call& c) -> List {
    return {flatten(receiver(c), c.config.axis("start_dim", 0), c.config.axis("end_dim", -1))};
  };
  t["torch.narrow"] = [](Call& c) -> List {
    const Tensor x = receiver(c);
    const int axis = c.config.axis("dim");
    const int64_t start = c.config.integer("start");
    return {narrow(x, axis, start < 0 ? start + x.size(axis) : start, c.config.integer("length"))};
  };
  t["torch.select"] = [](Call& c) -> List {
    return {select(receiver(c), c.config.axis("dim"), c.config.integer("index"))};
  };
  t["torch.tril"] = [](Call& c) -> List {
    return {tril(receiver(c), c.config.integer("diagonal", 0))};
  };
  t["torch.triu"] = [](Call& c) -> List {
    return {triu(receiver(c), c.config.integer("diagonal", 0))};
  };
  t["torch.contiguous"] = [](Call& c) -> List { return {contiguous(receiver(c))}; };
}

void add_joins(Targets& t) {
  t["torch.cat"] = t["torch.concat"] = t["torch.concatenate"] = [](Call& c) -> List {
    return {cat(c.ins("tensors"), c.config.axis("dim", 0))};
  };
  t["torch.stack"] = [](Call& c) -> List {
    return {stack(c.ins("tensors"), c.config.axis("dim", 0))};
  };
  t["torch.split"] = parted;
  t["torch.chunk"] = chunks;
  t["torch.scatter"] = scattered;
  t["torch.unbind"] = [](Call& c) -> List {
    return listed(unbind(receiver(c), c.config.axis("dim", 0)));
  };
  t["torch.gather"] = [](Call& c) -> List {
    c.config.ignore({"sparse_grad"});
    return {gather(receiver(c), c.config.axis("dim"), c.in("index"))};
  };
  t["torch.scatter_add"] = [](Call& c) -> List {
    return {scatter_add(receiver(c), c.config.axis("dim"), c.in("index"), c.in("src"))};
  };
  t["torch.index_select"] = [](Call& c) -> List {
    return {index_select(receiver(c), c.config.axis("dim"), c.in("index"))};
  };
}

}  // namespace

Targets shape_targets() {
  Targets t;
  add_views(t);
  add_joins(t);
  return t;
}

}  // namespace gradus::check
