// SPDX-License-Identifier: MIT
// Sums of time and memory by op and by stage.
#include "gradus/train/profile.h"

#include <algorithm>
#include <map>

#include "gradus/base/clock.h"
#include "gradus/base/memory.h"

namespace gradus {

void Profile::start() {
  started_ = since_ = clock_seconds();
  stage_ = Stage::other;
  depth_ = 0;
  reset_peak_bytes();
  watch_.emplace([this](const OpEvent& e) { see(e); });
}

void Profile::stop() {
  if (!watch_) return;
  watch_.reset();
  const double now = clock_seconds();
  leave(now);
  wall_ += now - started_;
}

void Profile::leave(double now) {
  StageSums& s = stages_[static_cast<size_t>(stage_)];
  s.seconds += now - since_;
  s.peak = std::max(s.peak, peak_bytes());
  reset_peak_bytes();
  since_ = now;
}

void Profile::enter(Stage stage) {
  if (!watch_ || stage == stage_) return;
  leave(clock_seconds());
  stage_ = stage;
}

void Profile::end_step() {
  ++steps_;
  if (!watch_ || stage_ != Stage::backward) return;
  leave(last_backward_);
  stage_ = Stage::optimiser;
}

void Profile::see(const OpEvent& e) {
  if (e.begins) {
    if (depth_++ > 0) return;
    if (e.backward && stage_ == Stage::forward) enter(Stage::backward);
    if (!e.backward && stage_ == Stage::data) enter(Stage::forward);
    bytes_ = live_bytes();
    op_begin_ = clock_seconds();
    return;
  }
  if (--depth_ > 0) return;
  const double now = clock_seconds();
  if (e.backward) last_backward_ = now;
  if (stage_ != Stage::forward && stage_ != Stage::backward) return;
  Sums& s = ops_[e.op];
  (e.backward ? s.backward : s.forward) += now - op_begin_;
  if (e.backward) return;
  ++s.calls;
  s.kept += static_cast<double>(live_bytes() - bytes_);
}

std::vector<OpCost> Profile::ops() const {
  std::map<std::string, OpCost> by_name;  // equal names may have several addresses
  for (const auto& [name, sums] : ops_) {
    OpCost& c = by_name[name];
    c.op = name;
    c.calls += sums.calls;
    c.forward += sums.forward;
    c.backward += sums.backward;
    c.kept += sums.kept;
  }
  std::vector<OpCost> all;
  for (auto& [name, cost] : by_name) {
    cost.kept /= static_cast<double>(std::max<int64_t>(cost.calls, 1));
    all.push_back(cost);
  }
  std::stable_sort(all.begin(), all.end(), [](const OpCost& a, const OpCost& b) {
    return a.forward + a.backward > b.forward + b.backward;
  });
  return all;
}

}  // namespace gradus
