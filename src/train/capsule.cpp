// SPDX-License-Identifier: MIT
// Capsules: finding the call, the file, and running it again.
#include "gradus/train/capsule.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "capsule_calls.h"
#include "gradus/autograd/autograd.h"
#include "gradus/base/version.h"
#include "gradus/io/safetensors.h"
#include "gradus/tensor/make.h"
#include "op_place.h"

namespace gradus {
namespace {

// ---- the mask of an attention, found from outside: with all scores equal, a key's weight is 0
// exactly where it is hidden
std::vector<Tensor> run_again(const NanOrigin& origin, const std::vector<Tensor>& in) {
  Outputs results;
  origin.rule->again({in.data(), in.size()}, results);
  return {results.begin(), results.end()};
}

// Marks the keys first, first + 1, ... that the rule weights, one for each column of v.
void mark(const NanOrigin& origin, std::vector<Tensor> in, int64_t first, Tensor& allowed) {
  const int64_t S = allowed.size(3), V = in[2].size(-1);
  Tensor v = zeros(in[2].shape(), in[2].dtype());
  const int64_t blocks = v.numel() / std::max<int64_t>(S * V, 1), end = std::min(S, first + V);
  dispatch_float(v.dtype(), [&]<class T>() {
    T* at = v.mutable_data<T>();
    for (int64_t b = 0; b < blocks; ++b)
      for (int64_t key = first; key < end; ++key) at[(b * S + key) * V + key - first] = 1;
  });
  in[2] = v;
  const std::vector<double> y = run_again(origin, in)[0].to_vector<double>();
  const int64_t rows = allowed.numel() / S;
  bool* to = allowed.mutable_data<bool>();
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t key = first; key < end; ++key)
      to[r * S + key] = y[static_cast<size_t>(r * V + key - first)] > 0;
}

Tensor of_softmax(const NanOrigin& origin) {
  const Tensor& x = origin.inputs[0];
  if (x.dim() < 2 || x.dim() > 4) return {};
  const Tensor y = run_again(origin, {zeros(x.shape(), x.dtype())})[0];
  const std::vector<double> weights = y.to_vector<double>();
  Tensor allowed = Tensor::empty(x.shape(), DType::boolean);
  bool* to = allowed.mutable_data<bool>();
  std::transform(weights.begin(), weights.end(), to, [](double w) { return w > 0; });
  return allowed;
}

// ---- comparing

// Whether the same elements are not finite, and the others have the same bits or agree to
// `tolerance`.
bool same(const Tensor& a, const Tensor& b, double tolerance) {
  if (a.defined() != b.defined()) return false;
  if (!a.defined()) return true;
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const std::vector<double> x = a.to_vector<double>(), y = b.to_vector<double>();
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) && std::isnan(y[i])) continue;
    if (x[i] == y[i]) continue;
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) return false;
    if (std::abs(x[i] - y[i]) > tolerance * (1 + std::abs(y[i]))) return false;
  }
  return true;
}

bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b, double tolerance) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](const Tensor& x, const Tensor& y) { return same(x, y, tolerance); });
}

bool reproduces(const Capsule& c) {
  const bool f32 = c.outputs[0].dtype() == DType::f32;
  const double tolerance = !c.mask.defined() ? 0 : f32 ? 1e-5 : 1e-12;
  try {
    const Replayed r = replay(c);
    return same(r.outputs, c.outputs, tolerance) &&
           (!c.backward || same(r.grads, c.grads, tolerance));
  } catch (const std::invalid_argument&) {  // the options do not fit the inputs
    return false;
  }
}

void put(TensorFile& file, const std::string& name, const std::vector<Tensor>& list) {
  for (size_t i = 0; i < list.size(); ++i)
    if (list[i].defined()) file.tensors[name + "." + std::to_string(i)] = list[i].contiguous_data();
}

std::vector<Tensor> taken(const TensorFile& file, const std::string& name, int64_t count) {
  std::vector<Tensor> list(static_cast<size_t>(std::clamp<int64_t>(count, 0, 1000)));
  for (size_t i = 0; i < list.size(); ++i) {
    const auto found = file.tensors.find(name + "." + std::to_string(i));
    if (found != file.tensors.end()) list[i] = found->second;
  }
  return list;
}

}  // namespace

