// SPDX-License-Identifier: MIT
// The loop of all optimisers. Each states its scalars and its kernel; the rest is here.
#pragma once
#include <array>

#include "gradus/optim/optimizer.h"
#include "optim/flat.h"

namespace gradus {

template <class T, class Scalars, class Kernel>
void Optimizer::update_of(DType dtype, const Scalars& scalars, const Kernel& kernel, size_t first) {
  struct Work {
    std::invoke_result_t<Scalars, const Slot&> numbers;
    const T* g;
    T* p;
    std::array<T*, most_states> state{};
  };
  const Active active = begin_step(dtype, first);
  std::vector<Work> work;
  for (size_t i = 0; i < active.slots.size(); ++i) {
    Slot& s = *active.slots[i];
    Work w{scalars(s), active.grads[i].data<T>(), s.parameter.mutable_data<T>(name_)};
    for (size_t k = 0; k < s.state.size(); ++k) w.state[k] = s.state[k].mutable_data<T>();
    work.push_back(w);
  }
  FlatBlocks(active.sizes()).each([&](int64_t, size_t item, int64_t begin, int64_t end) {
    const Work& w = work[item];
    std::array<T*, most_states> state = w.state;
    for (T*& s : state)
      if (s) s += begin;
    kernel(end - begin, w.numbers, w.g + begin, w.p + begin, state.data());
  });
}

template <class Scalars, class Kernel>
void Optimizer::update(const Scalars& scalars, const Kernel& kernel, size_t first) {
  update_of<float>(DType::f32, scalars, kernel, first);
  update_of<double>(DType::f64, scalars, kernel, first);
}

}  // namespace gradus
