// SPDX-License-Identifier: MIT
// Rejects model outputs that are not finite, and names the row.
#include "gradus/train/answers.h"

#include <algorithm>
#include <cmath>

#include "gradus/base/error.h"

namespace gradus {

void check_answers(const Tensor& x, const std::function<std::string(int64_t row)>& name) {
  const std::vector<double> values = x.to_vector<double>();
  const auto wrong =
      std::find_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); });
  if (wrong == values.end()) return;
  const int64_t rows = x.dim() > 0 ? x.size(0) : 1;
  const int64_t row = (wrong - values.begin()) / (x.numel() / rows);
  const double v = std::isnan(*wrong) ? NAN : *wrong;  // without its sign, which is meaningless
  file_error({name(row), ": the model's output is ", v,
              "; either the input is far outside the training data, or the model's weights are "
              "damaged"});
}

void check_answers(const Tensor& x, const char* row, int64_t first) {
  check_answers(x, [&](int64_t i) { return text({row, " ", first + i + 1}); });
}

}  // namespace gradus
