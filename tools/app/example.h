// SPDX-License-Identifier: MIT
// A small batch for `gradus export --example`: inputs drawn from a fixed seed, and the model's
// outputs for them.
#pragma once
#include <map>
#include <string>

#include "gradus/data/series_scale.h"
#include "models/seq2seq.h"

namespace gradus::tools {

using Example = std::map<std::string, Tensor>;

/// [2, at most 12] ids below `vocab`, for a model that reads up to `longest`; the second sequence
/// is a third shorter if lengths differ.
TokenBatch example_ids(int64_t vocab, int64_t longest);
/// [3, at most 9, scale.width()] values and times, with differing lengths; text columns contain
/// categories.
struct ExampleSeries {
  Tensor values, times;
  std::vector<int64_t> lengths;
};
ExampleSeries example_series(const SeriesScale& scale, int64_t longest);

/// The lengths as a tensor [B], i64.
Tensor lengths_tensor(const std::vector<int64_t>& lengths);
/// Sources and targets for an encoder-decoder, and its logits.
Example seq2seq_example(const Seq2SeqModel& model, int64_t source_vocab, int64_t longest);

}  // namespace gradus::tools
