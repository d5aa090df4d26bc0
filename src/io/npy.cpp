// SPDX-License-Identifier: MIT
// The format: "\x93NUMPY", a version, the length of the header, the header, the data. The header is
// a Python dictionary; it is tokenized, never evaluated.
// Source: NumPy enhancement proposal 1, "A simple file format for NumPy arrays".
#include "io/npy.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "gradus/io/file.h"
#include "gradus/io/regular_file.h"
#include "io/half.h"

namespace gradus {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr uint64_t head_limit = 1 << 20;
constexpr size_t border = 64;  // the data start at a multiple of this

template <class From, class To> void convert(const char* from, int64_t count, void* to) {
  for (int64_t i = 0; i < count; ++i) {
    From v;
    std::memcpy(&v, from + i * static_cast<int64_t>(sizeof v), sizeof v);
    static_cast<To*>(to)[i] = static_cast<To>(v);  // beyond 2^63: negative, detected
  }
}
void widen_halves(const char* from, int64_t count, void* to) {
  for (int64_t i = 0; i < count; ++i) {
    uint16_t v;
    std::memcpy(&v, from + 2 * i, 2);
    static_cast<float*>(to)[i] = from_f16(v);
  }
}

struct NumpyType {
  const char* name;
  int64_t bytes;
  DType dtype;
  void (*convert)(const char* from, int64_t count, void* to) = nullptr;  // null: as they are
};
constexpr NumpyType numpy_types[] = {
    {"f4", 4, DType::f32},
    {"f8", 8, DType::f64},
    {"i8", 8, DType::i64},
    {"b1", 1, DType::boolean},
    {"f2", 2, DType::f32, widen_halves},
    {"i1", 1, DType::i64, convert<int8_t, int64_t>},
    {"i2", 2, DType::i64, convert<int16_t, int64_t>},
    {"i4", 4, DType::i64, convert<int32_t, int64_t>},
    {"u1", 1, DType::i64, convert<uint8_t, int64_t>},
    {"u2", 2, DType::i64, convert<uint16_t, int64_t>},
    {"u4", 4, DType::i64, convert<uint32_t, int64_t>},
    {"u8", 8, DType::i64, convert<uint64_t, int64_t>},
};

struct Head {
  const NumpyType* type = nullptr;  // null: no counterpart, in a listing
  std::string descr{};              // as written in the file: "<f4"
  bool swapped = false, columns_first = false;
  Shape shape{};
};

class HeadParser {
 public:
  HeadParser(std::string_view text, const std::string& file, ReadTensors options, bool listing)
      : rest_(text), file_(file), options_(options), listing_(listing) {}

  Head parse() {
    expect("{");
    bool order = false, shape = false;
    while (!accept("}")) {
      const std::string key = quoted();
      expect(":");
      if (key == "descr" && head_.descr.empty()) {
        descr();
      } else if (key == "fortran_order" && !order) {
        order = true;
        fortran();
      } else if (key == "shape" && !shape) {
        shape = true;
        sizes();
      } else {
        fail({"the key \"", printable(key), "\" is not expected here"});
      }
      if (!accept(",")) {
        expect("}");
        break;
      }
    }
    skip_blanks();
    if (!rest_.empty()) fail({"text after the end of the header"});
    if (head_.descr.empty() || !order || !shape)
      fail({"the header must have descr, fortran_order and shape"});
    return head_;
  }

