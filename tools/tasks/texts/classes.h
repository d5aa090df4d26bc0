// SPDX-License-Identifier: MIT
// The classes of a file of texts: names, order, and the labels of other files.
#pragma once
#include <string>
#include <vector>

#include "gradus/data/text_pairs.h"
#include "models/tasks/text_set.h"

namespace gradus::tools {

struct TextClasses {
  std::vector<std::string> names{};
  bool strict = false;  // refuse classes that training did not see; otherwise they count as wrong

  /// Sets the names, sorted, with the positive one of two last: `positive`, or the default if it is
  /// "". Names that are already set keep their order. Throws std::runtime_error for fewer than two.
  void take(const std::vector<std::string>& labels, const std::string& path,
            const std::string& positive);
  /// Gives every class that training did not see the label unknown_class, with a note on stderr.
  /// Throws std::runtime_error if no class is known and, if `strict`, at the first unknown one,
  /// with its line.
  TextSet set_of(const TextPairs& pairs, const std::string& path) const;
};

}  // namespace gradus::tools
