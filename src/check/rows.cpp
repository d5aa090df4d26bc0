// SPDX-License-Identifier: MIT
// Collects all rows in one table.
#include "check/rows.h"

#include <iterator>

namespace gradus::check {

std::vector<OpRow> op_table() {
  std::vector<OpRow> all;
  for (Rows (*rows)() : all_rows) {
    Rows some = rows();
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace gradus::check
