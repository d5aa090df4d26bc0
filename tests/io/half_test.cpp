// SPDX-License-Identifier: MIT
// f16 and bf16: round trips of all patterns, rounding between neighbours, and files.
#include "io/half.h"

#include <cmath>
#include <limits>

#include "gradus/io/file.h"
#include "tests/catch.h"
#include "tests/io/hostile.h"

using namespace gradus;
using namespace gradus::tests;

namespace io_half_test {

// The value by the definition, from sign, exponent and mantissa.
double value(uint32_t bits, int mantissa, int exponent) {
  const int top = (1 << exponent) - 1, bias = top / 2;
  const int e = static_cast<int>(bits >> mantissa) & top;
  const int m = static_cast<int>(bits & ((1u << mantissa) - 1));
  const double sign = bits >> 15 ? -1 : 1;
  if (e == top) return m ? NAN : sign * INFINITY;
  return sign * std::ldexp(e ? m + (1 << mantissa) : m, (e ? e : 1) - bias - mantissa);
}

using Widen = float (*)(uint16_t);
using Narrow = uint16_t (*)(double);

// For all patterns: the value, the conversion back from f32 and f64, and that the midpoint to the
// next pattern rounds to even and numbers beside it to the nearer one.
void check_patterns(int mantissa, int exponent, Widen widen, uint16_t (*from_f32)(float),
                    Narrow from_f64) {
  int wrong_value = 0, wrong_way_back = 0, wrong_border = 0;
  for (uint32_t p = 0; p < 65536; ++p) {
    const auto bits = static_cast<uint16_t>(p);
    const float x = widen(bits);
    const double expected = value(p, mantissa, exponent);
    wrong_way_back += from_f32(x) != bits;
    if (std::isnan(expected)) {
      wrong_value += !std::isnan(x);
      continue;
    }
    const uint32_t seen = std::bit_cast<uint32_t>(x);
    if (expected != 0 && std::abs(expected) < 0x1p-126)  // a conversion would flush it to 0
      wrong_value += seen != p << 16;
    else wrong_value += seen != std::bit_cast<uint32_t>(static_cast<float>(expected));
    wrong_way_back += from_f64(expected) != bits;
    if (std::isinf(expected)) continue;
    double next = value(p + 1, mantissa, exponent);  // further from 0
    if (std::isinf(next)) next = std::copysign(std::ldexp(1, 1 << (exponent - 1)), expected);
    const double middle = expected + (next - expected) / 2;
    wrong_border += from_f64(middle) != (p % 2 ? p + 1 : p);
    wrong_border += from_f64(std::nextafter(middle, expected)) != p;
    wrong_border += from_f64(std::nextafter(middle, next)) != p + 1;
  }
  CHECK(wrong_value == 0);
  CHECK(wrong_way_back == 0);
  CHECK(wrong_border == 0);
}

TensorFile back(const TensorFile& file, FloatForm form, const TempFolder& folder) {
  write_safetensors(folder.path + "/x", file, form);
  return read_safetensors(folder.path + "/x", {.halves = true});
}

TEST_CASE("all 65536 patterns of f16 and the numbers that round to them", "[half]") {
  check_patterns(10, 5, from_f16, to_f16, to_f16);
}

TEST_CASE("all 65536 patterns of bf16 and the numbers that round to them", "[half]") {
  check_patterns(7, 8, from_bf16, to_bf16, to_bf16);
}

TEST_CASE("halves: an f64 is rounded once and not by way of f32", "[half]") {
  // 1 + 2^-11 is the middle between 1 and the next f16; a bit more than that goes up, although
  // as an f32 it would be the middle again.
  CHECK(to_f16(1 + 0x1p-11) == 0x3C00);
  CHECK(to_f16(1 + 0x1p-11 + 0x1p-40) == 0x3C01);
  CHECK(to_f16(float(1 + 0x1p-11 + 0x1p-40)) == 0x3C00);
  CHECK(to_bf16(1 + 0x1p-8 + 0x1p-40) == 0x3F81);
  CHECK(to_f16(65519.0) == 0x7BFF);
  CHECK(to_f16(65520.0) == 0x7C00);
  CHECK(to_f16(std::numeric_limits<double>::max()) == 0x7C00);
  CHECK(to_f16(-std::numeric_limits<double>::denorm_min()) == 0x8000);
  CHECK(to_bf16(std::numeric_limits<float>::denorm_min()) == 0);
  CHECK(to_bf16(std::bit_cast<float>(0x00018000u)) == 2);  // subnormal of both, the middle
}

TEST_CASE("safetensors: floats as f16 and bf16 and back", "[half][safetensors]") {
  const TempFolder folder;
  Generator gen(5);
  const TensorFile file = {{{"a", randn({5, 7}, gen, DType::f32)},
                            {"b", tensor({0.1, -0.0, INFINITY, -INFINITY, 1e-7}, DType::f64)},
                            {"ids", arange(0, 5)},
                            {"mask", tensor({1, 0}, DType::boolean)},
                            {"none", zeros({0, 3})}},
                           {{"k", "v"}}};
  for (const FloatForm form : {FloatForm::f16, FloatForm::bf16}) {
    const TensorFile found = back(file, form, folder);
    CHECK(found.verified);
    CHECK(found.metadata == file.metadata);
    CHECK(identical(found.tensors.at("ids"), file.tensors.at("ids")));
    CHECK(identical(found.tensors.at("mask"), file.tensors.at("mask")));
    CHECK(found.tensors.at("none").shape() == Shape{0, 3});
    for (const char* name : {"a", "b"}) {
      const std::vector<double> from = file.tensors.at(name).to_vector<double>();
      const std::vector<float> to = found.tensors.at(name).to_vector<float>();
      REQUIRE(to.size() == from.size());
      for (size_t i = 0; i < to.size(); ++i)
        CHECK(to[i] ==
              (form == FloatForm::f16 ? from_f16(to_f16(from[i])) : from_bf16(to_bf16(from[i]))));
    }
    const std::string bytes = read_file(folder.path + "/x");
    CHECK(has(bytes, form == FloatForm::f16 ? "\"F16\"" : "\"BF16\""));
    CHECK(has(message_of<std::runtime_error>([&] { read_safetensors(folder.path + "/x"); }),
              "is read as f32 only if"));
    // Tensors that were read narrow are exact, so writing them again gives the same file.
    write_safetensors(folder.path + "/y", found, form);
    CHECK(read_file(folder.path + "/y") == bytes);
  }
}

TEST_CASE("safetensors: 16-bit floats of other programs and offsets that do not fit", "[half]") {
  const auto file = [](const char* dtype, const char* shape) {
    const std::string bytes("\0\x3C\xFF\x7F", 4);
    const std::string head =
        text({"{\"x\":{\"dtype\":\"", dtype, "\",\"shape\":", shape, ",\"data_offsets\":[0,4]}}"});
    return parse_safetensors(safetensors_file(head, bytes), "x", {.halves = true}).tensors.at("x");
  };
  CHECK(file("F16", "[2]").to_vector<float>()[0] == 1);
  CHECK(std::isnan(file("F16", "[2]").to_vector<float>()[1]));
  CHECK(file("BF16", "[1,2]").str() == "f32 [1, 2]");
  CHECK(file("BF16", "[1,2]").to_vector<float>()[0] == 0x1p-7f);
  CHECK(file("I16", "[2]").to_vector<int64_t>() == std::vector<int64_t>{15360, 32767});
  CHECK(has(message_of<std::runtime_error>([&] { file("F16", "[1]"); }), "takes 2 bytes"));
  CHECK(has(message_of<std::runtime_error>([&] { file("BF16", "[]"); }), "of BF16 takes 2 bytes"));
}

TEST_CASE("safetensors: a number beyond f16 is named and nothing is written", "[half]") {
  const TempFolder folder;
  const std::string path = folder.path + "/x";
  write_file(path, "old");
  const TensorFile file = {{{"w", tensor({1, 70000}, DType::f32)}}, {}};
  const std::string message = message_of([&] { write_safetensors(path, file, FloatForm::f16); });
  CHECK(has(message, "\"w\" contains 70000"));
  CHECK(has(message, "65504"));
  CHECK(read_file(path) == "old");
  CHECK(back(file, FloatForm::bf16, folder).tensors.at("w").to_vector<double>()[1] == 70144);
  const TensorFile far = {{{"w", tensor({1e39}, DType::f64)}}, {}};
  CHECK(has(message_of([&] { write_safetensors(path, far, FloatForm::bf16); }),
            "beyond the range of bf16"));
}

}  // namespace io_half_test
