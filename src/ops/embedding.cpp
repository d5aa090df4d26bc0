// SPDX-License-Identifier: MIT
// embedding. Kernel: kernels/embedding.h. Checks: check/rows/embedding.cpp.
#include "gradus/ops/embedding.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"
#include "kernels/embedding.h"

namespace gradus {
namespace {

struct Embedding {  // y_i = w[ids_i]
  static constexpr const char* name = "embedding";
  int64_t padding;  // -1: none
  Shape table{};    // [V, C]
  Tensor ids{};

  Tensor forward(Inputs in) {
    const Tensor w = in[0].contiguous_data();
    ids = in[1].contiguous_data(), table = w.shape();
    Shape shape = ids.shape();
    shape.push_back(table[1]);
    Tensor y = Tensor::empty(shape, w.dtype());
    dispatch_float(w.dtype(), [&]<class T>() {
      kernels::embedding(ids.numel(), table[1], ids.data<int64_t>(), w.data<T>(), padding,
                         y.mutable_data<T>());
    });
    return y;
  }

  Grads backward(const Tensor& dy_in, Wanted) const {  // dw[v] = sum of dy_i where ids_i = v
    const Tensor dy = dy_in.contiguous_data();
    const int64_t n = ids.numel();
    Tensor dw = Tensor::empty(table, dy.dtype());
    Tensor start = Tensor::empty({table[0] + 2}, DType::i64);
    Tensor order = Tensor::empty({n}, DType::i64);
    int64_t* s = start.mutable_data<int64_t>();
    int64_t* o = order.mutable_data<int64_t>();
    kernels::sort_by_id(n, table[0], ids.data<int64_t>(), s, o);
    dispatch_float(dy.dtype(), [&]<class T>() {
      kernels::embedding_backward(table[0], table[1], s, o, dy.data<T>(), padding,
                                  dw.mutable_data<T>());
    });
    return {dw, Tensor{}};
  }
  Grads backward_graph(const Tensor& dy, Wanted, const History&) const {
    const Shape rows{ids.numel(), table[1]};
    const Tensor id = reshape(ids.detach(), {rows[0], 1});
    Tensor each = reshape(dy, rows);
    if (padding >= 0) each = masked_fill(each, eq(id, static_cast<double>(padding)), 0);
    return {scatter_add(zeros(table, dy.dtype()), 0, expand(id, rows), each), Tensor{}};
  }
};

}  // namespace

Tensor embedding(const Tensor& ids, const Tensor& weight, std::optional<int64_t> padding_idx) {
  check_dtype("embedding", "ids", ids, DType::i64);
  check_float("embedding", "weight", weight);
  if (weight.dim() != 2)
    argument_error({"embedding: weight ", weight.shape(), " must be [V, C]: a row for each id"});
  const int64_t v = weight.size(0), padding = padding_idx.value_or(-1);
  if (padding_idx && (padding < -v || padding >= v))
    argument_error({"embedding: padding_idx ", padding, " must be in ", -v, "..", v - 1,
                    " for a vocabulary of ", v});
  check_indices("embedding", "id", ids, v, "a vocabulary of");
  const int64_t padding_row = padding_idx && padding < 0 ? padding + v : padding;
  return apply(Embedding{.padding = padding_row}, weight, ids);
}

}  // namespace gradus
