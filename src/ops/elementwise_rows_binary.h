// SPDX-License-Identifier: MIT
// Private to ops/: elementwise_rows.h for two tensors.
#pragma once
#include "elementwise_rows.h"

namespace gradus {

/// Flags: the arguments that da() or db() reads. `same`: the gradient is dy itself. A row with a
/// member `whole` takes i64, too, without gradient; f then gets unsigned numbers, which wrap
/// around.
enum Reads : unsigned { reads_nothing = 0, reads_a = 1, reads_b = 2, same = 4 };

template <unsigned by_da, unsigned by_db, int64_t grain_length = kernels::cheap_grain>
struct BinaryRow {
  static constexpr unsigned da_reads = by_da, db_reads = by_db;
  static constexpr int64_t grain = grain_length;
};

namespace detail {

template <class Row>
concept WholeRow = requires {
  Row::whole;
};

template <class Row> struct Binary {
  static constexpr const char* name = Row::name;
  Row row;
  unsigned reads;                 // arguments that the wanted gradients read
  SmallVector<Tensor, 2> kept{};  // a, b, or both

  Tensor forward(Inputs in) {
    Tensor y = Tensor::empty(in[0].shape(), in[0].dtype());
    const auto run = [&]<class T>() {
      using U = std::conditional_t<std::is_same_v<T, int64_t>, uint64_t, T>;
      map<T, T>(
          y.shape(), Row::grain, [r = row](T u, T v) { return static_cast<T>(r.f(U(u), U(v))); },
          y.mutable_data<T>(), in[0], in[1]);
    };
    if constexpr (WholeRow<Row>) dispatch_number(y.dtype(), run);
    else dispatch_float(y.dtype(), run);
    kept.clear();  // it may run again
    if (reads & reads_a) kept.emplace_back(in[0]);
    if (reads & reads_b) kept.emplace_back(in[1]);
    return y;
  }

  Grads backward(const Tensor& dy, Wanted w) const {
    Grads grads;
    grads.reserve(2);
    if (!w[0]) grads.emplace_back();
    else if constexpr (Row::da_reads == same) grads.emplace_back(dy);
    else
      grads.emplace_back(
          gradient<Row::da_reads>(dy, [](const Row& r, auto... n) { return r.da(n...); }));
    if (!w[1]) grads.emplace_back();
    else if constexpr (Row::db_reads == same) grads.emplace_back(dy);
    else
      grads.emplace_back(
          gradient<Row::db_reads>(dy, [](const Row& r, auto... n) { return r.db(n...); }));
    return grads;
  }

  Grads backward_graph(const Tensor& dy, Wanted w, const History& h) const {
    const Tensor a = reads & reads_a ? h.input(0, kept[0]) : dy;
    const Tensor b = reads & reads_b ? h.input(1, kept.back()) : dy;
    Grads grads{Tensor{}, Tensor{}};
    if constexpr (Row::da_reads == same) grads[0] = dy;
    else if (w[0]) grads[0] = row.da(dy, a, b);
    if constexpr (Row::db_reads == same) grads[1] = dy;
    else if (w[1]) grads[1] = row.db(dy, a, b);
    return grads;
  }

 private:
  template <unsigned what, class D> Tensor gradient(const Tensor& dy, D d) const {
    const Tensor& first = what & reads_a ? kept[0] : dy;  // not read: any tensor
    const Tensor& second = what & reads_b ? kept.back() : dy;
    Tensor dx = Tensor::empty(dy.shape(), dy.dtype());
    dispatch_float(dy.dtype(), [&]<class T>() {
      map<T, T, T>(
          dy.shape(), Row::grain, [d, r = row](T g, T u, T v) { return d(r, g, u, v); },
          dx.mutable_data<T>(), dy, first, second);
    });
    return dx;
  }
};

}  // namespace detail

template <class Row> Tensor binary(Row row, const Tensor& a, const Tensor& b) {
  if (!detail::WholeRow<Row> || !a.defined() || a.dtype() != DType::i64)
    check_float(Row::name, "a", a);
  check_same_dtype(Row::name, "b", b, "a", a);
  const unsigned reads =
      (a.requires_grad() ? Row::da_reads : 0u) | (b.requires_grad() ? Row::db_reads : 0u);
  if (a.shape() == b.shape()) return apply(detail::Binary<Row>{row, reads}, a, b);
  const Shape shape = broadcast_shapes(Row::name, a.shape(), b.shape());
  return apply(detail::Binary<Row>{row, reads}, detail::broadcast(a, shape),
               detail::broadcast(b, shape));
}

}  // namespace gradus
