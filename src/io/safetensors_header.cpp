// SPDX-License-Identifier: MIT
// The numbers in a header are untrusted: sizes are multiplied with overflow checks; offsets are
// compared and subtracted, never added.
#include "io/safetensors_header.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "gradus/io/json.h"
#include "io/crc32c.h"
#include "io/half.h"

namespace gradus::safetensors {
namespace {

constexpr int header_depth = 8;

template <class T> void widen(const char* from, int64_t count, void* to) {
  for (int64_t i = 0; i < count; ++i) {
    T v;
    std::memcpy(&v, from + i * static_cast<int64_t>(sizeof v), sizeof v);
    // U64 beyond 2^63 becomes negative, which is detected
    static_cast<int64_t*>(to)[i] = static_cast<int64_t>(v);
  }
}
template <float (*f)(uint16_t)> void widen_halves(const char* from, int64_t count, void* to) {
  for (int64_t i = 0; i < count; ++i) {
    uint16_t v;
    std::memcpy(&v, from + 2 * i, 2);
    static_cast<float*>(to)[i] = f(v);
  }
}

// Source: safetensors 0.8, tensor.rs; the last ones have no counterpart in gradus.
constexpr FileType file_types[] = {
    {"F32", 32, DType::f32},
    {"F64", 64, DType::f64},
    {"I64", 64, DType::i64},
    {"BOOL", 8, DType::boolean},
    {"F16", 16, DType::f32, widen_halves<from_f16>},
    {"BF16", 16, DType::f32, widen_halves<from_bf16>},
    {"I8", 8, DType::i64, widen<int8_t>},
    {"I16", 16, DType::i64, widen<int16_t>},
    {"I32", 32, DType::i64, widen<int32_t>},
    {"U8", 8, DType::i64, widen<uint8_t>},
    {"U16", 16, DType::i64, widen<uint16_t>},
    {"U32", 32, DType::i64, widen<uint32_t>},
    {"U64", 64, DType::i64, widen<uint64_t>},
    {.name = "C64", .bits = 64, .listed_only = true},
    {.name = "F8_E4M3", .bits = 8, .listed_only = true},
    {.name = "F8_E5M2", .bits = 8, .listed_only = true},
    {.name = "F8_E8M0", .bits = 8, .listed_only = true},
    {.name = "F8_E4M3FNUZ", .bits = 8, .listed_only = true},
    {.name = "F8_E5M2FNUZ", .bits = 8, .listed_only = true},
    {.name = "F6_E2M3", .bits = 6, .listed_only = true},
    {.name = "F6_E3M2", .bits = 6, .listed_only = true},
    {.name = "F4", .bits = 4, .listed_only = true},
};

class HeaderParser {
 public:
  HeaderParser(const std::string& file, int64_t data_size, ReadTensors options, bool listing)
      : file_(file), data_size_(data_size), options_(options), listing_(listing) {}

  Header parse(const std::string& text) {
    const Json json = parse_json(text, file_ + " (header)", {.depth = header_depth});
    if (!json.is(Json::Kind::object)) fail(file_, {"the header is not a JSON object"});
    for (const auto& [key, value] : json.members())
      if (key == metadata_key) metadata(value);
      else entry(key, value);
    check_cover();
    return std::move(header_);
  }

 private:
  void metadata(const Json& json) {
    if (!json.is(Json::Kind::object)) fail(file_, {"the metadata is not a JSON object"});
    for (const auto& [key, value] : json.members()) {
      if (!value.is(Json::Kind::string))
        fail(file_, {"metadata \"", printable(key), "\" is not a string"});
      header_.metadata.emplace(key, value.string());
    }
  }

  void entry(const std::string& name, const Json& json) {
    Entry e{name, nullptr, {}, 0, 0};
    if (name.size() > name_limit)
      fail(file_, e, {"its name has ", name.size(), " bytes; at most ", name_limit, " are read"});
    if (!json.is(Json::Kind::object)) fail(file_, e, {"its entry is not a JSON object"});
    const Json *dtype = nullptr, *shape = nullptr, *offsets = nullptr;
    for (const auto& [key, value] : json.members()) {
      if (key == "dtype") dtype = &value;
      else if (key == "shape") shape = &value;
      else if (key == "data_offsets") offsets = &value;
      else fail(file_, e, {"unknown field \"", printable(key), "\""});
    }
    if (!dtype || !shape || !offsets)
      fail(file_, e, {"its entry must have dtype, shape and data_offsets"});
    e.type = type(e, *dtype);
    const auto sizes = numbers(e, "shape", *shape), place = numbers(e, "data_offsets", *offsets);
    if (sizes.size() > max_rank)
      fail(file_, e, {"it has ", sizes.size(), " axes; at most ", max_rank, " are supported"});
    if (place.size() != 2) fail(file_, e, {"data_offsets has ", place.size(), " numbers, not 2"});
    e.shape = Shape(sizes);
    e.begin = place[0];
    e.end = place[1];
    check_place(e);
    header_.entries.push_back(std::move(e));
  }

