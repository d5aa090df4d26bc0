// SPDX-License-Identifier: MIT
// Batches.
#include "gradus/data/batch.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace gradus {
namespace {

std::vector<Batch> cut(const std::vector<int64_t>& order, int64_t batch_size) {
  if (batch_size < 1) argument_error({"batch_size is ", batch_size, "; expected 1 or more"});
  std::vector<Batch> all;
  const auto size = static_cast<size_t>(batch_size);
  for (size_t at = 0; at < order.size(); at += size)
    all.emplace_back(
        order.begin() + static_cast<std::ptrdiff_t>(at),
        order.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, order.size())));
  return all;
}

template <class T> void shuffle(std::vector<T>& items, Generator& gen) {
  for (size_t i = items.size(); i > 1; --i)
    std::swap(items[i - 1], items[static_cast<size_t>(gen.below(static_cast<int64_t>(i)))]);
}

}  // namespace

std::vector<int64_t> permutation(int64_t n, Generator& gen) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  shuffle(order, gen);
  return order;
}

std::vector<Batch> in_order(int64_t n, int64_t batch_size) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  return cut(order, batch_size);
}

std::vector<Batch> shuffled(int64_t n, int64_t batch_size, Generator& gen) {
  return cut(permutation(n, gen), batch_size);
}

std::vector<Batch> shuffled_by_length(std::span<const int64_t> lengths, int64_t batch_size,
                                      Generator& gen, int64_t pool) {
  std::vector<int64_t> order = permutation(static_cast<int64_t>(lengths.size()), gen);
  const auto shorter = [&](int64_t a, int64_t b) {
    return lengths[static_cast<size_t>(a)] < lengths[static_cast<size_t>(b)];
  };
  const size_t group = static_cast<size_t>(std::max<int64_t>(1, batch_size * pool));
  for (size_t at = 0; at < order.size(); at += group)
    std::stable_sort(
        order.begin() + static_cast<std::ptrdiff_t>(at),
        order.begin() + static_cast<std::ptrdiff_t>(std::min(at + group, order.size())), shorter);
  std::vector<Batch> all = cut(order, batch_size);
  shuffle(all, gen);
  return all;
}

std::vector<Batch> by_tokens(std::span<const int64_t> lengths, std::span<const int64_t> second,
                             int64_t max_tokens, Generator& gen) {
  if (max_tokens < 1 || lengths.size() != second.size())
    argument_error({"by_tokens: max_tokens is ", max_tokens, "; expected 1 or more; ",
                    lengths.size(), " lengths and ", second.size(), " second lengths"});
  std::vector<int64_t> order = permutation(static_cast<int64_t>(lengths.size()), gen);
  const auto size = [&](int64_t i) {
    return std::pair(lengths[static_cast<size_t>(i)], second[static_cast<size_t>(i)]);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return size(a) < size(b); });
  std::vector<Batch> all;
  for (int64_t i : order) {  // sorted, so each sample is the longest of its batch so far
    const auto rows = all.empty() ? 0 : static_cast<int64_t>(all.back().size()) + 1;
    if (rows == 0 || rows * size(i).first > max_tokens) all.emplace_back();
    all.back().push_back(i);
  }
  shuffle(all, gen);
  return all;
}

TokenBatch pad(std::span<const std::vector<int64_t>> sequences, int64_t padding_id) {
  TokenBatch batch;
  int64_t longest = 0;
  for (const auto& s : sequences) {
    batch.lengths.push_back(static_cast<int64_t>(s.size()));
    longest = std::max(longest, batch.lengths.back());
  }
  batch.ids = full({static_cast<int64_t>(sequences.size()), longest},
                   static_cast<double>(padding_id), DType::i64);
  int64_t* out = batch.ids.mutable_data<int64_t>();
  for (const auto& s : sequences) {
    std::copy(s.begin(), s.end(), out);
    out += longest;
  }
  return batch;
}

}  // namespace gradus