 private:
  [[noreturn]] void fail(std::initializer_list<Piece> what) const {
    file_error({printable(file_, 400), ": ", text(what)});
  }
  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size()));
  }
  bool accept(std::string_view word) {
    skip_blanks();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word))
      fail({"the header is not a NumPy dictionary: \"", printable(rest_.substr(0, 20)),
            "\" instead of ", word});
  }
  std::string quoted() {
    skip_blanks();
    const char quote = rest_.empty() ? '\0' : rest_[0];
    const size_t end = rest_.find(quote, 1);
    if ((quote != '\'' && quote != '"') || end == rest_.npos)
      fail({"the header is not a NumPy dictionary: \"", printable(rest_.substr(0, 20)),
            "\" instead of a string"});
    const std::string found(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return found;
  }

  // A list of fields, up to the closing bracket.
  std::string fields() {
    size_t end = 0;
    int depth = 0;
    do {
      if (end == rest_.size()) fail({"the header is not a NumPy dictionary: an unclosed list"});
      depth += rest_[end] == '[' ? 1 : rest_[end] == ']' ? -1 : 0;
      ++end;
    } while (depth > 0);
    const std::string found(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return found;
  }

  void descr() {
    skip_blanks();
    const bool record = rest_.starts_with("[");
    if (record && !listing_) fail({"its elements are records, not numbers"});
    const std::string d = record ? fields() : quoted();
    head_.descr = d.empty() ? "?" : d;
    const char order = d.empty() ? '\0' : d[0];
    if (d == "|O" && !listing_) fail({"it contains Python objects; loading them would run code"});
    const NumpyType* type = nullptr;
    if (order == '<' || order == '>' || order == '|' || order == '=')
      for (const NumpyType& t : numpy_types)
        if (d.substr(1) == t.name && (order != '|' || t.bytes == 1)) type = &t;
    if (!type && !listing_) fail({"dtype \"", printable(d), "\" has no counterpart"});
    if (type && type->dtype == DType::f32 && type->convert && !options_.halves)
      fail({"dtype f2 is read as f32 only if ReadTensors::halves is set"});
    head_.type = type;
    head_.swapped = type && order == '>' && type->bytes > 1;
  }
  void fortran() {
    head_.columns_first = accept("True");
    if (!head_.columns_first) expect("False");
  }
  void sizes() {
    expect("(");
    while (!accept(")")) {
      skip_blanks();
      int64_t n = -1;
      const auto found = std::from_chars(rest_.data(), rest_.data() + rest_.size(), n);
      if (found.ec != std::errc{} || n < 0) fail({"shape contains something other than sizes"});
      rest_.remove_prefix(static_cast<size_t>(found.ptr - rest_.data()));
      accept("L");  // written by Python 2
      if (head_.shape.size() == max_rank)
        fail({"it has more than ", max_rank, " axes, the maximum"});
      head_.shape.push_back(n);
      if (!accept(",")) {
        expect(")");
        break;
      }
    }
  }

  std::string_view rest_;
  const std::string& file_;
  ReadTensors options_;
  bool listing_;
  Head head_{};
};

// Reads the header; `bytes` becomes the data after it.
Head read_head(std::string_view& bytes, const std::string& file, ReadTensors options,
               bool listing = false) {
  const auto fail = [&](std::initializer_list<Piece> what) {
    file_error({printable(file, 400), ": ", text(what)});
  };
  if (!bytes.starts_with(magic)) fail({"not a npy file: wrong first bytes"});
  bytes.remove_prefix(magic.size());
  if (bytes.size() < 4) fail({"truncated in the header"});
  const int version = bytes[0], minor = bytes[1];
  if (version < 1 || version > 3 || minor != 0)
    fail({"npy version ", version, ".", minor, " is not supported; expected 1.0, 2.0 or 3.0"});
  const size_t width = version == 1 ? 2 : 4;
  uint32_t length = 0;
  if (bytes.size() < 2 + width) fail({"truncated in the header"});
  std::memcpy(&length, bytes.data() + 2, width);
  bytes.remove_prefix(2 + width);
  if (length > head_limit)
    fail({"its header would have ", length, " bytes; at most ", head_limit, " are read"});
  if (length > bytes.size()) fail({"truncated in the header"});
  const Head head = HeadParser(bytes.substr(0, length), file, options, listing).parse();
  bytes.remove_prefix(length);
  return head;
}

// Checks that the length of the data matches shape and dtype.
void check_size(const Head& h, std::string_view data, const std::string& file) {
  int64_t bytes = h.type->bytes;
  bool empty = false, overflow = false;
  for (int64_t n : h.shape) {
    if (n == 0) empty = true;
    else overflow = overflow || __builtin_mul_overflow(bytes, n, &bytes);
  }
  if (overflow || bytes >= int64_t{1} << 48)
    file_error({printable(file, 400), ": shape ", h.shape, " exceeds any memory"});
  if (empty) bytes = 0;
  if (static_cast<uint64_t>(bytes) != data.size())
    file_error({printable(file, 400), ": shape ", h.shape, " of ", h.type->name, " takes ", bytes,
                " bytes; the file has ", data.size()});
}

std::string swapped(std::string_view data, int64_t width) {
  std::string bytes(data);
  for (auto at = bytes.begin(); at != bytes.end(); at += width) std::reverse(at, at + width);
  return bytes;
}

Tensor elements(const Head& h, std::string_view data, const std::string& file) {
  std::string other_order;
  if (h.swapped) data = other_order = swapped(data, h.type->bytes);
  Shape shape = h.shape;
  if (h.columns_first) std::reverse(&shape[0], &shape[0] + shape.size());
  Tensor t = Tensor::empty(shape, h.type->dtype);
  dispatch_all(t.dtype(), [&]<class T>() {
    T* to = t.mutable_data<T>("read_npy");
    const int64_t count = t.numel();
    if (h.type->convert) h.type->convert(data.data(), count, to);
    else if (count > 0) std::memcpy(to, data.data(), data.size());
    if constexpr (std::is_same_v<T, bool>)
      if (std::any_of(data.begin(), data.end(), [](char c) { return c != 0 && c != 1; }))
        file_error({printable(file, 400), ": a boolean is neither 0 nor 1"});
    if constexpr (std::is_same_v<T, int64_t>)
      if (h.type->name[0] == 'u' && std::any_of(to, to + count, [](T v) { return v < 0; }))
        file_error({printable(file, 400), ": it contains a number beyond 2^63 - 1"});
  });
  if (!h.columns_first) return t;
  Axes backwards;
  for (int i = t.dim(); i-- > 0;) backwards.push_back(i);
  return t.with_layout(t.layout().permuted(backwards)).contiguous_data();
}

// Formatted as by np.save, with its padding for a first size of 21 digits.
std::string head_of(const Shape& shape, const char* descr) {
  std::string sizes;
  for (int64_t n : shape) sizes += (sizes.empty() ? "" : ", ") + std::to_string(n);
  if (shape.size() == 1) sizes += ",";
  std::string dictionary =
      text({"{'descr': '", descr, "', 'fortran_order': False, 'shape': (", sizes, "), }"});
  if (shape.size() > 0) dictionary.append(21 - std::to_string(shape[0]).size(), ' ');
  std::string head(magic);
  const size_t before = head.size() + 4, all = before + dictionary.size() + 1;
  const auto length = static_cast<uint16_t>((all + border - 1) / border * border - before);
  dictionary.resize(length - 1u, ' ');
  head += {'\1', '\0', static_cast<char>(length & 255), static_cast<char>(length >> 8)};
  return head + dictionary + '\n';
}

}  // namespace

