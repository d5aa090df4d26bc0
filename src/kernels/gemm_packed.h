// SPDX-License-Identifier: MIT
// The method of gemm() for products of our own: all of B is packed once.
#pragma once
#include "kernels/gemm.h"

namespace gradus::kernels {

inline constexpr int64_t gemm_packed = 64;         // tiles of B up to which all of it is packed
inline constexpr int64_t gemm_packed_result = 16;  // and of C, if A is transposed
inline constexpr int64_t gemm_packed_rows = 96;    // of A in a block, which fits the L2 cache

/// Whether packed_gemm() is faster than OpenBLAS, by measurement.
template <class T> bool packed_gemm_pays(const Product& s, const Factor<T>& a, T alpha, T beta);

/// C = A B, or C += A B if `adds`.
template <class T>
void packed_gemm(Product s, Factor<T> a, Factor<T> b, bool adds, T* c, int64_t ldc,
                 Epilogue after = {});

}  // namespace gradus::kernels
