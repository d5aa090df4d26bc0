// SPDX-License-Identifier: MIT
// Recurrent layers as scalar loops over doubles or dual numbers: the textbook form of the fused
// ops. Members under "Mistakes" make a formula wrong on purpose, for mutants.
#pragma once
#include "check/reference.h"

namespace gradus::check {

enum class CellKind { tanh, relu, gru, lstm };
inline int64_t gates_of(CellKind k) { return k == CellKind::gru ? 3 : k == CellKind::lstm ? 4 : 1; }

struct RecurrentForm {
  CellKind kind = CellKind::tanh;
  bool reverse = false, batch_first = true;
  std::vector<int64_t> lengths{};
  // Mistakes.
  bool no_time = false;         // no gradient flows to the previous state
  bool over_the_end = false;    // padding steps change the state
  bool swapped = false;         // the first two gates in swapped order
  bool other_share = false;     // gru: z n + (1 - z) h instead of (1 - z) n + z h
  bool constant_reset = false;  // gru: r held constant
  bool constant_c = false;      // lstm: the previous c held constant
  bool constant_gate = false;   // gru: z, lstm: o held constant
};

template <class T> T plain_sigmoid(T x) {
  using std::exp;
  return 1 / (1 + exp(-x));
}

/// One unit of a cell: z(part) is the input's contribution to a gate, u(part) the state's; `old` is
/// its previous state.
template <class T, class F> T plain_unit(const RecurrentForm& f, F z, F u, T old, T* c) {
  using std::tanh;
  const auto fixed = [&](T gate) { return f.constant_gate ? held_constant(gate) : gate; };
  const int first = f.swapped ? 1 : 0;
  const auto gate = [&](int part) { return plain_sigmoid<T>(z(part) + u(part)); };
  if (f.kind == CellKind::lstm) {
    const T i = gate(first), forget = gate(1 - first), g = tanh(z(2) + u(2));
    *c = forget * (f.constant_c ? held_constant(*c) : *c) + i * g;
    return fixed(gate(3)) * tanh(*c);
  }
  if (f.kind == CellKind::gru) {
    const T r = gate(first), share = fixed(gate(1 - first));
    const T n = tanh(z(2) + (f.constant_reset ? held_constant(r) : r) * u(2));
    return f.other_share ? share * n + (1 - share) * old : (1 - share) * n + share * old;
  }
  const T sum = z(0) + u(0);
  return f.kind == CellKind::tanh ? tanh(sum) : sum < T(0) ? T(0) : sum;
}

/// Runs over a = [B, T, G H] from h [B, H] (and c), with U [G H, H] and its bias or null. Gives the
/// output, h_n (and c_n).
template <class T>
Arrays<T> plain_walk(const Array<T>& a, Array<T> h, Array<T> c, const Array<T>& U,
                     const Array<T>* bias, const RecurrentForm& f) {
  const int64_t B = h.size(0), H = h.size(1), steps = a.size(f.batch_first ? 1 : 0);
  const int64_t width = gates_of(f.kind) * H;
  Array<T> y(Shape{a.size(0), a.size(1), H});
  for (int64_t b = 0; b < B; ++b)
    for (int64_t s = 0; s < steps; ++s) {
      const int64_t t = f.reverse ? steps - 1 - s : s;
      const int64_t row = f.batch_first ? b * steps + t : t * B + b;
      if (!f.lengths.empty() && !f.over_the_end && t >= f.lengths[static_cast<size_t>(b)]) continue;
      const Array<T> before = h;
      for (int64_t j = 0; j < H; ++j) {
        using Part = std::function<T(int)>;
        const Part z = [&](int part) { return a[row * width + part * H + j]; };
        const Part u = [&](int part) {
          T sum = bias ? (*bias)[part * H + j] : T(0);
          for (int64_t k = 0; k < H; ++k) {
            const T& from = before[b * H + k];
            sum += U[(part * H + j) * H + k] * (f.no_time ? held_constant(from) : from);
          }
          return sum;
        };
        T* memory = f.kind == CellKind::lstm ? &c[b * H + j] : nullptr;
        h[b * H + j] = y[row * H + j] = plain_unit<T, Part>(f, z, u, before[b * H + j], memory);
      }
    }
  if (f.kind == CellKind::lstm) return {y, h, c};
  return {y, h};
}

}  // namespace gradus::check
