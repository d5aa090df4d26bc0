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
// attention
LabPage scale_page();

inline constexpr LabPage (*all_pages[])() = {
    backward_page, broadcasting_page, kernel_page, softmax_page, temperature_page, scale_page,
};

}  // namespace gradus::tools
