// SPDX-License-Identifier: MIT
// The open phases and the listener of each thread.
#include "gradus/base/phase.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace gradus {
namespace {

thread_local Phase::Listener* listener = nullptr;
thread_local std::vector<const Phase*> open_phases;

}  // namespace

Phase::Listener* Phase::listen(Listener* next) { return std::exchange(listener, next); }

Phase::Phase(std::string what, int64_t total) : what_(std::move(what)), total_(total) {
  open_phases.push_back(this);
  try {
    if (listener) listener->changed(open_phases);
  } catch (...) {  // the destructor does not run if the constructor throws
    std::erase(open_phases, this);
    throw;
  }
}

Phase::~Phase() {
  std::erase(open_phases, this);
  if (!listener) return;
  try {
    listener->changed(open_phases);
  } catch (...) {  // the work is finished, so there is nothing to abort
  }
}

void Phase::at(int64_t done) {
  done_ = done;
  if (listener) listener->changed(open_phases);
}

}  // namespace gradus
