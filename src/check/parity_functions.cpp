// SPDX-License-Identifier: MIT
// Parity targets: softmax, activations, norms, losses, embedding and convolution, as functions and
// as the modules that only call them.
#include "check/parity_call.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/conv.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"

namespace gradus::check {
namespace {

using List = std::vector<Tensor>;

Target along(Tensor (*f)(const Tensor&, int)) {
  return [f](Call& c) -> List {
    c.config.only("dtype", {});
    c.config.ignore({"_stacklevel"});
    return {f(c.in("input"), c.config.axis("dim"))};
  };
}

// f(input, arguments)
template <class F> Target activation(F f) {
  return [f](Call& c) -> List {
    c.config.ignore({"inplace"});
    return {f(c.in("input"), c.config)};
  };
}

Gelu approximation(const Arguments& a) {
  const std::string word = a.word("approximate", "none");
  if (word != "none" && word != "tanh") unknown({"approximate = ", word});
  return word == "tanh" ? Gelu::tanh : Gelu::none;
}

void add_activations(Targets& t) {
  const auto add = [&](const std::string& function, const std::string& module, Target target) {
    t["torch.nn.functional." + function] = t["torch.nn." + module] = std::move(target);
  };
  add("relu", "ReLU", activation([](const Tensor& x, const Arguments&) { return relu(x); }));
  add("tanh", "Tanh", activation([](const Tensor& x, const Arguments&) { return tanh(x); }));
  add("sigmoid", "Sigmoid",
      activation([](const Tensor& x, const Arguments&) { return sigmoid(x); }));
  add("silu", "SiLU", activation([](const Tensor& x, const Arguments&) { return silu(x); }));
  add("gelu", "GELU",
      activation([](const Tensor& x, const Arguments& a) { return gelu(x, approximation(a)); }));
  add("elu", "ELU",
      activation([](const Tensor& x, const Arguments& a) { return elu(x, a.number("alpha", 1)); }));
  add("leaky_relu", "LeakyReLU", activation([](const Tensor& x, const Arguments& a) {
        return leaky_relu(x, a.number("negative_slope", 0.01));
      }));
  add("softplus", "Softplus", activation([](const Tensor& x, const Arguments& a) {
        return softplus(x, a.number("beta", 1), a.number("threshold", 20));
      }));
  add("logsigmoid", "LogSigmoid",
      activation([](const Tensor& x, const Arguments&) { return neg(softplus(neg(x))); }));
  add("softmax", "Softmax", along(softmax));
  add("log_softmax", "LogSoftmax", along(log_softmax));
  t["torch.softmax"] = along(softmax);
  t["torch.log_softmax"] = along(log_softmax);
  add("dropout", "Dropout", [](Call& c) -> List {
    c.config.ignore({"inplace"});
    const double p = c.config.number("p", 0.5);
    const bool on = c.config.flag("training", c.training);
    if (on && p > 0 && p < 1) unknown({"dropout is random"});
    return {dropout(c.in("input"), p, on)};
  });
  t["torch.nn.Identity"] = [](Call& c) -> List { return {c.in("input")}; };
  t["torch.nn.Flatten"] = [](Call& c) -> List {
    return {flatten(c.in("input"), c.config.axis("start_dim", 1), c.config.axis("end_dim", -1))};
  };
}

// ---- losses; the weights of a module are parameters of the case
Tensor weight_of(Call& c, const char* name) { return c.has(name) ? c.in(name) : c.param(name); }

template <class F> Target loss(F f) {
  return [f](Call& c) -> List { return {f(c, c.in("input"), c.in("target"))}; };
}

Tensor class_loss(Call& c, const Tensor& x, const Tensor& target) {
  return cross_entropy(x, target,
                       {.weight = weight_of(c, "weight"),
                        .ignore_index = c.config.integer("ignore_index", -100),
                        .label_smoothing = c.config.number("label_smoothing", 0),
                        .reduction = c.config.reduction()});
}

void add_losses(Targets& t) {
  const auto add = [&](const char* function, const char* module, Target target) {
    t[std::string("torch.nn.functional.") + function] = t[std::string("torch.nn.") + module] =
        std::move(target);
  };
  add("cross_entropy", "CrossEntropyLoss", loss(class_loss));
  add("nll_loss", "NLLLoss", loss([](Call& c, const Tensor& x, const Tensor& y) {
        return nll_loss(x, y, weight_of(c, "weight"), c.config.integer("ignore_index", -100),
                        c.config.reduction());
      }));
  add("binary_cross_entropy_with_logits", "BCEWithLogitsLoss",
      loss([](Call& c, const Tensor& x, const Tensor& y) {
        return binary_cross_entropy_with_logits(x, y,
                                                {.weight = weight_of(c, "weight"),
                                                 .pos_weight = weight_of(c, "pos_weight"),
                                                 .reduction = c.config.reduction()});
      }));
  add("mse_loss", "MSELoss", loss([](Call& c, const Tensor& x, const Tensor& y) {
        return mse_loss(x, y, c.config.reduction());
      }));
  add("l1_loss", "L1Loss", loss([](Call& c, const Tensor& x, const Tensor& y) {
        return l1_loss(x, y, c.config.reduction());
      }));
  add("smooth_l1_loss", "SmoothL1Loss", loss([](Call& c, const Tensor& x, const Tensor& y) {
        return smooth_l1_loss(x, y, c.config.number("beta", 1), c.config.reduction());
      }));
  add("huber_loss", "HuberLoss", loss([](Call& c, const Tensor& x, const Tensor& y) {
        return huber_loss(x, y, c.config.number("delta", 1), c.config.reduction());
      }));
  add("kl_div", "KLDivLoss", loss([](Call& c, const Tensor& x, const Tensor& y) {
        return kl_div(
            x, y,
            {.log_target = c.config.flag("log_target", false), .reduction = c.config.reduction()});
      }));
}

// ---- functions with weights
List convolution(Call& c) {
  const Tensor w = c.in("weight"), x = c.in("input");
  const int64_t dilation = c.config.single("dilation", 1);
  const Tensor y = conv1d(x.dim() == 2 ? unsqueeze(x, 0) : x, w, c.optional_in("bias"),
                          {.stride = c.config.single("stride", 1),
                           .padding = c.config.padding(w.size(2), dilation),
                           .dilation = dilation,
                           .groups = c.config.integer("groups", 1)});
  return {x.dim() == 2 ? squeeze(y, 0) : y};
}

// PyTorch's function returns the row of padding_idx unchanged and only stops its gradient.
List embedded(Call& c) {
  c.config.only("max_norm", {});
  c.config.ignore({"norm_type"});
  c.config.only("scale_grad_by_freq", false);
  c.config.ignore({"sparse"});
  Tensor w = c.in("weight");
  if (c.config.has("padding_idx")) w = stopped_row(w, c.config.integer("padding_idx"));
  return {embedding(c.in("input"), w)};
}

List attended(Call& c) {
  AttentionOptions o{.enable_gqa = c.config.flag("enable_gqa", false)};
  if (c.config.number("dropout_p", 0) > 0) unknown({"dropout is random"});
  if (c.config.has("scale")) o.scale = c.config.number("scale");
  if (c.has("attn_mask")) {
    const Tensor mask = c.in("attn_mask");
    const FloatMask parts = mask.dtype() == DType::boolean ? FloatMask{mask, {}} : float_mask(mask);
    o.mask = Mask::allowed(parts.allowed);
    o.bias = parts.bias;
  }
  if (c.config.flag("is_causal", false)) o.mask = o.mask & Mask::causal();
  return {scaled_dot_product_attention(c.in("query"), c.in("key"), c.in("value"), o)};
}

void add_weighted(Targets& t) {
  t["torch.nn.functional.linear"] = [](Call& c) -> List {
    return {linear(c.in("input"), c.in("weight"), c.optional_in("bias"))};
  };
  t["torch.nn.functional.layer_norm"] = [](Call& c) -> List {
    return {layer_norm(c.in("input"), c.config.shape("normalized_shape"), c.optional_in("weight"),
                       c.optional_in("bias"), c.config.number("eps", 1e-5))};
  };
  t["torch.nn.functional.rms_norm"] = [](Call& c) -> List {
    std::optional<double> eps;
    if (c.config.has("eps")) eps = c.config.number("eps");
    return {
        rms_norm(c.in("input"), c.config.shape("normalized_shape"), c.optional_in("weight"), eps)};
  };
  t["torch.nn.functional.conv1d"] = convolution;
  t["torch.nn.functional.embedding"] = embedded;
  t["torch.nn.functional.scaled_dot_product_attention"] = attended;
}

}  // namespace

Targets function_targets() {
  Targets t;
  add_activations(t);
  add_losses(t);
  add_weighted(t);
  return t;
}

}  // namespace gradus::check
