// SPDX-License-Identifier: MIT
// dropout. Kernel: kernels/dropout.h. Checks: check/rows/dropout.cpp.
#include "gradus/ops/dropout.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "kernels/dropout.h"

namespace gradus {
namespace {

struct Dropped {  // y_i = m_i x_i / (1 - p)
  static constexpr const char* name = "dropout";
  static constexpr bool linear = true;
  double p;
  Draw draw;

  Tensor masked(const Tensor& any) const {
    const Tensor x = any.contiguous_data();
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    dispatch_float(x.dtype(), [&]<class T>() {
      kernels::Dropout(p, draw).run(x.numel(), x.data<T>(), y.mutable_data<T>());
    });
    return y;
  }
  Tensor forward(Inputs in) { return masked(in[0]); }
  Grads backward(const Tensor& dy, Wanted) const { return masked(dy); }  // dx = m dy / (1 - p)
};

struct AllDropped {
  static constexpr const char* name = "dropout";
  static constexpr bool linear = true;
  Tensor forward(Inputs in) { return zeros_like(in[0]); }
  Grads backward(const Tensor& dy, Wanted) const { return zeros_like(dy); }
};

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, Generator& gen) {
  check_float("dropout", "x", x);
  if (!(p >= 0 && p <= 1)) argument_error({"dropout: p is ", p, "; expected 0 to 1"});
  if (!training || p == 0) return x;
  if (p == 1) return apply(AllDropped{}, x);
  return apply(Dropped{.p = p, .draw = gen.draw()}, x);
}

}  // namespace gradus
