// SPDX-License-Identifier: MIT
// Assigns samples to batches. The order of an epoch depends only on a generator, so a stopped run
// can resume.
// Next: train/stop.h
#pragma once
#include <span>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

using Batch = std::vector<int64_t>;   // sample indices
using Tokens = std::vector<int64_t>;  // ids of a sequence

/// 0 .. n-1 in an order drawn from `gen` (Fisher and Yates).
std::vector<int64_t> permutation(int64_t n, Generator& gen);

/// 0 .. n-1, in order or shuffled, in batches of batch_size; the last one may be smaller.
/// Throws std::invalid_argument unless batch_size > 0.
std::vector<Batch> in_order(int64_t n, int64_t batch_size);
std::vector<Batch> shuffled(int64_t n, int64_t batch_size, Generator& gen);
/// Groups samples of similar length to reduce padding: shuffles, sorts by length within groups of
/// `pool` batches, and shuffles the batches.
std::vector<Batch> shuffled_by_length(std::span<const int64_t> lengths, int64_t batch_size,
                                      Generator& gen, int64_t pool = 16);
/// Batches limited by tokens: rows times the longest length is at most max_tokens, except for a
/// single sample that is longer. Samples are sorted by length, then by the second length, ties in
/// random order, so there is almost no padding; batches are in random order. The number of batches
/// depends only on the lengths.
/// Throws std::invalid_argument: max_tokens < 1, lists of different lengths.
std::vector<Batch> by_tokens(std::span<const int64_t> lengths, std::span<const int64_t> second,
                             int64_t max_tokens, Generator& gen);

/// Sequences of ids as rows, padded at the end.
struct TokenBatch {
  Tensor ids;  // [B, T], i64
  std::vector<int64_t> lengths;
};
TokenBatch pad(std::span<const std::vector<int64_t>> sequences, int64_t padding_id);

}  // namespace gradus