  const FileType* type(const Entry& e, const Json& json) const {
    if (!json.is(Json::Kind::string)) fail(file_, e, {"dtype is not a string"});
    for (const FileType& t : file_types)
      if (json.string() == t.name) {
        if (t.listed_only && !listing_)
          fail(file_, e, {"dtype ", t.name, " has no counterpart here; gradus info lists it"});
        if (t.dtype == DType::f32 && t.widen && !options_.halves)
          fail(file_, e, {"dtype ", t.name, " is read as f32 only if ReadTensors::halves is set"});
        return &t;
      }
    fail(file_, e, {"unknown dtype \"", printable(json.string()), "\""});
  }

  std::vector<int64_t> numbers(const Entry& e, const char* field, const Json& json) const {
    std::vector<int64_t> values;
    if (!json.is(Json::Kind::array)) fail(file_, e, {field, " is not an array"});
    for (const Json& v : json.items()) {
      if (!v.is(Json::Kind::integer) || v.integer() < 0)
        fail(file_, e, {field, " contains something other than integers from 0"});
      values.push_back(v.integer());
    }
    return values;
  }

  // Checks that a tensor lies within the data and that its length matches shape and dtype.
  void check_place(const Entry& e) const {
    if (e.begin > e.end || e.end > data_size_)
      fail(file_, e,
           {"data_offsets [", e.begin, ", ", e.end, "] are outside the data of ", data_size_,
            " bytes"});
    int64_t bits = e.type->bits;
    bool empty = false, overflow = false;
    for (int64_t n : e.shape) {
      if (n == 0) empty = true;
      else overflow = overflow || __builtin_mul_overflow(bits, n, &bits);
    }
    if (overflow || bits >= int64_t{1} << 51)
      fail(file_, e, {"shape ", e.shape, " exceeds any memory"});
    if (empty) bits = 0;
    const int64_t bytes = bits / 8;
    if (bits % 8 != 0 || bytes != e.end - e.begin)
      fail(file_, e,
           {"shape ", e.shape, " of ", e.type->name, " takes ", bytes,
            " bytes; data_offsets give it ", e.end - e.begin});
  }

  void check_cover() {
    auto& all = header_.entries;
    std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
    });
    int64_t covered = 0;
    for (const Entry& e : all) {
      if (e.begin != covered)
        fail(file_, e,
             {e.begin < covered ? "it overlaps another tensor: it starts at "
                                : "there is a gap before it: it starts at ",
              e.begin, ", the previous data ends at ", covered});
      covered = e.end;
    }
    if (covered != data_size_)
      fail(file_, {"the tensors take ", covered, " bytes of data; the file has ", data_size_});
  }

  const std::string& file_;
  int64_t data_size_;
  ReadTensors options_;
  bool listing_;
  Header header_{};
};

}  // namespace

const FileType* type_of(DType d, FloatForm floats) {
  const bool narrow = is_float(d) && floats != FloatForm::as_is;
  const std::string_view half = floats == FloatForm::f16 ? "F16" : "BF16";
  for (const FileType& t : file_types)
    if (narrow ? t.name == half : t.dtype == d && !t.widen && !t.listed_only) return &t;
  internal_error({"safetensors: a dtype cannot be stored"});
}

void fail(const std::string& file, std::initializer_list<Piece> what) {
  file_error({printable(file, 400), ": ", text(what)});
}
void fail(const std::string& file, const Entry& e, std::initializer_list<Piece> what) {
  fail(file, {"tensor \"", printable(e.name, 100), "\": ", text(what)});
}

Header parse_header(const std::string& text, const std::string& file, int64_t data_size,
                    ReadTensors options, bool listing) {
  return HeaderParser(file, data_size, options, listing).parse(text);
}

std::string header_text(const Header& header) {
  Json::Object all, metadata;
  for (const auto& [key, value] : header.metadata) metadata.emplace_back(key, value);
  if (!metadata.empty()) all.emplace_back(metadata_key, std::move(metadata));
  for (const Entry& e : header.entries) {
    Json::Object entry;
    entry.emplace_back("dtype", e.type->name);
    entry.emplace_back("shape", Json::list(e.shape));
    entry.emplace_back("data_offsets", Json(Json::Array{e.begin, e.end}));
    all.emplace_back(e.name, std::move(entry));
  }
  return write_json(std::move(all));
}

std::string hex(uint32_t crc) {
  std::string digits(8, '0');
  for (size_t i = 8; i-- > 0; crc >>= 4) digits[i] = "0123456789abcdef"[crc & 15];
  return digits;
}

std::string header_crc(Header header) {
  std::sort(header.entries.begin(), header.entries.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  header.metadata.erase(header_crc_key);
  const std::string all = header_text(header);
  return hex(crc32c(0, all.data(), all.size()));
}

}  // namespace gradus::safetensors
