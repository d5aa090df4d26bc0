// SPDX-License-Identifier: MIT
// JSON: nlohmann's SAX parser with stricter checks, which builds a gradus value; gradus's writer.
#include "gradus/io/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "gradus/base/error.h"
#include "gradus/base/utf8.h"

namespace gradus {
namespace {

constexpr const char* kinds[] = {"null",     "a boolean", "an integer", "a number",
                                 "a string", "an array",  "an object"};

// Parses all of `s` as a number, independent of the locale.
double decimal(std::string_view s) {
  double v = 0;
  const auto end = std::from_chars(s.data(), s.data() + s.size(), v);
  if (end.ec == std::errc{}) return v;
  return s.starts_with('-') ? -0.0 : 0.0;  // underflow; overflow causes no event
}

}  // namespace

Json::Json() = default;
Json::Json(std::string v) : value_(std::move(v)) {}
Json::Json(Array v) : value_(std::move(v)) {}
Json::Json(Object v) : value_(std::move(v)) {}
Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

Json::Json(float v) : value_(static_cast<double>(v)) {
  if (!std::isfinite(v)) return;
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
  value_ = decimal({buffer, static_cast<size_t>(end - buffer)});
}

int64_t Json::checked(uint64_t v) {
  if (v > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    argument_error({"json: ", v, " does not fit in a signed 64-bit integer"});
  return static_cast<int64_t>(v);
}

void Json::wrong_kind(const char* expected) const {
  const std::string shown =
      value_.index() < 5 ? text({" (", printable(write_json(*this)), ")"}) : std::string();
  file_error({"json: expected ", expected, ", found ", kinds[value_.index()], shown});
}

bool Json::boolean() const {
  if (const auto* v = std::get_if<bool>(&value_)) return *v;
  wrong_kind("true or false");
}
int64_t Json::integer() const {
  if (const auto* v = std::get_if<int64_t>(&value_)) return *v;
  wrong_kind("an integer");
}
double Json::number() const {
  if (const auto* v = std::get_if<int64_t>(&value_)) return static_cast<double>(*v);
  if (const auto* v = std::get_if<double>(&value_)) return *v;
  wrong_kind("a number");
}
const std::string& Json::string() const {
  if (const auto* v = std::get_if<std::string>(&value_)) return *v;
  wrong_kind("a string");
}
const Json::Array& Json::items() const {
  if (const auto* v = std::get_if<Array>(&value_)) return *v;
  wrong_kind("an array");
}
const Json::Object& Json::members() const {
  if (const auto* v = std::get_if<Object>(&value_)) return *v;
  wrong_kind("an object");
}

const Json* Json::find(std::string_view key) const {
  for (const Member& m : members())
    if (m.first == key) return &m.second;
  return nullptr;
}

const Json& Json::at(std::string_view key) const {
  if (const Json* found = find(key)) return *found;
  std::vector<std::string> keys;
  for (const Member& m : members()) keys.push_back(m.first);
  const std::string near = nearest_of(key, keys);
  file_error({"json: missing key \"", printable(key), "\"",
              near.empty() ? std::string() : text({"; did you mean \"", printable(near), "\"?"})});
}

Json& Json::operator[](std::string_view key) {
  if (is_null()) value_ = Object{};
  if (!is(Kind::object)) wrong_kind("an object");
  auto& members = std::get<Object>(value_);
  for (Member& m : members)
    if (m.first == key) return m.second;
  return members.emplace_back(std::string(key), Json()).second;
}

void Json::push_back(Json element) {
  if (is_null()) value_ = Array{};
  if (!is(Kind::array)) wrong_kind("an array");
  std::get<Array>(value_).push_back(std::move(element));
}

// ---- reading
namespace {

// Input of nlohmann's lexer, whose events have no position: records the last byte that it read.
struct CountedByte {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  const char* at;
  const char** reached;
  const char& operator*() const { return *at; }
  CountedByte& operator++() {
    *reached = at++;
    return *this;
  }
  CountedByte operator++(int) {
    const CountedByte before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountedByte& a, const CountedByte& b) { return a.at == b.at; }
};

class Builder {
 public:
  Builder(std::string_view all, const std::string& name, JsonLimits limits)
      : text_(all), name_(name), limits_(limits), reached(all.data()) {}

  [[noreturn]] void fail(const std::string& what, const char* at) const {
    const std::string_view before(text_.data(), static_cast<size_t>(at - text_.data()));
    const std::string_view row = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const auto column = std::count_if(row.begin(), row.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // of code points, not of bytes
    });
    file_error({printable(name_, 400), ": line ", limits_.first_line + lines, ", column ",
                column + 1, ": ", what});
  }

  // ---- nlohmann's events; each returns whether to continue
  bool null() { return value({}); }
  bool boolean(bool v) { return value(v); }
  // Called for negative integers; "-0" arrives here, although no integer is -0.
  bool number_integer(int64_t v) { return v == 0 ? value(-0.0) : value(v); }
  bool number_unsigned(uint64_t v) {
    if (v > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      if (limits_.wide) return value(static_cast<double>(v));
      too_large(std::to_string(v));
    }
    return value(static_cast<int64_t>(v));
  }
  bool number_float(double, std::string digits) {
    // Integers beyond 64 bits also arrive here; the decimal point depends on the locale.
    if (!limits_.wide && digits.find_first_not_of("-0123456789") == digits.npos) too_large(digits);
    for (char& c : digits)
      if (!std::strchr("+-0123456789eE", c)) c = '.';
    return value(decimal(digits));
  }
  bool string(std::string& v) { return value(std::move(v)); }
  bool binary(std::vector<uint8_t>&) { return false; }
  bool start_object(size_t) { return open(false); }
  bool start_array(size_t) { return open(true); }
  bool key(std::string& k) {
    if (!open_.back().keys.insert(k).second)
      fail("the key \"" + printable(k) + "\" occurs twice in one object", reached);
    open_.back().key = std::move(k);
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(size_t position, const std::string&, const std::exception& e) {
    std::string_view what = e.what();  // "[json.exception...] parse error at line 1, column 2: ..."
    if (const size_t at = what.find(": "); what.find("column") < at) what.remove_prefix(at + 2);
    if (what.starts_with('[')) what.remove_prefix(std::min(what.find("] "), what.size() - 2) + 2);
    const size_t byte = std::min(position > 0 ? position - 1 : 0, text_.size());
    fail(printable(what, 200), text_.data() + byte);
  }

  Json take() { return std::move(result_); }

 private:
  struct Level {  // an open array or object
    bool is_array;
    Json::Array items{};
    Json::Object members{};
    std::unordered_set<std::string> keys{};  // keys of the members so far
    std::string key{};                       // key of the next member
  };

  [[noreturn]] void too_large(const std::string& digits) const {
    fail("the integer " + printable(digits) + " does not fit in 64 bits", reached);
  }
  bool value(Json v) {
    if (open_.empty()) result_ = std::move(v);
    else if (Level& level = open_.back(); level.is_array) level.items.push_back(std::move(v));
    else level.members.emplace_back(std::move(level.key), std::move(v));
    return true;
  }
  bool open(bool is_array) {
    if (static_cast<int>(open_.size()) >= limits_.depth)
      fail(gradus::text({"arrays and objects are nested more than ", limits_.depth, " deep"}),
           reached);
    open_.push_back({is_array});
    return true;
  }
  bool close() {
    Level& level = open_.back();
    Json done = level.is_array ? Json(std::move(level.items)) : Json(std::move(level.members));
    open_.pop_back();
    return value(std::move(done));
  }

  std::string_view text_;
  const std::string& name_;
  JsonLimits limits_;
  std::vector<Level> open_{};
  Json result_{};

 public:
  const char* reached;  // the last byte that the lexer read
};

}  // namespace

Json parse_json(std::string_view text, const std::string& name, JsonLimits limits) {
  Builder builder(text, name, limits);
  if (text.starts_with("\xEF\xBB\xBF"))
    builder.fail("the file starts with a byte order mark; save it without one", text.data());
  if (const size_t nul = text.find('\0'); nul != text.npos)
    builder.fail("a NUL byte", text.data() + nul);
  const CountedByte begin{text.data(), &builder.reached};
  const CountedByte end{text.data() + text.size(), &builder.reached};
  nlohmann::json::sax_parse(begin, end, &builder);
  return builder.take();
}

// ---- writing
namespace {

void write_string(const std::string& s, std::string& out) {
  if (!is_utf8(s)) argument_error({"json: \"", printable(s), "\" is not UTF-8"});
  out += '"';
  size_t done = 0;  // everything before is written
  for (size_t i = 0; i < s.size(); ++i) {
    const char c = s[i];
    const auto byte = static_cast<unsigned char>(c);
    // U+0080 to U+009F in UTF-8, which some terminals interpret
    const bool high_control = byte == 0xC2 && static_cast<unsigned char>(s[i + 1]) < 0xA0;
    if (byte >= 0x20 && byte != 0x7F && c != '"' && c != '\\' && !high_control) continue;
    out.append(s, done, i - done);
    if (high_control) ++i;
    done = i + 1;
    const char* two = c == '"'    ? "\\\""
                      : c == '\\' ? "\\\\"
                      : c == '\n' ? "\\n"
                      : c == '\t' ? "\\t"
                      : c == '\r' ? "\\r"
                                  : nullptr;
    constexpr const char* hex = "0123456789abcdef";
    if (two) out += two;
    else (out += "\\u00") += {hex[(s[i] >> 4) & 15], hex[s[i] & 15]};
  }
  out.append(s, done);
  out += '"';
}

void write_number(double v, std::string& out) {
  if (!std::isfinite(v))
    argument_error({"json: ", v, " cannot be written; JSON has no such number"});
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
  const std::string_view digits(buffer, static_cast<size_t>(end - buffer));
  out += digits;
  if (digits.find_first_of(".e") == digits.npos) out += ".0";  // stays a number when read
}

void check_keys(const Json::Object& object) {
  std::vector<std::string_view> keys;
  for (const Json::Member& m : object) keys.push_back(m.first);
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice != keys.end())
    argument_error({"json: the key \"", printable(*twice), "\" occurs twice in one object"});
}

class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}
  void value(const Json& v, int level) {
    switch (v.kind()) {
      case Json::Kind::null: out += "null"; return;
      case Json::Kind::boolean: out += v.boolean() ? "true" : "false"; return;
      case Json::Kind::integer: out += std::to_string(v.integer()); return;
      case Json::Kind::number: return write_number(v.number(), out);
      case Json::Kind::string: return write_string(v.string(), out);
      case Json::Kind::array: return array(v.items(), level);
      case Json::Kind::object: return object(v.members(), level);
    }
  }
  std::string out{};

 private:
  void array(const Json::Array& items, int level) {
    // An array of plain values stays on one line: [2, 3].
    const bool flat = std::all_of(items.begin(), items.end(),
                                  [](const Json& v) { return v.kind() < Json::Kind::array; });
    out += '[';
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out += indent_ && flat ? ", " : ",";
      if (!flat) new_line(level + 1);
      value(items[i], level + 1);
    }
    if (!flat) new_line(level);
    out += ']';
  }
  void object(const Json::Object& members, int level) {
    check_keys(members);
    out += '{';
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out += ',';
      new_line(level + 1);
      write_string(members[i].first, out);
      out += indent_ ? ": " : ":";
      value(members[i].second, level + 1);
    }
    if (!members.empty()) new_line(level);
    out += '}';
  }
  void new_line(int level) {
    if (indent_) (out += '\n').append(static_cast<size_t>(indent_ * level), ' ');
  }
  int indent_;
};

}  // namespace

std::string write_json(const Json& value, int indent) {
  Writer writer(indent);
  writer.value(value, 0);
  return std::move(writer.out);
}

}  // namespace gradus
