// SPDX-License-Identifier: MIT
// Constructors of new trainings, one for each task.
#pragma once
#include "tools/app/train.h"

namespace gradus::tools {

std::unique_ptr<Training> copy_training();
std::unique_ptr<Training> reverse_training();
std::unique_ptr<Training> sort_training();
std::unique_ptr<Training> recall_training();
std::unique_ptr<Training> classify_training();
std::unique_ptr<Training> classify_text_training();
std::unique_ptr<Training> forecast_training();
std::unique_ptr<Training> lm_training();
std::unique_ptr<Training> mlm_training();
std::unique_ptr<Training> translate_training();
std::unique_ptr<Training> encoder_training();  // for `gradus import`; it is not trained

}  // namespace gradus::tools
