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
};

}  // namespace gradus::tools
