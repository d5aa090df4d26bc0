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
LabPage tiles_page();
LabPage cache_page();

inline constexpr LabPage (*all_pages[])() = {
    backward_page,   broadcasting_page, kernel_page, softmax_page, temperature_page,
    jacobian_page,   gumbel_page,       steps_page,  lookup_page,  worked_page,
    variance_page,   scale_page,        heads_page,  twin_page,    checked_page,
    masks_page,      nokey_page,        leak_page,   order_page,   conditions_page,
    sinusoidal_page, learned_page,      rope_page,   alibi_page,   quadratic_page,
    lengths_page,    linear_page,       tiles_page,  cache_page,
};

}  // namespace gradus::tools
