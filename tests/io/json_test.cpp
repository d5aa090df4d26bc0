// SPDX-License-Identifier: MIT
// JSON: reading, errors with their position, writing.
#include "gradus/io/json.h"

#include <clocale>
#include <cmath>
#include <limits>

#include "gradus/base/random.h"
#include "tests/catch.h"
#include "tests/io/json_cases.h"

using namespace gradus;
using namespace gradus::tests;

namespace io_json_test {

Json read(std::string_view text) { return parse_json(text, "test.json"); }

std::string refusal(std::string_view text) {
  return message_of<std::runtime_error>([&] { read(text); });
}

TEST_CASE("JSON that the standard allows is read and reads the same after writing", "[json]") {
  for (const std::string& text : allowed_json) {
    INFO(text);
    Json value;
    CHECK_NOTHROW(value = read(text));
    for (int indent : {0, 2}) CHECK(read(write_json(value, indent)) == value);
  }
}

TEST_CASE("JSON that the standard forbids is refused with its position", "[json]") {
  for (const std::string& text : forbidden_json) {
    INFO(text);
    CHECK(refusal(text).starts_with("test.json: line "));
  }
  // Every strict prefix of a text that ends with a bracket.
  const std::string text = R"({"a": [1, -2.5e3, "\u20ac\ud83d\ude39", {"b": null}], "c": true})";
  for (size_t n = 0; n < text.size(); ++n) CHECK(has(refusal(text.substr(0, n)), "line 1"));
}

TEST_CASE("JSON errors name the line and the column", "[json]") {
  CHECK(has(refusal("{\n  \"a\": 1,\n  \"b\": nul\n}"), "line 3, column 11"));
  CHECK(has(refusal("{\"a\": 1,\n \"a\": 2}"), "line 2, column 4: the key \"a\" occurs twice"));
  CHECK(has(refusal("[1, 2] x"), "column 8"));
  CHECK(has(refusal("[\"\xC3\xA9\", x]"), "column 7"));  // characters are counted, not bytes
  CHECK(has(refusal("\xEF\xBB\xBF[]"), "byte order mark"));
  CHECK(has(refusal("[1]\0[2]"s), "column 4: a NUL byte"));
  CHECK(has(refusal("[18446744073709551616]"), "18446744073709551616 does not fit in 64 bits"));
  CHECK(has(refusal("[9223372036854775808]"), "does not fit in 64 bits"));
  CHECK(has(refusal("[1e999]"), "overflow"));
  CHECK(has(message_of<std::runtime_error>([] { parse_json("[", "log", {.first_line = 7}); }),
            "log: line 7"));
}

TEST_CASE("JSON of other programs may contain integers beyond 64 bits", "[json]") {
  const Json j = parse_json("[1000000000000000019884624838656, 18446744073709551615, -7, 3]", "t",
                            {.wide = true});
  CHECK(j.items()[0].number() == 1e30);
  CHECK(j.items()[1].number() == 18446744073709551615.0);
  CHECK(j.items()[2].integer() == -7);
  CHECK(j.items()[3].integer() == 3);
}

TEST_CASE("JSON nests up to its limit and no deeper", "[json]") {
  const auto nested = [](size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  CHECK_NOTHROW(read(nested(64)));
  CHECK(has(refusal(nested(65)), "column 65: arrays and objects are nested more than 64 deep"));
  CHECK(has(refusal(std::string(1000000, '[')), "more than 64 deep"));
  CHECK_NOTHROW(parse_json(nested(3), "x", {.depth = 3}));
  CHECK_THROWS(parse_json(nested(4), "x", {.depth = 3}));
  CHECK_THROWS(parse_json(R"({"a":[[[1]]]})", "x", {.depth = 3}));
}

TEST_CASE("JSON numbers keep their kind and all their digits", "[json]") {
  CHECK(read("1").is(Json::Kind::integer));
  CHECK(read("1.0").is(Json::Kind::number));
  CHECK(read("1e0").is(Json::Kind::number));
  CHECK(read("-9223372036854775808").integer() == std::numeric_limits<int64_t>::min());
  CHECK(read("9223372036854775807").integer() == std::numeric_limits<int64_t>::max());
  CHECK(std::signbit(read("-0").number()));
  CHECK(read("1e-400").number() == 0.0);
  CHECK(std::signbit(read("-1e-400").number()));
  CHECK(write_json(Json(1)) == "1");
  CHECK(write_json(Json(1.0)) == "1.0");
  CHECK(write_json(Json(-0.0)) == "-0.0");
  CHECK(write_json(Json(0.1)) == "0.1");
  CHECK(write_json(Json(0.1f)) == "0.1");
  CHECK(write_json(Json(1e22)) == "1e+22");
  CHECK(write_json(Json(size_t{7})) == "7");
  CHECK_THROWS_AS(Json(uint64_t{1} << 63), std::invalid_argument);
  for (double v : {NAN, INFINITY, -INFINITY})
    CHECK_THROWS_AS(write_json(Json(v)), std::invalid_argument);
  Generator gen(1);
  for (int i = 0; i < 2000; ++i) {
    const double v = std::ldexp(gen.uniform() - 0.5, static_cast<int>(gen.below(2000)) - 1000);
    CHECK(read(write_json(Json(v))).number() == v);
    const auto f = static_cast<float>(gen.normal());
    CHECK(static_cast<float>(read(write_json(Json(f))).number()) == f);
  }
}

TEST_CASE("JSON does not depend on the locale", "[json]") {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* locale : {"de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF.UTF-8", "C"}) {
    if (!std::setlocale(LC_ALL, locale)) continue;
    CHECK(read("[3.25]").items()[0].number() == 3.25);
    CHECK(write_json(Json(1234567.5)) == "1234567.5");
  }
  std::setlocale(LC_ALL, before.c_str());
}

TEST_CASE("JSON strings", "[json]") {
  CHECK(read(R"("\ud83d\ude39\u0000\/")").string() == "\xF0\x9F\x98\xB9\0/"s);
  CHECK(write_json(Json("\"\\\n\t\r\b\x1F\x7F\xC3\xA9"s)) ==
        "\"\\\"\\\\\\n\\t\\r\\u0008\\u001f\\u007f\xC3\xA9\"");
  CHECK(write_json(Json("a\0b"s)) == "\"a\\u0000b\"");
  CHECK(has(message_of([] { write_json(Json("\xFF")); }), "\\xff\" is not UTF-8"));
}

TEST_CASE("JSON objects keep their order; their members are found by key", "[json]") {
  Json config;
  config["lr"] = 3e-3;
  config["layers"] = 2;
  config["task"] = "copy";
  config["sizes"].push_back(64);
  config["sizes"].push_back(128);
  config["none"] = Json();
  config["empty"] = Json::object();
  config["nested"]["flag"] = true;
  config["layers"] = 3;
  CHECK(write_json(config) ==
        R"({"lr":0.003,"layers":3,"task":"copy","sizes":[64,128],"none":null,"empty":{},)"
        R"("nested":{"flag":true}})");
  CHECK(write_json(config, 2) == R"({
  "lr": 0.003,
  "layers": 3,
  "task": "copy",
  "sizes": [64, 128],
  "none": null,
  "empty": {},
  "nested": {
    "flag": true
  }
})");
  CHECK(write_json(read("[[1,2],[]]"), 2) == "[\n  [1, 2],\n  []\n]");
  const Json twice(Json::Object{{"a", 1}, {"a", 2}});
  CHECK(has(message_of([&] { write_json(twice); }), "the key \"a\" occurs twice"));
}

TEST_CASE("JSON of an unexpected kind", "[json]") {
  const Json config = read(R"({"lr": 0.003, "layers": 3, "task": "copy", "sizes": []})");
  CHECK(config.at("lr").number() == 3e-3);
  CHECK(config.at("layers").number() == 3.0);
  CHECK(config.find("lrr") == nullptr);
  const auto error = [](auto f) { return message_of<std::runtime_error>(f); };
  CHECK(error([&] { config.at("layer"); }) ==
        R"(json: missing key "layer"; did you mean "layers"?)");
  CHECK(error([&] { config.at("task").integer(); }) ==
        R"(json: expected an integer, found a string ("copy"))");
  CHECK(error([&] { config.at("sizes").string(); }) == "json: expected a string, found an array");
  CHECK(error([&] { config.at("lr").integer(); }) ==
        "json: expected an integer, found a number (0.003)");
  CHECK(error([&] { Json(1)["x"] = 2; }) == "json: expected an object, found an integer (1)");
  CHECK(error([&] { Json(1).push_back(2); }) == "json: expected an array, found an integer (1)");
}

}  // namespace io_json_test
