// SPDX-License-Identifier: MIT
// The messages of checks on arguments.
#include "gradus/ops/check.h"

namespace gradus {

void check_float(const char* op, const char* what, const Tensor& x) {
  if (!x.defined()) argument_error({op, ": ", what, " is undefined"});
  if (!is_float(x.dtype()))
    argument_error({op, ": ", what, " is ", x.str(), "; expected f32 or f64"});
}

void check_same_dtype(const char* op, const char* what, const Tensor& x, const char* like_what,
                      const Tensor& like) {
  if (!x.defined()) argument_error({op, ": ", what, " is undefined"});
  if (x.dtype() != like.dtype())
    argument_error({op, ": ", what, " is ", name(x.dtype()), ", ", like_what, " is ",
                    name(like.dtype()), "; expected one dtype"});
}

void check_dtype(const char* op, const char* what, const Tensor& x, DType dtype) {
  if (!x.defined()) argument_error({op, ": ", what, " is undefined"});
  if (x.dtype() != dtype)
    argument_error({op, ": ", what, " is ", x.str(), "; expected ", name(dtype)});
}

}  // namespace gradus