Tensor probed_mask(const NanOrigin& origin) {
  if (origin.op == "masked_softmax") return of_softmax(origin);
  const Tensor &q = origin.inputs[0], &k = origin.inputs[1];
  const bool heads = q.dim() == 4;
  if (q.dim() != k.dim() || (!heads && q.dim() != 3) || q.numel() == 0 || k.numel() == 0) return {};
  if (origin.inputs[2].size(-1) == 0) return {};
  std::vector<Tensor> in;
  for (const Tensor& x : origin.inputs) in.push_back(zeros(x.shape(), x.dtype()));
  Tensor allowed =
      Tensor::empty({q.size(0), heads ? q.size(1) : 1, q.size(-2), k.size(-2)}, DType::boolean);
  for (int64_t first = 0; first < k.size(-2); first += in[2].size(-1))
    mark(origin, in, first, allowed);
  return allowed;
}

std::optional<Capsule> capsule_of(const NanOrigin& o) {
  if (o.op.empty() || o.outputs.size() != 1) return {};
  Capsule c{.op = o.op,
            .backward = o.backward,
            .place = o.place,
            .version = version,
            .inputs = o.inputs,
            .outputs = o.outputs,
            .dy = o.dy,
            .grads = o.grads};
  for (const CallOptions& options : options_to_try(o)) {
    c.options = options.values;
    c.mask = options.mask;
    if (reproduces(c)) return c;
  }
  return {};
}

void save_capsule(const std::string& path, const Capsule& c) {
  Json head;
  head["op"] = c.op;
  head["backward"] = c.backward;
  head["place"] = c.place;
  head["version"] = c.version;
  head["options"] = c.options;
  head["inputs"] = c.inputs.size();
  head["outputs"] = c.outputs.size();
  head["gradients"] = c.grads.size();
  TensorFile file;
  put(file, "input", c.inputs);
  put(file, "output", c.outputs);
  put(file, "dy", c.dy);
  put(file, "grad", c.grads);
  if (c.mask.defined()) file.tensors["mask"] = c.mask.contiguous_data();
  file.metadata["gradus.capsule"] = write_json(head);
  write_safetensors(path, file);
}

Capsule load_capsule(const std::string& path) {
  const TensorFile file = read_safetensors(path);
  const auto found = file.metadata.find("gradus.capsule");
  if (found == file.metadata.end())
    file_error({path, ": is not a capsule: it has no gradus.capsule in its metadata"});
  const Json head = parse_json(found->second, path);
  Capsule c{.op = head.at("op").string(),
            .backward = head.at("backward").boolean(),
            .place = head.at("place").string(),
            .version = head.at("version").string(),
            .options = head.at("options")};
  c.inputs = taken(file, "input", head.at("inputs").integer());
  c.outputs = taken(file, "output", head.at("outputs").integer());
  if (c.backward) c.dy = taken(file, "dy", head.at("outputs").integer());
  c.grads = taken(file, "grad", head.at("gradients").integer());
  if (const auto mask = file.tensors.find("mask"); mask != file.tensors.end())
    c.mask = mask->second;
  const auto missing = [](const std::vector<Tensor>& list) {
    return list.empty() ||
           std::any_of(list.begin(), list.end(), [](const Tensor& x) { return !x.defined(); });
  };
  if (missing(c.inputs) || missing(c.outputs) || (c.backward && missing(c.dy)))
    file_error({path, ": is not a whole capsule: tensors of ", c.op, " are missing"});
  return c;
}

Replayed replay(const Capsule& c) {
  const EnableGrad with_grad;
  std::vector<Tensor> in, wanted;
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    in.push_back(c.inputs[i].clone_data());
    if (i < c.grads.size() && c.grads[i].defined()) wanted.push_back(in[i].requires_grad_());
  }
  Replayed r;
  const Tensor y = call_op(c.op, {c.options, c.mask}, in);
  r.outputs = {y.detach()};
  r.still = !all_finite(y);
  if (!c.backward) return r;
  const std::vector<Tensor> found =
      grad({&y, 1}, wanted, {c.dy.data(), c.dy.size()}, {.allow_unused = true});
  for (size_t i = 0, next = 0; i < c.grads.size(); ++i)
    r.grads.push_back(c.grads[i].defined() ? found[next++] : Tensor());
  r.still = !all_finite(r.grads);
  return r;
}

}  // namespace gradus
