// SPDX-License-Identifier: MIT
// Keys and values that a decoder keeps, and attention of several samples to one of them.
#include <algorithm>

#include "gradus/nn/attention.h"
#include "gradus/ops/view.h"

namespace gradus {

int64_t KeyValueCache::bytes() const {
  int64_t all = 0;
  for (const Tensor* t : {&k, &v, &state})
    if (t->defined()) all += t->numel() * size_of(t->dtype());
  return all;
}

void KeyValueCache::reorder(const std::vector<int64_t>& rows) {
  for (Tensor* t : {&k, &v, &state})
    if (t->defined()) *t = index_select(*t, 0, rows);
}

// The readers of a sample are queries of one sample: [samples, T, C] -> [B, most readers, T, C],
// where there are some that nobody needs.
Tensor MultiheadAttention::attend_together(const Tensor& q, const KeyValueCache& memory,
                                           const Mask& mask) const {
  if (memory.readers.empty()) return attend({split_heads(q), memory.k, memory.v}, mask);
  const auto B = std::ssize(memory.readers), T = q.size(1);
  const int64_t most = *std::max_element(memory.readers.begin(), memory.readers.end());
  std::vector<int64_t> samples(static_cast<size_t>(B * most)), places;
  for (int64_t b = 0; b < B; ++b)
    for (int64_t r = 0; r < memory.readers[static_cast<size_t>(b)]; ++r) {
      samples[static_cast<size_t>(b * most + r)] = std::ssize(places);
      places.push_back(b * most + r);
    }
  if (B != memory.k.size(0) || std::ssize(places) != q.size(0))
    argument_error({"MultiheadAttention: ", B, " counts of readers, in total ", places.size(),
                    "; expected ", memory.k.size(0), " with a total of ", q.size(0)});
  const bool even = places.size() == samples.size();
  const Tensor rows = even ? q : index_select(q, 0, samples);
  const Tensor y = attend(
      {split_heads(reshape(rows, {B, most * T, options.embed_dim})), memory.k, memory.v}, mask);
  const Tensor apart = reshape(y, {B * most, T, options.embed_dim});
  return even ? apart : index_select(apart, 0, places);
}

}  // namespace gradus
