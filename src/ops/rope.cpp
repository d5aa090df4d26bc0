// SPDX-License-Identifier: MIT
// rope. Kernel: kernels/rope.h. Checks: check/rows/rope.cpp.
#include "gradus/ops/rope.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "kernels/rope.h"

namespace gradus {
namespace {

struct Rope {
  static constexpr const char* name = "rope";
  static constexpr bool linear = true;
  RopeOptions options;
  Tensor cosines{}, sines{};  // [T, D / 2]

  Tensor forward(Inputs in) {
    const Tensor& x = in[0];
    const int64_t steps = x.size(-2), D = x.size(-1);
    cosines = Tensor::empty({steps, D / 2}, x.dtype());
    sines = Tensor::empty({steps, D / 2}, x.dtype());
    dispatch_float(x.dtype(), [&]<class T>() {
      kernels::rope_table<T>(steps, D, options.first, options.base, cosines.mutable_data<T>(),
                             sines.mutable_data<T>());
    });
    return rotated(x, false);
  }

  Grads backward(const Tensor& dy, Wanted) const { return rotated(dy, true); }

 private:
  Tensor rotated(const Tensor& x_in, bool back) const {
    const Tensor x = x_in.contiguous_data();
    const int64_t steps = x.size(-2), D = x.size(-1);
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    if (x.numel() == 0) return y;
    dispatch_float(x.dtype(), [&]<class T>() {
      kernels::rope<T>(x.numel() / D, steps, D, options.pairs == RopePairs::interleaved, back,
                       cosines.data<T>(), sines.data<T>(), x.data<T>(), y.mutable_data<T>());
    });
    return y;
  }
};

}  // namespace

Tensor rope(const Tensor& x, const RopeOptions& options) {
  check_float("rope", "x", x);
  if (x.dim() < 2 || x.size(-1) % 2 != 0)
    argument_error({"rope: x ", x.shape(), " must be [.., T, D] with an even D"});
  if (!(options.base > 0) || options.first < 0)
    argument_error({"rope: base ", options.base, " and first ", options.first,
                    "; expected more than 0, and 0 or more"});
  return apply(Rope{options}, x);
}

}  // namespace gradus
