// SPDX-License-Identifier: MIT
// Parameters and their initialisation. The functions fill in place, draw from the given generator
// or from default_generator(), and throw std::invalid_argument for bounds that are not finite or in
// the wrong order. The same generator gives the same values in f32 (rounded) and f64.
// Next: nn/basic.h
#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

/// A new uninitialised parameter of the default dtype that requires a gradient. `of` describes it,
/// "Linear.weight", in the warning that no module lists it.
Tensor parameter(const Shape& shape, const char* of = "a parameter");

void zeros_(Tensor w);
void ones_(Tensor w);
/// Sets all elements to `value`; constant_ is the name in torch.nn.init.
void fill_(Tensor w, double value);
inline void constant_(Tensor w, double value) { fill_(w, value); }
/// Uniform in [low, high).
void uniform_(Tensor w, double low = 0, double high = 1, Generator& gen = default_generator());
/// Normal with the given mean and standard deviation.
void normal_(Tensor w, double mean = 0, double deviation = 1, Generator& gen = default_generator());

/// During its lifetime, the random initialisers of this thread give zeros and do not advance their
/// generators. For a model whose values will all be loaded: drawing them takes longer than reading
/// them.
///
///   const NoFirstValues none;
///   Gpt model(options);
///   load_weights("model.safetensors", model);
class NoFirstValues {
 public:
  NoFirstValues();
  ~NoFirstValues();
  NoFirstValues(const NoFirstValues&) = delete;
  NoFirstValues& operator=(const NoFirstValues&) = delete;

 private:
  bool before_;
};

/// During its lifetime, all elements of a new parameter of this thread share one place in memory,
/// and the initialisers do nothing: for counting the parameters of a model that may not fit.
class ShapesOnly {
 public:
  ShapesOnly();
  ~ShapesOnly();
  ShapesOnly(const ShapesOnly&) = delete;
  ShapesOnly& operator=(const ShapesOnly&) = delete;
  static bool active();

 private:
  int before_;
};
/// The count() of M(options), without memory for its values.
template <class M, class Options> int64_t parameter_count(const Options& options) {
  Generator unused;
  const ShapesOnly shapes;
  return M(options, unused).count();
}

/// Fan-in and fan-out of a weight [out, in, ...]: in and out times the product of the other axes.
/// Throws std::invalid_argument for fewer than two axes.
struct Fans {
  int64_t in, out;
};
Fans fans(const Tensor& w);

/// Uniform within gain * sqrt(6 / (fan_in + fan_out)): preserves variances forward and backward.
/// Source: Glorot, Bengio 2010, equation 16.
void xavier_uniform_(Tensor w, Generator& gen = default_generator(), double gain = 1);
/// Normal with deviation gain * sqrt(2 / (fan_in + fan_out)).
void xavier_normal_(Tensor w, Generator& gen = default_generator(), double gain = 1);
/// Uniform within sqrt(6 / ((1 + slope^2) fan_in)), for leaky_relu(slope); relu for slope 0.
/// Source: He, Zhang, Ren, Sun 2015, equation 15.
void kaiming_uniform_(Tensor w, Generator& gen = default_generator(), double slope = 0);
/// Normal with deviation sqrt(2 / ((1 + slope^2) fan_in)).
void kaiming_normal_(Tensor w, Generator& gen = default_generator(), double slope = 0);

}  // namespace gradus
