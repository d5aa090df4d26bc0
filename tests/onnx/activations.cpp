// SPDX-License-Identifier: MIT
// ONNX's activations, softmax and its family, dropout.
#include "gradus/ops/dropout.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "tests/onnx/case.h"

namespace gradus::tests::onnx {
namespace {

Results leaky(Case& c) { return {leaky_relu(c.in(0), c.number("alpha", 0.01))}; }
Results elu_of(Case& c) { return {elu(c.in(0), c.number("alpha", 1))}; }

Results celu(Case& c) {
  const double alpha = c.number("alpha", 1);
  return {alpha * elu(c.in(0) / alpha)};
}

Results selu(Case& c) {
  const double alpha = c.number("alpha", 1.67326319217681884765625);
  return {c.number("gamma", 1.05070102214813232421875) * elu(c.in(0), alpha)};
}

Results gelu_of(Case& c) {
  const std::string form = c.word("approximate", "none");
  if (form != "none" && form != "tanh") skip({"approximate = ", form, " is not known"});
  return {gelu(c.in(0), form == "tanh" ? Gelu::tanh : Gelu::none)};
}

Results hard_sigmoid(Case& c) {
  return {clamp(c.number("alpha", 0.2) * c.in(0) + c.number("beta", 0.5), 0, 1)};
}
Tensor hard_swish(const Tensor& x) { return x * clamp(x / 6.0 + 0.5, 0, 1); }
Tensor mish(const Tensor& x) { return x * tanh(softplus(x)); }
Tensor soft_plus(const Tensor& x) { return softplus(x); }
Tensor soft_sign(const Tensor& x) { return x / (1.0 + abs(x)); }

Results swish(Case& c) {
  const double alpha = c.number("alpha", 1);
  return {alpha == 1 ? silu(c.in(0)) : c.in(0) * sigmoid(alpha * c.in(0))};
}

Results thresholded(Case& c) {
  return {masked_fill(c.in(0), le(c.in(0), c.number("alpha", 1)), 0)};
}

Results prelu(Case& c) {
  const Tensor x = c.in(0);
  return {where(lt(x, 0), c.in(1) * x, x)};
}

template <Tensor (*f)(const Tensor&, int)> Results along(Case& c) {
  return {f(c.in(0), c.axis(-1))};
}

Tensor hardmax(const Tensor& x, int axis) {
  const Tensor at = argmax(x, axis, true);
  return scatter(zeros(x.shape(), x.dtype()), axis, at, ones(at.shape(), x.dtype()));
}

// Before operator set 12 the ratio was an attribute and there was no training mode.
Results dropout_of(Case& c) {
  const bool old = c.opset < 12;
  double ratio = 0.5;
  if (old) ratio = c.number("ratio", ratio);
  else if (c.has(1)) ratio = c.in(1).item();
  const bool training = !old && c.has(2) && c.in(2).item() != 0;
  c.find("seed");  // draws nothing below
  if (training && ratio != 0) skip({"another generator draws other elements"});
  Results y = {dropout(c.in(0), ratio, training)};
  if (c.outputs() > 1) y.push_back(eq(zeros(c.in(0).shape()), 0));
  return y;
}

const Operator activation_operators[] = {
    {"Celu", 12, celu},
    {"Dropout", 10, dropout_of},
    {"Elu", 22, elu_of},
    {"Gelu", 20, gelu_of},
    {"HardSigmoid", 22, hard_sigmoid},
    {"HardSwish", 22, unary<hard_swish>},
    {"Hardmax", 13, along<hardmax>},
    {"LeakyRelu", 16, leaky},
    {"LogSoftmax", 13, along<log_softmax>},
    {"Mish", 22, unary<mish>},
    {"PRelu", 16, prelu},
    {"Relu", 14, unary<relu>},
    {"Selu", 22, selu},
    {"Sigmoid", 13, unary<sigmoid>},
    {"Softmax", 13, along<softmax>},
    {"Softplus", 22, unary<soft_plus>},
    {"Softsign", 22, unary<soft_sign>},
    {"Swish", 24, swish},
    {"Tanh", 13, unary<tanh>},
    {"ThresholdedRelu", 22, thresholded},
};

}  // namespace

Operators activations() { return activation_operators; }

}  // namespace gradus::tests::onnx
