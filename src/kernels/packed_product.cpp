// SPDX-License-Identifier: MIT
// Products with a packed factor, in the tile that fits this processor's registers.
#include "kernels/packed_product.h"

namespace gradus::kernels {

template <class T> using Tile = detail::PackedTile<T, packed_tile_bytes, packed_tile_rows>;

template <class T> int64_t packed_size(int64_t k, int64_t n) { return Tile<T>::size(k, n); }
template <class T> void pack(int64_t k, int64_t n, Factor<T> b, T* packed) {
  Tile<T>::pack(k, n, b, packed);
}
template <class T>
void packed_product(Product s, Factor<T> a, const T* packed, bool adds, T* c, int64_t ldc) {
  Tile<T>::product(s, a, packed, adds, c, ldc);
}

template int64_t packed_size<float>(int64_t, int64_t);
template int64_t packed_size<double>(int64_t, int64_t);
template void pack(int64_t, int64_t, Factor<float>, float*);
template void pack(int64_t, int64_t, Factor<double>, double*);
template void packed_product(Product, Factor<float>, const float*, bool, float*, int64_t);
template void packed_product(Product, Factor<double>, const double*, bool, double*, int64_t);

}  // namespace gradus::kernels
