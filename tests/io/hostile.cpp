// SPDX-License-Identifier: MIT
// The files by the attacked part: length, JSON, entries, offsets, data.
#include "tests/io/hostile.h"

#include <cstring>

namespace gradus::tests {

std::string safetensors_file(const std::string& header, const std::string& data, uint64_t length) {
  if (length == UINT64_MAX) length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

namespace {

using namespace std::string_literals;

// One tensor "x" with these fields; four bytes of data, or as many as asked.
std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"x":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}
std::string f32(const std::string& shape, const std::string& offsets, size_t data = 4) {
  return safetensors_file(entry("\"F32\"", shape, offsets), std::string(data, '\0'));
}
// Two F32 tensors "a" and "b" of 1 and n elements at the given offsets.
std::string two(const std::string& a, const std::string& b, size_t data) {
  const auto one = [](const std::string& name, const std::string& place) {
    return "\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" + place + "}";
  };
  return safetensors_file("{" + one("a", a) + "," + one("b", b) + "}", std::string(data, '\0'));
}

std::vector<Hostile> bad_lengths() {
  const std::string good = entry("\"F32\"", "[1]", "[0,4]");
  return {
      {"empty file", "", "0 bytes"},
      {"seven bytes", "1234567", "7 bytes"},
      {"length beyond the file", safetensors_file(good, "abcd", 1000), "truncated"},
      {"length one too long", safetensors_file("{}", "", 3), "truncated"},
      {"length of all ones", std::string(8, '\xFF') + good, "at most 16777216"},
      {"length negative when signed", safetensors_file(good, "abcd", 1ull << 63), "at most"},
      {"length 16 MiB and one", safetensors_file(good, "abcd", (16 << 20) + 1), "at most"},
      {"length 16 MiB in a short file", safetensors_file(good, "abcd", 16 << 20), "truncated"},
      {"length 0", safetensors_file("", "", 0), "line 1"},
      {"length too short", safetensors_file(good, "abcd", good.size() - 1), "line 1"},
      {"header of another kind of file", "PK\3\4\x14\0\0\0\0\0\0\0\0\0"s, "not a safetensors file"},
  };
}

std::vector<Hostile> bad_json() {
  const auto json = [](const std::string& header) { return safetensors_file(header, ""); };
  return {
      {"an array", json("[]"), "not a JSON object"},
      {"a number", json("7"), "not a JSON object"},
      {"text behind the header", json("{}x"), "line 1, column 3"},
      {"text behind a NUL", json("{}\0{}"s), "NUL"},
      {"NULs instead of blanks", json("{}\0\0\0\0"s), "NUL"},
      {"byte order mark", json("\xEF\xBB\xBF{}"), "byte order mark"},
      {"deep nesting", json("{\"x\":" + std::string(100000, '[')), "nested more than 8 deep"},
      {"deep nesting in a shape", f32("[[[[[[[[[[1]]]]]]]]]]", "[0,4]"), "nested more than 8 deep"},
      {"bad UTF-8 in a name", json("{\"\xFF\xFE\":{}}"), "column 3"},
      {"lone surrogate in a name", json("{\"\\ud800\":{}}"), "surrogate"},
      {"control character in a name", json("{\"a\nb\":{}}"), "control character"},
      {"one name twice", two("[0,4]", "[4,8]", 8).replace(8 + 2, 1, "b"), "occurs twice"},
      {"one name twice, escaped",
       json(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},)"
            R"("\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})"),
       "occurs twice"},
      {"a field twice",
       safetensors_file("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[2],"
                        "\"data_offsets\":[0,4]}}",
                        "abcd"),
       "occurs twice"},
      {"metadata twice", json("{\"__metadata__\":{},\"__metadata__\":{}}"), "occurs twice"},
      {"metadata no object", json("{\"__metadata__\":[]}"), "metadata is not"},
      {"metadata no text", json("{\"__metadata__\":{\"k\":1}}"), "\"k\" is not a string"},
      {"a name of 4097 bytes", json("{\"" + std::string(4097, 'n') + "\":{}}"), "4097 bytes"},
      {"a name of terminal commands", json("{\"\\u001b[2J\\u0007\":7}"), "\\x1b[2J\\x07"},
  };
}

// "[1,1,1]".
std::string shape_of_ones(int count) {
  std::string s = "[1";
  for (int i = 1; i < count; ++i) s += ",1";
  return s + "]";
}

