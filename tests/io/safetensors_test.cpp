// SPDX-License-Identifier: MIT
// safetensors: exact round trips, and messages for damaged or hostile files.
#include "gradus/io/safetensors.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

#include "gradus/io/file.h"
#include "io/crc32c.h"
#include "tests/catch.h"
#include "tests/io/hostile.h"

using namespace gradus;
using namespace gradus::tests;

namespace io_safetensors_test {

TensorFile read(std::string_view bytes) { return parse_safetensors(bytes, "x.safetensors"); }

std::string refusal(std::string_view bytes) {
  return message_of<std::runtime_error>([&] { read(bytes); });
}

std::string written(const TensorFile& file) {
  const TempFolder folder;
  write_safetensors(folder.path + "/x.safetensors", file);
  return read_file(folder.path + "/x.safetensors");
}

bool same(const TensorFile& a, const TensorFile& b) {
  if (a.tensors.size() != b.tensors.size() || a.metadata != b.metadata) return false;
  for (const auto& [name, tensor] : a.tensors) {
    const auto at = b.tensors.find(name);
    if (at == b.tensors.end() || !identical(tensor, at->second)) return false;
  }
  return true;
}

TensorFile small() {
  Generator gen(3);
  return {{{"b", randn({2, 3}, gen, DType::f32)},
           {"a", arange(0, 3)},
           {"mask", tensor({1, 0, 1}, DType::boolean)},
           {"d", randn({2}, gen, DType::f64)}},
          {{"step", "12"}, {"note", "caf\xC3\xA9 \"quoted\"\n"}}};
}

TEST_CASE("safetensors: every dtype and shape survives a round trip bit for bit", "[safetensors]") {
  Generator gen(1);
  TensorFile file;
  int n = 0;
  for (DType d : {DType::f32, DType::f64, DType::i64, DType::boolean})
    for (const Shape& s : {Shape{}, Shape{1}, Shape{0}, Shape{7}, Shape{3, 5}, Shape{2, 0, 3},
                           Shape{1, 2, 1, 3, 1, 2, 1, 2}})
      file.tensors[text({"t", ++n})] = randint(0, 2, s, gen).to(d);
  Tensor special = Tensor::empty({6}, DType::f32);
  const uint32_t bits[6] = {0x7FC12345, 0xFFC00001, 0x7F800000, 0xFF800000, 0x80000000, 1};
  std::memcpy(special.mutable_data<float>(), bits, sizeof bits);
  file.tensors["special"] = special;
  file.tensors["i64"] = Tensor::empty({2}, DType::i64);
  file.tensors["i64"].mutable_data<int64_t>()[0] = std::numeric_limits<int64_t>::min();
  file.tensors["i64"].mutable_data<int64_t>()[1] = std::numeric_limits<int64_t>::max();
  file.tensors["large"] = randn({513, 1027}, gen, DType::f32);
  file.tensors[""] = ones({1});
  file.tensors["\xED\x95\x9C\"\\\n/../x"] = zeros({2});
  file.metadata = {{"", ""}, {"config", "{\"a\": [1, 2]}"}, {"\xCE\xB1", "\x01"}};
  const std::string bytes = written(file);
  const TensorFile back = read(bytes);
  CHECK(back.verified);
  CHECK(same(back, file));
  CHECK(written(back) == bytes);
  CHECK(same(read(written({})), {}));
}

TEST_CASE("safetensors: strided tensors are written as their elements", "[safetensors]") {
  Generator gen(2);
  const Tensor x = randn({4, 6}, gen);
  const Tensor view = x.with_layout(x.layout().transposed(0, 1).sliced(0, 1, 2, 2));
  const TensorFile back = read(written({{{"view", view}}, {}}));
  CHECK(identical(back.tensors.at("view"), view.contiguous_data()));
}

TEST_CASE("safetensors: files follow the format", "[safetensors]") {
  const std::string bytes = written(small());
  uint64_t length;
  std::memcpy(&length, bytes.data(), 8);
  const std::string header = bytes.substr(8, length);
  CHECK(length % 8 == 0);
  CHECK(header.starts_with("{\"__metadata__\":{\"gradus.crc32c\":\""));
  // Wide dtypes first, then by name: each tensor is aligned to its elements.
  CHECK(has(header, R"("a":{"dtype":"I64","shape":[3],"data_offsets":[0,24]},)"
                    R"("d":{"dtype":"F64","shape":[2],"data_offsets":[24,40]},)"
                    R"("b":{"dtype":"F32","shape":[2,3],"data_offsets":[40,64]},)"
                    R"("mask":{"dtype":"BOOL","shape":[3],"data_offsets":[64,67]}})"));
  CHECK(bytes.size() == 8 + length + 67);
  const TensorFile file = small();
  CHECK(std::memcmp(bytes.data() + 8 + length + 40, file.tensors.at("b").data<float>(), 24) == 0);
}

TEST_CASE("safetensors: files of other programs", "[safetensors]") {
  // Blanks after and before the header, another order, no metadata, tensors of size 0 at the same
  // offset, a scalar.
  const std::string bytes = safetensors_file(
      "  {\"b\":{\"shape\":[],\"data_offsets\":[4,8],\"dtype\":\"F32\"},"
      "\"e1\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]},"
      "\"e2\":{\"dtype\":\"I64\",\"shape\":[3,0],\"data_offsets\":[4,4]},"
      "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}   ",
      std::string("\0\0\x80\x3F\0\0\0\x40", 8));
  const TensorFile file = read(bytes);
  CHECK_FALSE(file.verified);
  CHECK(file.tensors.at("a").item() == 1);
  CHECK(file.tensors.at("b").item() == 2);
  CHECK(file.tensors.at("b").dim() == 0);
  CHECK(file.tensors.at("e1").shape() == Shape{0});
  CHECK(file.tensors.at("e2").shape() == Shape{3, 0});
  CHECK(same(read(safetensors_file("{}", "")), {}));
  CHECK(same(read(safetensors_file("{\"__metadata__\":{}}", "")), {}));
}

TEST_CASE("safetensors: narrow integers are widened", "[safetensors]") {
  const auto number = [](const std::string& dtype, const std::string& bytes) {
    const std::string entry = text({"{\"x\":{\"dtype\":\"", dtype,
                                    "\",\"shape\":[1],\"data_offsets\":[0,", bytes.size(), "]}}"});
    return read(safetensors_file(entry, bytes)).tensors.at("x");
  };
  using namespace std::string_literals;
  CHECK(number("I32", "\xFE\xFF\xFF\xFF").item() == -2);
  CHECK(number("I16", "\0\x80"s).item() == -32768);
  CHECK(number("I8", "\xFF").item() == -1);
  CHECK(number("U8", "\xFF").item() == 255);
  CHECK(number("U16", "\xFF\xFF").item() == 65535);
  CHECK(number("U32", "\xFF\xFF\xFF\xFF").item() == 4294967295.0);
  CHECK(number("U64", "\x01\0\0\0\0\0\0\0"s).item() == 1);
  CHECK(number("U64", "\x01\0\0\0\0\0\0\0"s).dtype() == DType::i64);
  CHECK(has(message_of<std::runtime_error>([&] { number("U64", "\0\0\0\0\0\0\0\x80"s); }), "2^63"));
}

TEST_CASE("safetensors: every strict prefix is refused", "[safetensors]") {
  const TempFolder folder;
  const std::string bytes = written(small()), path = folder.path + "/cut";
  for (size_t n = 0; n < bytes.size(); ++n)
    CHECK(has(refusal(std::string_view(bytes).substr(0, n)), "x.safetensors: "));
  for (size_t n = 0; n < bytes.size(); n += 29) {  // from files: the same words
    write_file(path, std::string_view(bytes).substr(0, n));
    CHECK_THROWS_AS(read_safetensors(path), std::runtime_error);
  }
  CHECK_THROWS_AS(read(bytes + '\0'), std::runtime_error);
}

TEST_CASE("safetensors: a flipped bit is refused or changes no tensor", "[safetensors]") {
  const TensorFile file = small();
  const std::string bytes = written(file);
  uint64_t length;
  std::memcpy(&length, bytes.data(), 8);
  int header_accepted = 0, data_accepted = 0, changed = 0, other_errors = 0;
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    try {
      TensorFile found = read(damaged);
      ++(bit / 8 < 8 + length ? header_accepted : data_accepted);
      found.metadata = file.metadata;  // the name of a checksum may be the damaged one
      changed += !same(found, file);
    } catch (const std::runtime_error&) {
    } catch (const std::exception&) {
      ++other_errors;
    }
  }
  CHECK(data_accepted == 0);
  CHECK(changed == 0);
  CHECK(other_errors == 0);
  INFO(header_accepted << " flips of the header make no difference");
  CHECK(header_accepted < 300);
}

