// SPDX-License-Identifier: MIT
// Elementary functions for loops: the same result wherever an element stands in an array.
#pragma once
#include <cmath>

namespace gradus::kernels {

inline float exp(float x) { return std::exp(x); }
inline double exp(double x) { return std::exp(x); }
inline float log(float x) { return std::log(x); }
inline double log(double x) { return std::log(x); }
inline float tanh(float x) { return std::tanh(x); }
inline double tanh(double x) { return std::tanh(x); }
inline float erf(float x) { return std::erf(x); }
inline double erf(double x) { return std::erf(x); }

}  // namespace gradus::kernels
