// SPDX-License-Identifier: MIT
// Creates tensors from numbers, and prints them.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <numeric>
#include <ostream>

#include "gradus/base/parallel.h"
#include "gradus/tensor/fill.h"
#include "kernels/random_pairs.h"

namespace gradus {
namespace {
std::atomic<DType> default_type{DType::f32};
constexpr int64_t random_grain = 4096;

template <class Value> Tensor generated(const Shape& shape, DType dtype, Value value) {
  Tensor y = Tensor::empty(shape, dtype);
  dispatch_all(dtype, [&]<class T>() {
    T* out = y.mutable_data<T>();
    parallel_for(y.numel(), random_grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) out[i] = static_cast<T>(value(i));
    });
  });
  return y;
}

void check_float(const char* op, DType dtype) {
  if (!is_float(dtype)) argument_error({op, ": dtype ", name(dtype), "; expected f32 or f64"});
}
}  // namespace

DType default_dtype() { return default_type; }

void set_default_dtype(DType d) {
  check_float("set_default_dtype", d);
  default_type = d;
}

Tensor full(const Shape& shape, double value, DType dtype) {
  return Tensor::empty(shape, dtype).fill_(value);
}
Tensor zeros(const Shape& shape, DType dtype) {
  Tensor y = Tensor::empty(shape, dtype);  // zero is all bits zero in every dtype
  std::memset(dispatch_all(dtype, [&]<class T>() -> void* { return y.mutable_data<T>(); }), 0,
              static_cast<size_t>(y.numel() * size_of(dtype)));
  return y;
}
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }
Tensor zeros_like(const Tensor& x) { return zeros(x.shape(), x.dtype()); }
Tensor ones_like(const Tensor& x) { return ones(x.shape(), x.dtype()); }

Tensor arange(double start, double end, double step, DType dtype) {
  if (step == 0 || !std::isfinite(start) || !std::isfinite(end) || !std::isfinite(step))
    argument_error({"arange: from ", start, " to ", end, " by ", step,
                    "; expected finite numbers and a step other than 0"});
  const double count = std::max(0.0, std::ceil((end - start) / step));
  if (count > 0x1p48) argument_error({"arange: ", count, " elements are too many"});
  return generated({static_cast<int64_t>(count)}, dtype,
                   [=](int64_t i) { return start + step * static_cast<double>(i); });
}

Tensor linspace(double start, double end, int64_t count, DType dtype) {
  if (count < 0 || !std::isfinite(start) || !std::isfinite(end))
    argument_error({"linspace: ", count, " numbers from ", start, " to ", end,
                    "; expected finite ends and a count of 0 or more"});
  check_float("linspace", dtype);
  const double steps = static_cast<double>(std::max<int64_t>(count - 1, 1));
  return generated({count}, dtype, [=](int64_t i) {  // from the nearer end: both are exact
    const double at = static_cast<double>(i);
    return 2 * i < count ? start + (end - start) / steps * at
                         : end - (end - start) / steps * (steps - at);
  });
}

Tensor eye(int64_t n, DType dtype) {
  return generated({n, n}, dtype, [n](int64_t i) { return i % (n + 1) == 0 ? 1.0 : 0.0; });
}

namespace {

template <class Pairs> void fill(Tensor& x, const Draw& draw, double shift, double scale) {
  if (!x.is_contiguous()) {
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    fill<Pairs>(y, draw, shift, scale);
    x.copy_(y);
    return;
  }
  dispatch_float(x.dtype(), [&]<class T>() {
    T* out = x.mutable_data<T>("fill");
    constexpr int64_t size = 2 * Pairs::count;
    const int64_t n = x.numel();
    parallel_for((n + size - 1) / size, random_grain / size, [=](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; ++block) {
        Pairs pairs(draw, block);
        pairs.template finish<T>();
        for (int64_t i = size * block, k = 0; k < size && i + k < n; ++k) {
          const double v = k % 2 ? pairs.second[k / 2] : pairs.first[k / 2];
          out[i + k] = static_cast<T>(v * scale + shift);
        }
      }
    });
  });
}

}  // namespace

void fill_uniform(Tensor& x, Generator& gen, double shift, double scale) {
  check_float("fill_uniform", x.dtype());
  fill<kernels::UniformPairs>(x, gen.draw(), shift, scale);
}
void fill_normal(Tensor& x, Generator& gen, double shift, double scale) {
  check_float("fill_normal", x.dtype());
  fill<kernels::NormalPairs>(x, gen.draw(), shift, scale);
}

Tensor randn(const Shape& shape, Generator& gen, DType dtype) {
  check_float("randn", dtype);
  Tensor y = Tensor::empty(shape, dtype);
  fill_normal(y, gen, 0, 1);
  return y;
}
Tensor rand(const Shape& shape, Generator& gen, DType dtype) {
  check_float("rand", dtype);
  Tensor y = Tensor::empty(shape, dtype);
  fill_uniform(y, gen, 0, 1);
  return y;
}

Tensor randn(const Shape& shape, DType dtype) { return randn(shape, default_generator(), dtype); }
Tensor rand(const Shape& shape, DType dtype) { return rand(shape, default_generator(), dtype); }

Tensor randperm(int64_t n, Generator& gen) {
  Tensor y = arange(static_cast<double>(n));
  int64_t* at = y.mutable_data<int64_t>();
  for (int64_t i = n - 1; i > 0; --i) std::swap(at[i], at[gen.below(i + 1)]);
  return y;
}