TEST_CASE("safetensors: hostile files", "[safetensors]") {
  const TempFolder folder;
  CHECK(hostile_files().size() >= 40);
  for (const Hostile& h : hostile_files()) {
    INFO(h.what);
    const int64_t before = live_bytes();
    reset_peak_bytes();
    const std::string message = refusal(h.bytes);
    CHECK(has(message, h.word));
    CHECK(message.size() < 400);
    CHECK(peak_bytes() - before < 1 << 16);  // no allocation was made for an unchecked size
    CHECK(live_bytes() == before);
    write_file(folder.path + "/x", h.bytes);
    CHECK_THROWS_AS(read_safetensors(folder.path + "/x"), std::runtime_error);
  }
  CHECK(has(message_of<std::runtime_error>([&] { read_safetensors(folder.path + "/none"); }),
            "No such file or directory"));
}

TEST_CASE("safetensors: tensors that cannot be read back are not written", "[safetensors]") {
  const TempFolder folder;
  const std::string path = folder.path + "/x";
  const auto refused = [&](const std::string& name, const Tensor& t,
                           const std::map<std::string, std::string>& metadata = {}) {
    return message_of([&] { write_safetensors(path, {{{name, t}}, metadata}); });
  };
  CHECK(has(refused("w", Tensor()), "\"w\" is undefined"));
  CHECK(has(refused("__metadata__", ones({1})), "no tensor can have the name"));
  CHECK(has(refused("\xFF", ones({1})), "is not UTF-8"));
  CHECK(has(refused(std::string(4097, 'n'), ones({1})), "4097 bytes; at most 4096"));
  CHECK(has(refused("w", ones({1}), {{"k", "\xFF"}}), "metadata \"k\" is not UTF-8"));
  CHECK(has(refused("w", ones({1}), {{"k", std::string(17 << 20, 'x')}}), "the header would have"));
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK_NOTHROW(write_safetensors(path, {{{std::string(4096, 'n'), ones({1})}}, {}}));
  CHECK(read_safetensors(path).tensors.size() == 1);
}

