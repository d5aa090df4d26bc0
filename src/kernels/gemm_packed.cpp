// SPDX-License-Identifier: MIT
// gemm() with all of B packed once; plain_product() in packed_product.h computes the same bits.
#include "kernels/gemm_packed.h"

#include "kernels/gemm_blocks.h"
#include "kernels/packed_product.h"

namespace gradus::kernels {
namespace {

// pack() on several threads, in parts of at least two panels, because a single narrow one would be
// laid out differently.
template <class T> Panels<T> pack_panels(const Product& s, Factor<T> b, T* packed) {
  const int64_t width = packed_width<T>, panels = (s.n + width - 1) / width;
  const int64_t wanted = s.k * s.n / grain_size(gemm_pack_grain);
  const int64_t parts = std::max<int64_t>(1, std::min(panels / 2, wanted));
  if (parts == 1) return pack<T>(s.k, s.n, b, packed);
  parallel_blocks(parts, [&](int64_t part) {
    const int64_t begin = panels * part / parts * width,
                  end = std::min(panels * (part + 1) / parts * width, s.n);
    pack<T>(s.k, end - begin, b.part(0, begin), packed + begin * s.k);
  });
  return {packed, width, s.k * width};
}

}  // namespace

// Our products need vectors of at least 32 bytes to be faster. A large B is better packed in parts.
// The columns of an A read as its transpose lie far apart, so OpenBLAS, which packs A too, is
// faster unless C is small.
template <class T> bool packed_gemm_pays(const Product& s, const Factor<T>& a, T alpha, T beta) {
  const int64_t edge = tile_size(gemm_tile), tile = edge * edge;
  return packed_tile_bytes >= 32 && alpha == 1 && (beta == 0 || beta == 1) && 2 * s.m >= edge &&
         s.k * s.n <= gemm_packed * tile &&
         (!a.transposed || s.m * s.n <= gemm_packed_result * tile);
}

template <class T>
void packed_gemm(Product s, Factor<T> a, Factor<T> b, bool adds, T* c, int64_t ldc,
                 Epilogue after) {
  const auto up = [](int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; };
  const int64_t most = tile_size(gemm_packed_rows), down = (s.m + most - 1) / most;
  const Scratch<T> memory(packed_size(s.k, s.n));
  const Panels<T> panels = pack_panels(s, b, memory.data);
  const Blocks blocks{s, up((s.m + down - 1) / down, packed_tile_rows),
                      up(2 * tile_size(gemm_tile), packed_width<T>)};
  blocks.each([&](int64_t r, int64_t j, int64_t rows, int64_t cols) {
    const Panels<T> part{panels.data + j / packed_width<T> * panels.panel, panels.ld, panels.panel};
    packed_product({rows, cols, s.k}, a.part(r, 0), part, adds, c + r * ldc + j, ldc);
    if (after.run) after.run(after.context, r, j, rows, cols);
  });
}

template bool packed_gemm_pays(const Product&, const Factor<float>&, float, float);
template bool packed_gemm_pays(const Product&, const Factor<double>&, double, double);
template void packed_gemm(Product, Factor<float>, Factor<float>, bool, float*, int64_t, Epilogue);
template void packed_gemm(Product, Factor<double>, Factor<double>, bool, double*, int64_t,
                          Epilogue);

}  // namespace gradus::kernels
