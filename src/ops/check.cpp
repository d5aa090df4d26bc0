// SPDX-License-Identifier: MIT
// Error messages of argument checks.
#include "gradus/ops/check.h"

#include "gradus/autograd/node.h"
#include "kernels/indices.h"

namespace gradus {

void detail::not_float(const char* op, const char* what, const Tensor& x) {
  if (!x.defined()) argument_error({op, ": ", what, " is undefined"});
  argument_error({op, ": ", what, " is ", x.str(), "; expected f32 or f64"});
}

void detail::other_dtype(const char* op, const char* what, const Tensor& x, const char* like_what,
                         const Tensor& like) {
  if (!x.defined()) argument_error({op, ": ", what, " is undefined"});
  argument_error({op, ": ", what, " is ", name(x.dtype()), ", ", like_what, " is ",
                  name(like.dtype()), "; expected one dtype"});
}

void check_dtype(const char* op, const char* what, const Tensor& x, DType dtype) {
  if (!x.defined()) argument_error({op, ": ", what, " is undefined"});
  if (x.dtype() != dtype)
    argument_error({op, ": ", what, " is ", x.str(), "; expected ", name(dtype)});
}

void check_indices(const char* op, const char* what, const Tensor& ids, int64_t size,
                   const char* of, std::optional<int64_t> except) {
  const Tensor all = ids.contiguous_data();
  const int64_t* v = all.data<int64_t>();
  const int64_t bad = kernels::first_outside(all.numel(), v, size, except);
  if (bad < 0) return;
  Dims at = all.shape();
  for (int64_t i = at.size() - 1, rest = bad; i >= 0; --i) {
    const int64_t n = at[static_cast<int>(i)];
    at[static_cast<int>(i)] = rest % n, rest /= n;
  }
  const std::string hint = except ? text({"; only ", *except, " is ignored"}) : "";
  argument_error({op, ": ", what, " ", v[bad], " at position ", at, " is out of range for ", of,
                  " ", size, hint});
}

void check_constant(const char* op, const char* what, const Tensor& x) {
  if (x.defined() && x.requires_grad() && grad_enabled())
    argument_error({op, ": ", what, " requires a gradient, but there is none for it; detach it"});
}

}  // namespace gradus
