// SPDX-License-Identifier: MIT
// The classes of a file of texts: their names and order, and other files' labels by them.
#pragma once
#include <string>
#include <vector>

#include "gradus/data/text_pairs.h"
#include "models/tasks/text_task.h"

namespace gradus::tools {

struct TextClasses {
  std::vector<std::string> names{};
  bool strict = false;  // classes that training did not see are refused, else they count as wrong

  /// In the order of their text, but that the positive one of two stands last: `positive`, or ""
  /// for the one that is by rule; what is known already stays in its order. Throws
  /// std::runtime_error where there are not two.
  void take(const std::vector<std::string>& labels, const std::string& path,
            const std::string& positive);
  /// A class that training did not see is unknown_class, which a note on stderr says. Throws
  /// std::runtime_error where no class is known, and if `strict`, with the line.
  TextSet set_of(const TextPairs& pairs, const std::string& path) const;
};

}  // namespace gradus::tools
