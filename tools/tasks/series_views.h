// SPDX-License-Identifier: MIT
// What the tasks on series share: pictures of attention, and the series that need most memory.
#pragma once
#include "gradus/data/series.h"
#include "tools/draw/attention_picture.h"

namespace gradus::tools {

/// The chosen attention of an encoder among the steps of a series; without `layers`, the weights of
/// pooling. `who` is for the title: "series c3".
AttentionPicture series_attention(const AttentionRecords& seen, bool layers, const std::string& who,
                                  const std::vector<std::string>& times,
                                  const AttentionChoice& choice);

/// The first `steps` times of a series, as in its file.
std::vector<std::string> time_texts(const SeriesSet& set, const Series& series, int64_t steps);

/// `count` times the longest series.
std::vector<int64_t> longest_members(const SeriesSet& set, int64_t count);

}  // namespace gradus::tools
