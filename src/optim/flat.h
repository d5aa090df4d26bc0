// SPDX-License-Identifier: MIT
// Treats many tensors as one sequence of elements, split into blocks of equal length: small tensors
// share a block, large ones span several. Blocks do not depend on the number of threads.
#pragma once
#include <algorithm>
#include <vector>

#include "gradus/base/parallel.h"

namespace gradus {

class FlatBlocks {
 public:
  explicit FlatBlocks(const std::vector<int64_t>& sizes) : starts_{0} {
    for (int64_t n : sizes) starts_.push_back(starts_.back() + n);
  }
  int64_t count() const { return (starts_.back() + step_ - 1) / step_; }

  /// Calls body(block, item, begin, end) for elements [begin, end) of tensor `item`, on several
  /// threads; the pieces of one block come in order, from one thread.
  template <class Body> void each(Body&& body) const {
    parallel_blocks(count(), [&](int64_t block) {
      int64_t at = block * step_;
      const int64_t stop = std::min(at + step_, starts_.back());
      auto item = static_cast<size_t>(std::upper_bound(starts_.begin(), starts_.end(), at) -
                                      starts_.begin() - 1);
      for (; at < stop; ++item) {
        const int64_t end = std::min(stop, starts_[item + 1]);
        if (end > at) body(block, item, at - starts_[item], end - starts_[item]);
        at = end;
      }
    });
  }

 private:
  const int64_t step_ = grain_size(16384);
  std::vector<int64_t> starts_;
};

}  // namespace gradus
