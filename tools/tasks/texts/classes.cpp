// SPDX-License-Identifier: MIT
// Maps the labels of texts to class numbers.
#include "tools/tasks/texts/classes.h"

#include <algorithm>
#include <map>

#include "gradus/data/series.h"
#include "tools/tasks/class_report.h"
#include "tools/tasks/pair_settings.h"

namespace gradus::tools {

void TextClasses::take(const std::vector<std::string>& labels, const std::string& path,
                       const std::string& positive) {
  const std::string kept = names.size() == 2 ? names[1] : positive;
  std::map<std::string, int64_t> counts;
  for (const std::string& label : labels) ++counts[label];
  names.clear();
  std::vector<int64_t> of_each;
  for (const auto& [label, count] : counts) {
    names.push_back(label);
    of_each.push_back(count);
  }
  if (names.size() < 2)
    file_error({printable(path, 200), ": all labels are ", printable(names[0]),
                "; expected two classes or more"});
  if (chosen_positive(kept, names, of_each) + 1 < names.size()) std::swap(names[0], names[1]);
}

namespace {

std::string strangers_text(const std::map<std::string, int64_t>& strangers, int64_t first_line) {
  int64_t count = 0;
  std::string list;
  for (const auto& [label, n] : strangers) {
    count += n;
    if (list.size() < 200) list += text({list.empty() ? "" : ", ", printable(label, 20), " ", n});
  }
  return text({count, count == 1 ? " text" : " texts",
               " of classes that are not in the training data (", list, "; the first in line ",
               first_line, ")"});
}

}  // namespace

TextSet TextClasses::set_of(const TextPairs& pairs, const std::string& path) const {
  TextSet set;
  set.texts = pairs.first;
  std::map<std::string, int64_t> strangers;
  int64_t first_line = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto found = std::find(names.begin(), names.end(), pairs.second[i]);
    const bool known = found != names.end();
    if (!known && strict)
      file_error({printable(path, 200), ": line ", pairs.lines[i],
                  ": class not in the training data: ", printable(pairs.second[i])});
    set.labels.push_back(known ? found - names.begin() : unknown_class);
    if (known) continue;
    if (strangers.empty()) first_line = pairs.lines[i];
    ++strangers[pairs.second[i]];
  }
  if (strangers.empty()) return set;
  const std::string found = strangers_text(strangers, first_line);
  if (std::all_of(set.labels.begin(), set.labels.end(), [](int64_t n) { return n < 0; }))
    file_error({printable(path, 200), ": no line has a class of the training data: ", found});
  tell_notes(path, {found + ": counted as wrong; --strict refuses them"});
  return set;
}

}  // namespace gradus::tools
