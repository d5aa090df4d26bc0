// SPDX-License-Identifier: MIT
// The pages of the exercises: what a learner reads, and the files that they start from.
// Next: tools/exercise/elementwise.cpp, the first pages
#pragma once
#include <string>
#include <vector>

namespace gradus::tools {

struct ExercisePage {
  std::string name;                // also of the function and of its header
  std::string title;               // title in the list, at most 50 characters
  std::string what;                // what it computes, and where it is used
  std::string formula;             // also the gradient as a question
  std::string shapes;              // and edge cases
  std::string example;             // with numbers
  std::vector<std::string> hints;  // from vague to clear
  std::string includes;            // of NAME.h, in addition to gradus's
  std::string code;                // of NAME.h, inside namespace mine, with holes
  std::string test;                // of my_test.h: the whole function
  std::string strong{};            // a part of a strong test, inside the function; or a general one
};

extern const ExercisePage square_page, gelu_page, dropout_page;
extern const ExercisePage matmul_page, linear_page, embedding_page;
extern const ExercisePage causal_mask_page, softmax_page, log_softmax_page, cross_entropy_page;
extern const ExercisePage rms_norm_page, layer_norm_page;
extern const ExercisePage attention_page, rope_page;
extern const ExercisePage clip_grad_norm_page, adam_page;
extern const ExercisePage gru_cell_page, lstm_cell_page;
extern const ExercisePage bpe_merge_page, beam_search_page;

/// All pages in the order of gradus::exercise::names().
std::vector<const ExercisePage*> exercise_pages();

/// The section "Functions to use": the calls that a page's code may be made of.
std::string functions_text(const ExercisePage& page);
/// The section "A strong test".
std::string strong_test_text(const ExercisePage& page);

/// The folder of an exercise: README.md, NAME.h, my_test.h, check.cpp, Makefile. Throws
/// std::invalid_argument if `folder` exists, and std::runtime_error if it cannot be written; then
/// nothing is left behind.
void write_exercise(const ExercisePage& page, const std::string& folder);

}  // namespace gradus::tools
