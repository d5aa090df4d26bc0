// SPDX-License-Identifier: MIT
// Products with a packed factor, in the tile that fits this processor's registers.
#include "kernels/packed_tile.h"

namespace gradus::kernels {

template <class T> using Tile = detail::PackedTile<T, packed_tile_bytes, packed_tile_rows>;

template <class T> Panels<T> pack(int64_t k, int64_t n, Factor<T> b, T* packed) {
  return Tile<T>::pack(k, n, b, packed);
}
template <class T>
void packed_product(Product s, Factor<T> a, Panels<T> b, bool adds, T* c, int64_t ldc) {
  Tile<T>::product(s, a, b, adds, c, ldc);
}

template Panels<float> pack(int64_t, int64_t, Factor<float>, float*);
template Panels<double> pack(int64_t, int64_t, Factor<double>, double*);
template void packed_product(Product, Factor<float>, Panels<float>, bool, float*, int64_t);
template void packed_product(Product, Factor<double>, Panels<double>, bool, double*, int64_t);

}  // namespace gradus::kernels
