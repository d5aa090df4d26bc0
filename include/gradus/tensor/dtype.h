// SPDX-License-Identifier: MIT
// The four element types, and dispatch from a run-time tag to a C++ type.
// Next: tensor/shape.h
#pragma once
#include <cstdint>
#include <utility>

#include "gradus/base/error.h"

namespace gradus {

/// f32 and f64 for everything differentiable, i64 for indices and targets, boolean for masks.
enum class DType : uint8_t { f32, f64, i64, boolean };

/// "f32", "f64", "i64", "bool".
constexpr const char* name(DType d) {
  constexpr const char* names[] = {"f32", "f64", "i64", "bool"};
  return names[static_cast<int>(d)];
}
constexpr int64_t size_of(DType d) {
  constexpr int64_t sizes[] = {4, 8, 8, 1};
  return sizes[static_cast<int>(d)];
}
constexpr bool is_float(DType d) { return d == DType::f32 || d == DType::f64; }

template <class T> constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  else if constexpr (std::is_same_v<T, double>) return DType::f64;
  else if constexpr (std::is_same_v<T, int64_t>) return DType::i64;
  else {
    static_assert(std::is_same_v<T, bool>, "element types are float, double, int64_t and bool");
    return DType::boolean;
  }
}

/// Calls f.template operator()<T>() with T = float or double. Any other tag is a bug in gradus,
/// because public functions check the dtypes of their arguments first.
template <class F> decltype(auto) dispatch_float(DType d, F&& f) {
  if (d == DType::f32) return f.template operator()<float>();
  if (d == DType::f64) return f.template operator()<double>();
  internal_error({"dispatch_float: ", name(d), " is neither f32 nor f64"});
}

/// The same over f32, f64 and i64.
template <class F> decltype(auto) dispatch_number(DType d, F&& f) {
  return d == DType::i64 ? f.template operator()<int64_t>() : dispatch_float(d, f);
}

/// The same over all four types.
template <class F> decltype(auto) dispatch_all(DType d, F&& f) {
  switch (d) {
    case DType::f32: return f.template operator()<float>();
    case DType::f64: return f.template operator()<double>();
    case DType::i64: return f.template operator()<int64_t>();
    case DType::boolean: break;
  }
  return f.template operator()<bool>();
}

/// The dtype of new tensors and parameters when none is given; initially f32. A gradient check
/// sets it to f64 to run the same model in double precision.
DType default_dtype();
void set_default_dtype(DType d);

/// Sets the default dtype for a scope.
struct DefaultDType {
  explicit DefaultDType(DType d) : before(default_dtype()) { set_default_dtype(d); }
  ~DefaultDType() { set_default_dtype(before); }
  DefaultDType(const DefaultDType&) = delete;
  DefaultDType& operator=(const DefaultDType&) = delete;
  DType before;
};

}  // namespace gradus
