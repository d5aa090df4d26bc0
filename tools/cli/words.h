// SPDX-License-Identifier: MIT
// Names on the command line for the values of an enum, and lists of names.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "gradus/base/error.h"

namespace gradus::tools {

template <class E, size_t n> using Words = std::array<std::pair<const char*, E>, n>;

/// The value of a name that a Setting has already checked.
template <class E, size_t n> E value_of(const Words<E, n>& all, const std::string& word) {
  for (const auto& [name, value] : all)
    if (word == name) return value;
  internal_error({"unknown name ", word});
}

/// The name of a value.
template <class E, size_t n> std::string word_of(const Words<E, n>& all, E value) {
  for (const auto& [name, v] : all)
    if (v == value) return name;
  internal_error({"a value without a name"});
}

template <class E, size_t n> std::vector<std::string> words_of(const Words<E, n>& all) {
  std::vector<std::string> names;
  for (const auto& [name, value] : all) names.push_back(name);
  return names;
}

/// "a, b" -> a, b; "a\\, b" is one name with a comma.
std::vector<std::string> names_in(const std::string& list);

}  // namespace gradus::tools
