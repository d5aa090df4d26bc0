// SPDX-License-Identifier: MIT
// A list of all nodes that ran, including those that are not in the graph of a result.
#pragma once
#include <vector>

#include "gradus/autograd/node.h"

namespace gradus {

/// During its lifetime, `nodes` receives the node of each tracked op that runs in this thread, with
/// its inputs and outputs (Node::Extras). They stay alive even if no result refers to them.
struct RecordTape {
  RecordTape();
  ~RecordTape();
  RecordTape(const RecordTape&) = delete;
  RecordTape& operator=(const RecordTape&) = delete;
  std::vector<Ref<Node>> nodes;
  RecordTape* before;
};

}  // namespace gradus
