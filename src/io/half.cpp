// SPDX-License-Identifier: MIT
// Converts tensors to 16-bit floats.
#include "io/half.h"

#include <cmath>
#include <cstring>

namespace gradus {

std::string halves_of(const Tensor& x, FloatForm form, const char* op, const std::string& name) {
  const Tensor rows = x.contiguous_data();
  std::string bytes(static_cast<size_t>(2 * rows.numel()), '\0');
  const bool f16 = form == FloatForm::f16;
  const uint16_t infinity = f16 ? 0x7C00 : 0x7F80;
  dispatch_float(rows.dtype(), [&]<class T>() {
    const T* from = rows.data<T>();
    for (int64_t i = 0; i < rows.numel(); ++i) {
      const uint16_t half = f16 ? to_f16(from[i]) : to_bf16(from[i]);
      if ((half & 0x7FFF) == infinity && !std::isinf(from[i]))
        argument_error({op, ": \"", printable(name, 100), "\" contains ", double{from[i]},
                        ", beyond the range of ", f16 ? "f16" : "bf16", ", which ends at ",
                        f16 ? "65504; bf16 has the range of f32" : "3.39e38"});
      std::memcpy(bytes.data() + 2 * i, &half, 2);
    }
  });
  return bytes;
}

}  // namespace gradus
