// SPDX-License-Identifier: MIT
// The files of rows: one per header of ops/, in the order of gradus.h.
#pragma once
#include "check/op_table.h"

namespace gradus::check {

Rows elementwise_rows();
Rows view_rows();
Rows join_rows();
Rows reduce_rows();
Rows matmul_rows();
Rows einsum_rows();
Rows softmax_rows();
Rows layer_norm_rows();
Rows mask_rows();
Rows attention_rows();
Rows linear_attention_rows();
Rows rope_rows();
Rows recurrent_rows();
Rows conv_rows();
Rows embedding_rows();
Rows dropout_rows();
Rows loss_rows();
Rows cross_entropy_rows();

inline constexpr Rows (*all_rows[])() = {
    elementwise_rows,      view_rows,    join_rows,          reduce_rows, matmul_rows,
    einsum_rows,           softmax_rows, layer_norm_rows,    mask_rows,   attention_rows,
    linear_attention_rows, rope_rows,    recurrent_rows,     conv_rows,   embedding_rows,
    dropout_rows,          loss_rows,    cross_entropy_rows,
};

}  // namespace gradus::check
