// SPDX-License-Identifier: MIT
// What each kind of model must not see: the probes of the leak check.
// Next: models/tasks/series_baseline.h
#pragma once
#include <vector>

#include "gradus/nn/module.h"
#include "gradus/train/leak.h"

namespace gradus {

/// Probes for a model of this library, with random inputs from `seed`, three samples of at most
/// seven steps; empty for a model that has no positions, such as a bag of words. They refer to
/// `model`, which should be in eval mode.
///   Gpt                              later tokens
///   Bert, BertForMaskedLM            padding
///   TextClassifier                   padding
///   SequenceClassifier               padding, its times; later steps of a causal one
///   SeriesForecaster                 later steps
///   Seq2SeqModel                     padding of the source, later tokens of the target
std::vector<LeakProbe> leak_probes(Module& model, uint64_t seed = 1);

}  // namespace gradus