TEST_CASE("CRC-32C: known values; the instruction agrees with the table", "[safetensors]") {
  CHECK(crc32c(0, "123456789", 9) == 0xE3069283);
  CHECK(crc32c_plain(0, "123456789", 9) == 0xE3069283);
  CHECK(crc32c(0, std::string(32, '\0').data(), 32) == 0x8A9136AA);
  CHECK(crc32c(0, std::string(32, '\xFF').data(), 32) == 0x62A8AB43);
  std::string bytes(1000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i + 3 * i);
  for (size_t n : {0, 1, 7, 8, 9, 63, 64, 999, 1000}) {
    CHECK(crc32c(0, bytes.data(), n) == crc32c_plain(0, bytes.data(), n));
    const uint32_t first = crc32c(0, bytes.data(), n);
    CHECK(crc32c(first, bytes.data() + n, bytes.size() - n) == crc32c(0, bytes.data(), 1000));
  }
}

TEST_CASE("safetensors: PyTorch's reference cases are read", "[safetensors][parity]") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shared_folder("parity"))) {
    if (entry.path().extension() != ".safetensors") continue;
    const TensorFile file = read_safetensors(entry.path());
    CHECK(file.metadata.at("gradus.parity") == "1");
    CHECK_FALSE(file.tensors.empty());
    CHECK(same(read(written(file)), file));
    ++files;
  }
  CHECK(files > 0);
}

TEST_CASE("safetensors: the ONNX node tests are read", "[safetensors][onnx]") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shared_folder("onnx"))) {
    if (entry.path().extension() != ".safetensors") continue;
    const TensorFile file = read_safetensors(entry.path());
    CHECK(file.metadata.at("gradus.onnx") == "1");
    ++files;
  }
  CHECK(files > 0);
}

}  // namespace io_safetensors_test
