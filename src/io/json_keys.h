// SPDX-License-Identifier: MIT
// The members of a JSON object from another program: each is read by name, and keys that were never
// read are errors. So no setting is silently ignored.
#pragma once
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

#include "gradus/io/json.h"

namespace gradus {

class JsonKeys {
 public:
  /// `where` is the file, and optionally the part of it, for messages. Keeps references.
  /// Throws std::runtime_error if the value is not an object.
  JsonKeys(const Json& json, std::string where);

  const std::string& where() const { return where_; }
  /// The value of a key, or null; a JSON null counts as absent.
  const Json* find(const std::string& key);
  /// The value of a required key.
  const Json& at(const std::string& key);
  /// The value, or `standard` if the key is absent. All throw std::runtime_error for another kind
  /// of value.
  int64_t count(const std::string& key, int64_t low, int64_t high, int64_t standard);  // nor null
  double number(const std::string& key, double standard, double low, double high);
  bool flag(const std::string& key, bool standard);
  std::string word(const std::string& key, const std::string& standard);
  /// Throws if the key has a value other than this one.
  void must_be(const std::string& key, const Json& expected);
  /// Keys that have no effect here, regardless of their values.
  void without_effect(std::initializer_list<const char*> keys);
  template <class List> void without_effect(const List& keys) {
    known_.insert(std::begin(keys), std::end(keys));
  }

  /// "FILE: "key" is VALUE; expected ...".
  [[noreturn]] void refuse(const std::string& key, const std::string& expected) const;
  /// Throws for a key that none of the functions above has named, unless it is null, starts with
  /// "_" (reserved by the library that wrote it) or is in `ignored`.
  void refuse_the_rest(const std::vector<std::string>& ignored = {},
                       const char* way_out = "") const;

 private:
  const Json& json_;
  std::string where_;
  std::set<std::string> known_;
};

}  // namespace gradus