std::vector<Hostile> bad_entries() {
  const auto with = [](const std::string& e) {
    return safetensors_file("{\"x\":" + e + "}", "abcd");
  };
  const auto dtype = [](const std::string& d) {
    return safetensors_file(entry(d, "[1]", "[0,4]"), "abcd");
  };
  return {
      {"entry no object", with("[]"), "not a JSON object"},
      {"entry null", with("null"), "not a JSON object"},
      {"no dtype", with("{\"shape\":[1],\"data_offsets\":[0,4]}"), "must have dtype"},
      {"no shape", with("{\"dtype\":\"F32\",\"data_offsets\":[0,4]}"), "must have dtype"},
      {"no place", with("{\"dtype\":\"F32\",\"shape\":[1]}"), "must have dtype"},
      {"another field", with(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4],"y":0})"),
       "unknown field \"y\""},
      {"dtype no text", dtype("32"), "dtype is not"},
      {"dtype unknown", dtype("\"F99\""), "\"F99\""},
      {"dtype in small letters", dtype("\"f32\""), "\"f32\""},
      {"F16", dtype("\"F16\""), "only if ReadTensors"},
      {"BF16", dtype("\"BF16\""), "dtype BF16"},
      {"shape no array", f32("1", "[0,4]"), "shape is not an array"},
      {"size negative", f32("[-1]", "[0,4]"), "integers from 0"},
      {"size minus zero", f32("[-0]", "[0,0]", 0), "integers from 0"},
      {"size with a point", f32("[1.0]", "[0,4]"), "integers from 0"},
      {"size with an exponent", f32("[1e0]", "[0,4]"), "integers from 0"},
      {"size a text", f32("[\"1\"]", "[0,4]"), "integers from 0"},
      {"size true", f32("[true]", "[0,4]"), "integers from 0"},
      {"size 2^63", f32("[9223372036854775808]", "[0,4]"), "64 bits"},
      {"size 2^64 + 1, which wraps to 1", f32("[18446744073709551617]", "[0,4]"), "64 bits"},
      {"nine axes", f32("[1,1,1,1,1,1,1,1,1]", "[0,4]"), "9 axes"},
      {"a hundred thousand axes", f32(shape_of_ones(100001), "[0,4]"), "100001 axes"},
  };
}

std::vector<Hostile> bad_places() {
  return {
      {"product wraps to 4", f32("[4194305,4194305,211106198978564]", "[0,4]"), "exceeds any"},
      {"product wraps to 0", f32("[4294967296,4294967296]", "[0,0]", 0), "exceeds any memory"},
      {"bytes wrap to 4", f32("[4611686018427387905]", "[0,4]"), "exceeds any memory"},
      {"zero hides a wrap", f32("[0,4294967296,4294967296,4294967296]", "[0,0]", 0), "exceeds any"},
      {"2^50 elements", f32("[1125899906842624]", "[0,4]"), "exceeds any memory"},
      {"shape larger than its place", f32("[2]", "[0,4]"), "takes 8 bytes; data_offsets give it 4"},
      {"shape smaller than its place", f32("[1]", "[0,8]", 8), "takes 4 bytes"},
      {"rank 0 with two elements", f32("[]", "[0,8]", 8), "takes 4 bytes"},
      {"size 0 with data", f32("[0]", "[0,4]"), "takes 0 bytes"},
      {"end before begin", f32("[1]", "[4,0]"), "outside the data"},
      {"end beyond the data", f32("[2]", "[0,8]"), "outside the data of 4 bytes"},
      {"begin near 2^63", f32("[1]", "[9223372036854775803,9223372036854775807]"), "are outside"},
      {"begin + length wraps", f32("[1]", "[18446744073709551612,0]"), "64 bits"},
      {"place negative", f32("[1]", "[-4,0]"), "integers from 0"},
      {"place with a point", f32("[1]", "[0,4.0]"), "integers from 0"},
      {"one number", f32("[1]", "[4]"), "has 1 numbers"},
      {"three numbers", f32("[1]", "[0,4,4]"), "has 3 numbers"},
      {"place an object", f32("[1]", "{\"0\":4}"), "not an array"},
      {"overlap", two("[0,4]", "[2,6]", 6), "overlaps"},
      {"the same place twice", two("[0,4]", "[0,4]", 4), "overlaps"},
      {"hole at the start", f32("[1]", "[4,8]", 8), "gap before it"},
      {"hole in the middle", two("[0,4]", "[8,12]", 12), "gap before it"},
      {"rest at the end", f32("[1]", "[0,4]", 5), "take 4 bytes of data; the file has 5"},
      {"data without tensors", safetensors_file("{}", "x"), "take 0 bytes of data; the file has 1"},
      {"a size-0 tensor inside another",
       safetensors_file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],"
                        "\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[0],\"data_"
                        "offsets\":[4,4]}}",
                        "12345678"),
       "overlaps"},
  };
}

std::vector<Hostile> bad_data() {
  const auto checked = [](const std::string& crc) {
    return safetensors_file(R"({"__metadata__":{"gradus.crc32c":")" + crc +
                                R"("},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                            "abcd");
  };
  return {
      {"a boolean of 2", safetensors_file(entry("\"BOOL\"", "[2]", "[0,2]"), "\1\2"),
       "neither 0 nor 1"},
      {"wrong checksum", checked("00000000"), "damaged"},
      {"empty checksum", checked(""), "damaged"},
      {"checksum with more digits", checked("92c80a310"), "damaged"},
      {"checksum of commands", checked("\\u001b[2J"), "\\x1b[2J"},
  };
}

}  // namespace

std::vector<Hostile> hostile_files() {
  std::vector<Hostile> all;
  for (const auto& group : {bad_lengths(), bad_json(), bad_entries(), bad_places(), bad_data()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

}  // namespace gradus::tests
