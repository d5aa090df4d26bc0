// SPDX-License-Identifier: MIT
// A table whose names and labels try to become markup or script.
#pragma once
#include <string>

namespace gradus::tests {

inline constexpr const char* hostile_words =
    "</script><script>document.title='taken'</script><img src=x onerror=document.title='taken'>";

/// 24 series of 5 steps with two classes; one name has 10,000 characters.
inline std::string hostile_table() {
  const std::string quoted = std::string("\"'\"\">") + hostile_words + "\x1b[31m\"";
  const std::string longest(10000, 'x');
  std::string all = "id,time," + quoted + ",b&amp;,label\n";
  for (int n = 0; n < 24; ++n)
    for (int t = 0; t < 5; ++t)
      all += "\"" + std::to_string(n) + "<b>" + hostile_words + "\"," + std::to_string(t) + "," +
             std::to_string((n * 7 + t * 3) % 11) + "," + std::to_string(n % 3) + "," +
             (n % 2 ? quoted : longest) + "\n";
  return all;
}

}  // namespace gradus::tests
