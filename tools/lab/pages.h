// SPDX-License-Identifier: MIT
// The pages of the lab, each in its own file, in the order of the book.
#pragma once
#include "tools/lab/page.h"

namespace gradus::tools {

// softmax
LabPage softmax_page();
LabPage temperature_page();
// attention
LabPage scale_page();
// recurrence
LabPage gradient_page();
LabPage serial_page();
LabPage padded_gru_page();
LabPage recall_page();
// sequence to sequence
LabPage bottleneck_page();
LabPage scores_page();
LabPage teacher_page();
LabPage copy_page();
LabPage number_words_page();
// transformer
LabPage embedding_page();
LabPage stack_page();
LabPage decoder_page();
LabPage encoder_block_page();
LabPage pads_page();
LabPage residual_page();
LabPage layer_norm_page();
LabPage norm_first_page();
LabPage limits_page();
// training
LabPage experts_page();
LabPage times_page();
LabPage pipeline_page();
LabPage models_page();
// language
LabPage word_vectors_page();
LabPage masked_page();
LabPage next_token_page();
LabPage pronoun_page();
// interpretation
LabPage attention_map_page();
LabPage planted_page();
LabPage not_a_cause_page();

inline constexpr LabPage (*all_pages[])() = {
    softmax_page,
    temperature_page,
    scale_page,
    gradient_page,
    serial_page,
    padded_gru_page,
    recall_page,
    bottleneck_page,
    scores_page,
    teacher_page,
    copy_page,
    number_words_page,
    embedding_page,
    stack_page,
    decoder_page,
    encoder_block_page,
    pads_page,
    residual_page,
    layer_norm_page,
    norm_first_page,
    limits_page,
    experts_page,
    times_page,
    pipeline_page,
    models_page,
    word_vectors_page,
    masked_page,
    next_token_page,
    pronoun_page,
    attention_map_page,
    planted_page,
    not_a_cause_page,
};

}  // namespace gradus::tools
