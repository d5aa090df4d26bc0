// SPDX-License-Identifier: MIT
// JSON (RFC 8259) values: null, boolean, integer, number, string, array, or an object that keeps
// the order of its members. The parser is strict; numbers are written in the shortest exact form.
// Next: io/safetensors.h
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gradus {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;  // in the order of insertion
  enum class Kind { null, boolean, integer, number, string, array, object };

  // ---- construction
  Json();  // null
  Json(std::nullptr_t) : Json() {}
  Json(std::same_as<bool> auto v) : value_(v) {}
  Json(std::signed_integral auto v) : value_(int64_t{v}) {}
  /// Throws std::invalid_argument above 2^63 - 1.
  Json(std::unsigned_integral auto v) requires(!std::same_as<decltype(v), bool>)
      : value_(checked(v)) {}
  Json(double v) : value_(v) {}
  /// Takes the shortest decimal number that gives `v`: 0.1f becomes 0.1.
  Json(float v);
  Json(std::string v);
  Json(std::string_view v) : Json(std::string(v)) {}
  Json(const char* v) : Json(std::string(v)) {}
  Json(Array v);
  Json(Object v);
  // Not inline: instantiating these for the variant takes a second of compile time.
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();
  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }
  /// An array of the elements of `values`.
  template <class Range> static Json list(const Range& values) {
    return Json(Array(values.begin(), values.end()));
  }

  // ---- reading; throws std::runtime_error if the value has another kind
  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is(Kind k) const { return kind() == k; }
  bool is_null() const { return is(Kind::null); }
  bool boolean() const;
  int64_t integer() const;
  /// The value of an integer or a number.
  double number() const;
  const std::string& string() const;
  const Array& items() const;
  const Object& members() const;
  /// The value of a key, or a null pointer; searches linearly.
  const Json* find(std::string_view key) const;
  /// The value of a key; throws std::runtime_error, suggesting the nearest key, if it is missing.
  const Json& at(std::string_view key) const;

  // ---- building; a null becomes an object or an array first
  /// The value of a key; appends a null if the key is missing.
  Json& operator[](std::string_view key);
  void push_back(Json element);

  friend bool operator==(const Json& a, const Json& b) = default;

 private:
  static int64_t checked(uint64_t v);
  [[noreturn]] void wrong_kind(const char* expected) const;
  std::variant<std::nullptr_t, bool, int64_t, double, std::string, Array, Object> value_;
};

struct JsonLimits {
  int depth = 64;      // of nested arrays and objects
  int first_line = 1;  // the line of the file where the text starts
  bool wide = false;   // read integers beyond 64 bits as doubles instead of rejecting them
};

/// Parses one value. `name` is the file's name for messages: "NAME: line 3, column 17: ...".
/// Throws std::runtime_error for everything that RFC 8259 forbids, and for valid JSON that parsers
/// interpret differently: duplicate keys in an object (however escaped), a byte order mark, a NUL,
/// unpaired surrogates, integers beyond 64 bits, numbers beyond the range of double. Text after the
/// value is an error; "-0" is the number -0.0.
Json parse_json(std::string_view text, const std::string& name, JsonLimits limits = {});

/// Writes a value on one line, or with `indent` spaces per level. Integers have no decimal point;
/// other numbers always have a point or an exponent, with the fewest digits that round-trip.
/// Throws std::invalid_argument for NaN and infinities, strings that are not UTF-8, and duplicate
/// keys in an object.
std::string write_json(const Json& value, int indent = 0);

}  // namespace gradus
