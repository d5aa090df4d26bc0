// SPDX-License-Identifier: MIT
// All exercises in order.
#include <algorithm>

#include "check/exercise/exercise.h"

namespace gradus::exercise {

const std::vector<Exercise>& exercises() {
  static const std::vector<Exercise> all = {
      square_exercise(),        gelu_exercise(),       matmul_exercise(),
      linear_exercise(),        embedding_exercise(),  dropout_exercise(),
      causal_mask_exercise(),   softmax_exercise(),    log_softmax_exercise(),
      cross_entropy_exercise(), rms_norm_exercise(),   layer_norm_exercise(),
      attention_exercise(),     rope_exercise(),       clip_grad_norm_exercise(),
      adam_exercise(),          gru_cell_exercise(),   lstm_cell_exercise(),
      bpe_merge_exercise(),     beam_search_exercise()};
  return all;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Exercise& e : exercises()) all.push_back(e.name);
  return all;
}

const Exercise& exercise_named(const std::string& name) {
  for (const Exercise& e : exercises())
    if (e.name == name) return e;
  const std::string near = nearest_of(name, names());
  argument_error({"exercise: there is none named ", printable(name, 60),
                  near.empty() ? "" : "; did you mean " + near + "?"});
}

Solution solution(const std::string& name) { return exercise_named(name).solution; }

}  // namespace gradus::exercise
