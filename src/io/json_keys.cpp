// SPDX-License-Identifier: MIT
// Reads a JSON object key by key.
#include "io/json_keys.h"

#include <algorithm>

#include "gradus/base/error.h"

namespace gradus {

JsonKeys::JsonKeys(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
  if (!json.is(Json::Kind::object)) file_error({where_, ": not a JSON object"});
}

const Json* JsonKeys::find(const std::string& key) {
  known_.insert(key);
  const Json* value = json_.find(key);
  return value && !value->is_null() ? value : nullptr;
}

const Json& JsonKeys::at(const std::string& key) {
  const Json* value = find(key);
  if (!value) file_error({where_, ": \"", key, "\" is missing"});
  return *value;
}

int64_t JsonKeys::count(const std::string& key, int64_t low, int64_t high, int64_t standard) {
  known_.insert(key);
  const Json* value = json_.find(key);
  if (!value) return standard;
  if (!value->is(Json::Kind::integer) || value->integer() < low || value->integer() > high)
    refuse(key, text({"an integer from ", low, " to ", high}));
  return value->integer();
}

double JsonKeys::number(const std::string& key, double standard, double low, double high) {
  const Json* value = find(key);
  if (!value) return standard;
  const bool is_number = value->is(Json::Kind::integer) || value->is(Json::Kind::number);
  if (!is_number || !(value->number() >= low && value->number() <= high))
    refuse(key, text({"a number from ", low, " to ", high}));
  return value->number();
}

bool JsonKeys::flag(const std::string& key, bool standard) {
  const Json* value = find(key);
  if (value && !value->is(Json::Kind::boolean)) refuse(key, "true or false");
  return value ? value->boolean() : standard;
}

std::string JsonKeys::word(const std::string& key, const std::string& standard) {
  const Json* value = find(key);
  if (value && !value->is(Json::Kind::string)) refuse(key, "a string");
  return value ? value->string() : standard;
}

void JsonKeys::must_be(const std::string& key, const Json& expected) {
  if (const Json* value = find(key); value && !(*value == expected))
    refuse(key, write_json(expected) + ", the only value that gradus supports");
}

void JsonKeys::without_effect(std::initializer_list<const char*> keys) {
  known_.insert(keys.begin(), keys.end());
}

void JsonKeys::refuse(const std::string& key, const std::string& expected) const {
  const Json* value = json_.find(key);
  file_error({where_, ": \"", key, "\" is ",
              value ? printable(write_json(*value), 100) : std::string("missing"), "; expected ",
              expected});
}

void JsonKeys::refuse_the_rest(const std::vector<std::string>& ignored, const char* way_out) const {
  for (const auto& [key, value] : json_.members())
    if (!known_.count(key) && !key.starts_with('_') && !value.is_null() &&
        std::find(ignored.begin(), ignored.end(), key) == ignored.end())
      file_error({where_, ": \"", printable(key), "\" is ", printable(write_json(value), 100),
                  ", and gradus does not know what it changes", *way_out ? "; --ignore " : "",
                  *way_out ? printable(key) : "", *way_out ? " " : "", way_out});
}

}  // namespace gradus
