// SPDX-License-Identifier: MIT
// ONNX's convolutions; gradus has those along one axis.
#include "gradus/ops/conv.h"

#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"
#include "tests/onnx/case.h"

namespace gradus::tests::onnx {
namespace {

Results conv(Case& c) {
  const Tensor x = c.in(0), w = c.in(1);
  if (x.dim() != 3) skip({"gradus has only convolution along one axis"});
  c.only("auto_pad", "NOTSET", "paddings are numbers here");
  const auto one = [&](const char* key) { return c.list(key, {1}).at(0); };
  if (c.given("kernel_shape") && one("kernel_shape") != w.size(2))
    file_error({"kernel_shape is not that of the weight"});
  const std::vector<int64_t> pads = c.list("pads", {0, 0});
  if (pads.at(0) != pads.at(1)) skip({"gradus pads both ends alike"});
  return {conv1d(x, w, c.optional(2),
                 {.stride = one("strides"),
                  .padding = pads[0],
                  .dilation = one("dilations"),
                  .groups = c.integer("group", 1)})};
}

// Each channel separately, after the last K - 1 inputs of the previous call.
Results causal_conv(Case& c) {
  const Tensor x = c.in(0), w = c.in(1);
  const int64_t before = w.size(2) - 1;
  const Tensor past = c.has(3) ? c.in(3) : zeros({x.size(0), x.size(1), before}, x.dtype());
  const Tensor all = cat({past, x}, 2);
  Tensor y = conv1d(all, w, c.optional(2), {.groups = x.size(1)});
  const std::string activation = c.word("activation", "none");
  if (activation == "silu" || activation == "swish") y = silu(y);
  else if (activation != "none") skip({"activation = ", activation, " is not known"});
  Results results = {y};
  if (c.outputs() > 1) results.push_back(narrow(all, 2, all.size(2) - before, before));
  return results;
}

const Operator convolution_operators[] = {
    {"CausalConvWithState", 27, causal_conv},
    {"Conv", 11, conv},
};

}  // namespace

Operators convolutions() { return convolution_operators; }

}  // namespace gradus::tests::onnx