namespace npy {

Written::Written(const Tensor& x, FloatForm floats, const char* op, const std::string& name) {
  if (!x.defined()) argument_error({op, ": \"", printable(name, 100), "\" is undefined"});
  constexpr const char* descr[] = {"<f4", "<f8", "<i8", "|b1"};
  if (!is_float(x.dtype()) || floats == FloatForm::as_is) {
    tensor_ = x.contiguous_data();
    head = head_of(x.shape(), descr[static_cast<int>(x.dtype())]);
  } else if (floats == FloatForm::f16) {
    halves_ = halves_of(x, floats, op, name);
    head = head_of(x.shape(), "<f2");
  } else {
    argument_error({op, ": NumPy has no bf16; use f16 or f32"});
  }
}

std::string_view Written::data() const {
  if (!tensor_.defined()) return halves_;
  return dispatch_all(tensor_.dtype(), [&]<class T>() {
    return std::string_view(reinterpret_cast<const char*>(tensor_.data<T>()),
                            static_cast<size_t>(tensor_.numel()) * sizeof(T));
  });
}

}  // namespace npy

Tensor parse_npy(std::string_view bytes, const std::string& name, ReadTensors options) {
  static_assert(std::endian::native == std::endian::little);
  const Head head = read_head(bytes, name, options);
  check_size(head, bytes, name);
  return elements(head, bytes, name);
}

namespace {

// "<f2" -> "f16", "|i1" -> "i8", "<c8" -> "c64"; others unchanged.
std::string dtype_word(const std::string& descr) {
  if (descr == "|b1") return "bool";
  const bool plain = descr.size() == 3 || (descr.size() == 4 && descr.substr(2) == "16");
  if (!plain || std::string_view("fiuc").find(descr[1]) == std::string_view::npos) return descr;
  int64_t bytes = 0;
  std::from_chars(descr.data() + 2, descr.data() + descr.size(), bytes);
  return text({std::string(1, descr[1]), 8 * bytes});
}

}  // namespace

StoredTensor npy::listed(std::string_view bytes, const std::string& name) {
  const Head head = read_head(bytes, name, {.halves = true}, true);
  if (head.type) check_size(head, bytes, name);
  return {.dtype = dtype_word(head.descr),
          .shape = head.shape,
          .bytes = static_cast<int64_t>(bytes.size())};
}

Tensor read_npy(const std::string& path, ReadTensors options) {
  return parse_npy(read_regular_file(path), path, options);
}

void write_npy(const std::string& path, const Tensor& x, FloatForm floats) {
  const npy::Written array(x, floats, "write_npy", path);
  const std::string_view parts[] = {array.head, array.data()};
  write_file(path, parts);
}

}  // namespace gradus
