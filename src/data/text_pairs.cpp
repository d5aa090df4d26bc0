// SPDX-License-Identifier: MIT
// Reading pairs of texts.
#include "gradus/data/text_pairs.h"

#include "gradus/base/error.h"
#include "gradus/base/utf8.h"

namespace gradus {
namespace {

std::string trimmed(std::string_view side) {
  while (side.starts_with(' ')) side.remove_prefix(1);
  while (side.ends_with(' ')) side.remove_suffix(1);
  return std::string(side);
}

}  // namespace

TextPairs parse_pairs(std::string_view bytes, const std::string& name) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    file_error({name, ": is UTF-16; expected UTF-8"});
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  TextPairs pairs;
  for (int64_t number = 1; !bytes.empty(); ++number) {
    const size_t end = bytes.find('\n');
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto wrong = [&](const char* what) {
      file_error({name, ": line ", number, ": ", what, ": \"", printable(line), "\""});
    };
    if (!is_utf8(line)) wrong("is no UTF-8");
    if (line.find('\0') != std::string_view::npos) wrong("has a NUL byte");
    const size_t tab = line.find('\t');
    if (tab == std::string_view::npos) wrong("has no tab; expected two texts with a tab between");
    if (line.find('\t', tab + 1) != std::string_view::npos)
      wrong("has more than one tab; expected two texts with a tab between");
    std::string first = trimmed(line.substr(0, tab)), second = trimmed(line.substr(tab + 1));
    if (first.empty() || second.empty()) wrong("one side is empty");
    pairs.first.push_back(std::move(first)), pairs.second.push_back(std::move(second));
  }
  if (pairs.size() == 0) file_error({name, ": has no lines"});
  return pairs;
}

}  // namespace gradus
