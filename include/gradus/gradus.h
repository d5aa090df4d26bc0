// SPDX-License-Identifier: MIT
// All of gradus. The includes are listed in the order in which to read the headers.
//
// Letters, the same everywhere:
//   B batch   T time (length of a target or of a series)   S source length   C width (d_model)
//   H heads   D width of a head, C = H D   V vocabulary, or the number of classes   N samples
// In rules: x, w, b are inputs, y is the output, dy, dx, dw, db are their gradients. In kernels:
// rows, cols.
#pragma once

// The order is that of the reading thread.
// clang-format off
#include "gradus/base/error.h"
#include "gradus/base/memory.h"
#include "gradus/base/parallel.h"
#include "gradus/base/phase.h"
#include "gradus/base/random.h"

#include "gradus/tensor/dtype.h"
#include "gradus/tensor/shape.h"
#include "gradus/tensor/index.h"
#include "gradus/tensor/tensor.h"
#include "gradus/tensor/methods.h"
#include "gradus/tensor/make.h"
#include "gradus/tensor/fill.h"

#include "gradus/autograd/rule.h"
#include "gradus/autograd/autograd.h"
#include "gradus/autograd/gradcheck.h"

#include "gradus/ops/elementwise.h"
#include "gradus/ops/view.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/einsum.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/mask.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/linear_attention.h"
#include "gradus/ops/rope.h"
#include "gradus/ops/recurrent.h"
#include "gradus/ops/conv.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/loss.h"

#include "gradus/nn/module.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/nn/basic.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/sequential.h"
#include "gradus/nn/position.h"
#include "gradus/nn/attention.h"
#include "gradus/nn/score_attention.h"
#include "gradus/nn/conv.h"
#include "gradus/nn/recurrent.h"
#include "gradus/nn/relaxed.h"
#include "gradus/nn/moe.h"
#include "gradus/nn/transformer.h"

#include "gradus/optim/adam.h"
#include "gradus/optim/sgd.h"
#include "gradus/optim/rmsprop.h"
#include "gradus/optim/clip.h"
#include "gradus/optim/schedule.h"

#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "gradus/io/safetensors.h"
#include "gradus/io/gzip.h"
#include "gradus/io/npz.h"
#include "gradus/io/listing.h"

#include "gradus/data/date_time.h"
#include "gradus/data/csv.h"
#include "gradus/data/series.h"
#include "gradus/data/series_parts.h"
#include "gradus/data/series_scale.h"
#include "gradus/data/series_range.h"
#include "gradus/data/series_report.h"
#include "gradus/data/ts_file.h"
#include "gradus/data/toy_series.h"
#include "gradus/data/added_words.h"
#include "gradus/data/tokenizer.h"
#include "gradus/data/text.h"
#include "gradus/data/bpe.h"
#include "gradus/data/wordpiece.h"
#include "gradus/data/encoding.h"
#include "gradus/data/text_pairs.h"
#include "gradus/data/batch.h"

#include "gradus/train/stop.h"
#include "gradus/train/progress.h"
#include "gradus/train/run_folder.h"
#include "gradus/train/checkpoint.h"
#include "gradus/train/trainer.h"
#include "gradus/train/picture.h"
#include "gradus/train/metrics.h"
#include "gradus/train/answers.h"
#include "gradus/train/text_metrics.h"
#include "gradus/train/tokenizer_file.h"
#include "gradus/train/interval.h"

#include "gradus/check/diagnosis.h"
#include "gradus/check/tape.h"
#include "gradus/check/doctor.h"
// clang-format on