Tensor randint(int64_t low, int64_t high, const Shape& shape, Generator& gen) {
  if (low >= high) argument_error({"randint: no integer is at least ", low, " and below ", high});
  Tensor y = Tensor::empty(shape, DType::i64);
  int64_t* out = y.mutable_data<int64_t>();
  for (int64_t i = 0; i < y.numel(); ++i) out[i] = low + gen.below(high - low);
  return y;
}

Tensor tensor(std::span<const double> values, const Shape& shape, DType dtype) {
  if (static_cast<int64_t>(values.size()) != numel(shape, "tensor"))
    argument_error({"tensor: ", values.size(), " values do not fill shape ", shape});
  Tensor y = Tensor::empty(shape, DType::f64);
  std::copy(values.begin(), values.end(), y.mutable_data<double>());
  return y.to(dtype);
}

namespace {

// Elements of type T, converted to `dtype`; throws for values it cannot represent.
template <class T, class Values>
Tensor of_values(const Values& values, const Shape& shape, DType dtype) {
  Tensor y = Tensor::empty(shape, dtype_of<T>());
  std::copy(values.begin(), values.end(), y.mutable_data<T>());
  return y.to(dtype);
}
template <class T, class Values> Tensor of_row(const Values& values, DType dtype) {
  return of_values<T>(values, {static_cast<int64_t>(values.size())}, dtype);
}
template <class T, class Rows> Tensor of_rows(const Rows& rows, DType dtype) {
  const size_t cols = rows.size() ? rows.begin()->size() : 0;
  std::vector<T> values;
  for (const auto& row : rows) {
    if (row.size() != cols)
      argument_error({"tensor: rows of ", cols, " and of ", row.size(), " values"});
    values.insert(values.end(), row.begin(), row.end());
  }
  const Shape shape{static_cast<int64_t>(rows.size()), static_cast<int64_t>(cols)};
  return of_values<T>(values, shape, dtype);
}

}  // namespace

Tensor tensor(std::initializer_list<std::initializer_list<double>> r, DType dtype) {
  return of_rows<double>(r, dtype);
}
Tensor tensor(double value, DType dtype) { return full({}, value, dtype); }
Tensor tensor(const std::vector<double>& v, DType dtype) { return of_row<double>(v, dtype); }
Tensor tensor(const std::vector<float>& v, DType dtype) { return of_row<float>(v, dtype); }
Tensor tensor(const std::vector<int64_t>& v, DType dtype) { return of_row<int64_t>(v, dtype); }
Tensor tensor(const std::vector<int>& v, DType dtype) { return of_row<int64_t>(v, dtype); }
Tensor tensor(const std::vector<bool>& v, DType dtype) { return of_row<bool>(v, dtype); }
Tensor tensor(const std::vector<std::vector<double>>& r, DType dtype) {
  return of_rows<double>(r, dtype);
}
Tensor tensor(const std::vector<std::vector<float>>& r, DType dtype) {
  return of_rows<float>(r, dtype);
}
Tensor tensor(const std::vector<std::vector<int64_t>>& r, DType dtype) {
  return of_rows<int64_t>(r, dtype);
}

bool identical(const Tensor& a, const Tensor& b) {
  if (a.defined() != b.defined()) return false;
  if (!a.defined()) return true;
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const Tensor x = a.contiguous_data(), y = b.contiguous_data();
  return dispatch_all(a.dtype(), [&]<class T>() {
    const auto bytes = static_cast<size_t>(x.numel()) * sizeof(T);
    return bytes == 0 || std::memcmp(x.data<T>(), y.data<T>(), bytes) == 0;
  });
}

namespace {

std::string number(double v, DType dtype, int digits) {
  if (dtype == DType::boolean) return v != 0 ? "true" : "false";
  if (dtype == DType::i64) return std::to_string(static_cast<int64_t>(v));
  char buffer[64];
  const auto general = std::chars_format::general;
  return std::string(buffer, std::to_chars(buffer, buffer + 64, v, general, digits).ptr);
}

void format_axis(const Tensor& x, const std::vector<std::string>& cells, size_t width, int axis,
                 int64_t at, std::string& out) {
  constexpr int64_t edge = 3, longest = 2 * edge + 4;
  if (axis == x.dim()) {
    const std::string& cell = cells[static_cast<size_t>(at)];
    out.append(width - cell.size(), ' ').append(cell);
    return;
  }
  int64_t stride = 1;
  for (int i = axis + 1; i < x.dim(); ++i) stride *= x.size(i);
  const bool last = axis == x.dim() - 1;
  const std::string gap = last ? ", " : ",\n" + std::string(static_cast<size_t>(axis) + 1, ' ');
  out += "[";
  for (int64_t i = 0; i < x.size(axis); ++i) {
    if (i) out += gap;
    if (x.size(axis) > longest && i == edge) {
      out += "..." + gap;
      i = x.size(axis) - edge;
    }
    format_axis(x, cells, width, axis + 1, at + i * stride, out);
  }
  out += "]";
}

}  // namespace

std::string format(const Tensor& x, int digits) {
  if (!x.defined()) return "undefined";
  std::vector<std::string> cells;
  size_t width = 0;
  for (double v : x.to_vector<double>()) {
    cells.push_back(number(v, x.dtype(), digits));
    width = std::max(width, cells.back().size());
  }
  std::string out;
  format_axis(x, cells, width, 0, 0, out);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) {
  out << format(x);
  return x.defined() ? out << "  (" << x.str() << ")" : out;
}

}  // namespace gradus
