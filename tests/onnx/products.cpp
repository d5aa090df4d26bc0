// SPDX-License-Identifier: MIT
// ONNX's matrix products.
#include "gradus/ops/einsum.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/view.h"
#include "tests/onnx/case.h"

namespace gradus::tests::onnx {
namespace {

Tensor product(const Tensor& a, const Tensor& b) {
  if (!is_float(a.dtype())) skip({"gradus has no products of matrices of integers"});
  return matmul(a, b);
}

Results gemm(Case& c) {
  Tensor a = c.in(0), b = c.in(1);
  if (c.flag("transA", false)) a = transpose(a, 0, 1);
  if (c.flag("transB", false)) b = transpose(b, 0, 1);
  const Tensor y = c.number("alpha", 1) * product(a, b);
  const double beta = c.number("beta", 1);
  return {c.has(2) ? y + beta * c.in(2) : y};
}

Results sum_of_products(Case& c) {
  const std::vector<Tensor> operands = c.ins();
  for (const Tensor& x : operands)
    if (!is_float(x.dtype())) skip({"gradus has no einsum of integers"});
  return {einsum(c.word("equation", ""), operands)};
}

const Operator product_operators[] = {
    {"Einsum", 12, sum_of_products},
    {"Gemm", 13, gemm},
    {"MatMul", 13, binary<product>},
};

}  // namespace

Operators products() { return product_operators; }

}  // namespace gradus::tests::onnx
