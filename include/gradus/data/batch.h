// SPDX-License-Identifier: MIT
// Which samples go into which batch. An epoch's order follows from a generator alone, so that a
// stopped run finds its place again.
// Next: train/stop.h
#pragma once
#include <span>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

using Batch = std::vector<int64_t>;  // numbers of samples

/// 0 .. n-1 in an order drawn from `gen` (Fisher and Yates).
std::vector<int64_t> permutation(int64_t n, Generator& gen);

/// All of 0 .. n-1 once, in order or shuffled, batch_size in each batch; the last may be smaller.
/// Throws std::invalid_argument unless batch_size > 0.
std::vector<Batch> in_order(int64_t n, int64_t batch_size);
std::vector<Batch> shuffled(int64_t n, int64_t batch_size, Generator& gen);
/// The same, with samples of similar length together so that there is little padding: shuffled,
/// sorted by length within groups of `pool` batches, and the batches shuffled again.
std::vector<Batch> shuffled_by_length(std::span<const int64_t> lengths, int64_t batch_size,
                                      Generator& gen, int64_t pool = 16);
/// Batches by the room they take: rows times the longest length is at most max_tokens, but for a
/// sample that is longer by itself. Samples are sorted by length, then by the second length, equal
/// ones in random order, so that nearly nothing is padded; batches come in random order. The
/// number of batches follows from the lengths alone.
/// Throws std::invalid_argument: max_tokens < 1, lists of different lengths.
std::vector<Batch> by_tokens(std::span<const int64_t> lengths, std::span<const int64_t> second,
                             int64_t max_tokens, Generator& gen);

/// Sequences of ids as rows, filled up at the end.
struct TokenBatch {
  Tensor ids;  // [B, T], i64
  std::vector<int64_t> lengths;
};
TokenBatch pad(std::span<const std::vector<int64_t>> sequences, int64_t padding_id);

}  // namespace gradus
