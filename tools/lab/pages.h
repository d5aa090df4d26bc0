// SPDX-License-Identifier: MIT
// The pages of the lab, each in its own file, in the order of the book.
#pragma once
#include "tools/lab/page.h"

namespace gradus::tools {

// beginning
LabPage backward_page();
LabPage broadcasting_page();
LabPage kernel_page();
// softmax
LabPage softmax_page();
LabPage temperature_page();
LabPage jacobian_page();
LabPage gumbel_page();
// attention
LabPage steps_page();
LabPage lookup_page();
LabPage worked_page();
LabPage variance_page();
LabPage scale_page();
LabPage heads_page();
LabPage twin_page();
LabPage checked_page();
// masks
LabPage masks_page();
LabPage nokey_page();
LabPage leak_page();
// positions
LabPage order_page();
LabPage conditions_page();
LabPage sinusoidal_page();
LabPage learned_page();
LabPage rope_page();
LabPage alibi_page();
// cost
LabPage quadratic_page();
LabPage lengths_page();
LabPage linear_page();
LabPage performer_page();
LabPage tiles_page();
LabPage cache_page();
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
LabPage beam_page();
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

// clang-format off
inline constexpr LabPage (*all_pages[])() = {
    // beginning
    backward_page,
    broadcasting_page,
    kernel_page,
    // softmax
    softmax_page,
    temperature_page,
    jacobian_page,
    gumbel_page,
    // attention
    steps_page,
    lookup_page,
    worked_page,
    variance_page,
    scale_page,
    heads_page,
    twin_page,
    checked_page,
    // masks
    masks_page,
    nokey_page,
    leak_page,
    // positions
    order_page,
    conditions_page,
    sinusoidal_page,
    learned_page,
    rope_page,
    alibi_page,
    // cost
    quadratic_page,
    lengths_page,
    linear_page,
    performer_page,
    tiles_page,
    cache_page,
    // recurrence
    gradient_page,
    serial_page,
    padded_gru_page,
    recall_page,
    // sequence to sequence
    bottleneck_page,
    scores_page,
    teacher_page,
    copy_page,
    number_words_page,
    beam_page,
    // transformer
    embedding_page,
    stack_page,
    decoder_page,
    encoder_block_page,
    pads_page,
    residual_page,
    layer_norm_page,
    norm_first_page,
    limits_page,
    // training
    experts_page,
    times_page,
    pipeline_page,
    models_page,
    // language
    word_vectors_page,
    masked_page,
    next_token_page,
    pronoun_page,
    // interpretation
    attention_map_page,
    planted_page,
    not_a_cause_page,
};
// clang-format on

}  // namespace gradus::tools
