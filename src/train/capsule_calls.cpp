// SPDX-License-Identifier: MIT
// One entry for each op: the options to try, and the call.
#include "capsule_calls.h"

#include <cmath>
#include <functional>
#include <map>

#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"

namespace gradus {
namespace {

using List = std::vector<Tensor>;
using ToTry = std::vector<CallOptions>;

struct Entry {
  std::function<ToTry(const NanOrigin&)> to_try;
  std::function<Tensor(const CallOptions&, const List&)> call;
};
using Entries = std::map<std::string, Entry>;

// ---- options
ToTry nothing(const NanOrigin&) { return {CallOptions{}}; }

auto one_of(std::string key, std::vector<double> values) {
  return [=](const NanOrigin&) {
    ToTry all;
    for (double v : values) all.emplace_back().values[key] = v;
    return all;
  };
}

ToTry each_axis(const NanOrigin& o) {
  ToTry all;
  for (int64_t axis = 0; axis < o.inputs[0].dim(); ++axis) all.emplace_back().values["axis"] = axis;
  return all;
}

// All sets of axes that leave the shape of the output.
ToTry sets_of_axes(const NanOrigin& o) {
  ToTry all;
  const int rank = o.inputs[0].dim();
  for (int set = 0; set < 1 << rank; ++set)
    for (const bool keep : {false, true})
      for (const int64_t correction : {1, 0}) {
        Json axes = Json::array();
        for (int64_t axis = 0; axis < rank; ++axis)
          if (set >> axis & 1) axes.push_back(axis);
        CallOptions& c = all.emplace_back();
        c.values["axes"] = axes;
        c.values["keepdim"] = keep;
        if (o.op == "var" || o.op == "std_") c.values["correction"] = correction;
        else if (correction == 0) all.pop_back();
      }
  return all;
}

Axes axes_of(const Json& values) {
  Axes axes;
  for (const Json& a : values.at("axes").items()) axes.push_back(static_cast<int>(a.integer()));
  return axes;
}

void add_number(ToTry& all, double number, bool first) {
  if (!std::isfinite(number)) return;
  CallOptions& c = all.emplace_back();
  c.values["number"] = number;
  c.values["number_first"] = first;
}

// The number c of "x op c" or "c op x", from elements of x and y, and its neighbours in f32.
ToTry numbers_for(const NanOrigin& o) {
  const std::vector<double> x = o.inputs[0].to_vector<double>();
  const std::vector<double> y = o.outputs[0].to_vector<double>();
  ToTry all;
  for (double common : {2.0, 3.0, 0.5, -0.5, -1.0, 1.5, -2.0, 1.0, 0.0}) {
    add_number(all, common, false);
    add_number(all, common, true);
  }
  int tried = 0;
  for (size_t i = 0; i < x.size() && tried < 8; ++i) {
    if (!std::isfinite(y[i]) || !std::isfinite(x[i])) continue;
    ++tried;
    const auto around = [&](double c, bool first) {
      const auto f = static_cast<float>(c);
      for (double near : {c, double{f}, double{std::nextafter(f, -INFINITY)},
                          double{std::nextafter(f, INFINITY)}})
        add_number(all, near, first);
    };
    if (o.op == "add") around(y[i] - x[i], false);
    if (o.op == "sub") around(x[i] - y[i], false);
    if (o.op == "sub") around(y[i] + x[i], true);
    if (o.op == "mul") around(y[i] / x[i], false);
    if (o.op == "div") around(x[i] / y[i], false);
    if (o.op == "div") around(y[i] * x[i], true);
    if (o.op == "pow") around(std::log(y[i]) / std::log(x[i]), false);
  }
  return all;
}

ToTry of_arithmetic(const NanOrigin& o) {
  return o.inputs.size() == 2 ? nothing(o) : numbers_for(o);
}

ToTry of_norm(const NanOrigin& o) {
  ToTry all;
  for (double eps : {1e-5, 1e-6, 1e-12, 1e-8, 1e-3, 1e-7, 0.0})
    for (int64_t axes = 1; axes <= o.inputs[0].dim(); ++axes)
      for (const bool bias : {false, true}) {
        if (bias && o.inputs.size() != 2) continue;
        CallOptions& c = all.emplace_back();
        c.values["eps"] = eps;
        c.values["axes"] = axes;
        c.values["only_bias"] = bias;
      }
  return all;
}

ToTry of_loss(const NanOrigin& o) {
  ToTry all;
  std::vector<int64_t> ignored = {-100};
  if (o.inputs.size() > 1 && o.inputs[1].dtype() == DType::i64)
    for (int64_t t : o.inputs[1].to_vector<int64_t>())
      if (t < 0 && ignored.size() < 3) ignored.push_back(t);
  ignored.push_back(0);
  for (const int64_t reduction : {1, 0, 2, 3})
    for (int64_t ignore : ignored)
      for (double smoothing : {0.0, 0.1, 0.05, 0.2, 0.3})
        for (const bool second : {false, true}) {
          CallOptions& c = all.emplace_back();
          c.values["reduction"] = reduction;
          c.values["ignore_index"] = ignore;
          c.values["label_smoothing"] = smoothing;
          c.values["second_form"] = second;
        }
  return all;
}

ToTry under_a_mask(const NanOrigin& o) {
  ToTry all = {CallOptions{}};
  all.emplace_back().values["causal"] = true;
  all.emplace_back().mask = probed_mask(o);
  if (!all.back().mask.defined()) all.pop_back();
  return all;
}

// ---- calls
Entry unary(Tensor (*f)(const Tensor&)) {
  return {nothing, [f](const CallOptions&, const List& in) { return f(in[0]); }};
}

// f is called with two tensors, or with a tensor and a number in either order.
template <class F> Entry arithmetic(F f) {
  return {of_arithmetic, [f](const CallOptions& o, const List& in) {
            if (in.size() == 2) return f(in[0], in[1]);
            const double c = o.values.at("number").number();
            return o.values.at("number_first").boolean() ? f(c, in[0]) : f(in[0], c);
          }};
}

template <class F> Entry reduction(F f) {
  return {sets_of_axes, [f](const CallOptions& o, const List& in) {
            return f(in[0], axes_of(o.values), o.values.at("keepdim").boolean());
          }};
}
template <class F> Entry spread(F f) {
  return {sets_of_axes, [f](const CallOptions& o, const List& in) {
            return f(in[0], axes_of(o.values), o.values.at("correction").integer(),
                     o.values.at("keepdim").boolean());
          }};
}

Entry along(Tensor (*f)(const Tensor&, int)) {
  return {each_axis, [f](const CallOptions& o, const List& in) {
            return f(in[0], static_cast<int>(o.values.at("axis").integer()));
          }};
}

template <class F> Entry with_number(const char* key, std::vector<double> values, F f) {
  return {one_of(key, std::move(values)),
          [=](const CallOptions& o, const List& in) { return f(in, o.values.at(key).number()); }};
}

Tensor or_none(const List& in, size_t i) { return i < in.size() ? in[i] : Tensor(); }

Tensor power(const Tensor& a, const Tensor& b) { return pow(a, b); }
Tensor power(const Tensor& a, double b) { return pow(a, b); }
Tensor power(double, const Tensor&) { argument_error({"pow: a number first is no op"}); }

void add_elementwise(Entries& all) {
  all["abs"] = unary(abs);
  all["cos"] = unary(cos);
  all["exp"] = unary(exp);
  all["log"] = unary(log);
  all["neg"] = unary(neg);
  all["relu"] = unary(relu);
  all["sigmoid"] = unary(sigmoid);
  all["silu"] = unary(silu);
  all["sin"] = unary(sin);
  all["sqrt"] = unary(sqrt);
  all["tanh"] = unary(tanh);
  all["add"] = arithmetic([](const auto& a, const auto& b) { return add(a, b); });
  all["sub"] = arithmetic([](const auto& a, const auto& b) { return sub(a, b); });
  all["mul"] = arithmetic([](const auto& a, const auto& b) { return mul(a, b); });
  all["div"] = arithmetic([](const auto& a, const auto& b) { return div(a, b); });
  all["pow"] = arithmetic([](const auto& a, const auto& b) { return power(a, b); });
  const auto pair = [](Tensor (*f)(const Tensor&, const Tensor&)) -> Entry {
    return {nothing, [f](const CallOptions&, const List& in) { return f(in[0], in[1]); }};
  };
  all["maximum"] = pair(maximum);
  all["minimum"] = pair(minimum);
  all["matmul"] = pair(matmul);
  all["gelu"] = with_number("tanh", {0, 1}, [](const List& in, double tanh) {
    return gelu(in[0], tanh == 1 ? Gelu::tanh : Gelu::none);
  });
  all["leaky_relu"] = with_number("negative_slope", {0.01, 0.1, 0.2, 0.05, 0.3},
                                  [](const List& in, double s) { return leaky_relu(in[0], s); });
  all["elu"] = with_number("alpha", {1, 0.5, 2},
                           [](const List& in, double alpha) { return elu(in[0], alpha); });
  all["softplus"] = with_number("beta", {1, 0.5, 2, 5, 10},
                                [](const List& in, double beta) { return softplus(in[0], beta); });
  all["linear"] = with_number("activation", {0, 1, 2, 3}, [](const List& in, double a) {
    return linear(in[0], in[1], or_none(in, 2), static_cast<Activation>(static_cast<int>(a)));
  });
}

void add_reductions(Entries& all) {
  all["softmax"] = along(softmax);
  all["log_softmax"] = along(log_softmax);
  all["cumsum"] = along(cumsum);
  all["sum"] = reduction(sum);
  all["mean"] = reduction(mean);
  all["prod"] = reduction(prod);
  all["amax"] = reduction(amax);
  all["amin"] = reduction(amin);
  all["logsumexp"] = reduction(logsumexp);
  all["var"] = spread(var);
  all["std_"] = spread(std_);
  const auto row_of = [](const CallOptions& o, const Tensor& x) {
    Shape row;
    for (auto i = static_cast<int>(o.values.at("axes").integer()); i > 0; --i)
      row.push_back(x.size(-i));
    return row;
  };
  all["layer_norm"] = {of_norm, [row_of](const CallOptions& o, const List& in) {
                         const bool bias = o.values.at("only_bias").boolean();
                         return layer_norm(
                             in[0], row_of(o, in[0]), bias ? Tensor() : or_none(in, 1),
                             bias ? in[1] : or_none(in, 2), o.values.at("eps").number());
                       }};
  all["rms_norm"] = {of_norm, [row_of](const CallOptions& o, const List& in) {
                       return rms_norm(in[0], row_of(o, in[0]), or_none(in, 1),
                                       o.values.at("eps").number());
                     }};
}

// f(in, reduction, options)
template <class F> Entry loss(F f) {
  return {of_loss, [f](const CallOptions& o, const List& in) {
            return f(in, static_cast<Reduction>(o.values.at("reduction").integer()), o.values);
          }};
}

void add_losses(Entries& all) {
  all["cross_entropy"] = loss([](const List& in, Reduction r, const Json& o) {
    return cross_entropy(in[0], in[1],
                         {.weight = or_none(in, 2),
                          .ignore_index = o.at("ignore_index").integer(),
                          .label_smoothing = o.at("label_smoothing").number(),
                          .reduction = r});
  });
  all["nll_loss"] = loss([](const List& in, Reduction r, const Json& o) {
    return nll_loss(in[0], in[1], or_none(in, 2), o.at("ignore_index").integer(), r);
  });
  all["mse_loss"] =
      loss([](const List& in, Reduction r, const Json&) { return mse_loss(in[0], in[1], r); });
  all["l1_loss"] =
      loss([](const List& in, Reduction r, const Json&) { return l1_loss(in[0], in[1], r); });
  all["smooth_l1_loss"] = loss(
      [](const List& in, Reduction r, const Json&) { return smooth_l1_loss(in[0], in[1], 1, r); });
  all["huber_loss"] =
      loss([](const List& in, Reduction r, const Json&) { return huber_loss(in[0], in[1], 1, r); });
  all["kl_div"] = loss([](const List& in, Reduction r, const Json& o) {
    return kl_div(in[0], in[1], {.log_target = o.at("second_form").boolean(), .reduction = r});
  });
  all["binary_cross_entropy_with_logits"] = loss([](const List& in, Reduction r, const Json& o) {
    const bool second = o.at("second_form").boolean() && in.size() == 3;
    return binary_cross_entropy_with_logits(in[0], in[1],
                                            {.weight = second ? Tensor() : or_none(in, 2),
                                             .pos_weight = second ? in[2] : or_none(in, 3),
                                             .reduction = r});
  });
}

Mask mask_of(const CallOptions& o) {
  if (o.mask.defined()) return Mask::allowed(o.mask);
  return o.values.find("causal") ? Mask::causal() : Mask();
}

void add_attention(Entries& all) {
  all["masked_softmax"] = {under_a_mask, [](const CallOptions& o, const List& in) {
                             return masked_softmax(in[0], mask_of(o));
                           }};
  all["scaled_dot_product_attention"] = {
      under_a_mask, [](const CallOptions& o, const List& in) {
        const bool grouped = in[0].dim() > 3 && in[0].size(-3) != in[1].size(-3);
        return scaled_dot_product_attention(
            in[0], in[1], in[2],
            {.mask = mask_of(o), .bias = or_none(in, 3), .enable_gqa = grouped});
      }};
}

const Entries& entries() {
  static const Entries all = [] {
    Entries e;
    add_elementwise(e);
    add_reductions(e);
    add_losses(e);
    add_attention(e);
    return e;
  }();
  return all;
}

}  // namespace

std::vector<CallOptions> options_to_try(const NanOrigin& origin) {
  const auto entry = entries().find(origin.op);
  if (entry == entries().end()) return {};
  return entry->second.to_try(origin);
}

Tensor call_op(const std::string& op, const CallOptions& options, const std::vector<Tensor>& in) {
  const auto entry = entries().find(op);
  if (entry == entries().end()) file_error({"no capsule can store the op ", op});
  return entry->second.call(options, in);
}

}  // namespace gradus
