// SPDX-License-Identifier: MIT
// JSON (RFC 8259) as a value: null, a boolean, a whole number, another number, a string, an array,
// or an object that keeps its order. Read strictly, written in the shortest exact form.
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

  // ---- making
  Json();  // null
  Json(std::nullptr_t) : Json() {}
  Json(std::same_as<bool> auto v) : value_(v) {}
  Json(std::signed_integral auto v) : value_(int64_t{v}) {}
  /// Throws std::invalid_argument above 2^63 - 1.
  Json(std::unsigned_integral auto v)
    requires(!std::same_as<decltype(v), bool>)
      : value_(checked(v)) {}
  Json(double v) : value_(v) {}
  /// Takes the decimal number that `v` is written as: 0.1f becomes 0.1.
  Json(float v);
  Json(std::string v);
  Json(std::string_view v) : Json(std::string(v)) {}
  Json(const char* v) : Json(std::string(v)) {}
  Json(Array v);
  Json(Object v);
  // Not inline: what a variant needs for these takes a second to compile.
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();
  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }

  // ---- reading; another kind than asked for throws std::runtime_error
  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is(Kind k) const { return kind() == k; }
  bool is_null() const { return is(Kind::null); }
  bool boolean() const;
  int64_t integer() const;
  /// A whole number or another one.
  double number() const;
  const std::string& string() const;
  const Array& items() const;
  const Object& members() const;
  /// The value under a key, or null pointer; a search through all members.
  const Json* find(std::string_view key) const;
  /// The same; without the key throws std::runtime_error, which names the nearest one.
  const Json& at(std::string_view key) const;

  // ---- building; null becomes an object or an array first
  /// The value under a key, a new null at the end if there is none.
  Json& operator[](std::string_view key);
  void push_back(Json element);

  friend bool operator==(const Json& a, const Json& b) = default;

 private:
  static int64_t checked(uint64_t v);
  [[noreturn]] void wrong_kind(const char* expected) const;
  std::variant<std::nullptr_t, bool, int64_t, double, std::string, Array, Object> value_;
};

struct JsonLimits {
  int depth = 64;           // of arrays and objects in one another
  int first_line = 1;       // where the text starts in its file
  bool wide = false;        // whole numbers beyond 64 bits are read as other numbers, not refused
};

/// Reads one value. `name` is the file's, for messages: "NAME: line 3, column 17: ...".
/// Throws std::runtime_error for all that RFC 8259 does not allow, and for what is allowed and
/// means different things to different readers: a key twice in one object (however it is escaped),
/// a byte order mark, a NUL, surrogates without their pair, whole numbers beyond 64 bits, numbers
/// beyond the range of double. Text after the value is an error; "-0" is the number -0.0.
Json parse_json(std::string_view text, const std::string& name, JsonLimits limits = {});

/// Writes a value: in one line, or with `indent` blanks a level. Whole numbers have no point,
/// other numbers always a point or an exponent, in the fewest digits that give them back.
/// Throws std::invalid_argument for NaN and infinities, strings that are not UTF-8, and
/// keys that stand twice in one object.
std::string write_json(const Json& value, int indent = 0);

}  // namespace gradus
